/* A code scanning alert as people read it, taken leniently out of GitHub's object: every field but
 * the number may be absent or null. */
#ifndef GHWARD_GITHUB_ALERT_H
#define GHWARD_GITHUB_ALERT_H

#include "lib/json/parse.h"

#include <stdbool.h>
#include <stdint.h>

/* Strings belong to the cJSON tree and are not sanitised; "" where unknown. */
struct alert_view {
	uint64_t number;
	const char *state, *severity, *rule_id, *rule_description, *tool, *tool_version, *path;
	uint64_t start_line; /* 0 where unknown */
	const char *ref, *message, *created_at, *updated_at, *html_url;
	const char *dismissed_at, *dismissed_by, *dismissed_reason, *dismissed_comment;
	const char *repository; /* full name; only organisation and enterprise lists have it */
};

/* False when it is not an object with a number. */
bool alert_read(const struct cJSON *, struct alert_view *)
	__attribute__((warn_unused_result, nonnull(2)));

/* "critical", "high", "medium", "low" or "": security_severity_level, else from the rule's severity
 * (error is high, warning medium, note and none low). Never the text that was received. */
const char *alert_severity(const struct cJSON *alert) __attribute__((returns_nonnull));

/* Writes "CWE-79" of a tag "external/cwe/cwe-079", "cwe-79" or "CWE-79" and returns true; returns
 * false for other tags. */
#define ALERT_CWE_SIZE 16u
bool alert_cwe(const char *tag, char cwe[ALERT_CWE_SIZE]) __attribute__((nonnull));

#endif
