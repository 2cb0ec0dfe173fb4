/* The broker's loop: its agent, its configuration, its beginning and end. */
#include "broker/broker.h"

#include "broker/alert.h"
#include "broker/app.h"
#include "broker/audit_log.h"
#include "broker/bearer.h"
#include "broker/client.h"
#include "broker/doctor.h"
#include "broker/environment.h"
#include "broker/job.h"
#include "broker/keeper.h"
#include "broker/process.h"
#include "lib/base/log.h"
#include "lib/rules/rules.h"

#include <stdio.h>
#include <stdlib.h>

bool broker_ready(const struct broker *broker)
{
	return broker->mode_known && broker->configured && keeper_is_ready(broker->keeper) &&
	       (broker->incidents_known || audit_log_broken(broker->audit));
}

enum log_level broker_error_level(const struct broker *broker)
{
	return broker->mode == MODE_PRIVATE ? LOG_LEVEL_INFO : LOG_LEVEL_ERROR;
}

/* --- the end --- */

/* Tokens that were minted are given back first. */
static bool is_finished(struct broker *broker)
{
	bool last_client_gone =
		broker->ending || (broker->mode_known && broker->mode == MODE_PRIVATE &&
				   broker->client_seen && !broker->clients);

	if (!last_client_gone || broker->jobs)
		return false;
	if (!broker->revoked) {
		broker->revoked = true;
		app_revoke_all(broker);
	}
	return !app_is_revoking(broker) && !alert_outlasts(broker) && audit_log_idle(broker->audit);
}

void broker_progress(struct broker *broker)
{
	for (struct job *job = broker->jobs; job; job = job->next) {
		if (job->doctor)
			doctor_progress(job->doctor);
	}
	client_make_room(broker);
	job_pace_all(broker);
	job_part_all(broker);
	if (is_finished(broker))
		loop_stop(broker->loop);
}

static void end_all_jobs(struct broker *broker, enum failure_kind kind, const char *why)
{
	struct failure failure;

	failure_set(&failure, kind,
		    kind == FAILURE_AUDIT ? "Run the command again; if it recurs, see the log."
					  : "",
		    "%s", why);
	for (struct job *job = broker->jobs; job; job = job->next)
		job_end(job, &failure);
}

void broker_fail_closed(struct broker *broker, const char *why)
{
	if (broker->ending)
		return;
	broker->ending = true;
	broker->status = EXIT_FAILURE;
	log_write(broker_error_level(broker), "%s; everything stops", why);
	end_all_jobs(broker, FAILURE_AUDIT, why);
	broker_progress(broker);
}

/* --- the agent --- */

void broker_ready_again(struct broker *broker)
{
	if (!broker_ready(broker))
		return;
	if (broker->misconfigured.kind != FAILURE_NONE)
		log_write(broker_error_level(broker), "%s", broker->misconfigured.message);
	client_resume_all(broker);
}

static int handle_agent_hello(void *owner, struct ipc_incoming *in)
{
	struct broker *broker = owner;

	protocol_get_report(in, &broker->agent_report);
	return ipc_end(in);
}

static int handle_mode(void *owner, struct ipc_incoming *in)
{
	struct broker *broker = owner;

	broker->mode = (enum broker_mode)ipc_get_enum(in, MODES);
	if (ipc_end(in) < 0)
		return -1;
	broker->mode_known = true;
	broker_ready_again(broker);
	return 0;
}

static int handle_client(void *owner, struct ipc_incoming *in)
{
	struct broker *broker = owner;

	if (ipc_end(in) < 0)
		return -1;
	broker->client_seen = true;
	if (!broker->ending)
		client_accept(broker, ipc_take_fd(in, 0));
	return 0;
}

static int handle_started(void *owner, struct ipc_incoming *in)
{
	enum role role = (enum role)ipc_get_enum(in, ROLES);
	pid_t pid = (pid_t)ipc_get_u32(in);

	return ipc_end(in) < 0 ? -1 : process_started(owner, in->id, role, pid);
}

static int handle_exited(void *owner, struct ipc_incoming *in)
{
	enum role role = (enum role)ipc_get_enum(in, ROLES);
	pid_t pid = (pid_t)ipc_get_u32(in);
	enum process_end how = (enum process_end)ipc_get_enum(in, PROCESS_ENDS);
	uint32_t number = ipc_get_u32(in);

	return ipc_end(in) < 0 ? -1 : process_exited(owner, in->id, role, pid, how, number);
}

static int handle_shutdown(void *owner, struct ipc_incoming *in)
{
	struct broker *broker = owner;

	if (ipc_end(in) < 0)
		return -1;
	broker->ending = true;
	end_all_jobs(broker, FAILURE_INTERRUPTED, "the agent is being stopped");
	broker_progress(broker);
	return 0;
}

static const struct ipc_permit agent_permits[] = {
	{MESSAGE_HELLO, IPC_ONCE, 0, 4096, {IPC_FD_NONE}, handle_agent_hello},
	{MESSAGE_MODE, IPC_ONCE, 1, 1, {IPC_FD_NONE}, handle_mode},
	{MESSAGE_CLIENT, IPC_PERMIT, 0, 0, {IPC_FD_SEQPACKET}, handle_client},
	{MESSAGE_STARTED, IPC_PERMIT, 5, 5, {IPC_FD_NONE}, handle_started},
	{MESSAGE_EXITED, IPC_PERMIT, 10, 10, {IPC_FD_NONE}, handle_exited},
	{MESSAGE_SHUTDOWN, IPC_PERMIT, 0, 0, {IPC_FD_NONE}, handle_shutdown},
};

static void agent_ended(void *owner, enum ipc_ending ending, const char *detail)
{
	(void)owner;
	(void)ending;
	fatal("the agent has gone (%s)", detail);
}

/* --- the configuration --- */

static void configured(struct broker *broker)
{
	broker->configured = true;
	audit_log_configure(broker->audit);
	broker_ready_again(broker);
}

static void use_defaults(struct broker *broker)
{
	settings_defaults(&broker->settings);
	rules_defaults(&broker->rules);
	configured(broker);
}

static int handle_settings(void *owner, struct ipc_incoming *in)
{
	struct broker *broker = owner;

	protocol_get_settings(in, &broker->settings);
	protocol_get_rules(in, &broker->rules);
	environment_token_name(broker->environment, ipc_get_string(in));
	keeper_set_path(broker->keeper, ipc_get_string(in));
	if (ipc_end(in) < 0)
		return -1;
	configured(broker);
	return 0;
}

static int handle_config_failed(void *owner, struct ipc_incoming *in)
{
	struct broker *broker = owner;

	protocol_get_failure(in, &broker->misconfigured);
	if (ipc_end(in) < 0 || broker->misconfigured.kind == FAILURE_NONE)
		return -1;
	use_defaults(broker);
	return 0;
}

static int handle_config_hello(void *owner, struct ipc_incoming *in)
{
	struct sandbox_report report;

	(void)owner;
	protocol_get_report(in, &report);
	return ipc_end(in);
}

static const struct ipc_permit config_permits[] = {
	{MESSAGE_HELLO, IPC_ONCE, 0, 4096, {IPC_FD_NONE}, handle_config_hello},
	{MESSAGE_SETTINGS, IPC_ONCE, 0, SETTINGS_MESSAGE_MAX, {IPC_FD_NONE}, handle_settings},
	{MESSAGE_CONFIG_FAILED, IPC_ONCE, 0, 2048, {IPC_FD_NONE}, handle_config_failed},
};

static void config_ended(void *owner, enum ipc_ending ending, const char *detail)
{
	struct broker *broker = owner;

	ipc_channel_close(broker->config);
	broker->config = NULL;
	if (broker->configured)
		return;
	failure_set(&broker->misconfigured, FAILURE_INTERNAL,
		    "LOG_LEVEL=debug shows what it reported before it ended.",
		    "the configuration process ended without an answer (%s)",
		    ending == IPC_VIOLATION ? detail : "end of file");
	use_defaults(broker);
}

/* --- the beginning --- */

int broker_run(const struct sandbox_report *own_report, struct secrets *secrets)
{
	struct broker broker = {.own_report = *own_report, .secrets = secrets};

	broker.loop = loop_new();
	broker.agent = ipc_channel_new(broker.loop, FD_CHANNEL, agent_permits,
				       sizeof(agent_permits) / sizeof(agent_permits[0]),
				       agent_ended, &broker);
	broker.audit = audit_log_new(&broker, FD_BROKER_AUDIT);
	broker.config = ipc_channel_new(broker.loop, FD_BROKER_CONFIG, config_permits,
					sizeof(config_permits) / sizeof(config_permits[0]),
					config_ended, &broker);
	broker.environment = environment_token_new(&broker, FD_BROKER_TOKEN);
	broker.keeper = keeper_new(&broker, FD_BROKER_VAULT, FD_BROKER_KEYS);

	struct ipc_message *hello = ipc_new(MESSAGE_HELLO, 0);
	protocol_put_report(hello, own_report);
	ipc_send(broker.agent, hello);

	loop_run(broker.loop);
	bearer_stop_all(&broker);
	secrets_close();
	return broker.status;
}
