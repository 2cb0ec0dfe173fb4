/* The broker's hold on the vault's file: opened when it is first needed, read again when somebody
 * else has changed it, changed under its lock. */
#ifndef GHWARD_BROKER_KEEPER_H
#define GHWARD_BROKER_KEEPER_H

#include "broker/broker.h"
#include "lib/vault/vault.h"

struct keeper;

/* `directory` holds the vault; `keys` is a pipe with a MESSAGE_KEYS. */
struct keeper *keeper_new(struct broker *, int directory, int keys)
	__attribute__((nonnull, returns_nonnull));

/* The file's path as people know it; its last part is the name within the directory. */
void keeper_set_path(struct keeper *, const char *path) __attribute__((nonnull));

/* True once the keys have been read. */
bool keeper_is_ready(const struct keeper *) __attribute__((nonnull));

/* What opened the vault, or "" before: "key file". */
const char *keeper_source(const struct keeper *) __attribute__((nonnull, returns_nonnull));

enum keeper_found { KEEPER_NO_VAULT, KEEPER_OPEN, KEEPER_FAILED };

/* Opens the vault, or looks whether it is still the one that was opened. KEEPER_FAILED with a
 * failure; without a vault the failure says how to make one. */
enum keeper_found keeper_open(struct keeper *, struct failure *)
	__attribute__((nonnull, warn_unused_result));

/* After KEEPER_OPEN, until the loop's next turn. */
const struct vault *keeper_vault(const struct keeper *) __attribute__((nonnull, returns_nonnull));

/* What an entry says; false with a failure when it cannot be read. */
bool keeper_describe(struct keeper *, size_t at, struct vault_details *, struct failure *)
	__attribute__((nonnull, warn_unused_result));

/* Whose secret, and for what. */
struct keeper_wanted {
	uint32_t uid;
	const char *name;
	const char *origin; /* where it will be sent */
	enum secret_form form;
};

/* The secret of a user's entry, to the secrets' buffer, which the caller wipes. By now another
 * entry may have that name: its secret is for its own origin only, and stays where it is. */
bool keeper_reveal(struct keeper *, const struct keeper_wanted *, size_t *length, struct failure *)
	__attribute__((nonnull, warn_unused_result));

/* Fields point into the keeper and live until its next call. */
void keeper_facts(struct keeper *, struct vault_facts *) __attribute__((nonnull));

/* --- changes --- */

enum keeper_mode {
	KEEPER_CREATE,
	KEEPER_CHANGE,
	KEEPER_ACCEPT, /* an earlier copy, or one without its seal, is the vault from now on */
};

struct keeper_order {
	const char *actor; /* for the audit log; copied */
	enum keeper_mode mode;
	/* Changes the vault in memory, for KEEPER_CHANGE. `between` is for vault_rekey(). */
	enum vault_fault (*apply)(struct vault *, struct vault_keys *, struct vault_seal *between,
				  void *context);
	/* The change is on disk, or nothing has changed. */
	void (*done)(void *context, const struct failure *);
	void *context;
};

struct keeper_wait;

/* Locks the file, reads it anew, applies the change and saves. `done` is called once, later. */
struct keeper_wait *keeper_change(struct keeper *, const struct keeper_order *)
	__attribute__((nonnull, returns_nonnull));
/* The callback will not come any more; the change may. NULL is ignored. */
void keeper_forget(struct keeper_wait *);

/* The sources for new stanzas, for vault_rekey(). Returns their number, 0 with a failure. Their
 * secrets are in protected memory until keeper_drop_sources(). */
size_t keeper_new_sources(struct keeper *, struct vault_source sources[VAULT_STANZAS_MAX],
			  struct failure *) __attribute__((nonnull, warn_unused_result));
void keeper_drop_sources(struct vault_source sources[VAULT_STANZAS_MAX], size_t count)
	__attribute__((nonnull));

/* A failure in the keeper's words. */
void keeper_explain(const struct keeper *, enum vault_fault, struct failure *)
	__attribute__((nonnull));

#endif
