/* What ghward-verify found, for people and for programs. */
#ifndef GHWARD_CLI_VERIFY_PRINT_H
#define GHWARD_CLI_VERIFY_PRINT_H

#include "lib/ipc/protocol.h"

/* `terminal`: whether stdout is one, which a confined process cannot find out. */
void verify_print_json(const struct verify_result *, bool terminal) __attribute__((nonnull));

/* For a reader who never saw this program. */
void verify_print_text(const struct verify_result *) __attribute__((nonnull));

#endif
