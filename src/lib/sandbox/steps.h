/* Steps of sandbox_enter() that have a file of their own. Not for use outside of this module. */
#ifndef GHWARD_SANDBOX_STEPS_H
#define GHWARD_SANDBOX_STEPS_H

#include "lib/sandbox/sandbox.h"

#include <sys/types.h>

/* Before step 1: what libc asks the system only once, such as the time zone and the size of memory.
 */
void sandbox_prime_libc(void);

/* Step 12: tries what must fail and notes in the report what became of it. */
void sandbox_run_probes(enum landlock_extent, pid_t parent, struct sandbox_report *)
	__attribute__((nonnull));

/* Step 13. Returns 0, or -1 with errno. */
int sandbox_report_violations(void) __attribute__((warn_unused_result));

/* Step 15. Returns 0, or -1 with errno; a violation ends the process instead. */
int sandbox_test_libc(void) __attribute__((warn_unused_result));

/* Puts the base names of the loaded shared objects into the report. */
void sandbox_list_objects(struct sandbox_report *) __attribute__((nonnull));

/* The path of this program's dynamic loader, NULL for a static program. */
const char *sandbox_loader(void);

#endif
