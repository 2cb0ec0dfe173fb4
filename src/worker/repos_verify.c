/* repos verify: git looks whether everything that should be in a repository is there and whole. */
#include "lib/base/clock.h"
#include "lib/base/memory.h"
#include "lib/sanitize/sanitize.h"
#include "worker/repos_known.h"
#include "worker/repos_results.h"
#include "worker/repos_work.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Repositories that wait for their turn before more are remembered. */
#define WAITING_MAX 100u

struct verify {
	struct job *job;
	struct known known;
	struct work *work;
	struct repos_results results;
};

static void hear_done(void *context, struct repo *repo, const struct sync_result *result)
{
	struct verify *verify = context;
	bool failed = result->failure.kind != FAILURE_NONE;
	struct sync_state *state = &repo->state;

	if (failed) {
		/* The next sync has git look at it. */
		state->failed_s = clock_wall_s();
		sanitize_text(state->error, sizeof(state->error), result->failure.message,
			      strlen(result->failure.message));
	} else {
		state->verified_s = clock_wall_s();
	}
	states_put(verify->known.states, state);
	repos_results_add(&verify->results,
			  &(struct repos_row){.repo = state->name,
					      .action = failed ? REPOS_FAILED : REPOS_VERIFIED,
					      .how = "fsck",
					      .note = result->note,
					      .milliseconds = result->milliseconds,
					      .failure = failed ? &result->failure : NULL});
	repos_results_flush(&verify->results);
	free(repo);
}

static void order(struct verify *verify, const struct sync_state *state)
{
	struct repo *repo = memory_new(sizeof(*repo));

	repo->part = state->part;
	repo->state = *state;
	if (!repos_name_split(state->name, repo->owner, repo->name)) {
		free(repo);
		return;
	}
	snprintf(repo->branch, sizeof(repo->branch), "%s", state->branch);
	repos_results_expect(&verify->results, state->name);
	work_order(verify->work, repo, SYNC_VERIFY, "verify");
}

/* The directory is open for one mode at a time. */
static void choose(struct verify *verify, const struct sync_state *state)
{
	static const char *const notes[REPOS_MODES] = {
		[REPOS_MIRROR] = "it is a mirror: verify it without --worktree",
		[REPOS_WORKTREE] = "it is a working tree: verify it with --worktree",
	};

	if (state->mode == verify->job->request.repos.mode) {
		order(verify, state);
		return;
	}
	repos_results_expect(&verify->results, state->name);
	repos_results_add(&verify->results, &(struct repos_row){.repo = state->name,
								.action = REPOS_SKIPPED,
								.how = "mode",
								.note = notes[state->mode]});
}

static void fail_missing(struct verify *verify, const struct repos_name *name)
{
	char full[SYNC_NAME_MAX + 2];
	struct failure failure;

	snprintf(full, sizeof(full), "%s/%s", name->owner, name->name);
	failure_set(&failure, FAILURE_NOT_FOUND, "ghward repos sync puts it there.",
		    "it is not known in this destination");
	repos_results_expect(&verify->results, full);
	repos_results_add(&verify->results, &(struct repos_row){.repo = full,
								.action = REPOS_FAILED,
								.how = "",
								.note = "",
								.failure = &failure});
}

static void verify_all(struct verify *verify)
{
	struct sync_state found[SYNC_STATES_MAX];
	struct repos_name name;
	size_t count, place = 0;

	while ((count = known_next(&verify->known, found))) {
		for (size_t i = 0; i < count; i++) {
			/* Of what never came there is nothing to verify. */
			if (found[i].synced_s)
				choose(verify, &found[i]);
		}
		work_wait(verify->work, WAITING_MAX);
	}
	work_wait(verify->work, 0);
	while (known_next_missing(&verify->known, &place, &name))
		fail_missing(verify, &name);
}

void repos_verify_run(struct job *job)
{
	struct verify verify = {.job = job};
	const struct work_events events = {NULL, hear_done, &verify};

	known_begin(&verify.known, job);
	verify.work = work_new(job, &events);
	repos_results_begin(&verify.results, job);
	verify_all(&verify);
	repos_say_remembered(job->calls, verify.known.states);
	repos_results_end(&verify.results);
	work_free(verify.work);
	known_end(&verify.known);
}
