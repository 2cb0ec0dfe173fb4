/* Paths beneath one directory, in which anybody may be making, swapping and linking things
 * meanwhile.
 *
 * Every path is relative to the descriptor of a directory (O_PATH will do): names with one slash
 * between them, none of them empty, "." or "..". What is opened is opened by openat2(2), which goes
 * through no symbolic link, no magic link, no mount, and never up. What is made, renamed or removed
 * is the last name of a path, in a directory that was opened that way; calls on a last name do not
 * follow it.
 *
 * Failing functions return -1 with errno: ELOOP: a symbolic link is on the way; EXDEV: a mount is;
 * ENOTDIR: something is that is no directory; ENOSYS: the kernel has no openat2 (Linux 5.6), and
 * there is no weaker way instead. */
#ifndef GHWARD_TREE_PLACE_H
#define GHWARD_TREE_PLACE_H

#include <dirent.h>
#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* Bytes of a path with a parent, NUL included; of those that are built here few have 512. */
#define PLACE_PATH_MAX 1024u

enum place_kind {
	PLACE_UNREACHABLE, /* errno says why */
	PLACE_ABSENT,	   /* it, or a directory on the way */
	PLACE_DIRECTORY,
	PLACE_FILE,
	PLACE_LINK, /* a symbolic link */
	PLACE_OTHER,
};

enum place_existing { PLACE_REPLACE, PLACE_KEEP };

/* Opens with open(2)'s flags, O_CLOEXEC added. Returns the descriptor. */
int place_open(int root, const char *path, int flags) __attribute__((warn_unused_result, nonnull));
/* A directory as a place, O_PATH. */
int place_directory(int root, const char *path) __attribute__((warn_unused_result, nonnull));
/* The same; makes those of the path that are missing. */
int place_make(int root, const char *path) __attribute__((warn_unused_result, nonnull));
/* Makes one directory, which must not be there (EEXIST). Returns 0. */
int place_make_new(int root, const char *path, mode_t) __attribute__((warn_unused_result, nonnull));
/* For reading entries; NULL on failure. */
DIR *place_list(int root, const char *path) __attribute__((warn_unused_result, nonnull));

enum place_kind place_kind(int root, const char *path) __attribute__((nonnull));
/* Of an entry of a listing; asks the file system where the listing does not tell. */
enum place_kind place_entry_kind(DIR *, const struct dirent *) __attribute__((nonnull));

/* Replaces or makes a file by renaming a new one into place. Returns 0. */
int place_write(int root, const char *path, const char *text)
	__attribute__((warn_unused_result, nonnull));
/* Reads a regular file of less than `size` bytes as a text; EFBIG for a longer one. Returns 0. */
int place_read(int root, const char *path, char *text, size_t size)
	__attribute__((warn_unused_result, nonnull));
/* Returns 0; EEXIST with PLACE_KEEP when the new name is taken. */
int place_rename(int root, const char *from, const char *to, enum place_existing)
	__attribute__((warn_unused_result, nonnull));
/* Removes what is no directory; what is not there is no failure. Returns 0. */
int place_unlink(int root, const char *path) __attribute__((warn_unused_result, nonnull));
/* Removes a directory if it is empty. */
void place_tidy(int root, const char *path) __attribute__((nonnull));
/* A directory's entries are on disk. Returns 0. */
int place_sync(int root, const char *path) __attribute__((warn_unused_result, nonnull));

/* Looks in a directory for an entry that differs from `name` in case only. Returns 1 with that in
 * `found`, 0 when there is none, also no directory. */
int place_other_spelling(int root, const char *directory, const char *name,
			 char found[NAME_MAX + 1]) __attribute__((warn_unused_result, nonnull));

/* True when the path leads to the very object that is open. */
bool place_is(int root, const char *path, int opened) __attribute__((nonnull));

#endif
