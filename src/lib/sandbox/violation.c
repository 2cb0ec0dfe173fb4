/* The handler of SIGSYS: one line, then the end. Async-signal-safe throughout. */
#include "lib/sandbox/steps.h"

#include <signal.h>
#include <stddef.h>
#include <unistd.h>

#define DIGITS_MAX 10u

static char *put_text(char *at, const char *text)
{
	while (*text)
		*at++ = *text++;
	return at;
}

static char *put_number(char *at, unsigned number, unsigned base)
{
	char digits[DIGITS_MAX];
	size_t count = 0;

	do {
		digits[count++] = "0123456789abcdef"[number % base];
		number /= base;
	} while (number);
	while (count)
		*at++ = digits[--count];
	return at;
}

static _Noreturn void report_violation(int signal, siginfo_t *info, void *context)
{
	char line[64], *at = line;

	(void)signal;
	(void)context;
	at = put_text(at, "violation syscall=");
	at = put_number(at, (unsigned)info->si_syscall, 10);
	at = put_text(at, " arch=");
	at = put_number(at, info->si_arch, 16);
	at = put_text(at, "\n");
	/* A full or closed log must not keep the process alive. */
	ssize_t written = write(STDERR_FILENO, line, (size_t)(at - line));
	(void)written;
	_exit(SANDBOX_EXIT_VIOLATION);
}

int sandbox_report_violations(void)
{
	struct sigaction action = {.sa_sigaction = report_violation, .sa_flags = SA_SIGINFO};
	sigset_t violation;

	sigfillset(&action.sa_mask);
	sigemptyset(&violation);
	sigaddset(&violation, SIGSYS);
	if (sigaction(SIGSYS, &action, NULL) < 0)
		return -1;
	/* Blocked, it would end the process without the line. */
	return sigprocmask(SIG_UNBLOCK, &violation, NULL);
}
