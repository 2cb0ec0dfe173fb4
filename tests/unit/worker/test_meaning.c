/* What records mean. */
#include "worker/meaning.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static struct record record_of(const char *event, const char *decision, const char *outcome)
{
	return (struct record){.event = event, .decision = decision, .outcome = outcome};
}

static void test_areas_and_activities(void **state)
{
	static const struct {
		const char *event;
		enum meaning_area area;
		enum meaning_activity activity;
	} expected[] = {
		{"alerts.list", AREA_GITHUB, ACTIVITY_READ},
		{"alerts.dismiss", AREA_GITHUB, ACTIVITY_UPDATE},
		{"alerts.update", AREA_GITHUB, ACTIVITY_UPDATE},
		{"app.token.create", AREA_ACCESS, ACTIVITY_CREATE},
		{"app.token.revoke", AREA_ACCESS, ACTIVITY_DELETE},
		{"auth.login", AREA_ACCESS, ACTIVITY_CREATE},
		{"vault.remove", AREA_ACCESS, ACTIVITY_DELETE},
		{"vault.opened", AREA_ACCESS, ACTIVITY_READ},
		{"sandbox.violation", AREA_VIOLATION, ACTIVITY_OTHER},
		{"path.refused", AREA_PATH, ACTIVITY_OTHER},
		{"incident.close", AREA_INCIDENT, ACTIVITY_UPDATE},
		{"audit.search", AREA_LOG, ACTIVITY_READ},
		{"auditor", AREA_GITHUB, ACTIVITY_OTHER},
		{"", AREA_GITHUB, ACTIVITY_OTHER},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
		struct record record = record_of(expected[i].event, "", "");
		assert_int_equal(meaning_area(&record), expected[i].area);
		assert_int_equal(meaning_activity(&record), expected[i].activity);
	}
}

static void test_ends(void **state)
{
	static const struct {
		const char *decision, *outcome;
		enum meaning_end end;
	} expected[] = {
		{"", "", END_OPEN},
		{"allow", "", END_OPEN},
		{"deny", "", END_FAILURE},
		{"", "denied", END_FAILURE},
		{"", "done", END_SUCCESS},
		{"", "answered", END_SUCCESS},
		{"", "refused", END_FAILURE},
		{"", "unknown", END_UNKNOWN},
		{"", "not_found", END_FAILURE},
		{"", "killed", END_FAILURE},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
		struct record record = record_of("x", expected[i].decision, expected[i].outcome);
		assert_int_equal(meaning_end(&record), expected[i].end);
	}
}

/* A job of the same name is no write, and neither is a token that ghward makes for itself. */
static void test_writes(void **state)
{
	struct record update = record_of("alerts.update", "", "");
	struct record job = record_of("alerts.dismiss", "", "");
	struct record token = record_of("app.token.create", "", "");
	struct record revoked = record_of("credentials.revoke", "", "");
	struct record read = record_of("alerts.get", "", "");

	(void)state;
	assert_true(meaning_is_write(&update));
	assert_false(meaning_is_write(&job));
	assert_false(meaning_is_write(&token));
	assert_true(meaning_is_write(&revoked));
	assert_false(meaning_is_write(&read));
	assert_null(meaning_operation(&job));
	assert_string_equal(meaning_operation(&read)->id, "alerts.get");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_areas_and_activities),
		cmocka_unit_test(test_ends),
		cmocka_unit_test(test_writes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
