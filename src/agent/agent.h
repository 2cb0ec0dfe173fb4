/* The supervisor: starts the processes, wires them, hands clients on, reaps. */
#ifndef GHWARD_AGENT_AGENT_H
#define GHWARD_AGENT_AGENT_H

#include "agent/logs.h"
#include "lib/sandbox/sandbox.h"

enum agent_mode {
	AGENT_PRIVATE, /* one client, which is descriptor FD_AGENT_CLIENT; ends with it */
	AGENT_SERVE,   /* FD_AGENT_CLIENT listens; ends on SIGTERM or SIGINT */
	AGENT_SHARED,  /* the same, for clients of every user */
	AGENT_VERIFY,  /* starts ghward-verify between FD_AGENT_CLIENT and a directory, nothing else
			*/
	AGENT_SETTINGS, /* starts ghward-config between FD_AGENT_CLIENT, overrides and file */
};

struct agent_options {
	enum agent_mode mode;
	struct log_style log;
	const char *helpers; /* directory of the executables */
};

/* Runs until everything has ended; returns the exit status. */
int agent_run(const struct agent_options *) __attribute__((nonnull));

#endif
