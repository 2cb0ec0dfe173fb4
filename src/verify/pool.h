/* Partners: processes that read pieces of segments at the same time, one per processor. They are
 * forks of this one, and as confined. What they cannot plainly call fine is read again by the
 * first process, which alone tells what is wrong. */
#ifndef GHWARD_VERIFY_POOL_H
#define GHWARD_VERIFY_POOL_H

#include "lib/auditlog/stretch.h"

#define POOL_PARTNERS_MAX 8u

/* Orders that a partner has at most, so that it never waits for the next. */
#define POOL_ORDERS_MAX 3u

struct pool {
	unsigned count;
	int channels[POOL_PARTNERS_MAX];
	int pids[POOL_PARTNERS_MAX];
	uint8_t *buffer;
};

/* Part of a segment: the lines that begin at `begin` or behind it, and before `end`. */
struct pool_piece {
	uint64_t segment, begin, end;
};

/* What a partner has read; its lines are those from `begin` to `end`. */
struct pool_answer {
	uint64_t begin, end;
	struct auditlog_stretch stretch;
};

/* Starts partners, before the sandbox, which each of them enters itself: none where there is only
 * one processor. They open segments below `directory`. */
void pool_start(struct pool *, int directory) __attribute__((nonnull));

/* Orders and answers: in this order, piece `number` always by the same partner. An answer is
 * 0, or -1 when the piece has to be read here. */
void pool_order(struct pool *, uint64_t number, const struct pool_piece *) __attribute__((nonnull));
int pool_take(struct pool *, uint64_t number, struct pool_answer *)
	__attribute__((warn_unused_result, nonnull));

/* Ends the partners and waits for them. */
void pool_end(struct pool *) __attribute__((nonnull));

#endif
