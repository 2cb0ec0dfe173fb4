/* Removal in small slices. */
#include "tree/sweep.h"

#include "lib/base/clock.h"
#include "lib/base/io.h"
#include "tree/place.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Entries between two looks at the clock. */
#define STRIDE 64u
/* Names that are tried for a directory on its way up. */
#define NAMES_TRIED 1000u

struct slice {
	struct sweep *sweep;
	uint64_t end_ms;
	unsigned steps;
	bool late, progress;
};

static bool is_self_or_parent(const char *name)
{
	return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

static void step(struct slice *slice)
{
	if (++slice->steps % STRIDE == 0 && clock_monotonic_ms() >= slice->end_ms)
		slice->late = true;
}

/* Calls until the number's name is free. */
static int find_name(struct sweep *sweep, char *path, size_t size, const char *from)
{
	for (unsigned tried = 0; tried < NAMES_TRIED; tried++) {
		snprintf(path, size, "%s/%u", sweep->directory, sweep->next++);
		if ((from ? place_rename(sweep->root, from, path, PLACE_KEEP)
			  : place_make_new(sweep->root, path, 0777)) == 0)
			return 0;
		if (errno != EEXIST)
			return -1;
	}
	return -1;
}

int sweep_take(struct sweep *sweep, const char *path)
{
	char name[PLACE_PATH_MAX];

	return find_name(sweep, name, sizeof(name), path);
}

int sweep_make(struct sweep *sweep, char *path, size_t size)
{
	return find_name(sweep, path, size, NULL);
}

/* Out of a directory that cannot go before. */
static int move_up(struct sweep *sweep, const char *directory, const char *name)
{
	char from[PLACE_PATH_MAX];

	snprintf(from, sizeof(from), "%s/%s/%s", sweep->directory, directory, name);
	return sweep_take(sweep, from);
}

static void empty(struct slice *slice, int top, const char *directory)
{
	DIR *listing = place_list(top, directory);
	const struct dirent *entry;

	while (listing && !slice->late && (entry = readdir(listing))) {
		if (is_self_or_parent(entry->d_name))
			continue;
		bool nested = place_entry_kind(listing, entry) == PLACE_DIRECTORY;
		int removed = unlinkat(dirfd(listing), entry->d_name, nested ? AT_REMOVEDIR : 0);
		if (removed < 0 && nested)
			removed = move_up(slice->sweep, directory, entry->d_name);
		if (removed == 0)
			slice->progress = true;
		step(slice);
	}
	if (listing)
		closedir(listing);
}

static void remove_entry(struct slice *slice, int top, const char *name, enum place_kind kind)
{
	int flags = kind == PLACE_DIRECTORY ? AT_REMOVEDIR : 0;

	if (unlinkat(top, name, flags) == 0) {
		slice->progress = true;
	} else if (flags && (errno == ENOTEMPTY || errno == EEXIST)) {
		empty(slice, top, name);
		if (!slice->late && unlinkat(top, name, flags) == 0)
			slice->progress = true;
	}
	step(slice);
}

/* Once through the directory. */
static void pass(struct slice *slice)
{
	struct sweep *sweep = slice->sweep;
	DIR *listing = place_list(sweep->root, sweep->directory);
	const struct dirent *entry;

	while (listing && !slice->late && (entry = readdir(listing))) {
		if (!is_self_or_parent(entry->d_name) &&
		    !sweep->spare(sweep->context, entry->d_name))
			remove_entry(slice, dirfd(listing), entry->d_name,
				     place_entry_kind(listing, entry));
	}
	if (listing)
		closedir(listing);
}

bool sweep_some(struct sweep *sweep, uint64_t milliseconds)
{
	struct slice slice = {.sweep = sweep, .end_ms = clock_monotonic_ms() + milliseconds};

	/* Until a pass finds nothing that it can remove. */
	do {
		slice.progress = false;
		pass(&slice);
	} while (slice.progress && !slice.late);
	return slice.late;
}
