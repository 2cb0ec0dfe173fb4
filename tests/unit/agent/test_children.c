/* How children ended: what a child does to hide a violation of its sandbox, or to invent one. This
 * program plays the children as well, under their names. */
#include "agent/children.h"
#include "lib/sandbox/sandbox.h"

#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static const struct log_style style = {.level = LOG_LEVEL_ERROR};
static struct children *children;
/* Of the git that is played. */
#define FD_ORDER 3

static char helpers[] = "/tmp/ghward-children-XXXXXX";

static void say(const char *text)
{
	if (write(STDERR_FILENO, text, strlen(text)) < 0)
		_exit(99);
}

/* Two processes, both busy, of which the first ends only when it is told so. */
static _Noreturn void lead_group(void)
{
	char byte;

	setsid();
	if (fork() == 0) {
		pause();
		_exit(0);
	}
	_exit(read(FD_ORDER, &byte, 1) == 1 ? 0 : pause());
}

/* One way to end per role. */
static _Noreturn void act(const char *name)
{
	if (strcmp(name, "ghward-worker") == 0) {
		say("violation syscall=41 arch=c000003e\n");
		_exit(SANDBOX_EXIT_VIOLATION);
	}
	if (strcmp(name, "ghward-net") == 0) {
		say("no end of line: violation syscall=41 arch=c000003e\n");
		_exit(SANDBOX_EXIT_VIOLATION);
	}
	if (strcmp(name, "ghward-dial") == 0) {
		close(STDERR_FILENO);
		_exit(SANDBOX_EXIT_VIOLATION);
	}
	if (strcmp(name, "ghward-config") == 0) {
		signal(SIGSYS, SIG_DFL);
		raise(SIGSYS);
	}
	/* Those that wait to be ended. */
	if (strcmp(name, "ghward-tree") == 0 || strcmp(name, "ghward-store") == 0) {
		pause();
	}
	if (strcmp(name, "ghward-git") == 0)
		lead_group();
	if (strcmp(name, "ghward-verify") == 0) {
		say("violation syscall=41 arch=c000003e\n");
		_exit(3);
	}
	_exit(0);
}

static void path_of(enum role role, char *path, size_t size)
{
	snprintf(path, size, "%s/ghward-%s", helpers, role_name(role));
}

static int set_up(void **state)
{
	char path[128], self[4096];
	ssize_t length = readlink("/proc/self/exe", self, sizeof(self) - 1);

	(void)state;
	if (length <= 0 || !mkdtemp(helpers))
		return -1;
	self[length] = 0;
	for (unsigned role = ROLE_CONFIG; role < ROLES; role++) {
		path_of((enum role)role, path, sizeof(path));
		if (symlink(self, path) < 0)
			return -1;
	}
	children = children_new(loop_new(), helpers, &style);
	return 0;
}

static int tear_down(void **state)
{
	char path[128];

	(void)state;
	for (unsigned role = ROLE_CONFIG; role < ROLES; role++) {
		path_of((enum role)role, path, sizeof(path));
		unlink(path);
	}
	return rmdir(helpers);
}

static struct child_end end_of(enum role role)
{
	struct child_end end;
	int fds[] = {open("/dev/null", O_RDONLY | O_CLOEXEC)};
	siginfo_t info;

	assert_non_null(children_start(children, role, CHILDREN_FIRST_ORDER, fds, 1));
	assert_int_equal(waitid(P_ALL, 0, &info, WEXITED | WNOWAIT), 0);
	assert_int_equal(children_reap(children, &end), 1);
	assert_int_equal(end.role, role);
	assert_false(children_left(children));
	return end;
}

static void expect(enum role role, enum process_end how, uint32_t number)
{
	struct child_end end = end_of(role);

	assert_int_equal(end.how, how);
	assert_int_equal(end.number, number);
}

static void test_the_handlers_line_names_the_call(void **state)
{
	(void)state;
	expect(ROLE_WORKER, PROCESS_VIOLATED_SANDBOX, 41);
}

static void test_a_spoilt_line_hides_nothing(void **state)
{
	(void)state;
	expect(ROLE_NET, PROCESS_VIOLATED_SANDBOX, PROCESS_SYSCALL_UNKNOWN);
}

static void test_a_closed_log_hides_nothing(void **state)
{
	(void)state;
	expect(ROLE_DIAL, PROCESS_VIOLATED_SANDBOX, PROCESS_SYSCALL_UNKNOWN);
}

static void test_the_kernels_own_verdict_counts(void **state)
{
	(void)state;
	expect(ROLE_CONFIG, PROCESS_VIOLATED_SANDBOX, PROCESS_SYSCALL_UNKNOWN);
}

static void test_a_line_alone_proves_nothing(void **state)
{
	(void)state;
	expect(ROLE_VERIFY, PROCESS_EXITED, 3);
	expect(ROLE_AUDIT, PROCESS_EXITED, 0);
}

/* A git whose processes all hold `life`; whose leader ends if `ends`. */
static void start_git(int *life, bool leader_ends)
{
	int order[2], held[2];

	assert_int_equal(pipe2(order, O_CLOEXEC), 0);
	assert_int_equal(pipe2(held, O_CLOEXEC), 0);
	int fds[] = {order[0], held[1]};
	assert_non_null(children_start(children, ROLE_GIT, CHILDREN_FIRST_ORDER, fds, 2));
	if (leader_ends)
		assert_int_equal(write(order[1], "x", 1), 1);
	*life = held[0];
	close(order[1]);
}

static bool is_over(int life, int wait_ms)
{
	struct pollfd end = {.fd = life, .events = POLLIN};

	return poll(&end, 1, wait_ms) == 1 && (end.revents & POLLHUP);
}

static void test_nothing_of_a_git_survives_its_end(void **state)
{
	struct child_end end;
	siginfo_t info;
	int life;

	(void)state;
	start_git(&life, true);
	assert_int_equal(waitid(P_ALL, 0, &info, WEXITED | WNOWAIT), 0);
	assert_false(is_over(life, 50));
	assert_int_equal(children_reap(children, &end), 1);
	assert_int_equal(end.how, PROCESS_EXITED);
	assert_true(is_over(life, 5000));
	close(life);
}

static void test_nothing_of_a_git_survives_a_kill(void **state)
{
	struct child_end end;
	siginfo_t info;
	int life;

	(void)state;
	start_git(&life, false);
	assert_false(is_over(life, 200));
	children_kill(children, CHILDREN_FIRST_ORDER);
	assert_true(is_over(life, 5000));
	assert_int_equal(waitid(P_ALL, 0, &info, WEXITED | WNOWAIT), 0);
	assert_int_equal(children_reap(children, &end), 1);
	assert_int_equal(end.how, PROCESS_SIGNALLED);
	assert_int_equal(end.number, SIGKILL);
	close(life);
}

static void start(enum role role)
{
	int fds[] = {open("/dev/null", O_RDONLY | O_CLOEXEC)};

	assert_non_null(children_start(children, role, CHILDREN_FIRST_ORDER, fds, 1));
}

static enum role role_of_next_end(void)
{
	struct child_end end;
	siginfo_t info;

	assert_int_equal(waitid(P_ALL, 0, &info, WEXITED | WNOWAIT), 0);
	assert_int_equal(children_reap(children, &end), 1);
	assert_int_equal(end.number, SIGKILL);
	return end.role;
}

static void test_those_that_have_work_to_finish_are_spared(void **state)
{
	struct child_end end;
	int life;

	(void)state;
	start(ROLE_TREE);
	start(ROLE_STORE);
	start_git(&life, false);
	children_kill_all_but(children, UINT32_C(1) << ROLE_TREE);
	enum role first = role_of_next_end(), second = role_of_next_end();
	assert_true((first == ROLE_GIT && second == ROLE_STORE) ||
		    (first == ROLE_STORE && second == ROLE_GIT));
	assert_true(is_over(life, 5000));
	close(life);
	assert_int_equal(children_reap(children, &end), 0);
	assert_true(children_left(children));
	children_kill_all_but(children, 0);
	assert_int_equal(role_of_next_end(), ROLE_TREE);
	assert_false(children_left(children));
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_handlers_line_names_the_call),
		cmocka_unit_test(test_a_spoilt_line_hides_nothing),
		cmocka_unit_test(test_a_closed_log_hides_nothing),
		cmocka_unit_test(test_the_kernels_own_verdict_counts),
		cmocka_unit_test(test_a_line_alone_proves_nothing),
		cmocka_unit_test(test_nothing_of_a_git_survives_its_end),
		cmocka_unit_test(test_nothing_of_a_git_survives_a_kill),
		cmocka_unit_test(test_those_that_have_work_to_finish_are_spared),
	};

	if (argc == 1 && strncmp(argv[0], "ghward-", strlen("ghward-")) == 0)
		act(argv[0]);
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
