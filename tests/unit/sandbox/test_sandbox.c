/* The numbered contract, and that each step fails where it must. */
#include "support.h"

#include "lib/sandbox/filter.h"
#include "lib/sandbox/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define SYSCALL_CREATE_RULESET 444

/* Nothing is waited for: the parent of these children stays. */
static const struct sandbox_spec plain = {.last_fd = 2};

static bool failed_at(const char *step)
{
	return strstr(sandbox_failed_step(), step) != NULL;
}

/* --- step 1 --- */

static void *wait_for_ever(void *context)
{
	pause();
	return context;
}

static bool with_two_threads(void)
{
	struct sandbox_report report;
	pthread_t thread;

	return pthread_create(&thread, NULL, wait_for_ever, NULL) == 0 &&
	       sandbox_enter(&plain, &report) < 0 && errno == EBUSY && failed_at("single thread");
}

/* --- step 2 --- */

static bool closes_above(void)
{
	int low = dup(0), high = fcntl(0, F_DUPFD, 500);

	return low == 3 && high == 500 && sandbox_close_above(3) == 0 &&
	       fcntl(low, F_GETFD) == FD_CLOEXEC && fcntl(high, F_GETFD) < 0 &&
	       fcntl(STDERR_FILENO, F_GETFD) == 0;
}

static bool closes_above_without_close_range(void)
{
	int high = fcntl(0, F_DUPFD, 500);
	struct rlimit limit = {.rlim_cur = 1024, .rlim_max = 1024};

	/* As old container runtimes answer. */
	pretend(SYS_close_range, -1, 0, EPERM);
	return setrlimit(RLIMIT_NOFILE, &limit) == 0 && sandbox_close_above(2) == 0 &&
	       fcntl(high, F_GETFD) < 0 && fcntl(2, F_GETFD) == 0;
}

static bool misses_a_descriptor(void)
{
	struct sandbox_spec spec = plain;
	struct sandbox_report report;

	spec.last_fd = 3;
	return sandbox_close_above(3) < 0 && errno == EBADF && sandbox_enter(&spec, &report) < 0 &&
	       errno == EBADF && failed_at("descriptors");
}

static bool misses_a_descriptor_in_between(void)
{
	fcntl(0, F_DUPFD, 4);
	return sandbox_close_above(4) < 0 && errno == EBADF;
}

/* --- step 11 --- */

static bool without_landlock(void)
{
	struct sandbox_report report;

	pretend(SYSCALL_CREATE_RULESET, -1, 0, EOPNOTSUPP);
	return sandbox_enter(&plain, &report) < 0 && failed_at("Landlock");
}

static bool without_landlock_as_accepted(void)
{
	struct sandbox_spec spec = plain;
	struct sandbox_report report;

	spec.landlock.minimum = LANDLOCK_OPTIONAL;
	pretend(SYSCALL_CREATE_RULESET, -1, 0, EOPNOTSUPP);
	return sandbox_enter(&spec, &report) == 0 && report.landlock_abi == 0 &&
	       report.landlock_fs == 0 &&
	       !(report.probes_blocked & 1u << SANDBOX_PROBE_OPEN_FILE) &&
	       report.probes_done & 1u << SANDBOX_PROBE_OPEN_FILE;
}

static bool with_a_missing_path(void)
{
	struct sandbox_spec spec = plain;
	struct sandbox_report report;

	spec.landlock.paths[0] =
		(struct landlock_path){.path = "/nonexistent", .access = LANDLOCK_FS_READ_FILE};
	spec.landlock.path_count = 1;
	return sandbox_enter(&spec, &report) < 0 && errno == ENOENT && failed_at("Landlock");
}

/* --- steps 14 and 15 --- */

static bool without_seccomp(void)
{
	struct sandbox_report report;

	pretend(SYS_seccomp, -1, 0, EINVAL);
	return sandbox_enter(&plain, &report) < 0 && errno == EINVAL && failed_at("seccomp");
}

static bool enters(void)
{
	struct sandbox_report report;
	uint32_t abi = landlock_abi();

	return sandbox_enter(&plain, &report) == 0 && failed_at("nothing") &&
	       report.syscalls_allowed == sandbox_filter_syscalls && report.landlock_abi == abi &&
	       strstr(report.objects, "libc.so") && report.probes_done &&
	       report.probes_blocked == report.probes_done;
}

static bool opens_inside(void)
{
	struct sandbox_report report;

	return sandbox_enter(&plain, &report) == 0 && open("/etc/passwd", O_RDONLY) >= 0;
}

/* A libc that needs something the policy does not know. */
static bool with_a_libc_that_needs_more(void)
{
	struct sandbox_report report;

	forbid(SYS_mremap);
	return sandbox_enter(&plain, &report) == 0;
}

static void steps_fail_where_they_must(void **state)
{
	static bool (*const bodies[])(void) = {
		with_two_threads,
		closes_above,
		closes_above_without_close_range,
		misses_a_descriptor,
		misses_a_descriptor_in_between,
		without_landlock,
		without_landlock_as_accepted,
		with_a_missing_path,
		without_seccomp,
		enters,
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
		struct outcome outcome = run_child(bodies[i]);
		if (outcome.status != 0)
			fail_msg("body %zu: status %d signal %d %s", i, outcome.status,
				 outcome.signal, outcome.errors);
	}
}

static void forbidden_calls_end_the_process(void **state)
{
	char line[64];

	(void)state;
	struct outcome outcome = run_child(opens_inside);
	assert_int_equal(outcome.status, SANDBOX_EXIT_VIOLATION);
	snprintf(line, sizeof(line), "violation syscall=%d ", SYS_openat);
	assert_ptr_equal(strstr(outcome.errors, line), outcome.errors);
}

static void the_self_test_finds_an_unknown_libc(void **state)
{
	char line[64];

	(void)state;
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
	/* Its allocator stands in for libc's. */
	skip();
#endif
#endif
	struct outcome outcome = run_child(with_a_libc_that_needs_more);
	assert_int_equal(outcome.status, SANDBOX_EXIT_VIOLATION);
	snprintf(line, sizeof(line), "violation syscall=%d ", SYS_mremap);
	assert_non_null(strstr(outcome.errors, line));
}

/* --- what the kernel says --- */

#define OOM_SCORE 345
#define OPEN_FILES 37

static int held[2];

/* Enters and stays until the other end is closed. */
static void hold(int oom_score)
{
	const struct sandbox_spec spec = {
		.last_fd = 3,
		.oom_score_adj = oom_score,
		.limits = {.open_files = OPEN_FILES, .cpu_seconds = 1000000000},
	};
	struct sandbox_report report;
	char byte;

	if (dup2(held[1], 3) < 0 || sandbox_enter(&spec, &report) < 0)
		_exit(1);
	if (send(3, "x", 1, 0) == 1) {
		struct iovec part = {.iov_base = &byte, .iov_len = 1};
		struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
		_exit(recvmsg(3, &message, 0) == 0 ? 0 : 1);
	}
	_exit(1);
}

static void read_proc(pid_t pid, const char *name, char *text, size_t size)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	assert_return_code(fd, errno);
	ssize_t got = read(fd, text, size - 1);
	assert_return_code(got, errno);
	text[got] = 0;
	close(fd);
}

static pid_t start_held(int oom_score)
{
	char byte;

	assert_return_code(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, held), errno);
	pid_t pid = fork();
	assert_return_code(pid, errno);
	if (pid == 0)
		hold(oom_score);
	close(held[1]);
	assert_int_equal(recv(held[0], &byte, 1, 0), 1);
	return pid;
}

static void end_held(pid_t pid)
{
	int status;

	close(held[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static void limits_are_lowered_for_good(void **state)
{
	char text[4096], line[128];

	(void)state;
	pid_t pid = start_held(0);
	read_proc(pid, "limits", text, sizeof(text));
	snprintf(line, sizeof(line), "Max open files            %-20d %-20d ", OPEN_FILES,
		 OPEN_FILES);
	assert_non_null(strstr(text, line));
	assert_non_null(strstr(text, "Max core file size        0                    0   "));
	assert_non_null(strstr(text, "Max cpu time              1000000000           1000000001 "));
	end_held(pid);
}

static void the_oom_score_is_raised_only(void **state)
{
	char text[32];

	(void)state;
	pid_t pid = start_held(OOM_SCORE);
	read_proc(pid, "oom_score_adj", text, sizeof(text));
	assert_int_equal(strtol(text, NULL, 10), OOM_SCORE);
	end_held(pid);
	/* From here on the score of this process is higher than what is asked for. */
	int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
	assert_int_equal(write(fd, "500", 3), 3);
	close(fd);
	pid = start_held(OOM_SCORE);
	read_proc(pid, "oom_score_adj", text, sizeof(text));
	assert_int_equal(strtol(text, NULL, 10), 500);
	end_held(pid);
}

/* --- step 7 --- */

/* In a child that forks one of its own and dies at once: does the grandchild? */
static bool orphan(enum sandbox_parent fate)
{
	struct sandbox_spec spec = plain;
	struct sandbox_report report;
	int ready[2];
	char byte;

	spec.parent = fate;
	spec.last_fd = 4;
	if (pipe(ready) < 0)
		return false;
	pid_t pid = fork();
	if (pid == 0) {
		if (sandbox_enter(&spec, &report) < 0 || write(ready[1], "x", 1) != 1)
			_exit(1);
		struct timespec now, end;
		clock_gettime(CLOCK_MONOTONIC, &end);
		/* Long enough for a signal; nothing else ends it sooner. */
		do {
			clock_gettime(CLOCK_MONOTONIC, &now);
		} while (now.tv_sec - end.tv_sec < 2);
		/* The pipe of run_child() is still this process's descriptor 2. */
		_exit(write(STDERR_FILENO, "survived", 8) == 8 ? 0 : 1);
	}
	/* So that a child which failed shows as an end of file. */
	close(ready[1]);
	return pid > 0 && read(ready[0], &byte, 1) == 1;
}

static bool orphan_that_dies(void)
{
	return orphan(SANDBOX_DIE_WITH_PARENT);
}

static bool orphan_that_lives(void)
{
	return orphan(SANDBOX_OUTLIVE_PARENT);
}

static void children_die_with_their_parent_unless_they_must_not(void **state)
{
	(void)state;
	/* run_child() reads until the last holder of the pipe has gone. */
	assert_string_equal(run_child(orphan_that_dies).errors, "");
	assert_string_equal(run_child(orphan_that_lives).errors, "survived");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(steps_fail_where_they_must),
		cmocka_unit_test(forbidden_calls_end_the_process),
		cmocka_unit_test(the_self_test_finds_an_unknown_libc),
		cmocka_unit_test(limits_are_lowered_for_good),
		cmocka_unit_test(children_die_with_their_parent_unless_they_must_not),
		cmocka_unit_test(the_oom_score_is_raised_only),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
