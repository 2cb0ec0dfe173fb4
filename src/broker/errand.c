/* Errands: whether they may be done, their beginning and end. */
#include "broker/errand.h"

#include "broker/errand_parts.h"
#include "broker/incidents.h"
#include "broker/refusal.h"
#include "lib/base/io.h"
#include "lib/base/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Of each user but the vault's own: one alone shall not fill it for all others. */
#define ENTRIES_OF_OTHERS 256u

/* Characters of a reason to close an incident. */
#define REASON_MIN 10u
#define REASON_MAX 1000u

bool errand_is(enum job_kind kind)
{
	return kind >= JOB_AUTH_LOGIN && kind <= JOB_AUDIT_CHECKPOINT;
}

/* Those about the vault as a whole. */
static bool is_for_its_owner(enum job_kind kind)
{
	return kind == JOB_VAULT_INIT || kind == JOB_VAULT_ROTATE || kind == JOB_VAULT_REKEY ||
	       kind == JOB_VAULT_VERIFY;
}

static bool makes_entry(enum job_kind kind)
{
	return kind == JOB_VAULT_ADD || kind == JOB_AUTH_LOGIN;
}

static bool is_about_audit(enum job_kind kind)
{
	return kind == JOB_AUDIT_INCIDENTS_CLOSE || kind == JOB_AUDIT_CHECKPOINT;
}

/* --- whether --- */

static bool check(const struct job *job, enum validate_kind kind, const char *text,
		  const char *what, struct failure *failure)
{
	if (validate_param(kind, text, strlen(text)))
		return true;
	refusal_record(job, what, text);
	failure_set(failure, FAILURE_USAGE, "", "\"%.100s\" is no valid %s: expected %s", text,
		    what, validate_expectation(kind));
	return false;
}

/* OAuth wants spaces between them. */
static bool check_scopes(const struct job *job, const char *list, struct failure *failure)
{
	char spaced[VAULT_SCOPES_MAX + 1];

	snprintf(spaced, sizeof(spaced), "%s", list);
	for (char *at = spaced; *at; at++) {
		if (*at == ',')
			*at = ' ';
	}
	return strlen(list) <= VAULT_SCOPES_MAX &&
	       check(job, VALIDATE_SCOPES, spaced, "list of scopes", failure);
}

static bool check_entry(const struct job *job, const struct job_request *request,
			struct failure *failure)
{
	const struct entry_request *entry = &request->entry;

	if (!check(job, VALIDATE_ENTRY_NAME, entry->name, "name of a credential", failure) ||
	    (*entry->owner && !check(job, VALIDATE_OWNER, entry->owner, "owner", failure)) ||
	    (*entry->account &&
	     !check(job, VALIDATE_CLIENT_ID, entry->account, "App or client id", failure)) ||
	    (*entry->scopes && !check_scopes(job, entry->scopes, failure)))
		return false;
	if (strcmp(entry->name, CREDENTIAL_ENVIRONMENT) == 0) {
		failure_set(failure, FAILURE_USAGE, "Take another name.",
			    "\"%s\" stands for the environment's token", entry->name);
		return false;
	}
	const char *redirect_uri = request->arguments.values[PARAMETER_REDIRECT_URI];
	if (redirect_uri && strlen(redirect_uri) > REDIRECT_URI_MAX) {
		failure_set(failure, FAILURE_USAGE, "", "the redirect URI is longer than %u bytes",
			    REDIRECT_URI_MAX);
		return false;
	}
	bool needs_account = request->kind == JOB_AUTH_LOGIN || entry->form != SECRET_TOKEN;
	if (needs_account && !*entry->account) {
		failure_set(failure, FAILURE_USAGE,
			    request->kind == JOB_AUTH_LOGIN
				    ? "Register an OAuth App or a GitHub App with device flow, and "
				      "name its client id: --client-id ID."
				    : "Name it with --app-id ID, or --client-id ID.",
			    "this cannot be done without an App's id");
		return false;
	}
	return true;
}

static bool check_origin(const struct job *job, const char *url, struct failure *failure)
{
	struct validate_origin origin;
	const char *why = "a shorter address";

	if (!*url || (strlen(url) <= VAULT_ORIGIN_MAX &&
		      validate_api_url(url, strlen(url), &origin, &why) == 0))
		return true;
	refusal_record(job, "API address", url);
	failure_set(failure, FAILURE_USAGE, "", "\"%.200s\" is no valid API address: expected %s",
		    url, why);
	return false;
}

static bool check_reason(const char *text, struct failure *failure)
{
	size_t characters = 0;

	if (validate_utf8(text, strlen(text), &characters) && characters >= REASON_MIN &&
	    characters <= REASON_MAX)
		return true;
	failure_set(failure, FAILURE_USAGE, "It stays in the audit log: say what was found.",
		    "the reason has %zu characters: expected %u to %u", characters, REASON_MIN,
		    REASON_MAX);
	return false;
}

static const char *decide_audit(const struct job *job, const struct job_request *request,
				struct failure *failure)
{
	const char *id = request->review.name;

	if (job->uid != geteuid()) {
		failure_set(failure, FAILURE_DENIED, "Add --private for an audit log of your own.",
			    "the audit log of this agent is not for %s", job->actor);
		return "audit.owner";
	}
	if (request->kind == JOB_AUDIT_CHECKPOINT ||
	    (incidents_check_id(job, id, failure) && check_reason(request->review.text, failure)))
		return "audit.owner";
	return "operations.parameters";
}

const char *errand_decide(const struct job *job, const struct job_request *request,
			  struct failure *failure)
{
	enum job_kind kind = request->kind;
	const char *name = request->credential;

	if (is_for_its_owner(kind) && job->uid != geteuid()) {
		failure_set(failure, FAILURE_DENIED, "Add --private for a vault of your own.",
			    "this vault is not that of %s", job->actor);
		return "vault.owner";
	}
	if (is_about_audit(kind))
		return decide_audit(job, request, failure);
	if (!check_origin(job, request->api_url, failure) ||
	    (makes_entry(kind) && !check_entry(job, request, failure)))
		return "operations.parameters";
	if (kind == JOB_VAULT_REMOVE || (kind == JOB_AUTH_LOGOUT && *name)) {
		if (!check(job, VALIDATE_ENTRY_NAME, name, "name of a credential", failure))
			return "operations.parameters";
	}
	return "vault.own";
}

/* --- beginning and end --- */

struct errand *errand_new(struct job *job, const struct job_request *request)
{
	struct errand *errand = memory_new(sizeof(*errand));
	const struct entry_request *entry = &request->entry;
	const char *redirect_uri = request->arguments.values[PARAMETER_REDIRECT_URI];
	const char *url = *request->api_url ? request->api_url : job->broker->settings.api_url;

	errand->job = job;
	errand->broker = job->broker;
	errand->kind = request->kind;
	errand->uid = job->uid;
	errand->pipe = -1;
	errand->expires = entry->expires;
	errand->form = entry->form;
	errand->accept = strcmp(request->operation, VAULT_ACCEPT) == 0;
	errand->push = strcmp(request->operation, CHECKPOINT_PUSH) == 0;
	snprintf(errand->origin, sizeof(errand->origin), "%s", url);
	snprintf(errand->name, sizeof(errand->name), "%s",
		 makes_entry(request->kind) ? entry->name : request->credential);
	snprintf(errand->owner, sizeof(errand->owner), "%s", entry->owner);
	snprintf(errand->account, sizeof(errand->account), "%s", entry->account);
	snprintf(errand->scopes, sizeof(errand->scopes), "%s", entry->scopes);
	if (request->kind == JOB_AUTH_LOGIN && redirect_uri)
		snprintf(errand->redirect_uri, sizeof(errand->redirect_uri), "%s", redirect_uri);
	snprintf(job->target, sizeof(job->target), "%s", errand->name);
	if (request->kind == JOB_AUDIT_INCIDENTS_CLOSE) {
		snprintf(errand->incident, sizeof(errand->incident), "%s", request->review.name);
		snprintf(errand->reason, sizeof(errand->reason), "%s", request->review.text);
		snprintf(job->target, sizeof(job->target), "%s", errand->incident);
	}
	return errand;
}

const char *errand_api(const struct errand *errand)
{
	return makes_entry(errand->kind) ? errand->origin : NULL;
}

void errand_start(struct errand *errand)
{
	switch (errand->kind) {
	case JOB_AUTH_LOGIN:
		errand_login(errand);
		break;
	case JOB_AUTH_LOGOUT:
		errand_logout(errand);
		break;
	case JOB_AUDIT_INCIDENTS_CLOSE:
		errand_close_incident(errand);
		break;
	case JOB_AUDIT_CHECKPOINT:
		errand_checkpoint(errand);
		break;
	default:
		errand_vault(errand);
	}
}

void errand_stop(struct errand *errand)
{
	if (!errand)
		return;
	keeper_forget(errand->change);
	loop_cancel(errand->timer);
	loop_unwatch(errand->watch);
	io_close(&errand->pipe);
	errand_web_stop(errand);
	errand_logout_stop(errand);
	secret_call_cancel(errand->call);
	upstream_cancel(errand->request);
	audit_log_forget(errand->waiting);
	audit_log_unask(errand->broker->audit, errand);
	bearer_release(errand->site);
	sealed_free(&errand->kept);
	loop_defer_free(errand->broker->loop, errand);
}

void errand_end(struct errand *errand, const struct failure *failure)
{
	static const struct failure fine = {.kind = FAILURE_NONE};

	job_end(errand->job, failure ? failure : &fine);
}

void errand_fail(struct errand *errand, enum failure_kind kind, const char *hint,
		 const char *message)
{
	struct failure failure;

	failure_set(&failure, kind, hint, "%s", message);
	errand_end(errand, &failure);
}

/* --- what they have in common --- */

void errand_change(struct errand *errand, enum keeper_mode mode,
		   enum vault_fault (*apply)(struct vault *, struct vault_keys *,
					     struct vault_seal *, void *context),
		   void (*done)(void *context, const struct failure *))
{
	struct keeper_order order = {.actor = errand->job->actor,
				     .mode = mode,
				     .apply = apply,
				     .done = done,
				     .context = errand};

	errand->change = keeper_change(errand->broker->keeper, &order);
}

void errand_changed(void *context, const struct failure *failure)
{
	struct errand *errand = context;
	struct vault_facts facts;

	errand->change = NULL;
	if (!failure) {
		struct ipc_message *message = ipc_new(MESSAGE_VAULT, 0);
		keeper_facts(errand->broker->keeper, &facts);
		protocol_put_vault(message, &facts);
		ipc_send(errand->job->client->channel, message);
	}
	errand_end(errand, failure);
}

enum vault_fault errand_apply_remove(struct vault *vault, struct vault_keys *keys,
				     struct vault_seal *between, void *context)
{
	const struct errand *errand = context;
	size_t at;

	(void)keys;
	(void)between;
	if (!vault_find(vault, errand->uid, errand->name, &at))
		return VAULT_NO_ENTRY;
	vault_remove(vault, at);
	return VAULT_FINE;
}

bool errand_find(struct errand *errand, size_t *at, struct failure *failure)
{
	struct keeper *keeper = errand->broker->keeper;

	if (keeper_open(keeper, failure) != KEEPER_OPEN)
		return false;
	if (vault_find(keeper_vault(keeper), errand->uid, errand->name, at))
		return true;
	failure_set(failure, FAILURE_NOT_FOUND, "ghward vault list shows what there is.",
		    "the vault has no credential named \"%s\"", errand->name);
	return false;
}

bool errand_has_room(const struct errand *errand, struct failure *failure)
{
	const struct vault *vault = keeper_vault(errand->broker->keeper);
	size_t at = 0, count = 0;

	if (errand->uid == geteuid())
		return true;
	for (; count < ENTRIES_OF_OTHERS && vault_next(vault, errand->uid, &at); at++)
		count++;
	if (count < ENTRIES_OF_OTHERS)
		return true;
	failure_set(failure, FAILURE_USAGE, "Remove what is not needed any more.",
		    "%s has %u credentials in this vault, as many as it keeps for each user",
		    errand->job->actor, ENTRIES_OF_OTHERS);
	return false;
}

void errand_details(const struct errand *errand, unsigned kind, struct vault_details *details)
{
	memset(details, 0, sizeof(*details));
	details->kind = (uint8_t)kind;
	details->expires = errand->expires;
	snprintf(details->provider, sizeof(details->provider), "github");
	memcpy(details->name, errand->name, sizeof(details->name));
	memcpy(details->origin, errand->origin, sizeof(details->origin));
	memcpy(details->owner, errand->owner, sizeof(details->owner));
	memcpy(details->account, errand->account, sizeof(details->account));
	memcpy(details->scopes, errand->scopes, sizeof(details->scopes));
}
