/* Requests, connections, and libcurl between them. */
#include "net/engine.h"

#include "lib/base/io.h"
#include "lib/base/log.h"
#include "lib/base/memory.h"
#include "net/explain.h"
#include "net/pump.h"

#include <mbedtls/ssl.h>
#include <stdlib.h>
#include <string.h>

/* What the server speaks, known after the first handshake. */
enum http_version { VERSION_UNKNOWN, VERSION_1, VERSION_2 };

struct engine {
	struct engine_setup setup;
	struct pool *pool;
	struct transfer *first, **last; /* in order of arrival */
	struct pump *pump;
	enum http_version version;
	size_t connections; /* sockets that libcurl holds */
	/* HTTP/2: requests that fit a connection together, as far as is known; and whether it has
	 * answered once, before which libcurl does not know the server's limit either. */
	size_t streams;
	bool settled;
	bool dial_ended;
};

/* --- the queue --- */

static void enqueue(struct engine *engine, struct transfer *transfer)
{
	transfer->next = NULL;
	*engine->last = transfer;
	engine->last = &transfer->next;
}

static void dequeue(struct engine *engine, const struct transfer *transfer)
{
	for (struct transfer **at = &engine->first; *at; at = &(*at)->next) {
		if (*at != transfer)
			continue;
		*at = transfer->next;
		if (engine->last == &transfer->next)
			engine->last = at;
		return;
	}
}

static struct transfer *find(const struct engine *engine, uint32_t id)
{
	struct transfer *transfer = engine->first;

	while (transfer && transfer->id != id)
		transfer = transfer->next;
	return transfer;
}

static void park(struct engine *engine, struct transfer *transfer)
{
	if (transfer->stage == TRANSFER_ACTIVE)
		curl_multi_remove_handle(engine->setup.multi, transfer->curl);
	transfer->stage = TRANSFER_PARKED;
	transfer->promised = false;
}

static void drop(struct engine *engine, struct transfer *transfer)
{
	dequeue(engine, transfer);
	park(engine, transfer);
	flow_end(&transfer->flow);
	loop_cancel(transfer->deadline);
	transfer_free(transfer);
}

static void fail(struct engine *engine, struct transfer *transfer, const struct failure *failure)
{
	engine->setup.done(engine->setup.owner, transfer, NULL, failure);
	drop(engine, transfer);
}

static void fail_parked(struct engine *engine, const struct failure *failure, size_t count)
{
	for (struct transfer *transfer = engine->first; transfer && count > 0;) {
		struct transfer *next = transfer->next;
		if (transfer->stage == TRANSFER_PARKED) {
			fail(engine, transfer, failure);
			count--;
		}
		transfer = next;
	}
}

/* --- who gets a connection --- */

static void start(struct engine *engine, struct transfer *transfer, bool promised)
{
	/* Waiting for a handshake that may allow several streams is right unless the server is
	 * known not to. */
	long wait = engine->version != VERSION_1;

	transfer_reset(transfer);
	transfer->stage = TRANSFER_ACTIVE;
	transfer->promised = promised;
	if (curl_easy_setopt(transfer->curl, CURLOPT_PIPEWAIT, wait) != CURLE_OK ||
	    curl_multi_add_handle(engine->setup.multi, transfer->curl) != CURLM_OK)
		fatal("libcurl does not take a request");
}

/* What there is to give, counted anew each time, so that no count can go stale. */
struct supply {
	size_t active;
	size_t sharing; /* of them those that may share a connection */
	size_t idle;	/* connections in libcurl's cache that nothing uses */
	size_t sockets; /* in the pool and not promised */
};

static bool is_sharing(const struct transfer *transfer)
{
	return transfer->stage == TRANSFER_ACTIVE &&
	       transfer->connection == TRANSFER_ANY_CONNECTION;
}

static struct supply count_supply(const struct engine *engine)
{
	struct supply supply = {0};
	size_t promised = 0, ready = pool_ready(engine->pool);

	for (const struct transfer *at = engine->first; at; at = at->next) {
		supply.active += at->stage == TRANSFER_ACTIVE;
		supply.sharing += is_sharing(at);
		promised += at->promised;
	}
	size_t used = supply.active - promised;
	supply.idle = engine->connections > used ? engine->connections - used : 0;
	supply.sockets = ready > promised ? ready - promised : 0;
	return supply;
}

enum start_result { STARTED, WAITS_FOR_STREAM, WAITS_FOR_SOCKET };

/* Starts the transfer if a connection is there for it. */
static enum start_result try_start(struct engine *engine, struct transfer *transfer,
				   struct supply *supply)
{
	bool may_share = transfer->connection == TRANSFER_ANY_CONNECTION && !transfer->turned_away;

	if (may_share && engine->version == VERSION_2 && engine->connections > 0) {
		if (supply->sharing >= (engine->settled ? engine->streams : 1))
			return WAITS_FOR_STREAM;
		start(engine, transfer, false);
	} else if (may_share && engine->version == VERSION_1 && supply->idle > 0) {
		supply->idle--;
		start(engine, transfer, false);
	} else if (supply->sockets > 0 &&
		   (engine->version != VERSION_UNKNOWN || supply->active == 0)) {
		supply->sockets--;
		start(engine, transfer, true);
	} else {
		return WAITS_FOR_SOCKET;
	}
	supply->active++;
	supply->sharing += is_sharing(transfer);
	return STARTED;
}

/* How many more sockets to ask for, when so many requests found no connection: `single` that need
 * one each, and perhaps some that can share. */
static size_t sockets_wanted(const struct engine *engine, const struct supply *supply,
			     size_t single, bool shared)
{
	size_t asked = pool_asked(engine->pool);
	size_t held = engine->connections + pool_ready(engine->pool) + asked;
	size_t wanted = single + shared;

	/* The first connection shows whether more are needed. */
	if (engine->version == VERSION_UNKNOWN && wanted > 0)
		wanted = supply->active == 0 && supply->sockets == 0;
	if (wanted <= asked || held >= ENGINE_CONNECTIONS_MAX)
		return 0;
	wanted -= asked;
	return wanted < ENGINE_CONNECTIONS_MAX - held ? wanted : ENGINE_CONNECTIONS_MAX - held;
}

static void schedule(struct engine *engine)
{
	struct supply supply = count_supply(engine);
	struct failure failure;
	bool shared = false;
	size_t single = 0;

	for (struct transfer *at = engine->first; at; at = at->next) {
		if (at->stage != TRANSFER_PARKED ||
		    try_start(engine, at, &supply) != WAITS_FOR_SOCKET)
			continue;
		if (engine->version == VERSION_1 || at->connection == TRANSFER_FRESH_CONNECTION)
			single++;
		else
			shared = true;
	}
	if (engine->dial_ended) {
		failure_set(&failure, FAILURE_INTERNAL, "Run the command again.",
			    "cannot connect to %s: the process that connects has ended",
			    engine->setup.origin->name);
		fail_parked(engine, &failure, SIZE_MAX);
		return;
	}
	for (size_t left = sockets_wanted(engine, &supply, single, shared); left > 0; left--)
		pool_ask(engine->pool);
}

/* --- libcurl's callbacks --- */

static curl_socket_t open_socket(void *context, curlsocktype purpose, struct curl_sockaddr *address)
{
	struct transfer *transfer = context;
	struct engine *engine = transfer->engine;
	int fd = pool_take(engine->pool);

	(void)purpose;
	(void)address;
	transfer->promised = false;
	if (fd < 0) {
		transfer->turned_away = true;
		return CURL_SOCKET_BAD;
	}
	engine->connections++;
	if (transfer->connection == TRANSFER_ANY_CONNECTION) {
		engine->streams = SIZE_MAX;
		engine->settled = false;
	}
	return fd;
}

static int confirm_connected(void *context, curl_socket_t fd, curlsocktype purpose)
{
	(void)context;
	(void)fd;
	(void)purpose;
	return CURL_SOCKOPT_ALREADY_CONNECTED;
}

/* Belongs to the connection, which may outlive the transfer that opened it. */
static int close_socket(void *context, curl_socket_t fd)
{
	struct engine *engine = context;

	engine->connections--;
	io_close(&fd);
	return 0;
}

static enum http_version negotiated(CURL *curl)
{
	struct curl_tlssessioninfo *session = NULL;
	const char *protocol = NULL;

	if (curl_easy_getinfo(curl, CURLINFO_TLS_SSL_PTR, &session) == CURLE_OK && session &&
	    session->backend == CURLSSLBACKEND_MBEDTLS && session->internals)
		protocol = mbedtls_ssl_get_alpn_protocol(session->internals);
	return protocol && strcmp(protocol, "h2") == 0 ? VERSION_2 : VERSION_1;
}

/* The connection stands, and the next thing on it is the request. */
static int before_request(void *context, char *remote, char *local, int remote_port, int local_port)
{
	struct transfer *transfer = context;

	(void)remote;
	(void)local;
	(void)remote_port;
	(void)local_port;
	transfer->engine->version = negotiated(transfer->curl);
	transfer->promised = false;
	transfer->sent = true;
	return CURL_PREREQFUNC_OK;
}

/* One that was turned away although others run on an HTTP/2 connection has found that full: its
 * turn comes when one of them is done. Where none runs there is no such connection. */
static void wait_for_stream(struct engine *engine, struct transfer *transfer)
{
	size_t sharing = count_supply(engine).sharing;

	if (engine->version != VERSION_2 || transfer->connection != TRANSFER_ANY_CONNECTION ||
	    sharing == 0)
		return;
	engine->streams = sharing;
	transfer->turned_away = false;
}

static void complete(struct engine *engine, struct transfer *transfer, CURLcode result)
{
	struct response response;
	struct failure failure;

	if (result == CURLE_COULDNT_CONNECT && transfer->turned_away) {
		park(engine, transfer);
		wait_for_stream(engine, transfer);
		return;
	}
	if (result == CURLE_WRITE_ERROR && transfer->enough)
		result = CURLE_OK;
	if (result == CURLE_OK && transfer->headers.stage != HEADERS_DONE)
		result = CURLE_WEIRD_SERVER_REPLY;
	if (result != CURLE_OK) {
		explain_result(transfer, engine->setup.origin, engine->setup.roots, result,
			       &failure);
		fail(engine, transfer, &failure);
		return;
	}
	if (transfer->connection == TRANSFER_ANY_CONNECTION)
		engine->settled = true;
	transfer_response(transfer, &response);
	flow_end(&transfer->flow);
	/* The broker seals the body as soon as it reads the answer. */
	io_close(&transfer->body);
	engine->setup.done(engine->setup.owner, transfer, &response, NULL);
	drop(engine, transfer);
}

/* After libcurl has worked: what it has finished, and what can start now. */
static void settle(void *context)
{
	struct engine *engine = context;
	CURLMsg *message;
	int left;

	while ((message = curl_multi_info_read(engine->setup.multi, &left)) != NULL) {
		struct transfer *transfer = NULL;
		CURLcode result = message->data.result;
		if (curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &transfer) !=
			    CURLE_OK ||
		    !transfer)
			fatal("libcurl has lost a request");
		complete(engine, transfer, result);
	}
	schedule(engine);
}

/* --- the engine --- */

static void deadline_passed(void *context)
{
	struct transfer *transfer = context;
	struct engine *engine = transfer->engine;
	struct failure failure;

	transfer->deadline = NULL;
	explain_deadline(transfer, engine->setup.origin, &failure);
	fail(engine, transfer, &failure);
	schedule(engine);
}

/* Who only waits for its turn is not idle. */
static bool idle_passed(void *context)
{
	struct transfer *transfer = context;
	struct engine *engine = transfer->engine;
	struct failure failure;

	if (transfer->stage == TRANSFER_PARKED && count_supply(engine).active > 0)
		return true;
	explain_silence(transfer, engine->setup.origin, &failure);
	fail(engine, transfer, &failure);
	schedule(engine);
	return false;
}

static void resume(void *context)
{
	struct transfer *transfer = context;
	struct engine *engine = transfer->engine;
	CURLcode result = curl_easy_pause(transfer->curl, CURLPAUSE_CONT);

	if (result != CURLE_OK)
		complete(engine, transfer, result);
	settle(engine);
}

static const struct flow_callbacks flow_callbacks = {.resume = resume, .idle = idle_passed};

struct engine *engine_new(const struct engine_setup *setup)
{
	struct engine *engine = memory_new(sizeof(*engine));

	engine->setup = *setup;
	engine->last = &engine->first;
	engine->pool = pool_new(setup->loop, setup->ask, setup->owner);
	engine->pump = pump_new(setup->loop, setup->multi, settle, engine);
	if (curl_multi_setopt(setup->multi, CURLMOPT_MAXCONNECTS, (long)ENGINE_CONNECTIONS_MAX) !=
	    CURLM_OK)
		fatal("libcurl cannot be limited");
	return engine;
}

void engine_free(struct engine *engine)
{
	if (!engine)
		return;
	while (engine->first)
		drop(engine, engine->first);
	curl_multi_cleanup(engine->setup.multi);
	pump_free(engine->pump);
	pool_free(engine->pool);
	free(engine);
}

static void set_socket_options(struct engine *engine, struct transfer *transfer)
{
	CURL *curl = transfer->curl;

	if (curl_easy_setopt(curl, CURLOPT_OPENSOCKETFUNCTION, open_socket) != CURLE_OK ||
	    curl_easy_setopt(curl, CURLOPT_OPENSOCKETDATA, transfer) != CURLE_OK ||
	    curl_easy_setopt(curl, CURLOPT_SOCKOPTFUNCTION, confirm_connected) != CURLE_OK ||
	    curl_easy_setopt(curl, CURLOPT_CLOSESOCKETFUNCTION, close_socket) != CURLE_OK ||
	    curl_easy_setopt(curl, CURLOPT_CLOSESOCKETDATA, engine) != CURLE_OK ||
	    curl_easy_setopt(curl, CURLOPT_PREREQFUNCTION, before_request) != CURLE_OK ||
	    curl_easy_setopt(curl, CURLOPT_PREREQDATA, transfer) != CURLE_OK)
		fatal("libcurl does not take our sockets");
}

void engine_submit(struct engine *engine, struct transfer *transfer)
{
	transfer->engine = engine;
	set_socket_options(engine, transfer);
	enqueue(engine, transfer);
	/* Its first answer need not come before others are asked. */
	if (transfer_is_git(transfer->answer))
		engine->version = VERSION_1;
	flow_begin(&transfer->flow, engine->setup.loop, transfer->body, transfer->idle_ms,
		   &flow_callbacks, transfer);
	transfer->deadline =
		loop_after(engine->setup.loop, transfer->deadline_ms, deadline_passed, transfer);
	schedule(engine);
}

void engine_cancel(struct engine *engine, uint32_t id)
{
	struct transfer *transfer = find(engine, id);

	if (!transfer)
		return;
	drop(engine, transfer);
	schedule(engine);
}

bool engine_has(const struct engine *engine, uint32_t id)
{
	return find(engine, id) != NULL;
}

bool engine_connected(struct engine *engine, uint32_t id, int fd)
{
	if (!pool_answered(engine->pool, id)) {
		io_close(&fd);
		return false;
	}
	pool_put(engine->pool, fd);
	schedule(engine);
	return true;
}

bool engine_connect_failed(struct engine *engine, uint32_t id, const struct failure *failure)
{
	if (!pool_answered(engine->pool, id))
		return false;
	/* Where one connection was to carry all, all of them have failed. */
	fail_parked(engine, failure, engine->version == VERSION_1 ? 1 : SIZE_MAX);
	schedule(engine);
	return true;
}

void engine_dial_ended(struct engine *engine)
{
	engine->dial_ended = true;
	schedule(engine);
}
