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
	       now - progress->shown_ms >= REDRAW_MS;
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
