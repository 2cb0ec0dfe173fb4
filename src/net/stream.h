/* Streams of git's: the request's body from a memfd, the answer into a pipe. */
#ifndef GHWARD_NET_STREAM_H
#define GHWARD_NET_STREAM_H

#include "net/transfer.h"

/* Of an answer that is not passed on so much is taken off the connection, which can be used again
 * then; with more it is closed. */
#define STREAM_DISCARD_MAX 65536u

/* Lets libcurl read the request's body from its memfd. */
void stream_set_options(struct transfer *, CURLcode *result) __attribute__((nonnull));

/* Takes the next bytes of the answer's body: into the pipe if they are git's, else nowhere. Returns
 * what a write callback of libcurl has to. */
size_t stream_take(struct transfer *, const char *bytes, size_t size) __attribute__((nonnull));

#endif
