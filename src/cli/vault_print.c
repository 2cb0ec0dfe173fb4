/* Credentials and vaults as tables and as JSON. */
#include "cli/environment.h"
#include "cli/vault_result.h"
#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/base/memory.h"
#include "lib/github/fields.h"
#include "lib/sanitize/sanitize.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* "2026-01-02T03:04:05Z" and its first part. */
#define TIME_LENGTH 20
#define DAY_LENGTH 10

/* A time as RFC 3339 with whole seconds; "" for none. */
static void put_time(char text[CLOCK_RFC3339_SIZE], uint64_t seconds)
{
	*text = 0;
	if (!seconds || seconds > CLOCK_RFC3339_MAX_S)
		return;
	clock_rfc3339(text, seconds * 1000000);
	snprintf(text + TIME_LENGTH - 1, CLOCK_RFC3339_SIZE - TIME_LENGTH + 1, "Z");
}

/* --- JSON --- */

static void json_text(struct json_writer *writer, const char *text)
{
	if (*text)
		json_string(writer, text);
	else
		json_null(writer);
}

static void json_time(struct json_writer *writer, uint64_t seconds)
{
	char text[CLOCK_RFC3339_SIZE];

	put_time(text, seconds);
	json_text(writer, text);
}

/* "repo,gist" as an array. */
static void json_list(struct json_writer *writer, const char *list)
{
	json_array_begin(writer);
	while (*list) {
		list += strspn(list, " ");
		size_t length = strcspn(list, ",");
		if (length > 0)
			json_string_n(writer, list, length);
		list += length;
		list += *list == ',';
	}
	json_array_end(writer);
}

static void put_field(struct json_writer *writer, const struct vault_entry *entry,
		      enum entry_field field, uint64_t now_s)
{
	char host[ENVIRONMENT_HOST_MAX];

	json_key(writer, field_name(FIELD_SET_ENTRY, field));
	switch (field) {
	case ENTRY_FIELD_NAME:
		json_text(writer, entry->name);
		break;
	case ENTRY_FIELD_KIND:
		json_text(writer, entry->kind);
		break;
	case ENTRY_FIELD_HOST:
		environment_hostname(entry->origin, host);
		json_text(writer, host);
		break;
	case ENTRY_FIELD_ORIGIN:
		json_text(writer, entry->origin);
		break;
	case ENTRY_FIELD_OWNER:
		json_text(writer, entry->owner);
		break;
	case ENTRY_FIELD_ACCOUNT:
		json_text(writer, entry->account);
		break;
	case ENTRY_FIELD_SCOPES:
		json_list(writer, entry->scopes);
		break;
	case ENTRY_FIELD_CREATED:
		json_time(writer, entry->created);
		break;
	case ENTRY_FIELD_EXPIRES:
		json_time(writer, entry->expires);
		break;
	case ENTRY_FIELD_LAST_USED:
		json_time(writer, entry->last_used);
		break;
	case ENTRY_FIELD_FINGERPRINT:
		json_text(writer, entry->fingerprint);
		break;
	case ENTRY_FIELD_STATE:
		json_string(writer, vault_entry_state_name(vault_entry_state(entry, now_s)));
		break;
	case ENTRY_FIELDS:
		break;
	}
}

static void put_entry(struct json_writer *writer, const struct vault_entry *entry,
		      const struct job_request *request, uint64_t now_s)
{
	json_object_begin(writer);
	for (unsigned i = 0; i < ENTRY_FIELDS; i++) {
		if (!request || !request->field_count ||
		    memchr(request->fields, (int)i, request->field_count))
			put_field(writer, entry, (enum entry_field)i, now_s);
	}
	json_object_end(writer);
}

void vault_print_list_json(const struct vault_result *result, const struct job_request *request,
			   uint64_t now_s, bool terminal)
{
	struct report_json json;

	report_json_begin(&json, terminal);
	json_array_begin(&json.writer);
	for (size_t i = 0; i < result->count; i++) {
		put_entry(&json.writer, &result->entries[i], request, now_s);
		report_json_pass(&json);
	}
	json_array_end(&json.writer);
	report_json_end(&json);
}

void vault_print_entry_json(const struct vault_entry *entry, uint64_t now_s, bool terminal)
{
	struct report_json json;

	report_json_begin(&json, terminal);
	put_entry(&json.writer, entry, NULL, now_s);
	report_json_end(&json);
}

void vault_print_facts_json(const struct vault_facts *facts, bool terminal)
{
	struct report_json json;
	struct json_writer *writer = &json.writer;

	report_json_begin(&json, terminal);
	json_object_begin(writer);
	json_key(writer, "id");
	json_string(writer, facts->id);
	json_key(writer, "generation");
	json_u64(writer, facts->generation);
	json_key(writer, "term");
	json_u64(writer, facts->term);
	json_key(writer, "entries");
	json_u64(writer, facts->entries);
	json_key(writer, "sources");
	json_list(writer, facts->sources);
	json_object_end(writer);
	report_json_end(&json);
}

/* --- the table --- */

static const char *const headings[] = {"NAME",	  "KIND",    "HOST",	  "OWNER",	 "SCOPES",
				       "CREATED", "EXPIRES", "LAST USED", "FINGERPRINT", "STATE"};

#define COLUMNS (sizeof(headings) / sizeof(headings[0]))

static char *cell(const char *text)
{
	size_t size = strlen(text) * 4 + 1;
	char *clean = memory_new(size);

	sanitize_field(clean, size, text, strlen(text));
	return clean;
}

static char *time_cell(uint64_t seconds, bool terminal)
{
	char text[CLOCK_RFC3339_SIZE];

	put_time(text, seconds);
	if (terminal)
		text[DAY_LENGTH] = 0;
	return cell(text);
}

static void fill_row(char **row, const struct vault_entry *entry, uint64_t now_s, bool terminal)
{
	char host[ENVIRONMENT_HOST_MAX];

	environment_hostname(entry->origin, host);
	*row++ = cell(entry->name);
	*row++ = cell(entry->kind);
	*row++ = cell(host);
	*row++ = cell(entry->owner);
	*row++ = cell(entry->scopes);
	*row++ = time_cell(entry->created, terminal);
	*row++ = time_cell(entry->expires, terminal);
	*row++ = time_cell(entry->last_used, terminal);
	*row++ = cell(entry->fingerprint);
	*row = cell(vault_entry_state_name(vault_entry_state(entry, now_s)));
}

void vault_print_list(const struct vault_result *result, uint64_t now_s, bool terminal)
{
	size_t rows = result->count + 1;
	char **cells = memory_new(rows * COLUMNS * sizeof(*cells));

	for (size_t i = 0; i < COLUMNS; i++)
		cells[i] = cell(headings[i]);
	for (size_t i = 1; i < rows; i++)
		fill_row(&cells[i * COLUMNS], &result->entries[i - 1], now_s, terminal);
	report_table((const char *const *)cells, (unsigned)rows, COLUMNS,
		     terminal ? REPORT_ALIGNED : REPORT_TABS);
	for (size_t i = 0; i < rows * COLUMNS; i++)
		free(cells[i]);
	free(cells);
}
