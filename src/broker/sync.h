/* A job about repositories: a worker that decides what is to be done, a store that remembers, a
 * tree that owns the directory, and for each repository a ghward-git while it is worked on. */
#ifndef GHWARD_BROKER_SYNC_H
#define GHWARD_BROKER_SYNC_H

#include "broker/job.h"
#include "broker/listed.h"

struct sync;

bool sync_is(enum job_kind);

/* Whether it asks GitHub, or is only about what is here. */
bool sync_is_online(enum job_kind);
bool sync_is_offline(enum job_kind);

/* Keeps what was asked for, before anybody has judged it. Takes the list, which may be NULL. */
struct sync *sync_new(struct job *, const struct job_request *, struct listed *)
	__attribute__((nonnull(1, 2), returns_nonnull));

/* Whether it may be done, as far as it is not GitHub's business: the name of the rule, and
 * FAILURE_NONE only if it may. */
const char *sync_decide(struct job *, const struct job_request *, struct failure *)
	__attribute__((nonnull, returns_nonnull));

/* Adds what was asked for to the job's intent. The sync's texts must stay until the event is sent.
 */
void sync_describe(struct sync *, struct audit_event *) __attribute__((nonnull));

/* What is named one by one; NULL for nothing. */
struct listed *sync_listed(struct sync *) __attribute__((nonnull));

/* Starts the processes that are needed beside the worker. */
void sync_prepare(struct sync *) __attribute__((nonnull));

/* The intent is durable, and there is a token if one is needed. */
void sync_begin(struct sync *) __attribute__((nonnull));

/* What the job's worker is told besides: the request, with its strings, and the rest of its
 * MESSAGE_WORK; then what follows that. */
const struct repos_request *sync_request(const struct sync *)
	__attribute__((nonnull, returns_nonnull));
void sync_put_work(struct sync *, struct ipc_message *) __attribute__((nonnull));
void sync_send_listed(struct sync *) __attribute__((nonnull));

/* Messages of the worker, and one of the client. Return -1 for what breaks the protocol. */
int sync_take_order(struct job *, struct ipc_incoming *) __attribute__((nonnull));
int sync_take_unchanged(struct job *, struct ipc_incoming *) __attribute__((nonnull));
int sync_take_look(struct job *, struct ipc_incoming *) __attribute__((nonnull));
int sync_take_prune(struct job *, struct ipc_incoming *) __attribute__((nonnull));
int sync_take_decision(struct job *, struct ipc_incoming *) __attribute__((nonnull));

/* Tells the client how far it has come. */
void sync_tell_progress(struct sync *, uint32_t done, uint32_t total, uint32_t failed)
	__attribute__((nonnull));

/* Ends the processes; what was under way is recorded as interrupted. NULL is ignored, also below.
 */
void sync_stop(struct sync *);
void sync_free(struct sync *);

#endif
