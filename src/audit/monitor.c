/* The security monitor. */
#include "audit/monitor.h"

#include "audit/replay.h"
#include "audit/watch.h"
#include "lib/auditlog/directory.h"
#include "lib/auditlog/match.h"
#include "lib/base/clock.h"
#include "lib/base/io.h"
#include "lib/base/log.h"
#include "lib/base/memory.h"
#include "lib/rules/rules.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

/* The file is written under this name first; whoever does that has the directory's lock. */
#define NEW_FILE_NAME AUDITLOG_INCIDENTS_NAME ".new"

/* So many records are read again in a few milliseconds, or in a moment: what a writer leaves to the
 * next one, and what a killed one does. */
#define BEHIND_AT_END 256u
#define BEHIND 32768u

struct monitor {
	int directory;
	struct audit_rules rules;
	bool has_rules, loaded, told;
	struct watch watch;
	uint64_t time_us;		/* of the newest record */
	struct auditlog_position known; /* the newest position whose hash is known */
	uint64_t saved_seq;
	bool changed; /* incidents are not as in the file */
	bool counted; /* windows are not */
	bool full;    /* nothing can be opened, which was said */
	struct {
		char count[12], window[12], actions[RULES_ACTIONS_SIZE];
		char records[INCIDENT_RECORDS_MAX + 1];
	} text; /* of monitor_take() */
};

struct monitor *monitor_new(int directory)
{
	struct monitor *monitor = memory_new(sizeof(*monitor));

	monitor->directory = directory;
	return monitor;
}

void monitor_free(struct monitor *monitor)
{
	watch_free(&monitor->watch);
	free(monitor);
}

void monitor_set_rules(struct monitor *monitor, const struct audit_rules *rules)
{
	monitor->rules = *rules;
	monitor->has_rules = true;
}

bool monitor_has_rules(const struct monitor *monitor)
{
	return monitor->has_rules;
}

/* --- seeing --- */

static bool matches(const struct audit_rule *rule, const struct auditlog_record *record)
{
	return (rule->phase == AUDIT_PHASES || rule->phase == record->phase) &&
	       record->severity >= rule->at_least &&
	       auditlog_glob(rule->outcome, record->outcome) &&
	       auditlog_glob(rule->event, record->event);
}

/* "acme/shop#42" is about acme/shop. */
static struct auditlog_text repository_of(struct auditlog_text target)
{
	const char *number = memchr(target.text, '#', target.length);

	if (number)
		target.length = (size_t)(number - target.text);
	return target;
}

/* False for a record that is about nobody of that sort. */
static bool find_subject(enum rule_per per, const struct auditlog_record *record,
			 char subject[INCIDENT_SUBJECT_MAX + 1])
{
	struct auditlog_text text = {"all", 3};

	if (per == RULE_PER_ACTOR)
		text = record->actor;
	else if (per == RULE_PER_CREDENTIAL)
		text = auditlog_detail(record, "credential");
	else if (per == RULE_PER_TARGET)
		text = repository_of(record->target);
	return text.text && auditlog_unescape(text, subject, INCIDENT_SUBJECT_MAX + 1) > 0;
}

static void count_record(struct monitor *monitor, unsigned number,
			 const struct auditlog_record *record)
{
	const struct audit_rule *rule = &monitor->rules.list[number];
	const struct window_hit hit = {.time_us = record->time_us, .seq = record->seq};
	char subject[INCIDENT_SUBJECT_MAX + 1];

	if (!matches(rule, record) || !find_subject(rule->per, record, subject) ||
	    incidents_has(&monitor->watch.incidents, rule->name, subject))
		return;
	windows_hit(&monitor->watch.windows, number, rule, subject, hit);
	monitor->counted = true;
}

/* That of this id, or the one that would have led to it as well. */
static struct window *window_of(struct monitor *monitor, const struct open_incident *incident)
{
	const struct windows *windows = &monitor->watch.windows;

	for (unsigned i = 0; i < windows->count; i++) {
		if (strcmp(windows->list[i]->id, incident->id) == 0)
			return windows->list[i];
	}
	for (unsigned i = 0; i < monitor->rules.count; i++) {
		if (strcmp(monitor->rules.list[i].name, incident->rule) == 0)
			return windows_find(windows, i, incident->subject);
	}
	return NULL;
}

static enum incident_news news_of(const struct monitor *monitor,
				  const struct open_incident *incident, const struct window *window)
{
	if (window && strcmp(window->id, incident->id) == 0)
		return INCIDENT_OPENED;
	return monitor->told ? INCIDENT_ELSEWHERE : INCIDENT_FOUND;
}

/* What led to an incident does not count for the next one. */
static void settle(struct monitor *monitor, struct open_incident *incident)
{
	struct window *window = window_of(monitor, incident);
	bool opened = incident->seq == monitor->watch.position.seq;

	if (opened)
		incident->news = news_of(monitor, incident, window);
	if (window)
		windows_drop(&monitor->watch.windows, window);
	monitor->changed = true;
}

static bool is_about_incidents(const struct auditlog_record *record)
{
	static const char prefix[] = "incident.";

	return record->event.length > sizeof(prefix) - 1 &&
	       memcmp(record->event.text, prefix, sizeof(prefix) - 1) == 0;
}

void monitor_see(struct monitor *monitor, const struct auditlog_record *record)
{
	/* A gap is for monitor_follow() to read. */
	if (!monitor->loaded || record->seq != monitor->watch.position.seq + 1)
		return;
	monitor->watch.position.seq = record->seq;
	monitor->time_us = record->time_us;
	if (!is_about_incidents(record)) {
		for (unsigned i = 0; i < monitor->rules.count; i++)
			count_record(monitor, i, record);
		return;
	}
	struct open_incident *incident = incidents_apply(&monitor->watch.incidents, record);
	if (incident)
		settle(monitor, incident);
	if (!monitor->told)
		incidents_sweep(&monitor->watch.incidents);
}

/* --- following --- */

/* The file's text, or NULL when there is none that can be of use. */
static char *read_file(const struct monitor *monitor, size_t *length)
{
	IO_AUTOCLOSE int fd = auditlog_open(monitor->directory, AUDITLOG_INCIDENTS_NAME, O_RDONLY);
	struct stat status;

	if (fd < 0 || fstat(fd, &status) < 0 || status.st_size > (off_t)WATCH_FILE_MAX)
		return NULL;
	char *text = memory_new((size_t)status.st_size + 1);
	ssize_t got = io_pread_full(fd, text, (size_t)status.st_size, 0);
	*length = got < 0 ? 0 : (size_t)got;
	return text;
}

/* The file, if it is about this log: an earlier place of it, or its very end. */
static void load(struct monitor *monitor, const struct auditlog_position *end)
{
	struct watch *watch = &monitor->watch;
	size_t length = 0;
	char *text = read_file(monitor, &length);

	if (text && watch_parse(watch, &monitor->rules, text, length) == 0 &&
	    (watch->position.seq > end->seq ||
	     (watch->position.seq == end->seq &&
	      memcmp(watch->position.hash, end->hash, AUDITLOG_HASH_SIZE) != 0)))
		watch_free(watch);
	free(text);
	for (size_t i = 0; i < watch->incidents.count; i++)
		watch->incidents.list[i].news = INCIDENT_FOUND;
	monitor->known = watch->position;
	monitor->saved_seq = watch->position.seq;
	monitor->loaded = true;
}

static void see_again(void *context, const struct auditlog_record *record)
{
	struct monitor *monitor = context;

	/* The first one that there is, where those before were removed. */
	if (monitor->watch.position.seq == 0)
		monitor->watch.position.seq = record->seq - 1;
	monitor_see(monitor, record);
}

static int read_on(struct monitor *monitor, uint64_t until)
{
	uint64_t from = monitor->watch.position.seq;
	bool known = from && monitor->known.seq == from;

	return replay(monitor->directory, from, known ? monitor->known.hash : NULL, until,
		      see_again, monitor);
}

int monitor_follow(struct monitor *monitor, const struct auditlog_position *end)
{
	bool first = !monitor->loaded;

	if (!monitor->has_rules)
		return 0;
	if (first)
		load(monitor, end);
	int status = read_on(monitor, end->seq);
	/* The file was of another log, or the log has lost what followed it. */
	if (status < 0 && first && monitor->saved_seq) {
		watch_free(&monitor->watch);
		monitor->saved_seq = 0;
		monitor->changed = true;
		status = read_on(monitor, end->seq);
	}
	if (status == 0)
		monitor->known = *end;
	return status;
}

/* --- opening --- */

/* "SEC-20260102-0123abcd": the day of the last record that led to it. */
static void make_id(struct window *window)
{
	uint64_t time_us = window_at(window, window->used - 1).time_us;
	char time[CLOCK_RFC3339_SIZE];
	uint32_t random;

	if (getrandom(&random, sizeof(random), 0) != (ssize_t)sizeof(random))
		fatal("no random bytes: %m");
	clock_rfc3339(time, time_us);
	snprintf(window->id, sizeof(window->id), "SEC-%.4s%.2s%.2s-%08" PRIx32, time, time + 5,
		 time + 8, random);
}

/* Numbers of the newest records, as many as there is room for. */
static void put_records(const struct window *window, char text[INCIDENT_RECORDS_MAX + 1])
{
	unsigned first = window->used > INCIDENT_RECORDS_MAX / 16
				 ? window->used - INCIDENT_RECORDS_MAX / 16
				 : 0;
	size_t used = 0;

	for (unsigned i = first; i < window->used; i++)
		used += (size_t)snprintf(text + used, INCIDENT_RECORDS_MAX + 1 - used, "%s%" PRIu64,
					 used ? "," : "", window_at(window, i).seq);
}

static struct window *next_due(const struct monitor *monitor)
{
	for (unsigned i = 0; i < monitor->watch.windows.count; i++) {
		struct window *at = monitor->watch.windows.list[i];
		if (at->due && !*at->id)
			return at;
	}
	return NULL;
}

static bool has_room(struct monitor *monitor)
{
	bool room = monitor->watch.incidents.count < INCIDENTS_MAX;

	if (!room && !monitor->full)
		log_write(LOG_LEVEL_ERROR,
			  "%u security incidents are open, as many as can be; close some with "
			  "ghward audit incidents close",
			  INCIDENTS_MAX);
	monitor->full = !room;
	return room;
}

bool monitor_take(struct monitor *monitor, struct audit_event *event)
{
	struct window *window = next_due(monitor);

	if (!window || !has_room(monitor))
		return false;
	const struct audit_rule *rule = &monitor->rules.list[window->rule];
	make_id(window);
	snprintf(monitor->text.count, sizeof(monitor->text.count), "%u", window->used);
	snprintf(monitor->text.window, sizeof(monitor->text.window), "%" PRIu32, rule->window_s);
	rules_put_actions(rule->actions, monitor->text.actions);
	put_records(window, monitor->text.records);
	*event = (struct audit_event){
		.actor = "audit",
		.event = "incident.open",
		.phase = AUDIT_NOTE,
		.severity = rule->severity,
		.detail_count = 9,
		.details = {{"id", window->id},
			    {"type", rule->type},
			    {"rule", rule->name},
			    {"per", rules_pers[rule->per]},
			    {"subject", window->subject},
			    {"count", monitor->text.count},
			    {"window", monitor->text.window},
			    {"actions", monitor->text.actions},
			    {"records", monitor->text.records}},
	};
	return true;
}

/* --- telling --- */

static void tell_incident(struct ipc_channel *broker, const struct open_incident *incident)
{
	struct ipc_message *message = ipc_new(MESSAGE_INCIDENT, 0);
	struct incident told = {
		.news = incident->news,
		.id = incident->id,
		.rule = incident->rule,
		.type = incident->type,
		.subject = incident->subject,
		.records = incident->records,
		.per = incident->per,
		.severity = incident->severity,
		.actions = incident->actions,
		.done = incident->done,
		.count = incident->count,
		.window_s = incident->window_s,
		.opened_us = incident->opened_us,
	};

	protocol_put_incident(message, &told);
	ipc_send(broker, message);
}

static void tell_closed(struct ipc_channel *broker, const struct open_incident *incident)
{
	struct ipc_message *message = ipc_new(MESSAGE_INCIDENT_CLOSED, 0);

	ipc_put_string(message, incident->id);
	ipc_send(broker, message);
}

void monitor_tell(struct monitor *monitor, struct ipc_channel *broker)
{
	struct incidents *incidents = &monitor->watch.incidents;

	if (!monitor->loaded)
		return;
	for (size_t i = 0; i < incidents->count; i++) {
		struct open_incident *at = &incidents->list[i];
		if (at->closed && at->told)
			tell_closed(broker, at);
		else if (!at->closed && !at->told)
			tell_incident(broker, at);
		at->told = true;
	}
	incidents_sweep(incidents);
	if (!monitor->told)
		ipc_send(broker, ipc_new(MESSAGE_INCIDENTS_READY, 0));
	monitor->told = true;
}

/* --- saving --- */

static bool is_worth_saving(const struct monitor *monitor, enum monitor_saving saving)
{
	uint64_t behind = monitor->watch.position.seq - monitor->saved_seq;

	return monitor->changed || behind >= BEHIND ||
	       (saving == MONITOR_SAVE_ALL && (monitor->counted || behind >= BEHIND_AT_END));
}

/* Windows that time has emptied. */
static void forget_old(struct monitor *monitor)
{
	struct windows *windows = &monitor->watch.windows;

	for (unsigned i = windows->count; i-- > 0;) {
		struct window *window = windows->list[i];
		uint64_t newest = window_at(window, window->used - 1).time_us;
		uint64_t life = monitor->rules.list[window->rule].window_s * UINT64_C(1000000);
		if (!window->due && newest + life < monitor->time_us)
			windows_drop(windows, window);
	}
}

/* An older file, or none, costs reading the log again and nothing else: so the directory is not
 * synced, and the file only where it says something that the next writer should not have to look
 * for. */
static int write_file(struct monitor *monitor)
{
	size_t length;
	char *text = watch_format(&monitor->watch, &monitor->rules, &length);
	IO_AUTOCLOSE int fd =
		auditlog_open(monitor->directory, NEW_FILE_NAME, O_WRONLY | O_CREAT | O_TRUNC);
	int status = -1;

	if (fd >= 0 && io_write_full(fd, text, length) == 0 &&
	    (!monitor->changed || fdatasync(fd) == 0))
		status = renameat(monitor->directory, NEW_FILE_NAME, monitor->directory,
				  AUDITLOG_INCIDENTS_NAME);
	free(text);
	return status;
}

void monitor_save(struct monitor *monitor, const struct auditlog_position *end,
		  enum monitor_saving saving)
{
	/* Of a place that the monitor has not followed to, there is nothing to say. */
	if (!monitor->loaded || monitor->watch.position.seq != end->seq ||
	    !is_worth_saving(monitor, saving))
		return;
	monitor->known = monitor->watch.position = *end;
	forget_old(monitor);
	if (write_file(monitor) < 0) {
		log_write(LOG_LEVEL_WARNING,
			  "cannot write the file %s of the audit directory: %m; the next writer "
			  "reads the log instead",
			  AUDITLOG_INCIDENTS_NAME);
		return;
	}
	monitor->saved_seq = end->seq;
	monitor->changed = monitor->counted = false;
}

uint64_t monitor_oldest(const struct monitor *monitor)
{
	uint64_t oldest = UINT64_MAX;

	for (size_t i = 0; i < monitor->watch.incidents.count; i++) {
		const struct open_incident *at = &monitor->watch.incidents.list[i];
		if (!at->closed && at->seq < oldest)
			oldest = at->seq;
	}
	return oldest;
}
