/* Plans at the command: read whole, printed exactly, and agreed to by nothing but a yes. */
#include "cli/plan.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static const struct plan plan = {
	.method = "PATCH",
	.url = "https://h/repos/acme/shop/code-scanning/alerts/7",
	.body = "{\"state\":\"open\"}",
	.subject = "alert 7: \x1b[2Jx\r\n\xe2\x80\xae",
};

static struct ipc_message *message_of(const struct plan *put)
{
	struct ipc_message *message = ipc_new(MESSAGE_PLAN, 0);

	ipc_put_string(message, put->method);
	ipc_put_string(message, put->url);
	ipc_put_string(message, put->body);
	ipc_put_string(message, put->subject);
	return message;
}

static int get(struct ipc_message *message, struct plan *got)
{
	struct ipc_incoming in = {0};

	assert_int_equal(ipc_seal(message), 0);
	assert_int_equal(ipc_parse(&in, message->bytes, message->used), 0);
	return plan_get(&in, got);
}

static void test_reading(void **state)
{
	struct ipc_message *message = message_of(&plan);
	struct plan got;

	(void)state;
	assert_int_equal(get(message, &got), 0);
	assert_string_equal(got.method, plan.method);
	assert_string_equal(got.url, plan.url);
	assert_string_equal(got.body, plan.body);
	assert_string_equal(got.subject, plan.subject);
	ipc_free(message);
	message = message_of(&plan);
	ipc_put_u8(message, 0);
	assert_int_equal(get(message, &got), -1);
	ipc_free(message);
	message = ipc_new(MESSAGE_PLAN, 0);
	ipc_put_string(message, "PATCH");
	assert_int_equal(get(message, &got), -1);
	ipc_free(message);
}

/* What `print` writes to a descriptor. */
static const char *written(int fd, void (*print)(void))
{
	static char text[4096];
	FILE *file = tmpfile();
	int saved = dup(fd);

	assert_non_null(file);
	fflush(NULL);
	assert_true(dup2(fileno(file), fd) == fd);
	print();
	fflush(NULL);
	assert_true(dup2(saved, fd) == fd);
	close(saved);
	rewind(file);
	text[fread(text, 1, sizeof(text) - 1, file)] = 0;
	fclose(file);
	return text;
}

static void print_text(void)
{
	plan_print(&plan, OUTPUT_LINES);
}

static void print_json(void)
{
	plan_print(&plan, OUTPUT_JSON);
}

static void print_without_body(void)
{
	struct plan bare = plan;

	bare.body = "";
	plan_print(&bare, OUTPUT_JSON);
}

static void ask(void)
{
	plan_ask(&plan);
}

static void test_printing(void **state)
{
	(void)state;
	assert_string_equal(written(STDOUT_FILENO, print_text),
			    "PATCH https://h/repos/acme/shop/code-scanning/alerts/7\n"
			    "{\"state\":\"open\"}\n");
	assert_string_equal(written(STDOUT_FILENO, print_json),
			    "{\"method\":\"PATCH\",\"url\":\"https://h/repos/acme/shop/"
			    "code-scanning/alerts/7\",\"body\":{\"state\":\"open\"}}\n");
	assert_non_null(strstr(written(STDOUT_FILENO, print_without_body), "\"body\":null}\n"));
}

static void test_outside_words_do_not_act(void **state)
{
	(void)state;
	assert_string_equal(written(STDERR_FILENO, ask),
			    "alert 7: \\x1b[2Jx\\x0d\\x0a\\u202e\n"
			    "PATCH https://h/repos/acme/shop/code-scanning/alerts/7\n"
			    "{\"state\":\"open\"}\nSend this? [y/N] ");
	assert_string_equal(written(STDERR_FILENO, print_text),
			    "alert 7: \\x1b[2Jx\\x0d\\x0a\\u202e\nNothing was sent.\n");
	assert_string_equal(written(STDERR_FILENO, print_json), "");
}

static void test_what_agrees(void **state)
{
	static const char *const yes[] = {"y", "Y", "yes", "YES", "yEs\n", "y\n", "y \t\r\n"};
	static const char *const no[] = {"",	 "\n", "n", " y",    "ye",    "yess", "y y", "yn",
					 "no\n", "1",  "j", "\"y\"", "y\x1b", "yes!", "\xff"};

	(void)state;
	for (size_t i = 0; i < sizeof(yes) / sizeof(yes[0]); i++)
		assert_true(plan_is_yes(yes[i], strlen(yes[i])));
	for (size_t i = 0; i < sizeof(no) / sizeof(no[0]); i++)
		assert_false(plan_is_yes(no[i], strlen(no[i])));
	assert_false(plan_is_yes("y\0", 2));
	assert_false(plan_is_yes("yes", 2)); /* only what was typed counts */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reading),
		cmocka_unit_test(test_printing),
		cmocka_unit_test(test_outside_words_do_not_act),
		cmocka_unit_test(test_what_agrees),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
