/* One destination: looking, removing, and what begin and commit share. */
#include "tree/tree.h"

#include "lib/base/io.h"
#include "tree/aside.h"
#include "tree/parts.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define LINK_TEMPORARY LAYOUT_TEMPORARY "/link"

/* --- outcomes --- */

void parts_failed(struct tree_outcome *outcome, const char *what, const char *path)
{
	int error = errno;

	repository_failed(&outcome->failure, what, path);
	if (repository_leads_away(error))
		snprintf(outcome->refused, sizeof(outcome->refused), "%s", path);
}

void parts_conflict(struct tree_outcome *outcome, const char *path, const char *what,
		    const char *hint)
{
	failure_set(&outcome->failure, FAILURE_CONFLICT, hint, "%s %s", path, what);
}

/* --- looking --- */

bool parts_has_mark(int destination, const char *git, const char *mark)
{
	char path[LAYOUT_PATH_SIZE + sizeof("/" REPOSITORY_NEW)];

	snprintf(path, sizeof(path), "%s/%s", git, mark);
	return place_kind(destination, path) == PLACE_FILE;
}

bool parts_leads_to(int destination, const struct layout *from, const struct layout *to)
{
	char path[LAYOUT_PATH_SIZE + sizeof("/.git")], link[sizeof(to->link) + 1];

	snprintf(path, sizeof(path), "%s/.git", from->tree);
	return place_read(destination, path, link, sizeof(link)) == 0 &&
	       strcmp(link, to->link) == 0;
}

/* A working tree is ours when its .git says where we put the rest, and that is there. */
static bool is_our_tree(int destination, const struct layout *layout)
{
	return parts_leads_to(destination, layout, layout) &&
	       (parts_has_mark(destination, layout->git, REPOSITORY_MARK) ||
		parts_has_mark(destination, layout->git, REPOSITORY_NEW));
}

enum tree_found tree_look(int destination, enum repos_mode mode, const struct layout *layout)
{
	bool ours;

	switch (place_kind(destination, layout->shown)) {
	case PLACE_ABSENT:
		return TREE_ABSENT;
	case PLACE_DIRECTORY:
		ours = mode == REPOS_WORKTREE
			       ? is_our_tree(destination, layout)
			       : parts_has_mark(destination, layout->git, REPOSITORY_MARK);
		errno = 0;
		return ours ? TREE_PRESENT : TREE_FOREIGN;
	case PLACE_LINK:
		errno = ELOOP;
		return TREE_FOREIGN;
	case PLACE_UNREACHABLE:
		return TREE_FOREIGN;
	case PLACE_FILE:
	case PLACE_OTHER:
		break;
	}
	errno = ENOTDIR;
	return TREE_FOREIGN;
}

bool parts_are_names(const struct tree_question *question, struct tree_outcome *outcome)
{
	if (layout_is_name(question->owner, question->name) &&
	    (!*question->old_name || layout_is_name(question->old_owner, question->old_name)))
		return true;
	failure_set(&outcome->failure, FAILURE_DENIED, "",
		    "the name of a repository is none that a directory may have");
	return false;
}

bool parts_is_begun(const struct tree *tree, const char *owner, const char *name)
{
	for (size_t i = 0; i < REPOS_WORKERS_MAX; i++) {
		if (tree->begun[i].used && strcasecmp(tree->begun[i].owner, owner) == 0 &&
		    strcasecmp(tree->begun[i].name, name) == 0)
			return true;
	}
	return false;
}

struct tree_begun *tree_find(struct tree *tree, uint32_t id)
{
	for (size_t i = 0; i < REPOS_WORKERS_MAX; i++) {
		if (tree->begun[i].used && tree->begun[i].id == id)
			return &tree->begun[i];
	}
	return NULL;
}

/* --- steps --- */

/* Whatever it refuses, leads git somewhere else. */
int parts_inspect(const struct tree_begun *begun, struct tree_outcome *outcome)
{
	if (repository_inspect(begun->git, begun->layout.git, &outcome->failure) == 0)
		return 0;
	if (outcome->failure.kind == FAILURE_DENIED)
		snprintf(outcome->refused, sizeof(outcome->refused), "%s", begun->layout.git);
	return -1;
}

void parts_describe(const struct tree *tree, const struct tree_begun *begun, const char *branch,
		    char url[REPOSITORY_URL_SIZE], struct repository *repository)
{
	size_t end = strlen(tree->url);
	int length =
		snprintf(url, REPOSITORY_URL_SIZE, "%s%s%s/%s.git", tree->url,
			 end && tree->url[end - 1] == '/' ? "" : "/", begun->owner, begun->name);

	if (!end || length < 0 || (unsigned)length >= REPOSITORY_URL_SIZE)
		*url = 0;
	*repository = (struct repository){
		.mode = tree->mode, .partial = tree->partial, .url = url, .branch = branch};
}

static int make_parent(const struct tree *tree, const char *path)
{
	char parent[LAYOUT_PATH_SIZE];

	snprintf(parent, sizeof(parent), "%.*s", (int)(strrchr(path, '/') - path), path);
	IO_AUTOCLOSE int made = place_make(tree->destination, parent);
	return made < 0 ? -1 : 0;
}

int parts_put(const struct tree *tree, const char *from, const char *to)
{
	if (make_parent(tree, to) < 0)
		return -1;
	return place_rename(tree->destination, from, to, PLACE_KEEP);
}

void parts_tidy(const struct tree *tree, const char *path)
{
	char parent[LAYOUT_PATH_SIZE];

	snprintf(parent, sizeof(parent), "%.*s", (int)(strrchr(path, '/') - path), path);
	place_tidy(tree->destination, parent);
}

int parts_write_link(const struct tree *tree, const char *worktree, const char *link)
{
	char path[LAYOUT_PATH_SIZE + sizeof("/.git")];

	snprintf(path, sizeof(path), "%s/.git", worktree);
	/* Not made in the working tree, where any name may be a file's. */
	if (place_write(tree->destination, LINK_TEMPORARY, link) < 0)
		return -1;
	return place_rename(tree->destination, LINK_TEMPORARY, path, PLACE_REPLACE);
}

/* A mirror has its mark before it has its place; a working tree's git directory, when both have. */
int parts_complete(const struct tree *tree, const char *git)
{
	char new[LAYOUT_PATH_SIZE + sizeof("/" REPOSITORY_NEW)];
	char mark[LAYOUT_PATH_SIZE + sizeof("/" REPOSITORY_MARK)];

	snprintf(new, sizeof(new), "%s/" REPOSITORY_NEW, git);
	snprintf(mark, sizeof(mark), "%s/" REPOSITORY_MARK, git);
	return place_rename(tree->destination, new, mark, PLACE_REPLACE);
}

int parts_restore(struct tree *tree, const struct tree_begun *begun, struct failure *failure)
{
	char url[REPOSITORY_URL_SIZE];
	struct repository repository;

	parts_describe(tree, begun, "", url, &repository);
	if (aside_put_back(tree->destination, tree->mode, begun->owner, begun->name, &tree->sweep) <
	    0)
		return repository_failed(failure, "put back configuration and hooks of",
					 begun->layout.shown);
	if (tree->mode == REPOS_WORKTREE)
		return 0;
	return repository_configure(begun->git, begun->layout.shown, &repository, failure);
}

void parts_forget(struct tree_begun *begun)
{
	io_close(&begun->git);
	*begun = (struct tree_begun){.git = -1};
}

int tree_places(const struct tree *tree, const struct tree_begun *begun, int *git, int *worktree)
{
	*worktree = -1;
	*git = place_directory(begun->git, ".");
	if (*git < 0 || tree->mode == REPOS_MIRROR)
		return *git < 0 ? -1 : 0;
	*worktree = place_directory(tree->destination,
				    *begun->new_tree ? begun->new_tree : begun->layout.tree);
	if (*worktree < 0)
		io_close(git);
	return *worktree < 0 ? -1 : 0;
}

void tree_remove(struct tree *tree, const char *owner, const char *name,
		 struct tree_outcome *outcome)
{
	const struct tree_question question = {.owner = owner, .name = name, .old_name = ""};
	struct layout layout;

	*outcome = (struct tree_outcome){.refused = ""};
	if (!parts_are_names(&question, outcome))
		return;
	layout_of(tree->mode, owner, name, &layout);
	if (tree->mode == REPOS_WORKTREE)
		return parts_conflict(
			outcome, layout.shown, "is a working tree, which is never removed",
			"It may have changes that are nowhere else; if not, remove it yourself.");
	if (parts_is_begun(tree, owner, name))
		return parts_conflict(outcome, layout.shown, "is being worked on", "");
	enum tree_found found = tree_look(tree->destination, tree->mode, &layout);
	if (found == TREE_ABSENT)
		return;
	if (found == TREE_FOREIGN && errno)
		return parts_failed(outcome, "go to", layout.shown);
	if (found == TREE_FOREIGN)
		return parts_conflict(outcome, layout.shown,
				      "is there, but it was not ghward that put it there",
				      "Remove it yourself if it is of no use.");
	if (sweep_take(&tree->sweep, layout.git) < 0)
		return parts_failed(outcome, "remove", layout.shown);
	parts_tidy(tree, layout.shown);
}
