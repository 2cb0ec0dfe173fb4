/* Login by device flow (RFC 8628), what all logins have in common, and logout. */
#include "broker/app.h"
#include "broker/client.h"
#include "broker/entry.h"
#include "broker/errand_parts.h"
#include "lib/base/clock.h"
#include "lib/base/io.h"
#include "lib/base/log.h"
#include "lib/github/web.h"
#include "lib/secret/heap.h"

#include <stdio.h>
#include <string.h>

/* RFC 8628: where the server names none; and what "slow_down" adds. */
#define INTERVAL_S 5u
#define SLOWER_S 5u
/* A server may not keep the agent polling for longer. */
#define LOGIN_MAX_S 1800u
#define INTERVAL_MAX_S 60u

static void poll_later(struct errand *errand);

struct secret_call *errand_request(struct errand *errand, enum operation_id operation,
				   enum mint_kind kind, const struct operation_arguments *arguments,
				   secret_answered_fn *answered)
{
	return secret_call(errand->site, &(struct secret_order){.operation = operation,
								.arguments = *arguments,
								.kind = kind,
								.actor = errand->job->actor,
								.job = errand->job->id,
								.target = errand->name,
								.answered = answered,
								.context = errand});
}

/* --- the entry --- */

/* Who logs in again replaces what he had. */
static enum vault_fault apply_login(struct vault *vault, struct vault_keys *keys,
				    struct vault_seal *between, void *context)
{
	struct errand *errand = context;
	struct secrets *secrets = errand->broker->secrets;
	size_t length, at;
	bool has = vault_find(vault, errand->uid, errand->name, &at);
	struct failure full;

	(void)between;
	if (!has && !errand_has_room(errand, &full))
		return VAULT_FULL;
	if (sealed_open(secrets->sealing_key, &errand->kept, secrets->buffer, &length) < 0)
		return VAULT_CRYPTO;
	/* Not vault_replace(): the entry's origin would stay, and this may be another server. */
	if (has)
		vault_remove(vault, at);
	enum vault_fault fault =
		vault_add(vault, keys, errand->uid, &errand->details,
			  (struct crypto_bytes){secrets->buffer, length}, clock_wall_s());
	explicit_bzero(secrets->buffer, length);
	return fault;
}

static void told(void *context, const struct failure *failure)
{
	struct errand *errand = context;

	errand->change = NULL;
	if (!failure && errand->kind == JOB_AUTH_LOGOUT)
		app_revoke(errand->broker, errand->uid, errand->name);
	if (!failure)
		choice_tell_entry(errand->job->client->channel, &errand->details);
	errand_end(errand, failure);
}

void errand_store(struct errand *errand, const struct minted *minted)
{
	enum validate_token_kind kind = validate_token(minted->secret, strlen(minted->secret));
	size_t length = strlen(minted->secret);

	errand_details(errand, entry_kind_of(kind), &errand->details);
	if (*minted->permissions && strlen(minted->permissions) <= VAULT_SCOPES_MAX)
		snprintf(errand->details.scopes, sizeof(errand->details.scopes), "%s",
			 minted->permissions);
	errand->details.expires = minted->expires ? clock_wall_s() + minted->expires : 0;
	if (*minted->refresh) {
		length += 1 + strlen(minted->refresh);
		errand->details.refresh_expires = entry_refresh_expires(minted);
	}
	sealed_free(&errand->kept);
	if (sealed_make(errand->broker->secrets->sealing_key,
			(struct crypto_bytes){minted->secret, length}, &errand->kept) < 0)
		errand_fail(errand, FAILURE_INTERNAL, "Log in again.",
			    "there is no memory for the token");
	else
		errand_change(errand, KEEPER_CHANGE, apply_login, told);
}

/* --- polling --- */

/* Whether the error only means to go on. */
static bool is_pending(struct errand *errand, const struct minted *minted)
{
	if (strcmp(minted->error, "slow_down") == 0) {
		uint32_t slower = errand->interval_s + SLOWER_S;
		errand->interval_s = minted->interval > slower ? minted->interval : slower;
		if (errand->interval_s > INTERVAL_MAX_S)
			errand->interval_s = INTERVAL_MAX_S;
		return true;
	}
	return strcmp(minted->error, "authorization_pending") == 0;
}

static void polled(void *context, const struct secret_answer *answer)
{
	struct errand *errand = context;
	const struct minted *minted = answer->minted;
	struct failure failure;

	errand->call = NULL;
	/* A poll that did not get through is repeated like one that came too early. */
	bool lost = answer->failure && answer->failure->kind != FAILURE_MALFORMED &&
		    answer->failure->kind != FAILURE_AUDIT;
	if (!answer->failure && answer->status == 200 && *minted->secret)
		errand_store(errand, minted);
	else if (lost || (!answer->failure && is_pending(errand, minted)) || answer->status >= 500)
		poll_later(errand);
	else if (!answer->failure && strcmp(minted->error, "access_denied") == 0)
		errand_fail(errand, FAILURE_DENIED, "", "the login was declined on GitHub");
	else if (!answer->failure && strcmp(minted->error, "expired_token") == 0)
		errand_fail(errand, FAILURE_TIMEOUT, "Run the command again.",
			    "the code expired before it was confirmed");
	else {
		secret_call_explain(answer, "the login", &failure);
		if (!answer->failure)
			failure.kind = FAILURE_AUTHENTICATION;
		errand_end(errand, &failure);
	}
}

static void poll_now(void *context)
{
	struct errand *errand = context;
	struct secrets *secrets = errand->broker->secrets;
	struct operation_arguments arguments = {0};
	size_t length = 0;

	errand->timer = NULL;
	if (sealed_open(secrets->sealing_key, &errand->kept, secrets->buffer, &length) < 0) {
		errand_fail(errand, FAILURE_INTERNAL, "Run the command again.",
			    "the device code is gone");
		return;
	}
	secrets->buffer[length] = 0;
	arguments.values[PARAMETER_CLIENT_ID] = errand->account;
	arguments.values[PARAMETER_GRANT_TYPE] = "urn:ietf:params:oauth:grant-type:device_code";
	arguments.values[PARAMETER_DEVICE_CODE] = (const char *)secrets->buffer;
	errand->call =
		errand_request(errand, OPERATION_LOGIN_TOKEN, MINT_USER_TOKEN, &arguments, polled);
	explicit_bzero(secrets->buffer, length);
}

static void poll_later(struct errand *errand)
{
	uint64_t wait_ms = UINT64_C(1000) * errand->interval_s;

	if (clock_monotonic_ms() + wait_ms >= errand->deadline_ms)
		errand_fail(errand, FAILURE_TIMEOUT, "Run the command again.",
			    "the code expired before it was confirmed");
	else
		errand->timer = loop_after(errand->broker->loop, wait_ms, poll_now, errand);
}

/* --- the code --- */

/* Nobody shall be sent to another site to type the code there. */
static bool is_of_site(const struct errand *errand, const char *url)
{
	size_t length = strlen(errand->site->base);

	return strncmp(url, errand->site->base, length) == 0 && url[length] == '/';
}

static void show_code(struct errand *errand, const struct minted *minted)
{
	uint64_t seconds =
		minted->expires && minted->expires < LOGIN_MAX_S ? minted->expires : LOGIN_MAX_S;
	struct ipc_message *message = ipc_new(MESSAGE_LOGIN_CODE, 0);

	ipc_put_string(message, minted->name);
	ipc_put_string(message, minted->url);
	ipc_put_u32(message, (uint32_t)seconds);
	ipc_send(errand->job->client->channel, message);
	errand->deadline_ms = clock_monotonic_ms() + seconds * 1000;
	errand->interval_s = minted->interval ? minted->interval : INTERVAL_S;
	if (errand->interval_s > INTERVAL_MAX_S)
		errand->interval_s = INTERVAL_MAX_S;
}

static void have_code(void *context, const struct secret_answer *answer)
{
	struct errand *errand = context;
	const struct minted *minted = answer->minted;
	struct failure failure;

	errand->call = NULL;
	if (answer->failure || answer->status != 200 || !*minted->secret) {
		secret_call_explain(answer, "the device flow", &failure);
		if (!answer->failure && *minted->error) {
			failure.kind = FAILURE_AUTHENTICATION;
			snprintf(failure.hint, sizeof(failure.hint),
				 "Check the client id, and that device flow is enabled in the "
				 "App's settings.");
		}
		errand_end(errand, &failure);
		return;
	}
	if (!is_of_site(errand, minted->url)) {
		errand_fail(errand, FAILURE_MALFORMED, "Do not type a code there.",
			    "the server sends people to another site to log in");
		return;
	}
	if (sealed_make(errand->broker->secrets->sealing_key,
			(struct crypto_bytes){minted->secret, strlen(minted->secret)},
			&errand->kept) < 0) {
		errand_fail(errand, FAILURE_INTERNAL, "Run the command again.",
			    "there is no memory for the device code");
		return;
	}
	show_code(errand, minted);
	poll_later(errand);
}

static bool find_site(struct errand *errand)
{
	char web[BEARER_BASE_MAX + 1];

	if (github_web_url(errand->origin, web, sizeof(web)) < 0) {
		errand_fail(errand, FAILURE_USAGE, "", "no site belongs to this API's address");
		return false;
	}
	errand->site = bearer_nobody(errand->broker, web);
	return true;
}

/* Without a vault the token would have no place. */
void errand_login(struct errand *errand)
{
	struct operation_arguments arguments = {0};
	char scopes[VAULT_SCOPES_MAX + 1];
	struct failure failure;
	size_t index;

	if (keeper_open(errand->broker->keeper, &failure) != KEEPER_OPEN ||
	    (!errand_find(errand, &index, &failure) && !errand_has_room(errand, &failure))) {
		errand_end(errand, &failure);
		return;
	}
	if (!find_site(errand))
		return;
	memcpy(scopes, errand->scopes, sizeof(scopes));
	for (char *at = scopes; *at; at++) {
		if (*at == ',')
			*at = ' ';
	}
	if (*errand->redirect_uri) {
		errand_web(errand, scopes);
		return;
	}
	arguments.values[PARAMETER_CLIENT_ID] = errand->account;
	if (*scopes)
		arguments.values[PARAMETER_SCOPE] = scopes;
	errand->call = errand_request(errand, OPERATION_LOGIN_DEVICE_CODE, MINT_DEVICE_CODE,
				      &arguments, have_code);
}

/* --- logout --- */

static void remove_entry(struct errand *errand, const char *note)
{
	job_note(errand->job, note);
	errand_change(errand, KEEPER_CHANGE, errand_apply_remove, told);
}

static void record_revocation(struct errand *errand, const char *outcome)
{
	struct audit_event event = job_event(
		errand->job, operation_get(OPERATION_CREDENTIALS_REVOKE)->id, AUDIT_RESULT);

	event.outcome = outcome;
	event.closes = errand->intent;
	errand->intent = 0;
	audit_log_note(errand->broker->audit, &event);
}

void errand_logout_stop(struct errand *errand)
{
	if (errand->intent)
		record_revocation(errand, errand->request ? "unknown" : "unsent");
}

static void revoke_answered(void *context, const struct response *response, int body)
{
	struct errand *errand = context;
	char message[64];

	io_close(&body);
	errand->request = NULL;
	record_revocation(errand, response->status == 202 ? "revoked" : "refused");
	if (response->status == 202) {
		remove_entry(errand, "GitHub has revoked the token");
	} else if (response->status == 404 || response->status == 410 || response->status == 422) {
		remove_entry(errand,
			     "this server does not revoke such a token by its API: delete it "
			     "in its settings");
	} else {
		snprintf(message, sizeof(message), "GitHub did not revoke the token (status %u)",
			 response->status);
		errand_fail(errand, FAILURE_SERVER,
			    "Try again later; ghward vault remove forgets it without revoking.",
			    message);
	}
}

static void revoke_failed(void *context, const struct failure *failure, bool sent)
{
	struct errand *errand = context;

	(void)sent;
	errand->request = NULL;
	record_revocation(errand, failure_name(failure->kind));
	errand_end(errand, failure);
}

static const struct upstream_callbacks revoke_callbacks = {
	.answered = revoke_answered,
	.failed = revoke_failed,
};

/* GitHub takes tokens to be revoked from whoever has them, and from nobody who logs in for it. */
static void revoke(struct errand *errand, const char *tokens)
{
	const struct operation *operation = operation_get(OPERATION_CREDENTIALS_REVOKE);
	struct operation_arguments arguments = {0};
	char url[OPERATION_URL_MAX];
	char *body = secret_heap_calloc(1, OPERATION_BODY_MAX);
	struct upstream_order order = {
		.method = operation->method, .retry = operation->retry, .url = url, .body = body};

	arguments.values[PARAMETER_CREDENTIALS] = tokens;
	if (!body ||
	    operation_url(OPERATION_CREDENTIALS_REVOKE, &arguments, errand->origin, url) < 0 ||
	    operation_body(OPERATION_CREDENTIALS_REVOKE, &arguments, body, &order.body_length) < 0)
		fatal("cannot write the request %s", operation->id);
	errand->site = bearer_nobody(errand->broker, errand->origin);
	errand->request = upstream_send(errand->site, &order, &revoke_callbacks, errand);
	secret_heap_free(body);
}

static void intent_durable(void *context, bool durable)
{
	struct errand *errand = context;
	struct secrets *secrets = errand->broker->secrets;
	struct keeper_wanted wanted = {errand->uid, errand->name, errand->origin, SECRET_TOKEN};
	struct failure failure;
	size_t length;

	errand->waiting = NULL;
	if (!durable) {
		errand_fail(errand, FAILURE_AUDIT,
			    "Check the audit directory's permissions and free space.",
			    "the audit log cannot be written");
		return;
	}
	if (!keeper_reveal(errand->broker->keeper, &wanted, &length, &failure)) {
		errand_end(errand, &failure);
		return;
	}
	secrets->buffer[length] = 0;
	/* The refresh token behind it goes as well. */
	char *second = memchr(secrets->buffer, 0, length);
	if (second)
		*second = ',';
	revoke(errand, (const char *)secrets->buffer);
	explicit_bzero(secrets->buffer, length);
}

/* Without a name: the one that would be used. One that has expired must be named. */
static bool find_entry(struct errand *errand, struct failure *failure)
{
	struct job_request request = {
		.kind = JOB_AUTH_LOGOUT, .api_url = errand->origin, .credential = ""};
	struct choice choice;
	const char *rule;
	size_t at;

	if (!*errand->name) {
		if (keeper_open(errand->broker->keeper, failure) != KEEPER_OPEN)
			return false;
		enum choice_verdict verdict =
			choose(errand->broker, errand->uid, &request, &choice, &rule, failure);
		if (choice.from_vault && verdict != CHOICE_MADE)
			return false;
		if (!choice.from_vault) {
			failure_set(failure, FAILURE_NOT_FOUND,
				    "ghward vault list shows what there is.",
				    "the vault has no credential for %s", errand->origin);
			return false;
		}
		memcpy(errand->name, choice.name, sizeof(errand->name));
	}
	if (!errand_find(errand, &at, failure) ||
	    !keeper_describe(errand->broker->keeper, at, &errand->details, failure))
		return false;
	memcpy(errand->origin, errand->details.origin, sizeof(errand->origin));
	return true;
}

void errand_logout(struct errand *errand)
{
	struct audit_event event = job_event(
		errand->job, operation_get(OPERATION_CREDENTIALS_REVOKE)->id, AUDIT_INTENT);
	struct failure failure;

	if (!find_entry(errand, &failure)) {
		errand_end(errand, &failure);
		return;
	}
	if (errand->details.kind == ENTRY_CLIENT) {
		remove_entry(errand, "a client secret is revoked in the App's settings on GitHub");
		return;
	}
	if (errand->details.kind == ENTRY_APP) {
		remove_entry(errand, "an App's key is revoked in the App's settings on GitHub");
		return;
	}
	event.decision = "allow";
	event.rule = "vault.own";
	errand->waiting = audit_log_append(errand->broker->audit, &event, intent_durable, errand);
	errand->intent = audit_log_id(errand->waiting);
}
