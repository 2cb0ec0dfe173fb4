/* The doctor's cells: a confined process is ok, and every single lapse shows. */
#include "cli/doctor_cells.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char confined[] = "Name:\tghward-worker\n"
			       "Uid:\t1000\t1000\t1000\t1000\n"
			       "Threads:\t1\n"
			       "CapInh:\t0000000000000000\n"
			       "CapPrm:\t0000000000000000\n"
			       "CapEff:\t0000000000000000\n"
			       "CapBnd:\t000001ffffffffff\n"
			       "CapAmb:\t0000000000000000\n"
			       "NoNewPrivs:\t1\n"
			       "Seccomp:\t2\n"
			       "Seccomp_filters:\t2\n";

static const char limits[] = "Limit                     Soft Limit           Hard Limit  Units\n"
			     "Max core file size        0                    0           bytes\n";

static struct sandbox_report whole_report(void)
{
	struct landlock_state all = landlock_handled(6, LANDLOCK_EVERYTHING);
	struct sandbox_report report = {
		.landlock_abi = 6,
		.landlock_fs = all.fs,
		.landlock_net = all.net,
		.landlock_scope = all.scope,
		.probes_done = (1u << SANDBOX_PROBES) - 1,
		.probes_blocked = (1u << SANDBOX_PROBES) - 1,
		.syscalls_allowed = 25,
		.objects = "libc.so.6",
	};

	return report;
}

static struct doctor_process process;

static void examine(const char *status, enum doctor_dumpable dumpable, struct sandbox_report report,
		    enum role role)
{
	memset(&process, 0, sizeof(process));
	process.role = role;
	process.report = report;
	doctor_add_status(&process, status, 2);
	doctor_add_limits(&process, limits);
	doctor_add_dumpable(&process, dumpable);
	doctor_add_report(&process);
}

static void assert_cell(const char *name, const char *value, bool ok)
{
	const struct doctor_cell *cell = doctor_cell(&process, name);

	assert_non_null(cell);
	assert_string_equal(cell->value, value);
	assert_int_equal(cell->ok, ok);
}

static void test_a_confined_process_is_ok(void **state)
{
	(void)state;
	examine(confined, DOCTOR_NOT_DUMPABLE, whole_report(), ROLE_WORKER);
	assert_true(doctor_process_ok(&process));
	assert_cell("seccomp", "filter", true);
	assert_cell("filters", "2", true);
	assert_cell("caps", "none", true);
	assert_cell("no_new_privs", "1", true);
	assert_cell("dumpable", "no", true);
	assert_cell("core_limit", "0", true);
	assert_cell("uid", "1000", true);
	assert_cell("landlock_net", "bind_tcp,connect_tcp", true);
	assert_cell("syscalls", "25", true);
	assert_cell(sandbox_probe_name(SANDBOX_PROBE_READ_MEMORY), "blocked", true);
	assert_int_equal(doctor_cell(&process, "seccomp")->source, DOCTOR_KERNEL);
	assert_int_equal(doctor_cell(&process, "landlock_fs")->source, DOCTOR_DECLARED);
	assert_int_equal(doctor_cell(&process, sandbox_probe_name(0))->source, DOCTOR_PROBED);
	assert_null(doctor_cell(&process, "nothing"));
}

/* Replaces one line of the status file. */
static void assert_lapse(const char *from, const char *to, const char *cell, const char *value)
{
	char changed[1024];
	const char *at = strstr(confined, from);

	assert_non_null(at);
	snprintf(changed, sizeof(changed), "%.*s%s%s", (int)(at - confined), confined, to,
		 at + strlen(from));
	examine(changed, DOCTOR_NOT_DUMPABLE, whole_report(), ROLE_WORKER);
	assert_false(doctor_process_ok(&process));
	assert_cell(cell, value, false);
}

static void test_every_lapse_in_the_kernels_view_shows(void **state)
{
	(void)state;
	assert_lapse("Seccomp:\t2", "Seccomp:\t0", "seccomp", "off");
	assert_lapse("Seccomp:\t2", "Seccomp:\t1", "seccomp", "strict");
	assert_lapse("Seccomp_filters:\t2", "Seccomp_filters:\t1", "filters", "1");
	assert_lapse("Seccomp_filters:\t2\n", "", "filters", "unknown");
	assert_lapse("NoNewPrivs:\t1", "NoNewPrivs:\t0", "no_new_privs", "0");
	assert_lapse("CapEff:\t0000000000000000", "CapEff:\t0000000000200000", "caps", "0x200000");
	assert_lapse("CapAmb:\t0000000000000000\n", "", "caps", "unknown");
	assert_lapse("Threads:\t1", "Threads:\t2", "threads", "2");
	assert_lapse("Uid:", "Xid:", "uid", "unknown");
}

static void test_a_process_that_cannot_be_read_is_not_ok(void **state)
{
	(void)state;
	examine("", DOCTOR_DUMPABLE_UNKNOWN, whole_report(), ROLE_WORKER);
	assert_false(doctor_process_ok(&process));
	assert_cell("seccomp", "unknown", false);
	assert_cell("dumpable", "unknown", false);
	examine(confined, DOCTOR_IS_DUMPABLE, whole_report(), ROLE_WORKER);
	assert_cell("dumpable", "yes", false);
	memset(&process, 0, sizeof(process));
	assert_false(doctor_process_ok(&process));
}

static void test_core_limits(void **state)
{
	(void)state;
	memset(&process, 0, sizeof(process));
	doctor_add_limits(&process, "Max core file size        0          unlimited       bytes\n");
	assert_cell("core_limit", "not 0", false);
	memset(&process, 0, sizeof(process));
	doctor_add_limits(&process, "Max core file size        0          4096            bytes\n");
	assert_cell("core_limit", "not 0", false);
	memset(&process, 0, sizeof(process));
	doctor_add_limits(&process, "Max core file size        unlimited  0               bytes\n");
	assert_cell("core_limit", "not 0", false);
	memset(&process, 0, sizeof(process));
	doctor_add_limits(&process, "Max core file size                                   bytes\n");
	assert_cell("core_limit", "not 0", false);
	memset(&process, 0, sizeof(process));
	doctor_add_limits(&process, "Max core file size        0                          bytes\n");
	assert_cell("core_limit", "not 0", false);
	memset(&process, 0, sizeof(process));
	doctor_add_limits(&process, "");
	assert_cell("core_limit", "unknown", false);
}

static void test_every_lapse_in_a_report_shows(void **state)
{
	struct sandbox_report report = whole_report();

	(void)state;
	report.landlock_fs &= ~LANDLOCK_FS_WRITE_FILE;
	examine(confined, DOCTOR_NOT_DUMPABLE, report, ROLE_WORKER);
	assert_false(doctor_cell(&process, "landlock_fs")->ok);
	report = whole_report();
	report.probes_blocked &= ~(1u << SANDBOX_PROBE_CONNECT);
	examine(confined, DOCTOR_NOT_DUMPABLE, report, ROLE_WORKER);
	assert_cell(sandbox_probe_name(SANDBOX_PROBE_CONNECT), "NOT BLOCKED", false);
	report.probes_done &= ~(1u << SANDBOX_PROBE_CONNECT);
	examine(confined, DOCTOR_NOT_DUMPABLE, report, ROLE_WORKER);
	assert_cell(sandbox_probe_name(SANDBOX_PROBE_CONNECT), "not tried", true);
	report = (struct sandbox_report){.syscalls_allowed = 25};
	examine(confined, DOCTOR_NOT_DUMPABLE, report, ROLE_WORKER);
	assert_cell("landlock_abi", "0", false);
	assert_cell("landlock_fs", "none", true);
}

static void test_the_agent_handles_only_what_its_children_do_without(void **state)
{
	struct sandbox_report report = whole_report();
	struct landlock_state agent = landlock_handled(6, LANDLOCK_AGENT);

	(void)state;
	examine(confined, DOCTOR_NOT_DUMPABLE, report, ROLE_AGENT);
	assert_false(doctor_cell(&process, "landlock_fs")->ok);
	report.landlock_fs = agent.fs;
	report.landlock_net = agent.net;
	report.landlock_scope = agent.scope;
	examine(confined, DOCTOR_NOT_DUMPABLE, report, ROLE_AGENT);
	assert_true(doctor_process_ok(&process));
}

static void test_keys_are_whole_words_at_the_start_of_a_line(void **state)
{
	uint64_t number;

	(void)state;
	assert_int_equal(doctor_status_number("XSeccomp:\t9\nSeccomp_filters:\t3\nSeccomp:\t2\n",
					      "Seccomp", 10, &number),
			 0);
	assert_int_equal(number, 2);
	assert_int_equal(doctor_status_number("Seccomp:\n5\n", "Seccomp", 10, &number), -1);
	assert_int_equal(doctor_status_number("Seccomp:\t\n5\n", "Seccomp", 10, &number), -1);
	assert_int_equal(doctor_status_number("Seccomp:\t-1\n", "Seccomp", 10, &number), -1);
	assert_int_equal(
		doctor_status_number("Uid:\t99999999999999999999999\n", "Uid", 10, &number), -1);
	assert_int_equal(doctor_status_number("", "Seccomp", 10, &number), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_confined_process_is_ok),
		cmocka_unit_test(test_every_lapse_in_the_kernels_view_shows),
		cmocka_unit_test(test_a_process_that_cannot_be_read_is_not_ok),
		cmocka_unit_test(test_core_limits),
		cmocka_unit_test(test_every_lapse_in_a_report_shows),
		cmocka_unit_test(test_the_agent_handles_only_what_its_children_do_without),
		cmocka_unit_test(test_keys_are_whole_words_at_the_start_of_a_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
