/* The line above a list on a terminal, as gh has one. */
#ifndef GHWARD_WORKER_HEADING_H
#define GHWARD_WORKER_HEADING_H

#include "worker/job.h"

#include <stdbool.h>

/* What is known when the first page has come. GitHub tells the number of pages, not of alerts. */
struct heading {
	uint32_t shown; /* so far */
	bool more;	/* there are further pages */
	uint32_t last;	/* number of the last page; 0: nobody knows */
	uint32_t per_page;
};

/* "Showing 25 of 25 open alerts in acme/shop", and no number that is not known: behind "up to"
 * stands the most it can be. */
void heading_write(struct job *, const struct heading *) __attribute__((nonnull));

/* The same for a list without a row: "No open code scanning alerts in acme/shop." */
void heading_write_empty(struct job *) __attribute__((nonnull));

#endif
