/* A jq program at work. */
#ifndef GHWARD_JQ_PROGRAM_H
#define GHWARD_JQ_PROGRAM_H

#include "lib/failure/failure.h"

/* Called in place of a return where memory has come to its end; must not return. */
typedef void program_no_memory_fn(void *unused);

/* Compiles the program, gives it every JSON value that comes from `in` until end of file, and
 * writes its results to `out`, each on a line: strings as they are, anything else as compact JSON.
 * Closes `out`. There are no modules, no other inputs and no environment; `debug` and `stderr` pass
 * their input on and print nothing.
 *
 * The failure is FAILURE_NONE; FAILURE_USAGE for a program that does not compile; FAILURE_FILTER
 * for one that ends with an error, or that says halt_error; FAILURE_MALFORMED when the JSON broke
 * off or is none; FAILURE_INTERRUPTED when nobody reads the results. What came before it was
 * written. */
void program_run(const char *text, int in, int out, program_no_memory_fn *, struct failure *)
	__attribute__((nonnull));

#endif
