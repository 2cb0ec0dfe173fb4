/* What is recorded and done when a process breaks out of its part. */
#include "broker/violations.h"

#include "broker/audit_log.h"
#include "broker/process.h"
#include "lib/base/log.h"

#include <stdio.h>

void violations_sandbox(struct broker *broker, enum role role, pid_t pid, uint32_t syscall)
{
	char process[16], number[16];
	struct audit_event event = {
		.actor = "agent",
		.event = "sandbox.violation",
		.phase = AUDIT_NOTE,
		.outcome = "killed",
		.severity = AUDIT_CRITICAL,
		.detail_count = 3,
		.details = {{"role", role_name(role)}, {"pid", process}, {"syscall", number}},
	};

	snprintf(process, sizeof(process), "%d", (int)pid);
	if (syscall == PROCESS_SYSCALL_UNKNOWN)
		snprintf(number, sizeof(number), "unknown");
	else
		snprintf(number, sizeof(number), "%u", syscall);
	audit_log_note(broker->audit, &event);
}

void violations_protocol(struct broker *broker, enum role role, struct process *process,
			 const char *actor, const char *detail)
{
	struct audit_event event = {
		.actor = actor,
		.event = "protocol.violation",
		.phase = AUDIT_NOTE,
		.outcome = "killed",
		.severity = AUDIT_CRITICAL,
		.detail_count = 2,
		.details = {{"role", role_name(role)}, {"what", detail}},
	};

	log_write(broker_error_level(broker), "ghward-%s sent %s; it is ended", role_name(role),
		  detail);
	audit_log_note(broker->audit, &event);
	process_kill(process);
}
