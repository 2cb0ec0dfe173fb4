/* The charts of a report. */
#include "worker/report_svg.h"

#include "lib/base/calendar.h"
#include "worker/html.h"

#include <stdio.h>
#include <string.h>

/* Bars that a page has room for, and those that fill it without looking like walls. */
#define BARS_MAX 92u
#define BARS_MIN 10u

/* Units of a drawing: one bar with its gap is 10 wide, the highest 1000 high. */
#define BAR_STEP 10u
#define HEIGHT 1000u

static const char *severity_class(unsigned severity)
{
	return record_severity((enum audit_severity)severity);
}

static void put_number(struct output *output, const char *before, uint64_t number,
		       const char *after)
{
	html_raw(output, before);
	html_digits(output, number);
	html_raw(output, after);
}

static uint64_t share(uint64_t count, uint64_t most, uint64_t of)
{
	/* There are fewer than 2^44 records. Something is never drawn as nothing. */
	uint64_t length = most ? count * of / most : 0;

	return count && length < of / 100 ? of / 100 : length;
}

static void put_rect(struct output *output, const char *class, const uint64_t box[4])
{
	html_raw(output, "<rect");
	if (class) {
		html_raw(output, " class=\"");
		html_raw(output, class);
		html_raw(output, "\"");
	}
	put_number(output, " x=\"", box[0], "\"");
	put_number(output, " y=\"", box[1], "\"");
	put_number(output, " width=\"", box[2], "\"");
	put_number(output, " height=\"", box[3], "\"/>");
}

/* --- days --- */

struct bars {
	uint32_t first_day;
	uint32_t days_per_bar;
	unsigned count;
	uint64_t counts[BARS_MAX][AUDIT_SEVERITIES];
	uint64_t most; /* of a bar */
	unsigned highest;
};

static uint32_t day_of(const char *time)
{
	return (uint32_t)calendar_days(calendar_number(time, 4), calendar_number(time + 5, 2),
				       calendar_number(time + 8, 2));
}

/* The period that was asked for, and whatever else has records. */
static void find_range(const struct report *report, uint32_t *first, uint32_t *last)
{
	const struct summary *summary = report->summary;
	uint32_t today = day_of(report->generated);

	*first = summary->days[0].day;
	*last = summary->days[summary->day_count - 1].day;
	if (!*report->since)
		return;
	uint32_t since = day_of(report->since),
		 until = *report->until ? day_of(report->until) : today;
	/* An end at midnight is the end of the day before. */
	if (*report->until && strcmp(report->until + 11, "00:00:00Z") == 0 && until)
		until--;
	*first = since < *first ? since : *first;
	*last = until > *last && until <= today ? until : *last;
}

static uint64_t bar_total(const struct bars *bars, unsigned bar)
{
	return bars->counts[bar][AUDIT_INFO] + bars->counts[bar][AUDIT_WARNING] +
	       bars->counts[bar][AUDIT_CRITICAL];
}

static void fill_bars(const struct report *report, struct bars *bars)
{
	const struct summary *summary = report->summary;
	uint32_t last;

	memset(bars, 0, sizeof(*bars));
	find_range(report, &bars->first_day, &last);
	uint32_t days = last - bars->first_day + 1;
	bars->days_per_bar = (days + BARS_MAX - 1) / BARS_MAX;
	bars->count = (days + bars->days_per_bar - 1) / bars->days_per_bar;
	for (unsigned i = 0; i < summary->day_count; i++) {
		const struct summary_day *day = &summary->days[i];
		unsigned bar = (day->day - bars->first_day) / bars->days_per_bar;
		for (unsigned level = 0; level < AUDIT_SEVERITIES; level++)
			bars->counts[bar][level] += day->counts[level];
		if (bar_total(bars, bar) > bars->most) {
			bars->most = bar_total(bars, bar);
			bars->highest = bar;
		}
	}
}

static void put_day(const struct bars *bars, unsigned bar, struct output *output)
{
	char text[SUMMARY_DAY_SIZE];

	summary_day_text(bars->first_day + bar * bars->days_per_bar, text);
	html_text(output, text);
}

/* What a pointer that rests on it is told. */
static void put_bar_title(const struct bars *bars, unsigned bar, struct output *output)
{
	html_raw(output, "<title>");
	put_day(bars, bar, output);
	for (unsigned level = 0; level < AUDIT_SEVERITIES; level++) {
		html_raw(output, level ? ", " : ": ");
		html_number(output, bars->counts[bar][level]);
		html_raw(output, " ");
		html_raw(output, severity_class(level));
	}
	html_raw(output, "</title>");
}

static void put_stack(const struct bars *bars, unsigned bar, struct output *output)
{
	uint64_t bottom = HEIGHT;

	if (!bar_total(bars, bar))
		return;
	html_raw(output, "<g>");
	put_bar_title(bars, bar, output);
	for (unsigned level = 0; level < AUDIT_SEVERITIES; level++) {
		uint64_t height = share(bars->counts[bar][level], bars->most, HEIGHT);
		if (!height)
			continue;
		height = height < bottom ? height : bottom;
		bottom -= height;
		put_rect(output, severity_class(level),
			 (const uint64_t[]){bar * BAR_STEP + 1, bottom, BAR_STEP - 2, height});
	}
	html_raw(output, "</g>");
}

static void put_grid(struct output *output, uint64_t width)
{
	for (unsigned i = 0; i < 4; i++) {
		put_number(output, "<line class=\"grid\" x1=\"0\" x2=\"", width, "\"");
		put_number(output, " y1=\"", i * HEIGHT / 4, "\"");
		put_number(output, " y2=\"", i * HEIGHT / 4, "\"/>");
	}
}

static void put_key(struct output *output)
{
	html_raw(output, "<ul class=\"key\">");
	for (unsigned level = 0; level < AUDIT_SEVERITIES; level++) {
		html_raw(output,
			 "<li><svg viewBox=\"0 0 10 10\" aria-hidden=\"true\"><rect class=\"");
		html_raw(output, severity_class(level));
		html_raw(output, "\" width=\"10\" height=\"10\"/></svg>");
		html_raw(output, severity_class(level));
		html_raw(output, "</li>");
	}
	html_raw(output, "</ul>");
}

static void put_unit(const struct bars *bars, struct output *output)
{
	html_raw(output, "Records per ");
	if (bars->days_per_bar == 1)
		html_raw(output, "day (UTC)");
	else
		put_number(output, "", bars->days_per_bar, " days (UTC)");
}

static void put_peak(const struct bars *bars, struct output *output)
{
	html_raw(output, ", at most ");
	html_number(output, bars->most);
	html_raw(output, bars->days_per_bar == 1 ? ", on " : ", from ");
	put_day(bars, bars->highest, output);
}

/* "09-30" below each of a few bars. */
static void put_each_day(const struct bars *bars, struct output *output)
{
	char text[SUMMARY_DAY_SIZE];

	html_raw(output, "<ul class=\"axis each\" aria-hidden=\"true\">");
	for (unsigned i = 0; i < BARS_MIN; i++) {
		html_raw(output, "<li>");
		summary_day_text(bars->first_day + i, text);
		html_text(output, i < bars->count ? text + 5 : "");
		html_raw(output, "</li>");
	}
	html_raw(output, "</ul>");
}

static void put_days_axis(const struct bars *bars, struct output *output)
{
	html_raw(output, "<ul class=\"axis\" aria-hidden=\"true\">");
	for (unsigned i = 0; i <= 4; i++) {
		html_raw(output, "<li>");
		put_day(bars, (bars->count - 1) * i / 4, output);
		html_raw(output, "</li>");
	}
	html_raw(output, "</ul>");
}

void report_svg_days(const struct report *report, struct output *output)
{
	struct bars bars;

	if (!report->summary->day_count)
		return;
	fill_bars(report, &bars);
	unsigned width = BAR_STEP * (bars.count < BARS_MIN ? BARS_MIN : bars.count);
	html_raw(output, "<figure><figcaption><span>");
	put_unit(&bars, output);
	put_peak(&bars, output);
	html_raw(output, "</span>");
	put_key(output);
	html_raw(output, "</figcaption>\n<svg class=\"chart\" role=\"img\" aria-label=\"");
	put_unit(&bars, output);
	put_peak(&bars, output);
	html_raw(output, "; the table below has all of them");
	put_number(output, "\" viewBox=\"0 0 ", width, " 1000\"");
	html_raw(output, " preserveAspectRatio=\"none\">");
	put_grid(output, width);
	for (unsigned bar = 0; bar < bars.count; bar++)
		put_stack(&bars, bar, output);
	html_raw(output, "</svg>\n");
	if (bars.count < BARS_MIN)
		put_each_day(&bars, output);
	else
		put_days_axis(&bars, output);
	html_raw(output, "</figure>\n");
}

/* --- hours --- */

void report_svg_hours(const struct report *report, struct output *output)
{
	const uint64_t *hours = report->summary->hours;
	unsigned busiest = 0;

	for (unsigned hour = 1; hour < 24; hour++)
		busiest = hours[hour] > hours[busiest] ? hour : busiest;
	html_raw(output,
		 "<figure><figcaption><span>Records per hour of the day (UTC), most between ");
	put_number(output, "", busiest, ":00 and ");
	put_number(output, "", busiest + 1, ":00</span></figcaption>\n");
	html_raw(output,
		 "<svg class=\"chart low\" role=\"img\" aria-label=\"Records per hour of the "
		 "day, from midnight:");
	for (unsigned hour = 0; hour < 24; hour++)
		put_number(output, hour ? ", " : " ", hours[hour], "");
	html_raw(output, "\" viewBox=\"0 0 240 1000\" preserveAspectRatio=\"none\">");
	for (unsigned hour = 0; hour < 24; hour++) {
		uint64_t height = share(hours[hour], hours[busiest], HEIGHT);
		if (height)
			put_rect(output, "info",
				 (const uint64_t[]){hour * BAR_STEP + 1, HEIGHT - height,
						    BAR_STEP - 2, height});
	}
	html_raw(output, "</svg>\n<ul class=\"axis\" aria-hidden=\"true\"><li>00</li><li>06</li>"
			 "<li>12</li><li>18</li><li>24</li></ul></figure>\n");
}

/* --- severities, and bars in tables --- */

void report_svg_severities(const struct report *report, struct output *output)
{
	const uint64_t *counts = report->summary->severities;
	uint64_t x = 0;

	html_raw(output, "<svg class=\"chart flat\" aria-hidden=\"true\" viewBox=\"0 0 1000 10\" "
			 "preserveAspectRatio=\"none\">");
	for (unsigned level = AUDIT_SEVERITIES; level-- > 0;) {
		uint64_t width = share(counts[level], report->summary->records, 1000);
		/* The commonest takes what is left. */
		if (level == AUDIT_INFO)
			width = counts[level] && x < 1000 ? 1000 - x : 0;
		if (width)
			put_rect(output, severity_class(level),
				 (const uint64_t[]){x, 0, width, 10});
		x += width;
	}
	html_raw(output, "</svg>\n");
}

void report_svg_bar(struct output *output, uint64_t count, uint64_t most)
{
	html_raw(output, "<svg aria-hidden=\"true\" viewBox=\"0 0 1000 10\" "
			 "preserveAspectRatio=\"none\">");
	put_rect(output, NULL, (const uint64_t[]){0, 0, share(count, most, 1000), 10});
	html_raw(output, "</svg>");
}
