/* Fast-forwarding. */
#include "git/worktree.h"

#include "lib/sanitize/sanitize.h"

#include <stdio.h>
#include <string.h>

/* The first line of what git writes, cut where it is too long. */
struct line {
	char text[SYNC_BRANCH_MAX + 32];
	size_t used;
};

static void take_text(void *context, const char *bytes, size_t length)
{
	struct line *line = context;

	for (size_t i = 0; i < length && line->used + 1 < sizeof(line->text); i++)
		line->text[line->used++] = bytes[i];
}

static bool succeeds(struct session *session, const struct command_values *values,
		     enum command_kind kind, struct line *line, struct outcome *outcome)
{
	struct command command;
	struct line ignored = {0};

	line = line ? line : &ignored;
	command_make(&command, kind, values);
	run_git(session, &command, take_text, line, outcome);
	line->text[strcspn(line->text, "\n")] = 0;
	return outcome_is_good(outcome);
}

/* Questions are answered by an exit status of 1; anything else went wrong. */
static bool asked(const struct outcome *outcome)
{
	return outcome->cut.kind == FAILURE_NONE && !*outcome->fatal_line &&
	       (outcome->status == 0 || outcome->status == 1);
}

struct attempt {
	struct session *session;
	const struct command_values *values;
	char *note;
	size_t size;
	struct failure *failure;
	struct outcome outcome;
};

static enum worktree_end failed(struct attempt *attempt, const char *what)
{
	outcome_failure(&attempt->outcome, what, attempt->session->work, attempt->failure);
	return WORKTREE_FAILED;
}

static bool try(struct attempt *attempt, enum command_kind kind, struct line *line)
{
	return succeeds(attempt->session, attempt->values, kind, line, &attempt->outcome);
}

static enum worktree_end leave(struct attempt *attempt, const char *why)
{
	snprintf(attempt->note, attempt->size, "left as it is: %s", why);
	return WORKTREE_LEFT_ALONE;
}

/* What stood in the way of a fast-forward. */
static enum worktree_end explain(struct attempt *attempt)
{
	const struct outcome *outcome = &attempt->outcome;
	const char *plural = outcome->obstacles == 1 ? "" : "s";
	char why[96];

	switch (outcome->obstacle) {
	case OBSTACLE_CHANGES:
		snprintf(why, sizeof(why), "local changes to %u file%s", outcome->obstacles,
			 plural);
		return leave(attempt, why);
	case OBSTACLE_UNTRACKED:
		snprintf(why, sizeof(why), "%u untracked file%s would be overwritten",
			 outcome->obstacles, plural);
		return leave(attempt, why);
	case OBSTACLE_UNFINISHED:
		return leave(attempt, "a merge is not finished");
	case OBSTACLE_NONE:
		break;
	}
	return failed(attempt, "checkout");
}

static enum worktree_end leave_on_branch(struct attempt *attempt, const char *head)
{
	char why[2 * SYNC_BRANCH_MAX + 64], shown[SYNC_BRANCH_MAX + 1];
	const char *name = strncmp(head, "refs/heads/", 11) == 0 ? head + 11 : head;

	sanitize_field(shown, sizeof(shown), name, strlen(name));
	snprintf(why, sizeof(why), "on branch %s, not %s", shown, attempt->values->branch);
	return leave(attempt, why);
}

/* HEAD is a commit of the branch: is it only behind? */
static enum worktree_end check_commits(struct attempt *attempt)
{
	if (try(attempt, COMMAND_IS_BEHIND, NULL))
		return WORKTREE_FORWARD;
	if (!asked(&attempt->outcome))
		return failed(attempt, "comparison of commits");
	if (try(attempt, COMMAND_IS_AHEAD, NULL))
		return leave(attempt, "local commits");
	if (!asked(&attempt->outcome))
		return failed(attempt, "comparison of commits");
	return leave(attempt, "its commits are not in the server's history");
}

/* HEAD is made the branch if there is no commit yet. */
static enum worktree_end check_head(struct attempt *attempt)
{
	struct line head = {0};
	char wanted[SYNC_BRANCH_MAX + 32];

	if (!try(attempt, COMMAND_READ_HEAD, &head))
		return asked(&attempt->outcome) ? leave(attempt, "HEAD is detached")
						: failed(attempt, "look at HEAD");
	snprintf(wanted, sizeof(wanted), "refs/heads/%s", attempt->values->branch);
	bool there = strcmp(head.text, wanted) == 0;
	bool unborn = !try(attempt, COMMAND_HAS_COMMIT, NULL);
	if (unborn && !asked(&attempt->outcome))
		return failed(attempt, "look at HEAD");
	if (!there && !unborn)
		return leave_on_branch(attempt, head.text);
	if (!there && !try(attempt, COMMAND_SET_HEAD, NULL))
		return failed(attempt, "change of HEAD");
	return unborn ? WORKTREE_FORWARD : check_commits(attempt);
}

enum worktree_end worktree_forward(struct session *session, const struct command_values *values,
				   char *note, size_t size, struct failure *failure)
{
	struct attempt attempt = {.session = session,
				  .values = values,
				  .note = note,
				  .size = size,
				  .failure = failure};

	if (!try(&attempt, COMMAND_HAS_BRANCH, NULL))
		return asked(&attempt.outcome)
			       ? leave(&attempt, "the server does not have its default branch")
			       : failed(&attempt, "look at the default branch");
	enum worktree_end end = check_head(&attempt);
	if (end == WORKTREE_FORWARD && !try(&attempt, COMMAND_FAST_FORWARD, NULL))
		return explain(&attempt);
	return end;
}
