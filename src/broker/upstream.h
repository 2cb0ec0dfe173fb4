/* The way to GitHub for one credential: a ghward-net and the ghward-dial that connects for it. */
#ifndef GHWARD_BROKER_UPSTREAM_H
#define GHWARD_BROKER_UPSTREAM_H

#include "broker/broker.h"

struct upstream;
struct upstream_request;

/* Exactly one of these is called for each request, later. */
struct upstream_callbacks {
	/* `body` is the sealed memfd, which the callee takes; strings live during the call only. */
	void (*answered)(void *context, const struct response *, int body);
	void (*failed)(void *context, const struct failure *, bool sent);
};

/* Starts both processes unless they run. */
void upstream_ensure(struct broker *) __attribute__((nonnull));

/* What is to be sent; read before upstream_send() returns. */
struct upstream_order {
	enum operation_method method;
	enum operation_retry retry;
	const char *url;
	const char *body; /* JSON; body_length 0 for none */
	size_t body_length;
};

/* Sends one request; starts the processes if needed. */
struct upstream_request *upstream_send(struct broker *, const struct upstream_order *,
				       const struct upstream_callbacks *, void *context)
	__attribute__((nonnull(1, 2, 3), returns_nonnull));

/* Neither callback will come. NULL is ignored. */
void upstream_cancel(struct upstream_request *);

/* Kills both processes. */
void upstream_stop(struct broker *) __attribute__((nonnull));

/* The proxy on the way to the API; false when there is none, or NO_PROXY exempts it. Holds a
 * password: wipe it after use. */
bool upstream_proxy(const struct broker *, struct validate_proxy *) __attribute__((nonnull));

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
void upstream_put_origin(const struct broker *, struct ipc_message *) __attribute__((nonnull));

#endif
