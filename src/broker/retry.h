/* When a request is sent again, and how long to wait before that. Pure arithmetic. */
#ifndef GHWARD_BROKER_RETRY_H
#define GHWARD_BROKER_RETRY_H

#include "lib/ipc/protocol.h"

#include <stdbool.h>
#include <stdint.h>

/* How one attempt went. */
struct retry_attempt {
	unsigned number; /* 0 for the first */
	enum operation_retry class;
	const struct response *response; /* NULL when there was no answer */
	enum failure_kind failure;	 /* of an attempt without an answer */
	uint16_t proxy_status;		 /* why a proxy opened no way, 0 when it did not say */
	bool sent;			 /* the server may have seen it */
	uint64_t patience_ms;		 /* a longer wait than this is not waited for */
};

/* Whether the answer asks for a pause, of which the whole job takes note. */
bool retry_is_limit(const struct response *) __attribute__((nonnull));

enum retry_verdict {
	RETRY_GIVE_UP, /* what happened is the result */
	RETRY_AFTER_WAIT,
};

/* `random` is any 32 random bits; `now_s` the wall clock, to compare x-ratelimit-reset with. The
 * waiting time is full jitter over base * 2^n, or what the server asked for. A wait longer than the
 * attempt's patience is not waited for: the user is told until when. */
enum retry_verdict retry_decide(const struct retry_attempt *, const struct settings *,
				uint32_t random, uint64_t now_s, uint64_t *wait_ms)
	__attribute__((nonnull));

#endif
