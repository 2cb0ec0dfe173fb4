/* Numbers about the records of a time: what stats shows, and what a report begins with. */
#ifndef GHWARD_WORKER_SUMMARY_H
#define GHWARD_WORKER_SUMMARY_H

#include "worker/records.h"
#include "worker/tally.h"

/* Days that are counted on their own: three years, or whatever a clock that was set makes of it. */
#define SUMMARY_DAYS_MAX 1100u

struct summary_day {
	uint32_t day; /* since 1970 */
	uint64_t counts[AUDIT_SEVERITIES];
};

/* One end of what was read. */
struct summary_end {
	uint64_t seq;
	char time[32]; /* as in the record; "" when there was none */
};

struct summary {
	uint64_t records;
	struct summary_end first, last; /* in the order they came */
	struct tally events, actors, outcomes, targets;
	uint64_t severities[AUDIT_SEVERITIES];
	uint64_t hours[24];			   /* of the day, UTC */
	struct summary_day days[SUMMARY_DAYS_MAX]; /* in order, those that have records */
	unsigned day_count;
	uint64_t other_days; /* records of days that had no room */
};

struct summary *summary_new(void) __attribute__((returns_nonnull));
void summary_free(struct summary *);

void summary_add(struct summary *, const struct record *) __attribute__((nonnull));

/* When all were added: orders the tallies. */
void summary_finish(struct summary *) __attribute__((nonnull));

/* "2026-01-02" */
#define SUMMARY_DAY_SIZE 12u
void summary_day_text(uint32_t day, char text[SUMMARY_DAY_SIZE]) __attribute__((nonnull));

uint64_t summary_day_total(const struct summary_day *) __attribute__((nonnull));

#endif
