/* Buffered writing into the output pipe. */
#ifndef GHWARD_WORKER_OUTPUT_H
#define GHWARD_WORKER_OUTPUT_H

#include "lib/json/colour.h"

#include <stdbool.h>
#include <stddef.h>

#define OUTPUT_BUFFER_SIZE 65536u

struct output {
	int fd;
	bool closed;   /* the reader has gone: everything further is dropped */
	bool coloured; /* what is written is JSON, and its reader a person */
	struct json_colour colour;
	size_t used;
	char buffer[OUTPUT_BUFFER_SIZE];
};

void output_bytes(struct output *, const char *bytes, size_t length) __attribute__((nonnull));
void output_text(struct output *, const char *text) __attribute__((nonnull));

/* Outside text as one field: controls, tabs and line breaks become visible. */
void output_field(struct output *, const char *text) __attribute__((nonnull));
void output_field_n(struct output *, const char *text, size_t length) __attribute__((nonnull));

void output_flush(struct output *) __attribute__((nonnull));

#endif
