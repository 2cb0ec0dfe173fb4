/* The libcurl handle of one request and the callbacks that take its answer. */
#include "net/transfer.h"

#include "lib/base/io.h"
#include "lib/base/log.h"
#include "lib/base/memory.h"
#include "net/request.h"
#include "net/stream.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
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

bool transfer_is_git(enum operation_answer answer)
{
	return answer == ANSWER_GIT || answer == ANSWER_STREAM;
}

void transfer_refuse_size(struct transfer *transfer)
{
	failure_set(&transfer->failure, FAILURE_MALFORMED,
		    transfer->answer == ANSWER_STREAM
			    ? "If it is right, allow more by git.receive (GHWARD_GIT_RECEIVE)."
			    : "Ask for less at a time.",
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
		transfer_refuse_size(transfer);
		return false;
	}
	int result = transfer->answer == ANSWER_SECRET
			     ? io_write_full(transfer->body, bytes, size)
			     : write_at(transfer->body, bytes, size, transfer->body_size);
	if (result < 0)
		fail_to_keep(transfer);
	return result == 0;
}

/* A server that is no git server may answer anything with 200. */
static bool is_of_git(struct transfer *transfer)
{
	const char *type = transfer->headers.content_type;

	if (strcasecmp(type, TRANSFER_GIT_TYPE) == 0)
		return true;
	failure_set(&transfer->failure, FAILURE_MALFORMED,
		    "Check that git.url (GHWARD_GIT_URL), or else GITHUB_API_URL, names GitHub.",
		    "the answer is not of git's protocol: its type is \"%.100s\"", type);
	transfer->failure.status = transfer->headers.status;
	return false;
}

/* The answer's header is complete. Returns false when that is all that is wanted of it. */
static bool judge_headers(struct transfer *transfer)
{
	const struct headers *headers = &transfer->headers;
	bool is_stream = transfer->answer == ANSWER_STREAM;

	/* Nobody would inflate it. */
	if (transfer->answer != ANSWER_OPEN && headers->gzip) {
		refuse_answer(transfer, "is compressed, which was not asked for");
		return false;
	}
	transfer->is_git = transfer_is_git(transfer->answer) && headers->status == 200;
	if (transfer->is_git && !is_of_git(transfer))
		return false;
	if (headers->content_length != HEADERS_NUMBER_ABSENT &&
	    headers->content_length > transfer->body_cap && (transfer->is_git || !is_stream)) {
		transfer_refuse_size(transfer);
		return false;
	}
	return true;
}

static size_t take_header(char *line, size_t one, size_t size, void *context)
{
	struct transfer *transfer = context;
	struct headers *headers = &transfer->headers;
	enum headers_stage before = headers->stage;
	const char *wrong = headers_line(headers, line, size);
	bool done = before != HEADERS_DONE && headers->stage == HEADERS_DONE;

	(void)one;
	flow_moved(&transfer->flow);
	if (wrong)
		refuse_answer(transfer, wrong);
	if (wrong || (done && !judge_headers(transfer)))
		return CURL_WRITEFUNC_ERROR;
	return size;
}

static size_t take_body(char *bytes, size_t one, size_t size, void *context)
{
	struct transfer *transfer = context;

	(void)one;
	if (transfer->answer == ANSWER_STREAM)
		return stream_take(transfer, bytes, size);
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

static void set_answer_options(struct transfer *transfer, CURLcode *result)
{
	TRANSFER_SET(CURLOPT_HEADERFUNCTION, take_header);
	TRANSFER_SET(CURLOPT_HEADERDATA, transfer);
	TRANSFER_SET(CURLOPT_WRITEFUNCTION, take_body);
	TRANSFER_SET(CURLOPT_WRITEDATA, transfer);
	TRANSFER_SET(CURLOPT_ERRORBUFFER, transfer->error);
	TRANSFER_SET(CURLOPT_PRIVATE, transfer);
	TRANSFER_SET(CURLOPT_FOLLOWLOCATION, 0L);
	TRANSFER_SET(CURLOPT_HTTP_CONTENT_DECODING, 0L);
}

static void set_connection_options(struct transfer *transfer, struct roots *roots, CURLcode *result)
{
	long fresh = transfer->connection == TRANSFER_FRESH_CONNECTION;

	TRANSFER_SET(CURLOPT_PROTOCOLS_STR, "https");
	TRANSFER_SET(CURLOPT_HTTP_VERSION, transfer_is_git(transfer->answer)
						   ? (long)CURL_HTTP_VERSION_1_1
						   : (long)CURL_HTTP_VERSION_2TLS);
	TRANSFER_SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	TRANSFER_SET(CURLOPT_SSL_VERIFYPEER, 1L);
	TRANSFER_SET(CURLOPT_SSL_VERIFYHOST, 2L);
	TRANSFER_SET(CURLOPT_SSL_CTX_FUNCTION, roots_configure);
	TRANSFER_SET(CURLOPT_SSL_CTX_DATA, roots);
	TRANSFER_SET(CURLOPT_NOSIGNAL, 1L);
	TRANSFER_SET(CURLOPT_FRESH_CONNECT, fresh);
	TRANSFER_SET(CURLOPT_FORBID_REUSE, fresh);
}

/* The environment is empty, and would not be asked: both are always set. */
static void set_proxy_options(struct transfer *transfer, const struct origin *origin,
			      CURLcode *result)
{
	TRANSFER_SET(CURLOPT_PROXY, origin->proxy ? origin->proxy : "");
	TRANSFER_SET(CURLOPT_NOPROXY, "");
	if (!origin->proxy)
		return;
	TRANSFER_SET(CURLOPT_HTTPPROXYTUNNEL, 1L);
	TRANSFER_SET(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
	TRANSFER_SET(CURLOPT_HEADEROPT, (long)CURLHEADER_SEPARATE);
	TRANSFER_SET(CURLOPT_PROXY_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	TRANSFER_SET(CURLOPT_PROXY_SSL_VERIFYPEER, 1L);
	TRANSFER_SET(CURLOPT_PROXY_SSL_VERIFYHOST, 2L);
	if (!origin->proxy_user)
		return;
	TRANSFER_SET(CURLOPT_PROXYAUTH, (long)CURLAUTH_BASIC);
	TRANSFER_SET(CURLOPT_PROXYUSERNAME, origin->proxy_user);
	TRANSFER_SET(CURLOPT_PROXYPASSWORD, origin->proxy_password);
}

/* How much a stream has to send. Returns 0, or -1. */
static int measure_request(struct transfer *transfer)
{
	struct stat status;

	if (transfer->request < 0)
		return 0;
	if (fstat(transfer->request, &status) < 0 || status.st_size < 0)
		return -1;
	transfer->request_size = (uint64_t)status.st_size;
	return 0;
}

struct transfer *transfer_new(const struct transfer_order *order, const struct origin *origin,
			      struct roots *roots)
{
	struct transfer *transfer = memory_new(sizeof(*transfer));
	CURLcode result = CURLE_OK;

	transfer->id = order->id;
	transfer->connection = request_connection(order);
	transfer->deadline_ms = order->deadline_ms;
	transfer->idle_ms = order->idle_ms;
	transfer->answer = order->answer;
	transfer->body = order->body;
	transfer->body_cap = order->body_cap;
	transfer->request = order->request;
	headers_init(&transfer->headers);
	transfer->curl = curl_easy_init();
	if (!transfer->curl || measure_request(transfer) < 0)
		fatal("cannot make a request: %m");
	set_answer_options(transfer, &result);
	set_connection_options(transfer, roots, &result);
	set_proxy_options(transfer, origin, &result);
	request_set_options(transfer, order, origin, &result);
	if (result == CURLE_OK)
		return transfer;
	log_write(LOG_LEVEL_ERROR, "libcurl lacks an option: %s", curl_easy_strerror(result));
	transfer_free(transfer);
	return NULL;
}

void transfer_free(struct transfer *transfer)
{
	curl_easy_cleanup(transfer->curl);
	request_free(transfer);
	io_close(&transfer->request);
	io_close(&transfer->body);
	free(transfer);
}

void transfer_reset(struct transfer *transfer)
{
	headers_init(&transfer->headers);
	transfer->body_size = transfer->request_at = 0;
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
