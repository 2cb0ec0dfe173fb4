/* What is to be done about a repository. */
#include "worker/repos_ladder.h"

#include <stdio.h>
#include <string.h>

/* What is remembered counts for what is there now. */
static bool is_remembered(const struct ladder *ladder, const struct repo *repo)
{
	return repo->known && repo->found == TREE_PRESENT && repo->state.mode == ladder->mode;
}

static bool has_digest(const struct repo *repo)
{
	static const uint8_t unknown[SYNC_DIGEST_SIZE];

	return memcmp(repo->state.digest, unknown, sizeof(unknown)) != 0;
}

static bool is_named_alike(const struct repo *repo)
{
	char full[SYNC_NAME_MAX + 2];

	snprintf(full, sizeof(full), "%s/%s", repo->owner, repo->name);
	return strcmp(full, repo->state.name) == 0;
}

/* A clock that was set back makes a digest old, too. */
static bool is_fresh(const struct ladder *ladder, const struct repo *repo)
{
	uint64_t checked_s = repo->state.checked_s;

	return checked_s <= ladder->now_s && ladder->now_s - checked_s < ladder->sweep_s;
}

/* Pushes to a wiki leave no trace in the listing. */
static bool hints_at_nothing(const struct repo *repo)
{
	return repo->part == REPOS_CODE && *repo->pushed_at &&
	       strcmp(repo->pushed_at, repo->state.pushed_at) == 0;
}

/* Why git has to look whatever the refs are, or NULL. */
static const char *reason(const struct ladder *ladder, const struct repo *repo)
{
	if (ladder->full)
		return "full";
	if (repo->state.failed_s)
		return "failed";
	/* HEAD follows it. */
	if (strcmp(repo->branch, repo->state.branch) != 0)
		return "branch";
	return has_digest(repo) ? NULL : "unknown";
}

static enum rung order(const struct repo *repo, enum sync_action *action)
{
	*action = repo->found == TREE_ABSENT ? SYNC_CLONE : SYNC_FETCH;
	return RUNG_ORDER;
}

enum rung ladder_begin(const struct ladder *ladder, const struct repo *repo,
		       enum sync_action *action, const char **why)
{
	/* The tree says what is in the way, and has it put on record. */
	if (repo->found == TREE_FOREIGN) {
		*why = "foreign";
		return order(repo, action);
	}
	/* What was renamed on GitHub is still under its old name here. */
	if (repo->known && repo->state.mode == ladder->mode && repo->state.synced_s &&
	    !is_named_alike(repo)) {
		*why = "renamed";
		*action = SYNC_FETCH;
		return RUNG_ORDER;
	}
	if (!is_remembered(ladder, repo)) {
		bool was = repo->known && repo->state.mode == ladder->mode && repo->state.synced_s;
		*why = repo->found == TREE_PRESENT ? "unknown" : was ? "missing" : "new";
		/* Most wikis do not exist, and git is not needed to find that out. */
		return repo->part == REPOS_WIKI && !repo->known ? RUNG_ASK : order(repo, action);
	}
	*why = reason(ladder, repo);
	if (*why)
		return order(repo, action);
	return hints_at_nothing(repo) && is_fresh(ladder, repo) ? RUNG_UNCHANGED : RUNG_ASK;
}

enum rung ladder_compare(const struct ladder *ladder, const struct repo *repo,
			 const uint8_t digest[SYNC_DIGEST_SIZE], enum sync_action *action,
			 const char **why)
{
	if (is_remembered(ladder, repo) &&
	    memcmp(digest, repo->state.digest, SYNC_DIGEST_SIZE) == 0)
		return RUNG_UNCHANGED;
	*why = repo->known ? "digest" : "new";
	return order(repo, action);
}
