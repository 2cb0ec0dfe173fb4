/* The vault's file: read with suspicion, replaced in one step. */
#ifndef GHWARD_VAULT_STORE_H
#define GHWARD_VAULT_STORE_H

#include <stddef.h>
#include <stdint.h>

enum store_fault {
	STORE_FINE = 0,
	STORE_ABSENT,
	STORE_NOT_A_FILE, /* a symbolic link, a directory, something else */
	STORE_OWNER,	  /* belongs to somebody else */
	STORE_MODE,	  /* others may read or write it */
	STORE_SIZE,	  /* larger than a vault can be */
	STORE_BUSY,	  /* another process is writing it */
	STORE_EXISTS,
	STORE_READ_BACK, /* what was written is not what was read back; the old file is in place */
	STORE_IO,	 /* errno says why */
	STORE_FAULTS
};

/* "others may read it: chmod 600" */
const char *store_fault_text(enum store_fault) __attribute__((returns_nonnull));

/* Longest name of a vault's file within its directory. */
#define STORE_NAME_MAX 200u

/* Reads the file `name` in a directory into memory that the caller frees. */
enum store_fault store_read(int directory, const char *name, uint8_t **bytes, size_t *size)
	__attribute__((warn_unused_result, nonnull));

/* Keeps other writers out until the descriptor is closed; *lock is -1 unless STORE_FINE. */
enum store_fault store_lock(int directory, const char *name, int *lock)
	__attribute__((warn_unused_result, nonnull));

enum store_mode { STORE_CREATE, STORE_REPLACE };

/* Puts these bytes in the file's place. Whatever happens on the way, and whenever the process ends,
 * the file is the old one or the new one, whole. Under store_lock(). */
enum store_fault store_write(int directory, const char *name, enum store_mode, const uint8_t *bytes,
			     size_t size) __attribute__((warn_unused_result, nonnull));

#endif
