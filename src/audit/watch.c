/* The file `incidents`. */
#include "audit/watch.h"

#include "lib/base/memory.h"
#include "lib/rules/rules.h"
#include "lib/sanitize/character.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_LINE "ghward incidents 1\n"
#define LAST_LINE "end\n"

/* A line of an incident, and a line of a window without its hits; then one hit. */
#define LINE_ROOM 1024u
#define HIT_ROOM 48u

#define TIME_MAX UINT64_C(253402300800000000) /* the year 10000 */

void watch_free(struct watch *watch)
{
	incidents_free(&watch->incidents);
	windows_free(&watch->windows);
	memset(watch, 0, sizeof(*watch));
}

/* --- writing --- */

static size_t put_incident(char *at, const struct open_incident *incident)
{
	return (size_t)snprintf(
		at, LINE_ROOM,
		"open %s %" PRIu64 " %" PRIu64 " %s %s %u %u %" PRIu32 " %" PRIu32 " %s %s %s %s\n",
		incident->id, incident->seq, incident->opened_us,
		rules_severities[incident->severity], rules_pers[incident->per], incident->actions,
		incident->done, incident->count, incident->window_s, incident->records,
		incident->rule, incident->type, incident->subject);
}

static size_t put_window(char *at, const struct window *window, const char *rule)
{
	size_t used = (size_t)snprintf(at, LINE_ROOM, "seen %s ", rule);

	for (unsigned i = 0; i < window->used; i++) {
		struct window_hit hit = window_at(window, i);
		used += (size_t)snprintf(at + used, HIT_ROOM, "%s%" PRIu64 ":%" PRIu64,
					 i ? "," : "", hit.seq, hit.time_us);
	}
	return used + (size_t)snprintf(at + used, LINE_ROOM, " %s\n", window->subject);
}

char *watch_format(const struct watch *watch, const struct audit_rules *rules, size_t *length)
{
	const struct incidents *incidents = &watch->incidents;
	const struct windows *windows = &watch->windows;
	char *text = memory_new((incidents->count + windows->count * 2 + 2) * LINE_ROOM +
				windows->hits * (size_t)HIT_ROOM);
	size_t used = (size_t)snprintf(text, LINE_ROOM, FIRST_LINE);

	auditlog_format_slot(text + used, &watch->position);
	used += AUDITLOG_SLOT_SIZE;
	for (size_t i = 0; i < incidents->count; i++) {
		if (!incidents->list[i].closed)
			used += put_incident(text + used, &incidents->list[i]);
	}
	for (unsigned i = 0; i < windows->count; i++)
		used += put_window(text + used, windows->list[i],
				   rules->list[windows->list[i]->rule].name);
	*length = used + (size_t)snprintf(text + used, LINE_ROOM, LAST_LINE);
	return text;
}

/* --- reading --- */

struct cursor {
	const char *at, *end;
};

static bool take(struct cursor *cursor, const char *word)
{
	size_t length = strlen(word);

	if ((size_t)(cursor->end - cursor->at) < length || memcmp(cursor->at, word, length) != 0)
		return false;
	cursor->at += length;
	return true;
}

/* What stands before a separator, which is taken too. */
static bool take_until(struct cursor *cursor, char separator, const char **text, size_t *length)
{
	const char *found = memchr(cursor->at, separator, (size_t)(cursor->end - cursor->at));

	if (!found)
		return false;
	*text = cursor->at;
	*length = (size_t)(found - cursor->at);
	cursor->at = found + 1;
	return true;
}

static bool take_text(struct cursor *cursor, char separator, char *out, size_t size)
{
	const char *text;
	size_t length;

	if (!take_until(cursor, separator, &text, &length) || length == 0 || length >= size ||
	    memchr(text, 0, length))
		return false;
	memcpy(out, text, length);
	out[length] = 0;
	return true;
}

/* Digits without leading zeros. */
static bool get_number(const char *text, size_t length, uint64_t max, uint64_t *number)
{
	*number = 0;
	if (length == 0 || (length > 1 && *text == '0'))
		return false;
	for (size_t i = 0; i < length; i++) {
		if (text[i] < '0' || text[i] > '9' ||
		    __builtin_mul_overflow(*number, 10u, number) ||
		    __builtin_add_overflow(*number, (uint64_t)(text[i] - '0'), number))
			return false;
	}
	return *number <= max;
}

static bool take_number(struct cursor *cursor, char separator, uint64_t max, uint64_t *number)
{
	const char *text;
	size_t length;

	return take_until(cursor, separator, &text, &length) &&
	       get_number(text, length, max, number);
}

static bool take_u32(struct cursor *cursor, uint64_t max, uint32_t *number)
{
	uint64_t wide;

	if (!take_number(cursor, ' ', max, &wide))
		return false;
	*number = (uint32_t)wide;
	return true;
}

static bool take_word(struct cursor *cursor, const char *const *words, unsigned *which)
{
	const char *text;
	size_t length;

	if (!take_until(cursor, ' ', &text, &length))
		return false;
	int found = rules_word(words, text, length);
	*which = (unsigned)found;
	return found >= 0;
}

static bool take_name(struct cursor *cursor, char *name)
{
	return take_text(cursor, ' ', name, RULE_NAME_MAX + 1) && rules_is_name(name);
}

/* As in a record: nothing that acts on a terminal, or ends a line. */
static bool take_subject(struct cursor *cursor, char *subject)
{
	if (!take_text(cursor, '\n', subject, INCIDENT_SUBJECT_MAX + 1))
		return false;
	size_t length = strlen(subject);
	for (size_t i = 0; i < length;) {
		struct sanitize_character character =
			sanitize_decode((const unsigned char *)subject + i, length - i);
		if (!character.valid || character.code < 0x20 ||
		    (character.code >= 0x7f && character.code <= 0x9f))
			return false;
		i += character.length;
	}
	return true;
}

static bool take_incident(struct cursor *cursor, struct open_incident *incident)
{
	unsigned severity, per;
	uint32_t actions, done;

	if (!take_text(cursor, ' ', incident->id, sizeof(incident->id)) ||
	    !rules_is_incident(incident->id, strlen(incident->id)) ||
	    !take_number(cursor, ' ', AUDITLOG_SEQ_MAX, &incident->seq) ||
	    !take_number(cursor, ' ', TIME_MAX, &incident->opened_us) ||
	    !take_word(cursor, rules_severities, &severity) ||
	    !take_word(cursor, rules_pers, &per) ||
	    !take_u32(cursor, (1u << RULE_ACTIONS) - 1, &actions) ||
	    !take_u32(cursor, (1u << RULE_ACTIONS) - 1, &done) ||
	    !take_u32(cursor, UINT32_MAX, &incident->count) ||
	    !take_u32(cursor, UINT32_MAX, &incident->window_s) ||
	    !take_text(cursor, ' ', incident->records, sizeof(incident->records)) ||
	    !incidents_are_records(incident->records) || !take_name(cursor, incident->rule) ||
	    !take_name(cursor, incident->type) || !take_subject(cursor, incident->subject))
		return false;
	incident->severity = (enum audit_severity)severity;
	incident->per = (enum rule_per)per;
	incident->actions = (uint8_t)actions;
	incident->done = (uint8_t)done;
	return true;
}

static bool read_incident(struct cursor *cursor, struct watch *watch)
{
	struct open_incident incident = {.told = false};

	if (!take_incident(cursor, &incident) || incidents_find(&watch->incidents, incident.id))
		return false;
	struct open_incident *added = incidents_add(&watch->incidents);
	if (added)
		*added = incident;
	return added != NULL;
}

/* "12:1767322800000000,15:..." */
static bool take_hit(struct cursor *hits, struct window_hit *hit)
{
	const char *comma = memchr(hits->at, ',', (size_t)(hits->end - hits->at));
	struct cursor one = {hits->at, comma ? comma : hits->end};

	hits->at = comma ? comma + 1 : hits->end;
	/* A comma at the end announces one more. */
	if (comma && hits->at == hits->end)
		return false;
	return take_number(&one, ':', AUDITLOG_SEQ_MAX, &hit->seq) &&
	       get_number(one.at, (size_t)(one.end - one.at), TIME_MAX, &hit->time_us);
}

/* A rule that is gone, or has another threshold now, keeps its lines valid. */
static bool read_window(struct cursor *cursor, struct watch *watch, const struct audit_rules *rules)
{
	char name[RULE_NAME_MAX + 1], subject[INCIDENT_SUBJECT_MAX + 1];
	struct cursor hits;
	struct window_hit hit;
	unsigned rule = 0, count = 0;
	size_t length;

	if (!take_name(cursor, name) || !take_until(cursor, ' ', &hits.at, &length) ||
	    length == 0 || !take_subject(cursor, subject))
		return false;
	hits.end = hits.at + length;
	while (rule < rules->count && strcmp(rules->list[rule].name, name) != 0)
		rule++;
	if (rule < rules->count && windows_find(&watch->windows, rule, subject))
		return false;
	while (hits.at < hits.end) {
		if (!take_hit(&hits, &hit) || ++count > RULE_THRESHOLD_MAX)
			return false;
		if (rule < rules->count)
			windows_hit(&watch->windows, rule, &rules->list[rule], subject, hit);
	}
	return true;
}

static bool read_lines(struct cursor *cursor, struct watch *watch, const struct audit_rules *rules)
{
	size_t left = (size_t)(cursor->end - cursor->at);

	if (left < AUDITLOG_SLOT_SIZE ||
	    auditlog_parse_slot(cursor->at, AUDITLOG_SLOT_SIZE, &watch->position) < 0)
		return false;
	cursor->at += AUDITLOG_SLOT_SIZE;
	while (take(cursor, "open ")) {
		if (!read_incident(cursor, watch))
			return false;
	}
	while (take(cursor, "seen ")) {
		if (!read_window(cursor, watch, rules))
			return false;
	}
	return take(cursor, LAST_LINE) && cursor->at == cursor->end;
}

int watch_parse(struct watch *watch, const struct audit_rules *rules, const char *text,
		size_t length)
{
	struct cursor cursor = {text, text + length};

	memset(watch, 0, sizeof(*watch));
	if (take(&cursor, FIRST_LINE) && read_lines(&cursor, watch, rules))
		return 0;
	watch_free(watch);
	return -1;
}
