/* What is set aside is named after what it belongs to: "worktree+acme+shop+config". No name of
 * GitHub's has a plus sign in it. */
#include "tree/aside.h"

#include "tree/layout.h"
#include "tree/place.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define NAME_SIZE (PLACE_PATH_MAX / 2)

static const char *const modes[REPOS_MODES] = {
	[REPOS_MIRROR] = "mirror", [REPOS_WORKTREE] = "worktree"};

enum part { PART_CONFIG, PART_HOOKS, PARTS };
static const char *const parts[PARTS] = {[PART_CONFIG] = "config", [PART_HOOKS] = "hooks"};

struct pair {
	char inside[NAME_SIZE], aside[NAME_SIZE];
};

static struct pair pair_of(enum repos_mode mode, const char *owner, const char *name,
			   enum part part)
{
	struct pair pair = {.inside = ""};
	struct layout layout;

	layout_of(mode, owner, name, &layout);
	snprintf(pair.inside, sizeof(pair.inside), "%s/%s", layout.git, parts[part]);
	snprintf(pair.aside, sizeof(pair.aside), LAYOUT_ASIDE "/%s+%s+%s+%s", modes[mode], owner,
		 name, parts[part]);
	return pair;
}

int aside_take(int root, enum repos_mode mode, const char *owner, const char *name)
{
	/* A mirror's configuration is nobody's but ghward's. */
	for (unsigned part = mode == REPOS_WORKTREE ? PART_CONFIG : PART_HOOKS; part < PARTS;
	     part++) {
		struct pair pair = pair_of(mode, owner, name, (enum part)part);
		if (place_rename(root, pair.inside, pair.aside, PLACE_KEEP) < 0 && errno != ENOENT)
			return -1;
	}
	return 0;
}

/* Returns 0 also when nothing was taken. */
static int put_back_part(int root, const struct pair *pair, struct sweep *sweep)
{
	enum place_kind kept = place_kind(root, pair->aside);
	enum place_kind inside = place_kind(root, pair->inside);

	if (kept == PLACE_ABSENT)
		return 0;
	/* A file is replaced in one step. */
	if (inside != PLACE_ABSENT && !(inside == PLACE_FILE && kept == PLACE_FILE) &&
	    sweep_take(sweep, pair->inside) < 0)
		return -1;
	return place_rename(root, pair->aside, pair->inside, PLACE_REPLACE);
}

static int put_back_parts(int root, enum repos_mode mode, const char *owner, const char *name,
			  struct sweep *sweep)
{
	int status = 0;

	for (unsigned part = 0; part < PARTS; part++) {
		struct pair pair = pair_of(mode, owner, name, (enum part)part);
		if (put_back_part(root, &pair, sweep) < 0)
			status = -1;
	}
	return status;
}

int aside_put_back(int root, enum repos_mode mode, const char *owner, const char *name,
		   struct sweep *sweep)
{
	struct pair hooks = pair_of(mode, owner, name, PART_HOOKS);

	if (place_kind(root, hooks.inside) != PLACE_ABSENT && sweep_take(sweep, hooks.inside) < 0)
		return -1;
	return put_back_parts(root, mode, owner, name, sweep);
}

static void recover_entry(int root, const char *entry, struct sweep *sweep)
{
	char path[PLACE_PATH_MAX], text[NAME_MAX + 1], *rest = NULL;
	struct layout layout;

	snprintf(text, sizeof(text), "%s", entry);
	const char *mode = strtok_r(text, "+", &rest), *owner = strtok_r(NULL, "+", &rest);
	const char *name = strtok_r(NULL, "+", &rest);
	if (!name || !layout_is_name(owner, name))
		return;
	enum repos_mode which =
		strcmp(mode, modes[REPOS_MIRROR]) == 0 ? REPOS_MIRROR : REPOS_WORKTREE;
	layout_of(which, owner, name, &layout);
	if (place_kind(root, layout.git) == PLACE_DIRECTORY) {
		/* Hooks that are there and were not taken may be the user's. */
		(void)put_back_parts(root, which, owner, name, sweep);
		return;
	}
	/* The repository is gone; a new one of that name is not to be held up. */
	snprintf(path, sizeof(path), LAYOUT_ASIDE "/%s", entry);
	(void)!sweep_take(sweep, path);
}

void aside_recover(int root, struct sweep *sweep)
{
	DIR *listing = place_list(root, LAYOUT_ASIDE);
	const struct dirent *entry;

	while (listing && (entry = readdir(listing)))
		recover_entry(root, entry->d_name, sweep);
	if (listing)
		closedir(listing);
}
