/* The file `incidents` of an audit directory, and records about incidents. Text that begins with
 * "{" is lines of a log, which are applied; any other text is a file. */
#include "fuzz.h"

#include "audit/watch.h"
#include "lib/rules/rules.h"

/* What the writer and the broker rely on. */
static void check(const struct watch *watch)
{
	require(watch->incidents.count <= INCIDENTS_MAX);
	require(watch->windows.count <= WINDOWS_MAX && watch->windows.hits <= WINDOWS_HITS_MAX);
	for (size_t i = 0; i < watch->incidents.count; i++) {
		const struct open_incident *at = &watch->incidents.list[i];
		require(rules_is_incident(at->id, strlen(at->id)));
		require(rules_is_name(at->rule) && rules_is_name(at->type));
		require(*at->subject && at->per < RULE_PERS && at->severity < AUDIT_SEVERITIES);
		require(at->actions < 1u << RULE_ACTIONS && at->done < 1u << RULE_ACTIONS);
		require(at->closed || incidents_find(&watch->incidents, at->id) == at);
	}
	for (unsigned i = 0; i < watch->windows.count; i++) {
		const struct window *at = watch->windows.list[i];
		require(at->used > 0 && at->used <= at->room && *at->subject);
		require(windows_find(&watch->windows, at->rule, at->subject) == at);
	}
}

/* What is written is read as the same. */
static void check_again(const struct watch *watch, const struct audit_rules *rules)
{
	struct watch again;
	size_t length, other_length;
	char *text = watch_format(watch, rules, &length);

	require(length <= WATCH_FILE_MAX);
	require(watch_parse(&again, rules, text, length) == 0);
	check(&again);
	char *other = watch_format(&again, rules, &other_length);
	require(other_length == length && memcmp(other, text, length) == 0);
	/* A part of it is none. */
	watch_free(&again);
	require(watch_parse(&again, rules, text, length - 1) < 0);
	free(text);
	free(other);
}

static void apply_lines(struct watch *watch, char *text)
{
	while (*text) {
		struct auditlog_record record;
		char *line = take_line(&text);
		if (auditlog_parse(line, strlen(line), &record) < 0)
			continue;
		(void)!incidents_apply(&watch->incidents, &record);
		check(watch);
	}
	incidents_sweep(&watch->incidents);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct watch watch = {.position = {.seq = 0}};
	struct audit_rules rules;
	char *text = malloc(size + 1);

	require(text != NULL);
	memcpy(text, data, size);
	text[size] = 0;
	rules_defaults(&rules);
	if (*text == '{')
		apply_lines(&watch, text);
	else if (watch_parse(&watch, &rules, text, size) < 0)
		require(!watch.incidents.count && !watch.windows.count);
	check(&watch);
	check_again(&watch, &rules);
	watch_free(&watch);
	free(text);
	return 0;
}
