/* --json of an alert: chosen fields, values as GitHub sent them, and ours. */
#ifndef GHWARD_WORKER_ALERT_JSON_H
#define GHWARD_WORKER_ALERT_JSON_H

#include "lib/github/fields.h"
#include "worker/job.h"

struct cJSON;

/* What --json may choose from in a job of this kind. */
enum field_set json_fields_of(enum job_kind);

/* One object on one line, without the line's end. */
void alert_json_write(struct job *, const struct cJSON *alert) __attribute__((nonnull));

/* The same for any set: the fields that were chosen, or all of them. */
void json_fields_write(struct job *, enum field_set, const struct cJSON *object)
	__attribute__((nonnull));

void json_string_write(struct output *, const char *text) __attribute__((nonnull));

/* Any value that came through the gate, compact, with everything escaped that could act on a
 * terminal. */
void json_value_write(struct output *, const struct cJSON *) __attribute__((nonnull));

#endif
