/* Files that hold a key, and what is read from them. */
#ifndef GHWARD_CLI_KEY_FILE_H
#define GHWARD_CLI_KEY_FILE_H

#include "lib/failure/failure.h"
#include "lib/ipc/protocol.h"

/* A key as text, for a while. */
struct key_text {
	char bytes[KEY_MATERIAL_MAX];
	size_t length;
};

/* Who else may be able to read the file. */
enum key_file_owner {
	KEY_FILE_OWN,	   /* nobody but its owner, who is this user or root */
	KEY_FILE_DELIVERED /* its group as well: systemd grants access with a list, whose mask
			      shows as that */
};

/* Reads a file that is refused where others could have read or written it. Returns 0, or -1 with a
 * failure. */
int key_file_read(const char *path, enum key_file_owner, struct key_text *, struct failure *)
	__attribute__((warn_unused_result, nonnull));

/* 32 random bytes as base64 with a line feed. Returns 0, or -1 with a failure. */
int key_text_make(struct key_text *, struct failure *) __attribute__((warn_unused_result, nonnull));

/* Makes a file with a new key, mode 0400, if there is none. Returns 0, or -1 with a failure. */
int key_file_make(const char *path, struct failure *) __attribute__((warn_unused_result, nonnull));

#endif
