/* The table of roles. The filter linked here is the worker's. */
#include "support.h"

#include "lib/sandbox/roles.h"

#include <errno.h>
#include <string.h>

static const char *const roles[] = {"cli",    "agent",	"config", "broker", "audit", "net", "dial",
				    "worker", "verify", "jq",	  "mint",   "store", "git", "tree"};
#define ROLES (sizeof(roles) / sizeof(roles[0]))

static const struct sandbox_variables variables = {.helpers = "/usr/libexec"};

static struct sandbox_spec spec_of(const char *role)
{
	struct sandbox_spec spec;

	assert_return_code(sandbox_role_spec(role, &variables, &spec), errno);
	return spec;
}

static void unknown_roles_have_no_row(void **state)
{
	struct sandbox_spec spec;
	struct sandbox_report report;

	(void)state;
	assert_int_equal(sandbox_role_spec("root", &variables, &spec), -1);
	assert_int_equal(errno, ENOENT);
	assert_int_equal(sandbox_enter_role("", &variables, &report), -1);
	assert_int_equal(errno, ENOENT);
}

static void another_roles_filter_is_refused(void **state)
{
	struct sandbox_report report;

	(void)state;
	assert_int_equal(sandbox_enter_role("broker", &variables, &report), -1);
	assert_int_equal(errno, EINVAL);
}

static void the_agent_needs_its_helpers(void **state)
{
	struct sandbox_spec spec;

	(void)state;
	assert_int_equal(sandbox_role_spec("agent", &(struct sandbox_variables){0}, &spec), -1);
	assert_int_equal(errno, EINVAL);
	spec = spec_of("agent");
	assert_string_equal(spec.landlock.paths[1].path, "/usr/libexec");
	assert_non_null(strstr(spec.landlock.paths[0].path, "ld"));
	for (size_t i = 0; i < spec.landlock.path_count; i++) {
		const struct landlock_path *path = &spec.landlock.paths[i];
		assert_int_equal(path->access, LANDLOCK_FS_EXECUTE);
		/* Beside those two git, where there is one. */
		assert_int_equal(path->presence,
				 i < 2 ? LANDLOCK_PATH_REQUIRED : LANDLOCK_PATH_OPTIONAL);
		assert_int_equal(i < 2, strstr(path->path, "/git") == NULL);
	}
}

static void only_the_agent_leaves_rights_unhandled(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROLES; i++) {
		struct sandbox_spec spec = spec_of(roles[i]);
		assert_int_equal(spec.landlock.extent == LANDLOCK_AGENT,
				 strcmp(roles[i], "agent") == 0);
		assert_int_equal(spec.landlock.minimum, LANDLOCK_FILES_REQUIRED);
	}
}

static void only_dial_connects(void **state)
{
	const struct sandbox_variables origin = {.helpers = "/", .connect_port = 8443};
	struct sandbox_spec spec;

	(void)state;
	for (size_t i = 0; i < ROLES; i++)
		assert_int_equal(spec_of(roles[i]).landlock.connect_port_count,
				 strcmp(roles[i], "dial") == 0);
	assert_return_code(sandbox_role_spec("dial", &origin, &spec), errno);
	assert_int_equal(spec.landlock.connect_port_count, 2);
	assert_int_equal(spec.landlock.connect_ports[0], 53);
	assert_int_equal(spec.landlock.connect_ports[1], 8443);
}

/* Nobody writes but the audit writer, the keeper of the vault, the store and the tree, and they
 * only beneath their descriptors. */
static void only_audit_broker_store_and_tree_write(void **state)
{
	const uint64_t reading = LANDLOCK_FS_READ_FILE | LANDLOCK_FS_READ_DIR;

	(void)state;
	for (size_t i = 0; i < ROLES; i++) {
		struct sandbox_spec spec = spec_of(roles[i]);
		bool keeper = strcmp(roles[i], "audit") == 0 || strcmp(roles[i], "broker") == 0 ||
			      strcmp(roles[i], "tree") == 0;
		bool store = strcmp(roles[i], "store") == 0;
		if (strcmp(roles[i], "agent") == 0 || strcmp(roles[i], "git") == 0)
			continue;
		for (size_t j = 0; j < spec.landlock.path_count; j++) {
			const struct landlock_path *path = &spec.landlock.paths[j];
			/* The log is the store's descriptor 4, for reading. */
			bool writes = keeper || (store && path->fd == 5);
			assert_int_equal((path->access & ~reading) != 0, writes);
			assert_false(writes && path->path);
		}
	}
}

/* git executes git and the dynamic loader, and writes below its descriptors and to /dev/null. */
static void git_writes_and_executes_different_things(void **state)
{
	const uint64_t reading = LANDLOCK_FS_READ_FILE | LANDLOCK_FS_READ_DIR;
	size_t executed = 0, written = 0;
	struct sandbox_spec spec;

	(void)state;
	spec = spec_of("git");
	for (size_t i = 0; i < spec.landlock.path_count; i++) {
		const struct landlock_path *path = &spec.landlock.paths[i];
		uint64_t more = path->access & ~reading;
		if (!path->path || strcmp(path->path, "/dev/null") == 0) {
			assert_false(more & LANDLOCK_FS_EXECUTE);
			assert_false(more & (LANDLOCK_FS_MAKE_CHAR | LANDLOCK_FS_MAKE_BLOCK));
			written += !path->path;
		} else if (more) {
			assert_int_equal(more, LANDLOCK_FS_EXECUTE);
			assert_true(strstr(path->path, "/git") || strstr(path->path, "/ld"));
			executed++;
		}
	}
	assert_int_equal(written, 1);
	assert_in_range(executed, 2, 5);
}

static void git_has_a_working_tree_only_if_it_was_given_one(void **state)
{
	const struct sandbox_variables worktree = {.last_fd = 5};
	struct sandbox_spec spec;

	(void)state;
	size_t without = spec_of("git").landlock.path_count;
	assert_return_code(sandbox_role_spec("git", &worktree, &spec), errno);
	assert_int_equal(spec.landlock.path_count, without + 1);
}

static void only_audit_agent_and_command_outlive_their_parent(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROLES; i++) {
		bool outlives = strcmp(roles[i], "audit") == 0 || strcmp(roles[i], "agent") == 0 ||
				strcmp(roles[i], "cli") == 0;
		assert_int_equal(spec_of(roles[i]).parent == SANDBOX_OUTLIVE_PARENT, outlives);
	}
}

/* Hard limits are inherited: a child cannot have more than the agent. */
static bool fits(uint64_t child, uint64_t agent)
{
	return agent == 0 || (child != 0 && child <= agent);
}

static void the_agents_limits_leave_room_for_its_children(void **state)
{
	const struct sandbox_limits agent = spec_of("agent").limits;

	(void)state;
	for (size_t i = 2; i < ROLES; i++) {
		const struct sandbox_limits child = spec_of(roles[i]).limits;
		assert_true(fits(child.address_space, agent.address_space));
		assert_true(fits(child.cpu_seconds, agent.cpu_seconds));
		assert_true(fits(child.file_size, agent.file_size));
		assert_true(fits(child.open_files, agent.open_files));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(unknown_roles_have_no_row),
		cmocka_unit_test(another_roles_filter_is_refused),
		cmocka_unit_test(the_agent_needs_its_helpers),
		cmocka_unit_test(only_the_agent_leaves_rights_unhandled),
		cmocka_unit_test(only_dial_connects),
		cmocka_unit_test(only_audit_broker_store_and_tree_write),
		cmocka_unit_test(git_writes_and_executes_different_things),
		cmocka_unit_test(git_has_a_working_tree_only_if_it_was_given_one),
		cmocka_unit_test(only_audit_agent_and_command_outlive_their_parent),
		cmocka_unit_test(the_agents_limits_leave_room_for_its_children),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
