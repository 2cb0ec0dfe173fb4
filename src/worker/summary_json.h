/* A summary as members of a JSON object, and JSON of any length through a small buffer. */
#ifndef GHWARD_WORKER_SUMMARY_JSON_H
#define GHWARD_WORKER_SUMMARY_JSON_H

#include "lib/json/write.h"
#include "worker/output.h"
#include "worker/summary.h"

/* Between two drains at most this much is written. */
#define JSON_STREAM_SIZE 65536u

struct json_stream {
	struct json_writer writer;
	struct output *output;
	char text[JSON_STREAM_SIZE];
};

void json_stream_begin(struct json_stream *, struct output *) __attribute__((nonnull));
void json_stream_drain(struct json_stream *) __attribute__((nonnull));
/* Drains, and ends the line. */
void json_stream_end(struct json_stream *) __attribute__((nonnull));

/* The members: records, first, last, by_event, by_actor, by_severity, by_outcome, by_target,
 * by_day, by_hour. Of the targets only the first so many. */
void summary_json(struct json_stream *, const struct summary *, unsigned targets)
	__attribute__((nonnull));

/* {"listed":[{"name":...,"count":...}],"other":...} */
void summary_json_tally(struct json_stream *, const char *key, const struct tally *, unsigned shown)
	__attribute__((nonnull));

#endif
