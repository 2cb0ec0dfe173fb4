/* What goes with a request to ghward-net: where its answer goes, and where a stream's body is. */
#ifndef GHWARD_BROKER_UPSTREAM_BODY_H
#define GHWARD_BROKER_UPSTREAM_BODY_H

#include "broker/upstream.h"

struct upstream_body {
	int answer;  /* memfd or pipe, -1 once it is not ours any more */
	int request; /* of a stream: memfd; likewise */
};

/* Takes what the order has, or makes memory for an answer that is kept. */
void upstream_body_open(struct upstream_body *, const struct upstream_order *)
	__attribute__((nonnull));
void upstream_body_close(struct upstream_body *) __attribute__((nonnull));

/* Puts the descriptors into a MESSAGE_REQUEST. Those of pipes and streams are gone then. */
void upstream_body_put(struct upstream_body *, enum operation_answer, struct ipc_message *)
	__attribute__((nonnull));

/* The most that may come in an answer. */
uint64_t upstream_body_cap(const struct upstream_order *) __attribute__((nonnull));

/* From here on a kept answer cannot change; a mapping kept by the writer makes this fail. Returns
 * 0, also where nothing is kept, or -1. */
int upstream_body_seal(const struct upstream_body *, enum operation_answer)
	__attribute__((nonnull, warn_unused_result));

#endif
