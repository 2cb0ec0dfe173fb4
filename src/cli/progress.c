/* How far a long job has come. */
#include "cli/progress.h"

#include "lib/base/clock.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* What is done within a second needs no comment. */
#define QUIET_MS 1000u
#define REDRAW_MS 100u

#define WIDTH_DEFAULT 80u

/* Of a bar between its ends. */
#define BAR_MIN 8u
#define BAR_MAX 30u

void progress_begin(struct progress *progress)
{
	struct winsize size;

	*progress = (struct progress){
		.wanted = isatty(STDERR_FILENO),
		.width = WIDTH_DEFAULT,
		.begun_ms = clock_monotonic_ms(),
	};
	if (progress->wanted && ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
		progress->width = size.ws_col;
}

/* A line as long as the terminal is wide would wrap, and could not be taken back. */
static void cut(char *line, size_t size, unsigned width)
{
	if (width && strlen(line) >= width && width <= size)
		line[width - 1] = 0;
}

void progress_line(char *line, size_t size, uint32_t done, uint32_t total, uint32_t items,
		   unsigned width)
{
	char pages[48];

	if (total)
		snprintf(pages, sizeof(pages), "page %u of %u", done, total);
	else
		snprintf(pages, sizeof(pages), "page %u", done);
	snprintf(line, size, "%s, %u read", pages, items);
	cut(line, size, width);
}

static bool is_due(const struct progress *progress, uint64_t now)
{
	return progress->wanted && now - progress->begun_ms >= QUIET_MS &&
	       (!progress->visible || now - progress->shown_ms >= REDRAW_MS);
}

static void draw(struct progress *progress, const char *line, uint64_t now)
{
	fprintf(stderr, "\r\x1b[K%s", line);
	fflush(stderr);
	progress->visible = true;
	progress->shown_ms = now;
}

void progress_show(struct progress *progress, uint32_t done, uint32_t total, uint32_t items)
{
	uint64_t now = clock_monotonic_ms();
	char line[128];

	if (!is_due(progress, now))
		return;
	progress_line(line, sizeof(line), done, total, items, progress->width);
	draw(progress, line, now);
}

void progress_show_bytes(struct progress *progress, uint64_t done, uint64_t total)
{
	uint64_t now = clock_monotonic_ms();
	char line[128];

	if (!is_due(progress, now))
		return;
	snprintf(line, sizeof(line), "checked %" PRIu64 " of %" PRIu64 " MB", done / 1000000,
		 total / 1000000);
	cut(line, sizeof(line), progress->width);
	draw(progress, line, now);
}

/* --- repositories --- */

/* "1.5 MB/s" */
static void put_rate(char *text, size_t size, uint64_t bytes, uint64_t elapsed_ms)
{
	uint64_t kilo = elapsed_ms ? bytes / elapsed_ms : 0;

	*text = 0;
	if (kilo >= 1000)
		snprintf(text, size, ", %" PRIu64 ".%" PRIu64 " MB/s", kilo / 1000,
			 kilo % 1000 / 100);
	else if (kilo)
		snprintf(text, size, ", %" PRIu64 " kB/s", kilo);
}

/* "1:40 left", if the others take as long as those before. */
static void put_rest(char *text, size_t size, const struct progress_repositories *at,
		     uint64_t elapsed_ms)
{
	uint64_t rest;

	*text = 0;
	if (!at->done || at->total <= at->done ||
	    __builtin_mul_overflow(elapsed_ms, at->total - at->done, &rest))
		return;
	rest = rest / at->done / 1000;
	if (rest >= 3600)
		snprintf(text, size, ", %" PRIu64 ":%02u:%02u left", rest / 3600,
			 (unsigned)(rest / 60 % 60), (unsigned)(rest % 60));
	else
		snprintf(text, size, ", %u:%02u left", (unsigned)(rest / 60),
			 (unsigned)(rest % 60));
}

static void put_numbers(char *text, size_t size, const struct progress_repositories *at,
			uint64_t elapsed_ms)
{
	char of[24] = "", failed[32] = "", rate[48], rest[48];

	if (at->total)
		snprintf(of, sizeof(of), " of %u", at->total);
	if (at->failed)
		snprintf(failed, sizeof(failed), ", %u failed", at->failed);
	put_rate(rate, sizeof(rate), at->bytes, elapsed_ms);
	put_rest(rest, sizeof(rest), at, elapsed_ms);
	snprintf(text, size, "%u%s repositories%s%s%s", at->done, of, failed, rate, rest);
}

/* Returns the length of "[==  ] " in front of text that is so long. */
static size_t put_bar(char *line, size_t text, const struct progress_repositories *at,
		      unsigned width)
{
	size_t around = text + strlen("[] ") + 1;
	size_t room = width > around ? width - around : 0;

	if (room < BAR_MIN || !at->total)
		return 0;
	if (room > BAR_MAX)
		room = BAR_MAX;
	uint32_t done = at->done < at->total ? at->done : at->total;
	size_t full = (size_t)((uint64_t)room * done / at->total);
	line[0] = '[';
	memset(line + 1, '=', full);
	memset(line + 1 + full, ' ', room - full);
	line[1 + room] = ']';
	line[2 + room] = ' ';
	return room + 3;
}

void progress_repositories_line(char *line, size_t size, const struct progress_repositories *at,
				uint64_t elapsed_ms, unsigned width)
{
	char text[192];

	put_numbers(text, sizeof(text), at, elapsed_ms);
	size_t bar = size > BAR_MAX + sizeof(text) ? put_bar(line, strlen(text), at, width) : 0;
	snprintf(line + bar, size - bar, "%s", text);
	cut(line, size, width);
}

void progress_show_repositories(struct progress *progress, const struct progress_repositories *at)
{
	uint64_t now = clock_monotonic_ms();
	char line[256];

	if (!is_due(progress, now))
		return;
	progress_repositories_line(line, sizeof(line), at, now - progress->begun_ms,
				   progress->width);
	draw(progress, line, now);
}

void progress_clear(struct progress *progress)
{
	if (progress->visible)
		fprintf(stderr, "\r\x1b[K");
	progress->visible = false;
}

void progress_end(struct progress *progress)
{
	progress_clear(progress);
	progress->wanted = false;
}
