/* Security incidents as the broker tells them. */
#include "cli/incident_result.h"

#include "cli/report.h"
#include "lib/base/clock.h"
#include "lib/base/memory.h"
#include "lib/rules/rules.h"
#include "lib/sanitize/sanitize.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const headings[] = {"ID",	 "TYPE",  "SEVERITY",  "SUBJECT",
				       "OPENED", "COUNT", "RESPONSES", "DONE"};

#define COLUMNS (sizeof(headings) / sizeof(headings[0]))

/* Without what could act on a terminal. */
static const char *keep(const char *text)
{
	size_t size = strlen(text) * 4 + 1;
	char *clean = memory_new(size);

	sanitize_field(clean, size, text, strlen(text));
	return clean;
}

int incident_result_take(void *context, struct ipc_incoming *in)
{
	struct incident_result *result = context;
	struct incident told;

	if (in->type != MESSAGE_INCIDENT)
		return -1;
	protocol_get_incident(in, &told);
	if (ipc_end(in) < 0 || result->count == INCIDENTS_MAX)
		return -1;
	if (!result->list)
		result->list = memory_new(INCIDENTS_MAX * sizeof(*result->list));
	told.id = keep(told.id);
	told.rule = keep(told.rule);
	told.type = keep(told.type);
	told.subject = keep(told.subject);
	told.records = keep(told.records);
	result->list[result->count++] = told;
	return 0;
}

static void drop(const char *text)
{
	free((char *)(uintptr_t)text);
}

void incident_result_free(struct incident_result *result)
{
	for (unsigned i = 0; i < result->count; i++) {
		drop(result->list[i].id);
		drop(result->list[i].rule);
		drop(result->list[i].type);
		drop(result->list[i].subject);
		drop(result->list[i].records);
	}
	free(result->list);
}

/* What is computed for one while it is printed. */
struct words {
	char opened[CLOCK_RFC3339_SIZE], count[12];
	char actions[RULES_ACTIONS_SIZE], done[RULES_ACTIONS_SIZE];
};

static void find_words(const struct incident *incident, struct words *words)
{
	clock_rfc3339(words->opened, incident->opened_us);
	snprintf(words->count, sizeof(words->count), "%" PRIu32, incident->count);
	rules_put_actions(incident->actions, words->actions);
	rules_put_actions(incident->done, words->done);
}

void incident_print_table(const struct incident_result *result, bool terminal)
{
	unsigned rows = result->count + 1;
	const char **cells = memory_new(rows * COLUMNS * sizeof(*cells));
	struct words *words = memory_new(rows * sizeof(*words));

	memcpy(cells, headings, sizeof(headings));
	for (unsigned i = 0; i < result->count; i++) {
		const struct incident *at = &result->list[i];
		const char **row = &cells[(i + 1) * COLUMNS];
		find_words(at, &words[i]);
		*row++ = at->id;
		*row++ = at->type;
		*row++ = rules_severities[at->severity];
		*row++ = at->subject;
		*row++ = words[i].opened;
		*row++ = words[i].count;
		*row++ = words[i].actions;
		*row = words[i].done;
	}
	report_table(cells, rows, COLUMNS, terminal ? REPORT_ALIGNED : REPORT_TABS);
	free(words);
	free(cells);
}

void incident_print_one(const struct incident_result *result)
{
	struct words words;

	for (unsigned i = 0; i < result->count; i++) {
		const struct incident *at = &result->list[i];
		find_words(at, &words);
		printf("incident   %s\ntype       %s\nseverity   %s\nstate      open\n"
		       "opened     %s\nrule       %s\n%-10s %s\nrecords    %s in %" PRIu32
		       " s, the newest: %s\nresponses  %s\ndone       %s\n",
		       at->id, at->type, rules_severities[at->severity], words.opened, at->rule,
		       rules_pers[at->per], at->subject, words.count, at->window_s, at->records,
		       *words.actions ? words.actions : "none", *words.done ? words.done : "none");
	}
}

/* --- JSON --- */

static void put_set(struct json_writer *writer, const char *key, uint8_t set)
{
	json_key(writer, key);
	json_array_begin(writer);
	for (unsigned i = 0; i < RULE_ACTIONS; i++) {
		if (set >> i & 1)
			json_string(writer, rules_actions[i]);
	}
	json_array_end(writer);
}

static void put_records(struct json_writer *writer, const char *list)
{
	json_key(writer, "records");
	json_array_begin(writer);
	while (*list) {
		char *end;
		json_u64(writer, strtoull(list, &end, 10));
		list = *end == ',' && end[1] ? end + 1 : "";
	}
	json_array_end(writer);
}

static void put_text(struct json_writer *writer, const char *key, const char *text)
{
	json_key(writer, key);
	json_string(writer, text);
}

static void put_incident(struct json_writer *writer, const struct incident *incident,
			 const char *state)
{
	struct words words;

	find_words(incident, &words);
	json_object_begin(writer);
	put_text(writer, "id", incident->id);
	put_text(writer, "type", incident->type);
	put_text(writer, "severity", rules_severities[incident->severity]);
	put_text(writer, "state", state);
	put_text(writer, "opened", words.opened);
	put_text(writer, "rule", incident->rule);
	put_text(writer, "per", rules_pers[incident->per]);
	put_text(writer, "subject", incident->subject);
	json_key(writer, "count");
	json_u64(writer, incident->count);
	json_key(writer, "window");
	json_u64(writer, incident->window_s);
	put_records(writer, incident->records);
	put_set(writer, "actions", incident->actions);
	put_set(writer, "done", incident->done);
	json_object_end(writer);
}

void incident_print_json(const struct incident_result *result, enum job_kind kind, bool terminal)
{
	const char *state = kind == JOB_AUDIT_INCIDENTS_CLOSE ? "closed" : "open";
	struct report_json json;

	report_json_begin(&json, terminal);
	if (kind == JOB_AUDIT_INCIDENTS_LIST)
		json_array_begin(&json.writer);
	for (unsigned i = 0; i < result->count; i++) {
		put_incident(&json.writer, &result->list[i], state);
		report_json_pass(&json);
	}
	if (kind == JOB_AUDIT_INCIDENTS_LIST)
		json_array_end(&json.writer);
	report_json_end(&json);
}
