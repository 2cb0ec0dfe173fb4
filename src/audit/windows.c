/* Sliding windows. A ring has room for as many hits as its rule's threshold: it is full within the
 * rule's time exactly when there are so many within it. */
#include "audit/windows.h"

#include "lib/base/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void windows_free(struct windows *windows)
{
	for (unsigned i = 0; i < windows->count; i++)
		free(windows->list[i]);
	windows->count = windows->hits = 0;
}

struct window *windows_find(const struct windows *windows, unsigned rule, const char *subject)
{
	for (unsigned i = 0; i < windows->count; i++) {
		struct window *at = windows->list[i];
		if (at->rule == rule && strcmp(at->subject, subject) == 0)
			return at;
	}
	return NULL;
}

static void drop_at(struct windows *windows, unsigned at)
{
	struct window *window = windows->list[at];

	windows->list[at] = windows->list[--windows->count];
	windows->list[windows->count] = NULL;
	windows->hits -= window->room;
	free(window);
}

void windows_drop(struct windows *windows, struct window *window)
{
	for (unsigned i = 0; i < windows->count; i++) {
		if (windows->list[i] == window) {
			drop_at(windows, i);
			return;
		}
	}
}

/* What is due waits for its record and stays. */
static bool drop_oldest(struct windows *windows)
{
	unsigned oldest = windows->count;

	for (unsigned i = 0; i < windows->count; i++) {
		const struct window *at = windows->list[i];
		if (!at->due &&
		    (oldest == windows->count || at->touched < windows->list[oldest]->touched))
			oldest = i;
	}
	if (oldest == windows->count)
		return false;
	drop_at(windows, oldest);
	return true;
}

static struct window *add(struct windows *windows, unsigned rule, unsigned room,
			  const char *subject)
{
	while (windows->count == WINDOWS_MAX || windows->hits + room > WINDOWS_HITS_MAX) {
		if (!drop_oldest(windows))
			return NULL;
	}
	struct window *window = memory_new(sizeof(*window) + room * sizeof(window->hits[0]));
	window->rule = rule;
	window->room = room;
	snprintf(window->subject, sizeof(window->subject), "%s", subject);
	windows->list[windows->count++] = window;
	windows->hits += room;
	return window;
}

struct window_hit window_at(const struct window *window, unsigned index)
{
	return window->hits[(window->first + index) % window->room];
}

static bool is_due(const struct window *window, uint32_t window_s)
{
	uint64_t oldest = window_at(window, 0).time_us;
	uint64_t newest = window_at(window, window->used - 1).time_us;

	/* A clock that was set back makes nothing older. */
	return window->used == window->room &&
	       (newest < oldest || newest - oldest <= (uint64_t)window_s * 1000000);
}

void windows_hit(struct windows *windows, unsigned rule, const struct audit_rule *rule_is,
		 const char *subject, struct window_hit hit)
{
	struct window *window = windows_find(windows, rule, subject);

	if (!window)
		window = add(windows, rule, rule_is->threshold, subject);
	if (!window)
		return;
	window->touched = ++windows->clock;
	if (window->used == window->room) {
		window->first = (window->first + 1) % window->room;
		window->used--;
	}
	window->hits[(window->first + window->used++) % window->room] = hit;
	window->due |= is_due(window, rule_is->window_s);
}
