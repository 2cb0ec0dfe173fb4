/* Structures on the wire: what is put comes out again, and numbers out of range do not. */
#include "lib/ipc/protocol.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct ipc_incoming parse(struct ipc_message *message)
{
	struct ipc_incoming in = {0};

	assert_int_equal(ipc_seal(message), 0);
	assert_int_equal(ipc_parse(&in, message->bytes, message->used), 0);
	return in;
}

static struct job_request request_of_a_write(void)
{
	struct job_request request = {
		.kind = JOB_ALERTS_DISMISS,
		.api_url = "https://ghe.example.com/api/v3",
		.limit = 7,
		.consent = CONSENT_DRY_RUN,
		.grouping = GROUP_STATE,
		.format = OUTPUT_JSON,
		.width = 132,
		.colour = 1,
		.field_count = 2,
		.fields = {3, 5},
	};

	request.arguments.values[PARAMETER_OWNER] = "acme";
	request.arguments.values[PARAMETER_DISMISSED_COMMENT] = "a \"b\"\r\n\xe2\x80\xa8";
	request.arguments.values[PARAMETER_ASSIGNEES] = "";
	return request;
}

static void test_a_request_round_trips(void **state)
{
	const struct job_request put = request_of_a_write();
	struct ipc_message *message = ipc_new(MESSAGE_JOB, 1);
	struct job_request got;

	(void)state;
	protocol_put_request(message, &put);
	struct ipc_incoming in = parse(message);
	protocol_get_request(&in, &got);
	assert_int_equal(ipc_end(&in), 0);
	assert_int_equal(got.kind, put.kind);
	assert_string_equal(got.api_url, put.api_url);
	assert_int_equal(got.limit, put.limit);
	assert_int_equal(got.consent, put.consent);
	assert_int_equal(got.grouping, put.grouping);
	assert_int_equal(got.format, put.format);
	assert_int_equal(got.width, put.width);
	assert_int_equal(got.colour, put.colour);
	assert_int_equal(got.field_count, put.field_count);
	assert_memory_equal(got.fields, put.fields, sizeof(got.fields));
	for (unsigned i = 0; i < PARAMETERS; i++) {
		if (!put.arguments.values[i])
			assert_null(got.arguments.values[i]);
		else
			assert_string_equal(got.arguments.values[i], put.arguments.values[i]);
	}
	ipc_free(message);
}

static int get(const struct job_request *request)
{
	struct ipc_message *message = ipc_new(MESSAGE_JOB, 1);
	struct job_request got;

	protocol_put_request(message, request);
	struct ipc_incoming in = parse(message);
	protocol_get_request(&in, &got);
	int result = ipc_end(&in);
	ipc_free(message);
	return result;
}

static void test_numbers_out_of_range_are_refused(void **state)
{
	struct job_request request = request_of_a_write();

	(void)state;
	assert_int_equal(get(&request), 0);
	request.kind = JOB_KINDS;
	assert_int_equal(get(&request), -1);
	request = request_of_a_write();
	request.consent = CONSENTS;
	assert_int_equal(get(&request), -1);
	request = request_of_a_write();
	request.grouping = GROUPINGS;
	assert_int_equal(get(&request), -1);
	request = request_of_a_write();
	request.format = OUTPUT_FORMATS;
	assert_int_equal(get(&request), -1);
	request = request_of_a_write();
	request.colour = 2;
	assert_int_equal(get(&request), -1);
}

static void test_too_many_fields_are_refused(void **state)
{
	struct job_request request = request_of_a_write();
	struct ipc_message *message = ipc_new(MESSAGE_JOB, 1);
	struct job_request got;

	(void)state;
	request.field_count = 0;
	protocol_put_request(message, &request);
	message->bytes[message->used - 1] = JOB_FIELDS_MAX + 1;
	for (unsigned i = 0; i <= JOB_FIELDS_MAX; i++)
		ipc_put_u8(message, 0);
	struct ipc_incoming in = parse(message);
	protocol_get_request(&in, &got);
	assert_int_equal(ipc_end(&in), -1);
	ipc_free(message);
}

static void get_arguments(struct ipc_message *message, int expected)
{
	struct operation_arguments arguments;

	struct ipc_incoming in = parse(message);
	protocol_get_arguments(&in, &arguments);
	assert_int_equal(ipc_end(&in), expected);
	ipc_free(message);
}

static void test_arguments_are_known_and_there_once(void **state)
{
	struct ipc_message *message = ipc_new(MESSAGE_CALL, 1);

	(void)state;
	ipc_put_u8(message, 2);
	ipc_put_u8(message, PARAMETER_NEW_STATE);
	ipc_put_string(message, "open");
	ipc_put_u8(message, PARAMETER_NEW_STATE);
	ipc_put_string(message, "dismissed");
	get_arguments(message, -1);
	message = ipc_new(MESSAGE_CALL, 1);
	ipc_put_u8(message, 1);
	ipc_put_u8(message, PARAMETERS);
	ipc_put_string(message, "open");
	get_arguments(message, -1);
	message = ipc_new(MESSAGE_CALL, 1);
	ipc_put_u8(message, 255);
	get_arguments(message, -1);
	message = ipc_new(MESSAGE_CALL, 1);
	ipc_put_u8(message, 0);
	get_arguments(message, 0);
}

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
		cmocka_unit_test(test_a_request_round_trips),
		cmocka_unit_test(test_numbers_out_of_range_are_refused),
		cmocka_unit_test(test_too_many_fields_are_refused),
		cmocka_unit_test(test_arguments_are_known_and_there_once),
		cmocka_unit_test(test_a_request_with_a_filter),
		cmocka_unit_test(test_no_filter_is_an_empty_one),
		cmocka_unit_test(test_a_filter_that_is_too_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
