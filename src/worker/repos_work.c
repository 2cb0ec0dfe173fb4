/* Repositories under way. */
#include "worker/repos_work.h"

#include "lib/base/log.h"
#include "lib/base/memory.h"
#include "worker/body.h"
#include "worker/classify.h"
#include "worker/ls_refs.h"
#include "worker/repos_names.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct queue {
	struct repo *first, **last;
	uint32_t count;
};

struct work {
	struct job *job;
	struct work_events events;
	struct calls_listener listener;
	struct queue to_ask, to_order; /* that wait */
	struct queue asked, ordered;   /* that are under way */
	uint32_t ids;
	bool stopped;
	size_t looked_count; /* 0: nobody looks */
	enum tree_found *looked;
};

/* --- queues --- */

static void clear(struct queue *queue)
{
	*queue = (struct queue){.last = &queue->first};
}

static void append(struct queue *queue, struct repo *repo)
{
	repo->next = NULL;
	*queue->last = repo;
	queue->last = &repo->next;
	queue->count++;
}

static struct repo *take_at(struct queue *queue, struct repo **at)
{
	struct repo *repo = *at;

	*at = repo->next;
	if (!*at)
		queue->last = at;
	queue->count--;
	return repo;
}

/* There are few at a time that have an id. */
static struct repo *take_id(struct queue *queue, uint32_t id)
{
	for (struct repo **at = &queue->first; *at; at = &(*at)->next) {
		if ((*at)->id == id)
			return take_at(queue, at);
	}
	fatal("the broker answered what was not asked");
}

static void drop_all(struct queue *queue)
{
	while (queue->first)
		free(take_at(queue, &queue->first));
}

/* --- giving and getting --- */

static void send_question(struct work *work, struct repo *repo, uint32_t delay_ms)
{
	const struct operation_arguments arguments = {
		.values = {[PARAMETER_OWNER] = repo->owner, [PARAMETER_REPO] = repo->name}};

	repo->id = CALLS_LISTENED + work->ids++ % CALLS_LISTENED_COUNT;
	append(&work->asked, repo);
	calls_ask(work->job->calls, repo->id, OPERATION_GIT_LS_REFS, &arguments, delay_ms);
}

/* What was synchronised under another name is to be moved from there. */
static bool read_old_name(const struct work *work, const struct repo *repo,
			  char owner[VALIDATE_OWNER_MAX + 1], char name[VALIDATE_REPO_MAX + 1])
{
	const struct sync_state *state = &repo->state;

	return repo->known && state->synced_s && state->mode == work->job->request.repos.mode &&
	       repos_name_split(state->name, owner, name) &&
	       (strcmp(owner, repo->owner) != 0 || strcmp(name, repo->name) != 0);
}

static void send_order(struct work *work, struct repo *repo)
{
	char owner[VALIDATE_OWNER_MAX + 1], name[VALIDATE_REPO_MAX + 1];
	bool renamed = read_old_name(work, repo, owner, name);

	repo->id = work->ids++;
	append(&work->ordered, repo);
	repos_say_sync(work->job->calls, repo->id,
		       &(struct sync_order){.action = repo->action,
					    .owner = repo->owner,
					    .name = repo->name,
					    .old_owner = renamed ? owner : "",
					    .old_name = renamed ? name : "",
					    .branch = repo->branch,
					    .why = repo->why});
}

static void go_on(struct work *work)
{
	while (work->to_order.first && work->ordered.count < work->job->request.repos.workers)
		send_order(work, take_at(&work->to_order, &work->to_order.first));
	while (work->to_ask.first && calls_room(work->job->calls))
		send_question(work, take_at(&work->to_ask, &work->to_ask.first), 0);
}

static int read_digest(const struct answer *answer, uint8_t digest[SYNC_DIGEST_SIZE],
		       struct failure *failure)
{
	struct body body;
	int result = body_read(answer->body, answer->response.body_size, answer->response.gzip,
			       &body, failure);

	if (result == 0) {
		result = ls_refs_digest((const uint8_t *)body.text, body.length, digest, failure);
		body_free(&body);
	}
	if (result < 0)
		classify_origin(&answer->response, failure);
	return result;
}

static void hear_answer(void *context, struct answer *answer)
{
	struct work *work = context;
	struct repo *repo = take_id(&work->asked, answer->id);
	uint8_t digest[SYNC_DIGEST_SIZE];
	struct failure failure = {0};
	uint32_t delay_ms;
	bool fine = false;

	if (classify_answer(answer, OPERATION_GIT_LS_REFS, &failure) == 0) {
		fine = read_digest(answer, digest, &failure) == 0;
	} else if (classify_repeats(answer, OPERATION_GIT_LS_REFS, &failure, work->job,
				    repo->repeats, &delay_ms)) {
		repo->repeats++;
		send_question(work, repo, delay_ms);
		return;
	}
	/* What git's servers say to people is not worth telling. */
	if (failure.kind == FAILURE_NOT_FOUND)
		snprintf(failure.message, sizeof(failure.message), "there is no repository %s/%s",
			 repo->owner, repo->name);
	work->events.refs(work->events.context, repo, fine ? digest : NULL, &failure);
	go_on(work);
}

static void hear_synced(struct work *work, struct ipc_incoming *in)
{
	struct sync_result result;

	protocol_get_sync_result(in, &result);
	if (ipc_end(in) < 0)
		fatal("the broker sent a malformed result");
	struct repo *repo = take_id(&work->ordered, in->id);
	work->events.done(work->events.context, repo, &result);
	go_on(work);
}

static void hear_looked(struct work *work, struct ipc_incoming *in)
{
	size_t length;
	const uint8_t *found = ipc_get_bytes(in, &length);

	if (ipc_end(in) < 0 || !length || length != work->looked_count)
		fatal("the broker sent malformed looks");
	for (size_t i = 0; i < length; i++) {
		if (found[i] >= TREE_FOUNDS)
			fatal("the broker sent malformed looks");
		work->looked[i] = (enum tree_found)found[i];
	}
	work->looked_count = 0;
}

static void hear_message(void *context, struct ipc_incoming *in)
{
	if (in->type == MESSAGE_SYNCED)
		hear_synced(context, in);
	else
		hear_looked(context, in);
}

/* --- for those who give --- */

struct work *work_new(struct job *job, const struct work_events *events)
{
	struct work *work = memory_new(sizeof(*work));

	work->job = job;
	work->events = *events;
	work->listener = (struct calls_listener){hear_answer, hear_message, work};
	clear(&work->to_ask);
	clear(&work->to_order);
	clear(&work->asked);
	clear(&work->ordered);
	calls_listen(job->calls, &work->listener);
	return work;
}

void work_free(struct work *work)
{
	calls_listen(work->job->calls, NULL);
	work_stop(work);
	drop_all(&work->asked);
	drop_all(&work->ordered);
	free(work);
}

static void give(struct work *work, struct queue *queue, struct repo *repo)
{
	if (work->stopped) {
		free(repo);
		return;
	}
	append(queue, repo);
	go_on(work);
}

void work_ask(struct work *work, struct repo *repo)
{
	give(work, &work->to_ask, repo);
}

void work_order(struct work *work, struct repo *repo, enum sync_action action, const char *why)
{
	repo->action = action;
	repo->why = why;
	give(work, &work->to_order, repo);
}

void work_stop(struct work *work)
{
	work->stopped = true;
	drop_all(&work->to_ask);
	drop_all(&work->to_order);
}

void work_wait(struct work *work, uint32_t most)
{
	while (work->to_ask.count + work->to_order.count + work->asked.count + work->ordered.count >
	       most)
		calls_turn(work->job->calls);
}

void work_look(struct work *work, enum repos_mode mode, const struct repos_place *places,
	       size_t count, enum tree_found found[])
{
	if (!count)
		return;
	work->looked = found;
	work->looked_count = count;
	repos_say_look(work->job->calls, mode, places, count);
	while (work->looked_count)
		calls_turn(work->job->calls);
}
