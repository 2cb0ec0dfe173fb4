/* What the files of one destination's work share. */
#ifndef GHWARD_TREE_PARTS_H
#define GHWARD_TREE_PARTS_H

#include "tree/tree.h"

/* Fills an outcome from errno: what could not be done, with what. */
void parts_failed(struct tree_outcome *, const char *what, const char *path)
	__attribute__((nonnull));
/* A path that is not as it has to be. */
void parts_conflict(struct tree_outcome *, const char *path, const char *what, const char *hint)
	__attribute__((nonnull));

bool parts_are_names(const struct tree_question *, struct tree_outcome *) __attribute__((nonnull));
bool parts_is_begun(const struct tree *, const char *owner, const char *name)
	__attribute__((nonnull));
bool parts_has_mark(int destination, const char *git, const char *mark) __attribute__((nonnull));
/* The .git of one place's working tree leads to the git directory of another's. */
bool parts_leads_to(int destination, const struct layout *from, const struct layout *to)
	__attribute__((nonnull));

/* repository_inspect(). */
int parts_inspect(const struct tree_begun *, struct tree_outcome *)
	__attribute__((warn_unused_result, nonnull));

/* What a configuration is made of; `url` is where its address is kept. */
void parts_describe(const struct tree *, const struct tree_begun *, const char *branch,
		    char url[REPOSITORY_URL_SIZE], struct repository *) __attribute__((nonnull));

/* These return 0, or -1 with errno. Into place, where nothing may be. */
int parts_put(const struct tree *, const char *from, const char *to)
	__attribute__((warn_unused_result, nonnull));
/* Writes a working tree's .git. */
int parts_write_link(const struct tree *, const char *worktree, const char *link)
	__attribute__((warn_unused_result, nonnull));
/* What is at the path is not being made any more. */
int parts_complete(const struct tree *, const char *git)
	__attribute__((warn_unused_result, nonnull));
/* Removes the directory that a path is in, if that is all. */
void parts_tidy(const struct tree *, const char *path) __attribute__((nonnull));

/* Configuration, hooks: as they were before. */
int parts_restore(struct tree *, const struct tree_begun *, struct failure *)
	__attribute__((warn_unused_result, nonnull));
void parts_forget(struct tree_begun *) __attribute__((nonnull));

#endif
