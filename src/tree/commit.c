/* How work on a repository ends. */
#include "tree/parts.h"

#include "lib/base/io.h"
#include "tree/aside.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

static const char *place_of_git(const struct tree_begun *begun)
{
	return *begun->new_git ? begun->new_git : begun->layout.git;
}

/* What is in the directory is on disk before the directory has its name; that the name may still be
 * lost to a power failure costs another clone and nothing else. */
static int install(struct tree *tree, const struct tree_begun *begun)
{
	const struct layout *layout = &begun->layout;

	if (tree->mode == REPOS_MIRROR)
		return parts_complete(tree, begun->new_git) < 0 ||
				       place_sync(tree->destination, begun->new_git) < 0 ||
				       parts_put(tree, begun->new_git, layout->git) < 0
			       ? -1
			       : 0;
	if (parts_write_link(tree, begun->new_tree, layout->link) < 0 ||
	    place_sync(tree->destination, begun->new_git) < 0 ||
	    parts_put(tree, begun->new_git, layout->git) < 0)
		return -1;
	if (parts_put(tree, begun->new_tree, layout->tree) == 0)
		return parts_complete(tree, layout->git);
	int error = errno;
	(void)!sweep_take(&tree->sweep, layout->git);
	errno = error;
	return -1;
}

static void commit_clone(struct tree *tree, struct tree_begun *begun, const char *branch,
			 struct tree_outcome *outcome)
{
	char hooks[sizeof(begun->new_git) + sizeof("/hooks")];
	char url[REPOSITORY_URL_SIZE];
	struct repository repository;

	snprintf(hooks, sizeof(hooks), "%s/hooks", begun->new_git);
	parts_describe(tree, begun, branch, url, &repository);
	/* Neither is what git was given: a user's git would act on them. */
	if (place_kind(tree->destination, hooks) != PLACE_ABSENT &&
	    sweep_take(&tree->sweep, hooks) < 0)
		return parts_failed(outcome, "remove", hooks);
	if (repository_configure(begun->git, begun->layout.shown, &repository, &outcome->failure) <
	    0)
		return;
	if (install(tree, begun) < 0)
		parts_failed(outcome, "put in its place", begun->layout.shown);
}

static bool is_where_it_was(const struct tree *tree, const struct tree_begun *begun,
			    struct tree_outcome *outcome)
{
	if (place_is(tree->destination, place_of_git(begun), begun->git))
		return true;
	parts_conflict(outcome, begun->layout.shown, "was replaced while git worked in it",
		       "Somebody else changes the destination; try again.");
	return false;
}

/* Whoever uses git in the working tree goes where its .git leads, and a git that was taken over can
 * write there. */
static void restore_link(const struct tree *tree, const struct tree_begun *begun,
			 struct tree_outcome *outcome)
{
	const struct layout *layout = &begun->layout;
	struct tree_outcome wrong = {.refused = ""};

	if (tree->mode != REPOS_WORKTREE ||
	    place_kind(tree->destination, layout->tree) != PLACE_DIRECTORY ||
	    parts_leads_to(tree->destination, layout, layout))
		return;
	snprintf(outcome->refused, sizeof(outcome->refused), "%s", layout->shown);
	if (parts_write_link(tree, layout->tree, layout->link) == 0)
		return;
	parts_failed(&wrong, "restore .git in", layout->shown);
	outcome->failure = wrong.failure;
}

static void restore(struct tree *tree, const struct tree_begun *begun, struct tree_outcome *outcome)
{
	restore_link(tree, begun, outcome);
	(void)!parts_restore(tree, begun, &outcome->failure);
}

void tree_commit(struct tree *tree, struct tree_begun *begun, const char *branch,
		 struct tree_outcome *outcome)
{
	bool follow = tree->mode == REPOS_MIRROR && begun->action != SYNC_VERIFY && *branch;

	*outcome = (struct tree_outcome){.refused = ""};
	/* What git made is looked at as if somebody else had: it may have been made to. */
	bool good = is_where_it_was(tree, begun, outcome) && parts_inspect(begun, outcome) == 0 &&
		    (!follow || repository_set_head(begun->git, begun->layout.shown, branch,
						    &outcome->failure) == 0);
	if (begun->action != SYNC_CLONE)
		restore(tree, begun, outcome);
	else if (good)
		commit_clone(tree, begun, branch, outcome);
	parts_forget(begun);
}

void tree_abort(struct tree *tree, struct tree_begun *begun, struct tree_outcome *outcome)
{
	*outcome = (struct tree_outcome){.refused = ""};
	if (begun->action != SYNC_CLONE) {
		/* What is in it stays, whatever made git fail. */
		(void)!parts_inspect(begun, outcome);
		restore(tree, begun, outcome);
	}
	/* The sweep removes a temporary that nobody works in. */
	parts_forget(begun);
}
