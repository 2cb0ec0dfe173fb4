/* Where found lines go: a pipe to whoever renders them. */
#ifndef GHWARD_STORE_SINK_H
#define GHWARD_STORE_SINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sink {
	int fd;
	uint64_t lines; /* that were taken */
	bool closed;	/* nobody reads any more; everything is swallowed from then on */
	size_t used;
	char buffer[65536];
};

/* Takes a line without its newline, which is added. Writes when there is enough. */
void sink_line(struct sink *, const char *text, size_t length) __attribute__((nonnull));
void sink_flush(struct sink *) __attribute__((nonnull));

#endif
