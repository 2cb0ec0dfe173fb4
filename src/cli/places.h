/* The files and directories that an agent is given, opened and checked. */
#ifndef GHWARD_CLI_PLACES_H
#define GHWARD_CLI_PLACES_H

#include "cli/environment.h"

/* Every function that opens returns a close-on-exec descriptor, or -1 with a failure that names the
 * place. */

/* config.json for reading, or /dev/null when there is none. `name` gets its path for messages. A
 * file that others could have written is refused: it says where tokens go. */
int places_open_config(const struct environment *, char name[ENVIRONMENT_PATH_MAX],
		       struct failure *) __attribute__((warn_unused_result, nonnull));

/* The PEM bundle: $GHWARD_CA_FILE, or the first of the places where distributions keep theirs. */
int places_open_roots(const struct environment *, struct failure *)
	__attribute__((warn_unused_result, nonnull));

/* This user's audit directory, made 0700 with its parents if need be; `named` is NULL for the usual
 * one. */
int places_open_audit(const struct environment *, const char *named, struct failure *)
	__attribute__((warn_unused_result, nonnull(1, 3)));

/* The path of the usual one. Returns 0, or -1 if it is too long. */
int places_audit_path(const struct environment *, char path[ENVIRONMENT_PATH_MAX])
	__attribute__((warn_unused_result, nonnull));

struct places_vault {
	char path[ENVIRONMENT_PATH_MAX]; /* for messages */
	char name[ENVIRONMENT_PATH_MAX]; /* within its directory */
	bool exists;			 /* something has that name */
};

/* The directory of the vault, which nobody else may be able to change; `file` is NULL for the usual
 * one. */
int places_open_vault(const struct environment *, const char *file, struct places_vault *,
		      struct failure *) __attribute__((warn_unused_result, nonnull(1, 3, 4)));

/* Its path alone. Returns 0, or -1 if it is too long. */
int places_vault_path(const struct environment *, const char *file, char path[ENVIRONMENT_PATH_MAX])
	__attribute__((warn_unused_result, nonnull(1, 3)));

/* An audit directory for reading only; NULL is this user's. */
int places_open_evidence(const struct environment *, const char *directory, struct failure *)
	__attribute__((warn_unused_result, nonnull(1, 3)));

/* The directory of the audit log's search indexes, made 0700 if need be. */
int places_open_store(const struct environment *, struct failure *)
	__attribute__((warn_unused_result, nonnull));

/* Its path. Returns 0, or -1 if it is too long. */
int places_store_path(const struct environment *, char path[ENVIRONMENT_PATH_MAX])
	__attribute__((warn_unused_result, nonnull));

/* The directory that `ghward serve` puts its socket into, made 0700 if need be. */
int places_open_runtime(const char *path, struct failure *)
	__attribute__((warn_unused_result, nonnull));

/* Finds a program in $PATH; relative entries would let the current directory choose it. Returns 0,
 * or -1 with errno. */
int places_find_program(const struct environment *, const char *name,
			char path[ENVIRONMENT_PATH_MAX])
	__attribute__((warn_unused_result, nonnull));

#endif
