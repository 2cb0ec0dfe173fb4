/* The gzip step of a body: arbitrary bytes, and what a real compressor made of them. */
#include "fuzz.h"

#include "worker/body.h"

#include <zlib.h>

static void try(const unsigned char *data, size_t size)
{
	struct failure failure = {.kind = FAILURE_NONE};
	struct body body;

	if (body_inflate(data, size, &body, &failure) == 0)
		require(body.length <= BODY_MAX && body.text[body.length] == 0);
	else
		require(failure.kind == FAILURE_MALFORMED && *failure.message);
	body_free(&body);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	unsigned char packed[8192];
	z_stream stream = {.next_in = (unsigned char *)(uintptr_t)data,
			   .avail_in = (unsigned)size,
			   .next_out = packed,
			   .avail_out = sizeof(packed)};

	try(data, size);
	if (size > 4096 || deflateInit2(&stream, 1, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY) != Z_OK)
		return 0;
	if (deflate(&stream, Z_FINISH) == Z_STREAM_END) {
		struct failure failure;
		struct body body;
		require(body_inflate(packed, stream.total_out, &body, &failure) == 0);
		require(body.length == size && memcmp(body.text, data, size) == 0);
		body_free(&body);
	}
	deflateEnd(&stream);
	return 0;
}
