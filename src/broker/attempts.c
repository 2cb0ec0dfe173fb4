/* Attempts. */
#include "broker/attempts.h"

#include "broker/retry.h"
#include "lib/base/clock.h"
#include "lib/base/log.h"

#include <stdio.h>
#include <sys/random.h>

#define REFUSALS_MAX 2u

static void begin_later(void *context)
{
	struct attempts *attempts = context;

	attempts->timer = NULL;
	attempts_begin(attempts);
}

static void wait_for(struct attempts *attempts, uint64_t wait_ms)
{
	attempts->waited_ms += wait_ms;
	attempts->timer = loop_after(attempts->job->broker->loop, wait_ms, begin_later, attempts);
}

static void send_now(struct attempts *attempts)
{
	attempts->sent_ms = clock_monotonic_ms();
	attempts->send(attempts->context);
}

/* The token is as new as it gets: one that a server lets live for less than the margin is sent all
 * the same, or there would be no end of making others. */
static void bearer_ready(void *context, const struct failure *failure)
{
	struct attempts *attempts = context;

	attempts->preparing = NULL;
	if (failure)
		attempts->fail(attempts->context, failure);
	else
		send_now(attempts);
}

void attempts_begin(struct attempts *attempts)
{
	uint64_t now_ms = clock_monotonic_ms();

	if (attempts->job->held_until_ms > now_ms)
		wait_for(attempts, attempts->job->held_until_ms - now_ms);
	else if (bearer_is_ready(attempts->bearer))
		send_now(attempts);
	else
		attempts->preparing = bearer_prepare(attempts->bearer, bearer_ready, attempts);
}

/* Whoever goes on asking against a limit makes it last: the whole job waits. Who waits longer than
 * a moment wants to know until when. */
void attempts_hold(struct attempts *attempts, uint64_t wait_ms)
{
	struct job *job = attempts->job;
	char until[CLOCK_RFC3339_SIZE], text[96];
	uint64_t now_us = clock_wall_us(), end_ms = clock_monotonic_ms() + wait_ms;

	if (job->held_until_ms < end_ms)
		job->held_until_ms = end_ms;
	wait_for(attempts, wait_ms);
	if (wait_ms <= job->broker->settings.max_backoff_ms)
		return;
	clock_rfc3339(until, now_us + wait_ms * 1000);
	snprintf(text, sizeof(text), "waiting for GitHub's rate limit until %.19sZ", until);
	job_note(job, text);
}

static bool try_again(struct attempts *attempts, struct retry_attempt *attempt)
{
	const struct response *response = attempt->response;
	struct job *job = attempts->job;
	uint32_t random = 0;
	uint64_t wait_ms;

	if (getrandom(&random, sizeof(random), GRND_NONBLOCK) != (ssize_t)sizeof(random))
		random = UINT32_MAX;
	attempt->number = attempts->number;
	attempt->class = operation_get(attempts->operation)->retry;
	attempt->patience_ms = job_patience_ms(job);
	if (retry_decide(attempt, &job->broker->settings, random, clock_wall_s(), &wait_ms) ==
	    RETRY_GIVE_UP)
		return false;
	log_write(LOG_LEVEL_INFO,
		  "%s: attempt %u of %s failed (status %u, request id %s); next in %llu ms",
		  job->id, attempt->number + 1, operation_get(attempts->operation)->id,
		  response ? response->status : 0,
		  response && *response->request_id ? response->request_id : "none",
		  (unsigned long long)wait_ms);
	attempts->number++;
	if (response && retry_is_limit(response))
		attempts_hold(attempts, wait_ms);
	else
		wait_for(attempts, wait_ms);
	return true;
}

/* A token that was just made may not be known everywhere, and one that was good may have been
 * revoked: each is worth one more try where its bearer says so. What was not accepted has not
 * happened. */
static bool try_other_token(struct attempts *attempts, const struct response *response)
{
	uint32_t wait_ms = 0;

	if (response->status == 401 && attempts->refusals < REFUSALS_MAX)
		wait_ms = bearer_refused(attempts->bearer, attempts->sent_ms, attempts->refusals);
	if (!wait_ms)
		return false;
	attempts->refusals++;
	attempts->number++;
	wait_for(attempts, wait_ms);
	return true;
}

bool attempts_answered(struct attempts *attempts, const struct response *response)
{
	struct retry_attempt attempt = {.response = response, .sent = true};

	return try_again(attempts, &attempt) || try_other_token(attempts, response);
}

bool attempts_failed(struct attempts *attempts, const struct failure *failure, bool sent)
{
	struct retry_attempt attempt = {
		.failure = failure->kind,
		/* Before the request was sent, only a proxy can have answered. */
		.proxy_status = sent ? 0 : failure->status,
		.sent = sent,
	};

	return try_again(attempts, &attempt);
}

void attempts_stop(struct attempts *attempts)
{
	loop_cancel(attempts->timer);
	bearer_forget(attempts->preparing);
	attempts->timer = NULL;
	attempts->preparing = NULL;
}
