/* Talking to an agent. */
#include "cli/session.h"

#include "cli/daemon.h"
#include "lib/base/clock.h"
#include "lib/base/io.h"
#include "lib/ipc/protocol.h"
#include "lib/sandbox/roles.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

static const char lost[] = "LOG_LEVEL=debug shows what its processes reported.";

/* --- opening --- */

/* The sandbox keeps descriptors 0 to FD_CHANNEL. */
static int use_channel(struct session *session, int channel, struct failure *failure)
{
	if (channel != FD_CHANNEL) {
		if (dup3(channel, FD_CHANNEL, O_CLOEXEC) < 0) {
			failure_set(failure, FAILURE_INTERNAL, "", "cannot use the channel: %m");
			return -1;
		}
		close(channel);
	}
	session->buffer = ipc_buffer_new();
	return 0;
}

/* A running agent has a credential of its own, which may come as a surprise. */
static int use_daemon(struct session *session, const struct launch *launch, int channel,
		      struct failure *failure)
{
	const char *variable = environment_any_token(launch->environment);

	if (variable && launch->token == LAUNCH_WITH_TOKEN)
		errors_note(
			launch->errors,
			"the running agent uses its own credential, not %s; --private uses yours",
			variable);
	environment_forget_secrets(environ);
	return use_channel(session, channel, failure);
}

int session_open(struct session *session, const struct launch *launch, enum session_agent agent,
		 struct failure *failure)
{
	int channel = -1;

	memset(session, 0, sizeof(*session));
	/* A running agent has a vault and an audit log of its own, and no destination. */
	if (agent == SESSION_ANY && !launch->vault && !launch->evidence && !launch->destination) {
		int found = daemon_connect(launch->environment, &channel, failure);
		if (found < 0)
			return -1;
		if (found > 0)
			return use_daemon(session, launch, channel, failure);
	}
	if (launch_private(launch, &session->agent, failure) < 0)
		return -1;
	return use_channel(session, session->agent.channel, failure);
}

int session_open_verify(struct session *session, const struct launch *launch, int directory,
			struct failure *failure)
{
	memset(session, 0, sizeof(*session));
	if (launch_verify(launch, directory, &session->agent, failure) < 0)
		return -1;
	return use_channel(session, session->agent.channel, failure);
}

bool session_is_private(const struct session *session)
{
	return session->agent.pid > 0;
}

int session_confine(unsigned last_fd, struct sandbox_report *report, struct failure *failure)
{
	struct sandbox_variables variables = {.last_fd = last_fd};

	if (sandbox_enter_role("cli", &variables, report) == 0)
		return 0;
	failure_set(failure, FAILURE_INTERNAL, "ghward doctor shows what this kernel offers.",
		    "cannot confine this process at %s: %m", sandbox_failed_step());
	return -1;
}

void session_close(struct session *session)
{
	close(FD_CHANNEL);
	if (session_is_private(session))
		launch_wait(&session->agent);
	free(session->buffer);
	session->buffer = NULL;
}

/* --- messages --- */

int session_send(struct ipc_message *message, struct failure *failure)
{
	if (ipc_send_blocking(FD_CHANNEL, message) == 0)
		return 0;
	failure_set(failure, FAILURE_INTERNAL, lost, "the agent does not listen: %m");
	return -1;
}

int session_receive(struct session *session, const struct ipc_permit *permits, size_t permit_count,
		    struct ipc_incoming *in, struct failure *failure)
{
	int got;

	do {
		got = ipc_receive(FD_CHANNEL, session->buffer, permits, permit_count, in);
	} while (got < 0 && errno == EINTR);
	if (got > 0)
		return 0;
	if (got < 0 && errno == EBADMSG)
		failure_set(failure, FAILURE_INTERNAL, lost,
			    "the agent sent something unexpected (message type %u)", in->type);
	else
		failure_set(failure, FAILURE_INTERNAL,
			    "If it was to change something, look before you repeat it. "
			    "LOG_LEVEL=debug shows what its processes reported.",
			    "the agent ended unexpectedly");
	return -1;
}

void session_get_end(struct ipc_incoming *in, struct session_end *end)
{
	snprintf(end->job, sizeof(end->job), "%s", ipc_get_string(in));
	protocol_get_failure(in, &end->failure);
	if (ipc_end(in) < 0)
		failure_set(&end->failure, FAILURE_INTERNAL, lost,
			    "the agent's last message is malformed");
}
