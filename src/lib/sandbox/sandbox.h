/* Confinement of one process.
 *
 * sandbox_enter() does these steps in this order and fails closed at the first that fails; what was done
 * until then stays done, so the caller can only exit:
 *
 *   1. Single thread: a second one would keep its old powers.
 *   2. Descriptors: exactly 0..last_fd are open. A missing one is an error, all above are closed.
 *   3. Signals: SIGINT, SIGTERM, SIGHUP, SIGPIPE ignored and a session of its own (children only), so that
 *      the terminal's keys reach only the command.
 *   4. oom_score_adj, while it is still writable (after step 6 it is root's).
 *   5. Resource limits, soft and hard; no core file ever.
 *   6. Not dumpable: no ptrace by the same user, /proc/PID is root's.
 *   7. SIGKILL when the parent dies (unless the role must outlive it); checked for having happened already.
 *   8. Capabilities: all sets emptied; bounding set too where permitted.
 *   9. no_new_privs.
 *  10. Memory-deny-write-execute, where the kernel has it (6.3).
 *  11. Landlock: every right of the kernel's ABI is handled; only the listed paths and ports stay. Where
 *      the kernel lacks it: an error, unless the caller accepts that.
 *  12. Probes: a handful of acts that must fail now are tried, and what happened is reported.
 *  13. SIGSYS handler: writes one line to descriptor 2 and exits with SANDBOX_EXIT_VIOLATION.
 *  14. seccomp: this executable's filter (filter.h). From here on rt_sigaction is not allowed, so the
 *      handler stays.
 *  15. Self-test: a few calls of libc that must work do; else a new libc would fail later and obscurely.
 *
 * Not promised: protection of the process from the kernel, from root outside, or from unconfined code of the
 * same user, which can always stop or starve it. Inherited filters and Landlock domains stay in force below
 * these. */
#ifndef GHWARD_SANDBOX_SANDBOX_H
#define GHWARD_SANDBOX_SANDBOX_H

#include "lib/sandbox/landlock.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Exit status of a process that was ended by its filter. */
#define SANDBOX_EXIT_VIOLATION 159

enum sandbox_parent { SANDBOX_DIE_WITH_PARENT, SANDBOX_OUTLIVE_PARENT };
enum sandbox_session { SANDBOX_OWN_SESSION, SANDBOX_SAME_SESSION };

/* 0 leaves a limit as it is. */
struct sandbox_limits {
	uint64_t address_space; /* bytes */
	uint64_t cpu_seconds;
	uint64_t file_size; /* bytes */
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
	SANDBOX_PROBE_OPEN_FILE,    /* read /etc/passwd */
	SANDBOX_PROBE_CREATE_FILE,  /* create a file in /tmp */
	SANDBOX_PROBE_CONNECT,      /* TCP to port 9 of loopback, for Landlock ABI 4 */
	SANDBOX_PROBE_PTRACE,       /* attach to the parent */
	SANDBOX_PROBE_REGAIN_ROOT,  /* set the effective capability set */
	SANDBOX_PROBES
};

/* What a process says about itself before the first outside byte. Bits are by enum sandbox_probe. */
struct sandbox_report {
	uint32_t landlock_abi;
	uint64_t landlock_fs, landlock_net, landlock_scope; /* handled access rights */
	uint32_t probes_done, probes_blocked;
	uint16_t syscalls_allowed;
	char objects[512]; /* shared objects, comma-separated */
};

/* Returns 0, or -1 with errno and the step in sandbox_failed_step(). */
int sandbox_enter(const struct sandbox_spec *, struct sandbox_report *)
	__attribute__((warn_unused_result, nonnull));

/* The step at which sandbox_enter() failed. */
const char *sandbox_failed_step(void) __attribute__((returns_nonnull));

/* Step 2 alone: for the agent, which opens more descriptors before it confines itself. */
int sandbox_close_above(unsigned last_fd) __attribute__((warn_unused_result));

const char *sandbox_probe_name(enum sandbox_probe) __attribute__((returns_nonnull));

/* Steps 13 and 14 live in files of their own. */
int sandbox_report_violations(void) __attribute__((warn_unused_result));
void sandbox_run_probes(const struct landlock_rules *, struct sandbox_report *)
	__attribute__((nonnull));

#endif
