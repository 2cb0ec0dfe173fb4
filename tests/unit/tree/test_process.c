/* ghward-tree itself, behind the sandboxes of the agent and its own, with the test as its broker.
 */
#include "lib/ipc/channel.h"
#include "lib/ipc/protocol.h"
#include "lib/sandbox/roles.h"

#include "scratch.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

struct process {
	pid_t pid;
	int channel;
	uint8_t *buffer;
	struct ipc_incoming in;
};

static const struct ipc_permit permits[] = {
	{MESSAGE_HELLO, IPC_ONCE, 0, 4096, {IPC_FD_NONE}, NULL},
	{MESSAGE_TREE_OPENED, IPC_ONCE, 5, 1024, {IPC_FD_NONE}, NULL},
	{MESSAGE_LOOKED, IPC_PERMIT, 4, IPC_MESSAGE_MAX, {IPC_FD_NONE}, NULL},
	{MESSAGE_TREE_READY, IPC_PERMIT, 1, 1, {IPC_FD_DIRECTORY}, NULL},
	{MESSAGE_TREE_READY, IPC_PERMIT, 1, 1, {IPC_FD_DIRECTORY, IPC_FD_DIRECTORY}, NULL},
	{MESSAGE_TREE_DONE, IPC_PERMIT, 10, 2048, {IPC_FD_NONE}, NULL},
};

/* In what the agent leaves its children. */
static void become_agent(void)
{
	const struct sandbox_variables variables = {.last_fd = FD_TREE_DESTINATION,
						    .helpers = GHWARD_HELPERS,
						    .destination = FD_TREE_DESTINATION};
	struct sandbox_report report;

	if (sandbox_enter_role("agent", &variables, &report) < 0)
		_exit(126);
	for (int fd = FD_CHANNEL; fd <= FD_TREE_DESTINATION; fd++) {
		if (fcntl(fd, F_SETFD, 0) < 0)
			_exit(125);
	}
}

static void become_tree(int channel, int directory)
{
	/* As empty as the agent makes it, but that a sanitizer cannot look for leaks in a sandbox.
	 */
	char *const environment[] = {"ASAN_OPTIONS=detect_leaks=0", NULL};
	char *const arguments[] = {"ghward-tree", NULL};
	int high_channel = fcntl(channel, F_DUPFD_CLOEXEC, 20);
	int high_directory = fcntl(directory, F_DUPFD_CLOEXEC, 20);

	if (dup2(high_channel, FD_CHANNEL) == FD_CHANNEL &&
	    dup2(high_directory, FD_TREE_DESTINATION) == FD_TREE_DESTINATION) {
		become_agent();
		execve(GHWARD_HELPERS "/ghward-tree", arguments, environment);
	}
	_exit(127);
}

static void expect(struct process *process, enum message_type type)
{
	int got = ipc_receive(process->channel, process->buffer, permits,
			      sizeof(permits) / sizeof(permits[0]), &process->in);

	assert_int_equal(got, 1);
	assert_int_equal(process->in.type, type);
}

static struct process start(const struct scratch *scratch)
{
	struct process process = {.buffer = ipc_buffer_new()};
	struct sandbox_report report;
	int ends[2];

	assert_int_equal(ipc_pair(ends), 0);
	process.pid = fork();
	if (process.pid == 0)
		become_tree(ends[1], scratch->fd);
	close(ends[1]);
	process.channel = ends[0];
	expect(&process, MESSAGE_HELLO);
	protocol_get_report(&process.in, &report);
	assert_int_equal(ipc_end(&process.in), 0);
	assert_true(report.landlock_abi > 0);
	return process;
}

/* Returns the wait status. */
static int stop(struct process *process)
{
	int status;

	close(process->channel);
	assert_int_equal(waitpid(process->pid, &status, 0), process->pid);
	free(process->buffer);
	return status;
}

static void tell(struct process *process, struct ipc_message *message)
{
	assert_int_equal(ipc_send_blocking(process->channel, message), 0);
}

static enum failure_kind open_as(struct process *process, enum repos_mode mode)
{
	struct ipc_message *message = ipc_new(MESSAGE_TREE_OPEN, 0);
	struct failure failure;

	ipc_put_u8(message, (uint8_t)mode);
	ipc_put_u8(message, REPOS_WHOLE);
	ipc_put_string(message, "https://github.com");
	tell(process, message);
	expect(process, MESSAGE_TREE_OPENED);
	protocol_get_failure(&process->in, &failure);
	assert_int_equal(ipc_end(&process->in), 0);
	return failure.kind;
}

static void send_begin(struct process *process, uint32_t id, const char *name)
{
	struct ipc_message *message = ipc_new(MESSAGE_TREE_BEGIN, id);

	ipc_put_u8(message, SYNC_FETCH);
	ipc_put_string(message, "acme");
	ipc_put_string(message, name);
	ipc_put_string(message, "");
	ipc_put_string(message, "");
	ipc_put_string(message, "main");
	tell(process, message);
}

/* Returns what is to be done; *git is where. */
static enum sync_action begin(struct process *process, uint32_t id, const char *name, int *git)
{
	send_begin(process, id, name);
	expect(process, MESSAGE_TREE_READY);
	assert_int_equal(process->in.id, id);
	enum sync_action action = (enum sync_action)ipc_get_enum(&process->in, SYNC_ACTIONS);
	*git = ipc_take_fd(&process->in, 0);
	ipc_drop_fds(&process->in);
	assert_int_equal(ipc_end(&process->in), 0);
	return action;
}

static enum failure_kind done(struct process *process, uint32_t id, char refused[64])
{
	struct failure failure;

	expect(process, MESSAGE_TREE_DONE);
	assert_int_equal(process->in.id, id);
	protocol_get_failure(&process->in, &failure);
	snprintf(refused, 64, "%s", ipc_get_string(&process->in));
	assert_int_equal(ipc_end(&process->in), 0);
	return failure.kind;
}

static enum failure_kind commit(struct process *process, uint32_t id)
{
	struct ipc_message *message = ipc_new(MESSAGE_TREE_COMMIT, id);
	char refused[64];

	ipc_put_string(message, "main");
	tell(process, message);
	return done(process, id, refused);
}

static enum failure_kind remove_name(struct process *process, const char *name)
{
	struct ipc_message *message = ipc_new(MESSAGE_TREE_REMOVE, 99);
	char refused[64];

	ipc_put_string(message, "acme");
	ipc_put_string(message, name);
	tell(process, message);
	return done(process, 99, refused);
}

static void test_mirrors_come_and_go(void **state)
{
	const struct scratch *scratch = *state;
	struct process process = start(scratch);
	int git;

	assert_int_equal(open_as(&process, REPOS_MIRROR), FAILURE_NONE);
	assert_int_equal(begin(&process, 7, "shop", &git), SYNC_CLONE);
	assert_int_equal(faccessat(git, "objects", F_OK, 0), 0);
	close(git);
	assert_int_equal(commit(&process, 7), FAILURE_NONE);
	assert_int_equal(begin(&process, 8, "shop", &git), SYNC_FETCH);
	close(git);
	assert_int_equal(commit(&process, 8), FAILURE_NONE);
	assert_true(scratch_has(scratch, "acme/shop.git/HEAD"));
	assert_int_equal(remove_name(&process, "shop"), FAILURE_NONE);
	assert_false(scratch_has(scratch, "acme"));
	assert_int_equal(stop(&process), 0);
	assert_int_equal(scratch_run(scratch, "[ -z \"$(ls .ghward/tmp)\" ]"), 0);
}

static void test_working_trees(void **state)
{
	const struct scratch *scratch = *state;
	struct process process = start(scratch);

	assert_int_equal(open_as(&process, REPOS_WORKTREE), FAILURE_NONE);
	send_begin(&process, 1, "shop");
	expect(&process, MESSAGE_TREE_READY);
	assert_int_equal(process.in.fd_count, 2);
	assert_int_equal(ipc_get_u8(&process.in), SYNC_CLONE);
	ipc_drop_fds(&process.in);
	assert_int_equal(commit(&process, 1), FAILURE_NONE);
	assert_int_equal(remove_name(&process, "shop"), FAILURE_CONFLICT);
	assert_true(scratch_has(scratch, "acme/shop/.git"));
	assert_int_equal(stop(&process), 0);
}

static void test_looking_needs_no_lock(void **state)
{
	const struct scratch *scratch = *state;
	struct process owner = start(scratch), other = start(scratch);
	struct ipc_message *message = ipc_new(MESSAGE_LOOK, 5);
	static const char *const names[] = {"shop", "link", "foreign", "absent", "x.GIT"};
	static const uint8_t found[] = {TREE_PRESENT, TREE_FOREIGN, TREE_FOREIGN, TREE_ABSENT,
					TREE_FOREIGN};
	size_t length;
	int git;

	assert_int_equal(open_as(&owner, REPOS_MIRROR), FAILURE_NONE);
	assert_int_equal(begin(&owner, 1, "shop", &git), SYNC_CLONE);
	close(git);
	assert_int_equal(commit(&owner, 1), FAILURE_NONE);
	assert_int_equal(open_as(&other, REPOS_MIRROR), FAILURE_CONFLICT);
	assert_int_equal(
		scratch_run(scratch, "cd acme; ln -s shop.git link.git; mkdir foreign.git"), 0);
	ipc_put_u8(message, REPOS_MIRROR);
	ipc_put_u16(message, sizeof(found));
	for (size_t i = 0; i < sizeof(found); i++) {
		ipc_put_string(message, "acme");
		ipc_put_string(message, names[i]);
	}
	tell(&other, message);
	expect(&other, MESSAGE_LOOKED);
	const uint8_t *bytes = ipc_get_bytes(&other.in, &length);
	assert_int_equal(length, sizeof(found));
	assert_memory_equal(bytes, found, length);
	assert_int_equal(stop(&other), 0);
	assert_int_equal(stop(&owner), 0);
}

static void test_a_refused_path_is_told(void **state)
{
	const struct scratch *scratch = *state;
	struct process process = start(scratch);
	char refused[64];

	assert_int_equal(scratch_run(scratch, "ln -s /tmp acme"), 0);
	assert_int_equal(open_as(&process, REPOS_MIRROR), FAILURE_NONE);
	send_begin(&process, 3, "shop");
	assert_int_equal(done(&process, 3, refused), FAILURE_DENIED);
	assert_string_equal(refused, "acme/shop.git");
	assert_int_equal(stop(&process), 0);
}

/* What is known to nobody else goes with the broker; the user's configuration comes back. */
static void test_the_end_of_the_broker_cleans_up(void **state)
{
	const struct scratch *scratch = *state;
	struct process process = start(scratch);

	assert_int_equal(open_as(&process, REPOS_WORKTREE), FAILURE_NONE);
	send_begin(&process, 1, "shop");
	expect(&process, MESSAGE_TREE_READY);
	ipc_drop_fds(&process.in);
	assert_int_equal(commit(&process, 1), FAILURE_NONE);
	assert_int_equal(scratch_run(scratch, "echo '[user]' >>.ghward/git/acme/shop.git/config"),
			 0);
	for (uint32_t id = 2; id < 4; id++) {
		send_begin(&process, id, id == 2 ? "shop" : "pay");
		expect(&process, MESSAGE_TREE_READY);
		ipc_drop_fds(&process.in);
	}
	assert_int_equal(scratch_run(scratch, "grep -q user .ghward/git/acme/shop.git/config"), 1);
	assert_int_equal(stop(&process), 0);
	assert_int_equal(scratch_run(scratch,
				     "grep -q user .ghward/git/acme/shop.git/config && "
				     "[ -z \"$(ls .ghward/tmp .ghward/aside | grep -v :)\" ]"),
			 0);
}

static uint64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* Of a large one, others do not notice the removal. */
static void test_removing_holds_nobody_up(void **state)
{
	const struct scratch *scratch = *state;
	struct process process = start(scratch);
	int git;

	assert_int_equal(open_as(&process, REPOS_MIRROR), FAILURE_NONE);
	assert_int_equal(begin(&process, 1, "large", &git), SYNC_CLONE);
	close(git);
	assert_int_equal(commit(&process, 1), FAILURE_NONE);
	assert_int_equal(scratch_run(scratch, "cd acme/large.git/objects && for i in $(seq 40); do "
					      "mkdir $i && (cd $i && seq 400 | xargs touch); done"),
			 0);
	uint64_t start_ms = now_ms();
	assert_int_equal(remove_name(&process, "large"), FAILURE_NONE);
	assert_int_equal(begin(&process, 2, "small", &git), SYNC_CLONE);
	assert_true(now_ms() - start_ms < 250);
	assert_int_equal(scratch_run(scratch, "[ $(ls .ghward/tmp | wc -l) -gt 1 ]"), 0);
	close(git);
	assert_int_equal(commit(&process, 2), FAILURE_NONE);
	start_ms = now_ms();
	assert_int_equal(stop(&process), 0);
	assert_true(now_ms() - start_ms < 900);
}

static void test_a_broker_that_breaks_the_rules_is_left(void **state)
{
	const struct scratch *scratch = *state;
	struct process process = start(scratch);

	/* Nothing begins before the destination is open. */
	send_begin(&process, 1, "shop");
	assert_int_equal(ipc_receive(process.channel, process.buffer, permits,
				     sizeof(permits) / sizeof(permits[0]), &process.in),
			 0);
	stop(&process);
	process = start(scratch);
	assert_int_equal(open_as(&process, REPOS_MIRROR), FAILURE_NONE);
	tell(&process, ipc_new(MESSAGE_TREE_ABORT, 17));
	assert_int_equal(ipc_receive(process.channel, process.buffer, permits,
				     sizeof(permits) / sizeof(permits[0]), &process.in),
			 0);
	stop(&process);
	assert_false(scratch_has(scratch, "acme"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, scratch_set_up, scratch_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_mirrors_come_and_go),
		TEST(test_working_trees),
		TEST(test_looking_needs_no_lock),
		TEST(test_a_refused_path_is_told),
		TEST(test_the_end_of_the_broker_cleans_up),
		TEST(test_removing_holds_nobody_up),
		TEST(test_a_broker_that_breaks_the_rules_is_left),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
