/* Starting and reaping the processes of the design's table; nothing else can be started. */
#ifndef GHWARD_AGENT_CHILDREN_H
#define GHWARD_AGENT_CHILDREN_H

#include "agent/logs.h"
#include "lib/ipc/loop.h"
#include "lib/ipc/protocol.h"

#include <sys/types.h>

/* Workers of all clients together, and everything else. */
#define CHILDREN_MAX 512u

/* Orders of the broker are numbered from here; smaller numbers are the agent's own children. */
#define CHILDREN_FIRST_ORDER 16u

/* Descriptors of a child from 3 on: the broker has most. */
#define CHILD_FDS_MAX 8u

struct child {
	struct child *next;
	enum role role;
	uint32_t order; /* id of the broker's spawn order, or the agent's own number */
	pid_t pid;
	int pidfd;
	struct log_source *log;
};

struct children;

/* `helpers` is the directory with the executables: they are opened now, so that an upgrade
 * underneath cannot mix versions. Ends the process if one is missing. */
struct children *children_new(struct loop *, const char *helpers, const struct log_style *)
	__attribute__((nonnull, returns_nonnull));

/* Starts a process with fds as its descriptors 3, 4, ...; closes them in any case.
 * Returns the child, which stays this module's, or NULL (errno). */
const struct child *children_start(struct children *, enum role, uint32_t order, int *fds,
				   unsigned fd_count) __attribute__((nonnull));

struct child_end {
	enum role role;
	uint32_t order;
	pid_t pid;
	enum process_end how;
	uint32_t number; /* exit status, signal or system call */
};

/* Reaps one ended child. Returns 1, or 0 when none has ended. */
int children_reap(struct children *, struct child_end *) __attribute__((nonnull));

/* Kills the child of that order; an unknown one is ignored, as it may just have ended. */
void children_kill(struct children *, uint32_t order) __attribute__((nonnull));
/* Kills all but those whose roles are in `spared`, a set of 1 << role; ghward-git first, so that
 * nobody writes any more when ghward-tree tidies up. */
void children_kill_all_but(struct children *, uint32_t spared) __attribute__((nonnull));
bool children_left(const struct children *) __attribute__((nonnull));

#endif
