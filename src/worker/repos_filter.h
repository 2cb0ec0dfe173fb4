/* Which repositories of a list are meant. */
#ifndef GHWARD_WORKER_REPOS_FILTER_H
#define GHWARD_WORKER_REPOS_FILTER_H

#include "lib/github/repository.h"
#include "lib/ipc/repositories.h"

/* Whether include and exclude let a name through: patterns with `*`, of OWNER/NAME where they have
 * a slash, else of NAME, whatever the case of letters. */
bool repos_filter_name(const struct repos_request *, const char *owner, const char *name)
	__attribute__((nonnull));

/* The same and everything else that is asked of a repository. */
bool repos_filter_match(const struct repos_request *, const struct repository_view *)
	__attribute__((nonnull));

/* Whether anything is asked at all. */
bool repos_filter_is_set(const struct repos_request *) __attribute__((nonnull));

#endif
