/* The Link header of a list, as GitHub sends it (a subset of RFC 8288). */
#ifndef GHWARD_GITHUB_LINK_H
#define GHWARD_GITHUB_LINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LINK_CURSOR_MAX 512u

enum link_result {
	LINK_FINE,
	LINK_MALFORMED,
	LINK_FOREIGN, /* a URL of another origin: following it could send the token elsewhere */
};

/* Where the other pages are; the URLs themselves are never kept. All zero for an absent header: a
 * single page. Pages are 0 where not given by number, cursors "" where not given by cursor. */
struct link_pages {
	bool has_next, has_prev;
	uint32_t next_page, prev_page, first_page, last_page;
	char next_after[LINK_CURSOR_MAX + 1];
	char prev_before[LINK_CURSOR_MAX + 1];
};

/* `base` is the API's base URL, "https://api.github.com" or "https://HOST:PORT/api/v3": every URL
 * must have its scheme, host and port. On a failure *pages is all zero. */
enum link_result link_parse(const char *header, size_t length, const char *base,
			    struct link_pages *) __attribute__((warn_unused_result, nonnull));

#endif
