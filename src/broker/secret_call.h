/* A request of the broker's own whose answer has a secret in it: recorded, sent, and read by a
 * ghward-mint that sees nothing else. */
#ifndef GHWARD_BROKER_SECRET_CALL_H
#define GHWARD_BROKER_SECRET_CALL_H

#include "broker/bearer.h"

struct secret_call;

/* What came of it. With a failure there was no answer that could be read; otherwise look at the
 * status first. The secrets are in protected memory and gone after the callback. */
struct secret_answer {
	const struct failure *failure;
	uint16_t status;
	uint64_t date; /* of the server's clock, RESPONSE_NUMBER_ABSENT if unknown */
	const struct minted *minted;
};

typedef void secret_answered_fn(void *context, const struct secret_answer *);

struct secret_order {
	enum operation_id operation;
	struct operation_arguments arguments; /* read before secret_call() returns */
	enum mint_kind kind;
	const char *actor, *job, *target; /* for the audit log; likewise */
	secret_answered_fn *answered;
	void *context;
};

/* Calls back once, later. */
struct secret_call *secret_call(struct bearer *, const struct secret_order *)
	__attribute__((nonnull, returns_nonnull));
/* The callback will not come any more. NULL is ignored. */
void secret_call_cancel(struct secret_call *);

/* A failure in words for an answer with that status. `what` is who or what was refused: "the App's
 * key". */
void secret_call_explain(const struct secret_answer *, const char *what, struct failure *)
	__attribute__((nonnull));

#endif
