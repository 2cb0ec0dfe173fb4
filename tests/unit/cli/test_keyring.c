/* The kernel's keyring: a current key is always there, whatever happens on the way to the next. */
#include "cli/keyring.h"
#include "lib/base/io.h"

#include <errno.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static bool possible;

/* A user namespace has keyrings of its own: those of whoever runs the tests are left alone. */
static int leave_the_users_keyring(void **state)
{
	(void)state;
	possible = unshare(CLONE_NEWUSER) == 0 && keyring_store("ghward:probe", "x", 1) == 0;
	if (!possible)
		print_message("no keyring to try: %s\n", strerror(errno));
	return 0;
}

static int needs_keyring(void **state)
{
	(void)state;
	if (!possible)
		skip();
	return 0;
}

static void assert_key(const char *description, const char *expected)
{
	char payload[64] = "";
	ssize_t length = keyring_read(description, payload, sizeof(payload));

	assert_int_equal(length, strlen(expected));
	assert_memory_equal(payload, expected, strlen(expected));
}

static void test_a_key_is_found_again(void **state)
{
	(void)state;
	assert_key("ghward:none", "");
	assert_int_equal(keyring_store("ghward:test", "first", 5), 0);
	assert_key("ghward:test", "first");
	assert_int_equal(keyring_store("ghward:test", "second", 6), 0);
	assert_key("ghward:test", "second");
}

static void test_a_key_that_does_not_fit(void **state)
{
	char payload[4];

	(void)state;
	assert_int_equal(keyring_store("ghward:test", "long", 4), 0);
	assert_int_equal(keyring_read("ghward:test", payload, sizeof(payload)), 4);
	assert_int_equal(keyring_store("ghward:test", "longer", 6), 0);
	assert_int_equal(keyring_read("ghward:test", payload, sizeof(payload)), -1);
	assert_int_equal(errno, EMSGSIZE);
}

static void test_the_next_becomes_the_current_one(void **state)
{
	(void)state;
	assert_int_equal(keyring_store(KEYRING_CURRENT, "old", 3), 0);
	assert_int_equal(keyring_promote(), -1);
	assert_key(KEYRING_CURRENT, "old");
	assert_int_equal(keyring_store(KEYRING_NEXT, "new", 3), 0);
	assert_int_equal(keyring_promote(), 0);
	assert_key(KEYRING_CURRENT, "new");
	assert_key(KEYRING_NEXT, "");
}

static void test_on_order_of_the_command(void **state)
{
	int order = -1;

	(void)state;
	assert_int_equal(keyring_store(KEYRING_CURRENT, "old", 3), 0);
	assert_int_equal(keyring_store(KEYRING_NEXT, "new", 3), 0);
	pid_t pid = keyring_promoter_start(&order);
	assert_true(pid > 0);
	assert_key(KEYRING_CURRENT, "old");
	assert_int_equal(keyring_promoter_finish(pid, &order), 0);
	assert_int_equal(order, -1);
	assert_key(KEYRING_CURRENT, "new");
	assert_key(KEYRING_NEXT, "");
}

/* Of a command that failed or was killed nobody knows which of the keys opens the vault. */
static void test_without_an_order_both_stay(void **state)
{
	int order = -1, status;

	(void)state;
	assert_int_equal(keyring_store(KEYRING_CURRENT, "old", 3), 0);
	assert_int_equal(keyring_store(KEYRING_NEXT, "new", 3), 0);
	pid_t pid = keyring_promoter_start(&order);
	assert_true(pid > 0);
	io_close(&order);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_key(KEYRING_CURRENT, "old");
	assert_key(KEYRING_NEXT, "new");
}

static void test_an_order_that_cannot_be_done(void **state)
{
	int order = -1;

	(void)state;
	assert_int_equal(keyring_store(KEYRING_NEXT, "new", 3), 0);
	assert_int_equal(keyring_promote(), 0);
	pid_t pid = keyring_promoter_start(&order);
	assert_true(pid > 0);
	assert_int_equal(keyring_promoter_finish(pid, &order), -1);
	assert_key(KEYRING_CURRENT, "new");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_a_key_is_found_again, needs_keyring),
		cmocka_unit_test_setup(test_a_key_that_does_not_fit, needs_keyring),
		cmocka_unit_test_setup(test_the_next_becomes_the_current_one, needs_keyring),
		cmocka_unit_test_setup(test_on_order_of_the_command, needs_keyring),
		cmocka_unit_test_setup(test_without_an_order_both_stay, needs_keyring),
		cmocka_unit_test_setup(test_an_order_that_cannot_be_done, needs_keyring),
	};

	return cmocka_run_group_tests(tests, leave_the_users_keyring, NULL);
}
