/* Reading a list page by page: as many at a time as allowed, delivered in order. */
#ifndef GHWARD_WORKER_PAGES_H
#define GHWARD_WORKER_PAGES_H

#include "lib/json/parse.h"
#include "worker/job.h"

/* Called for each element, in the list's order. Returns false to stop early without an error (the
 * limit is reached), after setting job->failure to stop with one. */
typedef bool pages_element_fn(struct job *, const struct cJSON *element, void *context);

/* Called after each page. */
typedef void pages_end_fn(struct job *, void *context);

/* Reads the whole list of an operation, or until an element stops it. The outcome is in
 * job->failure. */
void pages_read(struct job *, enum operation_id, const struct operation_arguments *,
		uint32_t per_page, pages_element_fn *element, pages_end_fn *page_end, void *context)
	__attribute__((nonnull(1, 3, 5, 6)));

/* After a page: tells the user how far the list has come. */
void pages_progress(struct job *) __attribute__((nonnull));

#endif
