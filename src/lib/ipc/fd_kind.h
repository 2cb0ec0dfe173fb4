/* What kind of object a received descriptor is. */
#ifndef GHWARD_IPC_FD_KIND_H
#define GHWARD_IPC_FD_KIND_H

#include "lib/ipc/channel.h"

/* True when fd is of that kind and opened in that mode. */
bool ipc_fd_is(int fd, enum ipc_fd_kind);

#endif
