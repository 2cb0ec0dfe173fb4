/* The loop of ghward-net: requests from the broker, sockets from ghward-dial, answers to the
 * broker. */
#ifndef GHWARD_NET_NET_H
#define GHWARD_NET_NET_H

#include "lib/ipc/message.h"
#include "net/roots.h"

/* Requests in hand, parked ones included; the broker's limits lie below it. */
#define NET_REQUESTS_MAX 256u

/* Takes over FD_CHANNEL, FD_NET_DIAL and the multi handle, says `hello` to the broker, and serves
 * it until it is gone. The roots must outlive the call. */
void net_serve(CURLM *, struct roots *, struct ipc_message *hello) __attribute__((nonnull));

#endif
