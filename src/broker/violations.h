/* What is recorded and done when a process breaks out of its part. */
#ifndef GHWARD_BROKER_VIOLATIONS_H
#define GHWARD_BROKER_VIOLATIONS_H

#include "broker/broker.h"

/* A process was ended by its filter. */
void violations_sandbox(struct broker *, enum role, pid_t, uint32_t syscall)
	__attribute__((nonnull));

/* A peer broke the protocol: recorded, and killed if it is one of ours. */
void violations_protocol(struct broker *, enum role, struct process *, const char *actor,
			 const char *detail) __attribute__((nonnull(1, 4, 5)));

#endif
