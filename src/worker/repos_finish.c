/* repos sync: what came of it, shown and remembered. */
#include "worker/repos_sync.h"

#include "lib/base/clock.h"
#include "lib/sanitize/sanitize.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* So many repositories in a row that fail for what is nothing to do with them, and no others are
 * tried. */
#define STREAK_MAX 5u

static void full_name(const struct repo *repo, char full[SYNC_NAME_MAX + 1])
{
	snprintf(full, SYNC_NAME_MAX + 1, "%.*s/%.*s", (int)VALIDATE_OWNER_MAX, repo->owner,
		 (int)VALIDATE_REPO_MAX, repo->name);
}

/* What will most likely fail the others, too. */
static bool is_everybodys(enum failure_kind kind)
{
	switch (kind) {
	case FAILURE_AUTHENTICATION:
	case FAILURE_RATE_LIMITED:
	case FAILURE_NETWORK:
	case FAILURE_TLS:
	case FAILURE_AUDIT:
		return true;
	default:
		return false;
	}
}

static void count_streak(struct sync *sync, const struct failure *failure)
{
	sync->streak = failure->kind == sync->streak_kind ? sync->streak + 1 : 1;
	sync->streak_kind = failure->kind;
	if (!is_everybodys(failure->kind) || sync->streak < STREAK_MAX ||
	    sync->stopped.kind != FAILURE_NONE)
		return;
	sync->stopped = *failure;
	work_stop(sync->work);
}

/* One that was never there in this mode is remembered, so that status can tell why. */
static void remember_failure(struct sync *sync, struct repo *repo, const struct failure *failure)
{
	struct sync_state *state = &repo->state;

	if (!repo->known) {
		full_name(repo, state->name);
		state->mode = sync->ladder.mode;
	}
	state->failed_s = clock_wall_s();
	sanitize_text(state->error, sizeof(state->error), failure->message,
		      strlen(failure->message));
	states_put(sync->states, state);
}

static void add_row(struct sync *sync, const struct repo *repo, const struct repos_row *row)
{
	struct repos_row named = *row;
	char full[SYNC_NAME_MAX + 1];

	full_name(repo, full);
	named.repo = full;
	if (!named.note)
		named.note = "";
	repos_results_add(&sync->results, &named);
}

static bool is_no_wiki(const struct repo *repo, const struct failure *failure)
{
	return repo->part == REPOS_WIKI && failure->kind == FAILURE_NOT_FOUND &&
	       !repo->state.synced_s;
}

static void fail(struct sync *sync, struct repo *repo, const struct failure *failure,
		 const struct repos_row *row)
{
	/* GitHub says of each repository that it has a wiki, unless that was switched off. */
	if (is_no_wiki(repo, failure)) {
		add_row(sync, repo, &(struct repos_row){.action = REPOS_SKIPPED, .how = "no wiki"});
	} else {
		remember_failure(sync, repo, failure);
		add_row(sync, repo, row);
		count_streak(sync, failure);
	}
	free(repo);
}

void sync_fail(struct sync *sync, struct repo *repo, const struct failure *failure)
{
	fail(sync, repo, failure,
	     &(struct repos_row){.action = REPOS_FAILED, .how = "", .failure = failure});
}

static void remember_success(struct sync *sync, struct repo *repo, const struct sync_result *result)
{
	static const uint8_t unknown[SYNC_DIGEST_SIZE];
	struct sync_state *state = &repo->state;

	full_name(repo, state->name);
	snprintf(state->pushed_at, sizeof(state->pushed_at), "%s", repo->pushed_at);
	snprintf(state->branch, sizeof(state->branch), "%s", repo->branch);
	memcpy(state->digest, result->digest, SYNC_DIGEST_SIZE);
	state->synced_s = clock_wall_s();
	state->checked_s =
		memcmp(state->digest, unknown, sizeof(unknown)) == 0 ? 0 : state->synced_s;
	state->failed_s = 0;
	state->error[0] = 0;
	if (__builtin_add_overflow(state->bytes, result->bytes, &state->bytes) ||
	    state->bytes > INT64_MAX)
		state->bytes = INT64_MAX;
	state->mode = sync->ladder.mode;
	states_put(sync->states, state);
}

void sync_finish(struct sync *sync, struct repo *repo, const struct sync_result *result)
{
	bool failed = result->failure.kind != FAILURE_NONE;
	bool cloned = result->action == SYNC_CLONE;
	struct repos_row row = {
		.action = failed   ? REPOS_FAILED
			  : cloned ? REPOS_CLONED
				   : REPOS_FETCHED,
		.how = repo->why,
		.note = result->note,
		.bytes = result->bytes,
		.milliseconds = result->milliseconds,
		.failure = failed ? &result->failure : NULL,
	};

	if (failed) {
		fail(sync, repo, &result->failure, &row);
		return;
	}
	if (result->outcome == SYNC_UNCHANGED && !cloned) {
		row.action = REPOS_UNCHANGED;
		row.how = "git";
	} else if (result->outcome == SYNC_LEFT_ALONE) {
		row.how = "left alone";
	} else if (result->outcome == SYNC_EMPTY && !*row.note) {
		row.note = "it is empty";
	}
	sync->streak = 0;
	remember_success(sync, repo, result);
	add_row(sync, repo, &row);
	free(repo);
}
