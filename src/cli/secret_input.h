/* Where a secret that is to be stored comes from: a file, a variable, standard input or a person.
 */
#ifndef GHWARD_CLI_SECRET_INPUT_H
#define GHWARD_CLI_SECRET_INPUT_H

#include "cli/options.h"
#include "lib/ipc/protocol.h"

/* Makes standard input what has the secret, by --from-file and --from-env; a variable is moved into
 * a pipe and overwritten, and at a terminal somebody is asked for a token. What is on standard
 * input otherwise is never looked at. To be called before any process is started. Returns 0, or -1
 * with a failure. */
int secret_input_open(const struct options *, enum secret_form, struct failure *)
	__attribute__((warn_unused_result, nonnull));

#endif
