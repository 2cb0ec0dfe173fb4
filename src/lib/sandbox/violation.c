/* What happens when the filter traps: one line, and the end. */
#include "lib/sandbox/sandbox.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Async-signal-safe decimal; returns the length. */
static size_t put_number(char *text, unsigned number)
{
	char digits[12];
	size_t count = 0;

	do {
		digits[count++] = (char)('0' + number % 10);
		number /= 10;
	} while (number);
	for (size_t i = 0; i < count; i++)
		text[i] = digits[count - 1 - i];
	return count;
}

static void handle_violation(int signal, siginfo_t *info, void *context)
{
	static const char prefix[] = "violation syscall=";
	char line[sizeof(prefix) + 16];
	size_t used = sizeof(prefix) - 1;

	(void)signal;
	(void)context;
	memcpy(line, prefix, used);
	used += put_number(line + used, (unsigned)info->si_syscall);
	line[used++] = '\n';
	/* A full or closed log must not keep the process alive. */
	if (write(STDERR_FILENO, line, used) < 0)
		_exit(SANDBOX_EXIT_VIOLATION);
	_exit(SANDBOX_EXIT_VIOLATION);
}

int sandbox_report_violations(void)
{
	struct sigaction action = {.sa_sigaction = handle_violation, .sa_flags = SA_SIGINFO};

	sigfillset(&action.sa_mask);
	return sigaction(SIGSYS, &action, NULL);
}
