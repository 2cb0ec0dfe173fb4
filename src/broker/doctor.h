/* The doctor job: starts one process of each role, so that its confinement can be looked at. */
#ifndef GHWARD_BROKER_DOCTOR_H
#define GHWARD_BROKER_DOCTOR_H

#include "broker/job.h"

struct doctor;

/* Sends the job's client a MESSAGE_PROCESS per process, then MESSAGE_PROCESSES_READY, and keeps
 * them until doctor_stop(). Ends the job itself if one does not come up. */
struct doctor *doctor_start(struct job *) __attribute__((nonnull, returns_nonnull));

/* Looks again: a process id may have become known. */
void doctor_progress(struct doctor *) __attribute__((nonnull));

/* Ends the patients. NULL is ignored. */
void doctor_stop(struct doctor *);

#endif
