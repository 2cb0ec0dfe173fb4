/* Grants of writes: what a client may name, what is fixed, and what little a worker may fill in. */
#include "broker/grant.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define BIT(parameter) OPERATION_PARAMETER_BIT(PARAMETER_##parameter)
#define AS_READ (BIT(NEW_STATE) | BIT(DISMISSED_REASON) | BIT(DISMISSED_COMMENT))

static const struct kind {
	enum job_kind kind;
	operation_parameters must, may, holes;
} kinds[] = {
	{JOB_ALERTS_DISMISS, BIT(DISMISSED_REASON) | BIT(DISMISSED_COMMENT), BIT(CREATE_REQUEST),
	 0},
	{JOB_ALERTS_REOPEN, 0, 0, 0},
	{JOB_ALERTS_ASSIGN, BIT(ASSIGNEES), 0, AS_READ},
	{JOB_ALERTS_UNASSIGN, 0, 0, AS_READ},
};

#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

/* Two values that the parameter's validator accepts. */
static const char *example(unsigned parameter, unsigned which)
{
	static const char *const texts[PARAMETERS][2] = {
		[PARAMETER_OWNER] = {"acme", "other"},
		[PARAMETER_REPO] = {"shop", "site"},
		[PARAMETER_ORG] = {"acme", "other"},
		[PARAMETER_ENTERPRISE] = {"acme", "other"},
		[PARAMETER_ALERT_NUMBER] = {"7", "8"},
		[PARAMETER_TOOL_NAME] = {"CodeQL", "gosec"},
		[PARAMETER_TOOL_GUID] = {"0123abcd-0123-0123-0123-0123456789ab",
					 "1123abcd-0123-0123-0123-0123456789ab"},
		[PARAMETER_REF] = {"main", "release"},
		[PARAMETER_PR] = {"1", "2"},
		[PARAMETER_STATE] = {"open", "closed"},
		[PARAMETER_SEVERITY] = {"high", "low"},
		[PARAMETER_SORT] = {"created", "updated"},
		[PARAMETER_DIRECTION] = {"asc", "desc"},
		[PARAMETER_FILTER_ASSIGNEES] = {"*", "octocat"},
		[PARAMETER_BEFORE] = {"Y3Vy", "Y3Vz"},
		[PARAMETER_AFTER] = {"Y3Vy", "Y3Vz"},
		[PARAMETER_PAGE] = {"1", "2"},
		[PARAMETER_PER_PAGE] = {"100", "30"},
		[PARAMETER_NEW_STATE] = {"dismissed", "open"},
		[PARAMETER_DISMISSED_REASON] = {"won't fix", "mitigated"},
		[PARAMETER_DISMISSED_COMMENT] = {"known", "other"},
		[PARAMETER_CREATE_REQUEST] = {"true", "false"},
		[PARAMETER_ASSIGNEES] = {"octocat", "mallory"},
	};

	return texts[parameter][which] ? texts[parameter][which] : "1";
}

static struct job_request request_of(const struct kind *kind)
{
	struct job_request request = {.kind = kind->kind, .api_url = ""};
	operation_parameters named = kind->must | BIT(OWNER) | BIT(REPO) | BIT(ALERT_NUMBER);

	for (unsigned i = 0; i < PARAMETERS; i++) {
		if (named & OPERATION_PARAMETER_BIT(i))
			request.arguments.values[i] = example(i, 0);
	}
	return request;
}

static void make(struct grant *grant, const struct job_request *request)
{
	enum operation_parameter wrong;

	assert_int_equal(grant_make(grant, request, &wrong), 0);
}

/* What a worker that behaves asks for. */
static struct operation_arguments change_of(const struct grant *grant)
{
	struct operation_arguments change;

	for (unsigned i = 0; i < PARAMETERS; i++)
		change.values[i] = grant->values[i];
	return change;
}

static struct operation_arguments alert_of(const struct grant *grant)
{
	struct operation_arguments alert = {0};

	alert.values[PARAMETER_OWNER] = grant->values[PARAMETER_OWNER];
	alert.values[PARAMETER_REPO] = grant->values[PARAMETER_REPO];
	alert.values[PARAMETER_ALERT_NUMBER] = grant->values[PARAMETER_ALERT_NUMBER];
	return alert;
}

static void test_what_a_client_may_name(void **state)
{
	(void)state;
	for (size_t k = 0; k < KINDS; k++) {
		operation_parameters must =
			kinds[k].must | BIT(OWNER) | BIT(REPO) | BIT(ALERT_NUMBER);
		for (unsigned i = 0; i < PARAMETERS; i++) {
			operation_parameters bit = OPERATION_PARAMETER_BIT(i);
			struct job_request request = request_of(&kinds[k]);
			enum operation_parameter wrong = PARAMETERS;
			struct grant grant;

			request.arguments.values[i] = must & bit ? NULL : example(i, 0);
			int expected = kinds[k].may & bit ? 0 : -1;
			int got = grant_make(&grant, &request, &wrong);
			if (got != expected || (got < 0 && (unsigned)wrong != i))
				fail_msg("kind %zu: %s", k,
					 operation_parameter_name((enum operation_parameter)i));
			grant_free(&grant);
			if (!(must & bit))
				continue;
			request.arguments.values[i] = "";
			assert_int_equal(grant_make(&grant, &request, &wrong), -1);
			grant_free(&grant);
		}
	}
}

static void test_the_job_adds_what_it_is_about(void **state)
{
	static const struct {
		const char *state, *assignees;
	} added[KINDS] = {{"dismissed", NULL}, {"open", NULL}, {NULL, "octocat"}, {NULL, ""}};
	struct grant grant;

	(void)state;
	for (size_t k = 0; k < KINDS; k++) {
		struct job_request request = request_of(&kinds[k]);
		make(&grant, &request);
		const char *new_state = grant.values[PARAMETER_NEW_STATE];
		const char *assignees = grant.values[PARAMETER_ASSIGNEES];
		assert_int_equal(new_state != NULL, added[k].state != NULL);
		assert_int_equal(assignees != NULL, added[k].assignees != NULL);
		if (new_state)
			assert_string_equal(new_state, added[k].state);
		if (assignees)
			assert_string_equal(assignees, added[k].assignees);
		grant_free(&grant);
	}
}

/* Every parameter changed, left out or added: only the holes take it. */
static void test_what_a_worker_may_fill_in(void **state)
{
	struct grant grant;

	(void)state;
	for (size_t k = 0; k < KINDS; k++) {
		struct job_request request = request_of(&kinds[k]);
		make(&grant, &request);
		struct operation_arguments change = change_of(&grant);
		assert_null(grant_covers(&grant, OPERATION_ALERTS_UPDATE, &change));
		for (unsigned i = 0; i < PARAMETERS; i++) {
			bool hole = kinds[k].holes & OPERATION_PARAMETER_BIT(i);
			const char *before = change.values[i];
			for (unsigned which = 0; which < 2; which++) {
				const char *value = example(i, which);
				bool same = before && strcmp(before, value) == 0;
				change.values[i] = value;
				const char *refused =
					grant_covers(&grant, OPERATION_ALERTS_UPDATE, &change);
				if ((refused == NULL) != (hole || same))
					fail_msg("kind %zu: %s %s", k,
						 operation_parameter_name(
							 (enum operation_parameter)i),
						 value);
			}
			change.values[i] = NULL;
			if (before)
				assert_non_null(
					grant_covers(&grant, OPERATION_ALERTS_UPDATE, &change));
			change.values[i] = before;
		}
		grant_free(&grant);
	}
}

static void test_holes_have_a_form(void **state)
{
	static const struct {
		enum operation_parameter parameter;
		const char *value;
	} malformed[] = {
		{PARAMETER_NEW_STATE, "fixed"},
		{PARAMETER_NEW_STATE, ""},
		{PARAMETER_DISMISSED_REASON, "because"},
		{PARAMETER_DISMISSED_COMMENT, ""},
		{PARAMETER_DISMISSED_COMMENT, "bell\x07"},
		{PARAMETER_DISMISSED_COMMENT, "\xff"},
		{PARAMETER_DISMISSED_COMMENT, "\xc2\x9b"
					      "1m"},
	};
	struct job_request request = request_of(&kinds[2]);
	struct grant grant;

	(void)state;
	make(&grant, &request);
	for (size_t i = 0; i < sizeof(malformed) / sizeof(malformed[0]); i++) {
		struct operation_arguments change = change_of(&grant);
		change.values[malformed[i].parameter] = malformed[i].value;
		assert_non_null(grant_covers(&grant, OPERATION_ALERTS_UPDATE, &change));
	}
	grant_free(&grant);
}

static void test_one_change_after_two_readings_and_repeats(void **state)
{
	struct job_request request = request_of(&kinds[0]);
	struct grant grant;

	(void)state;
	make(&grant, &request);
	struct operation_arguments change = change_of(&grant), alert = alert_of(&grant);
	for (unsigned i = 0; i < 2 + GRANT_REPEATS; i++)
		assert_null(grant_take(&grant, OPERATION_ALERTS_GET, &alert));
	assert_non_null(grant_take(&grant, OPERATION_ALERTS_GET, &alert));
	/* Looking whether it is covered takes nothing off. */
	assert_null(grant_covers(&grant, OPERATION_ALERTS_UPDATE, &change));
	assert_null(grant_take(&grant, OPERATION_ALERTS_UPDATE, &change));
	assert_non_null(grant_take(&grant, OPERATION_ALERTS_UPDATE, &change));
	grant_free(&grant);
}

static void test_a_dry_run_reads_only(void **state)
{
	(void)state;
	for (size_t k = 0; k < KINDS; k++) {
		struct job_request request = request_of(&kinds[k]);
		struct grant grant;

		request.consent = CONSENT_DRY_RUN;
		make(&grant, &request);
		struct operation_arguments change = change_of(&grant), alert = alert_of(&grant);
		/* To be shown it must be covered. */
		assert_null(grant_covers(&grant, OPERATION_ALERTS_UPDATE, &change));
		assert_non_null(grant_take(&grant, OPERATION_ALERTS_UPDATE, &change));
		assert_null(grant_take(&grant, OPERATION_ALERTS_GET, &alert));
		grant_free(&grant);
	}
}

static void test_the_server_is_asked_where_it_matters(void **state)
{
	const struct operation_arguments nothing = {0};
	struct job_request request = request_of(&kinds[0]);
	struct grant grant;

	(void)state;
	make(&grant, &request);
	assert_non_null(grant_take(&grant, OPERATION_META, &nothing));
	grant_free(&grant);
	request.arguments.values[PARAMETER_CREATE_REQUEST] = "true";
	make(&grant, &request);
	for (unsigned i = 0; i < 1 + GRANT_REPEATS; i++)
		assert_null(grant_take(&grant, OPERATION_META, &nothing));
	assert_non_null(grant_take(&grant, OPERATION_META, &nothing));
	grant_free(&grant);
}

static void test_other_operations_are_refused(void **state)
{
	(void)state;
	for (size_t k = 0; k < KINDS; k++) {
		struct job_request request = request_of(&kinds[k]);
		struct grant grant;

		make(&grant, &request);
		struct operation_arguments alert = alert_of(&grant);
		for (unsigned i = 0; i < OPERATIONS; i++) {
			if (i != OPERATION_ALERTS_GET && i != OPERATION_ALERTS_UPDATE)
				assert_non_null(grant_take(&grant, (enum operation_id)i, &alert));
		}
		grant_free(&grant);
	}
}

static void test_expiry_is_told_from_refusal(void **state)
{
	struct job_request request = request_of(&kinds[0]);
	struct grant grant;

	(void)state;
	make(&grant, &request);
	struct operation_arguments change = change_of(&grant);
	assert_false(grant_has_expired(&grant));
	grant.expires_boottime_ms = 1;
	assert_true(grant_has_expired(&grant));
	assert_non_null(grant_covers(&grant, OPERATION_ALERTS_UPDATE, &change));
	grant_free(&grant);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_a_client_may_name),
		cmocka_unit_test(test_the_job_adds_what_it_is_about),
		cmocka_unit_test(test_what_a_worker_may_fill_in),
		cmocka_unit_test(test_holes_have_a_form),
		cmocka_unit_test(test_one_change_after_two_readings_and_repeats),
		cmocka_unit_test(test_a_dry_run_reads_only),
		cmocka_unit_test(test_the_server_is_asked_where_it_matters),
		cmocka_unit_test(test_other_operations_are_refused),
		cmocka_unit_test(test_expiry_is_told_from_refusal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
