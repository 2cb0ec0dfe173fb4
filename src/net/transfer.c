/* The libcurl handle of one request and the callbacks that take its answer. */
#include "net/transfer.h"

#include "lib/base/io.h"
#include "lib/base/log.h"
#include "lib/base/memory.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Returns 0, or -1 with errno. The memfd has its full size from the start and cannot grow. */
static int write_at(int fd, const char *bytes, size_t size, uint64_t offset)
{
	while (size > 0) {
		ssize_t written = pwrite(fd, bytes, size, (off_t)offset);
		if (written < 0 && errno == EINTR)
			continue;
		if (written <= 0)
			return -1;
		bytes += written;
		size -= (size_t)written;
		offset += (uint64_t)written;
	}
	return 0;
}

static void refuse_answer(struct transfer *transfer, const char *why)
{
	failure_set(&transfer->failure, FAILURE_MALFORMED,
		    "Check that GITHUB_API_URL names a GitHub API and no other server or proxy.",
		    "the answer %s", why);
	transfer->failure.status = transfer->headers.status;
}

static void refuse_size(struct transfer *transfer)
{
	failure_set(&transfer->failure, FAILURE_MALFORMED, "Ask for less at a time.",
		    "the answer is larger than %" PRIu64 " bytes", transfer->body_cap);
	transfer->failure.status = transfer->headers.status;
}

/* After errno. */
static void fail_to_keep(struct transfer *transfer)
{
	if (errno == EAGAIN)
		refuse_answer(transfer, "is larger than the pipe of its reader");
	else if (errno == EPIPE)
		failure_set(&transfer->failure, FAILURE_INTERNAL, "Run the command again.",
			    "the process that reads secret answers has ended");
	else
		failure_set(&transfer->failure, FAILURE_INTERNAL, "Free some memory and try again.",
			    "cannot keep the answer: %s", strerror(errno));
}

static bool keep(struct transfer *transfer, const char *bytes, size_t size)
{
	if (size > transfer->body_cap - transfer->body_size) {
		refuse_size(transfer);
		return false;
	}
	int result = transfer->answer == ANSWER_SECRET
			     ? io_write_full(transfer->body, bytes, size)
			     : write_at(transfer->body, bytes, size, transfer->body_size);
	if (result < 0)
		fail_to_keep(transfer);
	return result == 0;
}

static size_t take_header(char *line, size_t one, size_t size, void *context)
{
	struct transfer *transfer = context;
	struct headers *headers = &transfer->headers;
	enum headers_stage before = headers->stage;
	const char *wrong = headers_line(headers, line, size);
	bool done = before != HEADERS_DONE && headers->stage == HEADERS_DONE;

	(void)one;
	/* Nobody would inflate it. */
	if (done && transfer->answer == ANSWER_SECRET && headers->gzip)
		wrong = "is compressed, which was not asked for";
	if (wrong) {
		refuse_answer(transfer, wrong);
		return CURL_WRITEFUNC_ERROR;
	}
	if (done && headers->content_length != HEADERS_NUMBER_ABSENT &&
	    headers->content_length > transfer->body_cap) {
		refuse_size(transfer);
		return CURL_WRITEFUNC_ERROR;
	}
	return size;
}

static size_t take_body(char *bytes, size_t one, size_t size, void *context)
{
	struct transfer *transfer = context;

	(void)one;
	bool kept = keep(transfer, bytes, size);
	/* Buffers of libcurl and mbedTLS stay as they are until other bytes come. Nobody looks at
	 * these again. */
	if (transfer->answer == ANSWER_SECRET)
		explicit_bzero(bytes, size);
	if (!kept)
		return CURL_WRITEFUNC_ERROR;
	transfer->body_size += size;
	return size;
}

/* The first option that libcurl refuses is kept in *result. */
#define SET(option, value)                                                                         \
	do {                                                                                       \
		if (*result == CURLE_OK)                                                           \
			*result = curl_easy_setopt(transfer->curl, option, value);                 \
	} while (0)

static void set_answer_options(struct transfer *transfer, CURLcode *result)
{
	SET(CURLOPT_HEADERFUNCTION, take_header);
	SET(CURLOPT_HEADERDATA, transfer);
	SET(CURLOPT_WRITEFUNCTION, take_body);
	SET(CURLOPT_WRITEDATA, transfer);
	SET(CURLOPT_ERRORBUFFER, transfer->error);
	SET(CURLOPT_PRIVATE, transfer);
	SET(CURLOPT_FOLLOWLOCATION, 0L);
	SET(CURLOPT_HTTP_CONTENT_DECODING, 0L);
}

static void set_connection_options(struct transfer *transfer, struct roots *roots, CURLcode *result)
{
	long fresh = transfer->connection == TRANSFER_FRESH_CONNECTION;

	SET(CURLOPT_PROTOCOLS_STR, "https");
	SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS);
	SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	SET(CURLOPT_SSL_VERIFYPEER, 1L);
	SET(CURLOPT_SSL_VERIFYHOST, 2L);
	SET(CURLOPT_SSL_CTX_FUNCTION, roots_configure);
	SET(CURLOPT_SSL_CTX_DATA, roots);
	SET(CURLOPT_NOSIGNAL, 1L);
	SET(CURLOPT_FRESH_CONNECT, fresh);
	SET(CURLOPT_FORBID_REUSE, fresh);
}

/* The environment is empty, and would not be asked: both are always set. */
static void set_proxy_options(struct transfer *transfer, const struct origin *origin,
			      CURLcode *result)
{
	SET(CURLOPT_PROXY, origin->proxy ? origin->proxy : "");
	SET(CURLOPT_NOPROXY, "");
	if (!origin->proxy)
		return;
	SET(CURLOPT_HTTPPROXYTUNNEL, 1L);
	SET(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
	SET(CURLOPT_HEADEROPT, (long)CURLHEADER_SEPARATE);
	SET(CURLOPT_PROXY_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	SET(CURLOPT_PROXY_SSL_VERIFYPEER, 1L);
	SET(CURLOPT_PROXY_SSL_VERIFYHOST, 2L);
	if (!origin->proxy_user)
		return;
	SET(CURLOPT_PROXYAUTH, (long)CURLAUTH_BASIC);
	SET(CURLOPT_PROXYUSERNAME, origin->proxy_user);
	SET(CURLOPT_PROXYPASSWORD, origin->proxy_password);
}

/* GitHub's pages for people (/login/) know no other name of JSON than the common one, which its API
 * takes as well. */
static char accept_json[] = "Accept: application/json";
static char accept_github_json[] = "Accept: application/vnd.github+json";
/* As a plain header, libcurl sends the encoding and never decodes: content stays closed here. */
static char accept_gzip[] = "Accept-Encoding: gzip";
static char json_type[] = "Content-Type: application/json";

static struct curl_slist *bearer(const struct transfer_order *order)
{
	static const char authorization[] = "Authorization: Bearer ";
	char line[sizeof(authorization) + TRANSFER_TOKEN_MAX];

	memcpy(line, authorization, sizeof(authorization) - 1);
	memcpy(line + sizeof(authorization) - 1, order->token, order->token_length);
	line[sizeof(authorization) - 1 + order->token_length] = '\0';
	struct curl_slist *list = curl_slist_append(NULL, line);
	explicit_bzero(line, sizeof(line));
	if (!list)
		fatal("out of memory for a request");
	return list;
}

/* What this request has ahead of what all have. */
static struct curl_slist *chain_headers(struct transfer *transfer,
					const struct transfer_order *order,
					const struct origin *origin)
{
	struct curl_slist *first = origin->headers;
	bool open = order->answer == ANSWER_OPEN;

	transfer->accept = (struct curl_slist){
		.data = open ? accept_github_json : accept_json,
		.next = first,
	};
	first = &transfer->accept;
	/* ghward-mint reads a secret answer as it comes. */
	if (open) {
		transfer->encoding = (struct curl_slist){.data = accept_gzip, .next = first};
		first = &transfer->encoding;
	}
	if (order->request_body_length) {
		transfer->content_type = (struct curl_slist){.data = json_type, .next = first};
		first = &transfer->content_type;
	}
	if (!order->token_length)
		return first;
	transfer->authorization = bearer(order);
	transfer->authorization->next = first;
	return transfer->authorization;
}

static void set_request_options(struct transfer *transfer, const struct transfer_order *order,
				const struct origin *origin, CURLcode *result)
{
	SET(CURLOPT_URL, order->url);
	SET(CURLOPT_PATH_AS_IS, 1L);
	SET(CURLOPT_DISALLOW_USERNAME_IN_URL, 1L);
	SET(CURLOPT_RESOLVE, origin->resolve);
	SET(CURLOPT_HTTPHEADER, chain_headers(transfer, order, origin));
	if (order->request_body_length) {
		SET(CURLOPT_POSTFIELDSIZE, (long)order->request_body_length);
		SET(CURLOPT_COPYPOSTFIELDS, order->request_body);
	}
	if (order->method != METHOD_GET)
		SET(CURLOPT_CUSTOMREQUEST, operation_method_name(order->method));
}

/* libcurl sends a request again by itself when a used connection turns out dead: for what must be
 * sent at most once, no connection is ever used twice. Nor is one that has carried a secret besides
 * the token: an HTTP/2 connection keeps its buffers, and what was in them, as long as it lives. */
static enum transfer_connection choose_connection(const struct transfer_order *order)
{
	return order->retry == RETRY_NEVER || order->answer == ANSWER_SECRET ||
			       order->request_body_length
		       ? TRANSFER_FRESH_CONNECTION
		       : TRANSFER_ANY_CONNECTION;
}

struct transfer *transfer_new(const struct transfer_order *order, const struct origin *origin,
			      struct roots *roots)
{
	struct transfer *transfer = memory_new(sizeof(*transfer));
	CURLcode result = CURLE_OK;

	transfer->id = order->id;
	transfer->connection = choose_connection(order);
	transfer->deadline_ms = order->deadline_ms;
	transfer->answer = order->answer;
	transfer->body = order->body;
	transfer->body_cap = order->body_cap;
	headers_init(&transfer->headers);
	transfer->curl = curl_easy_init();
	if (!transfer->curl)
		fatal("out of memory for a request");
	set_answer_options(transfer, &result);
	set_connection_options(transfer, roots, &result);
	set_proxy_options(transfer, origin, &result);
	set_request_options(transfer, order, origin, &result);
	if (result == CURLE_OK)
		return transfer;
	log_write(LOG_LEVEL_ERROR, "libcurl lacks an option: %s", curl_easy_strerror(result));
	transfer_free(transfer);
	return NULL;
}

void transfer_free(struct transfer *transfer)
{
	curl_easy_cleanup(transfer->curl);
	if (transfer->authorization) {
		/* What follows it is not its own. */
		transfer->authorization->next = NULL;
		curl_slist_free_all(transfer->authorization);
	}
	io_close(&transfer->body);
	free(transfer);
}

void transfer_reset(struct transfer *transfer)
{
	headers_init(&transfer->headers);
	transfer->body_size = 0;
	transfer->error[0] = '\0';
	transfer->turned_away = false;
}

void transfer_response(const struct transfer *transfer, struct response *response)
{
	const struct headers *headers = &transfer->headers;

	_Static_assert(HEADERS_NUMBER_ABSENT == RESPONSE_NUMBER_ABSENT, "one value for absence");
	*response = (struct response){
		.status = headers->status,
		.gzip = headers->gzip,
		.body_size = transfer->body_size,
		.limit = headers->limit,
		.remaining = headers->remaining,
		.used = headers->used,
		.reset = headers->reset,
		.retry_after = headers->retry_after,
		.date = headers->date,
		.request_id = headers->request_id,
		.link = headers->link,
		.content_type = headers->content_type,
		.resource = headers->resource,
		.location = headers->location,
		.scopes = headers->scopes,
		.accepted_scopes = headers->accepted_scopes,
		.accepted_permissions = headers->accepted_permissions,
		.token_expiration = headers->token_expiration,
	};
}
