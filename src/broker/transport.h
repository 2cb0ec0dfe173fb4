/* One request of git's to the server: sent for one repository, repeated as long as nothing of the
 * answer has come, its answer passed into a pipe that nobody here looks into. */
#ifndef GHWARD_BROKER_TRANSPORT_H
#define GHWARD_BROKER_TRANSPORT_H

#include "broker/job.h"

struct transport;

struct transport_order {
	const char *owner, *name; /* valid; read before transport_start() returns */
	enum git_command command; /* for the record */
	int request;		  /* sealed memfd, taken */
	int answer;		  /* pipe's end to write, taken; closed when the answer is over */
	uint64_t most_bytes;
	uint32_t timeout_ms; /* for all attempts together */
};

/* FAILURE_NONE: the whole answer went into the pipe. */
typedef void transport_done_fn(void *context, const struct failure *, uint64_t bytes);

/* Calls back once, later, in the name of job->git_bearer. */
struct transport *transport_start(struct job *, const struct transport_order *, transport_done_fn *,
				  void *context) __attribute__((nonnull(1, 2, 3), returns_nonnull));

/* The callback will not come; the pipe is closed. NULL is ignored. */
void transport_cancel(struct transport *);

#endif
