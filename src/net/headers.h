/* The header section of an answer: bounded, strict, and read for a closed list of fields only.
 *
 * Fed line by line, as libcurl delivers them: status line, fields, empty line; informational (1xx)
 * answers before, trailers after. Everything that is not understood is skipped; everything that is
 * understood and malformed or contradictory fails the answer. */
#ifndef GHWARD_NET_HEADERS_H
#define GHWARD_NET_HEADERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* All lines of one answer together, informational answers and trailers included. */
#define HEADERS_BYTES_MAX 65536u
/* A longer `link` or `location` fails the answer, as half a URL is a wrong one. */
#define HEADERS_URL_MAX 4096u
/* Other texts are cut to this. */
#define HEADERS_TEXT_MAX 256u
/* Lists of scopes and permissions: all of GitHub's scopes are some 400 bytes. Longer ones are cut
 * between two items, as half a name could be another one. */
#define HEADERS_LIST_MAX 1024u

/* A number that the answer does not have, or has in another form than 1 to 19 digits. */
#define HEADERS_NUMBER_ABSENT UINT64_MAX

enum headers_stage { HEADERS_WANT_STATUS, HEADERS_WANT_FIELDS, HEADERS_DONE };

/* What an answer consists of after HEADERS_DONE. Texts are "" where absent. */
struct headers {
	enum headers_stage stage;
	uint16_t status; /* 200 to 599 when done */
	bool gzip;
	uint64_t content_length;
	uint64_t limit, remaining, used, reset; /* x-ratelimit-* */
	uint64_t retry_after;			/* seconds */
	uint64_t date;				/* seconds since 1970 */
	char link[HEADERS_URL_MAX + 1], location[HEADERS_URL_MAX + 1];
	char request_id[HEADERS_TEXT_MAX + 1]; /* x-github-request-id */
	char content_type[HEADERS_TEXT_MAX + 1];
	char resource[HEADERS_TEXT_MAX + 1];		 /* x-ratelimit-resource */
	char scopes[HEADERS_LIST_MAX + 1];		 /* x-oauth-scopes */
	char accepted_scopes[HEADERS_LIST_MAX + 1];	 /* x-accepted-oauth-scopes */
	char accepted_permissions[HEADERS_LIST_MAX + 1]; /* x-accepted-github-permissions */
	char token_expiration[HEADERS_TEXT_MAX + 1]; /* github-authentication-token-expiration */
	bool chunked;				     /* there is a transfer-encoding */
	size_t bytes;
	uint32_t seen; /* fields met so far */
};

void headers_init(struct headers *) __attribute__((nonnull));

/* Takes one line with or without its line ending. Returns NULL, or why the answer is not
 * acceptable: "has two different values for content-length". */
const char *headers_line(struct headers *, const char *line, size_t length)
	__attribute__((warn_unused_result, nonnull));

#endif
