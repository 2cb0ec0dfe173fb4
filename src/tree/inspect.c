/* What may not be in a git directory, and what a killed git leaves there. */
#include "tree/repository.h"

#include "lib/base/clock.h"
#include "lib/base/io.h"
#include "tree/place.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A lock of a user's git that is younger is taken for one in use. */
#define LOCK_FRESH_S 600u
/* Directories below refs/ that wait to be looked into, as a text of paths. */
#define PATHS_MAX (16u << 20)

/* --- what is refused --- */

/* Git's ways to have part of a repository elsewhere; gitrepository-layout(5). */
static const char *const redirections[] = {
	"commondir",
	"gitdir",
	"config.worktree",
	"reftable",
	"objects/info/alternates",
	"objects/info/http-alternates",
};

static const struct {
	const char *name;
	enum place_kind kind;
	bool required;
} expected[] = {
	{"HEAD", PLACE_FILE, true},
	{"config", PLACE_FILE, false},
	{"objects", PLACE_DIRECTORY, true},
	{"refs", PLACE_DIRECTORY, true},
	{"packed-refs", PLACE_FILE, false},
	{"index", PLACE_FILE, false},
	{"shallow", PLACE_FILE, false},
	{"objects/info", PLACE_DIRECTORY, false},
	{"objects/pack", PLACE_DIRECTORY, false},
};

static int refuse(struct failure *failure, const char *shown, const char *name, const char *why)
{
	failure_set(failure, FAILURE_DENIED,
		    "Remove it if you did not put it there; else take the repository out of the "
		    "destination.",
		    "%s/%s %s", shown, name, why);
	return -1;
}

static int refuse_kind(struct failure *failure, const char *shown, const char *name)
{
	return refuse(failure, shown, name, "is not the kind of file that git makes there");
}

/* No symbolic link directly in a directory; git makes none (HEAD was one until 2005). */
static int refuse_links(int git, const char *directory, const char *shown, struct failure *failure)
{
	DIR *listing = place_list(git, directory);
	const struct dirent *entry;
	char name[NAME_MAX + 16];
	int status = 0;

	if (!listing)
		return repository_failed(failure, "look into", shown);
	while (status == 0 && (entry = readdir(listing))) {
		if (place_entry_kind(listing, entry) != PLACE_LINK)
			continue;
		snprintf(name, sizeof(name), "%s%s%s", strcmp(directory, ".") == 0 ? "" : directory,
			 strcmp(directory, ".") == 0 ? "" : "/", entry->d_name);
		status = refuse_kind(failure, shown, name);
	}
	closedir(listing);
	return status;
}

int repository_inspect(int git, const char *shown, struct failure *failure)
{
	for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
		enum place_kind kind = place_kind(git, expected[i].name);
		if (kind != expected[i].kind && (kind != PLACE_ABSENT || expected[i].required))
			return kind == PLACE_ABSENT
				       ? refuse(failure, shown, expected[i].name, "is missing")
				       : refuse_kind(failure, shown, expected[i].name);
	}
	for (size_t i = 0; i < sizeof(redirections) / sizeof(redirections[0]); i++) {
		if (place_kind(git, redirections[i]) != PLACE_ABSENT)
			return refuse(failure, shown, redirections[i],
				      "would lead git to another place");
	}
	if (refuse_links(git, ".", shown, failure) < 0)
		return -1;
	return refuse_links(git, "objects", shown, failure);
}

/* --- what is left over --- */

struct cleaning {
	int git;
	const char *shown;
	bool shared; /* with a user's git */
	struct failure *failure;
	char *paths; /* a stack of NUL-terminated paths below refs/ */
	size_t used, size;
};

static bool ends_with(const char *text, const char *end)
{
	size_t length = strlen(text), tail = strlen(end);

	return length >= tail && strcmp(text + length - tail, end) == 0;
}

static bool is_fresh(DIR *listing, const char *name)
{
	struct stat status;
	IO_AUTOCLOSE int fd = place_open(dirfd(listing), name, O_PATH | O_NOFOLLOW);
	uint64_t now = clock_wall_s();

	return fd >= 0 && fstat(fd, &status) == 0 && status.st_mtime >= 0 &&
	       (uint64_t)status.st_mtime + LOCK_FRESH_S > now;
}

static int remove_lock(struct cleaning *cleaning, DIR *listing, const char *name)
{
	if (cleaning->shared && is_fresh(listing, name)) {
		failure_set(cleaning->failure, FAILURE_CONFLICT,
			    "Try again when it is done; a lock of ten minutes' age is removed.",
			    "another git is at work in %s: %s is new", cleaning->shown, name);
		return -1;
	}
	if (unlinkat(dirfd(listing), name, 0) < 0 && errno != ENOENT)
		return repository_failed(cleaning->failure, "remove a lock in", cleaning->shown);
	return 0;
}

/* Packs that were being received. They are many and large where a connection is bad. */
static void remove_unfinished_packs(struct cleaning *cleaning)
{
	DIR *listing = place_list(cleaning->git, "objects/pack");
	const struct dirent *entry;

	while (listing && (entry = readdir(listing))) {
		if (strncmp(entry->d_name, "tmp_", 4) != 0 ||
		    (cleaning->shared && is_fresh(listing, entry->d_name)))
			continue;
		(void)unlinkat(dirfd(listing), entry->d_name, 0);
	}
	if (listing)
		closedir(listing);
}

static int push(struct cleaning *cleaning, const char *directory, const char *name)
{
	size_t length = strlen(directory) + 1 + strlen(name) + 1;

	/* Longer ones git cannot go to either. */
	if (length > PATH_MAX)
		return 0;
	if (cleaning->size - cleaning->used < length) {
		size_t size = cleaning->size * 2 + PATH_MAX;
		char *paths = size > PATHS_MAX ? NULL : realloc(cleaning->paths, size);
		if (!paths) {
			errno = ENOMEM;
			return repository_failed(cleaning->failure, "look into", cleaning->shown);
		}
		cleaning->paths = paths;
		cleaning->size = size;
	}
	snprintf(cleaning->paths + cleaning->used, length, "%s/%s", directory, name);
	cleaning->used += length;
	return 0;
}

static void pop(struct cleaning *cleaning, char path[PATH_MAX])
{
	size_t start = cleaning->used - 1;

	while (start > 0 && cleaning->paths[start - 1])
		start--;
	memcpy(path, cleaning->paths + start, cleaning->used - start);
	cleaning->used = start;
}

/* Locks in one directory; of one below refs/ what is below it is looked into later. */
static int unlock_directory(struct cleaning *cleaning, const char *path, bool below_refs)
{
	DIR *listing = place_list(cleaning->git, path);
	const struct dirent *entry;
	int status = 0;

	if (!listing)
		return repository_failed(cleaning->failure, "look into", cleaning->shown);
	while (status == 0 && (entry = readdir(listing))) {
		const char *name = entry->d_name;
		if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
			continue;
		if (ends_with(name, ".lock") || (!below_refs && strcmp(name, "gc.pid") == 0))
			status = remove_lock(cleaning, listing, name);
		else if (below_refs && place_entry_kind(listing, entry) == PLACE_DIRECTORY)
			status = push(cleaning, path, name);
	}
	closedir(listing);
	return status;
}

int repository_unlock(int git, const char *shown, enum repos_mode mode, struct failure *failure)
{
	struct cleaning cleaning = {
		.git = git, .shown = shown, .shared = mode == REPOS_WORKTREE, .failure = failure};
	char path[PATH_MAX] = "refs";
	int status = unlock_directory(&cleaning, ".", false);

	if (status == 0)
		status = unlock_directory(&cleaning, path, true);
	while (status == 0 && cleaning.used > 0) {
		pop(&cleaning, path);
		status = unlock_directory(&cleaning, path, true);
	}
	free(cleaning.paths);
	if (status == 0)
		remove_unfinished_packs(&cleaning);
	return status;
}
