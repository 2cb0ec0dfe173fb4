/* Sanitiser for everything that reaches a log, an error, the audit log or a terminal (feature S9).
 * Pure functions, no allocation, linear time on any input. */
#ifndef GHWARD_SANITIZE_SANITIZE_H
#define GHWARD_SANITIZE_SANITIZE_H

#include <stddef.h>

/* For logs, errors and audit: secrets become "****" and characters that could act on a terminal or
 * hide text become visible escapes ("\x1b", "\u202e"); bytes that are not UTF-8 become U+FFFD.
 *
 * Secrets are: GitHub tokens by prefix, with anything that may belong to them ("ghp_****"); values
 * of Authorization and Cookie headers and of Bearer, Basic and token credentials; values of names
 * that end in password, passwd, passphrase, secret, token, secret_key, api_key, access_key or
 * private_key, in URL, JSON and header notation; the userinfo of URLs; PEM blocks. Where the end of
 * a secret is unclear, more is hidden. Forty hexadecimal digits are hidden in these places only:
 * elsewhere they are commits.
 *
 * dst is always NUL-terminated if cap is not 0; what does not fit is cut at a character and marked
 * with an ellipsis. Returns the length written. dst and src must not overlap. */
size_t sanitize_text(char *dst, size_t cap, const char *src, size_t length)
	__attribute__((nonnull));

/* For text fields shown to people: escapes as above, including tab and newline, but no redaction.
 */
size_t sanitize_field(char *dst, size_t cap, const char *src, size_t length)
	__attribute__((nonnull));

/* Streaming filter in front of a terminal: printable UTF-8, newline, tab and colours (CSI ... m)
 * pass, all else becomes visible. State is kept between feeds, so that a sequence may be split
 * anywhere. */
struct sanitize_stream {
	unsigned char pending[64];
	size_t used;
};

/* Takes up to `length` bytes from `in`, writes at most `cap` (SANITIZE_STREAM_ROOM at least) to
 * `out`. Returns the bytes written; *consumed says how much was taken. */
#define SANITIZE_STREAM_ROOM 512u
size_t sanitize_stream_feed(struct sanitize_stream *, const char *in, size_t length, char *out,
			    size_t cap, size_t *consumed) __attribute__((nonnull));

/* Writes what an unfinished sequence amounts to at the end. */
size_t sanitize_stream_finish(struct sanitize_stream *, char *out, size_t cap)
	__attribute__((nonnull));

#endif
