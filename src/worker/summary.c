/* Numbers about the records of a time. */
#include "worker/summary.h"

#include "lib/base/clock.h"
#include "lib/base/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define US_PER_HOUR (UINT64_C(3600) * 1000000)
#define US_PER_DAY (24 * US_PER_HOUR)

struct summary *summary_new(void)
{
	return memory_new(sizeof(struct summary));
}

void summary_free(struct summary *summary)
{
	if (!summary)
		return;
	tally_clean(&summary->events);
	tally_clean(&summary->actors);
	tally_clean(&summary->outcomes);
	tally_clean(&summary->targets);
	free(summary);
}

/* The day's place; NULL when there is no room. Records come in order, but for clocks that were set.
 */
static struct summary_day *find_day(struct summary *summary, uint32_t day)
{
	unsigned at = summary->day_count;

	while (at && summary->days[at - 1].day > day)
		at--;
	if (at && summary->days[at - 1].day == day)
		return &summary->days[at - 1];
	if (summary->day_count == SUMMARY_DAYS_MAX)
		return NULL;
	memmove(&summary->days[at + 1], &summary->days[at],
		(summary->day_count - at) * sizeof(summary->days[0]));
	summary->day_count++;
	summary->days[at] = (struct summary_day){.day = day};
	return &summary->days[at];
}

static void add_time(struct summary *summary, const struct record *record)
{
	struct summary_day *day = find_day(summary, (uint32_t)(record->time_us / US_PER_DAY));

	if (day)
		day->counts[record->severity]++;
	else
		summary->other_days++;
	summary->hours[record->time_us / US_PER_HOUR % 24]++;
}

void summary_add(struct summary *summary, const struct record *record)
{
	struct summary_end end = {.seq = record->seq};

	snprintf(end.time, sizeof(end.time), "%s", record->time);
	if (!summary->records++)
		summary->first = end;
	summary->last = end;
	summary->severities[record->severity]++;
	tally_add(&summary->events, record->event);
	tally_add(&summary->actors, record->actor);
	if (*record->outcome)
		tally_add(&summary->outcomes, record->outcome);
	if (*record->target)
		tally_add(&summary->targets, record->target);
	add_time(summary, record);
}

void summary_finish(struct summary *summary)
{
	tally_sort(&summary->events);
	tally_sort(&summary->actors);
	tally_sort(&summary->outcomes);
	tally_sort(&summary->targets);
}

void summary_day_text(uint32_t day, char text[SUMMARY_DAY_SIZE])
{
	char whole[CLOCK_RFC3339_SIZE];

	clock_rfc3339(whole, day * US_PER_DAY);
	snprintf(text, SUMMARY_DAY_SIZE, "%.10s", whole);
}

uint64_t summary_day_total(const struct summary_day *day)
{
	return day->counts[AUDIT_INFO] + day->counts[AUDIT_WARNING] + day->counts[AUDIT_CRITICAL];
}
