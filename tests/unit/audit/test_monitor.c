/* The monitor over a log of its own: what it opens, what it finds again, and what a crash between
 * any two steps leaves. */
#include "audit/monitor.h"

#include "lib/auditlog/auditlog.h"
#include "lib/base/io.h"
#include "lib/rules/rules.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define SESSION "0123456789ab-01234567"
#define FIRST_US UINT64_C(1767322800000000)

/* A log without what only its writer and its verifier need. */
struct place {
	char path[64];
	int directory;
	struct auditlog_position end;
	uint64_t segment, now_us;
	struct audit_rules rules;
};

static struct place place;

static int set_up(void **state)
{
	(void)state;
	memset(&place, 0, sizeof(place));
	snprintf(place.path, sizeof(place.path), "/tmp/ghward-monitor-XXXXXX");
	if (!mkdtemp(place.path))
		return -1;
	place.directory = open(place.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	place.segment = 1;
	place.now_us = FIRST_US;
	rules_defaults(&place.rules);
	rules_find(&place.rules, "token_compromise")->threshold = 3;
	return place.directory < 0 ? -1 : auditlog_init();
}

static int tear_down(void **state)
{
	char command[128];

	(void)state;
	io_close(&place.directory);
	snprintf(command, sizeof(command), "rm -rf %s", place.path);
	return system(command);
}

static void path_of(char path[128], const char *name)
{
	snprintf(path, 128, "%s/%s", place.path, name);
}

/* Appends a record; `monitor` sees it, if there is one. */
static void append(struct monitor *monitor, const struct audit_event *event)
{
	static char body[AUDITLOG_LINE_MAX], line[AUDITLOG_LINE_MAX + 1];
	const struct auditlog_stamp stamp = {
		.wall_us = place.now_us += 1000000, .boottime_us = 5, .boot_id = "boot"};
	char name[AUDITLOG_NAME_SIZE], path[128];
	struct auditlog_record record;
	size_t length = auditlog_format_body(body, sizeof(body), event, &stamp);

	length = auditlog_format_line(line, sizeof(line), body, length, 0, SESSION, &place.end);
	assert_true(length > 0);
	auditlog_segment_name(name, place.segment);
	path_of(path, name);
	FILE *file = fopen(path, "ae");
	assert_non_null(file);
	assert_int_equal(fwrite(line, 1, length, file), length);
	fclose(file);
	assert_int_equal(auditlog_parse(line, length - 1, &record), 0);
	if (monitor)
		monitor_see(monitor, &record);
}

static void refuse(struct monitor *monitor, const char *credential)
{
	const struct audit_event event = {
		.actor = "uid:1000",
		.event = "alerts.list",
		.phase = AUDIT_RESULT,
		.outcome = "authentication",
		.detail_count = 1,
		.details = {{"credential", credential}},
	};

	append(monitor, &event);
}

static void note(struct monitor *monitor, const char *event, const char *id, const char *action)
{
	const struct audit_event record = {
		.actor = "broker",
		.event = event,
		.phase = AUDIT_RESULT,
		.outcome = "done",
		.detail_count = 2,
		.details = {{"id", id}, {"action", action}},
	};

	append(monitor, &record);
}

static struct monitor *follow_new(void)
{
	struct monitor *monitor = monitor_new(place.directory);

	monitor_set_rules(monitor, &place.rules);
	assert_int_equal(monitor_follow(monitor, &place.end), 0);
	return monitor;
}

/* Opens what is to be opened, as the writer does. Returns the id of the last one. */
static const char *open_all(struct monitor *monitor, unsigned expected)
{
	static char id[INCIDENT_ID_LENGTH + 1];
	struct audit_event event;
	unsigned count = 0;

	while (monitor_take(monitor, &event)) {
		snprintf(id, sizeof(id), "%s", event.details[0].value);
		append(monitor, &event);
		count++;
	}
	assert_int_equal(count, expected);
	return id;
}

/* --- what the broker would hear --- */

struct heard {
	unsigned incidents, closed, ready;
	struct incident last;
	char id[INCIDENT_ID_LENGTH + 1], subject[512], records[256];
};

static const struct ipc_permit permits[] = {
	{MESSAGE_INCIDENT, IPC_PERMIT, 0, 4096, {IPC_FD_NONE}, NULL},
	{MESSAGE_INCIDENT_CLOSED, IPC_PERMIT, 0, 64, {IPC_FD_NONE}, NULL},
	{MESSAGE_INCIDENTS_READY, IPC_ONCE, 0, 0, {IPC_FD_NONE}, NULL},
};

static void ignore_end(void *owner, enum ipc_ending ending, const char *detail)
{
	(void)owner;
	(void)ending;
	(void)detail;
}

static void hear_one(struct heard *heard, struct ipc_incoming *in)
{
	if (in->type == MESSAGE_INCIDENT) {
		protocol_get_incident(in, &heard->last);
		snprintf(heard->id, sizeof(heard->id), "%.21s", heard->last.id);
		snprintf(heard->subject, sizeof(heard->subject), "%s", heard->last.subject);
		snprintf(heard->records, sizeof(heard->records), "%s", heard->last.records);
		heard->incidents++;
	} else if (in->type == MESSAGE_INCIDENT_CLOSED) {
		snprintf(heard->id, sizeof(heard->id), "%s", ipc_get_string(in));
		heard->closed++;
	} else {
		heard->ready++;
	}
	assert_int_equal(ipc_end(in), 0);
}

static struct heard tell(struct monitor *monitor)
{
	struct heard heard = {.incidents = 0};
	struct loop *loop = loop_new();
	uint8_t *buffer = ipc_buffer_new();
	struct ipc_incoming in;
	int ends[2];

	assert_int_equal(ipc_pair(ends), 0);
	struct ipc_channel *channel = ipc_channel_new(loop, ends[0], permits, 3, ignore_end, NULL);
	monitor_tell(monitor, channel);
	ipc_channel_close(channel);
	while (ipc_receive(ends[1], buffer, permits, 3, &in) > 0)
		hear_one(&heard, &in);
	close(ends[1]);
	free(buffer);
	loop_free(loop);
	return heard;
}

/* --- the tests --- */

static void test_three_refusals_are_an_incident(void **state)
{
	struct monitor *monitor = follow_new();

	(void)state;
	assert_int_equal(tell(monitor).ready, 1);
	refuse(monitor, "GH_TOKEN");
	refuse(monitor, "vault:work");
	refuse(monitor, "GH_TOKEN");
	open_all(monitor, 0);
	refuse(monitor, "GH_TOKEN");
	const char *id = open_all(monitor, 1);
	assert_true(rules_is_incident(id, strlen(id)));
	assert_memory_equal(id, "SEC-20260102-", 13);
	struct heard heard = tell(monitor);
	assert_int_equal(heard.incidents, 1);
	assert_int_equal(heard.ready, 0);
	assert_int_equal(heard.last.news, INCIDENT_OPENED);
	assert_string_equal(heard.subject, "GH_TOKEN");
	assert_string_equal(heard.records, "1,3,4");
	assert_int_equal(heard.last.count, 3);
	assert_int_equal(heard.last.done, 0);
	assert_int_equal(tell(monitor).incidents, 0);
	monitor_free(monitor);
}

static void test_one_at_a_time(void **state)
{
	struct monitor *monitor = follow_new();
	char id[INCIDENT_ID_LENGTH + 1];

	(void)state;
	tell(monitor);
	for (unsigned i = 0; i < 3; i++)
		refuse(monitor, "GH_TOKEN");
	snprintf(id, sizeof(id), "%s", open_all(monitor, 1));
	for (unsigned i = 0; i < 10; i++)
		refuse(monitor, "GH_TOKEN");
	open_all(monitor, 0);
	tell(monitor);
	note(monitor, "incident.close", id, "");
	struct heard heard = tell(monitor);
	assert_int_equal(heard.closed, 1);
	assert_string_equal(heard.id, id);
	/* What was before it was closed does not count. */
	refuse(monitor, "GH_TOKEN");
	refuse(monitor, "GH_TOKEN");
	open_all(monitor, 0);
	refuse(monitor, "GH_TOKEN");
	assert_string_not_equal(open_all(monitor, 1), id);
	monitor_free(monitor);
}

static void test_records_about_incidents_make_none(void **state)
{
	struct audit_rules *rules = &place.rules;

	(void)state;
	rules->list[0] = (struct audit_rule){.name = "all",
					     .type = "all",
					     .event = "*",
					     .outcome = "*",
					     .phase = AUDIT_PHASES,
					     .per = RULE_PER_ALL,
					     .threshold = 1,
					     .window_s = 1};
	rules->count = 1;
	struct monitor *monitor = follow_new();
	refuse(monitor, "x");
	char id[INCIDENT_ID_LENGTH + 1];
	snprintf(id, sizeof(id), "%s", open_all(monitor, 1));
	note(monitor, "incident.close", id, "");
	open_all(monitor, 0);
	monitor_free(monitor);
}

static void test_what_a_rule_looks_at(void **state)
{
	static const struct audit_rule base = {.name = "r",
					       .type = "r",
					       .event = "a.*",
					       .outcome = "x*",
					       .phase = AUDIT_NOTE,
					       .at_least = AUDIT_WARNING,
					       .per = RULE_PER_TARGET,
					       .threshold = 1,
					       .window_s = 1};
	static const struct audit_event fits = {.actor = "a",
						.event = "a.b",
						.target = "acme/shop#7",
						.phase = AUDIT_NOTE,
						.severity = AUDIT_CRITICAL,
						.outcome = "xy"};
	struct audit_event other[5] = {fits, fits, fits, fits, fits};

	(void)state;
	place.rules.list[0] = base;
	place.rules.count = 1;
	other[0].event = "b.a";
	other[1].outcome = "y";
	other[2].phase = AUDIT_RESULT;
	other[3].severity = AUDIT_INFO;
	other[4].target = ""; /* about nobody */
	struct monitor *monitor = follow_new();
	for (unsigned i = 0; i < 5; i++)
		append(monitor, &other[i]);
	open_all(monitor, 0);
	append(monitor, &fits);
	open_all(monitor, 1);
	assert_string_equal(tell(monitor).subject, "acme/shop");
	monitor_free(monitor);
}

static void test_hostile_subjects_are_whole_or_cut_and_survive(void **state)
{
	struct monitor *monitor = follow_new();
	char subject[600];

	(void)state;
	memset(subject, 'x', sizeof(subject) - 1);
	subject[sizeof(subject) - 1] = 0;
	memcpy(subject, "a \"\\\n\x1b[0m\xff z", 12);
	for (unsigned i = 0; i < 3; i++)
		refuse(monitor, subject);
	open_all(monitor, 1);
	monitor_save(monitor, &place.end, MONITOR_SAVE_CHANGES);
	struct heard before = tell(monitor);
	assert_int_equal(before.incidents, 1);
	assert_int_equal(strlen(before.subject), INCIDENT_SUBJECT_MAX);
	monitor_free(monitor);
	monitor = follow_new();
	assert_string_equal(tell(monitor).subject, before.subject);
	monitor_free(monitor);
}

/* One process per record, as a person's commands are. */
static void test_windows_go_from_one_writer_to_the_next(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		struct monitor *monitor = follow_new();
		refuse(monitor, "GH_TOKEN");
		open_all(monitor, i == 2);
		monitor_save(monitor, &place.end, MONITOR_SAVE_ALL);
		monitor_free(monitor);
	}
}

static void test_without_any_file_the_log_says_it(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		struct monitor *monitor = follow_new();
		refuse(monitor, "GH_TOKEN");
		open_all(monitor, i == 2);
		monitor_free(monitor);
	}
	struct monitor *monitor = follow_new();
	struct heard heard = tell(monitor);
	assert_int_equal(heard.incidents, 1);
	assert_int_equal(heard.last.news, INCIDENT_FOUND);
	assert_int_equal(heard.ready, 1);
	monitor_free(monitor);
}

/* After each step the process ends; the next one goes on from whatever is on disk. */
static void test_a_crash_after_every_step(void **state)
{
	struct audit_event event;
	struct monitor *monitor;

	(void)state;
	for (unsigned i = 0; i < 3; i++)
		refuse(NULL, "GH_TOKEN");
	/* The record that completes it is there, its incident is not. */
	monitor = follow_new();
	monitor_save(monitor, &place.end, MONITOR_SAVE_ALL);
	monitor_free(monitor);
	/* The same with the file that says so. */
	monitor = follow_new();
	assert_true(monitor_take(monitor, &event));
	monitor_save(monitor, &place.end, MONITOR_SAVE_ALL);
	monitor_free(monitor);
	monitor = follow_new();
	char id[INCIDENT_ID_LENGTH + 1];
	snprintf(id, sizeof(id), "%s", open_all(monitor, 1));
	monitor_free(monitor);
	/* It is in the log; the file is older. */
	monitor = follow_new();
	open_all(monitor, 0);
	struct heard heard = tell(monitor);
	assert_string_equal(heard.id, id);
	assert_int_equal(heard.last.done, 0);
	note(monitor, "incident.respond", id, "quarantine");
	monitor_free(monitor);
	monitor = follow_new();
	assert_int_equal(tell(monitor).last.done, 1u << RULE_QUARANTINE);
	monitor_save(monitor, &place.end, MONITOR_SAVE_CHANGES);
	note(monitor, "incident.close", id, "");
	monitor_free(monitor);
	monitor = follow_new();
	assert_int_equal(tell(monitor).incidents, 0);
	open_all(monitor, 0);
	monitor_free(monitor);
}

static void test_what_others_do_meanwhile(void **state)
{
	struct monitor *one = follow_new(), *other = follow_new();
	char id[INCIDENT_ID_LENGTH + 1];

	(void)state;
	tell(one);
	tell(other);
	for (unsigned i = 0; i < 3; i++)
		refuse(one, "GH_TOKEN");
	snprintf(id, sizeof(id), "%s", open_all(one, 1));
	/* It would have opened one, but the other was first. */
	assert_int_equal(monitor_follow(other, &place.end), 0);
	open_all(other, 0);
	struct heard heard = tell(other);
	assert_int_equal(heard.last.news, INCIDENT_ELSEWHERE);
	assert_string_equal(heard.id, id);
	note(other, "incident.close", id, "");
	assert_int_equal(monitor_follow(one, &place.end), 0);
	assert_int_equal(tell(one).incidents, 0);
	assert_int_equal(tell(one).closed, 0);
	monitor_free(one);
	monitor_free(other);
}

static void test_open_and_closed_before_anybody_heard(void **state)
{
	struct monitor *one = follow_new(), *other = follow_new();

	(void)state;
	tell(one);
	tell(other);
	for (unsigned i = 0; i < 3; i++)
		refuse(one, "GH_TOKEN");
	note(one, "incident.close", open_all(one, 1), "");
	assert_int_equal(monitor_follow(other, &place.end), 0);
	struct heard heard = tell(other);
	assert_int_equal(heard.incidents + heard.closed, 0);
	monitor_free(one);
	monitor_free(other);
}

static void write_file(const char *text, size_t length)
{
	char path[128];

	path_of(path, AUDITLOG_INCIDENTS_NAME);
	FILE *file = fopen(path, "we");
	assert_non_null(file);
	assert_int_equal(fwrite(text, 1, length, file), length);
	fclose(file);
}

static size_t read_file(char *text, size_t size)
{
	char path[128];

	path_of(path, AUDITLOG_INCIDENTS_NAME);
	FILE *file = fopen(path, "re");
	assert_non_null(file);
	size_t length = fread(text, 1, size, file);
	fclose(file);
	return length;
}

/* Anybody's file, or none at all: what is open is what the log says. */
static void test_hostile_files(void **state)
{
	char text[4096], changed[4096];
	struct monitor *monitor = follow_new();

	(void)state;
	for (unsigned i = 0; i < 3; i++)
		refuse(monitor, "GH_TOKEN");
	open_all(monitor, 1);
	monitor_save(monitor, &place.end, MONITOR_SAVE_ALL);
	monitor_free(monitor);
	size_t length = read_file(text, sizeof(text));
	for (size_t cut = 0; cut < length; cut++) {
		write_file(text, cut);
		monitor = follow_new();
		assert_int_equal(tell(monitor).incidents, 1);
		monitor_free(monitor);
	}
	/* Another place of another log. */
	for (size_t i = 0; i < AUDITLOG_SLOT_SIZE - 1; i++) {
		memcpy(changed, text, length);
		char *at = &changed[strlen("ghward incidents 1\n") + i];
		*at = *at == '1' ? '2' : '1';
		write_file(changed, length);
		monitor = follow_new();
		assert_int_equal(tell(monitor).incidents, 1);
		monitor_free(monitor);
	}
	char path[128];
	path_of(path, AUDITLOG_INCIDENTS_NAME);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkfifo(path, 0600), 0);
	monitor = follow_new();
	assert_int_equal(tell(monitor).incidents, 1);
	monitor_free(monitor);
}

static void test_a_log_that_is_not_whole_is_not_followed(void **state)
{
	char name[AUDITLOG_NAME_SIZE], path[128];
	struct monitor *monitor = monitor_new(place.directory);

	(void)state;
	for (unsigned i = 0; i < 5; i++)
		refuse(NULL, "GH_TOKEN");
	auditlog_segment_name(name, 1);
	path_of(path, name);
	assert_int_equal(truncate(path, 1000), 0);
	monitor_set_rules(monitor, &place.rules);
	errno = 0;
	assert_int_equal(monitor_follow(monitor, &place.end), -1);
	assert_int_equal(errno, EBADMSG);
	monitor_free(monitor);
}

/* Several segments, of which the first are gone. */
static void test_segments_come_and_go(void **state)
{
	char name[AUDITLOG_NAME_SIZE], path[128];

	(void)state;
	for (unsigned i = 0; i < 40; i++) {
		if (i % 8 == 0)
			place.segment = place.end.seq + 1;
		refuse(NULL, i < 38 ? "old" : "GH_TOKEN");
		place.now_us += 10000000000;
	}
	struct monitor *monitor = follow_new();
	open_all(monitor, 0);
	monitor_free(monitor);
	auditlog_segment_name(name, 1);
	path_of(path, name);
	assert_int_equal(unlink(path), 0);
	monitor = follow_new();
	monitor_save(monitor, &place.end, MONITOR_SAVE_ALL);
	assert_true(monitor_oldest(monitor) == UINT64_MAX);
	monitor_free(monitor);
}

/* From an older file to the end of a segment that is much longer. */
static void test_a_long_way_back(void **state)
{
	struct audit_event dull = {.actor = "uid:1", .event = "alerts.list", .phase = AUDIT_RESULT};
	static char filler[5000];

	(void)state;
	memset(filler, 'x', sizeof(filler) - 1);
	for (unsigned i = 0; i < 300; i++)
		append(NULL, &dull);
	struct monitor *monitor = follow_new();
	monitor_save(monitor, &place.end, MONITOR_SAVE_ALL);
	monitor_free(monitor);
	dull.detail_count = 1;
	dull.details[0].key = "body";
	dull.details[0].value = filler;
	for (unsigned i = 0; i < 200; i++)
		append(NULL, &dull);
	for (unsigned i = 0; i < 3; i++)
		refuse(NULL, "GH_TOKEN");
	monitor = follow_new();
	uint64_t at = place.end.seq + 1;
	open_all(monitor, 1);
	assert_true(monitor_oldest(monitor) == at);
	monitor_free(monitor);
}

static void test_so_many_are_open_at_most(void **state)
{
	struct audit_event event;
	char subject[32];

	(void)state;
	rules_find(&place.rules, "token_compromise")->threshold = 1;
	struct monitor *monitor = follow_new();
	for (unsigned i = 0; i < INCIDENTS_MAX; i++) {
		snprintf(subject, sizeof(subject), "vault:%u", i);
		refuse(monitor, subject);
		open_all(monitor, 1);
	}
	refuse(monitor, "one more");
	assert_false(monitor_take(monitor, &event));
	/* It waits for its turn. */
	char id[INCIDENT_ID_LENGTH + 1];
	snprintf(id, sizeof(id), "%s", tell(monitor).id);
	note(monitor, "incident.close", id, "");
	tell(monitor);
	open_all(monitor, 1);
	monitor_free(monitor);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_three_refusals_are_an_incident, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(test_one_at_a_time, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_records_about_incidents_make_none, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(test_what_a_rule_looks_at, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_hostile_subjects_are_whole_or_cut_and_survive,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_windows_go_from_one_writer_to_the_next, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(test_without_any_file_the_log_says_it, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(test_a_crash_after_every_step, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_what_others_do_meanwhile, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_open_and_closed_before_anybody_heard, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(test_hostile_files, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_a_log_that_is_not_whole_is_not_followed,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_segments_come_and_go, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_a_long_way_back, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_so_many_are_open_at_most, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
