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
	LINK_FOREIGN, /* a URL outside of the API's base: following it could send the token elsewhere */
};

/* Where the other pages are. All zero for an absent header: a single page. */
struct link_pages {
	bool has_next;
	uint32_t next_page, last_page;       /* 0 where not given by number */
	char next_after[LINK_CURSOR_MAX + 1]; /* "" where not given by cursor */
};

/* `base` is the API's base URL, "https://api.github.com"; every URL must lie below it. */
enum link_result link_parse(const char *header, size_t length, const char *base, struct link_pages *)
	__attribute__((warn_unused_result, nonnull));

#endif
