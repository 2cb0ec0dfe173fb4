/* A broker in a process of its own, without its sandbox, and everybody it talks to: the test plays
 * agent, audit writer, configuration, ghward-net, workers and clients, and decides who misbehaves.
 */
#ifndef GHWARD_TESTS_BROKER_PEERS_H
#define GHWARD_TESTS_BROKER_PEERS_H

#include "lib/ipc/protocol.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define PEERS_MAX 256u

/* PEER_WORKER also stands for the other patients of a doctor. */
enum peer_kind {
	PEER_AGENT,
	PEER_AUDIT,
	PEER_NET,
	PEER_DIAL,
	PEER_WORKER,
	PEER_STORE,
	PEER_TREE,
	PEER_GIT,
	PEER_CLIENT
};

struct peer {
	enum peer_kind kind;
	int fd;		/* -1: gone */
	uint32_t order; /* of the spawn */
	bool deaf;	/* is not read */
	bool killed;
	bool worked; /* a worker that has got its MESSAGE_WORK */
	unsigned answers;
	uint16_t heard; /* type and id of the last message */
	uint32_t heard_id;
	struct sync_result synced; /* a worker's last one, without its note */
	bool done;		   /* a client whose job has ended */
	struct failure failure;
};

struct peers {
	pid_t broker;
	int config, token, keys;
	bool private; /* the broker of one client */
	struct peer all[PEERS_MAX];
	unsigned count;
	bool audit_deaf, net_deaf, net_mute; /* deaf: does not read; mute: does not answer */
	bool hard_to_kill;		     /* whoever is killed is still there */
	unsigned requests, requests_open, requests_most, clients_gone, violations;
	uint32_t open_ids[4096];
	bool broker_gone;
	char events[16][64]; /* the last records: "repos.clone result done" */
	unsigned event_count;
};

void peers_start(struct peers *);
/* Settings, token and mode: the broker is ready from now on. */
void peers_configure(struct peers *, uint32_t in_flight, uint32_t timeout_ms);
/* Ends the broker as SIGTERM to the agent would. Returns its exit status. */
int peers_stop(struct peers *);

/* Serves everybody who is not deaf until all has been quiet for so long. */
void peers_serve(struct peers *, int quiet_ms);

/* A new connection of a client. */
struct peer *peers_client(struct peers *);
void peers_ask(struct peer *, enum job_kind);
void peers_ask_filtered(struct peer *, enum job_kind, const char *program);
/* What a worker says last. */
void peers_finish(struct peer *);
/* The call of a worker whose job is alerts.list; `page` is a valid number. */
void peers_call(struct peer *, uint32_t id, const char *page);
/* What every child says first. */
void peers_greet(struct peer *);
/* Says anything. */
void peers_say(struct peer *, struct ipc_message *);
void peers_hang_up(struct peer *);
/* The n-th of that kind that is still there, NULL when there are not so many. */
struct peer *peers_find(struct peers *, enum peer_kind, unsigned n);
/* Lets net answer everything that it was asked. */
void peers_answer_all(struct peers *);

#endif
