/* The arena: locked, undumpable, not inherited. */
#include "lib/secret/secret.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static void test_it_is_memory(void **state)
{
	struct secret_arena arena;

	(void)state;
	assert_int_equal(secret_arena_open(&arena, 8193), 0);
	assert_true(arena.size >= 8193);
	memset(arena.base, 'x', arena.size);
	assert_int_equal(arena.base[arena.size - 1], 'x');
	secret_arena_close(&arena);
	assert_null(arena.base);
	secret_arena_close(&arena); /* harmless */
}

static void test_it_is_not_inherited(void **state)
{
	struct secret_arena arena;
	int status;

	(void)state;
	assert_int_equal(secret_arena_open(&arena, 1), 0);
	arena.base[0] = 's';
	pid_t child = fork();
	if (child == 0) {
		signal(SIGSEGV, SIG_DFL); /* cmocka catches it */
		struct rlimit no_core = {0, 0};
		setrlimit(RLIMIT_CORE, &no_core);
		_exit(arena.base[0] == 's');
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	/* memfd_secret: not mapped there at all; locked pages: wiped. */
	assert_true(WIFSIGNALED(status) || WEXITSTATUS(status) == 0);
	secret_arena_close(&arena);
}

static void test_nothing_is_refused(void **state)
{
	struct secret_arena arena;

	(void)state;
	assert_int_equal(secret_arena_open(&arena, 0), -1);
	assert_int_equal(secret_arena_open(&arena, SIZE_MAX), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_it_is_memory),
		cmocka_unit_test(test_it_is_not_inherited),
		cmocka_unit_test(test_nothing_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
