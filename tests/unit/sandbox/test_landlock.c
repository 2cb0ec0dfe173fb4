/* Landlock: what each ABI handles, stepping down, and what rules permit. */
#include "support.h"

#include "lib/sandbox/landlock.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define SYSCALL_CREATE_RULESET 444
#define SYSCALL_RESTRICT_SELF 446

static char directory[] = "/tmp/ghward-landlock-XXXXXX";
static char inside[64], outside[] = "/etc/passwd";

static int make_directory(void **state)
{
	(void)state;
	if (!mkdtemp(directory))
		return -1;
	snprintf(inside, sizeof(inside), "%s/file", directory);
	int fd = open(inside, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	return fd < 0 ? -1 : close(fd);
}

static int remove_directory(void **state)
{
	(void)state;
	unlink(inside);
	return rmdir(directory);
}

static bool has_landlock(void)
{
	return landlock_abi() > 0;
}

static bool can_open(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

/* --- the table --- */

static void each_abi_adds_what_it_brought(void **state)
{
	static const struct landlock_state expected[] = {
		{0, 0, 0, 0},	       {1, 0x1fff, 0, 0},     {2, 0x3fff, 0, 0},
		{3, 0x7fff, 0, 0},     {4, 0x7fff, 0x3, 0},   {5, 0xffff, 0x3, 0},
		{6, 0xffff, 0x3, 0x3}, {7, 0xffff, 0x3, 0x3},
	};

	(void)state;
	for (uint32_t abi = 0; abi < sizeof(expected) / sizeof(expected[0]); abi++) {
		struct landlock_state handled = landlock_handled(abi, LANDLOCK_EVERYTHING);
		assert_int_equal(handled.abi, abi);
		assert_int_equal(handled.fs, expected[abi].fs);
		assert_int_equal(handled.net, expected[abi].net);
		assert_int_equal(handled.scope, expected[abi].scope);
	}
}

static void the_agent_leaves_files_to_its_children(void **state)
{
	(void)state;
	for (uint32_t abi = 1; abi <= 7; abi++) {
		struct landlock_state handled = landlock_handled(abi, LANDLOCK_AGENT);
		assert_int_equal(handled.fs, LANDLOCK_FS_EXECUTE | LANDLOCK_FS_MAKE_CHAR |
						     LANDLOCK_FS_MAKE_BLOCK |
						     (abi >= 2 ? LANDLOCK_FS_REFER : 0));
		assert_int_equal(handled.net, abi >= 4 ? LANDLOCK_NET_BIND_TCP : 0);
		assert_int_equal(handled.scope, abi >= 6 ? 3 : 0);
	}
	assert_int_equal(landlock_handled(0, LANDLOCK_AGENT).fs, 0);
}

/* --- rules --- */

/* Enters a domain; returns false when that fails. */
static bool enter(const struct landlock_rules *rules, struct landlock_state *state)
{
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && landlock_enter(rules, state) == 0;
}

static bool read_only_beneath(void)
{
	const struct landlock_rules rules = {
		.paths = {{.path = directory, .access = LANDLOCK_FS_READ_FILE}}, .path_count = 1};
	struct landlock_state state;

	return can_open(outside, O_RDONLY) && can_open(inside, O_WRONLY) && enter(&rules, &state) &&
	       state.abi == landlock_abi() && can_open(inside, O_RDONLY) &&
	       !can_open(inside, O_WRONLY) && !can_open(outside, O_RDONLY) &&
	       !can_open(directory, O_RDONLY | O_DIRECTORY);
}

static bool rights_of_directories_on_a_file(void)
{
	const struct landlock_rules rules = {
		.paths = {{.path = inside,
			   .access = LANDLOCK_FS_READ_FILE | LANDLOCK_FS_READ_DIR |
				     LANDLOCK_FS_MAKE_REG}},
		.path_count = 1};
	struct landlock_state state;

	return enter(&rules, &state) && can_open(inside, O_RDONLY) && !can_open(outside, O_RDONLY);
}

static bool by_descriptor(void)
{
	int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	const struct landlock_rules rules = {.paths = {{.fd = fd, .access = LANDLOCK_FS_READ_FILE}},
					     .path_count = 1};
	struct landlock_state state;

	return fd >= 0 && enter(&rules, &state) && can_open(inside, O_RDONLY) &&
	       !can_open(outside, O_RDONLY);
}

static bool missing_optional_path(void)
{
	const struct landlock_rules rules = {.paths = {{.path = "/nonexistent",
							.access = LANDLOCK_FS_READ_FILE,
							.presence = LANDLOCK_PATH_OPTIONAL}},
					     .path_count = 1};
	struct landlock_state state;

	return enter(&rules, &state) && !can_open(outside, O_RDONLY);
}

static bool missing_required_path(void)
{
	const struct landlock_rules rules = {
		.paths = {{.path = "/nonexistent", .access = LANDLOCK_FS_READ_FILE}},
		.path_count = 1};
	struct landlock_state state;

	return !enter(&rules, &state) && errno == ENOENT && can_open(outside, O_RDONLY);
}

static bool bad_descriptor(void)
{
	const struct landlock_rules rules = {.paths = {{.fd = 77, .access = LANDLOCK_FS_READ_FILE}},
					     .path_count = 1};
	struct landlock_state state;

	return !enter(&rules, &state) && errno == EBADF;
}

/* The errno of a connect to a port of loopback that nobody listens on. */
static int connect_errno(uint16_t port)
{
	struct sockaddr_in name = {.sin_family = AF_INET, .sin_port = htons(port)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	int status = connect(fd, (struct sockaddr *)&name, sizeof(name));
	int error = status < 0 ? errno : 0;
	close(fd);
	return error;
}

static bool only_listed_ports(void)
{
	const struct landlock_rules rules = {.connect_ports = {3}, .connect_port_count = 1};
	struct landlock_state state;

	if (!enter(&rules, &state))
		return false;
	return !(state.net & LANDLOCK_NET_CONNECT_TCP) ||
	       (connect_errno(3) == ECONNREFUSED && connect_errno(4) == EACCES);
}

static bool agent_keeps_files_and_connections(void)
{
	const struct landlock_rules rules = {
		.extent = LANDLOCK_AGENT,
		.paths = {{.path = directory, .access = LANDLOCK_FS_EXECUTE}},
		.path_count = 1,
		.connect_ports = {3},
		.connect_port_count = 1,
	};
	struct landlock_state state;
	char name[] = "true", *const arguments[] = {name, NULL};

	if (!enter(&rules, &state) || !can_open(outside, O_RDONLY) ||
	    connect_errno(4) != ECONNREFUSED)
		return false;
	execv("/bin/true", arguments);
	return errno == EACCES;
}

static void rules_permit_what_they_say_and_no_more(void **state)
{
	static bool (*const bodies[])(void) = {
		read_only_beneath,     rights_of_directories_on_a_file,
		by_descriptor,	       missing_optional_path,
		missing_required_path, bad_descriptor,
		only_listed_ports,     agent_keeps_files_and_connections,
	};

	(void)state;
	if (!has_landlock())
		skip();
	for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
		struct outcome outcome = run_child(bodies[i]);
		if (outcome.status != 0)
			fail_msg("body %zu: status %d signal %d", i, outcome.status,
				 outcome.signal);
	}
}

/* --- stepping down --- */

/* The structure of ABI 6 has 24 bytes, that of ABI 4 has 16, that of ABI 1 has 8. */
static bool steps_down(uint32_t refused_size, int error, uint32_t expected_abi)
{
	const struct landlock_rules rules = {.connect_ports = {3}, .connect_port_count = 1};
	struct landlock_state state, expected = landlock_handled(expected_abi, LANDLOCK_EVERYTHING);

	/* Asking for the version passes a size of 0. */
	pretend(SYSCALL_CREATE_RULESET, 1, refused_size, error);
	return enter(&rules, &state) && state.abi == expected.abi && state.fs == expected.fs &&
	       state.net == expected.net && state.scope == expected.scope &&
	       !can_open(outside, O_RDONLY);
}

static bool to_before_scopes(void)
{
	return steps_down(24, EINVAL, 5);
}

static bool to_before_ports(void)
{
	return steps_down(16, E2BIG, 3);
}

static bool not_below_the_first(void)
{
	const struct landlock_rules rules = {.path_count = 0};
	struct landlock_state state;

	pretend(SYSCALL_CREATE_RULESET, 1, 8, EINVAL);
	return !enter(&rules, &state) && errno == ENOSYS && can_open(outside, O_RDONLY);
}

static bool not_for_another_reason(void)
{
	const struct landlock_rules rules = {.path_count = 0};
	struct landlock_state state;

	pretend(SYSCALL_CREATE_RULESET, 1, 24, ENOMEM);
	return !enter(&rules, &state) && errno == ENOMEM;
}

static void steps_down_where_the_kernel_refuses(void **state)
{
	(void)state;
	if (landlock_abi() < 6)
		skip();
	assert_int_equal(run_child(to_before_scopes).status, 0);
	assert_int_equal(run_child(to_before_ports).status, 0);
	assert_int_equal(run_child(not_below_the_first).status, 0);
	assert_int_equal(run_child(not_for_another_reason).status, 0);
}

static bool without_landlock(void)
{
	struct landlock_rules rules = {.minimum = LANDLOCK_FILES_REQUIRED};
	struct landlock_state state;

	pretend(SYSCALL_CREATE_RULESET, -1, 0, ENOSYS);
	if (landlock_abi() != 0 || enter(&rules, &state) || errno != ENOSYS)
		return false;
	rules.minimum = LANDLOCK_OPTIONAL;
	return enter(&rules, &state) && state.abi == 0 && state.fs == 0 && state.net == 0 &&
	       state.scope == 0 && can_open(outside, O_RDONLY);
}

static bool that_cannot_be_entered(void)
{
	const struct landlock_rules rules = {.minimum = LANDLOCK_OPTIONAL};
	struct landlock_state state;

	/* Landlock is there, so failing to enter is no lower tier. */
	pretend(SYSCALL_RESTRICT_SELF, -1, 0, EPERM);
	return !enter(&rules, &state) && errno == EPERM;
}

static void kernels_without_landlock_are_an_error_unless_accepted(void **state)
{
	(void)state;
	assert_int_equal(run_child(without_landlock).status, 0);
	if (has_landlock())
		assert_int_equal(run_child(that_cannot_be_entered).status, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_abi_adds_what_it_brought),
		cmocka_unit_test(the_agent_leaves_files_to_its_children),
		cmocka_unit_test(rules_permit_what_they_say_and_no_more),
		cmocka_unit_test(steps_down_where_the_kernel_refuses),
		cmocka_unit_test(kernels_without_landlock_are_an_error_unless_accepted),
	};

	return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
