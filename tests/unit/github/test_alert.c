/* Alerts as GitHub sends them, and as nobody should. */
#include "lib/github/alert.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct cJSON *parse(const char *text)
{
	const struct json_limits limits = JSON_LIMITS_ANSWER;
	struct json_where where;
	enum json_fault fault;
	struct cJSON *tree = json_parse(text, strlen(text), &limits, &fault, &where);

	assert_non_null(tree);
	return tree;
}

static const char full[] =
	"{\"number\":42,\"created_at\":\"2026-02-13T12:29:18Z\",\"updated_at\":\"2026-03-01T00:00:"
	"00Z\","
	"\"html_url\":\"https://github.com/acme/shop/security/code-scanning/"
	"42\",\"state\":\"dismissed\","
	"\"dismissed_by\":{\"login\":\"octocat\"},\"dismissed_at\":\"2026-03-01T00:00:00Z\","
	"\"dismissed_reason\":\"won't "
	"fix\",\"dismissed_comment\":\"later\",\"rule\":{\"id\":\"js/xss\","
	"\"severity\":\"error\",\"security_severity_level\":\"medium\",\"description\":\"XSS\"},"
	"\"tool\":{\"name\":\"CodeQL\",\"version\":\"2.4.0\"},\"most_recent_instance\":{\"ref\":"
	"\"refs/heads/main\",\"message\":{\"text\":\"Bad.\"},\"location\":{\"path\":\"src/a.js\","
	"\"start_line\":917}},\"repository\":{\"full_name\":\"acme/shop\"}}";

static void test_full(void **state)
{
	struct cJSON *tree = parse(full);
	struct alert_view view;

	(void)state;
	assert_true(alert_read(tree, &view));
	assert_int_equal(view.number, 42);
	assert_string_equal(view.state, "dismissed");
	assert_string_equal(view.severity, "medium");
	assert_string_equal(view.rule_id, "js/xss");
	assert_string_equal(view.rule_description, "XSS");
	assert_string_equal(view.tool, "CodeQL");
	assert_string_equal(view.tool_version, "2.4.0");
	assert_string_equal(view.path, "src/a.js");
	assert_int_equal(view.start_line, 917);
	assert_string_equal(view.ref, "refs/heads/main");
	assert_string_equal(view.message, "Bad.");
	assert_string_equal(view.created_at, "2026-02-13T12:29:18Z");
	assert_string_equal(view.updated_at, "2026-03-01T00:00:00Z");
	assert_string_equal(view.html_url,
			    "https://github.com/acme/shop/security/code-scanning/42");
	assert_string_equal(view.dismissed_at, "2026-03-01T00:00:00Z");
	assert_string_equal(view.dismissed_by, "octocat");
	assert_string_equal(view.dismissed_reason, "won't fix");
	assert_string_equal(view.dismissed_comment, "later");
	assert_string_equal(view.repository, "acme/shop");
	cJSON_Delete(tree);
}

/* Fields that are null, absent or of another type are unknown, never a crash. */
static void test_poor(void **state)
{
	static const char *const texts[] = {
		"{\"number\":1}",
		"{\"number\":1,\"state\":null,\"rule\":null,\"tool\":null,\"dismissed_by\":null,"
		"\"most_recent_instance\":null,\"repository\":null,\"html_url\":null}",
		"{\"number\":1,\"state\":7,\"rule\":[],\"tool\":\"x\",\"dismissed_by\":true,"
		"\"most_recent_instance\":[1],\"repository\":\"r\",\"created_at\":{}}",
		"{\"number\":1,\"rule\":{\"id\":null,\"severity\":null,\"security_severity_level\":"
		"null,"
		"\"tags\":null},\"tool\":{\"name\":null},\"most_recent_instance\":{\"message\":"
		"null,"
		"\"location\":{\"path\":null,\"start_line\":null}}}",
		"{\"number\":1,\"most_recent_instance\":{\"location\":{\"start_line\":-1}}}",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct cJSON *tree = parse(texts[i]);
		struct alert_view view;
		assert_true(alert_read(tree, &view));
		const char *const fields[] = {view.state,
					      view.severity,
					      view.rule_id,
					      view.tool,
					      view.tool_version,
					      view.rule_description,
					      view.path,
					      view.ref,
					      view.message,
					      view.created_at,
					      view.updated_at,
					      view.html_url,
					      view.dismissed_at,
					      view.dismissed_by,
					      view.dismissed_reason,
					      view.repository,
					      view.dismissed_comment};
		for (size_t field = 0; field < sizeof(fields) / sizeof(fields[0]); field++)
			assert_string_equal(fields[field], "");
		assert_int_equal(view.start_line, 0);
		cJSON_Delete(tree);
	}
}

static void test_no_alert(void **state)
{
	static const char *const texts[] = {"null",
					    "[]",
					    "\"x\"",
					    "7",
					    "{}",
					    "[{\"number\":1}]",
					    "{\"number\":null}",
					    "{\"number\":\"1\"}",
					    "{\"number\":0}",
					    "{\"number\":-1}",
					    "{\"number\":1.5}",
					    "{\"number\":1e300}",
					    "{\"Number\":1}"};
	struct alert_view view;

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct cJSON *tree = parse(texts[i]);
		assert_false(alert_read(tree, &view));
		cJSON_Delete(tree);
	}
	assert_false(alert_read(NULL, &view));
}

static void test_severity(void **state)
{
	static const struct {
		const char *rule, *severity;
	} cases[] = {
		{"{\"security_severity_level\":\"critical\",\"severity\":\"note\"}", "critical"},
		{"{\"security_severity_level\":\"high\"}", "high"},
		{"{\"security_severity_level\":\"medium\",\"severity\":\"error\"}", "medium"},
		{"{\"security_severity_level\":\"low\",\"severity\":\"error\"}", "low"},
		{"{\"security_severity_level\":null,\"severity\":\"error\"}", "high"},
		{"{\"severity\":\"warning\"}", "medium"},
		{"{\"severity\":\"note\"}", "low"},
		{"{\"severity\":\"none\"}", "low"},
		{"{\"severity\":null}", ""},
		{"{\"severity\":\"\"}", ""},
		{"{\"severity\":\"ERROR\"}", ""},
		{"{\"severity\":\"high\"}", ""},
		/* What is not known is not repeated. */
		{"{\"security_severity_level\":\"\\u001b[31m\",\"severity\":\"error\"}", "high"},
		{"{\"security_severity_level\":\"extreme\"}", ""},
		{"{}", ""},
	};
	char text[256];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		snprintf(text, sizeof(text), "{\"rule\":%s}", cases[i].rule);
		struct cJSON *tree = parse(text);
		assert_string_equal(alert_severity(tree), cases[i].severity);
		cJSON_Delete(tree);
	}
	assert_string_equal(alert_severity(NULL), "");
}

static void test_cwe(void **state)
{
	static const struct {
		const char *tag, *cwe;
	} good[] = {
		{"external/cwe/cwe-079", "CWE-79"},
		{"external/cwe/cwe-79", "CWE-79"},
		{"external/cwe/cwe-1004", "CWE-1004"},
		{"external/cwe/CWE-020", "CWE-20"},
		{"CWE-79", "CWE-79"},
		{"cwe-0079", "CWE-79"},
		{"external/cwe/cwe-999999", "CWE-999999"},
	};
	static const char *const bad[] = {"",
					  "security",
					  "external/cwe/",
					  "external/cwe/cwe-",
					  "external/cwe/cwe-0",
					  "external/cwe/cwe-000",
					  "external/cwe/cwe-79x",
					  "external/cwe/cwe--79",
					  "external/cwe/cwe-1000000",
					  "external/cwe/cwe-99999999999999999999",
					  "external/cwe/79",
					  "xexternal/cwe/cwe-79",
					  "CWE79",
					  "owasp/cwe-79"};
	char cwe[ALERT_CWE_SIZE];

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_true(alert_cwe(good[i].tag, cwe));
		assert_string_equal(cwe, good[i].cwe);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(alert_cwe(bad[i], cwe));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_full),	 cmocka_unit_test(test_poor),
		cmocka_unit_test(test_no_alert), cmocka_unit_test(test_severity),
		cmocka_unit_test(test_cwe),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
