/* Passing a stream on. */
#include "net/stream.h"

#include "lib/base/io.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

static size_t read_request(char *to, size_t one, size_t room, void *context)
{
	struct transfer *transfer = context;
	uint64_t left = transfer->request_size - transfer->request_at;
	size_t size = left < one * room ? (size_t)left : one * room;
	ssize_t got = io_pread_full(transfer->request, to, size, transfer->request_at);

	/* It is sealed: there is no less than there was. */
	if (got < 0 || (size_t)got != size)
		return CURL_READFUNC_ABORT;
	transfer->request_at += size;
	flow_moved(&transfer->flow);
	return size;
}

/* libcurl begins again on another connection where the one it took turns out dead. */
static int seek_request(void *context, curl_off_t offset, int origin)
{
	struct transfer *transfer = context;

	if (origin != SEEK_SET || offset < 0 || (uint64_t)offset > transfer->request_size)
		return CURL_SEEKFUNC_FAIL;
	transfer->request_at = (uint64_t)offset;
	return CURL_SEEKFUNC_OK;
}

void stream_set_options(struct transfer *transfer, CURLcode *result)
{
	TRANSFER_SET(CURLOPT_POST, 1L);
	TRANSFER_SET(CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)transfer->request_size);
	TRANSFER_SET(CURLOPT_READFUNCTION, read_request);
	TRANSFER_SET(CURLOPT_READDATA, transfer);
	TRANSFER_SET(CURLOPT_SEEKFUNCTION, seek_request);
	TRANSFER_SET(CURLOPT_SEEKDATA, transfer);
}

static size_t discard(struct transfer *transfer, size_t size)
{
	if (size > STREAM_DISCARD_MAX - transfer->discarded) {
		transfer->enough = true;
		return CURL_WRITEFUNC_ERROR;
	}
	transfer->discarded += size;
	return size;
}

static size_t fail_to_pass(struct transfer *transfer)
{
	if (errno == EPIPE)
		failure_set(&transfer->failure, FAILURE_INTERNAL, "Run the command again.",
			    "the process that runs git has ended");
	else
		failure_set(&transfer->failure, FAILURE_INTERNAL, "Run the command again.",
			    "cannot pass the answer on: %m");
	return CURL_WRITEFUNC_ERROR;
}

size_t stream_take(struct transfer *transfer, const char *bytes, size_t size)
{
	/* What libcurl has to deliver again it delivers from the beginning. */
	size_t at = transfer->ahead;

	flow_moved(&transfer->flow);
	if (!transfer->is_git)
		return discard(transfer, size);
	if (at > size || size - at > transfer->body_cap - transfer->body_size) {
		transfer_refuse_size(transfer);
		return CURL_WRITEFUNC_ERROR;
	}
	while (at < size) {
		ssize_t written = write(transfer->body, bytes + at, size - at);
		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0 && errno == EAGAIN)
			break;
		if (written < 0)
			return fail_to_pass(transfer);
		at += (size_t)written;
		transfer->body_size += (uint64_t)written;
	}
	transfer->ahead = at < size ? at : 0;
	if (at == size)
		return size;
	flow_hold(&transfer->flow);
	return CURL_WRITEFUNC_PAUSE;
}
