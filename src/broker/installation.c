/* Installation tokens: found, minted once for all who wait, kept until shortly before they expire.
 */
#include "broker/app.h"
#include "broker/app_parts.h"
#include "broker/secrets.h"
#include "lib/base/clock.h"
#include "lib/base/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* A token is replaced so long before it expires. */
#define MARGIN_S 300u
/* Until a fresh token is known everywhere at GitHub, a moment may pass. */
#define SETTLING_MS 5000u
#define SETTLING_WAIT_MS 1000u

static void look_up(struct installed *installed);
static void mint(struct installed *installed);

/* --- the bearer --- */

static bool is_ready(const struct bearer *bearer)
{
	const struct installed *installed = bearer->self;

	return installed->expires > clock_wall_s() + MARGIN_S;
}

static int put_token(struct bearer *bearer, struct ipc_message *message, struct failure *failure)
{
	const struct installed *installed = bearer->self;
	struct secrets *secrets = bearer->broker->secrets;
	size_t length;

	/* One that was refused is sent as well by who asked before: it is asked for again. */
	if (sealed_open(secrets->sealing_key, &installed->token, secrets->buffer, &length) < 0) {
		failure_set(failure, FAILURE_AUTHENTICATION, "Run the command again.",
			    "the token for %s is gone", installed->target);
		return -1;
	}
	ipc_put_bytes(message, secrets->buffer, length);
	explicit_bzero(secrets->buffer, length);
	return 0;
}

static uint32_t refused(struct bearer *bearer, uint64_t sent_ms, unsigned before)
{
	struct installed *installed = bearer->self;

	/* There is a newer one already. */
	if (installed->minted_ms > sent_ms)
		return 1;
	if (before == 0 && sent_ms - installed->minted_ms < SETTLING_MS)
		return SETTLING_WAIT_MS;
	/* Somebody has revoked it. */
	installed->expires = 0;
	return 1;
}

static void free_installed(struct bearer *bearer)
{
	struct installed *installed = bearer->self;

	secret_call_cancel(installed->call);
	sealed_free(&installed->token);
	bearer_release(installed->app);
	free(installed);
}

static void prepare(struct bearer *bearer)
{
	struct installed *installed = bearer->self;

	installed->adjusted = false;
	if (installed->place->id) {
		mint(installed);
	} else if (installed->place->asked) {
		installed->waits_for_place = true;
	} else {
		look_up(installed);
	}
}

const struct bearer_kind installation_kind = {
	.is_ready = is_ready,
	.prepare = prepare,
	.put = put_token,
	.refused = refused,
	.free = free_installed,
};

static void fail(struct installed *installed, enum failure_kind kind, const char *hint,
		 const char *what)
{
	struct failure failure;

	failure_set(&failure, kind, hint, "the App \"%s\" %s %s",
		    ((struct app *)installed->app->self)->name, what, installed->target);
	bearer_prepared(installed->bearer, &failure);
}

static void fail_refused(struct installed *installed, const struct secret_answer *answer)
{
	struct failure failure;

	secret_call_explain(answer,
			    answer->status == 401 ? "the App's key" : "the App's installation",
			    &failure);
	if (answer->status == 401)
		snprintf(failure.hint, sizeof(failure.hint),
			 "Check the App's id and that its key was not deleted, and this machine's "
			 "clock.");
	bearer_prepared(installed->bearer, &failure);
}

/* --- the place --- */

static struct secret_call *ask(struct installed *installed, enum operation_id operation,
			       enum mint_kind kind, const struct operation_arguments *arguments,
			       secret_answered_fn *answered)
{
	struct secret_order order = {
		.operation = operation,
		.arguments = *arguments,
		.kind = kind,
		.actor = installed->actor,
		.job = "",
		.target = installed->target,
		.answered = answered,
		.context = installed,
	};

	return secret_call(installed->app, &order);
}

/* Everybody else who waited for the same answer; where there is none, each asks itself, as its
 * repository may be one that the App can see. */
static void wake_others(struct broker *broker, const struct installation *place)
{
	struct bearer *next;

	for (struct bearer *at = broker->bearers; at; at = next) {
		struct installed *installed = at->self;
		next = at->next;
		if (at->kind != &installation_kind || installed->place != place ||
		    !installed->waits_for_place)
			continue;
		installed->waits_for_place = false;
		prepare(at);
	}
}

static void take_place(struct installed *installed, const struct minted *minted)
{
	struct installation *place = installed->place;

	place->id = minted->number;
	snprintf(place->permissions, sizeof(place->permissions), "%s", minted->permissions);
	mint(installed);
}

static void looked_up(void *context, const struct secret_answer *answer)
{
	struct installed *installed = context;
	struct installation *place = installed->place;
	struct broker *broker = installed->bearer->broker;

	installed->call = NULL;
	if (!answer->failure && !installed->adjusted && app_adjust_clock(installed->app, answer)) {
		installed->adjusted = true;
		look_up(installed);
		return;
	}
	place->asked = false;
	if (answer->failure || (answer->status >= 300 && answer->status != 404))
		fail_refused(installed, answer);
	else if (answer->status == 404)
		fail(installed, FAILURE_NOT_FOUND,
		     "Install it there, and let it see that repository.", "is not installed for");
	else if (strcasecmp(answer->minted->name, installed->owner) != 0)
		fail(installed, FAILURE_MALFORMED, "If the account was renamed, use its new name.",
		     "is installed for another account than");
	else if (answer->minted->suspended)
		fail(installed, FAILURE_PERMISSION, "An owner of the account can unsuspend it.",
		     "is suspended for");
	else
		take_place(installed, answer->minted);
	wake_others(broker, place);
}

static void look_up(struct installed *installed)
{
	struct operation_arguments arguments = {0};

	arguments.values[installed->lookup.owner] = installed->owner;
	if (installed->lookup.owner == PARAMETER_OWNER)
		arguments.values[PARAMETER_REPO] = installed->repo;
	installed->place->asked = true;
	installed->call = ask(installed, installed->lookup.operation, MINT_INSTALLATION, &arguments,
			      looked_up);
}

/* --- the token --- */

/* From now on it is good for everybody until it expires. */
static void keep(struct installed *installed, const struct minted *minted)
{
	struct broker *broker = installed->bearer->broker;

	sealed_free(&installed->token);
	if (sealed_make(broker->secrets->sealing_key,
			(struct crypto_bytes){minted->secret, strlen(minted->secret)},
			&installed->token) < 0) {
		fail(installed, FAILURE_INTERNAL, "Run the command again.",
		     "has no room for the token of");
		return;
	}
	installed->expires = minted->expires;
	installed->minted_ms = clock_monotonic_ms();
	if (!installed->kept) {
		installed->kept = true;
		bearer_hold(installed->bearer);
		installed_make_room(broker);
	}
	/* It has come too late for anybody. */
	if (broker->revoked && !installed->revocation)
		installed_revoke(installed);
	bearer_prepared(installed->bearer, NULL);
}

static void minted(void *context, const struct secret_answer *answer)
{
	struct installed *installed = context;

	installed->call = NULL;
	installed->minting = false;
	if (answer->failure) {
		fail_refused(installed, answer);
		return;
	}
	if (answer->status == 201 && answer->minted->expires <= clock_wall_s()) {
		fail(installed, FAILURE_MALFORMED, "Check this machine's clock.",
		     "gets a token that has expired already for");
	} else if (answer->status == 201) {
		keep(installed, answer->minted);
	} else if (!installed->adjusted && app_adjust_clock(installed->app, answer)) {
		installed->adjusted = true;
		mint(installed);
	} else if (answer->status == 404) {
		installed->place->id = 0;
		fail(installed, FAILURE_NOT_FOUND, "Install it again.", "is not installed for");
	} else if (answer->status == 422) {
		fail(installed, FAILURE_PERMISSION,
		     "Let its installation see that repository, and accept the permissions that "
		     "it asks for.",
		     "gets no token for");
	} else {
		fail_refused(installed, answer);
	}
}

static void mint(struct installed *installed)
{
	struct operation_arguments arguments = {0};
	char id[24], permissions[PERMISSIONS_SIZE], missing[PERMISSION_SIZE], what[128];

	permissions_intersect(installed->wanted, installed->place->permissions, permissions,
			      missing);
	/* Without any in the request, GitHub gives all that there are. */
	if (*missing && (installed->want == APP_WANT_ALL || !*permissions)) {
		/* By the next time it may have been accepted. */
		installed->place->id = 0;
		snprintf(what, sizeof(what), "has not the permission %s for", missing);
		fail(installed, FAILURE_PERMISSION,
		     "Give it that permission in the App's settings; the installation's owner has "
		     "to accept it.",
		     what);
		return;
	}
	snprintf(id, sizeof(id), "%llu", (unsigned long long)installed->place->id);
	arguments.values[PARAMETER_INSTALLATION_ID] = id;
	if (*installed->repo)
		arguments.values[PARAMETER_REPOSITORIES] = installed->repo;
	arguments.values[PARAMETER_PERMISSIONS] = permissions;
	installed->minting = true;
	installed->call = ask(installed, OPERATION_APP_TOKEN_CREATE, MINT_INSTALLATION_TOKEN,
			      &arguments, minted);
}

/* --- which installation --- */

static bool find_owner(struct installed *installed, const struct grant *grant)
{
	static const struct {
		enum operation_parameter owner;
		enum operation_id operation;
	} places[] = {
		{PARAMETER_OWNER, OPERATION_APP_INSTALLATION_REPO},
		{PARAMETER_ORG, OPERATION_APP_INSTALLATION_ORG},
		{PARAMETER_ENTERPRISE, OPERATION_APP_INSTALLATION_ENTERPRISE},
	};

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		const char *owner = grant->values[places[i].owner];
		if (!owner)
			continue;
		installed->lookup.operation = places[i].operation;
		installed->lookup.owner = places[i].owner;
		snprintf(installed->owner, sizeof(installed->owner), "%s", owner);
		if (places[i].owner == PARAMETER_OWNER)
			snprintf(installed->repo, sizeof(installed->repo), "%s",
				 grant->values[PARAMETER_REPO]);
		return true;
	}
	return false;
}

struct bearer *app_installation(struct broker *broker, const struct choice *choice,
				const struct grant *grant, const char *actor, enum app_want want,
				struct failure *failure)
{
	struct installed *installed = memory_new(sizeof(*installed));
	char key[BEARER_KEY_MAX + 1];

	if (!find_owner(installed, grant)) {
		free(installed);
		failure_set(failure, FAILURE_USAGE, "Name it with -R OWNER/REPO or --org.",
			    "an App works for one owner at a time");
		return NULL;
	}
	grant_permissions(grant, installed->wanted, sizeof(installed->wanted));
	/* Without any in the request, GitHub gives all that there are. */
	if (!*installed->wanted)
		snprintf(installed->wanted, sizeof(installed->wanted), "metadata:read");
	snprintf(installed->target, sizeof(installed->target), "%s%s%s", installed->owner,
		 *installed->repo ? "/" : "", installed->repo);
	snprintf(key, sizeof(key), "installation %u %s %s %s %s %d %s %s", (unsigned)choice->uid,
		 choice->origin, choice->name, installed->target, installed->wanted, (int)want,
		 choice->account, choice->fingerprint);
	struct bearer *found = bearer_find(broker, key);
	if (found) {
		free(installed);
		return found;
	}
	installed->app = app_bearer(broker, choice);
	installed->place = app_find_installation(installed->app->self, installed->owner);
	installed->want = want;
	snprintf(installed->actor, sizeof(installed->actor), "%s", actor);
	installed->bearer = bearer_new(broker, &installation_kind, key, choice->origin, installed);
	return installed->bearer;
}

void app_describe(const struct bearer *bearer, struct choice *choice)
{
	const struct installed *installed = bearer->self;

	snprintf(choice->owner, sizeof(choice->owner), "%s", installed->owner);
	snprintf(choice->permissions, sizeof(choice->permissions), "%s",
		 installed->place->permissions);
	choice->expires = installed->expires;
}
