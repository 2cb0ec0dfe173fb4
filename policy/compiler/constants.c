/* Names that policies may use for arguments. */
#include "rules.h"

#include <asm/ioctls.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>

/* Newer than the headers of Debian 12: Linux 6.3, 6.5, 6.14, 6.3. */
#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 0x0008U
#endif
#ifndef SO_PEERPIDFD
#define SO_PEERPIDFD 77
#endif
#ifndef AT_EXECVE_CHECK
#define AT_EXECVE_CHECK 0x10000
#endif
#ifndef PR_SET_MDWE
#define PR_SET_MDWE 65
#endif

/* clang-format off */

/* Arguments are compared as 32 bits widened without sign, as the kernel passes an int. */
#define NAMED(constant) {#constant, (uint64_t)(unsigned)(constant)}

static const struct {
	const char *name;
	uint64_t value;
} constants[] = {
	NAMED(AF_INET), NAMED(AF_INET6), NAMED(AF_UNIX), NAMED(AF_NETLINK),
	NAMED(SOCK_SEQPACKET), NAMED(SOCK_STREAM), NAMED(SOCK_DGRAM), NAMED(SOCK_CLOEXEC),
	NAMED(SOCK_NONBLOCK), NAMED(MSG_FASTOPEN), NAMED(FUTEX_WAKE_PRIVATE),
	NAMED(SOL_SOCKET), NAMED(SO_TYPE), NAMED(SO_DOMAIN), NAMED(SO_ERROR), NAMED(SO_PEERCRED),
	NAMED(SO_PEERPIDFD), NAMED(SO_KEEPALIVE), NAMED(IPPROTO_TCP), NAMED(TCP_NODELAY),
	NAMED(PROT_EXEC), NAMED(PROT_READ), NAMED(PROT_WRITE), NAMED(PROT_NONE),
	NAMED(MAP_ANONYMOUS), NAMED(MAP_PRIVATE), NAMED(MAP_SHARED),
	NAMED(MADV_DONTNEED), NAMED(MADV_FREE), NAMED(MADV_DONTFORK), NAMED(MADV_DONTDUMP),
	NAMED(MADV_WIPEONFORK),
	NAMED(F_GETFL), NAMED(F_SETFL), NAMED(F_GETFD), NAMED(F_SETFD), NAMED(F_DUPFD_CLOEXEC),
	NAMED(F_GET_SEALS), NAMED(F_ADD_SEALS), NAMED(F_OFD_SETLK), NAMED(F_OFD_GETLK),
	NAMED(O_ACCMODE), NAMED(O_RDONLY), NAMED(O_WRONLY), NAMED(O_RDWR), NAMED(O_CREAT),
	NAMED(O_TRUNC), NAMED(O_CLOEXEC), NAMED(O_NONBLOCK),
	NAMED(AT_EMPTY_PATH), NAMED(AT_EXECVE_CHECK), NAMED(FALLOC_FL_KEEP_SIZE),
	NAMED(AT_SYMLINK_NOFOLLOW),
	NAMED(F_SETPIPE_SZ),
	NAMED(TIOCGWINSZ), NAMED(TCGETS), NAMED(FIONBIO), NAMED(FIONREAD),
	NAMED(CLONE_CHILD_SETTID), NAMED(CLONE_CHILD_CLEARTID), NAMED(SIGCHLD),
	NAMED(CLONE_VM), NAMED(CLONE_FS), NAMED(CLONE_FILES), NAMED(CLONE_SIGHAND), NAMED(CLONE_THREAD),
	NAMED(CLONE_SYSVSEM), NAMED(CLONE_SETTLS), NAMED(CLONE_PARENT_SETTID),
	NAMED(SIGKILL), NAMED(SIGTERM), NAMED(SIGINT), NAMED(SIGHUP), NAMED(SIGQUIT), NAMED(SIGPIPE),
	NAMED(CLOCK_REALTIME), NAMED(CLOCK_MONOTONIC), NAMED(CLOCK_BOOTTIME),
	NAMED(MFD_CLOEXEC), NAMED(MFD_ALLOW_SEALING), NAMED(MFD_NOEXEC_SEAL),
	NAMED(PR_SET_DUMPABLE), NAMED(PR_SET_PDEATHSIG), NAMED(PR_SET_CHILD_SUBREAPER),
	NAMED(PR_SET_NO_NEW_PRIVS),
	NAMED(PR_CAPBSET_READ), NAMED(PR_CAPBSET_DROP), NAMED(PR_CAP_AMBIENT), NAMED(PR_SET_MDWE),
	NAMED(PR_GET_DUMPABLE), NAMED(PR_SET_NAME), NAMED(PR_SET_VMA), NAMED(PR_GET_SECUREBITS),
	NAMED(PR_GET_NO_NEW_PRIVS),
	NAMED(SECCOMP_SET_MODE_FILTER),
};
/* clang-format on */

static const struct {
	const char *name;
	int number;
} errors[] = {
	{"EACCES", EACCES},
	{"EPERM", EPERM},
	{"ENOSYS", ENOSYS},
	{"ENOTTY", ENOTTY},
	{"EAFNOSUPPORT", EAFNOSUPPORT},
	{"EBADF", EBADF},
	{"ENOENT", ENOENT},
};

static int single_value(const char *name, size_t length, uint64_t *value)
{
	char *end;

	for (size_t i = 0; i < sizeof(constants) / sizeof(constants[0]); i++) {
		if (strlen(constants[i].name) == length &&
		    memcmp(constants[i].name, name, length) == 0) {
			*value = constants[i].value;
			return 0;
		}
	}
	errno = 0;
	*value = strtoull(name, &end, 0);
	return *name >= '0' && *name <= '9' && end == name + length && errno == 0 ? 0 : -1;
}

int constant_value(const char *names, uint64_t *value)
{
	*value = 0;
	for (;;) {
		size_t length = strcspn(names, "|");
		uint64_t part;
		if (single_value(names, length, &part) < 0)
			return -1;
		*value |= part;
		if (!names[length])
			return 0;
		names += length + 1;
	}
}

int constant_errno(const char *name)
{
	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		if (strcmp(errors[i].name, name) == 0)
			return errors[i].number;
	}
	return -1;
}
