/* Confinement of one process.
 *
 * sandbox_enter() does these steps in this order and fails closed at the first that fails; what
 * was done until then stays done, so the caller can only exit:
 *
 *   1. Single thread: a second one would keep its old powers.
 *   2. Descriptors: exactly 0..last_fd are open. A missing one is an error, all above are closed.
 *   3. Signals: SIGPIPE and SIGXFSZ ignored, so that they show as errors. With
 *      SANDBOX_OWN_SESSION also SIGINT, SIGTERM, SIGHUP and SIGQUIT, and a session of its own, so
 *      that the terminal's keys reach only the command. (The leader of a process group cannot have
 *      one and stays; the agent's children never lead one.)
 *   4. oom_score_adj, raised and never lowered, where /proc permits: not for a program that may be
 *      executed but not read, as its /proc directory is root's from the start.
 *   5. Resource limits, soft and hard (that of CPU time a second later); no core file ever.
 *   6. Not dumpable: no ptrace by the same user, /proc/PID is root's.
 *   7. SIGKILL when the parent dies (unless the role must outlive it); an error if it died since
 *      step 1. A parent that was dead even before shows by the end of file on the channel.
 *   8. Capabilities: all sets emptied; bounding set too where permitted.
 *   9. no_new_privs.
 *  10. Memory-deny-write-execute, where the kernel has it (6.3).
 *  11. Landlock: every right of the kernel's ABI is handled; only the listed paths and ports stay.
 *      Where the kernel lacks it: an error, unless the caller accepts that.
 *  12. Probes: a handful of acts that must fail now are tried, and what happened is reported. None
 *      of them leaves a trace when it succeeds.
 *  13. SIGSYS handler: writes one line to descriptor 2 and exits with SANDBOX_EXIT_VIOLATION.
 *  14. seccomp: this executable's filter (filter.h). Of the filters only the agent's allows
 *      rt_sigaction, so the handler stays.
 *  15. Self-test: libc grows, moves and shrinks memory, sorts, reads clocks and formats a date. A
 *      libc that needs a call unknown to the policy is a violation here, not in the middle of work.
 *
 * Before all of this, libc is made to ask what it asks only once: the time zone, whose file it
 * opens when first asked for a date, even in UTC; the size of memory, before it sorts a larger
 * array.
 *
 * Not promised: protection of the process from the kernel, from root outside, or from unconfined
 * code of the same user, which can always stop or starve it. Landlock covers neither pathname unix
 * sockets nor network addresses, nor what stat(2) shows of files. Inherited filters and Landlock
 * domains stay in force below these. */
#ifndef GHWARD_SANDBOX_SANDBOX_H
#define GHWARD_SANDBOX_SANDBOX_H

#include "lib/sandbox/landlock.h"

#include <stddef.h>
#include <stdint.h>

/* Exit status of a process that was ended by its filter, as a shell reports SIGSYS. The last line
 * on its descriptor 2 then is "violation syscall=NUMBER arch=AUDIT_ARCH", in decimal and
 * hexadecimal. */
#define SANDBOX_EXIT_VIOLATION 159

enum sandbox_parent { SANDBOX_DIE_WITH_PARENT, SANDBOX_OUTLIVE_PARENT };
enum sandbox_session { SANDBOX_OWN_SESSION, SANDBOX_SAME_SESSION };

/* 0 leaves a limit as it is. */
struct sandbox_limits {
	uint64_t address_space; /* bytes */
	uint64_t cpu_seconds;	/* SIGXCPU; a second later SIGKILL */
	uint64_t file_size;	/* bytes */
	uint64_t open_files;
};

struct sandbox_spec {
	unsigned last_fd;
	enum sandbox_session session;
	enum sandbox_parent parent;
	int oom_score_adj;
	struct sandbox_limits limits;
	struct landlock_rules landlock;
};

/* Acts that are tried between Landlock and seccomp. */
enum sandbox_probe {
	SANDBOX_PROBE_OPEN_FILE,   /* read /etc/passwd */
	SANDBOX_PROBE_CREATE_FILE, /* make a nameless file in /tmp */
	SANDBOX_PROBE_EXECUTE,	   /* ask whether /bin/sh may be executed, since Linux 6.14 */
	SANDBOX_PROBE_CONNECT,	   /* TCP to port 9 of loopback, for Landlock ABI 4 */
	SANDBOX_PROBE_SIGNAL,	   /* signal 0 to the parent, for Landlock ABI 6 */
	SANDBOX_PROBE_READ_MEMORY, /* process_vm_readv of the parent: the right that ptrace needs */
	SANDBOX_PROBE_REGAIN_ROOT, /* set the effective capability set */
	SANDBOX_PROBES
};

#define SANDBOX_OBJECTS_SIZE 512u

/* What a process says about itself before the first outside byte. Bits are by enum sandbox_probe; a
 * probe is not done where its outcome would say nothing. */
struct sandbox_report {
	uint32_t landlock_abi;
	uint64_t landlock_fs, landlock_net, landlock_scope; /* handled access rights */
	uint32_t probes_done, probes_blocked;
	uint16_t syscalls_allowed;	    /* by the own filter, for some arguments */
	char objects[SANDBOX_OBJECTS_SIZE]; /* shared objects, comma-separated; "..." last when cut
					     */
};

/* Returns 0, or -1 with errno and the step in sandbox_failed_step(). */
int sandbox_enter(const struct sandbox_spec *, struct sandbox_report *)
	__attribute__((warn_unused_result, nonnull));

/* The step at which sandbox_enter() failed. */
const char *sandbox_failed_step(void) __attribute__((returns_nonnull));

/* Step 2 alone: for the agent, which opens more descriptors before it confines itself. 3..last_fd
 * become close-on-exec. Returns 0, or -1 with errno; EBADF: one of them is not open. */
int sandbox_close_above(unsigned last_fd) __attribute__((warn_unused_result));

/* "open_file" for SANDBOX_PROBE_OPEN_FILE, and so on. */
const char *sandbox_probe_name(enum sandbox_probe) __attribute__((returns_nonnull));

#endif
