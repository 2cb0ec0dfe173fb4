/* What is done for one order: a few gits, one after the other. */
#ifndef GHWARD_GIT_GIT_H
#define GHWARD_GIT_GIT_H

#include "git/run.h"

/* The longest note for the user. */
#define GIT_NOTE_MAX 512u

/* Does session->work, whose texts are valid. Of the result, `note` points to `note`. */
void git_work(struct session *, struct sync_result *, char note[GIT_NOTE_MAX])
	__attribute__((nonnull));

#endif
