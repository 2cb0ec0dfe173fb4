/* What a violation leaves behind. */
#include "support.h"

#include "lib/sandbox/steps.h"

#include <linux/audit.h>
#include <signal.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__x86_64__)
#define NATIVE_ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define NATIVE_ARCH AUDIT_ARCH_AARCH64
#endif

static bool violate(void)
{
	if (sandbox_report_violations() < 0)
		return false;
	forbid(SYS_getpriority);
	syscall(SYS_getpriority, 0, 0);
	return true;
}

static bool violate_with_sigsys_blocked_before(void)
{
	sigset_t all;

	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, NULL);
	return violate();
}

static bool violate_without_log(void)
{
	close(STDERR_FILENO);
	return violate();
}

static bool violate_nothing(void)
{
	return sandbox_report_violations() == 0;
}

static void assert_reported(struct outcome outcome)
{
	char line[64];

	snprintf(line, sizeof(line), "violation syscall=%d arch=%x\n", SYS_getpriority,
		 NATIVE_ARCH);
	assert_int_equal(outcome.status, SANDBOX_EXIT_VIOLATION);
	assert_string_equal(outcome.errors, line);
}

static void one_line_and_the_end(void **state)
{
	(void)state;
	assert_reported(run_child(violate));
}

static void also_where_the_signal_was_blocked(void **state)
{
	(void)state;
	assert_reported(run_child(violate_with_sigsys_blocked_before));
}

static void the_end_without_a_log(void **state)
{
	(void)state;
	struct outcome outcome = run_child(violate_without_log);
	assert_int_equal(outcome.status, SANDBOX_EXIT_VIOLATION);
	assert_string_equal(outcome.errors, "");
}

static void nothing_without_a_violation(void **state)
{
	(void)state;
	struct outcome outcome = run_child(violate_nothing);
	assert_int_equal(outcome.status, 0);
	assert_string_equal(outcome.errors, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_line_and_the_end),
		cmocka_unit_test(also_where_the_signal_was_blocked),
		cmocka_unit_test(the_end_without_a_log),
		cmocka_unit_test(nothing_without_a_violation),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
