/* Choosing a credential. */
#include "broker/choose.h"

#include "broker/environment.h"
#include "lib/base/clock.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

static const struct {
	const char *name;
	enum validate_token_kind token;
} kinds[] = {
	[ENTRY_CLASSIC] = {"classic", VALIDATE_TOKEN_CLASSIC},
	[ENTRY_FINE_GRAINED] = {"fine-grained", VALIDATE_TOKEN_FINE_GRAINED},
	[ENTRY_OAUTH] = {"oauth", VALIDATE_TOKEN_OAUTH},
	[ENTRY_USER] = {"user-to-server", VALIDATE_TOKEN_USER},
	[ENTRY_INSTALLATION] = {"installation", VALIDATE_TOKEN_INSTALLATION},
	[ENTRY_LEGACY] = {"legacy", VALIDATE_TOKEN_LEGACY},
	[ENTRY_APP] = {"app", VALIDATE_TOKEN_INVALID},
	[ENTRY_CLIENT] = {"client-secret", VALIDATE_TOKEN_INVALID},
};

#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

/* "classic", ...; "unknown". */
static const char *entry_kind_name(unsigned kind)
{
	return kind > 0 && kind < KINDS ? kinds[kind].name : "unknown";
}

enum secret_form entry_form(unsigned kind)
{
	return kind == ENTRY_APP      ? SECRET_APP_KEY
	       : kind == ENTRY_CLIENT ? SECRET_CLIENT
				      : SECRET_TOKEN;
}

unsigned entry_kind_of(enum validate_token_kind token)
{
	for (unsigned i = 1; i < ENTRY_APP; i++) {
		if (kinds[i].token == token)
			return i;
	}
	return 0;
}

/* Fills in what an entry says. */
static void choice_of_entry(struct choice *choice, uint32_t uid,
			    const struct vault_details *details)
{
	memset(choice, 0, sizeof(*choice));
	choice->from_vault = true;
	choice->uid = uid;
	choice->kind = details->kind;
	snprintf(choice->source, sizeof(choice->source), "vault");
	snprintf(choice->kind_name, sizeof(choice->kind_name), "%s",
		 entry_kind_name(details->kind));
	memcpy(choice->name, details->name, sizeof(choice->name));
	memcpy(choice->origin, details->origin, sizeof(choice->origin));
	memcpy(choice->owner, details->owner, sizeof(choice->owner));
	memcpy(choice->account, details->account, sizeof(choice->account));
	snprintf(choice->permissions, sizeof(choice->permissions), "%s", details->scopes);
	memcpy(choice->fingerprint, details->fingerprint, sizeof(choice->fingerprint));
	choice->expires = details->expires;
	choice->refresh_expires = details->refresh_expires;
	choice->last_used = details->last_used;
}

void choice_facts(const struct choice *choice, struct credential_facts *facts)
{
	*facts = (struct credential_facts){
		.name = choice->name,
		.source = choice->source,
		.reason = choice->reason,
		.kind = choice->kind_name,
		.owner = choice->owner,
		.account = choice->account,
		.permissions = choice->permissions,
		.expires = choice->expires,
	};
}

void choice_credential(const struct choice *choice, char text[CHOICE_CREDENTIAL_SIZE])
{
	if (!choice->from_vault)
		snprintf(text, CHOICE_CREDENTIAL_SIZE, "%s", choice->source);
	else if (choice->uid == geteuid())
		snprintf(text, CHOICE_CREDENTIAL_SIZE, "vault:%s", choice->name);
	else
		snprintf(text, CHOICE_CREDENTIAL_SIZE, "vault:%u/%s", (unsigned)choice->uid,
			 choice->name);
}

void choice_tell_entry(struct ipc_channel *channel, const struct vault_details *details)
{
	struct ipc_message *message = ipc_new(MESSAGE_ENTRY, 0);
	struct vault_entry entry = {
		.name = details->name,
		.kind = entry_kind_name(details->kind),
		.origin = details->origin,
		.owner = details->owner,
		.account = details->account,
		.scopes = details->scopes,
		.fingerprint = details->fingerprint,
		.created = details->created,
		.expires = details->expires,
		.refresh_expires = details->refresh_expires,
		.last_used = details->last_used,
	};

	protocol_put_entry(message, &entry);
	ipc_send(channel, message);
}

/* --- the environment's --- */

static bool judge_token(const struct environment_token *token, const char *origin,
			struct failure *failure)
{
	static const char ways[] =
		"Set GH_TOKEN or GITHUB_TOKEN (for GitHub Enterprise Server GH_ENTERPRISE_TOKEN), "
		"store one with ghward vault add or ghward auth login, or run: gh auth login";
	const char *source = environment_token_source(token);

	switch (environment_token_state(token)) {
	case ENVIRONMENT_USABLE:
		return true;
	case ENVIRONMENT_MALFORMED:
		failure_set(failure, FAILURE_AUTHENTICATION, ways,
			    "the token from %s is not in a form that GitHub issues", source);
		break;
	case ENVIRONMENT_UNUSABLE:
		failure_set(failure, FAILURE_AUTHENTICATION, ways,
			    "the token from %s is a refresh token, which the API does not accept",
			    source);
		break;
	default:
		failure_set(failure, FAILURE_AUTHENTICATION, ways, "no token for %s", origin);
	}
	return false;
}

static enum choice_verdict choose_environment(struct broker *broker, uint32_t uid,
					      struct choice *choice, const char **rule,
					      struct failure *failure)
{
	const struct environment_token *token = broker->environment;

	if (uid != geteuid()) {
		*rule = "clients.known";
		failure_set(failure, FAILURE_AUTHENTICATION,
			    "Store one with ghward vault add, or add --private to use an agent of "
			    "your own.",
			    "this agent has no credential of uid:%u for %s", (unsigned)uid,
			    choice->origin);
		return CHOICE_FAILED;
	}
	if (strcmp(choice->origin, broker->settings.api_url) != 0) {
		*rule = "credential.origin";
		failure_set(failure, FAILURE_DENIED, "Add --private to use your own credential.",
			    "the running agent's credential is for %s, not for %s",
			    broker->settings.api_url, choice->origin);
		return CHOICE_FAILED;
	}
	if (environment_token_state(token) == ENVIRONMENT_UNREAD)
		return CHOICE_WAITS;
	snprintf(choice->source, sizeof(choice->source), "%s", environment_token_source(token));
	snprintf(choice->kind_name, sizeof(choice->kind_name), "%s", environment_token_kind(token));
	*rule = "credential.usable";
	return judge_token(token, choice->origin, failure) ? CHOICE_MADE : CHOICE_FAILED;
}

/* --- the vault's --- */

static bool is_usable(const struct choice *choice, struct failure *failure)
{
	uint64_t now = clock_wall_s();
	char when[CLOCK_RFC3339_SIZE];

	if (choice->kind == ENTRY_CLIENT) {
		failure_set(
			failure, FAILURE_USAGE, "ghward auth login --web logs in with it.",
			"the credential \"%s\" is an App's client secret, which the API does not "
			"accept",
			choice->name);
		return false;
	}

	/* What can be refreshed lives until then. */
	uint64_t ends = choice->refresh_expires ? choice->refresh_expires : choice->expires;
	if (!ends || now < ends || ends > CLOCK_RFC3339_MAX_S)
		return true;
	clock_rfc3339(when, ends * 1000000u);
	failure_set(failure, FAILURE_AUTHENTICATION,
		    "Make a new one; ghward vault remove and ghward vault add exchange it.",
		    "the credential \"%s\" expired at %.19sZ", choice->name, when);
	return false;
}

static enum choice_verdict choose_named(struct broker *broker, uint32_t uid,
					const struct job_request *request, struct choice *choice,
					const char **rule, struct failure *failure)
{
	struct vault_details details;
	size_t at;

	*rule = "vault.open";
	if (keeper_open(broker->keeper, failure) != KEEPER_OPEN)
		return CHOICE_FAILED;
	*rule = "credential.named";
	if (!vault_find(keeper_vault(broker->keeper), uid, request->credential, &at)) {
		failure_set(failure, FAILURE_NOT_FOUND, "ghward vault list shows what there is.",
			    "the vault has no credential named \"%.64s\"", request->credential);
		return CHOICE_FAILED;
	}
	if (!keeper_describe(broker->keeper, at, &details, failure))
		return CHOICE_FAILED;
	if (*request->api_url && strcmp(details.origin, request->api_url) != 0) {
		*rule = "credential.origin";
		failure_set(failure, FAILURE_DENIED,
			    "A credential goes to its own server only; choose another one.",
			    "the credential \"%s\" is for %s, not for %s", details.name,
			    details.origin, request->api_url);
		return CHOICE_FAILED;
	}
	choice_of_entry(choice, uid, &details);
	snprintf(choice->reason, sizeof(choice->reason), "it was named");
	return is_usable(choice, failure) ? CHOICE_MADE : CHOICE_FAILED;
}

/* Whom a job is about. */
static const char *owner_of(const struct job_request *request)
{
	const char *const *values = request->arguments.values;
	const char *owner = values[PARAMETER_OWNER];

	if (!owner)
		owner = values[PARAMETER_ORG] ? values[PARAMETER_ORG]
					      : values[PARAMETER_ENTERPRISE];
	return owner ? owner : "";
}

/* The best of the user's entries for the server. */
struct search {
	const char *owner, *origin;
	size_t at;
	bool for_owner;	 /* the best so far is meant for this owner */
	unsigned equals; /* how many are as good */
	char others[160];
};

static void consider(struct search *search, size_t at, const struct vault_details *details)
{
	bool for_owner = *details->owner && strcasecmp(details->owner, search->owner) == 0;

	if (details->kind == ENTRY_CLIENT || strcmp(details->origin, search->origin) != 0 ||
	    (*details->owner && !for_owner) || (search->for_owner && !for_owner))
		return;
	if (for_owner && !search->for_owner) {
		search->for_owner = true;
		search->equals = 0;
		search->others[0] = 0;
	}
	search->at = at;
	size_t used = strlen(search->others);
	snprintf(search->others + used, sizeof(search->others) - used, "%s%s",
		 search->equals ? ", " : "", details->name);
	search->equals++;
}

static enum choice_verdict choose_best(struct broker *broker, uint32_t uid,
				       const struct search *search, struct choice *choice,
				       const char **rule, struct failure *failure)
{
	struct vault_details details;

	*rule = "credential.usable";
	if (search->equals > 1) {
		failure_set(failure, FAILURE_USAGE,
			    "Name one with --credential, or say whose it is: ghward vault add "
			    "--owner.",
			    "the vault has several credentials for %s: %s", search->origin,
			    search->others);
		return CHOICE_FAILED;
	}
	if (!keeper_describe(broker->keeper, search->at, &details, failure))
		return CHOICE_FAILED;
	choice_of_entry(choice, uid, &details);
	if (search->for_owner)
		snprintf(choice->reason, sizeof(choice->reason),
			 "it is the vault's only one for %s", details.owner);
	else
		snprintf(choice->reason, sizeof(choice->reason),
			 "it is the vault's only one for %.150s", choice->origin);
	return is_usable(choice, failure) ? CHOICE_MADE : CHOICE_FAILED;
}

enum choice_verdict choose(struct broker *broker, uint32_t uid, const struct job_request *request,
			   struct choice *choice, const char **rule, struct failure *failure)
{
	const char *origin = *request->api_url ? request->api_url : broker->settings.api_url;
	struct search search = {.owner = owner_of(request), .origin = origin};
	struct vault_details details;

	memset(choice, 0, sizeof(*choice));
	if (strlen(origin) >= sizeof(choice->origin)) {
		*rule = "credential.origin";
		failure_set(failure, FAILURE_USAGE, "", "the API's address is too long");
		return CHOICE_FAILED;
	}
	memcpy(choice->origin, origin, strlen(origin) + 1);
	bool environment = strcmp(request->credential, CREDENTIAL_ENVIRONMENT) == 0;
	snprintf(choice->reason, sizeof(choice->reason),
		 environment ? "it was named" : "the vault has none for this server");
	if (environment)
		return choose_environment(broker, uid, choice, rule, failure);
	if (*request->credential)
		return choose_named(broker, uid, request, choice, rule, failure);
	*rule = "vault.open";
	enum keeper_found found = keeper_open(broker->keeper, failure);
	if (found == KEEPER_FAILED)
		return CHOICE_FAILED;
	failure->kind = FAILURE_NONE;
	if (found == KEEPER_NO_VAULT)
		snprintf(choice->reason, sizeof(choice->reason), "there is no vault");
	size_t at = 0;
	for (; found == KEEPER_OPEN && vault_next(keeper_vault(broker->keeper), uid, &at); at++) {
		if (!keeper_describe(broker->keeper, at, &details, failure))
			return CHOICE_FAILED;
		consider(&search, at, &details);
	}
	if (search.equals)
		return choose_best(broker, uid, &search, choice, rule, failure);
	return choose_environment(broker, uid, choice, rule, failure);
}
