/* A call: URL from the table, attempts with backoff, a record, the answer. */
#include "broker/call.h"

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

struct call {
	struct call *next;
	struct job *job;
	uint32_t id;
	enum operation_id operation;
	unsigned attempt;
	struct upstream_request *request;
	struct loop_timer *timer;
	struct audit_wait *waiting;
	struct ipc_message *answer; /* held until its record is durable */
	char url[OPERATION_URL_MAX];
};

static void send_request(void *context);

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

void call_cancel_all(struct job *job)
{
	while (job->calls) {
		struct call *call = job->calls;
		upstream_cancel(call->request);
		loop_cancel(call->timer);
		audit_log_forget(call->waiting);
		forget_call(call);
	}
}

static void result_durable(void *context, bool durable)
{
	struct call *call = context;
	struct job *job = call->job;

	call->waiting = NULL;
	if (durable) {
		ipc_send(job->channel, call->answer);
		call->answer = NULL;
		forget_call(call);
		return;
	}
	struct failure failure;
	const char *reason = audit_log_broken(job->broker->audit);
	failure_set(&failure, FAILURE_AUDIT,
		    "Check the audit directory's permissions and free space.", "%s",
		    reason ? reason : "the audit log cannot be written");
	job_end(job, &failure);
}

static void record_and_answer(struct call *call, struct ipc_message *answer, const char *outcome,
			      uint16_t status, const char *request_id)
{
	char status_text[8], attempts[12];
	struct audit_event event =
		job_event(call->job, operation_get(call->operation)->id, AUDIT_RESULT);

	snprintf(status_text, sizeof(status_text), "%u", status);
	snprintf(attempts, sizeof(attempts), "%u", call->attempt + 1);
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

static void answer_failure(struct call *call, const struct failure *failure)
{
	struct ipc_message *answer = ipc_new(MESSAGE_CALL_FAILED, call->id);

	protocol_put_failure(answer, failure);
	record_and_answer(call, answer, failure_name(failure->kind), 0, "");
}

/* Returns true when the request will be sent again. */
static bool try_again(struct call *call, const struct retry_attempt *attempt)
{
	struct broker *broker = call->job->broker;
	uint32_t random = 0;
	uint64_t wait_ms;

	if (getrandom(&random, sizeof(random), GRND_NONBLOCK) != (ssize_t)sizeof(random))
		random = UINT32_MAX;
	if (retry_decide(attempt, &broker->settings, random, clock_wall_us() / 1000000u,
			 &wait_ms) == RETRY_GIVE_UP)
		return false;
	log_write(LOG_LEVEL_INFO, "%s: attempt %u failed (status %u); next in %llu ms",
		  call->job->id, attempt->number + 1,
		  attempt->response ? attempt->response->status : 0, (unsigned long long)wait_ms);
	call->attempt++;
	call->timer = loop_after(broker->loop, wait_ms, send_request, call);
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
	if (try_again(call, &attempt)) {
		io_close(&body);
		return;
	}
	if (grant_take_bytes(&call->job->grant, response->body_size) < 0) {
		struct failure failure;
		io_close(&body);
		failure_set(&failure, FAILURE_DENIED, "Narrow the list with filters.",
			    "the job has received more bytes than one job is granted");
		answer_failure(call, &failure);
		return;
	}
	struct ipc_message *answer = ipc_new(MESSAGE_CALL_RESULT, call->id);
	protocol_put_response(answer, response);
	ipc_put_fd(answer, body);
	record_and_answer(call, answer, response->status < 400 ? "answered" : "refused",
			  response->status, response->request_id);
}

static void failed(void *context, const struct failure *failure, bool sent)
{
	struct call *call = context;
	struct retry_attempt attempt = {
		.number = call->attempt,
		.class = operation_get(call->operation)->retry,
		.failure = failure->kind,
		.sent = sent,
	};

	call->request = NULL;
	if (!try_again(call, &attempt))
		answer_failure(call, failure);
}

static const struct upstream_callbacks callbacks = {.answered = answered, .failed = failed};

static void send_request(void *context)
{
	struct call *call = context;
	const struct operation *operation = operation_get(call->operation);

	call->timer = NULL;
	call->request = upstream_send(call->job->broker, operation->method, operation->retry,
				      call->url, &callbacks, call);
}

int call_start(struct job *job, uint32_t id, enum operation_id operation,
	       const struct operation_arguments *arguments)
{
	const char *refused = grant_take(&job->grant, operation, arguments);

	if (refused) {
		log_write(broker_error_level(job->broker), "%s: the worker asked for %s", job->id,
			  refused);
		return -1;
	}
	struct call *call = memory_new(sizeof(*call));
	call->job = job;
	call->id = id;
	call->operation = operation;
	if (operation_url(operation, arguments, job->broker->settings.api_url, call->url) < 0) {
		free(call);
		return -1;
	}
	call->next = job->calls;
	job->calls = call;
	job->calls_in_flight++;
	job->broker->calls++;
	send_request(call);
	return 0;
}
