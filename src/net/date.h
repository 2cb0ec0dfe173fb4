/* The Date header of HTTP. */
#ifndef GHWARD_NET_DATE_H
#define GHWARD_NET_DATE_H

#include <stddef.h>
#include <stdint.h>

/* "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110, section 5.6.7; its obsolete forms are not taken) as
 * seconds since 1970, or UINT64_MAX. The name of the day is not compared with the date. */
uint64_t date_parse(const char *text, size_t length) __attribute__((nonnull));

#endif
