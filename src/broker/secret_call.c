/* Requests whose answers have secrets in them. */
#include "broker/secret_call.h"

#include "broker/audit_log.h"
#include "broker/process.h"
#include "broker/retry.h"
#include "broker/secrets.h"
#include "broker/upstream.h"
#include "broker/violations.h"
#include "lib/base/clock.h"
#include "lib/base/io.h"
#include "lib/base/log.h"
#include "lib/base/memory.h"
#include "lib/secret/heap.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

/* Between an answer and what ghward-mint reads in it. */
#define MINT_PATIENCE_MS 5000u

struct secret_call {
	struct broker *broker;
	struct bearer *bearer;
	enum operation_id operation;
	enum mint_kind kind;
	char actor[24], job[20], target[160], detail[512];
	secret_answered_fn *answered;
	void *context;
	char url[OPERATION_URL_MAX];
	struct sealed body; /* it may hold a secret too */
	unsigned attempt;
	struct bearer_wait *preparing;
	struct audit_wait *waiting;
	uint32_t intent; /* what its result closes; 0 once that is on its way */
	struct upstream_request *request;
	struct loop_timer *timer;
	struct process *mint;
	struct ipc_channel *channel;
	bool has_response, has_minted;
	uint16_t status;
	uint64_t date;
	char request_id[80];
	struct failure failure;
	struct minted minted;  /* its strings are the following */
	struct sealed secrets; /* secret, NUL, refresh token */
	char error[64], message[256], name[128], address[256], permissions[2049];
};

static void begin_attempt(void *context);

static void forget_minted(struct secret_call *call)
{
	call->has_minted = false;
	call->error[0] = 0;
	call->minted = (struct minted){.secret = "",
				       .refresh = "",
				       .error = "",
				       .message = "",
				       .name = "",
				       .url = "",
				       .permissions = ""};
}

static void end_mint(struct secret_call *call)
{
	ipc_channel_close(call->channel);
	call->channel = NULL;
	process_kill(call->mint);
	call->mint = NULL;
}

static void free_call(struct secret_call *call)
{
	end_mint(call);
	upstream_cancel(call->request);
	loop_cancel(call->timer);
	audit_log_forget(call->waiting);
	bearer_forget(call->preparing);
	bearer_release(call->bearer);
	sealed_free(&call->body);
	sealed_free(&call->secrets);
	loop_defer_free(call->broker->loop, call);
}

/* What was begun and is not waited for any more: a token that was made all the same ends by itself.
 */
static void record_cancelled(const struct secret_call *call)
{
	bool sent = call->request || call->mint;
	const struct audit_event event = {
		.actor = call->actor,
		.job = call->job,
		.event = operation_get(call->operation)->id,
		.target = call->target,
		.phase = AUDIT_RESULT,
		.outcome = sent ? "unknown" : "unsent",
		.severity = AUDIT_INFO,
		.closes = call->intent,
	};

	audit_log_note(call->broker->audit, &event);
}

void secret_call_cancel(struct secret_call *call)
{
	if (!call)
		return;
	if (call->intent)
		record_cancelled(call);
	free_call(call);
}

/* --- the end --- */

static void unseal(struct secret_call *call)
{
	struct secrets *secrets = call->broker->secrets;
	size_t length = 0;

	call->minted.secret = call->minted.refresh = "";
	if (!call->has_minted ||
	    sealed_open(secrets->sealing_key, &call->secrets, secrets->buffer, &length) < 0)
		return;
	secrets->buffer[length] = 0;
	call->minted.secret = (const char *)secrets->buffer;
	call->minted.refresh = call->minted.secret + strlen(call->minted.secret) + 1;
}

static void result_durable(void *context, bool durable)
{
	struct secret_call *call = context;
	struct secrets *secrets = call->broker->secrets;
	secret_answered_fn *answered = call->answered;

	call->waiting = NULL;
	if (!durable)
		failure_set(&call->failure, FAILURE_AUDIT,
			    "Check the audit directory's permissions and free space.",
			    "the audit log cannot be written");
	struct secret_answer answer = {
		.failure = call->failure.kind == FAILURE_NONE ? NULL : &call->failure,
		.status = call->status,
		.date = call->date,
		.minted = &call->minted,
	};
	unseal(call);
	answered(call->context, &answer);
	explicit_bzero(secrets->buffer, sizeof(secrets->buffer));
	free_call(call);
}

static void finish(struct secret_call *call)
{
	char status[8];
	struct audit_event event = {
		.actor = call->actor,
		.job = call->job,
		.event = operation_get(call->operation)->id,
		.target = call->target,
		.phase = AUDIT_RESULT,
		.request_id = call->request_id,
		.severity = AUDIT_INFO,
		.detail_count = 1,
		.details = {{"status", status}},
	};

	end_mint(call);
	loop_cancel(call->timer);
	call->timer = NULL;
	/* An error page is no news beside the status. */
	if (call->status >= 400 && call->failure.kind == FAILURE_MALFORMED)
		call->failure.kind = FAILURE_NONE;
	snprintf(status, sizeof(status), "%u", call->status);
	if (call->failure.kind != FAILURE_NONE)
		event.outcome = failure_name(call->failure.kind);
	else
		event.outcome = call->status >= 400 || *call->error ? "refused" : "answered";
	if (*call->error) {
		event.details[event.detail_count].key = "error";
		event.details[event.detail_count++].value = call->error;
	}
	event.closes = call->intent;
	call->intent = 0;
	call->waiting = audit_log_append(call->broker->audit, &event, result_durable, call);
}

static void fail(struct secret_call *call, const struct failure *failure)
{
	call->failure = *failure;
	upstream_cancel(call->request);
	call->request = NULL;
	finish(call);
}

/* --- ghward-mint --- */

static void keep_secrets(struct secret_call *call, const struct minted *minted)
{
	size_t first = strlen(minted->secret), second = strlen(minted->refresh);
	uint8_t *both = secret_heap_calloc(1, first + second + 2);

	if (!both || first + second + 2 > VAULT_SECRET_MAX)
		fatal("no protected memory for a token");
	memcpy(both, minted->secret, first);
	memcpy(both + first + 1, minted->refresh, second);
	sealed_free(&call->secrets);
	if (sealed_make(call->broker->secrets->sealing_key,
			(struct crypto_bytes){both, first + 1 + second}, &call->secrets) < 0)
		fatal("cannot keep a token");
	secret_heap_free(both);
}

#define KEEP(field, source) (snprintf(call->field, sizeof(call->field), "%s", source), call->field)

static void keep(struct secret_call *call, const struct minted *minted)
{
	keep_secrets(call, minted);
	call->minted = *minted;
	call->minted.error = KEEP(error, minted->error);
	call->minted.message = KEEP(message, minted->message);
	call->minted.name = KEEP(name, minted->name);
	call->minted.url = KEEP(address, minted->url);
	call->minted.permissions = KEEP(permissions, minted->permissions);
	call->has_minted = true;
}

static bool is_sound(const struct secret_call *call, const struct minted *minted)
{
	return minted->kind == call->kind &&
	       strlen(minted->secret) + strlen(minted->refresh) + 2 <= VAULT_SECRET_MAX &&
	       strlen(minted->permissions) < sizeof(call->permissions);
}

static int take_minted(struct secret_call *call, struct ipc_incoming *in)
{
	struct failure failure;
	struct minted minted;

	protocol_get_failure(in, &failure);
	protocol_get_minted(in, &minted);
	if (ipc_end(in) < 0 || !is_sound(call, &minted))
		return -1;
	call->failure = failure;
	keep(call, &minted);
	return 0;
}

static int handle_minted(void *owner, struct ipc_incoming *in)
{
	struct secret_call *call = owner;
	uint8_t *bytes = (uint8_t *)(uintptr_t)in->reader.at;
	size_t length = in->length;
	int result = take_minted(call, in);

	/* The channel's buffer is ours and would keep it until the next message. */
	explicit_bzero(bytes, length);
	if (result == 0 && call->has_response)
		finish(call);
	return result;
}

static const struct ipc_permit permits[] = {
	{MESSAGE_HELLO, IPC_ONCE, 0, 4096, {IPC_FD_NONE}, protocol_pass_over_hello},
	{MESSAGE_MINTED, IPC_ONCE, 0, IPC_MESSAGE_MAX, {IPC_FD_NONE}, handle_minted},
};

static void lose_mint(struct secret_call *call)
{
	struct failure failure;

	/* One whose answer is here may go. While the request itself is still out, its end says
	 * more. */
	if (call->has_minted || call->waiting)
		return;
	end_mint(call);
	failure_set(&failure, FAILURE_INTERNAL, "Run the command again; if it recurs, report it.",
		    "the process that reads tokens ended early");
	fail(call, &failure);
}

static void mint_channel_ended(void *owner, enum ipc_ending ending, const char *detail)
{
	struct secret_call *call = owner;

	if (ending != IPC_PEER_CLOSED)
		violations_protocol(call->broker, ROLE_MINT, call->mint, "mint", detail);
	lose_mint(call);
}

static void mint_ended(void *context, enum process_end how, uint32_t number)
{
	struct secret_call *call = context;

	(void)number;
	call->mint = NULL;
	/* Its last word may still be in the channel. */
	if (how != PROCESS_EXITED)
		lose_mint(call);
}

/* Returns the end of a pipe that takes the answer. */
static int start_mint(struct secret_call *call)
{
	int ends[2], answer[2];

	if (ipc_pair(ends) < 0 || pipe2(answer, O_CLOEXEC) < 0 || io_set_nonblocking(answer[1]) < 0)
		fatal("cannot make a pipe: %m");
	/* Its pages may be left half full. Where the limit of pipes is reached, the usual size does
	 * for all but the longest answers. */
	(void)fcntl(answer[1], F_SETPIPE_SZ, 2 * (int)UPSTREAM_SECRET_MAX);
	call->channel =
		ipc_channel_new(call->broker->loop, ends[0], permits,
				sizeof(permits) / sizeof(permits[0]), mint_channel_ended, call);
	call->mint = process_start(call->broker, ROLE_MINT, &ends[1], 1, mint_ended, call);
	struct ipc_message *message = ipc_new(MESSAGE_MINT, 0);
	ipc_put_u8(message, (uint8_t)call->kind);
	ipc_put_fd(message, answer[0]);
	ipc_send(call->channel, message);
	return answer[1];
}

/* --- the request --- */

static bool try_again(struct secret_call *call, const struct response *response,
		      const struct failure *failure, bool sent)
{
	const struct broker *broker = call->broker;
	struct retry_attempt attempt = {
		.number = call->attempt,
		.class = operation_get(call->operation)->retry,
		.response = response,
		.failure = failure ? failure->kind : FAILURE_NONE,
		.sent = sent,
		.patience_ms = broker->settings.max_backoff_ms,
	};
	uint32_t random = UINT32_MAX;
	uint64_t wait_ms;

	if (getrandom(&random, sizeof(random), GRND_NONBLOCK) != (ssize_t)sizeof(random))
		random = UINT32_MAX;
	if (retry_decide(&attempt, &broker->settings, random, clock_wall_s(), &wait_ms) ==
	    RETRY_GIVE_UP)
		return false;
	end_mint(call);
	forget_minted(call);
	call->has_response = false;
	call->failure.kind = FAILURE_NONE;
	call->attempt++;
	call->timer = loop_after(broker->loop, wait_ms, begin_attempt, call);
	return true;
}

/* Whoever holds the other end of its pipe, or itself, has come to a stop. */
static void mint_stalled(void *context)
{
	struct secret_call *call = context;

	call->timer = NULL;
	lose_mint(call);
}

static void answered(void *context, const struct response *response, int body)
{
	struct secret_call *call = context;

	(void)body;
	call->request = NULL;
	if (try_again(call, response, NULL, true))
		return;
	call->has_response = true;
	call->status = response->status;
	call->date = response->date;
	snprintf(call->request_id, sizeof(call->request_id), "%s", response->request_id);
	if (call->has_minted)
		finish(call);
	else
		call->timer = loop_after(call->broker->loop, MINT_PATIENCE_MS, mint_stalled, call);
}

static void failed(void *context, const struct failure *failure, bool sent)
{
	struct secret_call *call = context;

	call->request = NULL;
	if (!try_again(call, NULL, failure, sent))
		fail(call, failure);
}

static const struct upstream_callbacks callbacks = {.answered = answered, .failed = failed};

static void send_request(struct secret_call *call)
{
	struct secrets *secrets = call->broker->secrets;
	const struct operation *operation = operation_get(call->operation);
	struct upstream_order order = {
		.method = operation->method,
		.retry = operation->retry,
		.url = call->url,
		.answer = ANSWER_SECRET,
	};
	uint8_t *body = secret_heap_calloc(1, OPERATION_BODY_MAX);

	if (!body || (sealed_length(&call->body) > 0 &&
		      sealed_open(secrets->sealing_key, &call->body, body, &order.body_length) < 0))
		fatal("no protected memory for a request");
	order.body = (const char *)body;
	order.sink = start_mint(call);
	call->request = upstream_send(call->bearer, &order, &callbacks, call);
	secret_heap_free(body);
}

static void bearer_ready(void *context, const struct failure *failure)
{
	struct secret_call *call = context;

	call->preparing = NULL;
	if (failure)
		fail(call, failure);
	else
		send_request(call);
}

static void begin_attempt(void *context)
{
	struct secret_call *call = context;

	call->timer = NULL;
	if (bearer_is_ready(call->bearer))
		send_request(call);
	else
		call->preparing = bearer_prepare(call->bearer, bearer_ready, call);
}

static void intent_durable(void *context, bool durable)
{
	struct secret_call *call = context;
	struct failure failure;

	call->waiting = NULL;
	if (durable) {
		begin_attempt(call);
		return;
	}
	failure_set(&failure, FAILURE_AUDIT,
		    "Check the audit directory's permissions and free space.",
		    "the audit log cannot be written");
	fail(call, &failure);
}

/* --- the beginning --- */

/* What may be on record: everything that is no secret. */
static void describe(struct secret_call *call, const struct operation_arguments *arguments)
{
	size_t used = 0;

	for (unsigned i = 0; i < PARAMETERS; i++) {
		const char *value = arguments->values[i];
		enum validate_kind kind =
			operation_parameter_validator((enum operation_parameter)i);
		if (!value || kind == VALIDATE_OPAQUE || kind == VALIDATE_TOKENS)
			continue;
		used += (size_t)snprintf(call->detail + used, sizeof(call->detail) - used,
					 "%s%s=%s", used ? " " : "",
					 operation_parameter_name((enum operation_parameter)i),
					 value);
		if (used >= sizeof(call->detail))
			return;
	}
}

/* Builds URL and body. Codes and tokens come from servers: one that does not fit is no reason to
 * end for everybody. */
static int write_request(struct secret_call *call, const struct operation_arguments *arguments)
{
	char *body = secret_heap_calloc(1, OPERATION_BODY_MAX);
	enum operation_parameter wrong;
	size_t length = 0;
	int status = -1;

	if (body && operation_check(call->operation, arguments, &wrong) == 0 &&
	    operation_url(call->operation, arguments, call->bearer->base, call->url) == 0)
		status = operation_body(call->operation, arguments, body, &length);
	if (status == 0 && length > 0)
		status = sealed_make(call->broker->secrets->sealing_key,
				     (struct crypto_bytes){body, length}, &call->body);
	secret_heap_free(body);
	return status;
}

static void refuse(void *context)
{
	struct secret_call *call = context;
	struct failure failure;

	call->timer = NULL;
	failure_set(&failure, FAILURE_MALFORMED, "",
		    "what the server has sent does not fit the request %s",
		    operation_get(call->operation)->id);
	fail(call, &failure);
}

struct secret_call *secret_call(struct bearer *bearer, const struct secret_order *order)
{
	struct secret_call *call = memory_new(sizeof(*call));
	struct broker *broker = bearer->broker;

	call->broker = broker;
	call->bearer = bearer_hold(bearer);
	call->operation = order->operation;
	call->kind = order->kind;
	call->answered = order->answered;
	call->context = order->context;
	call->date = RESPONSE_NUMBER_ABSENT;
	forget_minted(call);
	snprintf(call->actor, sizeof(call->actor), "%s", order->actor);
	snprintf(call->job, sizeof(call->job), "%s", order->job);
	snprintf(call->target, sizeof(call->target), "%s", order->target);
	describe(call, &order->arguments);
	if (write_request(call, &order->arguments) < 0) {
		call->timer = loop_after(broker->loop, 0, refuse, call);
		return call;
	}
	upstream_ensure(bearer);

	struct audit_event event = {
		.actor = call->actor,
		.job = call->job,
		.event = operation_get(call->operation)->id,
		.target = call->target,
		.phase = AUDIT_INTENT,
		.decision = "allow",
		.rule = "broker.own",
		.severity = AUDIT_INFO,
		.detail_count = 1,
		.details = {{"parameters", call->detail}},
	};
	call->waiting = audit_log_append(broker->audit, &event, intent_durable, call);
	call->intent = audit_log_id(call->waiting);
	return call;
}

void secret_call_explain(const struct secret_answer *answer, const char *what,
			 struct failure *failure)
{
	const struct minted *minted = answer->minted;
	const char *words = *minted->message ? minted->message : minted->error;
	const char *separator = *words ? ": " : "";
	enum failure_kind kind = answer->status == 401	 ? FAILURE_AUTHENTICATION
				 : answer->status == 403 ? FAILURE_PERMISSION
				 : answer->status == 404 ? FAILURE_NOT_FOUND
				 : answer->status == 422 ? FAILURE_VALIDATION
				 : answer->status == 429 ? FAILURE_RATE_LIMITED
				 : answer->status >= 500 ? FAILURE_SERVER
							 : FAILURE_MALFORMED;

	if (answer->failure) {
		*failure = *answer->failure;
		return;
	}
	failure_set(failure, kind,
		    kind == FAILURE_SERVER ? "Try again later; see GitHub's status page." : "",
		    "GitHub refuses %s (status %u)%s%s", what, answer->status, separator, words);
	failure->status = answer->status;
}
