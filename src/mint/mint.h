/* The one conversation of ghward-mint. */
#ifndef GHWARD_MINT_MINT_H
#define GHWARD_MINT_MINT_H

#include "lib/ipc/message.h"

/* Says `hello` to the broker, takes one MESSAGE_MINT, reads its pipe to the end and says what was
 * in it. Returns when that is said, or the broker has gone before; a broker that breaks the
 * protocol ends the process. */
void mint_serve(struct ipc_message *hello) __attribute__((nonnull));

#endif
