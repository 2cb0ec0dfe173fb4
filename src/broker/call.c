/* A call: URL from the table, attempts with backoff, a record, the answer. */
#include "broker/call.h"

#include "broker/plan.h"
#include "broker/retry.h"
#include "broker/upstream.h"
#include "lib/base/clock.h"
#include "lib/base/io.h"
#include "lib/base/log.h"
#include "lib/base/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#define REFUSALS_MAX 2u

struct call {
	struct call *next;
	struct job *job;
	uint32_t id;
	enum operation_id operation;
	unsigned attempt;
	struct upstream_request *request;
	struct loop_timer *timer;
	struct bearer_wait *preparing;
	unsigned refusals; /* GitHub did not accept the token */
	uint64_t sent_ms;
	struct audit_wait *waiting;
	uint32_t intent;	    /* of a write: what its result closes */
	struct ipc_message *answer; /* held until its record is durable */
	struct wire wire;
};

static const char may_have_happened[] =
	"The change may have been made all the same: look before you repeat it.";

static void send_request(void *context);

static bool is_write(const struct call *call)
{
	return operation_get(call->operation)->class == CLASS_WRITE;
}

static void forget_call(struct call *call)
{
	for (struct call **at = &call->job->calls; *at; at = &(*at)->next) {
		if (*at == call) {
			*at = call->next;
			call->job->calls_in_flight--;
			call->job->broker->calls--;
			break;
		}
	}
	ipc_free(call->answer);
	free(call);
}

/* A write whose job ended before its answer came. */
static void record_cancelled(const struct call *call)
{
	struct audit_event event =
		job_event(call->job, operation_get(call->operation)->id, AUDIT_RESULT);

	event.closes = call->intent;
	event.outcome = call->request ? "unknown" : "unsent";
	event.severity = call->request ? AUDIT_WARNING : AUDIT_INFO;
	audit_log_note(call->job->broker->audit, &event);
}

void call_cancel_all(struct job *job)
{
	while (job->calls) {
		struct call *call = job->calls;
		if (is_write(call) && !call->answer)
			record_cancelled(call);
		if (is_write(call) && (call->request || call->answer))
			snprintf(job->failure.hint, sizeof(job->failure.hint), "%s",
				 may_have_happened);
		upstream_cancel(call->request);
		loop_cancel(call->timer);
		bearer_forget(call->preparing);
		audit_log_forget(call->waiting);
		forget_call(call);
	}
}

static void end_without_audit(struct job *job)
{
	struct failure failure;
	const char *reason = audit_log_reason(job->broker->audit);

	failure_set(&failure, FAILURE_AUDIT,
		    "Check the audit directory's permissions and free space.", "%s",
		    reason ? reason : "the audit log cannot be written");
	job_end(job, &failure);
}

static void result_durable(void *context, bool durable)
{
	struct call *call = context;
	struct job *job = call->job;

	call->waiting = NULL;
	if (!durable) {
		end_without_audit(job);
		return;
	}
	ipc_send(job->channel, call->answer);
	call->answer = NULL;
	forget_call(call);
}

static void record_and_answer(struct call *call, struct ipc_message *answer, const char *outcome,
			      uint16_t status, const char *request_id)
{
	char status_text[8], attempts[12];
	struct audit_event event =
		job_event(call->job, operation_get(call->operation)->id, AUDIT_RESULT);

	snprintf(status_text, sizeof(status_text), "%u", status);
	snprintf(attempts, sizeof(attempts), "%u", call->attempt + 1);
	event.closes = call->intent;
	event.outcome = outcome;
	event.request_id = request_id;
	event.detail_count = 2;
	event.details[0].key = "status";
	event.details[0].value = status_text;
	event.details[1].key = "attempts";
	event.details[1].value = attempts;
	call->answer = answer;
	call->waiting = audit_log_append(call->job->broker->audit, &event, result_durable, call);
}

static void answer_failure(struct call *call, const struct failure *failure, const char *outcome)
{
	struct ipc_message *answer = ipc_new(MESSAGE_CALL_FAILED, call->id);

	protocol_put_failure(answer, failure);
	record_and_answer(call, answer, outcome, failure->status, failure->request_id);
}

static void send_later(struct call *call, uint64_t wait_ms)
{
	call->timer = loop_after(call->job->broker->loop, wait_ms, send_request, call);
}

/* Whoever goes on asking against a limit makes it last: the whole job waits. Who waits longer than
 * a moment wants to know until when. */
static void wait_for_limit(struct call *call, uint64_t wait_ms)
{
	char until[CLOCK_RFC3339_SIZE], text[96];
	uint64_t now_us = clock_wall_us(), end_ms = clock_monotonic_ms() + wait_ms;

	if (call->job->held_until_ms < end_ms)
		call->job->held_until_ms = end_ms;
	send_later(call, wait_ms);
	if (wait_ms <= call->job->broker->settings.max_backoff_ms)
		return;
	clock_rfc3339(until, now_us + wait_ms * 1000);
	snprintf(text, sizeof(text), "waiting for GitHub's rate limit until %.19sZ", until);
	job_note(call->job, text);
}

/* Returns true when the request will be sent again. */
static bool try_again(struct call *call, struct retry_attempt *attempt)
{
	struct broker *broker = call->job->broker;
	uint32_t random = 0;
	uint64_t wait_ms;

	if (getrandom(&random, sizeof(random), GRND_NONBLOCK) != (ssize_t)sizeof(random))
		random = UINT32_MAX;
	attempt->patience_ms = job_patience_ms(call->job);
	if (retry_decide(attempt, &broker->settings, random, clock_wall_s(), &wait_ms) ==
	    RETRY_GIVE_UP)
		return false;
	log_write(LOG_LEVEL_INFO,
		  "%s: attempt %u of %s failed (status %u, request id %s); next in %llu ms",
		  call->job->id, attempt->number + 1, operation_get(call->operation)->id,
		  attempt->response ? attempt->response->status : 0,
		  attempt->response && *attempt->response->request_id
			  ? attempt->response->request_id
			  : "none",
		  (unsigned long long)wait_ms);
	call->attempt++;
	if (attempt->response && retry_is_limit(attempt->response))
		wait_for_limit(call, wait_ms);
	else
		send_later(call, wait_ms);
	return true;
}

/* A token that was just made may not be known everywhere, and one that was good may have been
 * revoked: each is worth one more try where its bearer says so. What was not accepted has not
 * happened. */
static bool try_other_token(struct call *call, const struct response *response)
{
	uint32_t wait_ms = 0;

	if (response->status == 401 && call->refusals < REFUSALS_MAX)
		wait_ms = bearer_refused(call->job->bearer, call->sent_ms, call->refusals);
	if (!wait_ms)
		return false;
	call->refusals++;
	call->attempt++;
	send_later(call, wait_ms);
	return true;
}

static void answered(void *context, const struct response *response, int body)
{
	struct call *call = context;
	struct retry_attempt attempt = {
		.number = call->attempt,
		.class = operation_get(call->operation)->retry,
		.response = response,
		.sent = true,
	};

	call->request = NULL;
	if (try_again(call, &attempt) || try_other_token(call, response)) {
		io_close(&body);
		return;
	}
	if (grant_take_bytes(&call->job->grant, response->body_size) < 0) {
		struct failure failure;
		io_close(&body);
		failure_set(&failure, FAILURE_DENIED, "Narrow the list with filters.",
			    "the job has received more bytes than one job is granted");
		answer_failure(call, &failure, failure_name(failure.kind));
		return;
	}
	struct ipc_message *answer = ipc_new(MESSAGE_CALL_RESULT, call->id);
	struct response told = *response;
	told.attempts = (uint8_t)(call->attempt + 1 < UINT8_MAX ? call->attempt + 1 : UINT8_MAX);
	protocol_put_response(answer, &told);
	ipc_put_fd(answer, body);
	record_and_answer(call, answer, response->status < 400 ? "answered" : "refused",
			  response->status, response->request_id);
}

static void failed(void *context, const struct failure *why, bool sent)
{
	struct call *call = context;
	struct failure failure = *why;
	struct retry_attempt attempt = {
		.number = call->attempt,
		.class = operation_get(call->operation)->retry,
		.failure = failure.kind,
		/* Before the request was sent, only a proxy can have answered. */
		.proxy_status = sent ? 0 : failure.status,
		.sent = sent,
	};

	call->request = NULL;
	if (try_again(call, &attempt))
		return;
	bool unknown = is_write(call) && sent;
	if (unknown)
		snprintf(failure.hint, sizeof(failure.hint), "%s", may_have_happened);
	answer_failure(call, &failure, unknown ? "unknown" : failure_name(failure.kind));
}

static const struct upstream_callbacks callbacks = {.answered = answered, .failed = failed};

static void send_now(struct call *call)
{
	const struct operation *operation = operation_get(call->operation);
	struct upstream_order order = {
		.method = operation->method,
		.retry = operation->retry,
		.url = call->wire.url,
		.body = call->wire.body,
		.body_length = call->wire.body_length,
	};

	call->sent_ms = clock_monotonic_ms();
	call->request = upstream_send(call->job->bearer, &order, &callbacks, call);
}

/* The token is as new as it gets: one that a server lets live for less than the margin is sent all
 * the same, or there would be no end of making others. */
static void bearer_ready(void *context, const struct failure *failure)
{
	struct call *call = context;

	call->preparing = NULL;
	if (failure)
		answer_failure(call, failure, failure_name(failure->kind));
	else
		send_now(call);
}

static void send_request(void *context)
{
	struct call *call = context;
	uint64_t now_ms = clock_monotonic_ms();

	call->timer = NULL;
	if (call->job->held_until_ms > now_ms) {
		send_later(call, call->job->held_until_ms - now_ms);
		return;
	}
	if (!bearer_is_ready(call->job->bearer)) {
		call->preparing = bearer_prepare(call->job->bearer, bearer_ready, call);
		return;
	}
	send_now(call);
}

static void intent_durable(void *context, bool durable)
{
	struct call *call = context;

	call->waiting = NULL;
	if (durable)
		send_request(call);
	else
		end_without_audit(call->job);
}

/* The exact change is on record before it can happen. */
static void record_intent(struct call *call)
{
	struct audit_event event =
		job_event(call->job, operation_get(call->operation)->id, AUDIT_INTENT);

	event.decision = "allow";
	event.rule = plan_rule(call->job);
	event.detail_count = 1;
	event.details[0].key = "body";
	event.details[0].value = call->wire.body;
	call->waiting = audit_log_append(call->job->broker->audit, &event, intent_durable, call);
	call->intent = audit_log_id(call->waiting);
}

int call_start(struct job *job, uint32_t id, enum operation_id operation,
	       const struct operation_arguments *arguments, uint32_t delay_ms)
{
	struct call *call = memory_new(sizeof(*call));
	const char *refused = grant_take(&job->grant, operation, arguments);

	call->job = job;
	call->id = id;
	call->operation = operation;
	if (!refused && wire_make(&call->wire, operation, arguments, job->choice.origin) < 0)
		refused = "more than fits a request";
	if (!refused && delay_ms > (is_write(call) ? 0 : job_patience_ms(job)))
		refused = "a wait that is too long";
	if (!refused && is_write(call) && !plan_permits(job, &call->wire))
		refused = "a write that was not agreed to";
	if (refused) {
		log_write(broker_error_level(job->broker), "%s: the worker asked for %s", job->id,
			  refused);
		free(call);
		return -1;
	}
	call->next = job->calls;
	job->calls = call;
	job->calls_in_flight++;
	job->broker->calls++;
	call->attempt = delay_ms ? 1 : 0;
	if (is_write(call))
		record_intent(call);
	else if (delay_ms)
		wait_for_limit(call, delay_ms);
	else
		send_request(call);
	return 0;
}
