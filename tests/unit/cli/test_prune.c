/* The question before copies are removed. */
#include "cli/prune.h"
#include "lib/ipc/protocol.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static int get(struct ipc_message *message, struct prune *prune)
{
	struct ipc_incoming in = {0};

	assert_int_equal(ipc_seal(message), 0);
	assert_int_equal(ipc_parse(&in, message->bytes, message->used), 0);
	return prune_get(&in, prune);
}

static void test_reading(void **state)
{
	struct ipc_message *message = ipc_new(MESSAGE_PRUNE, 0);
	struct prune prune;

	(void)state;
	ipc_put_u32(message, 3);
	ipc_put_string(message, "a/b\nc/d");
	assert_int_equal(get(message, &prune), 0);
	assert_int_equal(prune.count, 3);
	assert_string_equal(prune.names, "a/b\nc/d");
	ipc_free(message);
	message = ipc_new(MESSAGE_PRUNE, 0);
	ipc_put_u32(message, 3);
	assert_int_equal(get(message, &prune), -1);
	ipc_free(message);
}

/* What is asked on standard error. */
static const char *asked(uint32_t count, const char *names)
{
	static char text[4096];
	const struct prune prune = {.count = count, .names = names};
	FILE *file = tmpfile();
	int saved = dup(STDERR_FILENO);

	assert_non_null(file);
	assert_true(dup2(fileno(file), STDERR_FILENO) == STDERR_FILENO);
	prune_ask(&prune);
	assert_true(dup2(saved, STDERR_FILENO) == STDERR_FILENO);
	close(saved);
	rewind(file);
	text[fread(text, 1, sizeof(text) - 1, file)] = 0;
	fclose(file);
	return text;
}

static void test_asking(void **state)
{
	(void)state;
	assert_string_equal(asked(1, "acme/shop"),
			    "Not on GitHub any more:\n  acme/shop\n"
			    "Remove the local copy of this repository? [y/N] ");
	assert_string_equal(asked(4, "acme/shop\nacme/web\n"),
			    "Not on GitHub any more:\n  acme/shop\n  acme/web\n  and 2 more\n"
			    "Remove the local copies of these 4 repositories? [y/N] ");
	assert_string_equal(asked(12, "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12\n"),
			    "Not on GitHub any more:\n  1\n  2\n  3\n  4\n  5\n  6\n  7\n  8\n  9\n"
			    "  10\n  and 2 more\n"
			    "Remove the local copies of these 12 repositories? [y/N] ");
}

static void test_outside_words_do_not_act(void **state)
{
	(void)state;
	assert_non_null(strstr(asked(1, "a/\x1b[2J\r"), "  a/\\x1b[2J\\x0d\n"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reading),
		cmocka_unit_test(test_asking),
		cmocka_unit_test(test_outside_words_do_not_act),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
