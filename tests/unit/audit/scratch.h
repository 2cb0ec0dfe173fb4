/* A directory for a log, records for a writer, and disks that fail. */
#ifndef GHWARD_TESTS_SCRATCH_H
#define GHWARD_TESTS_SCRATCH_H

#include "audit/writer.h"

#include "made_log.h"

#include <sys/types.h>

#define FIRST_SEGMENT "00000000000000000001.jsonl"

struct scratch {
	char path[64];
	int directory;
	struct writer writer;
	uint32_t sent, durable;
};

/* For cmocka: *state is a struct scratch with a writer. */
int scratch_set_up(void **state);
int scratch_tear_down(void **state);

/* The next so many calls of fdatasync(2) fail with this error. */
void scratch_fail_syncs(unsigned count, int error);
/* Only the call with this number fails, counted from 1. */
void scratch_fail_one_sync(unsigned which, int error);

/* A new writer, as the next process has it; the one before ends without a word, as if killed. */
void scratch_restart(struct scratch *);

/* Adds a note, or an intent, or what closes an intent; returns its id. */
uint32_t scratch_add(struct scratch *, const char *event);
uint32_t scratch_add_intent(struct scratch *, const char *event);
uint32_t scratch_add_result(struct scratch *, const char *event, uint32_t intent);

/* Under the lock, until nothing waits. Returns what writer_commit() returned. */
int scratch_commit(struct scratch *);

/* Adds and commits. */
int scratch_append(struct scratch *, const char *event);

/* As a writer that ends in peace. */
void scratch_finish(struct scratch *);

/* Checks the log as ghward-verify does, and fails the test for damage. Returns the number of
 * records. */
uint64_t scratch_check(const struct scratch *);

/* Likewise for a log that is expected to be damaged: "changed", ... */
const char *scratch_damage(const struct scratch *);

/* Counts lines of the log that have this text. */
unsigned scratch_count(const struct scratch *, const char *text);

/* Writes into a file of the log behind the writer's back; a negative offset appends. */
void scratch_tamper(const struct scratch *, const char *name, const char *text, off_t offset);

off_t scratch_size(const struct scratch *, const char *name);

#endif
