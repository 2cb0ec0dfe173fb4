/* Bodies: exactly what gzip means, under the cap. */
#include "worker/body.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <zlib.h>

#include <cmocka.h>

static size_t compress_bytes(const void *data, size_t size, unsigned char *out, size_t cap)
{
	z_stream stream = {.next_in = (unsigned char *)(uintptr_t)data,
			   .avail_in = (unsigned)size,
			   .next_out = out,
			   .avail_out = (unsigned)cap};

	assert_int_equal(deflateInit2(&stream, 6, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY), Z_OK);
	assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
	size_t length = stream.total_out;
	deflateEnd(&stream);
	return length;
}

static void test_round_trip(void **state)
{
	unsigned char packed[256];
	struct failure failure;
	struct body body;
	size_t size = compress_bytes("[{\"number\":1}]", 14, packed, sizeof(packed));

	(void)state;
	assert_int_equal(body_inflate(packed, size, &body, &failure), 0);
	assert_int_equal(body.length, 14);
	assert_string_equal(body.text, "[{\"number\":1}]");
	body_free(&body);
}

static void test_every_cut_and_addition_is_refused(void **state)
{
	unsigned char packed[256];
	struct failure failure;
	struct body body;
	size_t size = compress_bytes("hello hello hello", 17, packed, sizeof(packed));

	(void)state;
	for (size_t cut = 0; cut < size; cut++) {
		assert_int_equal(body_inflate(packed, cut, &body, &failure), -1);
		assert_int_equal(failure.kind, FAILURE_MALFORMED);
		body_free(&body);
	}
	memcpy(packed + size, packed, size); /* a second member */
	assert_int_equal(body_inflate(packed, 2 * size, &body, &failure), -1);
	body_free(&body);
	assert_int_equal(body_inflate((const unsigned char *)"plain text", 10, &body, &failure),
			 -1);
	body_free(&body);
}

static void test_damage_is_refused(void **state)
{
	unsigned char packed[256];
	struct failure failure;
	struct body body;
	size_t size = compress_bytes("hello hello hello", 17, packed, sizeof(packed));

	(void)state;
	packed[size - 5] ^= 1; /* in the checksum */
	assert_int_equal(body_inflate(packed, size, &body, &failure), -1);
	body_free(&body);
}

static void test_the_cap_holds(void **state)
{
	size_t big = BODY_MAX + 1;
	unsigned char *zeros = calloc(1, big), *packed = malloc(1 << 20);
	struct failure failure;
	struct body body;

	(void)state;
	size_t size = compress_bytes(zeros, big, packed, 1 << 20);
	assert_int_equal(body_inflate(packed, size, &body, &failure), -1);
	assert_non_null(strstr(failure.message, "32 MiB"));
	body_free(&body);
	size = compress_bytes(zeros, BODY_MAX, packed, 1 << 20); /* exactly the cap is fine */
	assert_int_equal(body_inflate(packed, size, &body, &failure), 0);
	assert_int_equal(body.length, BODY_MAX);
	body_free(&body);
	free(zeros);
	free(packed);
}

static void test_short_files_are_refused(void **state)
{
	int fd = memfd_create("body", MFD_CLOEXEC);
	struct failure failure;
	struct body body;

	(void)state;
	assert_int_equal(write(fd, "abc", 3), 3);
	assert_int_equal(body_read(fd, 3, false, &body, &failure), 0);
	assert_string_equal(body.text, "abc");
	body_free(&body);
	assert_int_equal(body_read(fd, 4, false, &body, &failure), -1);
	assert_int_equal(body_read(fd, (uint64_t)BODY_MAX + 1, false, &body, &failure), -1);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_every_cut_and_addition_is_refused),
		cmocka_unit_test(test_damage_is_refused),
		cmocka_unit_test(test_the_cap_holds),
		cmocka_unit_test(test_short_files_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
