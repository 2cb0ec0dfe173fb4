/* A secret on its way from standard input to the broker, by splice(2): its bytes do not pass
 * through this process. */
#ifndef GHWARD_CLI_FEED_H
#define GHWARD_CLI_FEED_H

#include <limits.h>
#include <poll.h>
#include <stdbool.h>
#include <stddef.h>

struct feed {
	int pipe; /* takes the secret; -1 while there is none to be fed */
	bool full;
	bool whole; /* all of the input is in the pipe */
};

void feed_init(struct feed *) __attribute__((nonnull));

/* Takes the pipe. */
void feed_begin(struct feed *, int pipe) __attribute__((nonnull));

/* What to wait for: standard input, or room in the pipe. */
struct pollfd feed_watch(const struct feed *) __attribute__((nonnull));

/* Moves some of it, after poll(2) has said that there is something to do. The pipe is closed at the
 * end of the input, or when nobody wants more of it. */
void feed_move(struct feed *) __attribute__((nonnull));

/* Closes the pipe. */
void feed_end(struct feed *) __attribute__((nonnull));

#endif
