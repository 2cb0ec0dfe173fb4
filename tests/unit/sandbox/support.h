/* Children that are confined, and what became of them. */
#ifndef GHWARD_TESTS_SANDBOX_SUPPORT_H
#define GHWARD_TESTS_SANDBOX_SUPPORT_H

/* cmocka.h needs these four before it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdbool.h>
#include <sys/types.h>

struct outcome {
	int status;	  /* exit status, -1 when ended by a signal */
	int signal;	  /* that signal, 0 otherwise */
	char errors[512]; /* what it wrote to descriptor 2 */
};

/* Runs body in a child and waits for it; a body that returns true exits with 0, else with 1. The
 * child has /dev/null as descriptors 0 and 1, a pipe as 2, and nothing else. */
struct outcome run_child(bool (*body)(void));

/* Makes this process's kernel seem older: a seccomp filter that answers a system call with an errno
 * where the low half of an argument is at least `least`. argument -1: always. Ends the process on
 * failure. */
void pretend(long number, int argument, uint32_t least, int error);

/* Like pretend(), but the call is a violation. */
void forbid(long number);

#endif
