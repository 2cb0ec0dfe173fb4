/* What the files of this library share: magic, parts, and how keys are told apart. */
#ifndef GHWARD_VAULT_PARTS_H
#define GHWARD_VAULT_PARTS_H

#include "lib/vault/vault.h"

#define VAULT_MAGIC "ghward vault 1\n"
#define VAULT_MAGIC_SIZE 16u /* with its NUL */
#define VAULT_HEADER_SIZE (VAULT_MAGIC_SIZE + VAULT_ID_SIZE + 8 + 2 + 2 + 4)

/* A key that is kept under another one: nonce, then the sealed key. */
#define VAULT_WRAPPED_SIZE (CRYPTO_NONCE_SIZE + CRYPTO_KEY_SIZE + CRYPTO_TAG_SIZE)

void vault_part_free(struct vault_part *) __attribute__((nonnull));
/* Memory for a new part. False without memory. */
bool vault_part_new(struct vault_part *, size_t length) __attribute__((nonnull));

/* What a call of crypto.h came to, by what it returned and errno. */
enum vault_fault vault_outcome(int status, enum vault_fault not_authentic)
	__attribute__((warn_unused_result));

/* A key for one purpose, "keyring" or "mac", under the KEK of this vault. */
int vault_derive(const struct vault *, const uint8_t key[CRYPTO_KEY_SIZE], const char *purpose,
		 uint32_t number, uint8_t derived[CRYPTO_KEY_SIZE])
	__attribute__((warn_unused_result, nonnull));

/* Wraps and unwraps a key; `additional` binds it to its place. */
int vault_wrap(const uint8_t wrapping[CRYPTO_KEY_SIZE], struct crypto_bytes additional,
	       const uint8_t key[CRYPTO_KEY_SIZE], uint8_t wrapped[VAULT_WRAPPED_SIZE])
	__attribute__((warn_unused_result, nonnull));
int vault_unwrap(const uint8_t wrapping[CRYPTO_KEY_SIZE], struct crypto_bytes additional,
		 const uint8_t wrapped[VAULT_WRAPPED_SIZE], uint8_t key[CRYPTO_KEY_SIZE])
	__attribute__((warn_unused_result, nonnull));

/* stanza.c: makes a stanza of the KEK; opens one with a source of its kind. */
enum vault_fault vault_stanza_make(const struct vault *, struct vault_keys *,
				   const struct vault_source *, struct vault_part *)
	__attribute__((warn_unused_result, nonnull));
enum vault_fault vault_stanza_open(const struct vault *, const struct vault_part *,
				   const struct vault_source *, struct vault_keys *)
	__attribute__((warn_unused_result, nonnull));

/* keyring.c */
enum vault_fault vault_term_make(const struct vault *, struct vault_keys *, unsigned index,
				 struct vault_part *) __attribute__((warn_unused_result, nonnull));
enum vault_fault vault_terms_open(const struct vault *, struct vault_keys *)
	__attribute__((warn_unused_result, nonnull));

/* entry.c: the number of the term an entry belongs to. */
uint32_t vault_entry_term(const struct vault_part *) __attribute__((nonnull));
/* Whose an entry is, and what it is called: without NUL, in the part. */
struct vault_place {
	uint32_t uid;
	const char *name;
	size_t length;
};
void vault_entry_place(const struct vault_part *, struct vault_place *) __attribute__((nonnull));
enum vault_fault vault_entry_make(const struct vault *, struct vault_keys *, uint32_t uid,
				  struct vault_details *, struct crypto_bytes secret,
				  struct vault_part *) __attribute__((warn_unused_result, nonnull));
/* The same entry under the newest term, one version later; last_used is set where it is given. */
enum vault_fault vault_entry_move(const struct vault *, struct vault_keys *, struct vault_part *,
				  const uint64_t *last_used, uint8_t *secret)
	__attribute__((warn_unused_result, nonnull(1, 2, 3, 5)));
enum vault_fault vault_entry_replace(const struct vault *, struct vault_keys *, struct vault_part *,
				     struct vault_details *, struct crypto_bytes secret)
	__attribute__((warn_unused_result, nonnull));
/* True when the part has the shape of an entry. */
bool vault_entry_is_sound(const struct vault_part *) __attribute__((nonnull));

/* entries.c: whether the first of two stands before the second. */
bool vault_entries_ascend(const struct vault_part pair[2]) __attribute__((nonnull));

/* seal.c: adds the MAC of one more KEK. */
enum vault_fault vault_seal_extend(const struct vault *, struct vault_keys *, struct vault_seal *)
	__attribute__((warn_unused_result, nonnull));

#endif
