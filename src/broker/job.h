/* A job: from a client's request to its end, with one grant and one worker. */
#ifndef GHWARD_BROKER_JOB_H
#define GHWARD_BROKER_JOB_H

#include "broker/audit_log.h"
#include "broker/bearer.h"
#include "broker/choose.h"
#include "broker/client.h"
#include "broker/grant.h"
#include "broker/process.h"

struct call;
struct doctor;
struct errand;
struct filter;
struct plan;
struct review;
struct sync;

struct job {
	struct job *next;
	struct broker *broker;
	struct client *client; /* NULL once it has gone */
	char id[20];	       /* "j-" and 16 hexadecimal digits */
	uint32_t uid;
	char actor[24];
	char target[160];
	struct job_request request; /* without strings: those are in the grant */
	char operation[64];	    /* of JOB_AUTH_CHECK */
	struct grant grant;
	struct choice choice;
	struct bearer *bearer; /* in whose name it works; NULL for errands and the doctor */
	struct bearer
		*git_bearer; /* the same towards git's repositories; NULL unless JOB_REPOS_* */
	struct bearer_wait *preparing;
	bool granted; /* the intent is durable */
	bool ending;  /* only the last record is awaited */
	bool parting; /* only alerts are; the last record is durable */
	int output;   /* the worker's end of the pipe, until it has been handed over */
	struct ipc_channel *channel;
	bool channel_ended; /* nothing more will come from the worker */
	struct process *worker;
	struct call *calls;
	unsigned calls_in_flight;
	uint64_t held_until_ms; /* CLOCK_MONOTONIC; nothing is sent before: a rate limit */
	struct audit_wait *waiting;
	uint32_t intent;       /* what the job's result closes */
	struct plan *plan;     /* of a write that is shown first; owned */
	struct doctor *doctor; /* for JOB_DOCTOR instead of a worker */
	struct errand *errand; /* what the broker does itself */
	struct filter *filter; /* what the output goes through, NULL for none */
	struct review *review; /* of the audit log, NULL for none */
	struct sync *sync;     /* of repositories, NULL for none */
	uint32_t items;
	struct failure failure;
	struct loop_timer *farewell; /* the worker has closed its channel and not ended */
	uint64_t started_ms, progress_ms;
	unsigned notes;
	char last_note[128];
};

/* Never NULL; a refused job ends by itself, after it was recorded. */
struct job *job_start(struct client *, const struct job_request *)
	__attribute__((nonnull, returns_nonnull));

/* Lets workers ask again where there is room for what they ask. */
void job_pace_all(struct broker *) __attribute__((nonnull));

/* Lets jobs go that only waited for alerts, if these have ended. */
void job_part_all(struct broker *) __attribute__((nonnull));

/* The client wants it to end; it still hears how. A doctor job ends well this way. */
void job_cancel(struct job *) __attribute__((nonnull));

/* The client has gone. */
void job_abandon(struct job *) __attribute__((nonnull));

/* Ends the job with this outcome; only the first one counts. */
void job_end(struct job *, const struct failure *) __attribute__((nonnull));

/* The same with a failure that is made of these. */
void job_fail(struct job *, enum failure_kind, const char *hint, const char *message)
	__attribute__((nonnull));

/* An audit event with what is common to all records of the job. */
struct audit_event job_event(const struct job *, const char *event, enum audit_phase)
	__attribute__((nonnull));

/* How long the job may wait for one answer. */
uint64_t job_patience_ms(const struct job *) __attribute__((nonnull));

/* Tells the client something that it need not act on; the same and more than a few are not told. */
void job_note(struct job *, const char *text) __attribute__((nonnull));

#endif
