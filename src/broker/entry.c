/* Tokens of the vault. */
#include "broker/entry.h"

#include "broker/audit_log.h"
#include "broker/bearer.h"
#include "broker/client_secret.h"
#include "broker/secret_call.h"
#include "broker/secrets.h"
#include "lib/base/clock.h"
#include "lib/base/memory.h"
#include "lib/github/web.h"
#include "lib/secret/heap.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A token is renewed so long before it expires. */
#define MARGIN_S 300u
/* One that names no end has one nevertheless: GitHub's is six months. */
#define REFRESH_LIFETIME_S 15552000u
/* How precisely the last use is known: each note of it rewrites the vault. */
#define LAST_USED_S 3600u

struct entry {
	struct bearer *bearer;
	uint32_t uid;
	char name[VAULT_NAME_MAX + 1], account[VAULT_ACCOUNT_MAX + 1], actor[24];
	uint64_t expires, refresh_expires, last_used; /* seconds since 1970 */
	bool refreshable;
	struct bearer *site; /* where it is renewed */
	struct secret_call *call;
	struct keeper_wait *saving, *touching;
	struct sealed renewed; /* the new secret, until it is in the vault */
	struct vault_details details;
};

uint64_t entry_refresh_expires(const struct minted *minted)
{
	return clock_wall_s() +
	       (minted->refresh_expires ? minted->refresh_expires : REFRESH_LIFETIME_S);
}

static bool is_ready(const struct bearer *bearer)
{
	const struct entry *entry = bearer->self;

	return !entry->refreshable || entry->expires > clock_wall_s() + MARGIN_S;
}

/* --- the last use --- */

static enum vault_fault touch(struct vault *vault, struct vault_keys *keys,
			      struct vault_seal *between, void *context)
{
	const struct entry *entry = context;
	size_t at;

	(void)between;
	if (!vault_find(vault, entry->uid, entry->name, &at))
		return VAULT_NO_ENTRY;
	return vault_touch(vault, keys, at, entry->last_used,
			   entry->bearer->broker->secrets->buffer);
}

/* That it could not be noted is no reason to fail anything. */
static void touched(void *context, const struct failure *failure)
{
	struct entry *entry = context;

	(void)failure;
	entry->touching = NULL;
	bearer_release(entry->bearer);
}

static void note_use(struct entry *entry)
{
	uint64_t now = clock_wall_s();

	if (entry->touching || now < entry->last_used + LAST_USED_S)
		return;
	entry->last_used = now;
	bearer_hold(entry->bearer);
	entry->touching = keeper_change(entry->bearer->broker->keeper,
					&(struct keeper_order){.actor = entry->actor,
							       .mode = KEEPER_CHANGE,
							       .apply = touch,
							       .done = touched,
							       .context = entry});
}

static bool reveal(const struct entry *entry, size_t *length, struct failure *failure)
{
	const struct bearer *bearer = entry->bearer;
	struct keeper_wanted wanted = {entry->uid, entry->name, bearer->base, SECRET_TOKEN};

	return keeper_reveal(bearer->broker->keeper, &wanted, length, failure);
}

static int put(struct bearer *bearer, struct ipc_message *message, struct failure *failure)
{
	struct entry *entry = bearer->self;
	struct secrets *secrets = bearer->broker->secrets;
	size_t length;

	if (!reveal(entry, &length, failure))
		return -1;
	/* A refresh token may stand behind it. */
	ipc_put_bytes(message, secrets->buffer, strnlen((char *)secrets->buffer, length));
	explicit_bzero(secrets->buffer, length);
	note_use(entry);
	return 0;
}

/* --- renewing --- */

static void fail_renewal(struct entry *entry, const struct failure *failure)
{
	struct failure told = *failure;

	failure_set(&told,
		    failure->kind == FAILURE_MALFORMED ? FAILURE_AUTHENTICATION : failure->kind,
		    "Log in again: ghward auth login.", "cannot renew the token of \"%s\": %.300s",
		    entry->name, failure->message);
	bearer_prepared(entry->bearer, &told);
}

static enum vault_fault replace(struct vault *vault, struct vault_keys *keys,
				struct vault_seal *between, void *context)
{
	struct entry *entry = context;
	struct secrets *secrets = entry->bearer->broker->secrets;
	size_t at, length;

	(void)between;
	if (!vault_find(vault, entry->uid, entry->name, &at))
		return VAULT_NO_ENTRY;
	enum vault_fault fault = vault_describe(vault, keys, at, &entry->details);
	if (fault != VAULT_FINE)
		return fault;
	/* Another one of that name: a token of this server is nothing for that one. */
	if (strcmp(entry->details.origin, entry->bearer->base) != 0 ||
	    entry->details.kind == ENTRY_APP)
		return VAULT_NO_ENTRY;
	if (sealed_open(secrets->sealing_key, &entry->renewed, secrets->buffer, &length) < 0)
		return VAULT_CRYPTO;
	entry->details.expires = entry->expires;
	entry->details.refresh_expires = entry->refresh_expires;
	fault = vault_replace(vault, keys, at, &entry->details,
			      (struct crypto_bytes){secrets->buffer, length});
	explicit_bzero(secrets->buffer, length);
	return fault;
}

static void replaced(void *context, const struct failure *failure)
{
	struct entry *entry = context;

	entry->saving = NULL;
	sealed_free(&entry->renewed);
	if (failure)
		entry->expires = 0;
	bearer_prepared(entry->bearer, failure);
}

static void save(struct entry *entry, const struct minted *minted)
{
	struct broker *broker = entry->bearer->broker;
	size_t length = strlen(minted->secret);

	if (*minted->refresh)
		length += 1 + strlen(minted->refresh);
	sealed_free(&entry->renewed);
	if (sealed_make(broker->secrets->sealing_key, (struct crypto_bytes){minted->secret, length},
			&entry->renewed) < 0) {
		fail_renewal(entry, &(struct failure){.kind = FAILURE_INTERNAL,
						      .message = "there is no memory for it"});
		return;
	}
	entry->expires = minted->expires ? clock_wall_s() + minted->expires : 0;
	entry->refreshable = *minted->refresh && entry->expires;
	entry->refresh_expires = *minted->refresh ? entry_refresh_expires(minted) : 0;
	entry->saving = keeper_change(broker->keeper, &(struct keeper_order){.actor = entry->actor,
									     .mode = KEEPER_CHANGE,
									     .apply = replace,
									     .done = replaced,
									     .context = entry});
}

static void renewed(void *context, const struct secret_answer *answer)
{
	struct entry *entry = context;
	struct failure failure;

	entry->call = NULL;
	if (!answer->failure && answer->status == 200 && *answer->minted->secret) {
		save(entry, answer->minted);
		return;
	}
	secret_call_explain(answer, "the refresh token", &failure);
	fail_renewal(entry, &failure);
}

/* The refresh token in protected memory, for secret_heap_free(); NULL with a failure. */
static char *reveal_refresh_token(const struct entry *entry, struct failure *failure)
{
	const struct broker *broker = entry->bearer->broker;
	struct secrets *secrets = broker->secrets;
	size_t length;

	if (!reveal(entry, &length, failure))
		return NULL;
	secrets->buffer[length] = 0;
	const char *token = (const char *)secrets->buffer;
	size_t first = strlen(token);
	const char *refresh = first < length ? token + first + 1 : "missing";
	char *copy = secret_heap_calloc(1, strlen(refresh) + 1);
	if (copy)
		memcpy(copy, refresh, strlen(refresh));
	else
		failure_set(failure, FAILURE_INTERNAL, "Run the command again.",
			    "there is no memory for the refresh token of \"%s\"", entry->name);
	explicit_bzero(secrets->buffer, length);
	return copy;
}

/* GitHub wants the App's secret with a token that came by the web flow, and not with others.
 * Reveals it, where there is one; false with a failure. */
static bool reveal_client_secret(const struct entry *entry, const char **secret,
				 struct failure *failure)
{
	const struct broker *broker = entry->bearer->broker;
	char name[VAULT_NAME_MAX + 1];
	size_t length;

	*secret = NULL;
	enum client_secret_found found = client_secret_find(
		broker->keeper, entry->uid, entry->bearer->base, entry->account, name, failure);
	if (found != CLIENT_SECRET_THERE)
		return found == CLIENT_SECRET_NONE;
	struct keeper_wanted wanted = {entry->uid, name, entry->bearer->base, SECRET_CLIENT};
	if (!keeper_reveal(broker->keeper, &wanted, &length, failure))
		return false;
	broker->secrets->buffer[length] = 0;
	*secret = (const char *)broker->secrets->buffer;
	return true;
}

static void prepare(struct bearer *bearer)
{
	struct entry *entry = bearer->self;
	struct secrets *secrets = bearer->broker->secrets;
	struct secret_order order = {
		.operation = OPERATION_LOGIN_TOKEN,
		.kind = MINT_USER_TOKEN,
		.actor = entry->actor,
		.job = "",
		.target = entry->name,
		.answered = renewed,
		.context = entry,
	};
	struct failure failure;

	char *refresh = reveal_refresh_token(entry, &failure);
	const char **values = order.arguments.values;
	values[PARAMETER_CLIENT_ID] = entry->account;
	values[PARAMETER_GRANT_TYPE] = "refresh_token";
	values[PARAMETER_REFRESH_TOKEN] = refresh;
	if (refresh && reveal_client_secret(entry, &values[PARAMETER_CLIENT_SECRET], &failure))
		entry->call = secret_call(entry->site, &order);
	else
		bearer_prepared(bearer, &failure);
	explicit_bzero(secrets->buffer, sizeof(secrets->buffer));
	secret_heap_free(refresh);
}

static void free_entry(struct bearer *bearer)
{
	struct entry *entry = bearer->self;

	secret_call_cancel(entry->call);
	keeper_forget(entry->saving);
	keeper_forget(entry->touching);
	sealed_free(&entry->renewed);
	bearer_release(entry->site);
	free(entry);
}

static const struct bearer_kind kind = {
	.is_ready = is_ready,
	.prepare = prepare,
	.put = put,
	.free = free_entry,
};

struct bearer *entry_bearer(struct broker *broker, const struct choice *choice)
{
	char key[BEARER_KEY_MAX + 1], web[BEARER_BASE_MAX + 1];

	snprintf(key, sizeof(key), "entry %u %s %s", (unsigned)choice->uid, choice->origin,
		 choice->name);
	struct bearer *found = bearer_find(broker, key);
	struct entry *entry = found ? found->self : memory_new(sizeof(*entry));
	/* What is about to be written is newer than what the vault says. */
	if (!entry->saving) {
		entry->expires = choice->expires;
		entry->refreshable = choice->refresh_expires > 0 && choice->expires > 0;
		memcpy(entry->account, choice->account, sizeof(entry->account));
	}
	if (!entry->touching)
		entry->last_used = choice->last_used;
	if (found)
		return found;
	entry->uid = choice->uid;
	memcpy(entry->name, choice->name, sizeof(entry->name));
	snprintf(entry->actor, sizeof(entry->actor), "uid:%u", (unsigned)choice->uid);
	if (github_web_url(choice->origin, web, sizeof(web)) == 0)
		entry->site = bearer_nobody(broker, web);
	else
		entry->refreshable = false;
	entry->bearer = bearer_new(broker, &kind, key, choice->origin, entry);
	return entry->bearer;
}

bool entry_is_renewing(const struct bearer *bearer)
{
	const struct entry *entry = bearer->self;

	return bearer->kind == &kind && (entry->call || entry->saving);
}
