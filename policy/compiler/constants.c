/* Names that policies may use for arguments. */
#include "rules.h"

#include <asm/ioctls.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>

#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 0x0008U
#endif

/* Arguments are compared as 32 bits widened without sign, as the kernel passes an int. */
#define NAMED(constant) {#constant, (uint64_t)(unsigned)(constant)}

static const struct {
	const char *name;
	uint64_t value;
} constants[] = {
	NAMED(AF_INET), NAMED(AF_INET6), NAMED(AF_UNIX), NAMED(AF_NETLINK),
	NAMED(SOCK_SEQPACKET), NAMED(SOCK_STREAM), NAMED(SOCK_DGRAM), NAMED(SOCK_CLOEXEC),
	NAMED(SOL_SOCKET), NAMED(SO_TYPE), NAMED(SO_DOMAIN), NAMED(SO_ERROR), NAMED(SO_PEERCRED),
	NAMED(PROT_EXEC), NAMED(PROT_READ), NAMED(PROT_WRITE), NAMED(PROT_NONE),
	NAMED(MAP_ANONYMOUS), NAMED(MAP_PRIVATE), NAMED(MADV_DONTNEED), NAMED(MADV_FREE),
	NAMED(F_GETFL), NAMED(F_SETFL), NAMED(F_GETFD), NAMED(F_SETFD), NAMED(F_DUPFD_CLOEXEC),
	NAMED(F_GET_SEALS), NAMED(F_ADD_SEALS), NAMED(F_OFD_SETLK),
	NAMED(O_ACCMODE), NAMED(O_RDONLY), NAMED(O_WRONLY), NAMED(O_RDWR), NAMED(O_CREAT),
	NAMED(O_TRUNC), NAMED(AT_FDCWD), NAMED(AT_EMPTY_PATH),
	NAMED(TIOCGWINSZ), NAMED(TCGETS), NAMED(FIONBIO),
	NAMED(CLONE_THREAD),
	NAMED(MFD_CLOEXEC), NAMED(MFD_ALLOW_SEALING), NAMED(MFD_NOEXEC_SEAL),
};

static const struct {
	const char *name;
	int number;
} errors[] = {
	{"EACCES", EACCES}, {"EPERM", EPERM}, {"ENOSYS", ENOSYS}, {"ENOTTY", ENOTTY},
	{"EAFNOSUPPORT", EAFNOSUPPORT}, {"EBADF", EBADF}, {"ENOENT", ENOENT},
};

int constant_value(const char *name, uint64_t *value)
{
	char *end;

	for (size_t i = 0; i < sizeof(constants) / sizeof(constants[0]); i++) {
		if (strcmp(constants[i].name, name) == 0) {
			*value = constants[i].value;
			return 0;
		}
	}
	errno = 0;
	*value = strtoull(name, &end, 0);
	return *name >= '0' && *name <= '9' && *end == 0 && errno == 0 ? 0 : -1;
}

int constant_errno(const char *name)
{
	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		if (strcmp(errors[i].name, name) == 0)
			return errors[i].number;
	}
	return -1;
}
