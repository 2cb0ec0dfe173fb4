/* The way to GitHub for one bearer: a ghward-net and the ghward-dial that connects for it. */
#ifndef GHWARD_BROKER_UPSTREAM_H
#define GHWARD_BROKER_UPSTREAM_H

#include "broker/bearer.h"

struct upstream_request;

/* Exactly one of these is called for each request, later. */
struct upstream_callbacks {
	/* `body` is the sealed memfd, which the callee takes, -1 for an answer that went into a
	 * pipe; strings live during the call only. */
	void (*answered)(void *context, const struct response *, int body);
	void (*failed)(void *context, const struct failure *, bool sent);
};

/* Starts both processes unless they run. Without requests they end after a while. */
void upstream_ensure(struct bearer *) __attribute__((nonnull));

/* A secret answer at most: what a pipe holds. */
#define UPSTREAM_SECRET_MAX UINT64_C(65536)

/* The body of a stream's request at most: a fetch names every ref that it wants and every commit
 * that it has, 50 bytes each. */
#define UPSTREAM_REQUEST_MAX (UINT64_C(64) << 20)

/* Whether it is a memfd with at most so much in it that nobody can change any more. */
bool upstream_takes_request(int fd);

/* What is to be sent; read before upstream_send() returns. */
struct upstream_order {
	enum operation_method method;
	enum operation_retry retry;
	const char *url;
	const char *body; /* JSON, or of git's protocol; body_length 0 for none */
	size_t body_length;
	enum operation_answer answer;
	int sink; /* of a secret answer and a stream: a pipe, which is taken */
	/* Of a stream only. */
	int request; /* with the body: upstream_takes_request(); taken */
	uint64_t most_bytes;
	uint32_t deadline_ms;
};

/* Sends one request with the bearer's token; starts the processes if needed. */
struct upstream_request *upstream_send(struct bearer *, const struct upstream_order *,
				       const struct upstream_callbacks *, void *context)
	__attribute__((nonnull(1, 2, 3), returns_nonnull));

/* While one is called: how many bytes of a stream went into its pipe; 0 where who could tell has
 * ended. */
uint64_t upstream_passed(const struct upstream_request *) __attribute__((nonnull));

/* Neither callback will come. NULL is ignored. */
void upstream_cancel(struct upstream_request *);

/* Kills both processes. */
void upstream_stop(struct bearer *) __attribute__((nonnull));

/* The proxy on the way to a base URL; false when there is none, or NO_PROXY exempts it. Holds a
 * password: wipe it after use. */
bool upstream_proxy(const struct broker *, const char *base, struct validate_proxy *)
	__attribute__((nonnull));

/* "proxy.example.com:3128", for messages and records. */
#define UPSTREAM_PROXY_NAME_MAX 272u
void upstream_proxy_name(const struct validate_proxy *, char name[UPSTREAM_PROXY_NAME_MAX])
	__attribute__((nonnull));

/* Descriptors for a net and a dial process, and what dial has to hear first: for the doctor too. */
struct upstream_wiring {
	int net_channel, dial_channel; /* our ends */
	int net_fds[3], dial_fds[2];   /* theirs */
};
void upstream_wire(struct upstream_wiring *) __attribute__((nonnull));
void upstream_put_proxy(const struct broker *, const char *base, struct ipc_message *)
	__attribute__((nonnull));
void upstream_put_origin(const struct broker *, const char *base, struct ipc_message *)
	__attribute__((nonnull));

#endif
