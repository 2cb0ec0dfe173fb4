/* A list of repositories by name. */
#ifndef GHWARD_WORKER_REPOS_NAMES_H
#define GHWARD_WORKER_REPOS_NAMES_H

#include "worker/job.h"

/* All zero at its beginning. */
struct repos_names {
	char *text; /* owner, NUL, name, NUL, and so on */
	size_t used, capacity;
	uint32_t count;
};

/* What came with the job, which is as long as the request says. To be called before anything is
 * asked. */
void repos_names_receive(struct job *, struct repos_names *) __attribute__((nonnull));

void repos_names_add(struct repos_names *, const char *owner, const char *name)
	__attribute__((nonnull));
void repos_names_free(struct repos_names *) __attribute__((nonnull));

/* One of a list; valid until something is added. */
struct repos_name {
	const char *owner, *name;
};

/* The one at a place, which moves to the next; it begins with 0. False at the end. */
bool repos_names_next(const struct repos_names *, size_t *place, struct repos_name *)
	__attribute__((nonnull));

/* "OWNER/NAME" into its two parts. False if it is none. */
bool repos_name_split(const char *full, char owner[VALIDATE_OWNER_MAX + 1],
		      char name[VALIDATE_REPO_MAX + 1]) __attribute__((nonnull));

#endif
