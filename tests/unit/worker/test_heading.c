/* The line above a list: no number that is not known. */
#include "worker/heading.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static int set_up(void **state)
{
	struct job *job = calloc(1, sizeof(*job));

	if (!job)
		return -1;
	job->request.arguments.values[PARAMETER_OWNER] = "acme";
	job->request.arguments.values[PARAMETER_REPO] = "shop";
	*state = job;
	return 0;
}

static int tear_down(void **state)
{
	free(*state);
	return 0;
}

static void expect(struct job *job, struct heading heading, const char *expected)
{
	heading_write(job, &heading);
	job->output.buffer[job->output.used] = 0;
	job->output.used = 0;
	assert_string_equal(job->output.buffer, expected);
}

static void test_a_list_that_is_whole(void **state)
{
	struct job *job = *state;

	expect(job, (struct heading){25, false, 0, 100},
	       "\nShowing 25 of 25 alerts in acme/shop\n\n");
	expect(job, (struct heading){1, false, 0, 100}, "\nShowing 1 of 1 alert in acme/shop\n\n");
	job->request.limit = 25;
	expect(job, (struct heading){25, false, 0, 25},
	       "\nShowing 25 of 25 alerts in acme/shop\n\n");
}

static void test_a_list_that_goes_on(void **state)
{
	struct job *job = *state;

	expect(job, (struct heading){100, true, 37, 100},
	       "\nShowing up to 3700 alerts in acme/shop\n\n");
	expect(job, (struct heading){100, true, 0, 100}, "\nShowing all alerts in acme/shop\n\n");
	job->request.limit = 250;
	expect(job, (struct heading){100, true, 37, 100},
	       "\nShowing up to 250 alerts in acme/shop\n\n");
	expect(job, (struct heading){100, true, 2, 100},
	       "\nShowing up to 200 alerts in acme/shop\n\n");
	expect(job, (struct heading){100, true, 0, 100},
	       "\nShowing up to 250 alerts in acme/shop\n\n");
}

static void test_a_list_that_ends_at_its_limit(void **state)
{
	struct job *job = *state;

	job->request.limit = 30;
	expect(job, (struct heading){30, true, 14, 30},
	       "\nShowing 30 of up to 420 alerts in acme/shop\n\n");
	expect(job, (struct heading){30, true, 0, 30},
	       "\nShowing the first 30 alerts in acme/shop\n\n");
	expect(job, (struct heading){30, true, UINT32_MAX, 30},
	       "\nShowing 30 of up to 128849018850 alerts in acme/shop\n\n");
}

static void test_filters_and_places(void **state)
{
	struct job *job = *state;
	const char **values = job->request.arguments.values;

	values[PARAMETER_STATE] = "open";
	expect(job, (struct heading){2, false, 0, 100},
	       "\nShowing 2 of 2 open alerts in acme/shop\n\n");
	values[PARAMETER_SEVERITY] = "high";
	values[PARAMETER_ORG] = "acme";
	expect(job, (struct heading){2, false, 0, 100},
	       "\nShowing 2 of 2 open alerts in acme that match your search\n\n");
	values[PARAMETER_ORG] = NULL;
	values[PARAMETER_ENTERPRISE] = "big";
	heading_write_empty(job);
	job->output.buffer[job->output.used] = 0;
	assert_string_equal(job->output.buffer,
			    "No open code scanning alerts in big that match your search.\n");
}

#define heading_test(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		heading_test(test_a_list_that_is_whole),
		heading_test(test_a_list_that_goes_on),
		heading_test(test_a_list_that_ends_at_its_limit),
		heading_test(test_filters_and_places),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
