/* The doctor job. */
#include "broker/doctor.h"

#include "broker/choose.h"
#include "broker/process.h"
#include "broker/upstream.h"
#include "lib/base/io.h"
#include "lib/base/log.h"
#include "lib/base/memory.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

/* How long a process may take to confine itself. */
#define PATIENCE_MS 5000u

/* Credentials that the client is told of: a channel keeps that many messages. */
#define ENTRIES_TOLD_MAX 512u

/* Processes that are started for the occasion; agent, broker and audit run anyway. */
static const enum role roles[] = {ROLE_CONFIG, ROLE_NET,  ROLE_DIAL,  ROLE_WORKER, ROLE_VERIFY,
				  ROLE_JQ,     ROLE_MINT, ROLE_STORE, ROLE_TREE,   ROLE_GIT};
#define PATIENTS (sizeof(roles) / sizeof(roles[0]))

struct patient {
	struct doctor *doctor;
	enum role role;
	struct process *process;
	struct ipc_channel *channel;
	bool reported;
	struct sandbox_report report;
};

struct doctor {
	struct job *job;
	struct patient patients[PATIENTS];
	struct loop_timer *deadline;
	int held[2]; /* ends of the pipes that keep ghward-config waiting */
	bool told;
};

static void tell(struct doctor *doctor, enum role role, pid_t pid,
		 const struct sandbox_report *report)
{
	struct ipc_message *message = ipc_new(MESSAGE_PROCESS, 0);

	ipc_put_u8(message, (uint8_t)role);
	ipc_put_u32(message, (uint32_t)pid);
	protocol_put_report(message, report);
	ipc_send(doctor->job->client->channel, message);
}

static enum vault_state look_at_vault(struct keeper *keeper)
{
	struct failure failure;

	switch (keeper_open(keeper, &failure)) {
	case KEEPER_NO_VAULT:
		return VAULT_STATE_ABSENT;
	case KEEPER_OPEN:
		return VAULT_STATE_OPEN;
	default:
		return failure.kind == FAILURE_INTEGRITY ? VAULT_STATE_FAULTY : VAULT_STATE_LOCKED;
	}
}

/* How secrets are kept, and the client's own credentials as long as its channel takes them. */
static void tell_health(const struct doctor *doctor)
{
	struct job *job = doctor->job;
	struct keeper *keeper = job->broker->keeper;
	enum vault_state state = look_at_vault(keeper);
	struct ipc_message *health = ipc_new(MESSAGE_HEALTH, 0);
	struct vault_facts facts;
	size_t at = 0;

	ipc_put_u8(health, (uint8_t)state);
	ipc_put_string(health, secrets_backend());
	ipc_put_string(health, state == VAULT_STATE_OPEN ? keeper_source(keeper) : "");
	ipc_send(job->client->channel, health);
	if (state != VAULT_STATE_OPEN)
		return;
	struct ipc_message *message = ipc_new(MESSAGE_VAULT, 0);
	keeper_facts(keeper, &facts);
	protocol_put_vault(message, &facts);
	ipc_send(job->client->channel, message);
	for (unsigned told = 0; told < ENTRIES_TOLD_MAX; told++, at++) {
		struct vault_details details;
		struct failure failure;
		if (!vault_next(keeper_vault(keeper), job->uid, &at) ||
		    !keeper_describe(keeper, at, &details, &failure))
			return;
		choice_tell_entry(job->client->channel, &details);
	}
}

static void tell_when_complete(struct doctor *doctor)
{
	const struct broker *broker = doctor->job->broker;

	for (size_t i = 0; i < PATIENTS; i++) {
		const struct patient *patient = &doctor->patients[i];
		if (!patient->reported || !patient->process || !patient->process->pid)
			return;
	}
	if (doctor->told || !broker->audit_pid)
		return;
	doctor->told = true;
	loop_cancel(doctor->deadline);
	doctor->deadline = NULL;
	tell(doctor, ROLE_AGENT, getppid(), &broker->agent_report);
	tell(doctor, ROLE_BROKER, getpid(), &broker->own_report);
	tell(doctor, ROLE_AUDIT, broker->audit_pid, &broker->audit_report);
	for (size_t i = 0; i < PATIENTS; i++)
		tell(doctor, roles[i], doctor->patients[i].process->pid,
		     &doctor->patients[i].report);
	tell_health(doctor);
	ipc_send(doctor->job->client->channel, ipc_new(MESSAGE_PROCESSES_READY, 0));
}

static void give_up(struct doctor *doctor, enum role role)
{
	struct failure failure;

	failure_set(&failure, FAILURE_INTERNAL,
		    "LOG_LEVEL=debug shows what it reported before it ended.",
		    "ghward-%s did not confine itself and stay", role_name(role));
	job_end(doctor->job, &failure);
}

static int handle_hello(void *owner, struct ipc_incoming *in)
{
	struct patient *patient = owner;

	protocol_get_report(in, &patient->report);
	if (ipc_end(in) < 0)
		return -1;
	patient->reported = true;
	tell_when_complete(patient->doctor);
	return 0;
}

static const struct ipc_permit permits[] = {
	{MESSAGE_HELLO, IPC_ONCE, 0, 4096, {IPC_FD_NONE}, handle_hello},
};

static void channel_ended(void *owner, enum ipc_ending ending, const char *detail)
{
	struct patient *patient = owner;

	(void)ending;
	(void)detail;
	give_up(patient->doctor, patient->role);
}

static void process_ended(void *context, enum process_end how, uint32_t number)
{
	struct patient *patient = context;

	(void)how;
	(void)number;
	patient->process = NULL;
	give_up(patient->doctor, patient->role);
}

static void deadline_passed(void *context)
{
	struct doctor *doctor = context;

	doctor->deadline = NULL;
	for (size_t i = 0; i < PATIENTS; i++) {
		if (!doctor->patients[i].reported) {
			give_up(doctor, doctor->patients[i].role);
			return;
		}
	}
	give_up(doctor, ROLE_AGENT);
}

static void admit(struct patient *patient, int channel, const int *fds, unsigned fd_count)
{
	struct broker *broker = patient->doctor->job->broker;

	patient->channel =
		ipc_channel_new(broker->loop, channel, permits,
				sizeof(permits) / sizeof(permits[0]), channel_ended, patient);
	patient->process =
		process_start(broker, patient->role, fds, fd_count, process_ended, patient);
}

static void pair_or_die(int ends[2])
{
	if (ipc_pair(ends) < 0)
		fatal("cannot make a socket pair: %m");
}

static int held_pipe(int *held)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		fatal("cannot make a pipe: %m");
	*held = ends[1];
	return ends[0];
}

static void admit_all(struct doctor *doctor)
{
	struct upstream_wiring wiring;
	int ends[2];

	upstream_wire(&wiring);
	for (size_t i = 0; i < PATIENTS; i++) {
		struct patient *patient = &doctor->patients[i];
		switch (patient->role) {
		case ROLE_NET:
			admit(patient, wiring.net_channel, wiring.net_fds, 3);
			break;
		case ROLE_DIAL:
			admit(patient, wiring.dial_channel, wiring.dial_fds, 2);
			struct ipc_message *origin = ipc_new(MESSAGE_ORIGIN, 0);
			upstream_put_origin(doctor->job->broker,
					    doctor->job->broker->settings.api_url, origin);
			ipc_send(patient->channel, origin);
			break;
		case ROLE_CONFIG:
			pair_or_die(ends);
			int config[] = {ends[1], held_pipe(&doctor->held[0]),
					held_pipe(&doctor->held[1])};
			admit(patient, ends[0], config, 3);
			break;
		default:
			pair_or_die(ends);
			admit(patient, ends[0], &ends[1], 1);
			break;
		}
	}
}

struct doctor *doctor_start(struct job *job)
{
	struct doctor *doctor = memory_new(sizeof(*doctor));

	doctor->job = job;
	doctor->held[0] = doctor->held[1] = -1;
	for (size_t i = 0; i < PATIENTS; i++)
		doctor->patients[i] = (struct patient){.doctor = doctor, .role = roles[i]};
	doctor->deadline = loop_after(job->broker->loop, PATIENCE_MS, deadline_passed, doctor);
	admit_all(doctor);
	return doctor;
}

void doctor_progress(struct doctor *doctor)
{
	tell_when_complete(doctor);
}

void doctor_stop(struct doctor *doctor)
{
	if (!doctor)
		return;
	loop_cancel(doctor->deadline);
	for (size_t i = 0; i < PATIENTS; i++) {
		ipc_channel_close(doctor->patients[i].channel);
		process_kill(doctor->patients[i].process);
	}
	io_close(&doctor->held[0]);
	io_close(&doctor->held[1]);
	loop_defer_free(doctor->job->broker->loop, doctor);
}
