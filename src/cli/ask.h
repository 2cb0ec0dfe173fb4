/* Asking a person for what must not be seen. */
#ifndef GHWARD_CLI_ASK_H
#define GHWARD_CLI_ASK_H

#include "lib/failure/failure.h"

#include <stdbool.h>
#include <stddef.h>

/* True when somebody sits at a terminal: standard input or standard error is one. */
bool ask_possible(void);

/* Asks on /dev/tty and reads one line of at most `size` bytes without showing it. Whatever happens
 * meanwhile, Ctrl-C included, the terminal is left as it was; only while the process is stopped
 * with Ctrl-Z it is lent to others. Returns 0 with the line, which has neither line feed nor NUL at
 * its end, or -1 with a failure. The caller wipes the line. */
int ask_secret(const char *prompt, char *line, size_t size, size_t *length, struct failure *)
	__attribute__((warn_unused_result, nonnull));

#endif
