/* Audit logs made fast. */
#include "logs/logs.h"

#include "lib/auditlog/directory.h"
#include "lib/base/io.h"

#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SEGMENT_MAX ((uint64_t)64 << 20)
#define BUFFER_SIZE ((size_t)1 << 20)

void logs_begin(struct logs *logs, int directory, const char *id)
{
	*logs = (struct logs){.directory = directory, .fd = -1, .buffer = malloc(BUFFER_SIZE)};
	snprintf(logs->session, sizeof(logs->session), "%s-00000001", id);
	if (auditlog_init() < 0 || !logs->buffer)
		errx(1, "cannot make a log");
}

void logs_flush(struct logs *logs)
{
	if (logs->fd >= 0 && io_write_full(logs->fd, logs->buffer, logs->used) < 0)
		err(1, "a segment");
	logs->used = 0;
}

void logs_rotate(struct logs *logs)
{
	logs_flush(logs);
	io_close(&logs->fd);
	logs->size = 0;
}

static void open_segment(struct logs *logs)
{
	logs->segment = logs->position.seq + 1;
	logs->fd = auditlog_open_segment(logs->directory, logs->segment,
					 O_WRONLY | O_CREAT | O_TRUNC | O_APPEND);
	if (logs->fd < 0)
		err(1, "a segment");
}

void logs_add(struct logs *logs, const struct audit_event *event, uint64_t time_us)
{
	const struct auditlog_stamp stamp = {.wall_us = time_us,
					     .boottime_us = time_us % UINT64_C(1000000000000),
					     .boot_id = "01234567-89ab-cdef-0123-456789abcdef"};
	static char body[AUDITLOG_LINE_MAX];

	if (logs->size >= SEGMENT_MAX)
		logs_rotate(logs);
	if (logs->fd < 0)
		open_segment(logs);
	if (BUFFER_SIZE - logs->used < AUDITLOG_LINE_MAX)
		logs_flush(logs);
	size_t length = auditlog_format_body(body, sizeof(body), event, &stamp);
	size_t added = auditlog_format_line(logs->buffer + logs->used, BUFFER_SIZE - logs->used,
					    body, length, 0, logs->session, &logs->position);
	if (!added)
		errx(1, "a record does not fit");
	logs->used += added;
	logs->size += added;
}

void logs_end(struct logs *logs)
{
	logs_rotate(logs);
	free(logs->buffer);
}

void logs_typical(uint64_t i, char texts[LOGS_TEXTS_SIZE], struct audit_event *event,
		  uint64_t *time_us)
{
	static const char *const events[] = {"alerts.list", "alerts.view", "alerts.dismiss",
					     "repos.get"};
	uint64_t job = i / 4, mixed = job * UINT64_C(0x9e3779b97f4a7c15);
	char *actor = texts, *name = texts + 32, *target = texts + 64, *request = texts + 128;

	snprintf(actor, 32, "uid:%u", (unsigned)(1000 + (mixed >> 40) % 50));
	snprintf(name, 32, "j-%016llx", (unsigned long long)mixed);
	snprintf(target, 64, "acme/repository-%u", (unsigned)((mixed >> 20) % 2000));
	snprintf(request, 64, "%04X:%06llX", (unsigned)(i & 0xffff), (unsigned long long)i);
	*event = (struct audit_event){
		.actor = actor,
		.job = name,
		.event = events[mixed >> 62],
		.target = target,
		.decision = i % 4 == 0 ? "allow" : "",
		.rule = i % 4 == 0 ? "default.read" : "",
		.outcome = i % 4 == 0 ? ""
			   : job % 97 ? "done"
				      : "not_found",
		.request_id = i % 4 ? request : "",
		.phase = i % 4 ? AUDIT_RESULT : AUDIT_INTENT,
		.severity = job % 997 == 0 ? AUDIT_WARNING : AUDIT_INFO,
		.detail_count = 2,
		.details = {{"status", "200"}, {"attempts", "1"}},
	};
	*time_us = LOGS_BEGIN_US + i * LOGS_STEP_US;
}
