/* auth status: which credential is used, why, and what GitHub says about it. */
#include "lib/base/clock.h"
#include "lib/github/fields.h"
#include "lib/github/web.h"
#include "lib/json/parse.h"
#include "worker/alert_json.h"
#include "worker/ask.h"
#include "worker/classify.h"
#include "worker/job.h"
#include "worker/lines.h"
#include "worker/rights.h"
#include "worker/when.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct status {
	struct job *job;
	enum rights_basis basis;
	struct cJSON *user;   /* NULL when GitHub has not told */
	struct answer answer; /* where that came from */
	uint64_t expires;     /* seconds since 1970, 0 for unknown */
	bool limited;
	uint64_t limit, remaining, reset;
};

/* --- questions --- */

/* False when there is nothing more to ask. */
static bool ask_user(struct status *status)
{
	struct job *job = status->job;
	struct operation_arguments none = {0};
	uint64_t expires;

	status->user = ask_keeping(job, OPERATION_USER, &none, &status->answer);
	const struct response *response = &status->answer.response;
	if (when_read_expiry(response->token_expiration, &expires))
		status->expires = expires;
	status->basis = rights_basis(job->facts.kind, response->scopes);
	if (status->user)
		return true;
	/* An App's token that was found in the environment: it has no user. */
	if (job->failure.kind != FAILURE_PERMISSION ||
	    !strstr(job->failure.message, "by integration"))
		return false;
	memset(&job->failure, 0, sizeof(job->failure));
	return true;
}

static void ask_limit(struct status *status)
{
	struct job *job = status->job;
	struct operation_arguments none = {0};
	struct cJSON *root = ask_json(job, OPERATION_RATE_LIMIT, &none);
	const struct cJSON *core = json_get_object(json_get_object(root, "resources"), "core");

	status->limited = json_get_u64(core, "limit", &status->limit) &&
			  json_get_u64(core, "remaining", &status->remaining) &&
			  json_get_u64(core, "reset", &status->reset);
	if (!root && classify_is_unlimited(&job->failure))
		memset(&job->failure, 0, sizeof(job->failure));
	cJSON_Delete(root);
}

/* --- what is known --- */

static const char *login_of(const struct status *status)
{
	const char *login = json_get_string(status->user, "login");

	return login ? login : "";
}

/* As GitHub has just said, else as the vault remembers. */
static const char *scopes_of(const struct status *status)
{
	return status->user ? status->answer.response.scopes : status->job->facts.permissions;
}

static bool knows_scopes(const struct status *status)
{
	return status->basis == RIGHTS_SCOPES && (status->user || *scopes_of(status));
}

static bool knows_permissions(const struct status *status)
{
	return status->basis == RIGHTS_INSTALLATION && *status->job->facts.permissions;
}

static void host_of(const struct status *status, char host[GITHUB_WEB_URL_MAX])
{
	static const char scheme[] = "https://";
	char web[GITHUB_WEB_URL_MAX];

	host[0] = 0;
	if (github_web_url(status->job->api_url, web, sizeof(web)) == 0)
		snprintf(host, GITHUB_WEB_URL_MAX, "%s", web + sizeof(scheme) - 1);
}

/* --- JSON --- */

static void add_text(struct cJSON *object, enum auth_status_field field, const char *text)
{
	if (*text)
		cJSON_AddStringToObject(object, field_name(FIELD_SET_AUTH_STATUS, field), text);
}

static void add_member(struct cJSON *object, enum auth_status_field field, struct cJSON *value)
{
	cJSON_AddItemToObject(object, field_name(FIELD_SET_AUTH_STATUS, field), value);
}

/* "read:org, repo" as an array. */
static struct cJSON *scopes_as_json(const char *scopes)
{
	struct cJSON *array = cJSON_CreateArray();
	char *copy = strdup(scopes), *rest = copy, *scope;

	while ((scope = strsep(&rest, ", "))) {
		if (*scope)
			cJSON_AddItemToArray(array, cJSON_CreateString(scope));
	}
	free(copy);
	return array;
}

/* "contents:read,issues:write" as an object. */
static struct cJSON *permissions_as_json(const char *permissions)
{
	struct cJSON *object = cJSON_CreateObject();
	char *copy = strdup(permissions), *rest = copy, *level;

	while ((level = strsep(&rest, ","))) {
		const char *name = strsep(&level, ":");
		if (level)
			cJSON_AddStringToObject(object, name, level);
	}
	free(copy);
	return object;
}

static struct cJSON *limit_as_json(const struct status *status)
{
	struct cJSON *object = cJSON_CreateObject();

	cJSON_AddNumberToObject(object, "limit", (double)status->limit);
	cJSON_AddNumberToObject(object, "remaining", (double)status->remaining);
	cJSON_AddNumberToObject(object, "reset", (double)status->reset);
	return object;
}

/* What is unknown is left out, and so written as null. */
static void write_json(const struct status *status, const char *host, const char *expires)
{
	const struct credential_facts *facts = &status->job->facts;
	struct cJSON *object = cJSON_CreateObject();

	add_text(object, AUTH_STATUS_FIELD_HOST, host);
	add_text(object, AUTH_STATUS_FIELD_CREDENTIAL, facts->name);
	add_text(object, AUTH_STATUS_FIELD_SOURCE, facts->source);
	add_text(object, AUTH_STATUS_FIELD_REASON, facts->reason);
	add_text(object, AUTH_STATUS_FIELD_KIND, facts->kind);
	add_text(object, AUTH_STATUS_FIELD_LOGIN, login_of(status));
	add_text(object, AUTH_STATUS_FIELD_ACCOUNT, facts->account);
	add_text(object, AUTH_STATUS_FIELD_OWNER, facts->owner);
	if (knows_scopes(status))
		add_member(object, AUTH_STATUS_FIELD_SCOPES, scopes_as_json(scopes_of(status)));
	if (knows_permissions(status))
		add_member(object, AUTH_STATUS_FIELD_PERMISSIONS,
			   permissions_as_json(facts->permissions));
	add_text(object, AUTH_STATUS_FIELD_EXPIRES, expires);
	if (status->limited)
		add_member(object, AUTH_STATUS_FIELD_RATE_LIMIT, limit_as_json(status));
	json_fields_write(status->job, FIELD_SET_AUTH_STATUS, object);
	output_text(&status->job->output, "\n");
	cJSON_Delete(object);
}

/* --- lines --- */

#define SECONDS_PER_DAY UINT64_C(86400)

/* "2026-12-24T10:00:00Z (in 33 days)" for a person. */
static void expiry_text(const struct status *status, const char *expires, char *text, size_t size)
{
	uint64_t now = clock_wall_s();
	uint64_t days = status->expires > now ? (status->expires - now) / SECONDS_PER_DAY : 0;

	if (!*expires || status->job->request.format != OUTPUT_TABLE)
		snprintf(text, size, "%s", expires);
	else if (status->expires <= now)
		snprintf(text, size, "%s (expired)", expires);
	else if (!days)
		snprintf(text, size, "%s (within a day)", expires);
	else
		snprintf(text, size, "%s (in %llu day%s)", expires, (unsigned long long)days,
			 days == 1 ? "" : "s");
}

static void limit_text(const struct status *status, char *text, size_t size)
{
	char reset[WHEN_SIZE];

	text[0] = 0;
	if (!status->limited)
		return;
	when_write(reset, status->reset);
	snprintf(text, size, "%llu of %llu remaining until %s",
		 (unsigned long long)status->remaining, (unsigned long long)status->limit, reset);
}

static void write_lines(const struct status *status, const char *host, const char *expires)
{
	const struct credential_facts *facts = &status->job->facts;
	const char *scopes = knows_scopes(status) ? scopes_of(status) : "";
	bool of_app = status->basis == RIGHTS_INSTALLATION;
	char expiry[80], limit[120];

	expiry_text(status, expires, expiry, sizeof(expiry));
	limit_text(status, limit, sizeof(limit));
	const struct line lines[] = {
		{"host", status->job->request.format == OUTPUT_TABLE ? "" : host, LINE_TEXT},
		{"credential", facts->name, LINE_TEXT},
		{"source", facts->source, LINE_TEXT},
		{"reason", facts->reason, LINE_TEXT},
		{"kind", facts->kind, LINE_TEXT},
		{"login", login_of(status), LINE_TEXT},
		{of_app ? "app" : "client", facts->account, LINE_TEXT},
		{"owner", facts->owner, LINE_TEXT},
		{"scopes", knows_scopes(status) && !*scopes ? "none" : scopes, LINE_TEXT},
		{"permissions", knows_permissions(status) ? facts->permissions : "", LINE_TEXT},
		{"expires", expiry, LINE_TEXT},
		{"rate limit", limit, LINE_TEXT},
	};
	lines_write(status->job, host, lines, sizeof(lines) / sizeof(lines[0]));
}

void auth_status_run(struct job *job)
{
	struct status status = {.answer = {.body = -1},
				.job = job,
				.basis = rights_basis(job->facts.kind, ""),
				.expires = job->facts.expires};
	char host[GITHUB_WEB_URL_MAX], expires[WHEN_SIZE] = "";

	/* An App's installation has no user to ask for. Whatever GitHub says, what is known so far
	 * is worth showing. */
	if (status.basis == RIGHTS_INSTALLATION || ask_user(&status))
		ask_limit(&status);
	host_of(&status, host);
	if (status.expires)
		when_write(expires, status.expires);
	if (job->request.format == OUTPUT_JSON)
		write_json(&status, host, expires);
	else
		write_lines(&status, host, expires);
	job->items = 1;
	cJSON_Delete(status.user);
	answer_free(&status.answer);
}
