/* The kernel's keyring, by system calls: libkeyutils would be one more library for five of them. */
#include "cli/keyring.h"

#include "lib/base/io.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/keyctl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define PAYLOAD_MAX 1024u

/* Everything for who has it in his keyrings; finding and reading for the user, whose session may
 * not lead to his keyring (cron, su). See keyctl_setperm(3). */
#define PERMISSIONS 0x3f0b0000u

#define ORDER_PROMOTE 'p'

static long find(const char *description)
{
	static const int rings[] = {KEY_SPEC_SESSION_KEYRING, KEY_SPEC_USER_KEYRING};
	long key = -1;

	for (size_t i = 0; i < sizeof(rings) / sizeof(rings[0]) && key < 0; i++)
		key = syscall(SYS_keyctl, KEYCTL_SEARCH, rings[i], "user", description, 0);
	return key;
}

ssize_t keyring_read(const char *description, char *payload, size_t size)
{
	long key = find(description);

	/* Not there, expired or revoked; or the kernel or a container has no keyrings. */
	if (key < 0)
		return 0;
	long length = syscall(SYS_keyctl, KEYCTL_READ, key, payload, size);
	if (length > (long)size) {
		errno = EMSGSIZE;
		return -1;
	}
	return length;
}

int keyring_store(const char *description, const char *payload, size_t length)
{
	long key =
		syscall(SYS_add_key, "user", description, payload, length, KEY_SPEC_USER_KEYRING);

	if (key < 0)
		return -1;
	return syscall(SYS_keyctl, KEYCTL_SETPERM, key, PERMISSIONS) < 0 ? -1 : 0;
}

int keyring_promote(void)
{
	char payload[PAYLOAD_MAX];
	ssize_t length = keyring_read(KEYRING_NEXT, payload, sizeof(payload));
	int status = -1;

	if (length > 0)
		status = keyring_store(KEYRING_CURRENT, payload, (size_t)length);
	explicit_bzero(payload, sizeof(payload));
	/* Only now: a current key is always there. */
	if (status == 0)
		status = syscall(SYS_keyctl, KEYCTL_UNLINK, find(KEYRING_NEXT),
				 KEY_SPEC_USER_KEYRING) < 0
				 ? -1
				 : 0;
	return status;
}

static _Noreturn void wait_for_order(int order)
{
	const int own = STDERR_FILENO + 1;
	char word = 0;

	prctl(PR_SET_NAME, "ghward-keyring");
	/* Ctrl-C is for the command, which may have succeeded already. */
	setsid();
	if (dup2(order, own) < 0 || io_close_from(own + 1) < 0)
		_exit(EXIT_FAILURE);
	ssize_t got;
	do {
		got = read(own, &word, 1);
	} while (got < 0 && errno == EINTR);
	if (got == 1 && word == ORDER_PROMOTE && keyring_promote() < 0)
		_exit(EXIT_FAILURE);
	_exit(EXIT_SUCCESS);
}

pid_t keyring_promoter_start(int *order)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -1;
	pid_t pid = fork();
	if (pid == 0)
		wait_for_order(ends[0]);
	io_close(&ends[0]);
	if (pid < 0)
		io_close(&ends[1]);
	*order = ends[1];
	return pid;
}

int keyring_promoter_finish(pid_t pid, int *order)
{
	const char word = ORDER_PROMOTE;
	int status = -1;

	if (write(*order, &word, 1) != 1)
		return -1;
	io_close(order);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return WIFEXITED(status) && WEXITSTATUS(status) == EXIT_SUCCESS ? 0 : -1;
}
