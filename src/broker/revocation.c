/* Installation tokens that are not wanted any more are revoked: at the end, with their App, and to
 * make room. */
#include "broker/app.h"
#include "broker/app_parts.h"
#include "broker/audit_log.h"
#include "broker/entry.h"
#include "broker/upstream.h"
#include "lib/base/io.h"

#include <string.h>

/* Tokens kept at a time; those that nobody uses go first. */
#define KEPT_MAX 128u
/* How long the end of the broker may wait for revocations. */
#define REVOKING_MS 1500u

/* Unless there is a newer one already. */
static void forget_token(struct installed *installed)
{
	if (installed->expires)
		return;
	sealed_free(&installed->token);
	if (installed->kept) {
		installed->kept = false;
		bearer_release(installed->bearer);
	}
}

static void revocation_over(struct installed *installed, const char *outcome)
{
	struct broker *broker = installed->bearer->broker;
	struct audit_event event = {
		.actor = "broker",
		.event = operation_get(OPERATION_APP_TOKEN_REVOKE)->id,
		.target = installed->target,
		.phase = AUDIT_NOTE,
		.outcome = outcome,
		.severity = AUDIT_INFO,
	};

	installed->revocation = NULL;
	audit_log_note(broker->audit, &event);
	forget_token(installed);
	broker_progress(broker);
}

static void revoke_answered(void *context, const struct response *response, int body)
{
	io_close(&body);
	revocation_over(context,
			response->status == 204 || response->status == 401 ? "revoked" : "refused");
}

static void revoke_failed(void *context, const struct failure *failure, bool sent)
{
	(void)sent;
	revocation_over(context, failure_name(failure->kind));
}

static const struct upstream_callbacks revoke_callbacks = {
	.answered = revoke_answered,
	.failed = revoke_failed,
};

void installed_revoke(struct installed *installed)
{
	const struct operation *operation = operation_get(OPERATION_APP_TOKEN_REVOKE);
	struct operation_arguments none = {0};
	char url[OPERATION_URL_MAX];
	struct upstream_order order = {
		.method = operation->method, .retry = operation->retry, .url = url, .body = ""};

	if (operation_url(OPERATION_APP_TOKEN_REVOKE, &none, installed->bearer->base, url) == 0)
		installed->revocation =
			upstream_send(installed->bearer, &order, &revoke_callbacks, installed);
	/* Whoever comes now needs another one. */
	installed->expires = 0;
}

static bool is_kept(const struct bearer *bearer)
{
	return bearer->kind == &installation_kind && ((const struct installed *)bearer->self)->kept;
}

/* The newest stand first. */
void installed_make_room(struct broker *broker)
{
	struct bearer *oldest = NULL;
	unsigned kept = 0;

	for (struct bearer *at = broker->bearers; at; at = at->next) {
		kept += is_kept(at);
		if (is_kept(at) && at->users == 1 && !((struct installed *)at->self)->revocation)
			oldest = at;
	}
	if (kept > KEPT_MAX && oldest)
		installed_revoke(oldest->self);
}

static void revoking_over(void *context)
{
	struct broker *broker = context;

	broker->revoking = NULL;
	for (struct bearer *at = broker->bearers, *next; at; at = next) {
		next = at->next;
		if (!is_kept(at))
			continue;
		struct installed *installed = at->self;
		upstream_cancel(installed->revocation);
		revocation_over(installed, "unknown");
	}
}

void app_revoke(struct broker *broker, uint32_t uid, const char *name)
{
	for (struct bearer *at = broker->bearers; at; at = at->next) {
		struct installed *installed = at->self;
		if (!is_kept(at) || installed->revocation)
			continue;
		const struct app *app = installed->app->self;
		if (app->uid == uid && strcmp(app->name, name) == 0)
			installed_revoke(installed);
	}
}

static bool is_minting(const struct bearer *bearer)
{
	return bearer->kind == &installation_kind &&
	       ((const struct installed *)bearer->self)->minting;
}

bool app_revoke_all(struct broker *broker)
{
	bool any = false;

	for (struct bearer *at = broker->bearers; at; at = at->next) {
		struct installed *installed = at->self;
		any |= is_kept(at) || is_minting(at) || entry_is_renewing(at);
		if (is_kept(at) && !installed->revocation)
			installed_revoke(installed);
	}
	if (any)
		broker->revoking = loop_after(broker->loop, REVOKING_MS, revoking_over, broker);
	return any;
}

bool app_is_revoking(const struct broker *broker)
{
	for (const struct bearer *at = broker->bearers; at; at = at->next) {
		if (is_kept(at) || is_minting(at) || entry_is_renewing(at))
			return broker->revoking != NULL;
	}
	return false;
}
