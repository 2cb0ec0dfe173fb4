/* Serving what is remembered of repositories to the worker of one job. */
#ifndef GHWARD_STORE_STATES_H
#define GHWARD_STORE_STATES_H

#include "store/sync_database.h"

struct states_question {
	const char *destination; /* that the job is about */
	int worker;		 /* its socket */
	int store;		 /* directory of the databases */
	sync_note_fn *note;
	void *context; /* of that */
};

/* Answers until the worker's end is closed. Returns how many states there are then, and in the
 * failure why something is lost. A worker that says anything else than it may ends the process. */
uint64_t states_serve(const struct states_question *, struct failure *) __attribute__((nonnull));

#endif
