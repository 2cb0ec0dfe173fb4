/* The vault's file and its seal: read with suspicion, replaced in one step each. */
#ifndef GHWARD_VAULT_STORE_H
#define GHWARD_VAULT_STORE_H

#include "lib/crypto/crypto.h"

enum store_fault {
	STORE_FINE = 0,
	STORE_ABSENT,
	STORE_NOT_A_FILE, /* a symbolic link, a directory, something else */
	STORE_OWNER,	  /* belongs to somebody else */
	STORE_MODE,	  /* others may read or write it */
	STORE_SIZE,	  /* larger than it can be */
	STORE_BUSY,	  /* another process is writing it */
	STORE_EXISTS,
	STORE_READ_BACK, /* what was written is not what was read back; the old file is in place */
	STORE_IO,	 /* errno says why */
	STORE_FAULTS
};

/* "others may read it: chmod 600" */
const char *store_fault_text(enum store_fault) __attribute__((returns_nonnull));

/* Longest name of a vault's file within its directory. A name neither starts with a dot nor ends in
 * ".prev" or ".seal". */
#define STORE_NAME_MAX 200u

/* A file as it was read; `bytes` is the caller's to free, NULL when there is none. */
struct store_bytes {
	uint8_t *bytes;
	size_t size;
};

/* Reads the vault `name` in a directory, and its seal, so that they belong together even while a
 * writer is at work. A seal that is not there is no fault: vault_seal_check() judges. *seal_fault
 * says what is wrong with the seal's file. */
enum store_fault store_read(int directory, const char *name, struct store_bytes *vault,
			    struct store_bytes *seal, enum store_fault *seal_fault)
	__attribute__((warn_unused_result, nonnull));

/* Keeps other writers out until the descriptor is closed; *lock is -1 unless STORE_FINE. A writer
 * reads the vault after this, and opens it before it writes. */
enum store_fault store_lock(int directory, const char *name, int *lock)
	__attribute__((warn_unused_result, nonnull));

enum store_mode { STORE_CREATE, STORE_REPLACE };

struct store_files {
	struct crypto_bytes vault;
	struct crypto_bytes seal;    /* of this vault */
	struct crypto_bytes between; /* of vault_rekey(), otherwise none */
};

/* Puts a vault and its seal in their places, under store_lock(). Whatever happens on the way, and
 * whenever the process ends, the vault is the old one or the new one, whole, and the seal that is
 * there goes with it. */
enum store_fault store_save(int directory, const char *name, enum store_mode,
			    const struct store_files *)
	__attribute__((warn_unused_result, nonnull));

/* The seal alone, for a vault that a person has accepted. Under store_lock(). */
enum store_fault store_save_seal(int directory, const char *name, struct crypto_bytes seal)
	__attribute__((warn_unused_result, nonnull));

#endif
