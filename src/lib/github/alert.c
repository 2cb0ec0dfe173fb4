/* A code scanning alert as people read it. */
#include "lib/github/alert.h"

#include "lib/validate/validate.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

struct meaning {
	const char *word, *severity;
};

static const char *meaning_of(const struct meaning *meanings, size_t count, const char *word)
{
	for (size_t i = 0; i < count; i++) {
		if (strcmp(meanings[i].word, word) == 0)
			return meanings[i].severity;
	}
	return "";
}

const char *alert_severity(const struct cJSON *alert)
{
	static const struct meaning levels[] = {
		{"critical", "critical"}, {"high", "high"}, {"medium", "medium"}, {"low", "low"}};
	static const struct meaning severities[] = {
		{"error", "high"}, {"warning", "medium"}, {"note", "low"}, {"none", "low"}};
	const struct cJSON *rule = json_get_object(alert, "rule");
	const char *level = json_get_text(rule, "security_severity_level");
	const char *known = meaning_of(levels, sizeof(levels) / sizeof(levels[0]), level);

	if (*known)
		return known;
	return meaning_of(severities, sizeof(severities) / sizeof(severities[0]),
			  json_get_text(rule, "severity"));
}

bool alert_read(const struct cJSON *alert, struct alert_view *view)
{
	const struct cJSON *rule = json_get_object(alert, "rule");
	const struct cJSON *tool = json_get_object(alert, "tool");
	const struct cJSON *instance = json_get_object(alert, "most_recent_instance");
	const struct cJSON *location = json_get_object(instance, "location");

	*view = (struct alert_view){
		.state = json_get_text(alert, "state"),
		.severity = alert_severity(alert),
		.rule_id = json_get_text(rule, "id"),
		.rule_description = json_get_text(rule, "description"),
		.tool = json_get_text(tool, "name"),
		.tool_version = json_get_text(tool, "version"),
		.path = json_get_text(location, "path"),
		.ref = json_get_text(instance, "ref"),
		.message = json_get_text(json_get_object(instance, "message"), "text"),
		.created_at = json_get_text(alert, "created_at"),
		.updated_at = json_get_text(alert, "updated_at"),
		.html_url = json_get_text(alert, "html_url"),
		.dismissed_at = json_get_text(alert, "dismissed_at"),
		.dismissed_by = json_get_text(json_get_object(alert, "dismissed_by"), "login"),
		.dismissed_reason = json_get_text(alert, "dismissed_reason"),
		.dismissed_comment = json_get_text(alert, "dismissed_comment"),
		.repository = json_get_text(json_get_object(alert, "repository"), "full_name"),
	};
	if (!json_get_u64(location, "start_line", &view->start_line))
		view->start_line = 0;
	return json_get_u64(alert, "number", &view->number) && view->number > 0;
}

bool alert_cwe(const char *tag, char cwe[ALERT_CWE_SIZE])
{
	static const char path[] = "external/cwe/", prefix[] = "cwe-";
	uint32_t number;

	if (strncmp(tag, path, sizeof(path) - 1) == 0)
		tag += sizeof(path) - 1;
	if (strncasecmp(tag, prefix, sizeof(prefix) - 1) != 0)
		return false;
	tag += sizeof(prefix) - 1;
	tag += strspn(tag, "0");
	if (validate_parse_u32(tag, strlen(tag), 1, 999999, &number) < 0)
		return false;
	snprintf(cwe, ALERT_CWE_SIZE, "CWE-%u", number);
	return true;
}
