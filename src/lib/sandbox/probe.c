/* Acts that must fail in a confined process, tried before seccomp so that Landlock and capabilities show. */
#include "lib/sandbox/sandbox.h"

#include "lib/base/io.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <netinet/in.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Each returns true when the act was refused. */

static bool open_is_blocked(void)
{
	IO_AUTOCLOSE int fd = open("/etc/passwd", O_RDONLY | O_CLOEXEC);

	return fd < 0 && (errno == EACCES || errno == EPERM);
}

static bool create_is_blocked(void)
{
	/* O_TMPFILE would leave nothing behind even if it worked. */
	IO_AUTOCLOSE int fd = open("/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

	return fd < 0;
}

static bool connect_is_blocked(void)
{
	IO_AUTOCLOSE int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct sockaddr_in discard = {
		.sin_family = AF_INET,
		.sin_port = htons(9),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};

	if (fd < 0)
		return true;
	return connect(fd, (struct sockaddr *)&discard, sizeof(discard)) < 0 && errno == EACCES;
}

static bool ptrace_is_blocked(void)
{
	return ptrace(PTRACE_SEIZE, getppid(), NULL, NULL) < 0;
}

static bool capabilities_are_gone(void)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct all[2] = {{.effective = ~0u, .permitted = ~0u},
						{.effective = ~0u, .permitted = ~0u}};

	return syscall(SYS_capset, &header, all) < 0;
}

void sandbox_run_probes(const struct landlock_rules *rules, struct sandbox_report *report)
{
	static const struct {
		enum sandbox_probe probe;
		bool (*is_blocked)(void);
	} probes[] = {
		{SANDBOX_PROBE_OPEN_FILE, open_is_blocked},
		{SANDBOX_PROBE_CREATE_FILE, create_is_blocked},
		{SANDBOX_PROBE_CONNECT, connect_is_blocked},
		{SANDBOX_PROBE_PTRACE, ptrace_is_blocked},
		{SANDBOX_PROBE_REGAIN_ROOT, capabilities_are_gone},
	};

	for (size_t i = 0; i < sizeof(probes) / sizeof(probes[0]); i++) {
		enum sandbox_probe probe = probes[i].probe;
		/* The agent's domain leaves files to its children, so only the others can be asked. */
		if (rules->extent == LANDLOCK_AGENT && probe <= SANDBOX_PROBE_PTRACE)
			continue;
		if (probe == SANDBOX_PROBE_CONNECT && !report->landlock_net)
			continue;
		if (probe == SANDBOX_PROBE_PTRACE && getppid() <= 1)
			continue;
		report->probes_done |= 1u << probe;
		if (probes[i].is_blocked())
			report->probes_blocked |= 1u << probe;
	}
}

const char *sandbox_probe_name(enum sandbox_probe probe)
{
	static const char *const names[SANDBOX_PROBES] = {
		[SANDBOX_PROBE_OPEN_FILE] = "open_file",
		[SANDBOX_PROBE_CREATE_FILE] = "create_file",
		[SANDBOX_PROBE_CONNECT] = "connect",
		[SANDBOX_PROBE_PTRACE] = "ptrace",
		[SANDBOX_PROBE_REGAIN_ROOT] = "capabilities",
	};

	return probe < SANDBOX_PROBES ? names[probe] : "unknown";
}
