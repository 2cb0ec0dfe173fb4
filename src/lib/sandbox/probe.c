/* Step 12: acts that must fail in a confined process, tried before seccomp so that Landlock and
 * capabilities show. */
#include "lib/sandbox/steps.h"

#include "lib/base/io.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

/* fcntl.h since Linux 6.14; before, EINVAL. */
#ifndef AT_EXECVE_CHECK
#define AT_EXECVE_CHECK 0x10000
#endif

enum outcome { PERMITTED, BLOCKED, UNKNOWN };

/* Any other error (a missing file, a read-only file system) shows nothing about the sandbox. */
static enum outcome judge(int error)
{
	return error == EACCES || error == EPERM ? BLOCKED : UNKNOWN;
}

static enum outcome open_file(pid_t parent)
{
	IO_AUTOCLOSE int fd = open("/etc/passwd", O_RDONLY | O_CLOEXEC);

	(void)parent;
	return fd < 0 ? judge(errno) : PERMITTED;
}

static enum outcome create_file(pid_t parent)
{
	IO_AUTOCLOSE int fd = open("/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

	(void)parent;
	return fd < 0 ? judge(errno) : PERMITTED;
}

static enum outcome execute(pid_t parent)
{
	char name[] = "sh";
	char *const arguments[] = {name, NULL}, *const environment[] = {NULL};

	(void)parent;
	/* With this flag the kernel only says whether it would. */
	if (syscall(SYS_execveat, AT_FDCWD, "/bin/sh", arguments, environment, AT_EXECVE_CHECK) < 0)
		return judge(errno);
	return PERMITTED;
}

static enum outcome connect_somewhere(pid_t parent)
{
	IO_AUTOCLOSE int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct sockaddr_in discard = {
		.sin_family = AF_INET,
		.sin_port = htons(9),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};

	(void)parent;
	if (fd < 0)
		return judge(errno);
	if (connect(fd, (struct sockaddr *)&discard, sizeof(discard)) == 0)
		return PERMITTED;
	/* Any other error came from the network, which was reached then. */
	return errno == EACCES ? BLOCKED : PERMITTED;
}

static enum outcome signal_parent(pid_t parent)
{
	return kill(parent, 0) < 0 ? judge(errno) : PERMITTED;
}

static enum outcome read_memory(pid_t parent)
{
	char byte;
	const struct iovec here = {.iov_base = &byte, .iov_len = 1};
	const struct iovec there = {.iov_base = NULL, .iov_len = 1};

	/* The right is checked first; after that, nothing is mapped at address 0. */
	if (syscall(SYS_process_vm_readv, parent, &here, 1ul, &there, 1ul, 0ul) < 0)
		return errno == EFAULT ? PERMITTED : judge(errno);
	return PERMITTED;
}

static enum outcome regain_root(pid_t parent)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct all[2] = {{.effective = ~0u, .permitted = ~0u},
						{.effective = ~0u, .permitted = ~0u}};

	(void)parent;
	return syscall(SYS_capset, &header, all) < 0 ? judge(errno) : PERMITTED;
}

static const struct {
	const char *name;
	enum outcome (*act)(pid_t parent);
} probes[SANDBOX_PROBES] = {
	[SANDBOX_PROBE_OPEN_FILE] = {"open_file", open_file},
	[SANDBOX_PROBE_CREATE_FILE] = {"create_file", create_file},
	[SANDBOX_PROBE_EXECUTE] = {"execute", execute},
	[SANDBOX_PROBE_CONNECT] = {"connect", connect_somewhere},
	[SANDBOX_PROBE_SIGNAL] = {"signal", signal_parent},
	[SANDBOX_PROBE_READ_MEMORY] = {"read_memory", read_memory},
	[SANDBOX_PROBE_REGAIN_ROOT] = {"capabilities", regain_root},
};

static int is_telling(enum sandbox_probe probe, enum landlock_extent extent, pid_t parent,
		      const struct sandbox_report *report)
{
	switch (probe) {
	case SANDBOX_PROBE_OPEN_FILE:
	case SANDBOX_PROBE_CREATE_FILE:
		/* The agent's domain leaves files to its children. */
		return extent == LANDLOCK_EVERYTHING;
	case SANDBOX_PROBE_CONNECT:
		return (report->landlock_net & LANDLOCK_NET_CONNECT_TCP) != 0;
	case SANDBOX_PROBE_SIGNAL:
		return (report->landlock_scope & LANDLOCK_SCOPE_SIGNAL) != 0 && parent > 0;
	case SANDBOX_PROBE_READ_MEMORY:
		/* 0: a parent outside of this process's namespace, which cannot even be named. */
		return parent > 0;
	case SANDBOX_PROBE_EXECUTE:
	case SANDBOX_PROBE_REGAIN_ROOT:
	case SANDBOX_PROBES:
		break;
	}
	return 1;
}

void sandbox_run_probes(enum landlock_extent extent, pid_t parent, struct sandbox_report *report)
{
	for (unsigned probe = 0; probe < SANDBOX_PROBES; probe++) {
		if (!is_telling((enum sandbox_probe)probe, extent, parent, report))
			continue;
		enum outcome outcome = probes[probe].act(parent);
		if (outcome != UNKNOWN)
			report->probes_done |= UINT32_C(1) << probe;
		if (outcome == BLOCKED)
			report->probes_blocked |= UINT32_C(1) << probe;
	}
}

const char *sandbox_probe_name(enum sandbox_probe probe)
{
	return probe < SANDBOX_PROBES ? probes[probe].name : "unknown";
}
