/* The probes: what they find without a sandbox, and inside. */
#include "support.h"

#include "lib/sandbox/steps.h"

#include <linux/capability.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define BIT(probe) (UINT32_C(1) << SANDBOX_PROBE_##probe)

static void names_are_distinct(void **state)
{
	(void)state;
	for (unsigned one = 0; one < SANDBOX_PROBES; one++) {
		const char *name = sandbox_probe_name((enum sandbox_probe)one);
		assert_string_not_equal(name, "unknown");
		for (unsigned other = 0; other < one; other++)
			assert_string_not_equal(name,
						sandbox_probe_name((enum sandbox_probe)other));
	}
	assert_string_equal(sandbox_probe_name(SANDBOX_PROBES), "unknown");
}

/* All of Landlock's rights, as if in force, so that no probe is left out. */
static void pretend_landlock(struct sandbox_report *report)
{
	report->landlock_net = LANDLOCK_NET_CONNECT_TCP;
	report->landlock_scope = LANDLOCK_SCOPE_SIGNAL;
}

/* The parent is this user's own, so nothing of it is out of reach without a sandbox. */
static bool finds_everything_open(void)
{
	struct sandbox_report report = {0};
	const uint32_t open = BIT(OPEN_FILE) | BIT(CREATE_FILE) | BIT(CONNECT) | BIT(SIGNAL);

	pretend_landlock(&report);
	sandbox_run_probes(LANDLOCK_EVERYTHING, getppid(), &report);
	return (report.probes_done & open) == open && !(report.probes_blocked & open);
}

static bool finds_everything_closed(void)
{
	const struct landlock_rules rules = {.path_count = 0};
	struct landlock_state state;
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct none[2] = {{0}};
	struct sandbox_report report = {0};
	uint32_t closed = BIT(OPEN_FILE) | BIT(CREATE_FILE) | BIT(READ_MEMORY) | BIT(REGAIN_ROOT);

	if (syscall(SYS_capset, &header, none) < 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
	    landlock_enter(&rules, &state) < 0)
		return false;
	if (state.net)
		closed |= BIT(CONNECT);
	if (state.scope)
		closed |= BIT(SIGNAL);
	pretend_landlock(&report);
	sandbox_run_probes(LANDLOCK_EVERYTHING, getppid(), &report);
	return (report.probes_done & closed) == closed &&
	       (report.probes_blocked & closed) == closed;
}

static bool leaves_out_what_says_nothing(void)
{
	struct sandbox_report report = {0};

	sandbox_run_probes(LANDLOCK_AGENT, 0, &report);
	return !(report.probes_done & (BIT(OPEN_FILE) | BIT(CREATE_FILE) | BIT(CONNECT) |
				       BIT(SIGNAL) | BIT(READ_MEMORY)));
}

static void probes_tell_a_sandbox_from_none(void **state)
{
	(void)state;
	assert_int_equal(run_child(finds_everything_open).status, 0);
	if (landlock_abi() > 0)
		assert_int_equal(run_child(finds_everything_closed).status, 0);
	assert_int_equal(run_child(leaves_out_what_says_nothing).status, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_distinct),
		cmocka_unit_test(probes_tell_a_sandbox_from_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
