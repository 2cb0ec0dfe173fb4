/* repos sync: what is remembered in the destination, but is not on GitHub any more. */
#include "worker/repos_source.h"
#include "worker/repos_sync.h"

#include "lib/base/log.h"
#include "lib/base/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Names that the user is shown. */
#define SHOWN_MAX 20u

struct vanished {
	uint64_t id;
	enum repos_part part;
	enum repos_mode mode;
	bool gone; /* GitHub said so of this one */
	char owner[VALIDATE_OWNER_MAX + 1], name[VALIDATE_REPO_MAX + 1];
};

struct vanishing {
	struct sync *sync;
	struct vanished *list;
	uint32_t count, capacity;
	uint32_t judged, gone;
};

/* --- which --- */

/* "shop" of the wiki "shop.wiki". */
static void code_name(const struct vanished *one, char name[VALIDATE_REPO_MAX + 1])
{
	size_t length = strlen(one->name), suffix = strlen(".wiki");

	if (one->part == REPOS_WIKI && length > suffix)
		length -= suffix;
	snprintf(name, VALIDATE_REPO_MAX + 1, "%.*s", (int)length, one->name);
}

/* Another repository has its name now, and its place here. */
static bool is_replaced(const struct sync *sync, const struct vanished *one)
{
	char name[VALIDATE_REPO_MAX + 1], full[SYNC_NAME_MAX + 2];

	code_name(one, name);
	snprintf(full, sizeof(full), "%s/%s", one->owner, name);
	return seen_has(&sync->names, seen_name(full));
}

static void add(struct vanishing *vanishing, const struct vanished *one)
{
	if (vanishing->count == vanishing->capacity) {
		vanishing->capacity = vanishing->capacity ? vanishing->capacity * 2 : 64;
		vanishing->list = reallocarray(vanishing->list, vanishing->capacity,
					       sizeof(*vanishing->list));
		if (!vanishing->list)
			fatal("out of memory");
	}
	vanishing->list[vanishing->count++] = *one;
}

static void judge(struct vanishing *vanishing, const char *owner, const struct sync_state *state)
{
	struct sync *sync = vanishing->sync;
	struct vanished one = {.id = state->id, .part = state->part, .mode = state->mode};

	if (!repos_name_split(state->name, one.owner, one.name) ||
	    strcasecmp(one.owner, owner) != 0 || seen_has(&sync->ids, seen_number(state->id)))
		return;
	if (!state->synced_s || is_replaced(sync, &one))
		states_drop(sync->states, (struct state_key){one.id, one.part});
	else if (vanishing->count < REPOS_LISTED_MAX)
		add(vanishing, &one);
}

static void find(struct vanishing *vanishing, const char *owner)
{
	struct sync_state found[SYNC_STATES_MAX];
	struct state_key after = {0};
	size_t count;

	while ((count = states_list(vanishing->sync->states, after, found))) {
		for (size_t i = 0; i < count; i++)
			judge(vanishing, owner, &found[i]);
		after = (struct state_key){found[count - 1].id, found[count - 1].part};
	}
}

/* --- whether GitHub says so of each --- */

static bool hear_there(struct job *job, const struct cJSON *element, void *context)
{
	struct vanishing *vanishing = context;

	(void)job;
	(void)element;
	vanishing->judged++;
	return true;
}

static bool hear_missing(struct job *job, const struct repos_name *name,
			 const struct failure *failure, void *context)
{
	struct vanishing *vanishing = context;
	struct vanished *one = &vanishing->list[vanishing->judged++];

	(void)job;
	(void)name;
	one->gone = failure->kind == FAILURE_NOT_FOUND;
	vanishing->gone += one->gone;
	return true;
}

static void end_some(struct job *job, void *context)
{
	(void)job;
	(void)context;
}

static void confirm(struct vanishing *vanishing)
{
	const struct repos_source source = {hear_there, end_some, hear_missing, vanishing};
	struct repos_names names = {0};
	char name[VALIDATE_REPO_MAX + 1];

	for (uint32_t i = 0; i < vanishing->count; i++) {
		code_name(&vanishing->list[i], name);
		repos_names_add(&names, vanishing->list[i].owner, name);
	}
	repos_source_get(vanishing->sync->job, &names, &source);
	repos_names_free(&names);
}

/* --- removing them --- */

/* "acme/a", `between`, "acme/b", ... of the first ones that count. */
static void show(const struct vanishing *vanishing, bool gone, const char *between, char *text,
		 size_t size)
{
	unsigned shown = 0;
	size_t used = 0;

	text[0] = 0;
	for (uint32_t i = 0; i < vanishing->count && shown < SHOWN_MAX; i++) {
		const struct vanished *one = &vanishing->list[i];
		if (gone && (!one->gone || one->mode != REPOS_MIRROR))
			continue;
		int length = snprintf(text + used, size - used, "%s%s/%s", used ? between : "",
				      one->owner, one->name);
		if (length < 0 || (size_t)length >= size - used) {
			text[used] = 0;
			return;
		}
		used += (size_t)length;
		shown++;
	}
}

/* A run looks where its own mode keeps repositories. */
static bool is_worktree(const struct sync *sync, const struct vanished *one)
{
	return one->mode == REPOS_WORKTREE || sync->job->request.repos.mode == REPOS_WORKTREE;
}

static uint32_t count_mirrors(const struct vanishing *vanishing)
{
	uint32_t mirrors = 0;

	for (uint32_t i = 0; i < vanishing->count; i++)
		mirrors += vanishing->list[i].gone &&
			   !is_worktree(vanishing->sync, &vanishing->list[i]);
	return mirrors;
}

static void add_row(struct sync *sync, const struct vanished *one, const struct repos_row *row)
{
	struct repos_row named = *row;
	char full[SYNC_NAME_MAX + 2];

	snprintf(full, sizeof(full), "%s/%s", one->owner, one->name);
	named.repo = full;
	named.how = "vanished";
	repos_results_add(&sync->results, &named);
}

static void order_removal(struct sync *sync, const struct vanished *one)
{
	struct repo *repo = memory_new(sizeof(*repo));

	repo->part = one->part;
	repo->state.id = one->id;
	repo->state.part = one->part;
	snprintf(repo->owner, sizeof(repo->owner), "%s", one->owner);
	snprintf(repo->name, sizeof(repo->name), "%s", one->name);
	work_order(sync->work, repo, SYNC_REMOVE, "vanished");
}

static void remove_all(struct vanishing *vanishing, bool agreed)
{
	struct sync *sync = vanishing->sync;

	sync->removing = true;
	for (uint32_t i = 0; i < vanishing->count; i++) {
		const struct vanished *one = &vanishing->list[i];
		if (!one->gone)
			continue;
		sync->results.known++;
		if (is_worktree(sync, one))
			add_row(sync, one,
				&(struct repos_row){.action = REPOS_SKIPPED,
						    .note = "working trees are left alone"});
		else if (!agreed)
			add_row(sync, one,
				&(struct repos_row){.action = REPOS_SKIPPED,
						    .note = "not to be removed"});
		else
			order_removal(sync, one);
	}
	work_wait(sync->work, 0);
}

void sync_pruned(struct sync *sync, struct repo *repo, const struct sync_result *result)
{
	struct vanished one = {.id = repo->state.id, .part = repo->part};
	bool gone =
		result->failure.kind == FAILURE_NONE || result->failure.kind == FAILURE_NOT_FOUND;

	snprintf(one.owner, sizeof(one.owner), "%s", repo->owner);
	snprintf(one.name, sizeof(one.name), "%s", repo->name);
	if (gone)
		states_drop(sync->states, (struct state_key){one.id, one.part});
	add_row(sync, &one,
		&(struct repos_row){.action = gone ? REPOS_REMOVED : REPOS_FAILED,
				    .note = "",
				    .milliseconds = result->milliseconds,
				    .failure = gone ? NULL : &result->failure});
	free(repo);
}

static void prune(struct vanishing *vanishing)
{
	struct job *job = vanishing->sync->job;
	char names[4096];
	bool agreed = false;

	/* One who may see nothing must not be taken for one who has nothing. */
	if (!vanishing->sync->ids.count) {
		calls_note(job->calls, "GitHub lists no repository at all: nothing is removed");
		return;
	}
	confirm(vanishing);
	if (job->failure.kind != FAILURE_NONE)
		return;
	uint32_t mirrors = count_mirrors(vanishing);
	show(vanishing, true, "\n", names, sizeof(names));
	if (mirrors)
		agreed = repos_say_prune(job->calls, mirrors, names);
	remove_all(vanishing, agreed);
}

static void tell(struct vanishing *vanishing)
{
	uint32_t count = vanishing->count;
	char names[300], text[600];

	vanishing->sync->results.vanished = count;
	show(vanishing, false, ", ", names, sizeof(names));
	snprintf(text, sizeof(text),
		 "%u %s in GitHub's list any more: %s%s; --prune removes what is gone", count,
		 count == 1 ? "repository of the destination is not"
			    : "repositories of the destination are not",
		 names, count > SHOWN_MAX ? ", ..." : "");
	calls_note(vanishing->sync->job->calls, text);
}

void sync_prune(struct sync *sync)
{
	const char *const *values = sync->job->request.arguments.values;
	const char *owner =
		values[PARAMETER_ORG] ? values[PARAMETER_ORG] : values[PARAMETER_USERNAME];
	struct vanishing vanishing = {.sync = sync};

	/* What is listed by name says nothing about others. */
	if (!owner)
		return;
	find(&vanishing, owner);
	if (vanishing.count && sync->job->request.repos.prune)
		prune(&vanishing);
	else if (vanishing.count)
		tell(&vanishing);
	free(vanishing.list);
}
