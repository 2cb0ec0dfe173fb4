/* The codec: what goes in comes out, and nothing else does. */
#include "lib/ipc/message.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static struct ipc_incoming parse(struct ipc_message *message)
{
	struct ipc_incoming in = {.fd_count = message->fd_count};

	assert_int_equal(ipc_seal(message), 0);
	assert_int_equal(ipc_parse(&in, message->bytes, message->used), 0);
	return in;
}

static void test_round_trip(void **state)
{
	struct ipc_message *message = ipc_new(7, 0xdeadbeef);
	size_t length;

	(void)state;
	ipc_put_u8(message, 0xab);
	ipc_put_u16(message, 0x1234);
	ipc_put_u32(message, 0x89abcdef);
	ipc_put_u64(message, UINT64_MAX - 1);
	ipc_put_string(message, "acme/shop");
	ipc_put_string(message, NULL);
	ipc_put_bytes(message, "a\0b", 3);
	struct ipc_incoming in = parse(message);
	assert_int_equal(in.type, 7);
	assert_int_equal(in.id, 0xdeadbeef);
	assert_int_equal(ipc_get_u8(&in), 0xab);
	assert_int_equal(ipc_get_u16(&in), 0x1234);
	assert_int_equal(ipc_get_u32(&in), 0x89abcdef);
	assert_true(ipc_get_u64(&in) == UINT64_MAX - 1);
	assert_string_equal(ipc_get_string(&in), "acme/shop");
	assert_string_equal(ipc_get_string(&in), "");
	assert_memory_equal(ipc_get_bytes(&in, &length), "a\0b", 3);
	assert_int_equal(length, 3);
	assert_int_equal(ipc_end(&in), 0);
	ipc_free(message);
}

static void test_layout_is_little_endian(void **state)
{
	static const uint8_t expected[] = {2, 1, 0, 0, 4, 3, 0, 0, 4, 0, 0, 0, 8, 7, 6, 5};
	struct ipc_message *message = ipc_new(0x0102, 0x0304);

	(void)state;
	ipc_put_u32(message, 0x05060708);
	assert_int_equal(ipc_seal(message), 0);
	assert_int_equal(message->used, sizeof(expected));
	assert_memory_equal(message->bytes, expected, sizeof(expected));
	ipc_free(message);
}

static void test_reading_too_much_poisons(void **state)
{
	struct ipc_message *message = ipc_new(1, 0);

	(void)state;
	ipc_put_u16(message, 0xffff);
	struct ipc_incoming in = parse(message);
	assert_int_equal(ipc_get_u32(&in), 0);
	assert_int_equal(ipc_get_u16(&in), 0); /* would have fitted, but it is too late */
	assert_string_equal(ipc_get_string(&in), "");
	assert_int_equal(ipc_end(&in), -1);
	ipc_free(message);
}

static void test_reading_too_little_fails(void **state)
{
	struct ipc_message *message = ipc_new(1, 0);

	(void)state;
	ipc_put_u16(message, 5);
	struct ipc_incoming in = parse(message);
	ipc_get_u8(&in);
	assert_int_equal(ipc_end(&in), -1);
	ipc_free(message);
}

static void test_strings_must_be_clean(void **state)
{
	(void)state;
	struct ipc_message *inner = ipc_new(1, 0);
	ipc_put_bytes(inner, "a\0b", 3);
	ipc_put_u8(inner, 0);
	struct ipc_incoming in = parse(inner);
	assert_string_equal(ipc_get_string(&in), "");
	assert_int_equal(ipc_end(&in), -1);
	ipc_free(inner);

	struct ipc_message *unterminated = ipc_new(1, 0);
	ipc_put_bytes(unterminated, "abc", 3);
	ipc_put_u8(unterminated, 'd');
	in = parse(unterminated);
	assert_string_equal(ipc_get_string(&in), "");
	assert_int_equal(ipc_end(&in), -1);
	ipc_free(unterminated);

	struct ipc_message *lying = ipc_new(1, 0);
	ipc_put_u32(lying, UINT32_MAX);
	ipc_put_u8(lying, 0);
	in = parse(lying);
	assert_string_equal(ipc_get_string(&in), "");
	assert_int_equal(ipc_end(&in), -1);
	ipc_free(lying);
}

static void test_enums_are_bounded(void **state)
{
	struct ipc_message *message = ipc_new(1, 0);

	(void)state;
	ipc_put_u8(message, 3);
	struct ipc_incoming in = parse(message);
	assert_int_equal(ipc_get_enum(&in, 3), 0);
	assert_int_equal(ipc_end(&in), -1);
	in = parse(message);
	assert_int_equal(ipc_get_enum(&in, 4), 3);
	assert_int_equal(ipc_end(&in), 0);
	ipc_free(message);
}

static void test_headers_must_tell_the_truth(void **state)
{
	struct ipc_message *message = ipc_new(1, 0);
	struct ipc_incoming in = {0};

	(void)state;
	ipc_put_u32(message, 1);
	assert_int_equal(ipc_seal(message), 0);
	for (size_t size = 0; size < message->used; size++)
		assert_int_equal(ipc_parse(&in, message->bytes, size), -1);
	in.fd_count = 1;
	assert_int_equal(ipc_parse(&in, message->bytes, message->used), -1);
	in.fd_count = 0;
	assert_int_equal(ipc_parse(&in, message->bytes, message->used), 0);
	ipc_free(message);
}

static void test_messages_are_bounded(void **state)
{
	static const char block[IPC_MESSAGE_MAX] = "";
	struct ipc_message *message = ipc_new(1, 0);

	(void)state;
	ipc_put_bytes(message, block, IPC_MESSAGE_MAX - IPC_HEADER_SIZE - 4);
	assert_int_equal(ipc_seal(message), 0);
	assert_int_equal(message->used, IPC_MESSAGE_MAX);
	ipc_put_u8(message, 1);
	assert_int_equal(ipc_seal(message), -1);
	ipc_free(message);
}

static void test_descriptors_have_one_owner(void **state)
{
	struct ipc_message *message = ipc_new(1, 0);
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	(void)state;
	ipc_put_fd(message, fd);
	ipc_free(message);
	assert_int_equal(fcntl(fd, F_GETFD), -1);

	fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	struct ipc_incoming in = {.fd_count = 1, .fds = {fd}};
	assert_int_equal(ipc_take_fd(&in, 1), -1);
	assert_int_equal(ipc_take_fd(&in, 0), fd);
	assert_int_equal(ipc_take_fd(&in, 0), -1);
	ipc_drop_fds(&in);
	assert_int_not_equal(fcntl(fd, F_GETFD), -1);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_layout_is_little_endian),
		cmocka_unit_test(test_reading_too_much_poisons),
		cmocka_unit_test(test_reading_too_little_fails),
		cmocka_unit_test(test_strings_must_be_clean),
		cmocka_unit_test(test_enums_are_bounded),
		cmocka_unit_test(test_headers_must_tell_the_truth),
		cmocka_unit_test(test_messages_are_bounded),
		cmocka_unit_test(test_descriptors_have_one_owner),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
