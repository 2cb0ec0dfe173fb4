/* The body of an answer. */
#include "worker/body.h"

#include "lib/base/io.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

static const char hint[] =
	"Run the command again; if it recurs, the server or a proxy is at fault.";

static int fail(struct failure *failure, const char *what)
{
	failure_set(failure, FAILURE_MALFORMED, hint, "the answer cannot be used: %s", what);
	return -1;
}

/* Doubles up to the cap, one byte kept for the NUL. Returns false at the cap or without memory. */
static bool grow(struct body *body, size_t *capacity)
{
	size_t wanted = *capacity ? *capacity * 2 : (size_t)256 * 1024;

	if (*capacity > BODY_MAX)
		return false;
	if (wanted > BODY_MAX + 1)
		wanted = BODY_MAX + 1;
	char *text = realloc(body->text, wanted + 1);
	if (!text)
		return false;
	body->text = text;
	*capacity = wanted;
	return true;
}

static int inflate_all(z_stream *stream, struct body *body, struct failure *failure)
{
	size_t capacity = 0;
	int status = Z_OK;

	while (status != Z_STREAM_END) {
		if (body->length == capacity && !grow(body, &capacity))
			return fail(failure, "it is larger than 32 MiB after decompression");
		stream->next_out = (unsigned char *)body->text + body->length;
		stream->avail_out = (unsigned)(capacity - body->length);
		status = inflate(stream, Z_NO_FLUSH);
		body->length = capacity - stream->avail_out;
		if (status == Z_BUF_ERROR ||
		    (status == Z_OK && !stream->avail_in && stream->avail_out))
			return fail(failure, "its compressed data ends too early");
		if (status != Z_OK && status != Z_STREAM_END)
			return fail(failure, "its compressed data is damaged");
		if (body->length > BODY_MAX)
			return fail(failure, "it is larger than 32 MiB after decompression");
	}
	if (stream->avail_in)
		return fail(failure, "something follows its compressed data");
	body->text[body->length] = 0;
	return 0;
}

int body_inflate(const unsigned char *data, size_t size, struct body *body, struct failure *failure)
{
	z_stream stream = {.next_in = (unsigned char *)(uintptr_t)data, .avail_in = (unsigned)size};

	memset(body, 0, sizeof(*body));
	/* 15 bits of window, +16 for a gzip header and nothing else. */
	if (inflateInit2(&stream, 15 + 16) != Z_OK)
		return fail(failure, "there is not enough memory to decompress it");
	int status = inflate_all(&stream, body, failure);
	inflateEnd(&stream);
	if (status < 0)
		body_free(body);
	return status;
}

int body_read(int fd, uint64_t size, bool gzip, struct body *body, struct failure *failure)
{
	memset(body, 0, sizeof(*body));
	if (size > BODY_MAX)
		return fail(failure, "it is larger than 32 MiB");
	char *copy = malloc((size_t)size + 1);
	if (!copy)
		return fail(failure, "there is not enough memory for it");
	if (io_pread_full(fd, copy, (size_t)size, 0) != (ssize_t)size) {
		free(copy);
		return fail(failure, "it is shorter than announced");
	}
	copy[size] = 0;
	if (!gzip) {
		*body = (struct body){copy, (size_t)size};
		return 0;
	}
	int status = body_inflate((const unsigned char *)copy, (size_t)size, body, failure);
	free(copy);
	return status;
}

void body_free(struct body *body)
{
	free(body->text);
	*body = (struct body){NULL, 0};
}
