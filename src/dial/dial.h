/* The dialler: answers each MESSAGE_CONNECT with a connected socket or with the reason why not. */
#ifndef GHWARD_DIAL_DIAL_H
#define GHWARD_DIAL_DIAL_H

#include "dial/resolve.h"
#include "lib/ipc/channel.h"

/* Connects under way at a time; more is more than ghward-net ever asks for. */
#define DIAL_CONNECTS_MAX 64u

/* Takes over FD_CHANNEL and FD_DIAL_NET, says `hello` to the broker and serves ghward-net until
 * either of them ends. The resolver must outlive the dialler. */
void dial_serve(struct resolver *, struct ipc_message *hello) __attribute__((nonnull));

#endif
