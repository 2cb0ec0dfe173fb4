/* Requests cross the wire as they were, or not at all. */
#include "lib/ipc/protocol.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

/* Returns what ipc_end() says about it. */
static int pass_on(const struct job_request *sent, struct job_request *received,
		   struct ipc_message **message, struct ipc_incoming *in)
{
	*message = ipc_new(MESSAGE_JOB, 1);
	protocol_put_request(*message, sent);
	assert_int_equal(ipc_seal(*message), 0);
	memset(in, 0, sizeof(*in));
	assert_int_equal(ipc_parse(in, (*message)->bytes, (*message)->used), 0);
	protocol_get_request(in, received);
	return ipc_end(in);
}

static void test_a_request_with_a_filter(void **state)
{
	const struct job_request sent = {.kind = JOB_ALERTS_LIST,
					 .api_url = "https://api.github.com",
					 .format = OUTPUT_JSON,
					 .limit = 7,
					 .field_count = 2,
					 .fields = {3, 1},
					 .filter = ".[] | .number"};
	struct job_request received;
	struct ipc_message *message;
	struct ipc_incoming in;

	(void)state;
	assert_int_equal(pass_on(&sent, &received, &message, &in), 0);
	assert_int_equal(received.kind, JOB_ALERTS_LIST);
	assert_string_equal(received.api_url, "https://api.github.com");
	assert_int_equal(received.limit, 7);
	assert_int_equal(received.field_count, 2);
	assert_memory_equal(received.fields, sent.fields, 2);
	assert_string_equal(received.filter, ".[] | .number");
	ipc_free(message);
}

static void test_no_filter_is_an_empty_one(void **state)
{
	const struct job_request sent = {.kind = JOB_RATE_LIMIT};
	struct job_request received;
	struct ipc_message *message;
	struct ipc_incoming in;

	(void)state;
	assert_int_equal(pass_on(&sent, &received, &message, &in), 0);
	assert_string_equal(received.filter, "");
	ipc_free(message);
}

static void test_a_filter_that_is_too_long(void **state)
{
	char program[JOB_FILTER_MAX + 2] = "";
	struct job_request sent = {.kind = JOB_ALERTS_LIST, .filter = program}, received;
	struct ipc_message *message;
	struct ipc_incoming in;

	(void)state;
	memset(program, '.', JOB_FILTER_MAX);
	assert_int_equal(pass_on(&sent, &received, &message, &in), 0);
	ipc_free(message);
	program[JOB_FILTER_MAX] = '.';
	assert_int_equal(pass_on(&sent, &received, &message, &in), -1);
	ipc_free(message);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_request_with_a_filter),
		cmocka_unit_test(test_no_filter_is_an_empty_one),
		cmocka_unit_test(test_a_filter_that_is_too_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
