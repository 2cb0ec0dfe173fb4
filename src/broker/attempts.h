/* The attempts of one request of a job: when it is sent, with which token, and whether again. */
#ifndef GHWARD_BROKER_ATTEMPTS_H
#define GHWARD_BROKER_ATTEMPTS_H

#include "broker/job.h"

struct attempts {
	/* Of whoever makes them, before the first. */
	struct job *job;
	struct bearer *bearer;
	enum operation_id operation;
	void (*send)(void *context); /* now */
	/* There is no token. */
	void (*fail)(void *context, const struct failure *);
	void *context;

	unsigned number; /* of those that are over */
	unsigned refusals;
	uint64_t sent_ms, waited_ms;
	struct loop_timer *timer;
	struct bearer_wait *preparing;
};

/* Sends as soon as no rate limit forbids it and there is a token: perhaps at once. */
void attempts_begin(struct attempts *) __attribute__((nonnull));

/* The same after a wait that GitHub wants, by which the whole job abides. */
void attempts_hold(struct attempts *, uint64_t wait_ms) __attribute__((nonnull));

/* How an attempt ended. They return true when there will be another one. */
bool attempts_answered(struct attempts *, const struct response *) __attribute__((nonnull));
bool attempts_failed(struct attempts *, const struct failure *, bool sent) __attribute__((nonnull));

/* None of the callbacks comes any more. */
void attempts_stop(struct attempts *) __attribute__((nonnull));

#endif
