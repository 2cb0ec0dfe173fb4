/* A client's connection: who it is, and the one job it may have at a time. */
#ifndef GHWARD_BROKER_CLIENT_H
#define GHWARD_BROKER_CLIENT_H

#include "broker/broker.h"

struct listed;

struct client {
	struct client *next;
	struct broker *broker;
	struct ipc_channel *channel;
	struct job *job;
	/* A job that waits for the environment's token, as it came; owned. */
	uint8_t *waiting;
	uint32_t waiting_length;
	struct listed *listed; /* what its next job is about; NULL for nothing; owned */
	uid_t uid;
	char actor[24]; /* "uid:1000" */
};

/* What has been listed for the next job, which takes it; NULL for nothing. */
struct listed *client_take_listed(struct client *) __attribute__((nonnull));

/* Takes over the socket. Refuses it (closes) when the peer cannot be identified. */
void client_accept(struct broker *, int socket) __attribute__((nonnull));

/* Lets clients speak once jobs can be decided. */
void client_resume_all(struct broker *) __attribute__((nonnull));

/* Tells the agent of clients that have gone, unless the audit log is behind: what a client leaves
 * to be recorded takes up its place. */
void client_make_room(struct broker *) __attribute__((nonnull));

/* Tells the client how its job ended; the job is gone for it from now on. NULL is ignored. */
void client_job_done(struct client *, const char *job, const struct failure *)
	__attribute__((nonnull(2, 3)));

#endif
