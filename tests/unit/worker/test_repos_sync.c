/* repos sync: what it does about which repository, what it remembers, and what it shows. */
#include "world.h"

#include "lib/base/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* The worker's part of the 40 MB of all processes; memory of a sanitizer's own is not counted. */
#if defined(__SANITIZE_ADDRESS__)
#define PEAK_KB 1000000
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define PEAK_KB 1000000
#endif
#endif
#ifndef PEAK_KB
#define PEAK_KB 20000
#endif

/* The digest of the one ref that there is unless a test says otherwise. */
static const uint8_t digest_of_ref[] = {0xb0, 0xd1, 0x1f, 0xbe, 0xb9, 0xbb, 0x8e, 0xb3,
					0x33, 0x89, 0xb1, 0xd2, 0x88, 0x10, 0x30, 0x4a,
					0x24, 0x59, 0xf7, 0x4d, 0x1b, 0x83, 0x1d, 0x27,
					0x9a, 0x3f, 0x56, 0x16, 0x3a, 0x2b, 0xc8, 0xaf};

/* As a sync that went well a minute ago left it. */
static struct sync_state *remember(struct world *world, const struct world_repo *repo)
{
	struct world_shared *shared = world->shared;
	struct sync_state *state = &shared->states[shared->state_count++];

	*state = (struct sync_state){
		.id = repo->id, .checked_s = clock_wall_s() - 60, .synced_s = clock_wall_s() - 60};
	snprintf(state->name, sizeof(state->name), "%s", repo->full_name);
	snprintf(state->pushed_at, sizeof(state->pushed_at), "2026-01-02T03:04:05Z");
	snprintf(state->branch, sizeof(state->branch), "main");
	memcpy(state->digest, digest_of_ref, sizeof(digest_of_ref));
	return state;
}

static void expect_has(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("there is no \"%s\" in:\n%s", part, text);
}

static void expect_fine(const struct world *world)
{
	if (world->shared->failure.kind != FAILURE_NONE)
		fail_msg("%s", world->shared->failure.message);
	assert_true(world->shared->flushed);
}

/* --- the ladder --- */

static void test_new_ones_are_cloned(void **state)
{
	struct world_repo repos[] = {{.id = 1, .full_name = "acme/shop"},
				     {.id = 2, .full_name = "acme/shirts", .outcome = SYNC_EMPTY}};
	struct world *world = world_new(JOB_REPOS_SYNC, repos, 2);

	(void)state;
	world_run(world);
	expect_fine(world);
	expect_has(world->log, "clone acme/shop new\n");
	expect_has(world->log, "clone acme/shirts new\n");
	expect_has(world->output, "acme/shop\tcloned\tnew\t1.0 kB\t0.0 s\t\n");
	expect_has(world->output, "acme/shirts\tcloned\tnew\t1.0 kB\t0.0 s\tit is empty\n");
	expect_has(world->output, "2 repositories: 2 cloned; 2.0 kB in ");
	assert_int_equal(world->calls[OPERATION_GIT_LS_REFS], 0);
	const struct sync_state *shop = world_state(world, 1);
	assert_non_null(shop);
	assert_string_equal(shop->name, "acme/shop");
	assert_string_equal(shop->pushed_at, "2026-01-02T03:04:05Z");
	assert_string_equal(shop->branch, "main");
	assert_int_equal(shop->digest[0], 7);
	assert_int_equal(shop->bytes, 1000);
	assert_true(shop->checked_s && shop->synced_s && !shop->failed_s);
	world_free(world);
}

static void test_hint(void **state)
{
	struct world_repo repos[] = {{.id = 1, .full_name = "acme/shop"}};
	struct world *world = world_new(JOB_REPOS_SYNC, repos, 1);

	(void)state;
	remember(world, &repos[0]);
	world->there = " acme/shop ";
	world_run(world);
	expect_fine(world);
	assert_string_equal(world->log, "unchanged acme/shop hint\n");
	assert_int_equal(world->calls[OPERATION_GIT_LS_REFS], 0);
	assert_memory_equal(world->output, "1 repository: 1 unchanged in ", 29);
	world_free(world);
}

static void test_digest(void **state)
{
	struct world_repo repos[] = {
		{.id = 1, .full_name = "acme/moved", .pushed_at = "2026-02-02T02:02:02Z"},
		{.id = 2, .full_name = "acme/old"},
		{.id = 3, .full_name = "acme/changed", .refs = "0000"}};
	struct world *world = world_new(JOB_REPOS_SYNC, repos, 3);
	uint64_t begun_s = clock_wall_s();

	(void)state;
	remember(world, &repos[0]);
	remember(world, &repos[1])->checked_s -= 7200;
	remember(world, &repos[2])->checked_s = 0;
	world->there = " acme/moved  acme/old  acme/changed ";
	world_run(world);
	expect_fine(world);
	assert_int_equal(world->calls[OPERATION_GIT_LS_REFS], 3);
	expect_has(world->log, "unchanged acme/moved digest\n");
	expect_has(world->log, "unchanged acme/old digest\n");
	expect_has(world->log, "fetch acme/changed digest\n");
	expect_has(world->output, "acme/changed\tfetched\tdigest\t");
	assert_string_equal(world_state(world, 1)->pushed_at, "2026-02-02T02:02:02Z");
	assert_true(world_state(world, 2)->checked_s >= begun_s);
	/* Now a hint is enough for all of them. */
	world_forget(world);
	world_run(world);
	assert_int_equal(world->calls[OPERATION_GIT_LS_REFS], 0);
	assert_int_equal(world->orders, 0);
	world_free(world);
}

static void test_git_looks(void **state)
{
	struct world_repo repos[] = {{.id = 1, .full_name = "acme/full"},
				     {.id = 2, .full_name = "acme/failed"},
				     {.id = 3, .full_name = "acme/branch", .branch = "trunk"},
				     {.id = 4, .full_name = "acme/missing"},
				     {.id = 5, .full_name = "acme/unknown"},
				     {.id = 6, .full_name = "acme/new-name"},
				     {.id = 7, .full_name = "acme/foreign"}};
	struct world *world = world_new(JOB_REPOS_SYNC, repos, 7);

	(void)state;
	for (unsigned i = 1; i < 7; i++)
		remember(world, &repos[i]);
	world_state(world, 2)->failed_s = 5;
	memset(world_state(world, 5)->digest, 0, SYNC_DIGEST_SIZE);
	strcpy(world_state(world, 6)->name, "acme/old-name");
	world->there = " acme/full  acme/failed  acme/branch  acme/unknown ";
	world->foreign = " acme/foreign ";
	world_run(world);
	expect_has(world->log, "fetch acme/full unknown\n");
	expect_has(world->log, "fetch acme/failed failed\n");
	expect_has(world->log, "fetch acme/branch branch\n");
	expect_has(world->log, "clone acme/missing missing\n");
	expect_has(world->log, "fetch acme/unknown unknown\n");
	expect_has(world->log, "fetch acme/new-name renamed from acme/old-name\n");
	/* Why not, the tree says. */
	expect_has(world->log, "fetch acme/foreign foreign\n");
	assert_string_equal(world_state(world, 6)->name, "acme/new-name");
	assert_string_equal(world_state(world, 3)->branch, "trunk");
	assert_int_equal(world_state(world, 2)->failed_s, 0);
	assert_int_equal(world->shared->failure.kind, FAILURE_NONE);
	world->request.repos.full = 1;
	world->there = " acme/full ";
	world->repo_count = 1;
	world_forget(world);
	world_run(world);
	assert_string_equal(world->log, "fetch acme/full full\n");
	world_free(world);
}

static void test_other_mode(void **state)
{
	struct world_repo repos[] = {{.id = 1, .full_name = "acme/shop"}};
	struct world *world = world_new(JOB_REPOS_SYNC, repos, 1);

	(void)state;
	remember(world, &repos[0]);
	world->request.repos.mode = REPOS_WORKTREE;
	world_run(world);
	assert_string_equal(world->log, "clone acme/shop new\n");
	assert_int_equal(world_state(world, 1)->mode, REPOS_WORKTREE);
	world_free(world);
}

static void test_wikis(void **state)
{
	struct world_repo repos[] = {
		{.id = 1, .full_name = "acme/shop", .extra = ",\"has_wiki\":true"},
		{.id = 2, .full_name = "acme/shirts", .extra = ",\"has_wiki\":true"},
		{.id = 3, .full_name = "acme/hats"},
		{.id = 9, .full_name = "acme/shop.wiki", .unlisted = true}};
	struct world *world = world_new(JOB_REPOS_SYNC, repos, 4);

	(void)state;
	world->request.repos.wiki = 1;
	world_run(world);
	expect_fine(world);
	expect_has(world->log, "clone acme/shop.wiki new\n");
	expect_has(world->output, "acme/shirts.wiki\tskipped\tno wiki\t");
	assert_null(strstr(world->log, "hats.wiki"));
	assert_int_equal(world->calls[OPERATION_GIT_LS_REFS], 2);
	assert_int_equal(world->shared->state_count, 4);
	world_free(world);
}

/* --- what is not to be done --- */

static void test_what_cannot_be_used(void **state)
{
	struct world_repo repos[] = {
		{.id = 1, .full_name = "acme/shop"},
		{.id = 1, .full_name = "acme/shop"},
		{.id = 2, .full_name = "Acme/SHOP"},
		{.id = 3, .full_name = "acme/../etc"},
		{.id = 4, .full_name = "acme/branch", .branch = "-x"},
		{.id = 5, .full_name = "acme/off", .extra = ",\"disabled\":true"},
		{.id = 6, .full_name = "acme/excluded"}};
	struct world *world = world_new(JOB_REPOS_SYNC, repos, 7);

	(void)state;
	world->request.repos.exclude = "EXCL*";
	world_run(world);
	assert_string_equal(world->log, "clone acme/shop new\n");
	expect_has(world->output, "Acme/SHOP\tfailed\t\t\t\tanother repository of the list has "
				  "this name but for the case of letters\n");
	expect_has(world->output, "acme/../etc\tfailed\t\t\t\tGitHub's listing of it cannot be "
				  "used: its name is not one\n");
	expect_has(world->output, "acme/branch\tfailed\t\t\t\tGitHub's listing of it cannot be "
				  "used: its default branch is not a name of one\n");
	expect_has(world->output, "acme/off\tskipped\tdisabled\t\t\t\n");
	assert_null(strstr(world->output, "excluded"));
	assert_int_equal(world->shared->failure.kind, FAILURE_PARTIAL);
	world_free(world);
}

/* The broker would end a worker that asks for what the job is not about. */
static void test_what_is_not_meant(void **state)
{
	struct world_repo repos[] = {{.id = 1, .full_name = "acme/shop"},
				     {.id = 2, .full_name = "acme/hats", .called = "other/hats"}};
	struct world *world = world_new(JOB_REPOS_SYNC, repos, 2);

	(void)state;
	world_run(world);
	assert_string_equal(world->log, "clone acme/shop new\n");
	expect_has(world->output, "other/hats\tfailed\t\t\t\tGitHub's listing of it cannot be "
				  "used: it is another owner's\n");
	assert_int_equal(world->shared->failure.kind, FAILURE_PARTIAL);
	world->request.arguments.values[PARAMETER_ORG] = NULL;
	world->listed = "acme/hats";
	world->request.repos.listed = 1;
	world_forget(world);
	world_run(world);
	assert_string_equal(world->log, "");
	expect_has(world->output,
		   "acme/hats\tfailed\t\t\t\tGitHub answered with another repository\n");
	world_free(world);
}

static void test_failures(void **state)
{
	struct world_repo repos[] = {
		{.id = 1, .full_name = "acme/shop", .fails = FAILURE_TIMEOUT},
		{.id = 2, .full_name = "acme/shirts", .pushed_at = "x", .refs = "0009ERR a"}};
	struct world *world = world_new(JOB_REPOS_SYNC, repos, 2);

	(void)state;
	remember(world, &repos[1]);
	world->there = " acme/shirts ";
	world_run(world);
	expect_has(world->output, "acme/shop\tfailed\tnew\t1.0 kB\t0.0 s\tit went wrong\n");
	expect_has(world->output,
		   "acme/shirts\tfailed\t\t\t\tthe server does not tell the refs: a\n");
	assert_int_equal(world->shared->failure.kind, FAILURE_PARTIAL);
	assert_string_equal(world_state(world, 1)->error, "it went wrong");
	assert_true(world_state(world, 1)->failed_s && !world_state(world, 1)->synced_s);
	/* What was there before is still known. */
	assert_true(world_state(world, 2)->failed_s && world_state(world, 2)->synced_s);
	world_forget(world);
	repos[0].fails = FAILURE_NONE;
	world_run(world);
	expect_fine(world);
	expect_has(world->log, "clone acme/shop new\n");
	expect_has(world->log, "fetch acme/shirts failed\n");
	assert_string_equal(world_state(world, 1)->error, "");
	world_free(world);
}

static void make_many(struct world_repo *repos, char (*names)[32], uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		snprintf(names[i], sizeof(names[i]), "acme/repo-%u", i);
		repos[i] = (struct world_repo){.id = i + 1, .full_name = names[i]};
	}
}

static void test_failing_alike(void **state)
{
	struct world_repo repos[50];
	char names[50][32];
	struct world *world = world_new(JOB_REPOS_SYNC, repos, 50);

	(void)state;
	make_many(repos, names, 50);
	for (unsigned i = 0; i < 50; i++)
		repos[i].fails = FAILURE_AUTHENTICATION;
	world_run(world);
	/* Those under way when the fifth failed came to their end. */
	assert_in_range(world->orders, 5, 9);
	assert_int_equal(world->shared->failure.kind, FAILURE_AUTHENTICATION);
	expect_has(world->shared->failure.message, "it went wrong (no others were tried after ");
	/* One of another kind between them, or one that goes well, and all are tried. */
	for (unsigned i = 0; i < 50; i += 3)
		repos[i].fails = FAILURE_NONE;
	world_forget(world);
	world_run(world);
	assert_int_equal(world->orders, 50);
	assert_int_equal(world->shared->failure.kind, FAILURE_PARTIAL);
	world_free(world);
}

static void test_a_page_that_fails(void **state)
{
	static struct world_repo repos[250];
	static char names[250][32];
	struct world *world = world_new(JOB_REPOS_SYNC, repos, 250);

	(void)state;
	make_many(repos, names, 250);
	remember(world, &(struct world_repo){.id = 999, .full_name = "acme/gone"});
	world->list_status = 500;
	world->request.repos.prune = world->agrees = 1;
	world_run(world);
	assert_int_equal(world->shared->failure.kind, FAILURE_SERVER);
	/* What was known by then was done; of what is missing nobody knows anything. */
	assert_int_equal(world->orders, 100);
	assert_non_null(world_state(world, 999));
	world_free(world);
}

/* --- many --- */

static void test_second_run(void **state)
{
	static struct world_repo repos[500];
	static char names[500][32];
	struct world *world = world_new(JOB_REPOS_SYNC, repos, 500);
	uint32_t requests = 0;

	(void)state;
	make_many(repos, names, 500);
	world_run(world);
	expect_fine(world);
	assert_int_equal(world->orders, 500);
	assert_int_equal(world->most_orders, 4);
	assert_in_range(world->most_calls, 2, 8);
	expect_has(world->output, "500 repositories: 500 cloned; 500.0 kB in ");
	world_forget(world);
	world->there = NULL;
	world_run(world);
	expect_fine(world);
	for (unsigned i = 0; i < OPERATIONS; i++)
		requests += world->calls[i];
	assert_int_equal(requests, 5);
	assert_int_equal(world->orders, 0);
	expect_has(world->output, "500 repositories: 500 unchanged in ");
	world_free(world);
}

static void test_sweep_goes_on_together(void **state)
{
	static struct world_repo repos[500];
	static char names[500][32];
	struct world *world = world_new(JOB_REPOS_SYNC, repos, 500);

	(void)state;
	make_many(repos, names, 500);
	for (unsigned i = 0; i < 500; i++)
		remember(world, &repos[i])->checked_s = 0;
	repos[321].refs = "0000";
	world->there = NULL;
	world_run(world);
	expect_fine(world);
	assert_int_equal(world->calls[OPERATION_GIT_LS_REFS], 500);
	assert_int_equal(world->most_calls, 8);
	assert_int_equal(world->orders, 1);
	expect_has(world->log, "fetch acme/repo-321 digest\n");
	expect_has(world->output, "500 repositories: 1 fetched, 499 unchanged; ");
	world_free(world);
}

/* About as much as GitHub tells of a repository, most of it addresses. */
static void write_much(char *text, size_t size, const char *more)
{
	size_t used = (size_t)snprintf(text, size, "%s", more);

	for (unsigned i = 0; i < 60; i++)
		used += (size_t)snprintf(text + used, size - used,
					 ",\"address_%u_url\":\"https://api.github.com/repos/acme/"
					 "repository/and-so-on{/number}\"",
					 i);
}

static void test_twenty_thousand(void **state)
{
	struct world_repo *repos = calloc(WORLD_REPOS_MAX, sizeof(*repos));
	char(*names)[32] = calloc(WORLD_REPOS_MAX, sizeof(*names));
	struct world *world = world_new(JOB_REPOS_SYNC, repos, WORLD_REPOS_MAX);
	static char live[8192], disabled[8192];

	(void)state;
	make_many(repos, names, WORLD_REPOS_MAX);
	write_much(live, sizeof(live), "");
	write_much(disabled, sizeof(disabled), ",\"disabled\":true");
	/* What is remembered would count as the worker's here: it is in a process of its own. */
	for (uint32_t i = 0; i < WORLD_REPOS_MAX; i++)
		repos[i].extra = i % 20 ? disabled : live;
	world_run(world);
	expect_fine(world);
	assert_int_equal(world->orders, 1000);
	expect_has(world->output, "20000 repositories: 1000 cloned, 19000 skipped; ");
	assert_in_range(world->peak_kb, 1, PEAK_KB);
	world_free(world);
	free(names);
	free(repos);
}

/* --- whose --- */

static void test_sources(void **state)
{
	struct world_repo repos[] = {{.id = 1, .full_name = "octocat/shop"}};
	struct world *world = world_new(JOB_REPOS_SYNC, repos, 1);
	const char **values = world->request.arguments.values;

	(void)state;
	values[PARAMETER_ORG] = NULL;
	values[PARAMETER_USERNAME] = "OctoCat";
	world_run(world);
	assert_int_equal(world->calls[OPERATION_USER], 1);
	assert_int_equal(world->calls[OPERATION_REPOS_LIST_OWN], 1);
	assert_int_equal(world->calls[OPERATION_REPOS_LIST_USER], 0);
	values[PARAMETER_USERNAME] = "hubot";
	world_forget(world);
	world_run(world);
	assert_int_equal(world->calls[OPERATION_REPOS_LIST_OWN], 0);
	assert_int_equal(world->calls[OPERATION_REPOS_LIST_USER], 1);
	world_free(world);
}

static void test_by_name(void **state)
{
	struct world_repo repos[] = {{.id = 1, .full_name = "acme/shop"},
				     {.id = 2, .full_name = "other/hats"},
				     {.id = 3, .full_name = "acme/moved", .status = 301}};
	struct world *world = world_new(JOB_REPOS_SYNC, repos, 3);

	(void)state;
	world->request.arguments.values[PARAMETER_ORG] = NULL;
	world->listed = "acme/shop acme/gone other/hats acme/moved acme/shop";
	world->request.repos.listed = 5;
	world_run(world);
	assert_int_equal(world->calls[OPERATION_REPO_GET], 5);
	assert_int_equal(world->orders, 2);
	expect_has(world->output, "acme/gone\tfailed\t\t\t\tnot found: No.\n");
	expect_has(world->output, "acme/moved\tfailed\t\t\t\tthe server answers with a redirect");
	expect_has(world->output, "4 repositories: 2 cloned, 2 failed; ");
	assert_int_equal(world->shared->failure.kind, FAILURE_PARTIAL);
	/* A token that is not accepted is nobody's fault among them. */
	repos[0].status = 401;
	world_forget(world);
	world_run(world);
	assert_int_equal(world->shared->failure.kind, FAILURE_AUTHENTICATION);
	world_free(world);
}

/* --- what is not there any more --- */

static struct world *world_with_vanished(struct world_repo *repos, uint32_t count)
{
	struct world *world = world_new(JOB_REPOS_SYNC, repos, count);

	remember(world, &repos[0]);
	remember(world, &(struct world_repo){.id = 100, .full_name = "acme/gone"});
	remember(world, &(struct world_repo){.id = 101, .full_name = "acme/hidden"});
	remember(world, &(struct world_repo){.id = 102, .full_name = "acme/tree"})->mode =
		REPOS_WORKTREE;
	remember(world, &(struct world_repo){.id = 103, .full_name = "other/gone"});
	remember(world, &(struct world_repo){.id = 104, .full_name = "ACME/shop"});
	world->there = " acme/shop ";
	return world;
}

static void test_vanished_are_told(void **state)
{
	struct world_repo repos[] = {{.id = 1, .full_name = "acme/shop"}};
	struct world *world = world_with_vanished(repos, 1);

	(void)state;
	world->request.format = OUTPUT_JSON;
	world_run(world);
	expect_fine(world);
	expect_has(world->notes,
		   "3 repositories of the destination are not in GitHub's list any more: "
		   "acme/gone, acme/hidden, acme/tree; --prune removes what is gone");
	expect_has(world->output, "\"vanished\":3,");
	assert_int_equal(world->orders, 0);
	assert_int_equal(world->calls[OPERATION_REPO_GET], 0);
	/* One whose name another has now is forgotten. */
	assert_null(world_state(world, 104));
	assert_non_null(world_state(world, 100));
	world_free(world);
}

static void test_vanished_are_removed(void **state)
{
	struct world_repo repos[] = {{.id = 1, .full_name = "acme/shop"},
				     {.id = 101, .full_name = "acme/hidden", .unlisted = true}};
	struct world *world = world_with_vanished(repos, 2);

	(void)state;
	world->request.repos.prune = 1;
	world_run(world);
	expect_fine(world);
	expect_has(world->log, "prune 1 acme/gone\n");
	expect_has(world->output, "acme/gone\tskipped\tvanished\t\t\tnot to be removed\n");
	assert_int_equal(world->orders, 0);
	assert_non_null(world_state(world, 100));
	world_forget(world);
	world->agrees = true;
	world_run(world);
	expect_fine(world);
	expect_has(world->log, "remove acme/gone vanished\n");
	expect_has(world->output, "acme/gone\tremoved\tvanished\t\t0.0 s\t\n");
	expect_has(world->output,
		   "acme/tree\tskipped\tvanished\t\t\tworking trees are left alone\n");
	assert_int_equal(world->orders, 1);
	assert_null(world_state(world, 100));
	assert_non_null(world_state(world, 101));
	assert_non_null(world_state(world, 102));
	assert_non_null(world_state(world, 103));
	world_free(world);
}

/* A token that sees nothing must not cost anybody their mirrors. */
static void test_an_empty_list_removes_nothing(void **state)
{
	struct world_repo repos[] = {{.id = 1, .full_name = "acme/shop", .unlisted = true}};
	struct world *world = world_with_vanished(repos, 1);

	(void)state;
	repos[0].status = 404;
	world->request.repos.prune = 1;
	world->agrees = true;
	world_run(world);
	expect_fine(world);
	expect_has(world->notes, "GitHub lists no repository at all: nothing is removed\n");
	assert_string_equal(world->log, "");
	assert_non_null(world_state(world, 100));
	world_free(world);
}

/* --- what is shown --- */

static void test_json(void **state)
{
	struct world_repo repos[] = {
		{.id = 1, .full_name = "acme/shop"},
		{.id = 2, .full_name = "acme/shirts", .fails = FAILURE_NETWORK},
		{.id = 3, .full_name = "acme/hats"}};
	struct world *world = world_new(JOB_REPOS_SYNC, repos, 3);

	(void)state;
	remember(world, &repos[2]);
	world->there = " acme/hats ";
	world->request.format = OUTPUT_JSON;
	world->request.colour = 1;
	world_run(world);
	expect_has(world->output, "{\"repo\":\"acme/shop\",\"action\":\"cloned\",\"how\":\"new\","
				  "\"bytes\":1000,\"seconds\":0.020,\"error\":null}\n");
	expect_has(world->output,
		   "{\"repo\":\"acme/shirts\",\"action\":\"failed\",\"how\":\"new\","
		   "\"bytes\":1000,\"seconds\":0.020,\"error\":{\"kind\":\"network\","
		   "\"message\":\"it went wrong\"}}\n");
	expect_has(world->output,
		   "{\"repo\":\"acme/hats\",\"action\":\"unchanged\",\"how\":\"hint\","
		   "\"bytes\":0,\"seconds\":0.000,\"error\":null}\n");
	expect_has(world->output,
		   "\n{\"total\":{\"repositories\":3,\"cloned\":1,\"fetched\":0,\"verified\":0,"
		   "\"unchanged\":1,\"removed\":0,\"skipped\":0,\"failed\":1,\"vanished\":0,"
		   "\"bytes\":2000,\"seconds\":");
	assert_string_equal(world->output + strlen(world->output) - 3, "}}\n");
	world_free(world);
}

static void test_table(void **state)
{
	struct world_repo repos[] = {{.id = 1, .full_name = "acme/shop"},
				     {.id = 2, .full_name = "acme/a-rather-long-name"}};
	struct world *world = world_new(JOB_REPOS_SYNC, repos, 2);

	(void)state;
	world->request.format = OUTPUT_TABLE;
	world->request.width = 120;
	world_run(world);
	expect_fine(world);
	expect_has(world->output, "REPOSITORY  ");
	expect_has(world->output, "\n\n2 repositories: 2 cloned; 2.0 kB in ");
	world_free(world);
}

static void test_left_alone(void **state)
{
	struct world_repo repos[] = {
		{.id = 1, .full_name = "acme/shop", .outcome = SYNC_LEFT_ALONE},
		{.id = 2, .full_name = "acme/same", .outcome = SYNC_UNCHANGED}};
	struct world *world = world_new(JOB_REPOS_SYNC, repos, 2);

	(void)state;
	world->there = " acme/shop  acme/same ";
	world_run(world);
	expect_fine(world);
	expect_has(world->output, "acme/shop\tfetched\tleft alone\t");
	expect_has(world->output, "2 repositories: 1 fetched, 1 unchanged; ");
	world_free(world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_new_ones_are_cloned),
		cmocka_unit_test(test_hint),
		cmocka_unit_test(test_digest),
		cmocka_unit_test(test_git_looks),
		cmocka_unit_test(test_other_mode),
		cmocka_unit_test(test_wikis),
		cmocka_unit_test(test_what_cannot_be_used),
		cmocka_unit_test(test_what_is_not_meant),
		cmocka_unit_test(test_failures),
		cmocka_unit_test(test_failing_alike),
		cmocka_unit_test(test_a_page_that_fails),
		cmocka_unit_test(test_second_run),
		cmocka_unit_test(test_sweep_goes_on_together),
		cmocka_unit_test(test_twenty_thousand),
		cmocka_unit_test(test_sources),
		cmocka_unit_test(test_by_name),
		cmocka_unit_test(test_vanished_are_told),
		cmocka_unit_test(test_vanished_are_removed),
		cmocka_unit_test(test_an_empty_list_removes_nothing),
		cmocka_unit_test(test_json),
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_left_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
