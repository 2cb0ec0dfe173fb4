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
#define VAULT_ACCOUNT_MAX 64u
#define VAULT_SCOPES_MAX 1023u
#define VAULT_PASSPHRASE_MAX 1024u
#define VAULT_LABEL_MAX 63u

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
	VAULT_CRYPTO,	   /* the library failed */
	VAULT_BAD_SOURCE,  /* a key or passphrase of a wrong length, or too many of them */
	VAULT_BAD_ENTRY,   /* without a name, or a secret of a wrong length */
	VAULT_ROLLED_BACK, /* older than its seal */
	VAULT_SEAL_MISSING,
	VAULT_SEAL_FOREIGN, /* of another vault */
	VAULT_SEAL_DAMAGED,
	VAULT_FAULTS
};

/* "the key does not open it" */
const char *vault_fault_text(enum vault_fault) __attribute__((returns_nonnull));

/* --- sources and keys --- */

enum vault_source_kind { VAULT_SOURCE_KEY = 1, VAULT_SOURCE_PASSPHRASE = 2 };

/* What opens a stanza. A key has CRYPTO_KEY_SIZE bytes, a passphrase 1 to VAULT_PASSPHRASE_MAX. */
struct vault_source {
	enum vault_source_kind kind;
	const char *label; /* where it comes from: "key file", "kernel keyring"; it is cut at
			      VAULT_LABEL_MAX */
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
	} terms[VAULT_TERMS_MAX]; /* oldest first */
	/* Keys while they are used. */
	uint8_t scratch[CRYPTO_KEY_SIZE], fresh[CRYPTO_KEY_SIZE];
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
	char account[VAULT_ACCOUNT_MAX + 1]; /* an App's id, a login's client id */
	uint8_t kind;			     /* the caller's number */
	/* Seconds since the epoch; 0 for unknown. */
	uint64_t created, expires, refresh_expires, last_used;
	/* Keyed hash of the secret, hexadecimal: the same for the same secret of one user until the
	 * next rotation. */
	char fingerprint[17];
};

/* A new, empty vault with one term. */
enum vault_fault vault_create(struct vault *, struct vault_keys *, const struct vault_source *,
			      size_t source_count, uint64_t now)
	__attribute__((warn_unused_result, nonnull));

/* Reads the structure of a file, which the vault takes. Nothing is believed yet. */
enum vault_fault vault_load(struct vault *, uint8_t *file, size_t size)
	__attribute__((warn_unused_result, nonnull));

/* Opens a vault as it was loaded and checks every byte of it. *keys is wiped first, so the source's
 * secret lies elsewhere. It is tried on stanzas of its own kind only: a key costs microseconds, a
 * passphrase 30 ms for each stanza of one. */
enum vault_fault vault_unlock(const struct vault *, struct vault_keys *,
			      const struct vault_source *)
	__attribute__((warn_unused_result, nonnull));

/* Raises the generation and makes the file's bytes, to be freed by the caller. If these are not
 * stored in the end, the vault is to be read anew. */
enum vault_fault vault_serialize(struct vault *, struct vault_keys *, uint8_t **file, size_t *size)
	__attribute__((warn_unused_result, nonnull));

void vault_free(struct vault *) __attribute__((nonnull));

/* The label of a stanza: what opens the vault. */
void vault_label(const struct vault *, unsigned stanza, char label[VAULT_LABEL_MAX + 1])
	__attribute__((nonnull));

/* --- the seal: a file of its own, so that an earlier vault shows --- */

/* Facts, then one MAC; two while a rekey is under way. */
#define VAULT_SEAL_MAX (16u + VAULT_ID_SIZE + 8u + 2 * CRYPTO_MAC_SIZE)

struct vault_seal {
	uint8_t bytes[VAULT_SEAL_MAX];
	size_t size;
};

/* Of the vault's present generation: to be made after vault_serialize(). */
enum vault_fault vault_seal_make(const struct vault *, struct vault_keys *, struct vault_seal *)
	__attribute__((warn_unused_result, nonnull));

/* Compares an open vault with what was read from the seal's file; no bytes when there is none. A
 * vault that is newer than its seal is fine: the writer was ended between the two. */
enum vault_fault vault_seal_check(const struct vault *, struct vault_keys *, struct crypto_bytes)
	__attribute__((warn_unused_result, nonnull));

/* --- entries; a user sees only his own. An index is good until the next add or remove. --- */

/* The next entry of a user at or behind *at, in the order of names. False behind the last one. */
bool vault_next(const struct vault *, uint32_t uid, size_t *at) __attribute__((nonnull));
bool vault_find(const struct vault *, uint32_t uid, const char *name, size_t *at)
	__attribute__((nonnull));

/* Fills fingerprint and created in. */
enum vault_fault vault_add(struct vault *, struct vault_keys *, uint32_t uid,
			   struct vault_details *, struct crypto_bytes secret, uint64_t now)
	__attribute__((warn_unused_result, nonnull));
/* After VAULT_CHANGED name, provider and origin are there nevertheless, to say which entry it is.
 */
enum vault_fault vault_describe(const struct vault *, struct vault_keys *, size_t at,
				struct vault_details *)
	__attribute__((warn_unused_result, nonnull));
/* Writes the secret to protected memory of VAULT_SECRET_MAX bytes. */
enum vault_fault vault_reveal(const struct vault *, struct vault_keys *, size_t at, uint8_t *secret,
			      size_t *length) __attribute__((warn_unused_result, nonnull));
void vault_remove(struct vault *, size_t at) __attribute__((nonnull));

/* Both make a new version of the entry under the newest term, or leave the old one as it is. */

/* Notes the time of a use. `secret` is protected memory as above, and wiped afterwards. */
enum vault_fault vault_touch(struct vault *, struct vault_keys *, size_t at, uint64_t now,
			     uint8_t *secret) __attribute__((warn_unused_result, nonnull));

/* A new secret, with what is to be said about it: name, provider and origin stay, whatever the
 * details say. Fills the fingerprint in. */
enum vault_fault vault_replace(struct vault *, struct vault_keys *, size_t at,
			       struct vault_details *, struct crypto_bytes secret)
	__attribute__((warn_unused_result, nonnull));

/* --- new keys --- */

/* A new term, which new entries use from now on. */
enum vault_fault vault_begin_term(struct vault *, struct vault_keys *, uint64_t now)
	__attribute__((warn_unused_result, nonnull));

/* Moves up to `count` entries to the newest term; *left says how many are still to be moved. With
 * none left, the older terms are gone. `secret` is protected memory as above. */
enum vault_fault vault_move_entries(struct vault *, struct vault_keys *, size_t count,
				    uint8_t *secret, size_t *left)
	__attribute__((warn_unused_result, nonnull));

/* A new KEK, which these sources open, and no others. `between` is a seal that is good for the
 * vault before and after: to be written before the vault is, and before the next rekey. After a
 * fault nothing has changed. */
enum vault_fault vault_rekey(struct vault *, struct vault_keys *, const struct vault_source *,
			     size_t source_count, struct vault_seal *between)
	__attribute__((warn_unused_result, nonnull));

#endif
