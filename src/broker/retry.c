/* When a request is sent again. */
#include "broker/retry.h"

#include "lib/github/limit.h"

static uint64_t backoff_ms(const struct settings *settings, unsigned attempt, uint32_t random)
{
	uint64_t ceiling = settings->backoff_base_ms;

	for (unsigned i = 0; i < attempt && ceiling < settings->max_backoff_ms; i++)
		ceiling *= 2;
	if (ceiling > settings->max_backoff_ms)
		ceiling = settings->max_backoff_ms;
	/* "Full jitter": anything from nothing to the ceiling spreads a herd best. */
	return ceiling * random / UINT32_MAX;
}

static bool failure_passes(const struct retry_attempt *attempt)
{
	if (attempt->failure != FAILURE_NETWORK)
		return false;
	/* A proxy that cannot get through may later; one that says no means it, and counts wrong
	 * passwords. */
	if (attempt->proxy_status && attempt->proxy_status < 500)
		return false;
	return attempt->class == RETRY_ALWAYS || !attempt->sent;
}

bool retry_is_limit(const struct response *response)
{
	return response->status == 429 || response->retry_after != RESPONSE_NUMBER_ABSENT;
}

enum retry_verdict retry_decide(const struct retry_attempt *attempt,
				const struct settings *settings, uint32_t random, uint64_t now_s,
				uint64_t *wait_ms)
{
	const struct response *response = attempt->response;

	if (attempt->number >= settings->max_retries)
		return RETRY_GIVE_UP;
	if (!response) {
		*wait_ms = backoff_ms(settings, attempt->number, random);
		return failure_passes(attempt) ? RETRY_AFTER_WAIT : RETRY_GIVE_UP;
	}
	bool overloaded = response->status >= 500 && response->status != 501;
	bool limited = response->status == 429;
	if (attempt->class != RETRY_ALWAYS || (!overloaded && !limited))
		return RETRY_GIVE_UP;
	if (overloaded && response->retry_after == RESPONSE_NUMBER_ABSENT) {
		*wait_ms = backoff_ms(settings, attempt->number, random);
		return RETRY_AFTER_WAIT;
	}
	uint64_t wait_s = limit_wait_s(response, attempt->number, now_s);
	if (wait_s > attempt->patience_ms / 1000)
		return RETRY_GIVE_UP;
	/* A reset that has passed is no reason to ask at once. */
	*wait_ms = wait_s ? wait_s * 1000 : backoff_ms(settings, attempt->number, random);
	return RETRY_AFTER_WAIT;
}
