/* The sections of the HTML report. */
#ifndef GHWARD_WORKER_REPORT_PARTS_H
#define GHWARD_WORKER_REPORT_PARTS_H

#include "worker/report.h"

/* report_numbers.c: activity over time, by event, actor and target; failures. */
void report_part_activity(const struct report *, struct output *) __attribute__((nonnull));
void report_part_counts(const struct report *, struct output *) __attribute__((nonnull));
void report_part_failures(const struct report *, struct output *) __attribute__((nonnull));

/* report_lists.c: what happened, one row each. */
void report_part_incidents(const struct report *, struct output *) __attribute__((nonnull));
void report_part_violations(const struct report *, struct output *) __attribute__((nonnull));
void report_part_paths(const struct report *, struct output *) __attribute__((nonnull));
void report_part_writes(const struct report *, struct output *) __attribute__((nonnull));
void report_part_access(const struct report *, struct output *) __attribute__((nonnull));

/* report_verdict.c: what the verifier said, in short and in full. */
void report_part_verdict(const struct report *, struct output *) __attribute__((nonnull));
void report_part_verification(const struct report *, struct output *) __attribute__((nonnull));

/* A head is "Title", "Title|class" for its column, or "" above bars; NULL ends
 * them. */
void report_table_begin(struct output *, const char *class, const char *caption,
			const char *const *heads) __attribute__((nonnull));
void report_table_end(struct output *) __attribute__((nonnull));

/* "Nothing of this kind is on record in this period." */
void report_none(struct output *, const char *sentence) __attribute__((nonnull));

#endif
