/* How long GitHub's rate limits want one to wait. Pure arithmetic. */
#ifndef GHWARD_GITHUB_LIMIT_H
#define GHWARD_GITHUB_LIMIT_H

#include "lib/ipc/protocol.h"

#include <stdint.h>

/* A secondary limit without a time: a minute at least, twice as long with each repetition, never
 * longer than the hour after which primary limits begin anew. */
#define LIMIT_WAIT_S UINT64_C(60)
#define LIMIT_WAIT_MAX_S UINT64_C(3600)

/* Seconds from now, in GitHub's order: what Retry-After says; else, with nothing remaining, until
 * the reset (0 when that has passed); else LIMIT_WAIT_S and more. The reset is a time of the
 * server's clock and compared with that, so that it does not matter by how much ours differs;
 * `now_s`, our clock, stands in for an answer without a date. */
uint64_t limit_wait_s(const struct response *, unsigned repeats, uint64_t now_s)
	__attribute__((nonnull));

#endif
