/* A job about the audit log: a store that finds records, and a worker that makes something of them;
 * before a report a verifier. */
#ifndef GHWARD_BROKER_REVIEW_H
#define GHWARD_BROKER_REVIEW_H

#include "broker/job.h"

struct review;

bool review_is(enum job_kind);

/* Keeps what was asked for, before anybody has judged it. */
struct review *review_new(struct job *, const struct job_request *)
	__attribute__((nonnull, returns_nonnull));

/* Whether it may be done: the name of the rule, and FAILURE_NONE only if it may. */
const char *review_decide(const struct job *, const struct job_request *, struct failure *)
	__attribute__((nonnull, returns_nonnull));

/* Adds what was asked for to the job's intent, and what came of it to its result. The review's
 * texts must stay until the event is sent. */
void review_describe(struct review *, struct audit_event *) __attribute__((nonnull));
void review_describe_result(struct review *, struct audit_event *) __attribute__((nonnull));

/* Whether a worker renders what is found. */
bool review_has_worker(const struct review *) __attribute__((nonnull));

/* Starts the processes that are needed beside the worker, or instead. */
void review_prepare(struct review *) __attribute__((nonnull));

/* The intent is durable: now it may be read. */
void review_begin(struct review *) __attribute__((nonnull));

/* What the job's worker is told besides: the request, with its strings, and the rest of its
 * MESSAGE_WORK. */
const struct review_request *review_request(const struct review *)
	__attribute__((nonnull, returns_nonnull));
void review_put_work(struct review *, struct ipc_message *) __attribute__((nonnull));

/* The worker's last word. Returns true when that of the store is still to come; then that ends the
 * job. NULL has nothing to say. */
bool review_outlasts(struct review *, struct failure *of_worker) __attribute__((nonnull(2)));

/* Ends the processes. NULL is ignored, also below. */
void review_stop(struct review *);
void review_free(struct review *);

#endif
