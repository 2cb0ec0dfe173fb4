/* ghward-git itself, behind the sandboxes of the agent and its own, with the test as its broker,
 * which answers by git's own server. */
#ifndef GHWARD_TESTS_FAKEBROKER_H
#define GHWARD_TESTS_FAKEBROKER_H

#include "lib/ipc/channel.h"
#include "lib/ipc/protocol.h"

#include <sys/types.h>

/* What becomes of the answers to requests of one command. */
enum fault {
	FAULT_NONE,
	FAULT_CUT,     /* the first bytes, then a failure */
	FAULT_SHORT,   /* the first bytes, as if that were all */
	FAULT_GARBAGE, /* something else */
	FAULT_ERROR,   /* git's own way to refuse */
	FAULT_ENDLESS, /* progress without end, until a cap is reached */
	FAULT_SILENT,  /* nothing ever comes */
	FAULT_RAW      /* `raw` */
};

struct fakebroker {
	pid_t pid;
	int channel;
	const char *server; /* path of the repository */
	enum fault fault;
	enum git_command at;
	const char *raw;
	unsigned requests;
	uint64_t received; /* as it said last */
	struct sandbox_report report;
	struct sync_result result;
	char note[512];
	int status; /* of ghward-git, as waitpid(2) gives it; once it has ended */
	bool done;
};

/* As the settings have them by default, but for a minute's time. */
struct git_work fakebroker_work(enum sync_action, enum repos_mode);

/* `worktree` may be NULL. */
void fakebroker_start(struct fakebroker *, const char *directory, const char *worktree);
void fakebroker_order(struct fakebroker *, const struct git_work *);
/* Handles one message. Returns false at the end of ghward-git, which is reaped then. */
bool fakebroker_receive(struct fakebroker *);

/* All of that. */
struct fakebroker fakebroker_run(const char *server, const char *directory, const char *worktree,
				 const struct git_work *);

#endif
