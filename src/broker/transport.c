/* Requests of git's. */
#include "broker/transport.h"

#include "broker/attempts.h"
#include "broker/retry.h"
#include "broker/upstream.h"
#include "lib/base/clock.h"
#include "lib/base/io.h"
#include "lib/base/log.h"
#include "lib/base/memory.h"
#include "lib/github/limit.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct transport {
	struct attempts attempts;
	struct job *job;
	int request, answer;
	uint64_t most_bytes, passed;
	uint64_t started_ms;
	uint32_t timeout_ms;
	struct upstream_request *upstream;
	struct loop_timer *start;
	transport_done_fn *done;
	void *context;
	struct failure refusal; /* why it is not even sent */
	char target[VALIDATE_OWNER_MAX + VALIDATE_REPO_MAX + 2];
	char url[OPERATION_URL_MAX];
};

static void forget(struct transport *transport)
{
	loop_cancel(transport->start);
	attempts_stop(&transport->attempts);
	upstream_cancel(transport->upstream);
	io_close(&transport->request);
	io_close(&transport->answer);
	loop_defer_free(transport->job->broker->loop, transport);
}

static void record(const struct transport *transport, const char *outcome, uint16_t status,
		   const char *request_id)
{
	char status_text[8], attempts[12], bytes[24];
	struct audit_event event = job_event(
		transport->job, operation_get(transport->attempts.operation)->id, AUDIT_RESULT);

	snprintf(status_text, sizeof(status_text), "%u", status);
	snprintf(attempts, sizeof(attempts), "%u", transport->attempts.number + 1);
	snprintf(bytes, sizeof(bytes), "%llu", (unsigned long long)transport->passed);
	event.target = transport->target;
	event.outcome = outcome;
	event.request_id = request_id;
	event.detail_count = 3;
	event.details[0].key = "status";
	event.details[0].value = status_text;
	event.details[1].key = "attempts";
	event.details[1].value = attempts;
	event.details[2].key = "bytes";
	event.details[2].value = bytes;
	audit_log_note(transport->job->broker->audit, &event);
}

static void end(struct transport *transport, const struct failure *failure, const char *outcome)
{
	transport_done_fn *done = transport->done;

	record(transport, outcome, failure->status, failure->request_id);
	forget(transport);
	done(transport->context, failure, transport->passed);
}

static void fail(struct transport *transport, const struct failure *failure)
{
	end(transport, failure, failure_name(failure->kind));
}

/* In words that name the repository, as there are many. */
static void fail_for(struct transport *transport, const struct failure *why)
{
	struct failure failure = *why;

	snprintf(failure.message, sizeof(failure.message), "cannot fetch %s: %.350s",
		 transport->target, why->message);
	fail(transport, &failure);
}

/* --- what the server answers instead --- */

static void explain_limit(const struct transport *transport, const struct response *response,
			  struct failure *failure)
{
	char until[CLOCK_RFC3339_SIZE];
	uint64_t now_s = clock_wall_s();
	uint64_t at_s = now_s + limit_wait_s(response, transport->attempts.number, now_s);

	clock_rfc3339(until, (at_s < CLOCK_RFC3339_MAX_S ? at_s : CLOCK_RFC3339_MAX_S) * 1000000);
	failure_set(failure, FAILURE_RATE_LIMITED,
		    "Ask later, or fetch fewer at a time with --workers; --wait waits until then.",
		    "GitHub's rate limit keeps %s from being fetched until %.19sZ",
		    transport->target, until);
}

static void explain(const struct transport *transport, const struct response *response,
		    struct failure *failure)
{
	const char *target = transport->target;
	unsigned status = response->status;

	if (status >= 300 && status < 400)
		failure_set(failure, FAILURE_REDIRECT,
			    "Redirects are not followed, so that the token stays where it belongs; "
			    "if the repository was renamed, use its new name.",
			    "the server redirects %s to %.200s (status %u)", target,
			    *response->location ? response->location : "nowhere", status);
	else if (status == 401)
		failure_set(failure, FAILURE_AUTHENTICATION,
			    "Check that the token is complete, not expired and for this host.",
			    "the server does not accept the token for %s, or has no such "
			    "repository",
			    target);
	else if (status == 429 || (status == 403 && retry_is_limit(response)))
		explain_limit(transport, response, failure);
	else if (status == 403 || status == 451)
		failure_set(failure, FAILURE_PERMISSION,
			    "The token needs contents:read (classic: repo; organisations may also "
			    "require SSO authorisation); the repository may be disabled.",
			    "the server does not let the token fetch %s (status %u)", target,
			    status);
	else if (status == 404 || status == 410)
		failure_set(failure, FAILURE_NOT_FOUND,
			    "Check the name; what the token may not see looks the same.",
			    "there is no repository %s", target);
	else if (status >= 500)
		failure_set(failure, FAILURE_SERVER, "Try again later; see GitHub's status page.",
			    "the server failed with status %u when it was asked for %s", status,
			    target);
	else
		failure_set(failure, FAILURE_MALFORMED,
			    "Check that git.url (GHWARD_GIT_URL) names GitHub.",
			    "the server answered with status %u when it was asked for %s", status,
			    target);
	failure->status = (uint16_t)status;
	snprintf(failure->request_id, sizeof(failure->request_id), "%.*s",
		 (int)sizeof(failure->request_id) - 1, response->request_id);
}

/* --- attempts --- */

static void answered(void *context, const struct response *response, int body)
{
	struct transport *transport = context;
	struct response told = *response;
	struct failure failure = {.kind = FAILURE_NONE, .status = response->status};

	(void)body;
	transport->passed = upstream_passed(transport->upstream);
	transport->upstream = NULL;
	if (response->status == 200) {
		snprintf(failure.request_id, sizeof(failure.request_id), "%.*s",
			 (int)sizeof(failure.request_id) - 1, response->request_id);
		end(transport, &failure, "answered");
		return;
	}
	/* git's protocol has no other words for a limit than that. */
	if (told.status == 403 && retry_is_limit(&told))
		told.status = 429;
	if (attempts_answered(&transport->attempts, &told))
		return;
	explain(transport, response, &failure);
	end(transport, &failure, "refused");
}

static void failed(void *context, const struct failure *failure, bool sent)
{
	struct transport *transport = context;

	transport->passed = upstream_passed(transport->upstream);
	transport->upstream = NULL;
	/* Whoever reads has seen the beginning. */
	if (transport->passed == 0 && attempts_failed(&transport->attempts, failure, sent))
		return;
	fail_for(transport, failure);
}

static const struct upstream_callbacks callbacks = {.answered = answered, .failed = failed};

/* What is left of the time; waiting between attempts takes none of it. */
static uint32_t left_ms(const struct transport *transport)
{
	uint64_t used = clock_monotonic_ms() - transport->started_ms;

	used -= transport->attempts.waited_ms < used ? transport->attempts.waited_ms : used;
	return used < transport->timeout_ms ? transport->timeout_ms - (uint32_t)used : 0;
}

static int duplicate(int fd)
{
	int copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);

	if (copy < 0)
		fatal("cannot duplicate a descriptor: %m");
	return copy;
}

static void send_now(void *context)
{
	struct transport *transport = context;
	const struct operation *operation = operation_get(transport->attempts.operation);
	struct failure failure;
	uint32_t deadline_ms = left_ms(transport);

	if (deadline_ms == 0) {
		failure_set(&failure, FAILURE_TIMEOUT,
			    "Try again; git.timeout (GHWARD_GIT_TIMEOUT) gives it more time.",
			    "no attempt of %u succeeded in time", transport->attempts.number);
		fail_for(transport, &failure);
		return;
	}
	struct upstream_order order = {
		.method = operation->method,
		.retry = operation->retry,
		.url = transport->url,
		.answer = ANSWER_STREAM,
		.sink = duplicate(transport->answer),
		.request = duplicate(transport->request),
		.most_bytes = transport->most_bytes,
		.deadline_ms = deadline_ms,
	};
	transport->upstream =
		upstream_send(transport->attempts.bearer, &order, &callbacks, transport);
}

static void has_no_token(void *context, const struct failure *failure)
{
	fail_for(context, failure);
}

static void begin(void *context)
{
	struct transport *transport = context;

	transport->start = NULL;
	if (transport->refusal.kind != FAILURE_NONE)
		fail(transport, &transport->refusal);
	else
		attempts_begin(&transport->attempts);
}

/* --- the beginning --- */

/* Returns 0, or -1 when that is no request for a repository. */
static int write_url(struct transport *transport, const struct transport_order *order)
{
	enum operation_id operation = transport->attempts.operation;
	struct operation_arguments arguments = {0};
	enum operation_parameter wrong;

	arguments.values[PARAMETER_OWNER] = order->owner;
	arguments.values[PARAMETER_REPO] = order->name;
	if (operation_check(operation, &arguments, &wrong) < 0 ||
	    operation_url(operation, &arguments, transport->attempts.bearer->base, transport->url) <
		    0)
		return -1;
	return upstream_takes_request(order->request) ? 0 : -1;
}

struct transport *transport_start(struct job *job, const struct transport_order *order,
				  transport_done_fn *done, void *context)
{
	struct transport *transport = memory_new(sizeof(*transport));

	transport->job = job;
	transport->request = order->request;
	transport->answer = order->answer;
	transport->most_bytes = order->most_bytes;
	transport->timeout_ms = order->timeout_ms;
	transport->started_ms = clock_monotonic_ms();
	transport->done = done;
	transport->context = context;
	transport->attempts = (struct attempts){
		.job = job,
		.bearer = job->git_bearer,
		.operation =
			order->command == GIT_LS_REFS ? OPERATION_GIT_LS_REFS : OPERATION_GIT_FETCH,
		.send = send_now,
		.fail = has_no_token,
		.context = transport,
	};
	snprintf(transport->target, sizeof(transport->target), "%s/%s", order->owner, order->name);
	if (io_set_nonblocking(transport->answer) < 0)
		fatal("cannot pass an answer on: %m");
	if (write_url(transport, order) < 0)
		failure_set(&transport->refusal, FAILURE_INTERNAL,
			    "Run the command again; if it recurs, report it.",
			    "git's request for %s is not one", transport->target);
	/* The callback comes later, whatever happens. */
	transport->start = loop_after(job->broker->loop, 0, begin, transport);
	return transport;
}

void transport_cancel(struct transport *transport)
{
	if (transport)
		forget(transport);
}
