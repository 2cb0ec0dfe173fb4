/* repos sync: from the listing to what is to be done. */
#include "worker/repos_sync.h"

#include "lib/base/clock.h"
#include "lib/base/memory.h"
#include "lib/sanitize/sanitize.h"
#include "worker/classify.h"
#include "worker/repos_filter.h"
#include "worker/repos_source.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Repositories that wait for their turn before more of the listing is looked at. */
#define WAITING_MAX 1000u

static void add_row(struct sync *sync, const char *repo, enum repos_action action, const char *how)
{
	repos_results_add(
		&sync->results,
		&(struct repos_row){.repo = repo, .action = action, .how = how, .note = ""});
}

static void add_failed(struct sync *sync, const char *repo, const struct failure *failure)
{
	repos_results_add(&sync->results, &(struct repos_row){.repo = repo,
							      .action = REPOS_FAILED,
							      .how = "",
							      .note = "",
							      .failure = failure});
}

/* --- what is to be done about those of a page --- */

static void set_unchanged(struct sync *sync, struct repo *repo, enum unchanged_by by)
{
	char full[SYNC_NAME_MAX + 2];

	snprintf(full, sizeof(full), "%s/%s", repo->owner, repo->name);
	repos_say_unchanged(sync->job->calls, &sync->unchanged, repo->owner, repo->name, by);
	add_row(sync, full, REPOS_UNCHANGED, by == UNCHANGED_BY_HINT ? "hint" : "digest");
	free(repo);
}

static void begin(struct sync *sync, struct repo *repo)
{
	enum sync_action action = SYNC_CLONE;
	const char *why = "";

	switch (ladder_begin(&sync->ladder, repo, &action, &why)) {
	case RUNG_UNCHANGED:
		set_unchanged(sync, repo, UNCHANGED_BY_HINT);
		break;
	case RUNG_ASK:
		work_ask(sync->work, repo);
		break;
	case RUNG_ORDER:
		work_order(sync->work, repo, action, why);
		break;
	}
}

static void remember_checked(struct sync *sync, struct repo *repo)
{
	repo->state.checked_s = sync->ladder.now_s;
	snprintf(repo->state.pushed_at, sizeof(repo->state.pushed_at), "%s", repo->pushed_at);
	states_put(sync->states, &repo->state);
}

static void hear_refs(void *context, struct repo *repo, const uint8_t *digest,
		      const struct failure *failure)
{
	struct sync *sync = context;
	enum sync_action action = SYNC_CLONE;
	const char *why = "";

	if (!digest) {
		sync_fail(sync, repo, failure);
	} else if (ladder_compare(&sync->ladder, repo, digest, &action, &why) == RUNG_UNCHANGED) {
		sync->streak = 0;
		remember_checked(sync, repo);
		set_unchanged(sync, repo, UNCHANGED_BY_DIGEST);
	} else {
		sync->streak = 0;
		work_order(sync->work, repo, action, why);
	}
	repos_results_flush(&sync->results);
}

static void hear_done(void *context, struct repo *repo, const struct sync_result *result)
{
	struct sync *sync = context;

	if (sync->removing)
		sync_pruned(sync, repo, result);
	else
		sync_finish(sync, repo, result);
	repos_results_flush(&sync->results);
}

/* --- what is remembered of them, and what there is --- */

static void recall(struct sync *sync, unsigned begin_at, unsigned count)
{
	struct repo **batch = sync->batch + begin_at;
	struct state_key keys[SYNC_STATES_MAX];
	struct sync_state found[SYNC_STATES_MAX];

	for (unsigned i = 0; i < count; i++)
		keys[i] = (struct state_key){batch[i]->state.id, batch[i]->part};
	size_t known = states_get(sync->states, keys, count, found);
	for (unsigned i = 0; i < count; i++) {
		for (size_t j = 0; j < known && !batch[i]->known; j++) {
			if (found[j].id != keys[i].id || found[j].part != keys[i].part)
				continue;
			batch[i]->state = found[j];
			batch[i]->known = true;
		}
	}
}

static void look(struct sync *sync)
{
	struct repos_place places[REPOS_SAY_MAX];
	enum tree_found found[REPOS_SAY_MAX];

	for (unsigned i = 0; i < sync->batch_count; i++)
		places[i] = (struct repos_place){sync->batch[i]->owner, sync->batch[i]->name};
	work_look(sync->work, sync->ladder.mode, places, sync->batch_count, found);
	for (unsigned i = 0; i < sync->batch_count; i++)
		sync->batch[i]->found = found[i];
}

static void begin_batch(struct sync *sync)
{
	for (unsigned at = 0; at < sync->batch_count; at += SYNC_STATES_MAX) {
		unsigned left = sync->batch_count - at;
		recall(sync, at, left < SYNC_STATES_MAX ? left : SYNC_STATES_MAX);
	}
	look(sync);
	unsigned count = sync->batch_count;
	sync->batch_count = 0;
	for (unsigned i = 0; i < count; i++)
		begin(sync, sync->batch[i]);
	work_wait(sync->work, WAITING_MAX);
}

/* --- the listing --- */

static void add(struct sync *sync, const struct repository_view *view, enum repos_part part)
{
	struct repo *repo = memory_new(sizeof(*repo));
	char full[SYNC_NAME_MAX + 2];

	repo->part = part;
	repo->state.id = view->id;
	repo->state.part = part;
	snprintf(repo->owner, sizeof(repo->owner), "%s", view->owner);
	snprintf(repo->name, sizeof(repo->name), "%.*s%s",
		 (int)(VALIDATE_REPO_MAX - (part == REPOS_WIKI ? strlen(".wiki") : 0)), view->name,
		 part == REPOS_WIKI ? ".wiki" : "");
	if (part == REPOS_CODE) {
		snprintf(repo->pushed_at, sizeof(repo->pushed_at), "%s", view->pushed_at);
		snprintf(repo->branch, sizeof(repo->branch), "%s", view->default_branch);
	}
	snprintf(full, sizeof(full), "%s/%s", repo->owner, repo->name);
	repos_results_expect(&sync->results, full);
	sync->batch[sync->batch_count++] = repo;
	if (sync->batch_count == REPOS_SAY_MAX)
		begin_batch(sync);
}

static void fail_unusable(struct sync *sync, const struct cJSON *element, const char *why)
{
	const char *full = json_get_text(element, "full_name");
	char name[SYNC_NAME_MAX + 1];
	struct failure failure;

	sanitize_field(name, sizeof(name), full, strlen(full));
	failure_set(&failure, FAILURE_MALFORMED, CLASSIFY_HINT,
		    "GitHub's listing of it cannot be used: %s", why);
	repos_results_expect(&sync->results, name);
	add_failed(sync, name, &failure);
}

static void fail_clash(struct sync *sync, const char *full)
{
	struct failure failure;

	failure_set(&failure, FAILURE_CONFLICT, "Rename one of them on GitHub, or exclude it.",
		    "another repository of the list has this name but for the case of letters");
	repos_results_expect(&sync->results, full);
	add_failed(sync, full, &failure);
}

static void choose(struct sync *sync, const struct repository_view *view, const char *full,
		   bool clashes)
{
	const struct repos_request *request = &sync->job->request.repos;

	if (clashes) {
		fail_clash(sync, full);
		return;
	}
	if (view->disabled) {
		repos_results_expect(&sync->results, full);
		add_row(sync, full, REPOS_SKIPPED, "disabled");
		return;
	}
	add(sync, view, REPOS_CODE);
	if (request->wiki && view->has_wiki &&
	    strlen(view->name) + strlen(".wiki") <= VALIDATE_REPO_MAX)
		add(sync, view, REPOS_WIKI);
}

/* In the list of an owner's: nobody would let it be fetched. */
static bool is_anothers(const struct job *job, const struct repository_view *view)
{
	const char *const *values = job->request.arguments.values;
	const char *owner =
		values[PARAMETER_ORG] ? values[PARAMETER_ORG] : values[PARAMETER_USERNAME];

	return owner && strcasecmp(owner, view->owner) != 0;
}

static bool take_repository(struct job *job, const struct cJSON *element, void *context)
{
	struct sync *sync = context;
	char full[SYNC_NAME_MAX + 1];
	struct repository_view view;
	const char *why = repository_read(element, &view);

	if (why) {
		fail_unusable(sync, element, why);
		return true;
	}
	if (!seen_add(&sync->ids, seen_number(view.id)))
		return true;
	if (is_anothers(job, &view)) {
		fail_unusable(sync, element, "it is another owner's");
		return true;
	}
	snprintf(full, sizeof(full), "%s/%s", view.owner, view.name);
	bool clashes = !seen_add(&sync->names, seen_name(full));
	if (repos_filter_match(&job->request.repos, &view))
		choose(sync, &view, full, clashes);
	return sync->stopped.kind == FAILURE_NONE;
}

static bool take_missing(struct job *job, const struct repos_name *name,
			 const struct failure *failure, void *context)
{
	struct sync *sync = context;
	char full[SYNC_NAME_MAX + 1];

	(void)job;
	snprintf(full, sizeof(full), "%s/%s", name->owner, name->name);
	repos_results_expect(&sync->results, full);
	add_failed(sync, full, failure);
	return sync->stopped.kind == FAILURE_NONE;
}

static void end_page(struct job *job, void *context)
{
	struct sync *sync = context;

	begin_batch(sync);
	repos_say_flush(job->calls, &sync->unchanged);
	repos_results_flush(&sync->results);
}

static void drop_batch(struct sync *sync)
{
	while (sync->batch_count)
		free(sync->batch[--sync->batch_count]);
}

static void fail_stopped(struct sync *sync)
{
	struct failure *failure = &sync->job->failure;

	*failure = sync->stopped;
	snprintf(failure->message, sizeof(failure->message),
		 "%.400s (no others were tried after %u of %u repositories)", sync->stopped.message,
		 repos_results_done(&sync->results), sync->results.known);
}

static void read_all(struct sync *sync)
{
	const struct repos_source source = {take_repository, end_page, take_missing, sync};
	struct repos_names names = {0};
	struct job *job = sync->job;

	repos_names_receive(job, &names);
	repos_source_read(job, &names, &source);
	drop_batch(sync);
	work_wait(sync->work, 0);
	repos_say_flush(job->calls, &sync->unchanged);
	repos_names_free(&names);
	if (sync->stopped.kind != FAILURE_NONE)
		fail_stopped(sync);
}

void repos_sync_run(struct job *job)
{
	struct sync sync = {
		.job = job,
		.states = states_new(job->store),
		.ladder = {.mode = job->request.repos.mode,
			   .full = job->request.repos.full,
			   .now_s = clock_wall_s(),
			   .sweep_s = job->sweep_s},
	};
	const struct work_events events = {hear_refs, hear_done, &sync};

	sync.work = work_new(job, &events);
	repos_results_begin(&sync.results, job);
	read_all(&sync);
	if (job->failure.kind == FAILURE_NONE)
		sync_prune(&sync);
	repos_say_remembered(job->calls, sync.states);
	repos_results_end(&sync.results);
	work_free(sync.work);
	states_free(sync.states);
	seen_free(&sync.ids);
	seen_free(&sync.names);
}
