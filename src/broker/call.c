/* A call: URL from the table, attempts with backoff, a record, the answer. */
#include "broker/call.h"

#include "broker/attempts.h"
#include "broker/plan.h"
#include "broker/upstream.h"
#include "lib/base/clock.h"
#include "lib/base/io.h"
#include "lib/base/log.h"
#include "lib/base/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct call {
	struct call *next;
	struct job *job;
	uint32_t id;
	enum operation_id operation;
	struct attempts attempts;
	struct upstream_request *request;
	struct audit_wait *waiting;
	uint32_t intent;		/* of a write: what its result closes */
	struct ipc_message *answer;	/* held until its record is durable */
	char target[SYNC_NAME_MAX + 2]; /* where the job is about several; "" for the job's own */
	struct wire wire;
};

static const char may_have_happened[] =
	"The change may have been made all the same: look before you repeat it.";

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
		attempts_stop(&call->attempts);
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
	snprintf(attempts, sizeof(attempts), "%u", call->attempts.number + 1);
	if (*call->target)
		event.target = call->target;
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

static void answered(void *context, const struct response *response, int body)
{
	struct call *call = context;

	call->request = NULL;
	if (attempts_answered(&call->attempts, response)) {
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
	told.attempts = (uint8_t)(call->attempts.number + 1 < UINT8_MAX ? call->attempts.number + 1
									: UINT8_MAX);
	protocol_put_response(answer, &told);
	ipc_put_fd(answer, body);
	record_and_answer(call, answer, response->status < 400 ? "answered" : "refused",
			  response->status, response->request_id);
}

static void failed(void *context, const struct failure *why, bool sent)
{
	struct call *call = context;
	struct failure failure = *why;

	call->request = NULL;
	if (attempts_failed(&call->attempts, why, sent))
		return;
	bool unknown = is_write(call) && sent;
	if (unknown)
		snprintf(failure.hint, sizeof(failure.hint), "%s", may_have_happened);
	answer_failure(call, &failure, unknown ? "unknown" : failure_name(failure.kind));
}

static const struct upstream_callbacks callbacks = {.answered = answered, .failed = failed};

static void send_now(void *context)
{
	struct call *call = context;
	const struct operation *operation = operation_get(call->operation);
	struct upstream_order order = {
		.method = operation->method,
		.retry = operation->retry,
		.url = call->wire.url,
		.body = call->wire.body,
		.body_length = call->wire.body_length,
		.answer = operation->answer,
	};

	call->request = upstream_send(call->attempts.bearer, &order, &callbacks, call);
}

static void has_no_token(void *context, const struct failure *failure)
{
	answer_failure(context, failure, failure_name(failure->kind));
}

static void intent_durable(void *context, bool durable)
{
	struct call *call = context;

	call->waiting = NULL;
	if (durable)
		attempts_begin(&call->attempts);
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

/* What is at git's base URL goes there by a bearer of its own. */
static struct bearer *bearer_of(const struct job *job, enum operation_id operation)
{
	return operation_get(operation)->base == OPERATION_BASE_GIT ? job->git_bearer : job->bearer;
}

/* Why the worker may not have it; NULL when it may. */
static const char *refuse(struct call *call, const struct operation_arguments *arguments,
			  uint32_t delay_ms)
{
	struct job *job = call->job;
	const struct bearer *bearer = call->attempts.bearer;
	const char *refused = grant_take(&job->grant, call->operation, arguments);

	if (refused)
		return refused;
	if (!bearer || operation_get(call->operation)->answer == ANSWER_STREAM)
		return "what is not for it";
	if (wire_make(&call->wire, call->operation, arguments, bearer->base) < 0)
		return "more than fits a request";
	if (delay_ms > (is_write(call) ? 0 : job_patience_ms(job)))
		return "a wait that is too long";
	if (is_write(call) && !plan_permits(job, &call->wire))
		return "a write that was not agreed to";
	return NULL;
}

static void name_target(struct call *call, const struct operation_arguments *arguments)
{
	const char *owner = arguments->values[PARAMETER_OWNER];
	const char *name = arguments->values[PARAMETER_REPO];

	if (call->job->sync && owner && name)
		snprintf(call->target, sizeof(call->target), "%s/%s", owner, name);
}

int call_start(struct job *job, uint32_t id, enum operation_id operation,
	       const struct operation_arguments *arguments, uint32_t delay_ms)
{
	struct call *call = memory_new(sizeof(*call));

	call->job = job;
	call->id = id;
	call->operation = operation;
	name_target(call, arguments);
	call->attempts = (struct attempts){
		.job = job,
		.bearer = bearer_of(job, operation),
		.operation = operation,
		.send = send_now,
		.fail = has_no_token,
		.context = call,
	};
	const char *refused = refuse(call, arguments, delay_ms);
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
	call->attempts.number = delay_ms ? 1 : 0;
	if (is_write(call))
		record_intent(call);
	else if (delay_ms)
		attempts_hold(&call->attempts, delay_ms);
	else
		attempts_begin(&call->attempts);
	return 0;
}
