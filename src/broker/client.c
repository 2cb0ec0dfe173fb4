/* A client's connection. */
#include "broker/client.h"

#include "broker/environment.h"
#include "broker/errand.h"
#include "broker/job.h"
#include "broker/listed.h"
#include "broker/policy.h"
#include "broker/plan.h"
#include "broker/sync.h"
#include "broker/violations.h"
#include "lib/base/io.h"
#include "lib/base/log.h"
#include "lib/base/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

static void drop_client(struct client *client)
{
	struct broker *broker = client->broker;

	for (struct client **at = &broker->clients; *at; at = &(*at)->next) {
		if (*at == client) {
			*at = client->next;
			break;
		}
	}
	if (client->job)
		job_abandon(client->job);
	ipc_channel_close(client->channel);
	free(client->waiting);
	listed_free(client->listed);
	loop_defer_free(broker->loop, client);
	broker->clients_gone++;
	broker_progress(broker);
}

void client_make_room(struct broker *broker)
{
	for (; broker->clients_gone && !audit_log_behind(broker->audit); broker->clients_gone--)
		ipc_send(broker->agent, ipc_new(MESSAGE_CLIENT_GONE, 0));
}

/* The environment's token has been read: what waited for it can be decided. */
static void token_known(void *context)
{
	struct broker *broker = context;
	struct job_request request;

	for (struct client *client = broker->clients; client; client = client->next) {
		uint8_t *bytes = client->waiting;
		if (!bytes)
			continue;
		struct ipc_incoming in = {
			.reader = {bytes, bytes + client->waiting_length, false, false}};
		client->waiting = NULL;
		protocol_get_request(&in, &request);
		client->job = job_start(client, &request);
		free(bytes);
	}
}

struct listed *client_take_listed(struct client *client)
{
	struct listed *listed = client->listed;

	client->listed = NULL;
	return listed;
}

static int handle_repositories(void *owner, struct ipc_incoming *in)
{
	struct client *client = owner;

	if (client->job || client->waiting)
		return -1;
	if (!client->listed)
		client->listed = listed_new();
	return listed_take(client->listed, in);
}

static int handle_prune_decided(void *owner, struct ipc_incoming *in)
{
	struct client *client = owner;

	/* The answer may have crossed the job's end on the way. */
	if (client->job)
		return sync_take_decision(client->job, in);
	(void)ipc_get_enum(in, 2);
	return ipc_end(in);
}

static int handle_job(void *owner, struct ipc_incoming *in)
{
	struct client *client = owner;
	const uint8_t *bytes = in->reader.at;
	struct job_request request;

	protocol_get_request(in, &request);
	/* Before it is ready a client is not read; a decision without settings would be none. */
	if (ipc_end(in) < 0 || client->job || client->waiting || !broker_ready(client->broker))
		return -1;
	if (!policy_waits(client, &request)) {
		client->job = job_start(client, &request);
		return 0;
	}
	client->waiting_length = in->length;
	client->waiting = memory_new(in->length + 1);
	memcpy(client->waiting, bytes, in->length);
	environment_token_read(client->broker->environment, token_known, client->broker);
	return 0;
}

static void cancel_waiting(struct client *client)
{
	struct failure failure;

	free(client->waiting);
	client->waiting = NULL;
	failure_set(&failure, FAILURE_INTERRUPTED, "", "interrupted");
	client_job_done(client, "", &failure);
}

static int handle_cancel(void *owner, struct ipc_incoming *in)
{
	struct client *client = owner;

	if (ipc_end(in) < 0)
		return -1;
	/* Without a job the cancel crossed its end on the way. */
	if (client->job)
		job_cancel(client->job);
	else if (client->waiting)
		cancel_waiting(client);
	return 0;
}

static int handle_confirm(void *owner, struct ipc_incoming *in)
{
	struct client *client = owner;

	if (ipc_end(in) < 0)
		return -1;
	if (!client->job)
		return 0;
	/* An errand that is over may not have been told to the client yet. */
	if (errand_is(client->job->request.kind))
		return client->job->errand ? errand_confirm(client->job->errand) : 0;
	return plan_confirm(client->job);
}

static const struct ipc_permit permits[] = {
	{MESSAGE_JOB, IPC_PERMIT, 0, 16384, {IPC_FD_NONE}, handle_job},
	{MESSAGE_REPOSITORIES, IPC_PERMIT, 2, IPC_MESSAGE_MAX, {IPC_FD_NONE}, handle_repositories},
	{MESSAGE_PRUNE_DECIDED, IPC_PERMIT, 1, 1, {IPC_FD_NONE}, handle_prune_decided},
	{MESSAGE_CANCEL, IPC_PERMIT, 0, 0, {IPC_FD_NONE}, handle_cancel},
	{MESSAGE_CONFIRM, IPC_PERMIT, 0, 0, {IPC_FD_NONE}, handle_confirm},
};

static void channel_ended(void *owner, enum ipc_ending ending, const char *detail)
{
	struct client *client = owner;

	if (ending != IPC_PEER_CLOSED)
		violations_protocol(client->broker, ROLE_CLI, NULL, client->actor, detail);
	drop_client(client);
}

void client_accept(struct broker *broker, int socket)
{
	struct ucred peer;
	socklen_t size = sizeof(peer);
	struct client *client = memory_new(sizeof(*client));

	if (getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0) {
		log_write(LOG_LEVEL_ERROR, "cannot identify a client: %m");
		io_close(&socket);
		free(client);
		broker->clients_gone++;
		client_make_room(broker);
		return;
	}
	client->broker = broker;
	client->uid = peer.uid;
	snprintf(client->actor, sizeof(client->actor), "uid:%u", (unsigned)peer.uid);
	client->channel =
		ipc_channel_new(broker->loop, socket, permits, sizeof(permits) / sizeof(permits[0]),
				channel_ended, client);
	ipc_channel_in_step(client->channel);
	ipc_channel_pause(client->channel, !broker_ready(broker));
	client->next = broker->clients;
	broker->clients = client;
}

void client_resume_all(struct broker *broker)
{
	for (struct client *client = broker->clients; client; client = client->next)
		ipc_channel_pause(client->channel, false);
}

void client_job_done(struct client *client, const char *job, const struct failure *failure)
{
	if (!client)
		return;
	struct ipc_message *message = ipc_new(MESSAGE_JOB_DONE, 0);
	ipc_put_string(message, job);
	protocol_put_failure(message, failure);
	ipc_send(client->channel, message);
	client->job = NULL;
}
