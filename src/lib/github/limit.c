/* Waiting for rate limits. */
#include "lib/github/limit.h"

#include "lib/base/clock.h"

/* What no clock shows is no time. */
static bool is_time(uint64_t seconds)
{
	return seconds <= CLOCK_RFC3339_MAX_S;
}

uint64_t limit_wait_s(const struct response *response, unsigned repeats, uint64_t now_s)
{
	uint64_t now = is_time(response->date) ? response->date : now_s;
	uint64_t wait = LIMIT_WAIT_S;

	if (is_time(response->retry_after))
		return response->retry_after;
	if (response->remaining == 0 && is_time(response->reset))
		return response->reset > now ? response->reset - now : 0;
	for (unsigned i = 0; i < repeats && wait < LIMIT_WAIT_MAX_S; i++)
		wait *= 2;
	return wait < LIMIT_WAIT_MAX_S ? wait : LIMIT_WAIT_MAX_S;
}
