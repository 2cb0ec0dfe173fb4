/* Open incidents. */
#include "audit/incidents.h"

#include "lib/base/memory.h"
#include "lib/rules/rules.h"
#include "lib/validate/validate.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_CAPACITY 8u

void incidents_free(struct incidents *incidents)
{
	free(incidents->list);
	*incidents = (struct incidents){0};
}

struct open_incident *incidents_add(struct incidents *incidents)
{
	if (incidents->count == INCIDENTS_MAX)
		return NULL;
	if (incidents->count == incidents->capacity) {
		size_t capacity = incidents->capacity ? incidents->capacity * 2 : FIRST_CAPACITY;
		struct open_incident *list = memory_new(capacity * sizeof(*list));
		if (incidents->count)
			memcpy(list, incidents->list, incidents->count * sizeof(*list));
		free(incidents->list);
		incidents->list = list;
		incidents->capacity = capacity;
	}
	struct open_incident *added = &incidents->list[incidents->count++];
	memset(added, 0, sizeof(*added));
	return added;
}

struct open_incident *incidents_find(const struct incidents *incidents, const char *id)
{
	for (size_t i = 0; i < incidents->count; i++) {
		struct open_incident *at = &incidents->list[i];
		if (!at->closed && strcmp(at->id, id) == 0)
			return at;
	}
	return NULL;
}

bool incidents_has(const struct incidents *incidents, const char *rule, const char *subject)
{
	for (size_t i = 0; i < incidents->count; i++) {
		const struct open_incident *at = &incidents->list[i];
		if (!at->closed && strcmp(at->rule, rule) == 0 && strcmp(at->subject, subject) == 0)
			return true;
	}
	return false;
}

void incidents_sweep(struct incidents *incidents)
{
	size_t kept = 0;

	for (size_t i = 0; i < incidents->count; i++) {
		if (!incidents->list[i].closed)
			incidents->list[kept++] = incidents->list[i];
	}
	incidents->count = kept;
}

bool incidents_are_records(const char *text)
{
	for (;;) {
		size_t digits = strspn(text, "0123456789");
		if (digits == 0 || (text[digits] && text[digits] != ','))
			return false;
		if (!text[digits])
			return true;
		text += digits + 1;
	}
}

/* --- records --- */

/* A detail's text; false when it is not there or does not fit. */
static bool get_text(const struct auditlog_record *record, const char *key, char *text, size_t size)
{
	struct auditlog_text value = auditlog_detail(record, key);
	char whole[2 * INCIDENT_SUBJECT_MAX + 1];

	if (!value.text || value.length >= sizeof(whole))
		return false;
	size_t length = auditlog_unescape(value, whole, sizeof(whole));
	/* One that was cut would be somebody else's. */
	if (length == 0 || length >= size)
		return false;
	memcpy(text, whole, length + 1);
	return true;
}

static bool get_id(const struct auditlog_record *record, char id[INCIDENT_ID_LENGTH + 1])
{
	return get_text(record, "id", id, INCIDENT_ID_LENGTH + 1) &&
	       rules_is_incident(id, strlen(id));
}

static bool get_number(const struct auditlog_record *record, const char *key, uint32_t *number)
{
	struct auditlog_text value = auditlog_detail(record, key);

	return value.text &&
	       validate_parse_u32(value.text, value.length, 0, UINT32_MAX, number) == 0;
}

static bool read_open(const struct auditlog_record *record, struct open_incident *incident)
{
	struct auditlog_text per = auditlog_detail(record, "per");
	struct auditlog_text actions = auditlog_detail(record, "actions");
	int which = per.text ? rules_word(rules_pers, per.text, per.length) : -1;

	incident->per = (enum rule_per)which;
	incident->severity = record->severity;
	incident->opened_us = record->time_us;
	incident->seq = record->seq;
	return which >= 0 && actions.text &&
	       rules_get_actions(actions.text, actions.length, &incident->actions) == 0 &&
	       get_id(record, incident->id) &&
	       get_text(record, "rule", incident->rule, sizeof(incident->rule)) &&
	       rules_is_name(incident->rule) &&
	       get_text(record, "type", incident->type, sizeof(incident->type)) &&
	       rules_is_name(incident->type) &&
	       get_text(record, "subject", incident->subject, sizeof(incident->subject)) &&
	       get_text(record, "records", incident->records, sizeof(incident->records)) &&
	       incidents_are_records(incident->records) &&
	       get_number(record, "count", &incident->count) &&
	       get_number(record, "window", &incident->window_s);
}

static struct open_incident *apply_open(struct incidents *incidents,
					const struct auditlog_record *record)
{
	struct open_incident incident = {.told = false};

	if (!read_open(record, &incident) || incidents_find(incidents, incident.id))
		return NULL;
	struct open_incident *added = incidents_add(incidents);
	if (added)
		*added = incident;
	return added;
}

static struct open_incident *apply_respond(struct incidents *incidents,
					   const struct auditlog_record *record)
{
	struct auditlog_text action = auditlog_detail(record, "action");
	char id[INCIDENT_ID_LENGTH + 1];

	if (!get_id(record, id) || !action.text || !auditlog_text_is(record->outcome, "done"))
		return NULL;
	struct open_incident *incident = incidents_find(incidents, id);
	int which = rules_word(rules_actions, action.text, action.length);
	if (!incident || which < 0)
		return NULL;
	incident->done |= (uint8_t)(1u << which);
	return incident;
}

static struct open_incident *apply_close(struct incidents *incidents,
					 const struct auditlog_record *record)
{
	char id[INCIDENT_ID_LENGTH + 1];
	struct open_incident *incident = get_id(record, id) ? incidents_find(incidents, id) : NULL;

	if (incident)
		incident->closed = true;
	return incident;
}

struct open_incident *incidents_apply(struct incidents *incidents,
				      const struct auditlog_record *record)
{
	if (auditlog_text_is(record->event, "incident.open"))
		return apply_open(incidents, record);
	if (auditlog_text_is(record->event, "incident.respond"))
		return apply_respond(incidents, record);
	if (auditlog_text_is(record->event, "incident.close"))
		return apply_close(incidents, record);
	return NULL;
}
