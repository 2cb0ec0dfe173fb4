/* sandbox_enter(): the numbered contract of its header, one function per step. */
#include "lib/sandbox/sandbox.h"

#include "lib/base/io.h"
#include "lib/sandbox/filter.h"
#include "lib/sandbox/steps.h"

#include <cap-ng.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/single_threaded.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* linux/prctl.h of Linux 6.3 */
#ifndef PR_SET_MDWE
#define PR_SET_MDWE 65
#define PR_MDWE_REFUSE_EXEC_GAIN 1
#endif

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED
#endif
#endif
#ifdef __SANITIZE_ADDRESS__
#define SANITIZED
#endif

#ifdef SANITIZED
/* No search for leaks at the end of a confined process: it needs a thread and ptrace. Tests ask for
 * it by the environment, which wins over this. */
const char *__asan_default_options(void);

__attribute__((visibility("default"))) const char *__asan_default_options(void)
{
	return "detect_leaks=0";
}
#endif

static const char *failed_step = "nothing";

const char *sandbox_failed_step(void)
{
	return failed_step;
}

static int check_single_thread(void)
{
	struct stat tasks;

	/* libc counts the threads it made, the kernel all: a directory has one link more per thread
	 * than the two of an empty one. */
	if (__libc_single_threaded && (stat("/proc/self/task", &tasks) < 0 || tasks.st_nlink == 3))
		return 0;
	errno = EBUSY;
	return -1;
}

int sandbox_close_above(unsigned last_fd)
{
	if (last_fd >= INT_MAX) {
		errno = EBADF;
		return -1;
	}
	for (unsigned fd = 0; fd <= last_fd; fd++) {
		if (fcntl((int)fd, F_GETFD) < 0 ||
		    (fd > STDERR_FILENO && fcntl((int)fd, F_SETFD, FD_CLOEXEC) < 0))
			return -1;
	}
	return io_close_from((int)last_fd + 1);
}

static int leave_session(enum sandbox_session session)
{
	static const int ignored[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};

	if (signal(SIGPIPE, SIG_IGN) == SIG_ERR || signal(SIGXFSZ, SIG_IGN) == SIG_ERR)
		return -1;
	if (session == SANDBOX_SAME_SESSION)
		return 0;
	for (size_t i = 0; i < sizeof(ignored) / sizeof(ignored[0]); i++) {
		if (signal(ignored[i], SIG_IGN) == SIG_ERR)
			return -1;
	}
	/* EPERM: a group leader already, as after being started by a service manager. */
	return setsid() < 0 && errno != EPERM ? -1 : 0;
}

static void raise_oom_score(int score)
{
	char text[16];

	if (score == 0)
		return;
	IO_AUTOCLOSE int fd = open("/proc/self/oom_score_adj", O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return;
	ssize_t got = io_read_full(fd, text, sizeof(text) - 1);
	text[got > 0 ? got : 0] = 0;
	/* Lowering takes a capability, and an outer setting that is higher has its reasons. */
	if (strtol(text, NULL, 10) >= score)
		return;
	int length = snprintf(text, sizeof(text), "%d", score);
	if (io_write_full(fd, text, (size_t)length) < 0)
		errno = 0;
}

static int set_limit(__rlimit_resource_t resource, uint64_t value)
{
	struct rlimit limit;

	if (value == 0)
		return 0;
	if (getrlimit(resource, &limit) < 0)
		return -1;
	if (limit.rlim_max != RLIM_INFINITY && limit.rlim_max < value)
		value = limit.rlim_max;
	limit.rlim_cur = limit.rlim_max = value;
	return setrlimit(resource, &limit);
}

/* At the soft limit the kernel sends SIGXCPU, which says why; at the hard one SIGKILL. */
static int set_cpu_limit(uint64_t seconds)
{
	struct rlimit limit;

	if (seconds == 0)
		return 0;
	if (set_limit(RLIMIT_CPU, seconds + 1) < 0 || getrlimit(RLIMIT_CPU, &limit) < 0)
		return -1;
	if (limit.rlim_cur > seconds)
		limit.rlim_cur = seconds;
	return setrlimit(RLIMIT_CPU, &limit);
}

static int set_limits(const struct sandbox_limits *limits)
{
	const struct rlimit no_core = {0, 0};

	if (setrlimit(RLIMIT_CORE, &no_core) < 0 || set_cpu_limit(limits->cpu_seconds) < 0 ||
	    set_limit(RLIMIT_FSIZE, limits->file_size) < 0 ||
	    set_limit(RLIMIT_NOFILE, limits->open_files) < 0)
		return -1;
		/* AddressSanitizer reserves terabytes. */
#ifndef SANITIZED
	if (set_limit(RLIMIT_AS, limits->address_space) < 0)
		return -1;
#endif
	return 0;
}

static int forbid_dumps(void)
{
	return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

static int die_with_parent(enum sandbox_parent fate, pid_t parent)
{
	if (fate == SANDBOX_OUTLIVE_PARENT)
		return 0;
	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0)
		return -1;
	/* The parent may have gone before; then nothing would ever be sent. */
	if (getppid() != parent) {
		errno = ESRCH;
		return -1;
	}
	return 0;
}

static int drop_capabilities(void)
{
	capng_select_t sets = CAPNG_SELECT_CAPS | CAPNG_SELECT_AMBIENT;

	if (capng_get_caps_process() < 0)
		goto fail;
	/* Without CAP_SETPCAP the bounding set stays; no_new_privs keeps it out of reach. */
	if (capng_have_capability(CAPNG_EFFECTIVE, CAP_SETPCAP))
		sets |= CAPNG_SELECT_BOUNDS;
	capng_clear(CAPNG_SELECT_ALL);
	if (capng_apply(sets) < 0 || capng_get_caps_process() < 0 ||
	    capng_have_capabilities(CAPNG_SELECT_CAPS) != CAPNG_NONE)
		goto fail;
	return 0;
fail:
	errno = EPERM;
	return -1;
}

static int forbid_new_privileges(void)
{
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}

static void deny_write_execute(void)
{
	/* Inherited by children; ld.so maps their code executable from the start, which stays
	 * allowed. It is an addition to the filters, so a kernel without it is fine. */
	prctl(PR_SET_MDWE, PR_MDWE_REFUSE_EXEC_GAIN, 0, 0, 0);
}

static int enter_landlock(const struct landlock_rules *rules, struct sandbox_report *report)
{
	struct landlock_state state;

	if (landlock_enter(rules, &state) < 0)
		return -1;
	report->landlock_abi = state.abi;
	report->landlock_fs = state.fs;
	report->landlock_net = state.net;
	report->landlock_scope = state.scope;
	return 0;
}

static int load_filter(void)
{
	struct sock_fprog program = {
		.len = sandbox_filter_length,
		.filter = (struct sock_filter *)(uintptr_t)sandbox_filter_code,
	};

	return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program);
}

#define STEP(number, call)                                                                         \
	do {                                                                                       \
		failed_step = number;                                                              \
		if ((call) < 0)                                                                    \
			return -1;                                                                 \
	} while (0)

int sandbox_enter(const struct sandbox_spec *spec, struct sandbox_report *report)
{
	pid_t parent = getppid();

	memset(report, 0, sizeof(*report));
	sandbox_list_objects(report);
	report->syscalls_allowed = sandbox_filter_syscalls;
	sandbox_prime_libc();

	STEP("step 1 (single thread)", check_single_thread());
	STEP("step 2 (descriptors)", sandbox_close_above(spec->last_fd));
	STEP("step 3 (session)", leave_session(spec->session));
	raise_oom_score(spec->oom_score_adj);
	STEP("step 5 (limits)", set_limits(&spec->limits));
	STEP("step 6 (dumpable)", forbid_dumps());
	STEP("step 7 (parent)", die_with_parent(spec->parent, parent));
	STEP("step 8 (capabilities)", drop_capabilities());
	STEP("step 9 (no_new_privs)", forbid_new_privileges());
	deny_write_execute();
	STEP("step 11 (Landlock)", enter_landlock(&spec->landlock, report));
	sandbox_run_probes(spec->landlock.extent, parent, report);
	STEP("step 13 (SIGSYS handler)", sandbox_report_violations());
	STEP("step 14 (seccomp)", load_filter());
	STEP("step 15 (self-test)", sandbox_test_libc());
	failed_step = "nothing";
	return 0;
}
