/* Messages of ghward-net. */
#include "net/net.h"

#include "lib/base/log.h"
#include "lib/ipc/channel.h"
#include "lib/ipc/protocol.h"
#include "net/engine.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct net {
	struct loop *loop;
	struct ipc_channel *broker, *dial;
	struct engine *engine;
	struct origin origin;
	struct roots *roots;
	size_t requests;
};

static void send_failure(struct net *net, uint32_t id, bool sent, uint64_t passed,
			 const struct failure *failure)
{
	struct ipc_message *message = ipc_new(MESSAGE_REQUEST_FAILED, id);

	ipc_put_u8(message, sent);
	ipc_put_u64(message, passed);
	protocol_put_failure(message, failure);
	ipc_send(net->broker, message);
}

static void request_done(void *owner, const struct transfer *transfer,
			 const struct response *response, const struct failure *failure)
{
	struct net *net = owner;

	net->requests--;
	if (failure) {
		bool is_stream = transfer->answer == ANSWER_STREAM;
		send_failure(net, transfer->id, transfer->sent, is_stream ? transfer->body_size : 0,
			     failure);
		return;
	}
	struct ipc_message *message = ipc_new(MESSAGE_RESPONSE, transfer->id);
	protocol_put_response(message, response);
	ipc_send(net->broker, message);
}

static void ask_dial(void *owner, uint32_t id)
{
	struct net *net = owner;

	ipc_send(net->dial, ipc_new(MESSAGE_CONNECT, id));
}

/* --- from the broker --- */

static int handle_server(void *owner, struct ipc_incoming *in)
{
	struct net *net = owner;
	const char *base = ipc_get_string(in), *version = ipc_get_string(in);
	struct origin_proxy proxy;

	proxy.url = ipc_get_string(in);
	proxy.user = ipc_get_string(in);
	proxy.password = ipc_get_string(in);
	proxy.source = ipc_get_string(in);
	int result = ipc_end(in);

	if (result == 0)
		result = origin_set(&net->origin, base, version);
	if (result == 0 && *proxy.url)
		result = origin_set_proxy(&net->origin, &proxy);
	/* The receive buffer is ours, and should not keep a copy until the next message happens to
	 * come. */
	explicit_bzero((void *)(uintptr_t)proxy.user, strlen(proxy.user));
	explicit_bzero((void *)(uintptr_t)proxy.password, strlen(proxy.password));
	return result;
}

/* Why a request cannot even be tried; false when it can. */
static bool refuse_request(struct net *net, const struct transfer_order *order,
			   struct failure *failure)
{
	if (!origin_owns(&net->origin, order->url)) {
		failure_set(failure, FAILURE_DENIED, "This is a bug of ghward; please report it.",
			    "refused to send a request to anything but %s",
			    net->origin.base ? net->origin.base : "the API of its credential");
		return true;
	}
	if (net->requests == NET_REQUESTS_MAX) {
		failure_set(failure, FAILURE_INTERNAL, "Run fewer commands at a time.",
			    "more than %u requests to %s are waiting", NET_REQUESTS_MAX,
			    net->origin.name);
		return true;
	}
	*failure = net->roots->failure;
	return failure->kind != FAILURE_NONE;
}

/* A set of enum operation_answer. */
#define ANSWERS_OF(answer) (1u << (answer))

/* `answers`: what the descriptors may be for. */
static int take_request(struct net *net, struct ipc_incoming *in, unsigned answers)
{
	struct transfer_order order = {.id = in->id, .request = -1};
	struct failure failure;

	order.method = (enum operation_method)ipc_get_enum(in, METHOD_DELETE + 1);
	order.retry = (enum operation_retry)ipc_get_enum(in, RETRY_NEVER + 1);
	order.answer = (enum operation_answer)ipc_get_enum(in, ANSWERS);
	order.url = ipc_get_string(in);
	order.request_body = ipc_get_bytes(in, &order.request_body_length);
	order.token = ipc_get_bytes(in, &order.token_length);
	order.deadline_ms = ipc_get_u32(in);
	order.idle_ms = ipc_get_u32(in);
	order.body_cap = ipc_get_u64(in);
	bool is_stream = order.answer == ANSWER_STREAM;
	if (ipc_end(in) < 0 || engine_has(net->engine, in->id) ||
	    !(answers & ANSWERS_OF(order.answer)) || (is_stream && order.request_body_length) ||
	    order.token_length > TRANSFER_TOKEN_MAX ||
	    (order.token_length &&
	     !origin_is_visible((const char *)order.token, order.token_length)))
		return -1;
	if (refuse_request(net, &order, &failure)) {
		send_failure(net, in->id, false, 0, &failure);
		return 0;
	}
	order.body = ipc_take_fd(in, is_stream);
	if (is_stream)
		order.request = ipc_take_fd(in, 0);
	struct transfer *transfer = transfer_new(&order, &net->origin, net->roots);
	if (!transfer) {
		failure_set(&failure, FAILURE_INTERNAL, "Check how ghward was built.",
			    "libcurl lacks an option that ghward needs");
		send_failure(net, in->id, false, 0, &failure);
		return 0;
	}
	net->requests++;
	engine_submit(net->engine, transfer);
	return 0;
}

static int handle_request(struct net *net, struct ipc_incoming *in, unsigned answers)
{
	const uint8_t *bytes = in->reader.at;
	size_t length = in->length;
	int result = take_request(net, in, answers);

	/* The receive buffer is ours, and should not keep token and body until the next message
	 * happens to come. */
	explicit_bzero((void *)(uintptr_t)bytes, length);
	return result;
}

static int handle_kept_request(void *owner, struct ipc_incoming *in)
{
	return handle_request(owner, in, ANSWERS_OF(ANSWER_OPEN) | ANSWERS_OF(ANSWER_GIT));
}

static int handle_secret_request(void *owner, struct ipc_incoming *in)
{
	return handle_request(owner, in, ANSWERS_OF(ANSWER_SECRET));
}

static int handle_stream_request(void *owner, struct ipc_incoming *in)
{
	return handle_request(owner, in, ANSWERS_OF(ANSWER_STREAM));
}

static int handle_cancel(void *owner, struct ipc_incoming *in)
{
	struct net *net = owner;

	if (ipc_end(in) < 0)
		return -1;
	/* It may have been answered while the cancellation was on its way. */
	if (engine_has(net->engine, in->id)) {
		net->requests--;
		engine_cancel(net->engine, in->id);
	}
	return 0;
}

static void broker_ended(void *owner, enum ipc_ending ending, const char *detail)
{
	struct net *net = owner;

	if (ending != IPC_PEER_CLOSED)
		log_write(LOG_LEVEL_ERROR, "ghward-net ends: its broker sent %s", detail);
	loop_stop(net->loop);
}

static const struct ipc_permit broker_permits[] = {
	{MESSAGE_SERVER, IPC_ONCE, 0, 16384, {IPC_FD_NONE}, handle_server},
	{MESSAGE_REQUEST, IPC_PERMIT, 0, 32768, {IPC_FD_MEMFD}, handle_kept_request},
	{MESSAGE_REQUEST, IPC_PERMIT, 0, 32768, {IPC_FD_PIPE_WRITE}, handle_secret_request},
	{MESSAGE_REQUEST,
	 IPC_PERMIT,
	 0,
	 32768,
	 {IPC_FD_MEMFD, IPC_FD_PIPE_WRITE},
	 handle_stream_request},
	{MESSAGE_CANCEL_REQUEST, IPC_PERMIT, 0, 0, {IPC_FD_NONE}, handle_cancel},
};

/* --- from ghward-dial --- */

static int handle_connected(void *owner, struct ipc_incoming *in)
{
	struct net *net = owner;

	if (ipc_end(in) < 0)
		return -1;
	return engine_connected(net->engine, in->id, ipc_take_fd(in, 0)) ? 0 : -1;
}

static int handle_connect_failed(void *owner, struct ipc_incoming *in)
{
	struct net *net = owner;
	struct failure failure;

	protocol_get_failure(in, &failure);
	if (ipc_end(in) < 0 || failure.kind == FAILURE_NONE)
		return -1;
	return engine_connect_failed(net->engine, in->id, &failure) ? 0 : -1;
}

static void dial_ended(void *owner, enum ipc_ending ending, const char *detail)
{
	struct net *net = owner;

	if (ending != IPC_PEER_CLOSED)
		log_write(LOG_LEVEL_ERROR, "ghward-dial sent %s", detail);
	/* What runs on a connection can still end well. */
	engine_dial_ended(net->engine);
}

static const struct ipc_permit dial_permits[] = {
	{MESSAGE_CONNECTED, IPC_PERMIT, 0, 0, {IPC_FD_TCP}, handle_connected},
	{MESSAGE_CONNECT_FAILED, IPC_PERMIT, 0, 2048, {IPC_FD_NONE}, handle_connect_failed},
};

void net_serve(CURLM *multi, struct roots *roots, struct ipc_message *hello)
{
	struct net net = {.loop = loop_new(), .roots = roots};

	net.broker = ipc_channel_new(net.loop, FD_CHANNEL, broker_permits,
				     sizeof(broker_permits) / sizeof(*broker_permits), broker_ended,
				     &net);
	net.dial = ipc_channel_new(net.loop, FD_NET_DIAL, dial_permits,
				   sizeof(dial_permits) / sizeof(*dial_permits), dial_ended, &net);
	net.engine = engine_new(&(struct engine_setup){
		.loop = net.loop,
		.multi = multi,
		.origin = &net.origin,
		.roots = roots,
		.ask = ask_dial,
		.done = request_done,
		.owner = &net,
	});
	ipc_send(net.broker, hello);
	loop_run(net.loop);
	engine_free(net.engine);
	ipc_channel_close(net.dial);
	ipc_channel_close(net.broker);
	loop_free(net.loop);
	origin_free(&net.origin);
}
