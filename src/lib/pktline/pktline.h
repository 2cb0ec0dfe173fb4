/* git's pkt-lines (gitprotocol-common): four hexadecimal digits of length, which counts itself, and
 * so many bytes less four. */
#ifndef GHWARD_PKTLINE_PKTLINE_H
#define GHWARD_PKTLINE_PKTLINE_H

#include <stddef.h>
#include <stdint.h>

#define PKTLINE_MAX 65520u /* with its length */

enum pktline_kind {
	PKTLINE_MORE, /* the bytes end before the line does */
	PKTLINE_BAD,  /* that is no pkt-line */
	PKTLINE_DATA,
	PKTLINE_FLUSH, /* 0000 */
	PKTLINE_DELIM, /* 0001 */
	PKTLINE_END,   /* 0002 */
};

struct pktline {
	const uint8_t *bytes; /* of a PKTLINE_DATA, in what was read */
	size_t length;
	size_t size; /* with the four digits; 0 for PKTLINE_MORE and PKTLINE_BAD */
};

/* Reads the first line. */
enum pktline_kind pktline_read(const uint8_t *bytes, size_t length, struct pktline *)
	__attribute__((nonnull));

/* Writes text as one line; the four digits and the text have to fit, at most PKTLINE_MAX. Returns
 * the bytes written, or 0 if they do not fit. */
size_t pktline_write(uint8_t *to, size_t room, const char *text) __attribute__((nonnull));

#endif
