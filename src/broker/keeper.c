/* The broker's hold on the vault's file. */
#include "broker/keeper.h"

#include "broker/audit_log.h"
#include "broker/choose.h"
#include "broker/keys.h"
#include "broker/vault_failure.h"
#include "lib/base/clock.h"
#include "lib/base/io.h"
#include "lib/base/log.h"
#include "lib/base/memory.h"
#include "lib/vault/store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* How long another writer may hold the lock, and how often to look. */
#define LOCK_PATIENCE_MS 10000u
#define LOCK_INTERVAL_MS 20u

struct keeper_wait {
	struct keeper_wait *next;
	struct keeper *keeper;
	struct keeper_order order;
	char actor[24];
	uint64_t until_ms;
};

/* Which file it was, as far as the kernel tells. */
struct version {
	dev_t device;
	ino_t inode;
	off_t size;
	struct timespec changed;
};

struct keeper {
	struct broker *broker;
	int directory;
	struct keys *keys;
	char path[4096], name[STORE_NAME_MAX + 1];
	bool open;
	struct vault vault;
	struct version version;
	char source[64];
	char id[2 * VAULT_ID_SIZE + 1], sources[512]; /* for keeper_facts() */
	struct keeper_wait *waits;
	struct loop_timer *retry;
};

static void keys_known(void *context)
{
	const struct keeper *keeper = context;

	broker_ready_again(keeper->broker);
}

struct keeper *keeper_new(struct broker *broker, int directory, int keys)
{
	struct keeper *keeper = memory_new(sizeof(*keeper));

	keeper->broker = broker;
	keeper->directory = directory;
	keeper->keys = keys_new(broker->loop, broker->secrets, keys, keys_known, keeper);
	return keeper;
}

void keeper_set_path(struct keeper *keeper, const char *path)
{
	const char *slash = strrchr(path, '/');

	snprintf(keeper->path, sizeof(keeper->path), "%s", path);
	snprintf(keeper->name, sizeof(keeper->name), "%s", slash ? slash + 1 : path);
}

bool keeper_is_ready(const struct keeper *keeper)
{
	return keys_are_known(keeper->keys);
}

const char *keeper_source(const struct keeper *keeper)
{
	return keeper->source;
}

const struct vault *keeper_vault(const struct keeper *keeper)
{
	return &keeper->vault;
}

/* --- failures --- */

void keeper_explain(const struct keeper *keeper, enum vault_fault fault, struct failure *failure)
{
	vault_failure(keeper->path, fault, failure);
}

static void explain_store(const struct keeper *keeper, enum store_fault fault,
			  struct failure *failure)
{
	store_failure(keeper->path, fault, failure);
}

/* --- opening --- */

static void close_vault(struct keeper *keeper)
{
	vault_free(&keeper->vault);
	explicit_bzero(&keeper->broker->secrets->vault, sizeof(keeper->broker->secrets->vault));
	keeper->open = false;
}

static struct version version_of(const struct stat *status)
{
	return (struct version){status->st_dev, status->st_ino, status->st_size, status->st_ctim};
}

static bool is_current(const struct keeper *keeper)
{
	const struct version *had = &keeper->version;
	struct stat status;

	if (!keeper->open ||
	    fstatat(keeper->directory, keeper->name, &status, AT_SYMLINK_NOFOLLOW) < 0)
		return false;
	struct version now = version_of(&status);
	return now.device == had->device && now.inode == had->inode && now.size == had->size &&
	       now.changed.tv_sec == had->changed.tv_sec &&
	       now.changed.tv_nsec == had->changed.tv_nsec;
}

/* Tries every source there is. A malformed one is told only if no other opens the vault. */
static int unlock(struct keeper *keeper, struct failure *failure)
{
	struct secrets *secrets = keeper->broker->secrets;
	size_t count = keys_count(keeper->keys, KEY_OPENS);
	bool malformed = false;
	struct vault_source source;
	enum vault_fault fault = VAULT_WRONG_KEY;

	if (!count) {
		failure_set(failure, FAILURE_AUTHENTICATION,
			    "Set GHWARD_KEY_FILE or TOKEN_ENCRYPTION_KEY, or type the passphrase; "
			    "--credential env goes without the vault.",
			    "the vault %.300s is locked, and there is no key for it", keeper->path);
		return -1;
	}
	for (size_t i = 0; i < count && fault == VAULT_WRONG_KEY; i++) {
		if (keys_take(keeper->keys, KEY_OPENS, i, &source, failure) < 0) {
			malformed = true;
			continue;
		}
		fault = vault_unlock(&keeper->vault, &secrets->vault, &source);
		snprintf(keeper->source, sizeof(keeper->source), "%s", source.label);
		keys_drop(&source);
	}
	if (fault == VAULT_FINE)
		return 0;
	if (!(malformed && fault == VAULT_WRONG_KEY))
		keeper_explain(keeper, fault, failure);
	return -1;
}

static void note_opened(const struct keeper *keeper)
{
	char generation[24], entries[24];
	struct audit_event event = {
		.actor = "broker",
		.event = "vault.opened",
		.target = keeper->path,
		.phase = AUDIT_NOTE,
		.severity = AUDIT_INFO,
		.detail_count = 3,
		.details = {{"generation", generation},
			    {"entries", entries},
			    {"source", keeper->source}},
	};

	snprintf(generation, sizeof(generation), "%llu",
		 (unsigned long long)keeper->vault.generation);
	snprintf(entries, sizeof(entries), "%zu", keeper->vault.entry_count);
	audit_log_note(keeper->broker->audit, &event);
}

enum sealing { SEAL_COUNTS, SEAL_IGNORED };

static bool check_seal(struct keeper *keeper, const struct store_bytes *seal,
		       enum store_fault stored, struct failure *failure)
{
	if (stored != STORE_FINE) {
		explain_store(keeper, stored, failure);
		return false;
	}
	enum vault_fault fault = vault_seal_check(&keeper->vault, &keeper->broker->secrets->vault,
						  (struct crypto_bytes){seal->bytes, seal->size});
	if (fault != VAULT_FINE)
		keeper_explain(keeper, fault, failure);
	return fault == VAULT_FINE;
}

/* Reads the file, whatever is open. */
static enum keeper_found load(struct keeper *keeper, enum sealing sealing, struct failure *failure)
{
	struct store_bytes file, seal;
	enum store_fault seal_fault;
	struct stat status = {0};

	close_vault(keeper);
	/* Before it is read: should it be exchanged meanwhile, it is read once more next time. */
	(void)!fstatat(keeper->directory, keeper->name, &status, AT_SYMLINK_NOFOLLOW);
	enum store_fault stored =
		store_read(keeper->directory, keeper->name, &file, &seal, &seal_fault);
	if (stored != STORE_FINE) {
		explain_store(keeper, stored, failure);
		return stored == STORE_ABSENT ? KEEPER_NO_VAULT : KEEPER_FAILED;
	}
	keeper->version = version_of(&status);
	enum vault_fault fault = vault_load(&keeper->vault, file.bytes, file.size);
	if (fault != VAULT_FINE)
		keeper_explain(keeper, fault, failure);
	keeper->open = fault == VAULT_FINE && unlock(keeper, failure) == 0 &&
		       (sealing == SEAL_IGNORED || check_seal(keeper, &seal, seal_fault, failure));
	free(seal.bytes);
	if (!keeper->open)
		close_vault(keeper);
	return keeper->open ? KEEPER_OPEN : KEEPER_FAILED;
}

enum keeper_found keeper_open(struct keeper *keeper, struct failure *failure)
{
	if (is_current(keeper))
		return KEEPER_OPEN;
	enum keeper_found found = load(keeper, SEAL_COUNTS, failure);
	if (found == KEEPER_OPEN)
		note_opened(keeper);
	return found;
}

bool keeper_describe(struct keeper *keeper, size_t at, struct vault_details *details,
		     struct failure *failure)
{
	enum vault_fault fault =
		vault_describe(&keeper->vault, &keeper->broker->secrets->vault, at, details);

	if (fault != VAULT_FINE)
		keeper_explain(keeper, fault, failure);
	return fault == VAULT_FINE;
}

static enum vault_fault find_wanted(struct keeper *keeper, const struct keeper_wanted *wanted,
				    size_t *at)
{
	struct vault_keys *keys = &keeper->broker->secrets->vault;
	struct vault_details details;

	if (!vault_find(&keeper->vault, wanted->uid, wanted->name, at))
		return VAULT_NO_ENTRY;
	enum vault_fault fault = vault_describe(&keeper->vault, keys, *at, &details);
	if (fault != VAULT_FINE)
		return fault;
	bool fits = entry_form(details.kind) == wanted->form &&
		    strcmp(details.origin, wanted->origin) == 0;
	return fits ? VAULT_FINE : VAULT_NO_ENTRY;
}

bool keeper_reveal(struct keeper *keeper, const struct keeper_wanted *wanted, size_t *length,
		   struct failure *failure)
{
	struct secrets *secrets = keeper->broker->secrets;
	size_t at;

	*length = 0;
	if (keeper_open(keeper, failure) != KEEPER_OPEN)
		return false;
	enum vault_fault fault = find_wanted(keeper, wanted, &at);
	if (fault == VAULT_FINE)
		fault = vault_reveal(&keeper->vault, &secrets->vault, at, secrets->buffer, length);
	if (fault != VAULT_FINE)
		keeper_explain(keeper, fault, failure);
	return fault == VAULT_FINE;
}

static void name_sources(const struct vault *vault, char *names, size_t size)
{
	char label[VAULT_LABEL_MAX + 1];
	size_t used = 0;

	for (unsigned i = 0; i < vault->stanza_count; i++) {
		vault_label(vault, i, label);
		used += (size_t)snprintf(names + used, size - used, "%s%s", i ? ", " : "", label);
		if (used >= size)
			return;
	}
}

void keeper_facts(struct keeper *keeper, struct vault_facts *facts)
{
	const struct vault *vault = &keeper->vault;
	const struct vault_keys *keys = &keeper->broker->secrets->vault;

	for (size_t i = 0; i < VAULT_ID_SIZE; i++)
		snprintf(keeper->id + 2 * i, 3, "%02x", vault->id[i]);
	name_sources(vault, keeper->sources, sizeof(keeper->sources));
	*facts = (struct vault_facts){
		.generation = vault->generation,
		.entries = vault->entry_count,
		.term = keys->term_count ? keys->terms[keys->term_count - 1].number : 0,
		.id = keeper->id,
		.sources = keeper->sources,
	};
}

/* --- changing --- */

size_t keeper_new_sources(struct keeper *keeper, struct vault_source sources[VAULT_STANZAS_MAX],
			  struct failure *failure)
{
	size_t count = keys_count(keeper->keys, KEY_NEW);

	if (count == 0)
		failure_set(failure, FAILURE_USAGE,
			    "Name one: --key-file FILE, --passphrase or --keyring.",
			    "a vault needs a key");
	for (size_t i = 0; i < count; i++) {
		if (keys_take(keeper->keys, KEY_NEW, i, &sources[i], failure) == 0)
			continue;
		keeper_drop_sources(sources, i);
		return 0;
	}
	return count;
}

void keeper_drop_sources(struct vault_source sources[VAULT_STANZAS_MAX], size_t count)
{
	for (size_t i = 0; i < count; i++)
		keys_drop(&sources[i]);
}

static void note_written(const struct keeper_wait *wait)
{
	const struct vault *vault = &wait->keeper->vault;
	char generation[24], entries[24];
	struct audit_event event = {
		.actor = wait->actor,
		.event = "vault.written",
		.target = wait->keeper->path,
		.phase = AUDIT_NOTE,
		.severity = AUDIT_INFO,
		.detail_count = 2,
		.details = {{"generation", generation}, {"entries", entries}},
	};

	snprintf(generation, sizeof(generation), "%llu", (unsigned long long)vault->generation);
	snprintf(entries, sizeof(entries), "%zu", vault->entry_count);
	audit_log_note(wait->keeper->broker->audit, &event);
}

static int create(struct keeper *keeper, struct failure *failure)
{
	struct vault_source sources[VAULT_STANZAS_MAX];
	struct stat status;

	if (fstatat(keeper->directory, keeper->name, &status, AT_SYMLINK_NOFOLLOW) == 0) {
		explain_store(keeper, STORE_EXISTS, failure);
		return -1;
	}
	size_t count = keeper_new_sources(keeper, sources, failure);
	if (!count)
		return -1;
	close_vault(keeper);
	enum vault_fault fault = vault_create(&keeper->vault, &keeper->broker->secrets->vault,
					      sources, count, clock_wall_s());
	keeper_drop_sources(sources, count);
	if (fault != VAULT_FINE)
		keeper_explain(keeper, fault, failure);
	return fault == VAULT_FINE ? 0 : -1;
}

static int apply(struct keeper_wait *wait, struct vault_seal *between, struct failure *failure)
{
	struct keeper *keeper = wait->keeper;
	bool accepts = wait->order.mode == KEEPER_ACCEPT;

	if (wait->order.mode == KEEPER_CREATE)
		return create(keeper, failure);
	if (load(keeper, accepts ? SEAL_IGNORED : SEAL_COUNTS, failure) != KEEPER_OPEN)
		return -1;
	if (accepts)
		return 0;
	enum vault_fault fault = wait->order.apply(&keeper->vault, &keeper->broker->secrets->vault,
						   between, wait->order.context);
	if (fault != VAULT_FINE)
		keeper_explain(keeper, fault, failure);
	return fault == VAULT_FINE ? 0 : -1;
}

static enum store_fault put_files(struct keeper_wait *wait, struct crypto_bytes vault,
				  const struct vault_seal *seal, const struct vault_seal *between)
{
	const struct keeper *keeper = wait->keeper;
	struct store_files files = {
		.vault = vault,
		.seal = {seal->bytes, seal->size},
		.between = {between->bytes, between->size},
	};

	if (wait->order.mode == KEEPER_ACCEPT)
		return store_save_seal(keeper->directory, keeper->name, files.seal);
	return store_save(keeper->directory, keeper->name,
			  wait->order.mode == KEEPER_CREATE ? STORE_CREATE : STORE_REPLACE, &files);
}

static int save(struct keeper_wait *wait, const struct vault_seal *between, struct failure *failure)
{
	struct keeper *keeper = wait->keeper;
	struct vault_keys *keys = &keeper->broker->secrets->vault;
	enum store_fault stored = STORE_FINE;
	struct vault_seal seal;
	uint8_t *bytes = NULL;
	size_t size = 0;
	enum vault_fault fault = VAULT_FINE;

	if (wait->order.mode != KEEPER_ACCEPT)
		fault = vault_serialize(&keeper->vault, keys, &bytes, &size);
	if (fault == VAULT_FINE)
		fault = vault_seal_make(&keeper->vault, keys, &seal);
	if (fault != VAULT_FINE)
		keeper_explain(keeper, fault, failure);
	else
		stored = put_files(wait, (struct crypto_bytes){bytes, size}, &seal, between);
	if (stored != STORE_FINE)
		explain_store(keeper, stored, failure);
	free(bytes);
	return fault == VAULT_FINE && stored == STORE_FINE ? 0 : -1;
}

/* Under the lock. What was changed in memory only must not be taken for the vault. */
static void carry_out(struct keeper_wait *wait)
{
	struct keeper *keeper = wait->keeper;
	struct failure failure = {.kind = FAILURE_NONE};
	struct vault_seal between = {.size = 0};
	int status = apply(wait, &between, &failure);

	if (status == 0)
		status = save(wait, &between, &failure);
	if (status == 0) {
		struct stat now = {0};
		note_written(wait);
		keeper->open =
			fstatat(keeper->directory, keeper->name, &now, AT_SYMLINK_NOFOLLOW) == 0;
		keeper->version = version_of(&now);
	} else {
		close_vault(keeper);
	}
	wait->order.done(wait->order.context, status == 0 ? NULL : &failure);
}

static void try_all(void *context)
{
	struct keeper *keeper = context;
	struct keeper_wait *wait = keeper->waits;
	int lock;

	keeper->retry = NULL;
	enum store_fault fault = store_lock(keeper->directory, keeper->name, &lock);
	if (fault == STORE_BUSY && clock_monotonic_ms() < wait->until_ms) {
		keeper->retry = loop_after(keeper->broker->loop, LOCK_INTERVAL_MS, try_all, keeper);
		return;
	}
	keeper->waits = wait->next;
	if (fault == STORE_FINE) {
		carry_out(wait);
		io_close(&lock);
	} else {
		struct failure failure;
		explain_store(keeper, fault, &failure);
		wait->order.done(wait->order.context, &failure);
	}
	loop_defer_free(keeper->broker->loop, wait);
	if (keeper->waits && !keeper->retry)
		keeper->retry = loop_after(keeper->broker->loop, 0, try_all, keeper);
	broker_progress(keeper->broker);
}

struct keeper_wait *keeper_change(struct keeper *keeper, const struct keeper_order *order)
{
	struct keeper_wait *wait = memory_new(sizeof(*wait));
	struct keeper_wait **end = &keeper->waits;

	wait->keeper = keeper;
	wait->order = *order;
	snprintf(wait->actor, sizeof(wait->actor), "%s", order->actor);
	wait->until_ms = clock_monotonic_ms() + LOCK_PATIENCE_MS;
	while (*end)
		end = &(*end)->next;
	*end = wait;
	if (!keeper->retry)
		keeper->retry = loop_after(keeper->broker->loop, 0, try_all, keeper);
	return wait;
}

static void ignore_done(void *context, const struct failure *failure)
{
	(void)context;
	(void)failure;
}

static enum vault_fault change_nothing(struct vault *vault, struct vault_keys *keys,
				       struct vault_seal *between, void *context)
{
	(void)vault;
	(void)keys;
	(void)between;
	(void)context;
	return VAULT_NO_ENTRY;
}

void keeper_forget(struct keeper_wait *wait)
{
	if (!wait)
		return;
	wait->order.done = ignore_done;
	wait->order.apply = change_nothing;
}
