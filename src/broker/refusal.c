/* Refused values. */
#include "broker/refusal.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

/* So much of a value is kept; the log's own sanitising makes it harmless. */
#define VALUE_MAX 200

static const char *const dots[] = {".", "%2e"};
static const char *const slashes[] = {"/", "\\", "%2f", "%5c"};

static size_t prefix(const char *text, const char *const *words, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (strncasecmp(text, words[i], strlen(words[i])) == 0)
			return strlen(words[i]);
	}
	return 0;
}

static size_t dot(const char *text)
{
	return prefix(text, dots, sizeof(dots) / sizeof(dots[0]));
}

static size_t slash(const char *text)
{
	return prefix(text, slashes, sizeof(slashes) / sizeof(slashes[0]));
}

/* "..": two dots between slashes or the ends, however they are spelt. */
static bool climbs(const char *value)
{
	bool starts = true;

	while (*value) {
		size_t first = starts ? dot(value) : 0;
		size_t second = first ? dot(value + first) : 0;
		const char *end = value + first + second;
		if (second && (!*end || slash(end)))
			return true;
		size_t step = slash(value);
		starts = step > 0;
		value += step ? step : 1;
	}
	return false;
}

enum refusal_kind refusal_kind(const char *value)
{
	bool option = value[0] == '-' && !(value[1] >= '0' && value[1] <= '9');

	if (climbs(value) || slash(value))
		return REFUSAL_TRAVERSAL;
	if (option || strpbrk(value, ";|&$`<>(){}\"'\n"))
		return REFUSAL_INJECTION;
	for (; *value; value++) {
		if ((unsigned char)*value < 0x20 || *value == 0x7f)
			return REFUSAL_INJECTION;
	}
	return REFUSAL_MISTAKE;
}

void refusal_record(const struct job *job, const char *what, const char *value)
{
	enum refusal_kind kind = refusal_kind(value);
	struct audit_event event = job_event(job, "input.refused", AUDIT_NOTE);
	char kept[VALUE_MAX + 1];

	if (kind == REFUSAL_MISTAKE)
		return;
	snprintf(kept, sizeof(kept), "%s", value);
	event.outcome = kind == REFUSAL_TRAVERSAL ? "traversal" : "injection";
	event.severity = AUDIT_WARNING;
	event.detail_count = 2;
	event.details[0].key = "parameter";
	event.details[0].value = what;
	event.details[1].key = "value";
	event.details[1].value = kept;
	audit_log_note(job->broker->audit, &event);
}
