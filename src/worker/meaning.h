/* What a record of the audit log means, in the few words that other formats and reports have for
 * it. */
#ifndef GHWARD_WORKER_MEANING_H
#define GHWARD_WORKER_MEANING_H

#include "lib/operations/operations.h"
#include "worker/records.h"

/* What it is about; what is none of the others is a use of GitHub. */
enum meaning_area {
	AREA_GITHUB,
	AREA_ACCESS,	/* logins, the vault, tokens that were made or revoked */
	AREA_VIOLATION, /* a process broke out of its part */
	AREA_PATH,	/* a path or another value that was refused for what it looks like */
	AREA_INCIDENT,
	AREA_LOG, /* the log itself, and reading it */
	AREAS
};

enum meaning_activity {
	ACTIVITY_OTHER,
	ACTIVITY_READ,
	ACTIVITY_CREATE,
	ACTIVITY_UPDATE,
	ACTIVITY_DELETE
};

/* How it ended, as far as this record can tell. */
enum meaning_end { END_OPEN, END_SUCCESS, END_FAILURE, END_UNKNOWN };

enum meaning_area meaning_area(const struct record *) __attribute__((nonnull));
enum meaning_activity meaning_activity(const struct record *) __attribute__((nonnull));
enum meaning_end meaning_end(const struct record *) __attribute__((nonnull));

/* The operation whose id the event is, if it is one: not a job of the same name. */
const struct operation *meaning_operation(const struct record *) __attribute__((nonnull));

/* Whether this is about a change that was sent to GitHub, or that was about to be. */
bool meaning_is_write(const struct record *) __attribute__((nonnull));

/* Whether policy refused it. */
bool meaning_is_denial(const struct record *) __attribute__((nonnull));

#endif
