/* The worker of a job. */
#ifndef GHWARD_BROKER_WORK_H
#define GHWARD_BROKER_WORK_H

#include "broker/job.h"

/* Starts the process; it waits for its work. */
void work_start(struct job *) __attribute__((nonnull));

/* Says what is to be done, and hands the job's output over. */
void work_send(struct job *) __attribute__((nonnull));

/* Lets it go: one that has said its last word ends by itself, any other one is ended. */
void work_release(struct job *) __attribute__((nonnull));

#endif
