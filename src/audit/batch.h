/* Lines that are appended together, and where the log ends behind them. */
#ifndef GHWARD_AUDIT_BATCH_H
#define GHWARD_AUDIT_BATCH_H

#include "audit/intents.h"
#include "audit/log.h"

struct batch {
	char *text;
	size_t used;
	struct log_end end;
	const char *boot_id;
	char session[AUDITLOG_SESSION_SIZE];
	char error[128]; /* why a line could not be made */
};

/* Begins where the log ends; in a segment without records the first line is its audit.segment, for
 * which a key is made and stored. Returns 0, or -1 with batch->error. */
int batch_begin(struct batch *, struct log *, const char *boot_id)
	__attribute__((warn_unused_result, nonnull));

/* A line made of a body as auditlog_format_body() gives it, and the number of the intent that it
 * closes, or 0. Returns 0, or -1. */
int batch_add_body(struct batch *, const char *body, size_t length, uint64_t intent)
	__attribute__((warn_unused_result, nonnull));

/* A record of the writer itself. Returns 0, or -1. */
int batch_add_event(struct batch *, const struct audit_event *)
	__attribute__((warn_unused_result, nonnull));

/* A signed checkpoint over everything before it; `closes` makes it the last of its segment. The
 * intents are those of what is in the log already, so it stands before records of this batch.
 * Returns 0, or -1 with batch->error. */
int batch_add_checkpoint(struct batch *, struct log *, const struct intents *, bool closes)
	__attribute__((warn_unused_result, nonnull));

/* Is there room for one more line? */
bool batch_has_room(const struct batch *) __attribute__((nonnull));

void batch_free(struct batch *) __attribute__((nonnull));

#endif
