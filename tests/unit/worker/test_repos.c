/* repos list, status and verify: what they show, and how they end. */
#include "world.h"

#include "lib/github/fields.h"
#include "worker/repos_results.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void expect_has(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("there is no \"%s\" in:\n%s", part, text);
}

/* --- list --- */

static struct world_repo listed[] = {
	{.id = 1,
	 .full_name = "acme/shop",
	 .extra = ",\"visibility\":\"public\",\"language\":\"C\",\"fork\":true"},
	{.id = 2, .full_name = "acme/shirts", .extra = ",\"archived\":true,\"disabled\":true"},
	{.id = 1, .full_name = "acme/shop"},
};

static void test_list_lines(void **state)
{
	struct world *world = world_new(JOB_REPOS_LIST, listed, 3);

	(void)state;
	world_run(world);
	assert_string_equal(world->output,
			    "acme/shop\tpublic\tfork\tmain\tC\t2026-01-02T03:04:05Z\n"
			    "acme/shirts\tprivate\tarchived, disabled\tmain\t\t"
			    "2026-01-02T03:04:05Z\n");
	assert_int_equal(world->shared->items, 2);
	world_free(world);
}

static void test_list_json(void **state)
{
	struct world *world = world_new(JOB_REPOS_LIST, listed, 3);

	(void)state;
	world->request.format = OUTPUT_JSON;
	world->request.fields[0] = REPOSITORY_FIELD_FULL_NAME;
	world->request.fields[1] = REPOSITORY_FIELD_LANGUAGE;
	world->request.field_count = 2;
	world_run(world);
	assert_string_equal(world->output, "[{\"full_name\":\"acme/shop\",\"language\":\"C\"},\n"
					   "{\"full_name\":\"acme/shirts\",\"language\":null}]\n");
	world->request.repos.include = "nothing";
	world_run(world);
	assert_string_equal(world->output, "[]\n");
	world_free(world);
}

static void test_list_table(void **state)
{
	struct world *world = world_new(JOB_REPOS_LIST, listed, 3);

	(void)state;
	world->request.format = OUTPUT_TABLE;
	world_run(world);
	expect_has(world->output, "REPOSITORY   VISIBILITY  KIND                BRANCH  LANGUAGE");
	world->request.repos.include = "nothing";
	world_run(world);
	assert_string_equal(world->output, "No repositories match.\n");
	world_free(world);
}

static void test_list_limit(void **state)
{
	static struct world_repo repos[250];
	static char names[250][32];
	struct world *world = world_new(JOB_REPOS_LIST, repos, 250);

	(void)state;
	for (unsigned i = 0; i < 250; i++) {
		snprintf(names[i], sizeof(names[i]), "acme/repo-%u", i);
		repos[i] = (struct world_repo){.id = i + 1, .full_name = names[i]};
	}
	world->request.limit = 1;
	world_run(world);
	assert_int_equal(world->shared->items, 1);
	assert_int_equal(world->calls[OPERATION_REPOS_LIST_ORG], 1);
	/* Behind a filter the first may be anywhere. */
	world->request.repos.include = "repo-249";
	world_run(world);
	expect_has(world->output, "acme/repo-249\t");
	assert_int_equal(world->shared->failure.kind, FAILURE_NONE);
	world_free(world);
}

static void test_list_by_name(void **state)
{
	struct world *world = world_new(JOB_REPOS_LIST, listed, 2);

	(void)state;
	world->request.arguments.values[PARAMETER_ORG] = NULL;
	world->listed = "acme/gone acme/shirts acme/lost";
	world->request.repos.listed = 3;
	world_run(world);
	expect_has(world->output, "acme/shirts\t");
	assert_int_equal(world->shared->failure.kind, FAILURE_PARTIAL);
	assert_string_equal(world->shared->failure.message,
			    "acme/gone: not found: No. (and 1 more)");
	world->listed = "acme/gone";
	world->request.repos.listed = 1;
	world_run(world);
	assert_int_equal(world->shared->failure.kind, FAILURE_NOT_FOUND);
	world_free(world);
}

static void test_list_unusable(void **state)
{
	struct world_repo repos[] = {{.id = 1, .full_name = "acme/.."}};
	struct world *world = world_new(JOB_REPOS_LIST, repos, 1);

	(void)state;
	world_run(world);
	assert_int_equal(world->shared->failure.kind, FAILURE_MALFORMED);
	assert_string_equal(world->shared->failure.message,
			    "the answer cannot be used: of a repository its name is not one");
	world_free(world);
}

/* --- status --- */

static struct world *world_with_states(enum job_kind kind)
{
	static struct world_repo repos[] = {
		{.id = 1, .full_name = "acme/shop"},
		{.id = 2, .full_name = "acme/damaged", .fails = FAILURE_INTEGRITY},
		{.id = 3, .full_name = "acme/slow", .fails = FAILURE_TIMEOUT}};
	static const struct sync_state states[] = {
		{.id = 1,
		 .name = "acme/shop",
		 .pushed_at = "2026-01-02T03:04:05Z",
		 .branch = "main",
		 .digest = {1},
		 .checked_s = 1767323045,
		 .synced_s = 1767323045,
		 .bytes = 12345},
		{.id = 2,
		 .name = "acme/damaged",
		 .synced_s = 1767323045,
		 .failed_s = 1767323045,
		 .error = "it went wrong"},
		{.id = 3, .part = REPOS_WIKI, .name = "acme/slow", .synced_s = 5},
		{.id = 4, .name = "other/tree", .mode = REPOS_WORKTREE, .synced_s = 5},
		{.id = 5, .name = "acme/never", .failed_s = 5, .error = "no"},
	};
	struct world *world = world_new(kind, repos, 3);

	memcpy(world->shared->states, states, sizeof(states));
	world->shared->state_count = sizeof(states) / sizeof(states[0]);
	world->request.arguments.values[PARAMETER_ORG] = NULL;
	world->there = " acme/shop  other/tree ";
	world->foreign = " acme/damaged ";
	return world;
}

static void test_status_lines(void **state)
{
	struct world *world = world_with_states(JOB_REPOS_STATUS);

	(void)state;
	world_run(world);
	assert_string_equal(
		world->output,
		"acme/shop\tmirror\tyes\t2026-01-02T03:04:05Z\t2026-01-02T03:04:05Z\t\tmain\t"
		"12345\t\n"
		"acme/damaged\tmirror\tother\t2026-01-02T03:04:05Z\t\t\t\t0\tit went wrong\n"
		"acme/slow\tmirror\tno\t1970-01-01T00:00:05Z\t\t\t\t0\t\n"
		"other/tree\tworktree\tyes\t1970-01-01T00:00:05Z\t\t\t\t0\t\n"
		"acme/never\tmirror\tno\t\t\t\t\t0\tno\n");
	assert_int_equal(world->shared->failure.kind, FAILURE_NONE);
	/* Nobody is asked. */
	assert_int_equal(world->answers, 0);
	world_free(world);
}

static void test_status_json(void **state)
{
	struct world *world = world_with_states(JOB_REPOS_STATUS);

	(void)state;
	world->request.format = OUTPUT_JSON;
	world->request.repos.include = "shop";
	world_run(world);
	assert_string_equal(
		world->output,
		"[{\"repo\":\"acme/shop\",\"id\":1,\"part\":\"code\",\"mode\":\"mirror\","
		"\"present\":true,\"synced_at\":\"2026-01-02T03:04:05Z\","
		"\"checked_at\":\"2026-01-02T03:04:05Z\",\"verified_at\":null,\"failed_at\":null,"
		"\"pushed_at\":\"2026-01-02T03:04:05Z\",\"branch\":\"main\",\"digest\":"
		"\"0100000000000000000000000000000000000000000000000000000000000000\","
		"\"bytes\":12345,\"error\":null}]\n");
	world->request.repos.include = "nothing";
	world_run(world);
	assert_string_equal(world->output, "[]\n");
	world_free(world);
}

static void test_status_table(void **state)
{
	struct world *world = world_with_states(JOB_REPOS_STATUS);

	(void)state;
	world->request.format = OUTPUT_TABLE;
	world->request.limit = 1;
	world_run(world);
	expect_has(world->output, "REPOSITORY");
	expect_has(world->output, "12.3 kB");
	assert_int_equal(world->shared->items, 1);
	world->shared->state_count = 0;
	world->request.limit = 0;
	world_run(world);
	assert_string_equal(world->output, "No repositories are known in this destination.\n");
	world_free(world);
}

static void test_status_of_some(void **state)
{
	struct world *world = world_with_states(JOB_REPOS_STATUS);

	(void)state;
	world->listed = "ACME/Shop acme/unknown";
	world->request.repos.listed = 2;
	world_run(world);
	assert_int_equal(world->shared->items, 1);
	assert_int_equal(world->shared->failure.kind, FAILURE_PARTIAL);
	assert_string_equal(world->shared->failure.message,
			    "acme/unknown is not known in this destination");
	world->request.repos.listed = 0;
	world->listed = NULL;
	world->request.arguments.values[PARAMETER_USERNAME] = "Other";
	world_run(world);
	expect_has(world->output, "other/tree\t");
	assert_int_equal(world->shared->items, 1);
	world_free(world);
}

/* --- verify --- */

static void test_verify(void **state)
{
	struct world *world = world_with_states(JOB_REPOS_VERIFY);

	(void)state;
	world_run(world);
	expect_has(world->output, "acme/shop\tverified\tfsck\t\t0.0 s\t\n");
	expect_has(world->output, "acme/damaged\tfailed\tfsck\t\t0.0 s\tit went wrong\n");
	expect_has(world->output, "other/tree\tskipped\tmode\t\t\tit is a working tree: verify it "
				  "with --worktree\n");
	assert_null(strstr(world->output, "never"));
	expect_has(world->output, "4 repositories: 1 verified, 1 skipped, 2 failed in ");
	expect_has(world->log, "verify acme/shop verify\n");
	assert_int_equal(world->shared->failure.kind, FAILURE_PARTIAL);
	assert_string_equal(world->shared->failure.message,
			    "2 of 4 repositories failed; the first: acme/slow: it went wrong");
	assert_true(world_state(world, 1)->verified_s && !world_state(world, 1)->failed_s);
	assert_true(world_state(world, 2)->failed_s && !world_state(world, 2)->verified_s);
	assert_true(world->shared->flushed);
	world_free(world);
}

static void test_verify_of_some(void **state)
{
	struct world *world = world_with_states(JOB_REPOS_VERIFY);

	(void)state;
	world->listed = "acme/shop acme/slow acme/unknown";
	world->request.repos.listed = 3;
	world_run(world);
	assert_int_equal(world->orders, 2);
	expect_has(world->output,
		   "acme/unknown\tfailed\t\t\t\tit is not known in this destination\n");
	assert_int_equal(world->shared->failure.kind, FAILURE_PARTIAL);
	world_free(world);
}

static void test_sizes(void **state)
{
	static const struct {
		uint64_t bytes;
		const char *text;
	} cases[] = {{0, "0 B"},
		     {999, "999 B"},
		     {1000, "1.0 kB"},
		     {999949, "999.9 kB"},
		     {999999, "999.9 kB"},
		     {1000000, "1.0 MB"},
		     {12345678, "12.3 MB"},
		     {UINT64_MAX, "18.4 EB"}};
	char text[REPOS_SIZE_TEXT];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		repos_size_text(text, cases[i].bytes);
		assert_string_equal(text, cases[i].text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_list_lines),   cmocka_unit_test(test_list_json),
		cmocka_unit_test(test_list_table),   cmocka_unit_test(test_list_limit),
		cmocka_unit_test(test_list_by_name), cmocka_unit_test(test_list_unusable),
		cmocka_unit_test(test_status_lines), cmocka_unit_test(test_status_json),
		cmocka_unit_test(test_status_table), cmocka_unit_test(test_status_of_some),
		cmocka_unit_test(test_verify),	     cmocka_unit_test(test_verify_of_some),
		cmocka_unit_test(test_sizes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
