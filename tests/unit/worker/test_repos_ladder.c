/* The ladder: as little as will do, and never less. */
#include "worker/repos_ladder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define NOW UINT64_C(1800000000)

static const struct ladder hourly = {.mode = REPOS_MIRROR, .now_s = NOW, .sweep_s = 3600};

/* Nothing has changed since a minute ago. */
static const struct repo quiet = {.owner = "acme",
				  .name = "shop",
				  .pushed_at = "2026-01-02T03:04:05Z",
				  .branch = "main",
				  .known = true,
				  .found = TREE_PRESENT,
				  .state = {.id = 1,
					    .name = "acme/shop",
					    .pushed_at = "2026-01-02T03:04:05Z",
					    .branch = "main",
					    .digest = {7},
					    .checked_s = NOW - 60,
					    .synced_s = NOW - 60}};

static void expect(const struct ladder *ladder, const struct repo *repo, enum rung rung,
		   enum sync_action action, const char *why)
{
	enum sync_action chosen = SYNC_ACTIONS;
	const char *reason = NULL;

	assert_int_equal(ladder_begin(ladder, repo, &chosen, &reason), rung);
	if (rung != RUNG_ORDER)
		return;
	assert_int_equal(chosen, action);
	assert_string_equal(reason, why);
}

static void test_hint(void **state)
{
	struct repo repo = quiet;

	(void)state;
	expect(&hourly, &repo, RUNG_UNCHANGED, 0, NULL);
	strcpy(repo.pushed_at, "2026-01-02T03:04:06Z");
	expect(&hourly, &repo, RUNG_ASK, 0, NULL);
	/* Two unknown times are not the same time. */
	repo = quiet;
	repo.pushed_at[0] = repo.state.pushed_at[0] = 0;
	expect(&hourly, &repo, RUNG_ASK, 0, NULL);
	repo = quiet;
	repo.part = REPOS_WIKI;
	expect(&hourly, &repo, RUNG_ASK, 0, NULL);
}

static void test_age(void **state)
{
	struct ladder always = hourly;
	struct repo repo = quiet;

	(void)state;
	repo.state.checked_s = NOW - 3599;
	expect(&hourly, &repo, RUNG_UNCHANGED, 0, NULL);
	repo.state.checked_s = NOW - 3600;
	expect(&hourly, &repo, RUNG_ASK, 0, NULL);
	repo.state.checked_s = NOW + 1;
	expect(&hourly, &repo, RUNG_ASK, 0, NULL);
	repo.state.checked_s = 0;
	expect(&hourly, &repo, RUNG_ASK, 0, NULL);
	always.sweep_s = 0;
	expect(&always, &quiet, RUNG_ASK, 0, NULL);
}

static void test_orders(void **state)
{
	struct ladder full = hourly;
	struct repo repo = quiet;

	(void)state;
	full.full = true;
	expect(&full, &repo, RUNG_ORDER, SYNC_FETCH, "full");
	repo.state.failed_s = 5;
	expect(&hourly, &repo, RUNG_ORDER, SYNC_FETCH, "failed");
	repo = quiet;
	strcpy(repo.branch, "trunk");
	expect(&hourly, &repo, RUNG_ORDER, SYNC_FETCH, "branch");
	repo = quiet;
	repo.state.digest[0] = 0;
	expect(&hourly, &repo, RUNG_ORDER, SYNC_FETCH, "unknown");
	repo = quiet;
	repo.found = TREE_ABSENT;
	expect(&hourly, &repo, RUNG_ORDER, SYNC_CLONE, "missing");
	repo.state.synced_s = 0;
	expect(&hourly, &repo, RUNG_ORDER, SYNC_CLONE, "new");
	repo = quiet;
	repo.known = false;
	expect(&hourly, &repo, RUNG_ORDER, SYNC_FETCH, "unknown");
	repo.found = TREE_ABSENT;
	expect(&hourly, &repo, RUNG_ORDER, SYNC_CLONE, "new");
	repo.part = REPOS_WIKI;
	expect(&hourly, &repo, RUNG_ASK, 0, NULL);
	repo = quiet;
	repo.state.mode = REPOS_WORKTREE;
	expect(&hourly, &repo, RUNG_ORDER, SYNC_FETCH, "unknown");
	repo.found = TREE_ABSENT;
	expect(&hourly, &repo, RUNG_ORDER, SYNC_CLONE, "new");
}

static void test_renamed(void **state)
{
	struct repo repo = quiet;

	(void)state;
	strcpy(repo.name, "Shop");
	expect(&hourly, &repo, RUNG_ORDER, SYNC_FETCH, "renamed");
	repo.found = TREE_ABSENT;
	expect(&hourly, &repo, RUNG_ORDER, SYNC_FETCH, "renamed");
	repo.found = TREE_FOREIGN;
	expect(&hourly, &repo, RUNG_ORDER, SYNC_FETCH, "foreign");
	/* It never came to be under its old name. */
	repo.found = TREE_ABSENT;
	repo.state.synced_s = 0;
	expect(&hourly, &repo, RUNG_ORDER, SYNC_CLONE, "new");
	repo.state = quiet.state;
	repo.state.mode = REPOS_WORKTREE;
	expect(&hourly, &repo, RUNG_ORDER, SYNC_CLONE, "new");
}

static void expect_compared(const struct repo *repo, uint8_t first, enum rung rung,
			    enum sync_action action, const char *why)
{
	const uint8_t digest[SYNC_DIGEST_SIZE] = {first};
	enum sync_action chosen = SYNC_ACTIONS;
	const char *reason = NULL;

	assert_int_equal(ladder_compare(&hourly, repo, digest, &chosen, &reason), rung);
	if (rung != RUNG_ORDER)
		return;
	assert_int_equal(chosen, action);
	assert_string_equal(reason, why);
}

static void test_digests(void **state)
{
	struct repo repo = quiet;

	(void)state;
	expect_compared(&repo, 7, RUNG_UNCHANGED, 0, NULL);
	expect_compared(&repo, 8, RUNG_ORDER, SYNC_FETCH, "digest");
	repo.found = TREE_ABSENT;
	expect_compared(&repo, 7, RUNG_ORDER, SYNC_CLONE, "digest");
	repo.known = false;
	expect_compared(&repo, 7, RUNG_ORDER, SYNC_CLONE, "new");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hint),	cmocka_unit_test(test_age),
		cmocka_unit_test(test_orders),	cmocka_unit_test(test_renamed),
		cmocka_unit_test(test_digests),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
