/* Plans: what was proposed is frozen, and only a confirmation lets exactly that pass. */
#include "broker/plan.h"

#include "broker/client.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct broker broker;
static struct client client; /* without a channel: what is sent is swallowed */
static struct job job;

static int set_up(void **state)
{
	struct job_request request = {.kind = JOB_ALERTS_ASSIGN, .api_url = ""};
	enum operation_parameter wrong;

	(void)state;
	memset(&job, 0, sizeof(job));
	strcpy(broker.settings.api_url, "https://h");
	strcpy(job.choice.origin, "https://h");
	request.arguments.values[PARAMETER_OWNER] = "acme";
	request.arguments.values[PARAMETER_REPO] = "shop";
	request.arguments.values[PARAMETER_ALERT_NUMBER] = "7";
	request.arguments.values[PARAMETER_ASSIGNEES] = "octocat";
	job.broker = &broker;
	job.client = &client;
	job.request.consent = CONSENT_ASK;
	return grant_make(&job.grant, &request, &wrong);
}

static int tear_down(void **state)
{
	(void)state;
	grant_free(&job.grant);
	free(job.plan);
	return 0;
}

static struct operation_arguments change(const char *new_state)
{
	struct operation_arguments arguments;

	for (unsigned i = 0; i < PARAMETERS; i++)
		arguments.values[i] = job.grant.values[i];
	arguments.values[PARAMETER_NEW_STATE] = new_state;
	return arguments;
}

static int propose_as(enum operation_id operation, const struct operation_arguments *arguments,
		      const char *subject)
{
	struct ipc_message *message = ipc_new(MESSAGE_PROPOSE, 0);
	struct ipc_incoming in = {0};

	ipc_put_u8(message, (uint8_t)operation);
	protocol_put_arguments(message, arguments);
	ipc_put_string(message, subject);
	assert_int_equal(ipc_seal(message), 0);
	assert_int_equal(ipc_parse(&in, message->bytes, message->used), 0);
	int result = plan_propose(&job, &in);
	ipc_free(message);
	return result;
}

static int propose(const char *new_state)
{
	struct operation_arguments arguments = change(new_state);

	return propose_as(OPERATION_ALERTS_UPDATE, &arguments, "alert 7");
}

static bool permits(const char *new_state)
{
	static struct wire wire;
	struct operation_arguments arguments = change(new_state);

	assert_int_equal(
		wire_make(&wire, OPERATION_ALERTS_UPDATE, &arguments, broker.settings.api_url), 0);
	return plan_permits(&job, &wire);
}

static void test_only_after_confirmation(void **state)
{
	(void)state;
	assert_false(permits("open"));
	assert_int_equal(plan_confirm(&job), -1); /* nothing to agree to */
	assert_int_equal(propose("open"), 0);
	assert_false(permits("open"));
	assert_int_equal(plan_confirm(&job), 0);
	assert_true(permits("open"));
	assert_int_equal(plan_confirm(&job), -1); /* once */
	assert_string_equal(plan_rule(&job), "write.confirmed");
}

static void test_exactly_what_was_proposed(void **state)
{
	static struct wire wire;
	struct operation_arguments arguments = change("open");

	(void)state;
	assert_int_equal(propose("open"), 0);
	assert_int_equal(plan_confirm(&job), 0);
	assert_false(permits("dismissed"));
	assert_false(permits(NULL));
	assert_int_equal(
		wire_make(&wire, OPERATION_ALERTS_UPDATE, &arguments, broker.settings.api_url), 0);
	assert_true(plan_permits(&job, &wire));
	wire.url[strlen(wire.url) - 1] = '8';
	assert_false(plan_permits(&job, &wire));
	wire.url[strlen(wire.url) - 1] = '7';
	strcat(wire.body, " ");
	assert_false(plan_permits(&job, &wire));
}

static void test_consent_given_needs_no_plan_and_takes_none(void **state)
{
	(void)state;
	job.request.consent = CONSENT_GIVEN;
	assert_true(permits("open"));
	assert_int_equal(propose("open"), -1);
	assert_int_equal(plan_confirm(&job), -1);
	assert_string_equal(plan_rule(&job), "write.requested");
}

static void test_a_dry_run_permits_nothing(void **state)
{
	(void)state;
	job.request.consent = CONSENT_DRY_RUN;
	assert_int_equal(propose("open"), 0);
	assert_int_equal(plan_confirm(&job), -1);
	assert_false(permits("open"));
}

static void test_one_proposal(void **state)
{
	(void)state;
	assert_int_equal(propose("open"), 0);
	assert_int_equal(propose("open"), -1);
}

static void test_proposals_are_covered_by_the_grant(void **state)
{
	struct operation_arguments arguments = change("open");

	(void)state;
	arguments.values[PARAMETER_ALERT_NUMBER] = "8";
	assert_int_equal(propose_as(OPERATION_ALERTS_UPDATE, &arguments, ""), -1);
	arguments = change("open");
	arguments.values[PARAMETER_ASSIGNEES] = "mallory";
	assert_int_equal(propose_as(OPERATION_ALERTS_UPDATE, &arguments, ""), -1);
	arguments = change("fixed");
	assert_int_equal(propose_as(OPERATION_ALERTS_UPDATE, &arguments, ""), -1);
	/* Covered, but no write. */
	arguments = change(NULL);
	arguments.values[PARAMETER_ASSIGNEES] = NULL;
	assert_null(grant_covers(&job.grant, OPERATION_ALERTS_GET, &arguments));
	assert_int_equal(propose_as(OPERATION_ALERTS_GET, &arguments, ""), -1);
	assert_int_equal(propose_as(OPERATIONS, &arguments, ""), -1);
	assert_null(job.plan);
}

static void test_subjects_are_bounded(void **state)
{
	struct operation_arguments arguments = change("open");
	static char subject[1026];

	(void)state;
	memset(subject, 'x', 1025);
	assert_int_equal(propose_as(OPERATION_ALERTS_UPDATE, &arguments, subject), -1);
	subject[1024] = 0;
	assert_int_equal(propose_as(OPERATION_ALERTS_UPDATE, &arguments, subject), 0);
}

static void test_wires_are_bounded(void **state)
{
	static char text[OPERATION_BODY_MAX];
	static const char around[] = "{\"dismissed_comment\":\"\"}";
	static struct wire wire;
	struct operation_arguments arguments = change(NULL);
	size_t room = OPERATION_BODY_MAX - strlen(around);

	(void)state;
	arguments.values[PARAMETER_ASSIGNEES] = NULL;
	arguments.values[PARAMETER_DISMISSED_COMMENT] = text;
	memset(text, 'x', room);
	assert_int_equal(wire_make(&wire, OPERATION_ALERTS_UPDATE, &arguments, "https://h"), -1);
	text[room - 1] = 0; /* room for the NUL behind it */
	assert_int_equal(wire_make(&wire, OPERATION_ALERTS_UPDATE, &arguments, "https://h"), 0);
	assert_int_equal(strlen(wire.body), wire.body_length);
}

#define plan_test(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		plan_test(test_only_after_confirmation),
		plan_test(test_exactly_what_was_proposed),
		plan_test(test_consent_given_needs_no_plan_and_takes_none),
		plan_test(test_a_dry_run_permits_nothing),
		plan_test(test_one_proposal),
		plan_test(test_proposals_are_covered_by_the_grant),
		plan_test(test_subjects_are_bounded),
		plan_test(test_wires_are_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
