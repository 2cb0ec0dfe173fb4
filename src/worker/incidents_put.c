/* Security incidents as a table, lines, a page and JSON. */
#include "worker/incidents.h"

#include "lib/base/clock.h"
#include "lib/json/write.h"
#include "worker/table.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One as JSON: every text as escapes, and its responses. */
#define JSON_MAX (64u * 1024u)

static const char *state_of(const struct incident_story *story)
{
	return *story->closed ? "closed" : "open";
}

/* "alert: done, quarantine: done": the last word about each. */
static void put_done(const struct incident_story *story, char *text, size_t size)
{
	size_t used = 0;

	*text = 0;
	for (unsigned i = 0; i < story->response_count && used < size; i++) {
		const struct incident_response *at = &story->responses[i];
		bool repeated = false;
		for (unsigned later = i + 1; later < story->response_count; later++)
			repeated |= strcmp(story->responses[later].action, at->action) == 0;
		if (!repeated)
			used += (size_t)snprintf(text + used, size - used, "%s%s: %s",
						 used ? ", " : "", at->action, at->outcome);
	}
}

/* --- a table, and lines --- */

static const struct table_column columns[] = {
	{"ID", 21, 21, 0},     {"STATE", 6, 6, 0},	{"SEVERITY", 8, 8, 2},
	{"TYPE", 32, 16, 0},   {"SUBJECT", 40, 8, 0},	{"OPENED (UTC)", 19, 19, 1},
	{"RECORDS", 24, 7, 4}, {"RESPONSES", 60, 9, 3},
};

#define COLUMNS (sizeof(columns) / sizeof(columns[0]))

static enum table_colour colour_of(enum audit_severity severity)
{
	return severity == AUDIT_CRITICAL  ? TABLE_RED
	       : severity == AUDIT_WARNING ? TABLE_YELLOW
					   : TABLE_GREY;
}

static void put_row(struct table *table, const struct incident_story *story)
{
	const enum table_colour colours[TABLE_COLUMNS_MAX] = {
		TABLE_BOLD, *story->closed ? TABLE_GREY : TABLE_PLAIN, colour_of(story->severity)};
	char opened[24], counted[48], done[128];
	const char *cells[COLUMNS] = {story->id,
				      state_of(story),
				      record_severity(story->severity),
				      story->type,
				      story->subject,
				      opened,
				      counted,
				      done};

	snprintf(opened, sizeof(opened), "%.10s %.8s", story->opened, story->opened + 11);
	snprintf(counted, sizeof(counted), "%" PRIu64 " in %" PRIu64 " s", story->count,
		 story->window_s);
	put_done(story, done, sizeof(done));
	table_row(table, cells, colours);
}

void incident_put_table(struct review *review, const struct incident_story *list, size_t count)
{
	const struct job_request *request = &review->job->request;
	struct table *table =
		table_new(&review->job->output, columns, COLUMNS, request->width, request->colour);

	for (size_t i = 0; i < count; i++)
		put_row(table, &list[i]);
	table_settle(table);
	table_free(table);
}

void incident_put_lines(struct output *output, const struct incident_story *story)
{
	char count[24], window[24], done[256];
	const char *const fields[] = {
		story->id,	state_of(story),  record_severity(story->severity),
		story->type,	story->rule,	  story->per,
		story->subject, story->opened,	  count,
		window,		story->actions,	  done,
		story->closed,	story->closed_by, story->reason ? story->reason : ""};

	snprintf(count, sizeof(count), "%" PRIu64, story->count);
	snprintf(window, sizeof(window), "%" PRIu64, story->window_s);
	put_done(story, done, sizeof(done));
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		output_text(output, i ? "\t" : "");
		output_field(output, fields[i]);
	}
	output_text(output, "\n");
}

/* --- a page --- */

static void put_line(struct output *output, const char *name, const char *text)
{
	char head[16];

	if (!*text)
		return;
	snprintf(head, sizeof(head), "%-11s", name);
	output_text(output, head);
	output_field(output, text);
	output_text(output, "\n");
}

static void put_response(struct output *output, const struct incident_response *response,
			 bool first)
{
	char text[256];

	snprintf(text, sizeof(text), "%.19sZ %s: %s%s%s", response->time, response->action,
		 response->outcome, *response->message ? ", " : "", response->message);
	put_line(output, first ? "responses" : "", text);
}

/* What shows the records that led to it, and what happened around them. */
static void put_search(struct output *output, const struct incident_story *story)
{
	char since[CLOCK_RFC3339_SIZE], until[CLOCK_RFC3339_SIZE], text[128];
	uint64_t window_us = story->window_s * 1000000;

	if (story->window_s > RULE_WINDOW_MAX || story->opened_us < window_us)
		return;
	clock_rfc3339(since, story->opened_us - window_us);
	clock_rfc3339(until, story->opened_us + 1000000);
	snprintf(text, sizeof(text), "ghward audit search --since %.19sZ --until %.19sZ", since,
		 until);
	put_line(output, "look with", text);
}

void incident_put_one(struct output *output, const struct incident_story *story)
{
	char counted[64];

	snprintf(counted, sizeof(counted), "%" PRIu64 " within %" PRIu64 " s", story->count,
		 story->window_s);
	put_line(output, "incident", story->id);
	put_line(output, "state", state_of(story));
	put_line(output, "type", story->type);
	put_line(output, "severity", record_severity(story->severity));
	put_line(output, story->per, story->subject);
	put_line(output, "opened", story->opened);
	put_line(output, "rule", story->rule);
	put_line(output, "counted", counted);
	put_line(output, "records", story->records);
	put_search(output, story);
	put_line(output, "actions", story->actions);
	for (unsigned i = 0; i < story->response_count; i++)
		put_response(output, &story->responses[i], i == 0);
	put_line(output, "closed", story->closed);
	put_line(output, "closed by", story->closed_by);
	put_line(output, "reason", story->reason ? story->reason : "");
}

/* --- JSON --- */

static void put_text(struct json_writer *writer, const char *key, const char *text)
{
	json_key(writer, key);
	if (*text)
		json_string(writer, text);
	else
		json_null(writer);
}

/* "alert,block" as an array of texts, "12,15" as one of numbers. */
static void put_list(struct json_writer *writer, const char *key, const char *list, bool numbers)
{
	json_key(writer, key);
	json_array_begin(writer);
	while (*list) {
		size_t length = strcspn(list, ",");
		if (numbers)
			json_u64(writer, strtoull(list, NULL, 10));
		else
			json_string_n(writer, list, length);
		list += length;
		list += *list == ',';
	}
	json_array_end(writer);
}

static void put_responses(struct json_writer *writer, const struct incident_story *story)
{
	json_key(writer, "responses");
	json_array_begin(writer);
	for (unsigned i = 0; i < story->response_count; i++) {
		const struct incident_response *at = &story->responses[i];
		json_object_begin(writer);
		put_text(writer, "time", at->time);
		put_text(writer, "action", at->action);
		put_text(writer, "outcome", at->outcome);
		put_text(writer, "message", at->message);
		json_object_end(writer);
	}
	json_array_end(writer);
}

void incident_put_json(struct output *output, const struct incident_story *story)
{
	static char text[JSON_MAX];
	struct json_writer writer;
	size_t length;

	json_writer_init(&writer, text, sizeof(text));
	json_object_begin(&writer);
	put_text(&writer, "id", story->id);
	put_text(&writer, "state", state_of(story));
	put_text(&writer, "type", story->type);
	put_text(&writer, "severity", record_severity(story->severity));
	put_text(&writer, "rule", story->rule);
	put_text(&writer, "per", story->per);
	put_text(&writer, "subject", story->subject);
	put_text(&writer, "opened", story->opened);
	json_key(&writer, "count");
	json_u64(&writer, story->count);
	json_key(&writer, "window");
	json_u64(&writer, story->window_s);
	put_list(&writer, "records", story->records, true);
	put_list(&writer, "actions", story->actions, false);
	put_responses(&writer, story);
	put_text(&writer, "closed", story->closed);
	put_text(&writer, "closed_by", story->closed_by);
	put_text(&writer, "reason", story->reason ? story->reason : "");
	json_object_end(&writer);
	if (json_finish(&writer, &length) == 0)
		output_bytes(output, text, length);
}
