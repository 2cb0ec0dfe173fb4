/* The charts of a report, as inline SVG with a text of what it shows. Bars stretch with the page;
 * their labels are HTML, so that they stay readable on a phone. */
#ifndef GHWARD_WORKER_REPORT_SVG_H
#define GHWARD_WORKER_REPORT_SVG_H

#include "worker/report.h"

/* Records per day, stacked by severity; per several days where they are too many. */
void report_svg_days(const struct report *, struct output *) __attribute__((nonnull));

/* Records per hour of the day. */
void report_svg_hours(const struct report *, struct output *) __attribute__((nonnull));

/* The share of each severity, in one bar. */
void report_svg_severities(const struct report *, struct output *) __attribute__((nonnull));

/* A bar in a table, `count` of `most` long. Its number stands beside it. */
void report_svg_bar(struct output *, uint64_t count, uint64_t most) __attribute__((nonnull));

#endif
