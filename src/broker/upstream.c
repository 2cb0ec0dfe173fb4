/* The way to GitHub for one bearer. */
#include "broker/upstream.h"

#include "broker/process.h"
#include "broker/upstream_body.h"
#include "broker/violations.h"
#include "lib/base/log.h"
#include "lib/base/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ghward-net keeps the deadline of a request itself. One that does not even do that, given a
 * request's usual time and this besides, is ended, or every later job would wait for it as well. */
#define STALL_MS 2000u

struct upstream_request {
	struct upstream_request *next;
	struct upstream *upstream;
	struct loop_timer *stall;
	uint32_t id;
	struct upstream_order order; /* with copies of what it points to; sent without them */
	bool under_way;
	struct failure *refusal; /* why it had no token; owned */
	struct upstream_body body;
	uint64_t passed;
	const struct upstream_callbacks *callbacks;
	void *context;
};

struct upstream {
	struct bearer *bearer;
	struct broker *broker;
	struct ipc_channel *net_channel, *dial_channel;
	struct process *net, *dial;
	struct upstream_request *requests; /* oldest first */
	unsigned in_flight;
	uint32_t next_id;
	struct loop_timer *idle;
	bool over; /* it is given up: only its requests are still to be told */
};

static void send_waiting(struct upstream *upstream);
static void stalled(void *context);
static void idle_over(void *context);

/* --- requests --- */

static void unlink_request(struct upstream_request *request)
{
	struct upstream *upstream = request->upstream;

	if (request->under_way)
		upstream->in_flight--;
	for (struct upstream_request **at = &upstream->requests; *at; at = &(*at)->next) {
		if (*at == request) {
			*at = request->next;
			break;
		}
	}
	if (!upstream->requests && !upstream->idle && !upstream->over)
		upstream->idle =
			loop_after(upstream->broker->loop,
				   upstream->broker->settings.idle_timeout_ms, idle_over, upstream);
}

static void forget_words(struct upstream_request *request)
{
	char *body = (char *)(uintptr_t)request->order.body;

	/* It may be a token that shall be revoked. */
	if (body)
		explicit_bzero(body, request->order.body_length);
	free(body);
	free((char *)(uintptr_t)request->order.url);
	request->order.url = request->order.body = NULL;
}

static void free_request(struct upstream_request *request)
{
	forget_words(request);
	upstream_body_close(&request->body);
	loop_cancel(request->stall);
	free(request->refusal);
	free(request);
}

static void fail_request(struct upstream_request *request, const struct failure *failure, bool sent)
{
	request->callbacks->failed(request->context, failure, sent);
	free_request(request);
}

/* The bearer has lost its token since it was ready. */
static void fail_without_token(void *context)
{
	struct upstream_request *request = context;

	request->stall = NULL;
	unlink_request(request);
	send_waiting(request->upstream);
	fail_request(request, request->refusal, false);
}

/* A stream takes as long as it takes, as long as something moves. */
static uint32_t deadline_ms(const struct upstream_request *request)
{
	return request->order.answer == ANSWER_STREAM
		       ? request->order.deadline_ms
		       : request->upstream->broker->settings.timeout_ms;
}

static void send_now(struct upstream_request *request)
{
	struct upstream *upstream = request->upstream;
	const struct broker *broker = upstream->broker;
	const struct upstream_order *order = &request->order;
	struct ipc_message *message = ipc_new(MESSAGE_REQUEST, request->id);
	bool is_stream = order->answer == ANSWER_STREAM;
	struct failure refusal;

	ipc_put_u8(message, (uint8_t)order->method);
	ipc_put_u8(message, (uint8_t)order->retry);
	ipc_put_u8(message, (uint8_t)order->answer);
	ipc_put_string(message, order->url);
	ipc_put_bytes(message, order->body, order->body_length);
	int got = bearer_put(upstream->bearer, message, &refusal);
	ipc_put_u32(message, deadline_ms(request));
	ipc_put_u32(message, is_stream ? broker->settings.timeout_ms : 0);
	ipc_put_u64(message, upstream_body_cap(order));
	request->under_way = true;
	upstream->in_flight++;
	if (got < 0) {
		ipc_free(message);
		request->refusal = memory_new(sizeof(refusal));
		*request->refusal = refusal;
		request->stall = loop_after(broker->loop, 0, fail_without_token, request);
		return;
	}
	upstream_body_put(&request->body, order->answer, message);
	ipc_send(upstream->net_channel, message);
	forget_words(request);
	request->stall = loop_after(broker->loop,
				    UINT64_C(0) + deadline_ms(request) +
					    broker->settings.timeout_ms + STALL_MS,
				    stalled, request);
}

/* However many jobs there are, one credential has so many requests under way: GitHub counts per
 * token. */
static void send_waiting(struct upstream *upstream)
{
	uint32_t most = upstream->bearer->in_flight ? upstream->bearer->in_flight
						    : upstream->broker->settings.in_flight;

	for (struct upstream_request *at = upstream->requests; at; at = at->next) {
		if (upstream->in_flight >= most)
			return;
		if (!at->under_way)
			send_now(at);
	}
}

/* Ends both processes and fails what they had in hand; the next request starts new ones. */
static void give_up(struct upstream *upstream, const char *why)
{
	struct failure failure;

	upstream->over = true;
	ipc_channel_close(upstream->net_channel);
	ipc_channel_close(upstream->dial_channel);
	process_kill(upstream->net);
	process_kill(upstream->dial);
	loop_cancel(upstream->idle);
	loop_defer_free(upstream->broker->loop, upstream);
	/* Its requests may be the bearer's last users. */
	bearer_hold(upstream->bearer);
	bearer_upstream_gone(upstream->bearer);
	failure_set(&failure, FAILURE_INTERNAL, "Run the command again.",
		    "cannot talk to GitHub: %s", why);
	/* Whoever hears of it may cancel others. */
	while (upstream->requests) {
		struct upstream_request *request = upstream->requests;
		upstream->requests = request->next;
		fail_request(request, &failure, request->under_way);
	}
	bearer_release(upstream->bearer);
}

static void idle_over(void *context)
{
	struct upstream *upstream = context;

	upstream->idle = NULL;
	if (!upstream->requests)
		give_up(upstream, "it was idle");
}

/* --- what ghward-net answers --- */

static struct upstream_request *find_request(struct upstream *upstream, uint32_t id)
{
	struct upstream_request *request = upstream->requests;

	while (request && request->id != id)
		request = request->next;
	return request;
}

static int handle_response(void *owner, struct ipc_incoming *in)
{
	struct upstream *upstream = owner;
	struct upstream_request *request = find_request(upstream, in->id);
	struct response response;

	protocol_get_response(in, &response);
	if (ipc_end(in) < 0 || in->id >= upstream->next_id || response.status < 100 ||
	    response.status > 599)
		return -1;
	if (!request)
		return 0; /* cancelled in the meantime */
	if (response.body_size > upstream_body_cap(&request->order) ||
	    upstream_body_seal(&request->body, request->order.answer) < 0)
		return -1;
	if (request->order.answer == ANSWER_STREAM)
		request->passed = response.body_size;
	unlink_request(request);
	send_waiting(upstream);
	int body = request->body.answer;
	request->body.answer = -1;
	request->callbacks->answered(request->context, &response, body);
	free_request(request);
	return 0;
}

static int handle_failed(void *owner, struct ipc_incoming *in)
{
	struct upstream *upstream = owner;
	struct upstream_request *request = find_request(upstream, in->id);
	bool sent = ipc_get_enum(in, 2);
	uint64_t passed = ipc_get_u64(in);
	struct failure failure;

	protocol_get_failure(in, &failure);
	if (ipc_end(in) < 0 || in->id >= upstream->next_id || failure.kind == FAILURE_NONE)
		return -1;
	if (!request)
		return 0;
	if (passed > (request->order.answer == ANSWER_STREAM ? request->order.most_bytes : 0))
		return -1;
	unlink_request(request);
	send_waiting(upstream);
	request->passed = passed;
	fail_request(request, &failure, sent);
	return 0;
}

static const struct ipc_permit net_permits[] = {
	{MESSAGE_HELLO, IPC_ONCE, 0, 4096, {IPC_FD_NONE}, protocol_pass_over_hello},
	{MESSAGE_RESPONSE, IPC_PERMIT, 0, 16384, {IPC_FD_NONE}, handle_response},
	{MESSAGE_REQUEST_FAILED, IPC_PERMIT, 0, 2048, {IPC_FD_NONE}, handle_failed},
};

static const struct ipc_permit dial_permits[] = {
	{MESSAGE_HELLO, IPC_ONCE, 0, 4096, {IPC_FD_NONE}, protocol_pass_over_hello},
};

static void net_channel_ended(void *owner, enum ipc_ending ending, const char *detail)
{
	struct upstream *upstream = owner;

	if (ending != IPC_PEER_CLOSED)
		violations_protocol(upstream->broker, ROLE_NET, upstream->net, "net", detail);
	give_up(upstream, "the process for HTTPS ended");
}

static void dial_channel_ended(void *owner, enum ipc_ending ending, const char *detail)
{
	struct upstream *upstream = owner;

	if (ending != IPC_PEER_CLOSED)
		violations_protocol(upstream->broker, ROLE_DIAL, upstream->dial, "dial", detail);
	give_up(upstream, "the process that connects ended");
}

static void net_ended(void *context, enum process_end how, uint32_t number)
{
	struct upstream *upstream = context;

	(void)how;
	(void)number;
	upstream->net = NULL;
	give_up(upstream, "the process for HTTPS ended");
}

static void dial_ended(void *context, enum process_end how, uint32_t number)
{
	struct upstream *upstream = context;

	(void)how;
	(void)number;
	upstream->dial = NULL;
	give_up(upstream, "the process that connects ended");
}

static void stalled(void *context)
{
	struct upstream_request *request = context;

	request->stall = NULL;
	log_write(broker_error_level(request->upstream->broker),
		  "ghward-net does not answer; it is ended");
	give_up(request->upstream, "the process for HTTPS did not answer");
}

/* --- starting --- */

static void introduce(struct upstream *upstream)
{
	const struct broker *broker = upstream->broker;
	const char *base = upstream->bearer->base;

	struct ipc_message *origin = ipc_new(MESSAGE_ORIGIN, 0);
	upstream_put_origin(broker, base, origin);
	ipc_send(upstream->dial_channel, origin);
	struct ipc_message *server = ipc_new(MESSAGE_SERVER, 0);
	ipc_put_string(server, base);
	ipc_put_string(server, broker->settings.api_version);
	upstream_put_proxy(broker, base, server);
	ipc_send(upstream->net_channel, server);
}

void upstream_ensure(struct bearer *bearer)
{
	struct broker *broker = bearer->broker;
	struct upstream_wiring wiring;

	if (bearer->upstream)
		return;
	struct upstream *upstream = memory_new(sizeof(*upstream));
	upstream->bearer = bearer;
	upstream->broker = broker;
	upstream->next_id = 1;
	upstream_wire(&wiring);
	upstream->net_channel = ipc_channel_new(broker->loop, wiring.net_channel, net_permits,
						sizeof(net_permits) / sizeof(net_permits[0]),
						net_channel_ended, upstream);
	upstream->dial_channel = ipc_channel_new(broker->loop, wiring.dial_channel, dial_permits,
						 sizeof(dial_permits) / sizeof(dial_permits[0]),
						 dial_channel_ended, upstream);
	upstream->net = process_start(broker, ROLE_NET, wiring.net_fds, 3, net_ended, upstream);
	upstream->dial = process_start(broker, ROLE_DIAL, wiring.dial_fds, 2, dial_ended, upstream);
	upstream->idle =
		loop_after(broker->loop, broker->settings.idle_timeout_ms, idle_over, upstream);
	bearer->upstream = upstream;
	introduce(upstream);
}

static char *copy_bytes(const char *bytes, size_t length)
{
	char *copy = memory_new(length + 1);

	if (length)
		memcpy(copy, bytes, length);
	return copy;
}

struct upstream_request *upstream_send(struct bearer *bearer, const struct upstream_order *order,
				       const struct upstream_callbacks *callbacks, void *context)
{
	struct upstream_request *request = memory_new(sizeof(*request));

	upstream_ensure(bearer);
	struct upstream *upstream = bearer->upstream;
	loop_cancel(upstream->idle);
	upstream->idle = NULL;
	request->upstream = upstream;
	request->id = upstream->next_id++;
	request->order = *order;
	request->order.url = copy_bytes(order->url, strlen(order->url));
	request->order.body = copy_bytes(order->body, order->body_length);
	upstream_body_open(&request->body, order);
	request->callbacks = callbacks;
	request->context = context;
	struct upstream_request **end = &upstream->requests;
	while (*end)
		end = &(*end)->next;
	*end = request;
	send_waiting(upstream);
	return request;
}

uint64_t upstream_passed(const struct upstream_request *request)
{
	return request->passed;
}

void upstream_cancel(struct upstream_request *request)
{
	if (!request)
		return;
	struct upstream *upstream = request->upstream;

	if (request->under_way && !upstream->over)
		ipc_send(upstream->net_channel, ipc_new(MESSAGE_CANCEL_REQUEST, request->id));
	unlink_request(request);
	free_request(request);
	if (!upstream->over)
		send_waiting(upstream);
}

void upstream_stop(struct bearer *bearer)
{
	if (bearer->upstream)
		give_up(bearer->upstream, "ghward is ending");
}
