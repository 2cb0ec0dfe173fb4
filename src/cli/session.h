/* Talking to an agent: one job, its output, its end. */
#ifndef GHWARD_CLI_SESSION_H
#define GHWARD_CLI_SESSION_H

#include "cli/launch.h"
#include "lib/ipc/channel.h"
#include "lib/sandbox/sandbox.h"

enum session_agent {
	SESSION_ANY,	 /* a running one, else a private one, which a named vault needs */
	SESSION_PRIVATE, /* --private */
};

/* The connection itself is descriptor FD_CHANNEL. */
struct session {
	struct launched agent; /* its pid is 0 when it is not ours */
	uint8_t *buffer;
};

/* How a job ended. */
struct session_end {
	struct failure failure;
	char job[64];	  /* "" until the agent has named it */
	bool reader_gone; /* nobody reads standard output any more */
};

/* Connects to an agent or starts one; no secret is left in this process. Returns 0, or -1 with a
 * failure and nothing started. */
int session_open(struct session *, const struct launch *, enum session_agent, struct failure *)
	__attribute__((warn_unused_result, nonnull));

/* The same for an agent that only verifies a directory, which it takes. */
int session_open_verify(struct session *, const struct launch *, int directory, struct failure *)
	__attribute__((warn_unused_result, nonnull));

/* True when the agent belongs to this command alone. */
bool session_is_private(const struct session *) __attribute__((nonnull));

/* Confines this process, which keeps its descriptors up to `last_fd`, FD_CHANNEL at least: from
 * here on it can only pump. Returns 0, or -1 with a failure. */
int session_confine(unsigned last_fd, struct sandbox_report *, struct failure *)
	__attribute__((warn_unused_result, nonnull));

/* --- for commands that exchange other messages --- */

/* Receives one of the messages in the table. Returns 0, or -1 with a failure. */
int session_receive(struct session *, const struct ipc_permit *, size_t permit_count,
		    struct ipc_incoming *, struct failure *)
	__attribute__((warn_unused_result, nonnull));

/* Reads a MESSAGE_JOB_DONE. */
void session_get_end(struct ipc_incoming *, struct session_end *) __attribute__((nonnull));

int session_send(struct ipc_message *, struct failure *)
	__attribute__((warn_unused_result, nonnull));

/* Ends the connection and waits until a private agent has gone. */
void session_close(struct session *) __attribute__((nonnull));

#endif
