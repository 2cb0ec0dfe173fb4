/* The body of an answer: arbitrary bytes, and what a real compressor made of them. */
#include "worker/body.h"

#include "fuzz.h"

#include <sys/mman.h>
#include <unistd.h>
#include <zlib.h>

static int fd;

static int compress_all(unsigned char *packed, size_t *packed_size, const void *data, size_t size)
{
	z_stream stream = {.next_in = (unsigned char *)(uintptr_t)data,
			   .avail_in = (unsigned)size,
			   .next_out = packed,
			   .avail_out = (unsigned)*packed_size};

	require(deflateInit2(&stream, 1, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY) == Z_OK);
	int status = deflate(&stream, Z_FINISH);
	*packed_size = stream.total_out;
	deflateEnd(&stream);
	return status == Z_STREAM_END ? 0 : -1;
}

static void check_refusal(const struct body *body, const struct failure *failure)
{
	(void)body;
	require(failure->kind == FAILURE_MALFORMED && *failure->message && *failure->hint);
}

/* Thirty-two MiB of nothing pass, one byte more does not. */
static void check_bomb(void)
{
	size_t size = BODY_MAX + 1;
	char *zeros = calloc(1, size);
	unsigned char *packed = malloc(size / 64);

	require(zeros && packed);
	for (size_t length = BODY_MAX; length <= size; length++) {
		struct failure failure = {.kind = FAILURE_NONE};
		struct body body;
		size_t packed_size = size / 64;
		require(compress_all(packed, &packed_size, zeros, length) == 0);
		int status = body_inflate(packed, packed_size, &body, &failure);
		require((status == 0) == (length == BODY_MAX));
		if (status < 0)
			check_refusal(&body, &failure);
		else
			require(body.length == length);
		body_free(&body);
	}
	free(packed);
	free(zeros);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	fd = memfd_create("body", MFD_CLOEXEC);
	check_bomb();
	return fd < 0;
}

static void check_arbitrary(const unsigned char *data, size_t size)
{
	struct failure failure = {.kind = FAILURE_NONE};
	struct body body;

	if (body_inflate(data, size, &body, &failure) == 0)
		require(body.length <= BODY_MAX && body.text[body.length] == 0);
	else
		check_refusal(&body, &failure);
	body_free(&body);
}

/* As it comes from the process that speaks HTTPS: plain or compressed, as long as announced or not.
 */
static void check_read(const void *stored, size_t size, bool gzip, const void *data, size_t length)
{
	struct failure failure = {.kind = FAILURE_NONE};
	struct body body;

	require(ftruncate(fd, 0) == 0 && pwrite(fd, stored, size, 0) == (ssize_t)size);
	require(body_read(fd, size, gzip, &body, &failure) == 0);
	require(body.length == length && memcmp(body.text, data, length) == 0);
	require(body.text[length] == 0);
	body_free(&body);
	require(body_read(fd, size + 1, gzip, &body, &failure) < 0);
	check_refusal(&body, &failure);
	body_free(&body);
	require(body_read(fd, BODY_MAX + size + 1, gzip, &body, &failure) < 0);
	check_refusal(&body, &failure);
	body_free(&body);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	unsigned char packed[8192];
	size_t packed_size = sizeof(packed);

	check_arbitrary(data, size);
	check_read(data, size, false, data, size);
	if (size <= 4096 && compress_all(packed, &packed_size, data, size) == 0)
		check_read(packed, packed_size, true, data, size);
	return 0;
}
