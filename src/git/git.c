/* One order. */
#include "git/git.h"

#include "git/refs.h"
#include "git/worktree.h"
#include "lib/base/clock.h"
#include "lib/ipc/protocol.h"

#include <string.h>
#include <unistd.h>

struct order {
	struct session *session;
	struct command_values values;
	struct sync_result *result;
	char *note;
};

/* Returns whether git did it; otherwise the result has the failure. */
static bool do_run(struct order *order, enum command_kind kind, const char *what,
		   run_output_fn *output, void *context)
{
	struct command command;
	struct outcome outcome;

	command_make(&command, kind, &order->values);
	run_git(order->session, &command, output, context, &outcome);
	if (outcome_is_good(&outcome))
		return true;
	outcome_failure(&outcome, what, order->session->work, &order->result->failure);
	return false;
}

/* --- refs --- */

static void feed_refs(void *context, const char *bytes, size_t length)
{
	refs_feed(context, bytes, length);
}

static bool list_refs(struct order *order, struct refs *refs)
{
	static const struct {
		enum command_refs space;
		const char *local, *server;
	} mirror[] = {{REFS_OF_MIRROR, "refs/", "refs/"}},
	  worktree[] = {{REFS_HEADS, "refs/remotes/origin/", "refs/heads/"},
			{REFS_NOTES, "refs/notes/origin/", "refs/notes/"},
			{REFS_TAGS, "refs/tags/", "refs/tags/"}};
	bool bare = order->values.mode == REPOS_MIRROR;
	size_t count = bare ? 1 : 3;

	for (size_t i = 0; i < count; i++) {
		order->values.refs = bare ? mirror[i].space : worktree[i].space;
		refs_rename(refs, bare ? mirror[i].local : worktree[i].local,
			    bare ? mirror[i].server : worktree[i].server);
		if (!do_run(order, COMMAND_LIST_REFS, "list of refs", feed_refs, refs))
			return false;
	}
	return true;
}

/* What there is now, in result.digest. Returns false with a failure. */
static bool take_digest(struct order *order, uint32_t *count)
{
	struct refs refs;

	refs_begin(&refs);
	bool listed = list_refs(order, &refs);
	bool whole = refs_end(&refs, order->result->digest) == 0;
	*count = refs.count;
	if (listed && !whole)
		failure_set(&order->result->failure, FAILURE_CONFLICT, "",
			    "git lists refs in a way that ghward does not know");
	return listed && whole;
}

/* --- orders --- */

static void forward(struct order *order)
{
	struct sync_result *result = order->result;

	switch (worktree_forward(order->session, &order->values, order->note, GIT_NOTE_MAX,
				 &result->failure)) {
	case WORKTREE_LEFT_ALONE:
		result->outcome = SYNC_LEFT_ALONE;
		result->note = order->note;
		return;
	case WORKTREE_FORWARD:
	case WORKTREE_FAILED:
		break;
	}
}

static void update(struct order *order)
{
	struct sync_result *result = order->result;
	uint8_t before[SYNC_DIGEST_SIZE] = {0};
	uint32_t count = 0;

	if (!order->values.first) {
		if (!take_digest(order, &count))
			return;
		memcpy(before, result->digest, sizeof(before));
	}
	if (!do_run(order, COMMAND_FETCH, "fetch", NULL, NULL))
		return;
	if (order->values.first && !do_run(order, COMMAND_PACK_REFS, "storing of refs", NULL, NULL))
		return;
	if (!take_digest(order, &count))
		return;
	bool same = memcmp(before, result->digest, sizeof(before)) == 0;
	result->outcome = !count ? SYNC_EMPTY : same ? SYNC_UNCHANGED : SYNC_CHANGED;
	if (count && order->values.mode == REPOS_WORKTREE && *order->values.branch)
		forward(order);
}

static void feed_words(void *context, const char *bytes, size_t length)
{
	outcome_feed(context, bytes, length);
}

/* What is missing or broken git tells on its standard output, too. */
static void verify(struct order *order)
{
	struct sync_result *result = order->result;
	struct outcome outcome, words = {0};
	struct command command;
	uint32_t count;

	command_make(&command, COMMAND_FSCK, &order->values);
	run_git(order->session, &command, feed_words, &words, &outcome);
	if (!outcome_is_good(&outcome)) {
		bool told = *outcome.error_line || *outcome.fatal_line;
		const char *said = outcome_says(told ? &outcome : &words);
		outcome_failure(&outcome, "fsck", order->session->work, &result->failure);
		if (outcome.cut.kind == FAILURE_NONE && outcome.status > 0)
			failure_set(&result->failure, FAILURE_INTEGRITY,
				    "Remove the repository and sync it again.",
				    "the repository is damaged: %s", said);
		return;
	}
	result->outcome = SYNC_UNCHANGED;
	if (take_digest(order, &count) && !count)
		result->outcome = SYNC_EMPTY;
}

void git_work(struct session *session, struct sync_result *result, char note[GIT_NOTE_MAX])
{
	const struct git_work *work = session->work;
	uint64_t begun = clock_monotonic_ms();
	struct order order = {
		.session = session,
		.values = {.mode = work->mode,
			   .partial = work->partial,
			   .depth = work->depth,
			   .first = work->action == SYNC_CLONE,
			   .deepen = !work->depth &&
				     faccessat(FD_GIT_REPOSITORY, "shallow", F_OK, 0) == 0,
			   .branch = work->branch},
		.result = result,
		.note = note,
	};

	*result = (struct sync_result){.action = work->action, .note = ""};
	if (work->action == SYNC_VERIFY)
		verify(&order);
	else
		update(&order);
	result->bytes = session->received;
	uint64_t took = clock_monotonic_ms() - begun;
	result->milliseconds = took > UINT32_MAX ? UINT32_MAX : (uint32_t)took;
}
