/* How work on a repository begins: what is there is found, moved, refused or prepared. */
#include "tree/parts.h"

#include "lib/base/io.h"
#include "tree/aside.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

/* GitHub takes names that differ in case for the same; here, they would be two, or one that is
 * taken for another. */
static bool is_spelled_otherwise(const struct tree *tree, const struct layout *layout,
				 struct tree_outcome *outcome)
{
	char owner[LAYOUT_PATH_SIZE], found[NAME_MAX + 1];
	const char *slash = strchr(layout->shown, '/');

	snprintf(owner, sizeof(owner), "%.*s", (int)(slash - layout->shown), layout->shown);
	int other = place_other_spelling(tree->destination, ".", owner, found);
	if (other == 0)
		other = place_other_spelling(tree->destination, owner, slash + 1, found);
	if (other < 0)
		parts_failed(outcome, "look for", layout->shown);
	else if (other > 0)
		failure_set(
			&outcome->failure, FAILURE_CONFLICT,
			"Rename or remove that one: names that differ in case only are the same on "
			"GitHub.",
			"cannot put %s beside %s", layout->shown, found);
	return other != 0;
}

/* Into place under another name. Where the file system folds case that may be its own, and is
 * taken only while it is called something else. */
static int put_renamed(const struct tree *tree, const char *from, const char *to)
{
	static const char between[] = LAYOUT_ASIDE "/moving";

	if (parts_put(tree, from, to) == 0)
		return 0;
	if (errno != EEXIST || !tree->folds || strcasecmp(from, to) != 0 ||
	    place_rename(tree->destination, from, between, PLACE_KEEP) < 0)
		return -1;
	return parts_put(tree, between, to);
}

/* Of a repository that moves, the git directory goes first, then the working tree's link is
 * written, then it goes as well. A crash came in between: */
static bool is_half_renamed(const struct tree *tree, const struct layout *old,
			    const struct layout *new)
{
	return *old->tree && place_kind(tree->destination, old->git) == PLACE_ABSENT &&
	       parts_has_mark(tree->destination, new->git, REPOSITORY_MARK) &&
	       (parts_leads_to(tree->destination, old, old) ||
		parts_leads_to(tree->destination, old, new));
}

static int follow_rename(const struct tree *tree, const struct layout *old,
			 const struct layout *new)
{
	if (!*new->tree)
		return put_renamed(tree, old->git, new->git);
	if (place_kind(tree->destination, new->git) == PLACE_ABSENT &&
	    put_renamed(tree, old->git, new->git) < 0)
		return -1;
	if (parts_write_link(tree, old->tree, new->link) < 0)
		return -1;
	return put_renamed(tree, old->tree, new->tree);
}

/* What there is under the new name, after what was there under the old one has moved. */
static enum tree_found find(struct tree *tree, const struct tree_question *question,
			    const struct layout *layout, struct tree_outcome *outcome)
{
	enum tree_found found = tree_look(tree->destination, tree->mode, layout);
	struct layout old;

	bool renamed = *question->old_name && (strcmp(question->old_name, question->name) != 0 ||
					       strcmp(question->old_owner, question->owner) != 0);
	if (found != TREE_ABSENT || !renamed ||
	    parts_is_begun(tree, question->old_owner, question->old_name))
		return found;
	layout_of(tree->mode, question->old_owner, question->old_name, &old);
	if (tree_look(tree->destination, tree->mode, &old) != TREE_PRESENT &&
	    !is_half_renamed(tree, &old, layout))
		return found;
	if (follow_rename(tree, &old, layout) < 0) {
		parts_failed(outcome, "rename a repository to", layout->shown);
		return found;
	}
	parts_tidy(tree, old.shown);
	return TREE_PRESENT;
}

/* A git directory whose working tree is not there: that of a clone which a crash interrupted is
 * made anew; another one may hold commits that are nowhere else. */
static int drop_half(struct tree *tree, const struct layout *layout, struct tree_outcome *outcome)
{
	if (!*layout->tree || place_kind(tree->destination, layout->git) == PLACE_ABSENT)
		return 0;
	if (parts_has_mark(tree->destination, layout->git, REPOSITORY_NEW) &&
	    sweep_take(&tree->sweep, layout->git) == 0)
		return 0;
	parts_conflict(outcome, layout->git,
		       "is there, but the working tree that it belongs to is gone",
		       "It may have commits that are nowhere else; if not, remove it.");
	return -1;
}

static void begin_clone(struct tree *tree, struct tree_begun *begun, const char *branch,
			struct tree_outcome *outcome)
{
	char url[REPOSITORY_URL_SIZE];
	struct repository repository;

	if (drop_half(tree, &begun->layout, outcome) < 0)
		return;
	parts_describe(tree, begun, branch, url, &repository);
	if (sweep_make(&tree->sweep, begun->new_git, sizeof(begun->new_git)) < 0 ||
	    (tree->mode == REPOS_WORKTREE &&
	     sweep_make(&tree->sweep, begun->new_tree, sizeof(begun->new_tree)) < 0))
		return parts_failed(outcome, "make a directory in", LAYOUT_TEMPORARY);
	begun->git = place_directory(tree->destination, begun->new_git);
	if (begun->git < 0)
		return parts_failed(outcome, "open", begun->new_git);
	(void)!repository_make(begun->git, begun->layout.shown, &repository, &outcome->failure);
}

/* Everything that is not as a run of git may find it, is made so or refused. */
static int prepare(struct tree *tree, struct tree_begun *begun, const char *branch,
		   struct tree_outcome *outcome)
{
	char url[REPOSITORY_URL_SIZE];
	struct repository repository;
	const char *shown = begun->layout.shown;
	struct failure *failure = &outcome->failure;

	parts_describe(tree, begun, branch, url, &repository);
	if (parts_inspect(begun, outcome) < 0 ||
	    repository_unlock(begun->git, shown, tree->mode, failure) < 0)
		return -1;
	if (aside_take(tree->destination, tree->mode, begun->owner, begun->name) < 0) {
		parts_failed(outcome, "set configuration and hooks aside of", shown);
		return -1;
	}
	if (repository_configure(begun->git, shown, &repository, failure) == 0 &&
	    /* A user's may be any commit. */
	    (tree->mode == REPOS_WORKTREE ||
	     repository_set_head(begun->git, shown, "", failure) == 0))
		return 0;
	(void)!aside_put_back(tree->destination, tree->mode, begun->owner, begun->name,
			      &tree->sweep);
	return -1;
}

static void begin_fetch(struct tree *tree, struct tree_begun *begun, const char *branch,
			struct tree_outcome *outcome)
{
	char new[LAYOUT_PATH_SIZE + sizeof("/" REPOSITORY_NEW)];
	char mark[LAYOUT_PATH_SIZE + sizeof("/" REPOSITORY_MARK)];

	/* A crash came between the last two steps of a clone. */
	snprintf(new, sizeof(new), "%s/" REPOSITORY_NEW, begun->layout.git);
	snprintf(mark, sizeof(mark), "%s/" REPOSITORY_MARK, begun->layout.git);
	if (parts_has_mark(tree->destination, begun->layout.git, REPOSITORY_NEW) &&
	    place_rename(tree->destination, new, mark, PLACE_REPLACE) < 0)
		return parts_failed(outcome, "complete", begun->layout.shown);
	begun->git = place_directory(tree->destination, begun->layout.git);
	if (begun->git < 0)
		return parts_failed(outcome, "open", begun->layout.shown);
	(void)!prepare(tree, begun, branch, outcome);
}

static void begin_found(struct tree *tree, struct tree_begun *begun,
			const struct tree_question *question, enum tree_found found,
			struct tree_outcome *outcome)
{
	const char *shown = begun->layout.shown;

	if (found == TREE_FOREIGN && errno)
		return parts_failed(outcome, "go to", shown);
	if (found == TREE_FOREIGN)
		return parts_conflict(outcome, shown,
				      "is there, but it was not ghward that put it there",
				      "Move it away, or choose another --dest.");
	if (found == TREE_ABSENT && question->action == SYNC_VERIFY)
		return failure_set(&outcome->failure, FAILURE_NOT_FOUND,
				   "\"ghward repos sync\" fetches it.", "%s is not there", shown);
	if ((found == TREE_ABSENT || tree->folds) &&
	    is_spelled_otherwise(tree, &begun->layout, outcome))
		return;
	if (found == TREE_ABSENT) {
		begun->action = SYNC_CLONE;
		return begin_clone(tree, begun, question->branch, outcome);
	}
	begun->action = question->action == SYNC_VERIFY ? SYNC_VERIFY : SYNC_FETCH;
	begin_fetch(tree, begun, question->branch, outcome);
}

struct tree_begun *tree_begin(struct tree *tree, uint32_t id, const struct tree_question *question,
			      struct tree_outcome *outcome)
{
	struct tree_begun *begun = tree->begun;

	*outcome = (struct tree_outcome){.refused = ""};
	while (begun < tree->begun + REPOS_WORKERS_MAX && begun->used)
		begun++;
	if (begun == tree->begun + REPOS_WORKERS_MAX || !parts_are_names(question, outcome))
		return NULL;
	*begun = (struct tree_begun){.id = id, .git = -1};
	layout_of(tree->mode, question->owner, question->name, &begun->layout);
	if (parts_is_begun(tree, question->owner, question->name)) {
		parts_conflict(outcome, begun->layout.shown, "is being worked on already", "");
		return NULL;
	}
	snprintf(begun->owner, sizeof(begun->owner), "%s", question->owner);
	snprintf(begun->name, sizeof(begun->name), "%s", question->name);
	enum tree_found found = find(tree, question, &begun->layout, outcome);
	begun->used = true;
	if (outcome->failure.kind == FAILURE_NONE)
		begin_found(tree, begun, question, found, outcome);
	if (outcome->failure.kind == FAILURE_NONE)
		return begun;
	parts_forget(begun);
	return NULL;
}
