/* GitHub's objects of the repositories that a job is about. */
#ifndef GHWARD_WORKER_REPOS_SOURCE_H
#define GHWARD_WORKER_REPOS_SOURCE_H

#include "worker/pages.h"
#include "worker/repos_names.h"

#define REPOS_PER_PAGE 100u

struct repos_source {
	/* As pages_read() calls them; the end comes after REPOS_PER_PAGE of a list of names, too.
	 */
	pages_element_fn *element;
	pages_end_fn *end;
	/* One of a list of names that there is no object of. Returns as `element` does. */
	bool (*missing)(struct job *, const struct repos_name *, const struct failure *,
			void *context);
	void *context;
};

/* Of each: those of the job's owner, or else of the names. The outcome is in job->failure, which
 * stays empty where single names fail. */
void repos_source_read(struct job *, const struct repos_names *, const struct repos_source *)
	__attribute__((nonnull));

/* Of each of the names, several at a time, in their order. */
void repos_source_get(struct job *, const struct repos_names *, const struct repos_source *)
	__attribute__((nonnull));

#endif
