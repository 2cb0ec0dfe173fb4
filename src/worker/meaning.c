/* What a record of the audit log means. */
#include "worker/meaning.h"

#include <string.h>

static bool begins(const char *text, const char *prefix)
{
	return strncmp(text, prefix, strlen(prefix)) == 0;
}

const struct operation *meaning_operation(const struct record *record)
{
	enum operation_id id;

	if (!operation_find(record->event, &id))
		return NULL;
	const struct operation *operation = operation_get(id);
	return strcmp(operation->id, record->event) == 0 ? operation : NULL;
}

enum meaning_area meaning_area(const struct record *record)
{
	static const struct {
		const char *prefix;
		enum meaning_area area;
	} areas[] = {
		{"auth.", AREA_ACCESS},
		{"vault.", AREA_ACCESS},
		{"app.token.", AREA_ACCESS},
		{"login.", AREA_ACCESS},
		{"credentials.", AREA_ACCESS},
		{"sandbox.violation", AREA_VIOLATION},
		{"protocol.violation", AREA_VIOLATION},
		{"path.", AREA_PATH},
		{"input.", AREA_PATH},
		{"incident.", AREA_INCIDENT},
		{"audit.", AREA_LOG},
	};

	for (size_t i = 0; i < sizeof(areas) / sizeof(areas[0]); i++) {
		if (begins(record->event, areas[i].prefix))
			return areas[i].area;
	}
	return AREA_GITHUB;
}

static enum meaning_activity activity_of_method(enum operation_method method)
{
	switch (method) {
	case METHOD_POST:
		return ACTIVITY_CREATE;
	case METHOD_PUT:
	case METHOD_PATCH:
		return ACTIVITY_UPDATE;
	case METHOD_DELETE:
		return ACTIVITY_DELETE;
	default:
		return ACTIVITY_READ;
	}
}

/* By the last word of the event, for what is no operation of GitHub's. */
static enum meaning_activity activity_of_verb(const char *verb)
{
	static const struct {
		const char *verb;
		enum meaning_activity activity;
	} verbs[] = {
		{"add", ACTIVITY_CREATE},     {"bundle", ACTIVITY_READ},
		{"check", ACTIVITY_READ},     {"close", ACTIVITY_UPDATE},
		{"export", ACTIVITY_READ},    {"init", ACTIVITY_CREATE},
		{"list", ACTIVITY_READ},      {"login", ACTIVITY_CREATE},
		{"logout", ACTIVITY_DELETE},  {"open", ACTIVITY_CREATE},
		{"opened", ACTIVITY_READ},    {"rekey", ACTIVITY_UPDATE},
		{"remove", ACTIVITY_DELETE},  {"report", ACTIVITY_READ},
		{"retain", ACTIVITY_DELETE},  {"rotate", ACTIVITY_UPDATE},
		{"run", ACTIVITY_READ},	      {"search", ACTIVITY_READ},
		{"show", ACTIVITY_READ},      {"stats", ACTIVITY_READ},
		{"status", ACTIVITY_READ},    {"tail", ACTIVITY_READ},
		{"verify", ACTIVITY_READ},    {"view", ACTIVITY_READ},
		{"written", ACTIVITY_UPDATE},
	};

	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		if (strcmp(verb, verbs[i].verb) == 0)
			return verbs[i].activity;
	}
	return ACTIVITY_OTHER;
}

enum meaning_activity meaning_activity(const struct record *record)
{
	const char *dot = strrchr(record->event, '.');
	enum operation_id id;

	if (operation_find(record->event, &id))
		return activity_of_method(operation_get(id)->method);
	return activity_of_verb(dot ? dot + 1 : record->event);
}

bool meaning_is_denial(const struct record *record)
{
	return strcmp(record->decision, "deny") == 0 || strcmp(record->outcome, "denied") == 0;
}

enum meaning_end meaning_end(const struct record *record)
{
	if (meaning_is_denial(record))
		return END_FAILURE;
	if (!*record->outcome)
		return END_OPEN;
	if (strcmp(record->outcome, "done") == 0 || strcmp(record->outcome, "answered") == 0)
		return END_SUCCESS;
	return strcmp(record->outcome, "unknown") == 0 ? END_UNKNOWN : END_FAILURE;
}

bool meaning_is_write(const struct record *record)
{
	const struct operation *operation = meaning_operation(record);

	return operation && operation->class == CLASS_WRITE && operation->answer == ANSWER_OPEN;
}
