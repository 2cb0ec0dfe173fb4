/* What jobs of a worker write, for targets that run them. */
#ifndef GHWARD_FUZZ_OUTPUT_H
#define GHWARD_FUZZ_OUTPUT_H

#include "fuzz.h"

#include "worker/output.h"

#include <unistd.h>

/* What was written to this file since the last call, NUL-terminated, to be freed. */
static inline char *take_output(struct output *output, size_t *length)
{
	output_flush(output);
	require(!output->closed);
	off_t size = lseek(output->fd, 0, SEEK_CUR);
	require(size >= 0);
	*length = (size_t)size;
	char *text = malloc(*length + 1);
	require(text && pread(output->fd, text, *length, 0) == size);
	text[*length] = 0;
	require(ftruncate(output->fd, 0) == 0 && lseek(output->fd, 0, SEEK_SET) == 0);
	return text;
}

#endif
