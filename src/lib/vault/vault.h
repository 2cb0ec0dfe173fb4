/* The vault: encrypted tokens in one file, as docs/vault.md describes it byte by byte.
 *
 * A source (a key or a passphrase) opens a stanza, which holds the KEK; the KEK opens the keyring,
 * whose terms hold a root each; root and user id give the user's key; that opens the entry's own
 * data key, which opens what the entry says and its secret. Everything here works on memory; files
 * are store.h's. */
#ifndef GHWARD_VAULT_VAULT_H
#define GHWARD_VAULT_VAULT_H

#include "lib/crypto/crypto.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define VAULT_STANZAS_MAX 8u
#define VAULT_TERMS_MAX 8u
#define VAULT_ENTRIES_MAX 65536u
#define VAULT_FILE_MAX ((size_t)64 << 20)

/* A stateless installation token has 520 characters, a private key of 4096 bits 3,300. */
#define VAULT_SECRET_MAX 8192u
#define VAULT_NAME_MAX 64u
#define VAULT_ORIGIN_MAX 511u
#define VAULT_PROVIDER_MAX 15u
#define VAULT_OWNER_MAX 63u
#define VAULT_SCOPES_MAX 1023u

enum vault_fault {
	VAULT_FINE = 0,
	VAULT_NOT_A_VAULT, /* another file */
	VAULT_TRUNCATED,
	VAULT_MALFORMED, /* lengths and counts that cannot be */
	VAULT_WRONG_KEY, /* no stanza opens with this source */
	VAULT_CHANGED,	 /* something was altered, moved or taken out */
	VAULT_NO_ENTRY,
	VAULT_EXISTS, /* the user has an entry of that name */
	VAULT_FULL,
	VAULT_NO_MEMORY,
	VAULT_CRYPTO, /* the library failed */
	VAULT_FAULTS
};

/* "the key does not open it" */
const char *vault_fault_text(enum vault_fault) __attribute__((returns_nonnull));

/* --- sources and keys --- */

enum vault_source_kind { VAULT_SOURCE_KEY = 1, VAULT_SOURCE_PASSPHRASE = 2 };

/* What opens a stanza. A key has CRYPTO_KEY_SIZE bytes. */
struct vault_source {
	enum vault_source_kind kind;
	const char *label; /* where it comes from: "key file", "kernel keyring" */
	struct crypto_bytes secret;
};

/* The keys of an open vault; lives in protected memory. */
struct vault_keys {
	uint8_t kek[CRYPTO_KEY_SIZE];
	unsigned term_count;
	struct {
		uint32_t number;
		uint64_t created; /* seconds since the epoch */
		uint8_t root[CRYPTO_KEY_SIZE];
	} terms[VAULT_TERMS_MAX];				  /* oldest first */
	uint8_t scratch[CRYPTO_KEY_SIZE], fresh[CRYPTO_KEY_SIZE]; /* keys while they are used */
};

/* --- a vault in memory --- */

#define VAULT_ID_SIZE 16u

/* A part of the file: in the file as it was read, or made since. */
struct vault_part {
	const uint8_t *bytes;
	size_t length;
	uint8_t *owned; /* NULL while it is part of the file */
};

struct vault {
	uint8_t id[VAULT_ID_SIZE];
	uint64_t generation;
	struct vault_part stanzas[VAULT_STANZAS_MAX], terms[VAULT_TERMS_MAX];
	unsigned stanza_count, term_count;
	struct vault_part *entries;
	size_t entry_count, entry_capacity;
	uint8_t *file; /* as it was read; owned */
	size_t file_size;
};

/* What an entry says about its secret. Texts are UTF-8. */
struct vault_details {
	char name[VAULT_NAME_MAX + 1], provider[VAULT_PROVIDER_MAX + 1];
	char origin[VAULT_ORIGIN_MAX + 1]; /* API base URL that it may be sent to */
	char owner[VAULT_OWNER_MAX + 1], scopes[VAULT_SCOPES_MAX + 1];
	uint8_t kind;			      /* the caller's number */
	uint64_t created, expires, last_used; /* seconds since the epoch; 0 for unknown */
	char fingerprint[17];		      /* keyed hash of the secret, hexadecimal */
};

/* A new, empty vault with one term. */
enum vault_fault vault_create(struct vault *, struct vault_keys *, const struct vault_source *,
			      size_t source_count, uint64_t now)
	__attribute__((warn_unused_result, nonnull));

/* Reads the structure of a file, which the vault takes. Nothing is believed yet. */
enum vault_fault vault_load(struct vault *, uint8_t *file, size_t size)
	__attribute__((warn_unused_result, nonnull));

/* Opens it and checks every byte of it. */
enum vault_fault vault_unlock(const struct vault *, struct vault_keys *,
			      const struct vault_source *)
	__attribute__((warn_unused_result, nonnull));

/* Raises the generation and makes the file's bytes, to be freed by the caller. */
enum vault_fault vault_serialize(struct vault *, struct vault_keys *, uint8_t **file, size_t *size)
	__attribute__((warn_unused_result, nonnull));

void vault_free(struct vault *) __attribute__((nonnull));

/* --- entries; a user sees only his own --- */

/* The next entry of a user at or behind *at. False behind the last one. */
bool vault_next(const struct vault *, uint32_t uid, size_t *at) __attribute__((nonnull));
bool vault_find(const struct vault *, uint32_t uid, const char *name, size_t *at)
	__attribute__((nonnull));

/* Fills fingerprint and created in. */
enum vault_fault vault_add(struct vault *, struct vault_keys *, uint32_t uid,
			   struct vault_details *, struct crypto_bytes secret, uint64_t now)
	__attribute__((warn_unused_result, nonnull));
enum vault_fault vault_describe(const struct vault *, struct vault_keys *, size_t at,
				struct vault_details *)
	__attribute__((warn_unused_result, nonnull));
/* Writes the secret to protected memory of VAULT_SECRET_MAX bytes. */
enum vault_fault vault_reveal(const struct vault *, struct vault_keys *, size_t at, uint8_t *secret,
			      size_t *length) __attribute__((warn_unused_result, nonnull));
void vault_remove(struct vault *, size_t at) __attribute__((nonnull));

/* --- new keys --- */

/* A new term, which new entries use from now on. */
enum vault_fault vault_begin_term(struct vault *, struct vault_keys *, uint64_t now)
	__attribute__((warn_unused_result, nonnull));

/* Moves up to `count` entries to the newest term; *left says how many are still to be moved. With
 * none left, the older terms are gone. `secret` is protected memory as above. */
enum vault_fault vault_move_entries(struct vault *, struct vault_keys *, size_t count,
				    uint8_t *secret, size_t *left)
	__attribute__((warn_unused_result, nonnull));

/* A new KEK, which these sources open, and no others. */
enum vault_fault vault_rekey(struct vault *, struct vault_keys *, const struct vault_source *,
			     size_t source_count) __attribute__((warn_unused_result, nonnull));

#endif
