/* Repositories that are named one by one: with -R, or in a file. */
#ifndef GHWARD_CLI_REPOSITORY_LIST_H
#define GHWARD_CLI_REPOSITORY_LIST_H

#include "lib/failure/failure.h"
#include "lib/ipc/message.h"
#include "lib/validate/repository_url.h"

#include <stddef.h>
#include <stdint.h>

struct repository_name {
	char owner[VALIDATE_OWNER_MAX + 1];
	char repo[VALIDATE_REPO_MAX + 1];
};

/* Zeroed it is empty. */
struct repository_list {
	struct repository_name *names;
	uint32_t count;
	uint32_t room;
	/* Of the first one that names a host; all others that do name the same. */
	struct repository_url named;
	unsigned named_line;
};

/* Longest file that is read. */
#define REPOSITORY_LIST_FILE_MAX ((size_t)8 * 1024 * 1024)

/* Adds the one that -R names, whose parts the broker judges. Returns 0, or -1 with a
 * FAILURE_USAGE. */
int repository_list_add(struct repository_list *, const char *owner, const char *repo,
			struct failure *) __attribute__((warn_unused_result, nonnull));

/* Adds those of a text: one per line in any form of repository_url_parse(); empty lines, and what
 * follows a # at the beginning of a word, do not count. `file` is for messages, which have the
 * line's number, too. Returns 0, or -1 with a FAILURE_USAGE. */
int repository_list_parse(struct repository_list *, const char *file, const char *text,
			  size_t length, struct failure *)
	__attribute__((warn_unused_result, nonnull));

/* The same for a file, "-" for standard input. */
int repository_list_read(struct repository_list *, const char *file, struct failure *)
	__attribute__((warn_unused_result, nonnull));

/* Drops what is there twice, as GitHub sees it: in any case. The first one stays in its place. */
void repository_list_unique(struct repository_list *) __attribute__((nonnull));

/* A MESSAGE_REPOSITORIES with those that follow *next, which it moves on; NULL at the end. */
struct ipc_message *repository_list_message(const struct repository_list *, uint32_t *next)
	__attribute__((nonnull));

void repository_list_free(struct repository_list *) __attribute__((nonnull));

#endif
