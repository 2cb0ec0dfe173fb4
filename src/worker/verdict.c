/* Verdicts. */
#include "worker/verdict.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void find(struct finding *finding, enum verdict verdict, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* The format is the evidence. */
static void find(struct finding *finding, enum verdict verdict, const char *format, ...)
{
	va_list arguments;

	finding->verdict = verdict;
	va_start(arguments, format);
	vsnprintf(finding->evidence, sizeof(finding->evidence), format, arguments);
	va_end(arguments);
}

static void miss_scope(struct finding *finding, const struct operation *operation)
{
	char scopes[RIGHTS_TEXT_MAX];

	rights_scopes_text(operation->scopes, scopes);
	snprintf(finding->missing, sizeof(finding->missing), "scope %s", scopes);
}

static bool has_scope(const struct evidence *known, const struct operation *operation,
		      enum visibility visibility)
{
	return rights_scopes_suffice(known->scopes, operation->scopes, visibility);
}

static const char *shown_scopes(const struct evidence *known)
{
	return *known->scopes ? known->scopes : "none";
}

/* Operations that need nothing but a token that GitHub accepts: what it may not see is left out of
 * a list. */
static bool is_plain(enum operation_id id)
{
	return strcmp(operation_get(id)->permission, "none") == 0 ||
	       id == OPERATION_REPOS_LIST_USER || id == OPERATION_REPOS_LIST_OWN;
}

static void judge_plain(const struct evidence *known, enum operation_id id, struct finding *finding)
{
	bool of_user = id == OPERATION_USER || id == OPERATION_REPOS_LIST_OWN;

	if (!of_user || known->basis != RIGHTS_INSTALLATION) {
		find(finding, VERDICT_YES, "GitHub accepts the token");
		return;
	}
	find(finding, VERDICT_NO, "an App's installation is no user");
	snprintf(finding->missing, sizeof(finding->missing), "a user's token");
}

/* Whole organisations and enterprises are not part of the grant, and so not asked. */
static void judge_wide(const struct evidence *known, enum operation_id id, struct finding *finding)
{
	const struct operation *operation = operation_get(id);
	bool enterprise = operation_is_about(id, PARAMETER_ENTERPRISE);

	if (known->basis == RIGHTS_SCOPES && has_scope(known, operation, VISIBILITY_PRIVATE)) {
		find(finding, VERDICT_UNKNOWN,
		     "scopes suffice: %s; what its account may read there was not tried",
		     shown_scopes(known));
	} else if (known->basis == RIGHTS_SCOPES && !enterprise &&
		   has_scope(known, operation, VISIBILITY_PUBLIC)) {
		find(finding, VERDICT_UNKNOWN,
		     "scopes suffice for public repositories: %s; this was not tried",
		     shown_scopes(known));
	} else if (known->basis == RIGHTS_SCOPES) {
		find(finding, VERDICT_NO, "scopes: %s", shown_scopes(known));
		miss_scope(finding, operation);
	} else if (enterprise) {
		find(finding, VERDICT_NO, "GitHub has no permission for alerts of enterprises");
		snprintf(finding->missing, sizeof(finding->missing), "a classic token");
	} else {
		find(finding, VERDICT_UNKNOWN, "this was not tried");
	}
}

static void judge_installation(const struct evidence *known, enum operation_id id,
			       struct finding *finding)
{
	const struct operation *operation = operation_get(id);
	const char *permissions = known->permissions;

	if (rights_permissions_suffice(permissions, operation->permission)) {
		find(finding, VERDICT_YES, "the installation has %s", operation->permission);
		return;
	}
	find(finding, VERDICT_NO, "the installation has %s", permissions);
	snprintf(finding->missing, sizeof(finding->missing), "permission %s",
		 operation->permission);
}

/* A refused read of alerts: GitHub names the permission, or the scopes show what is missing. */
static void judge_refused(const struct evidence *known, const struct operation *operation,
			  struct finding *finding)
{
	const char *accepted = known->to_alerts.accepted;

	find(finding, VERDICT_NO, "%s", known->to_alerts.words);
	if (known->basis == RIGHTS_SCOPES && !has_scope(known, operation, known->visibility))
		miss_scope(finding, operation);
	else if (known->basis == RIGHTS_SCOPES)
		snprintf(finding->missing, sizeof(finding->missing),
			 "access of the account to the alerts, or SSO authorisation");
	else
		snprintf(finding->missing, sizeof(finding->missing), "permission %s",
			 operation->class == CLASS_READ && *accepted ? accepted
								     : operation->permission);
}

/* Reading alerts takes the right to push, or a role that may see to security only: its writes
 * cannot be told. */
static void judge_write(const struct evidence *known, const struct operation *operation,
			struct finding *finding)
{
	bool reads = known->to_alerts.verdict == VERDICT_YES;

	if (known->basis == RIGHTS_SCOPES && !has_scope(known, operation, known->visibility)) {
		find(finding, VERDICT_NO, "scopes: %s", shown_scopes(known));
		miss_scope(finding, operation);
	} else if (known->may_push == VERDICT_NO && !reads) {
		find(finding, VERDICT_NO, "the account may not push to the repository");
		snprintf(finding->missing, sizeof(finding->missing), "write access to %s/%s",
			 known->owner, known->repo);
	} else if (!reads) {
		find(finding, VERDICT_UNKNOWN, "%s", known->to_alerts.words);
	} else if (known->may_push == VERDICT_NO) {
		find(finding, VERDICT_UNKNOWN,
		     "the account reads alerts without write access; whether its role may change "
		     "them shows only when it does");
	} else if (known->basis == RIGHTS_SCOPES && known->may_push == VERDICT_YES) {
		find(finding, VERDICT_YES, "scopes: %s; the account may push", shown_scopes(known));
	} else {
		find(finding, VERDICT_UNKNOWN,
		     "it may read alerts; what such a token may change shows only when it does");
	}
}

static void judge_alerts(const struct evidence *known, const struct operation *operation,
			 struct finding *finding)
{
	if (known->to_alerts.verdict == VERDICT_NO)
		judge_refused(known, operation, finding);
	else if (operation->class == CLASS_WRITE)
		judge_write(known, operation, finding);
	else if (known->to_alerts.verdict == VERDICT_YES)
		find(finding, VERDICT_YES, "GitHub answers %s",
		     operation_get(OPERATION_ALERTS_LIST)->id);
	else
		find(finding, VERDICT_UNKNOWN, "%s", known->to_alerts.words);
}

/* git's answers tell nothing about a token; what the API shows of it counts there as well. */
static void judge_contents(const struct evidence *known, const struct operation *operation,
			   struct finding *finding)
{
	if (known->visibility == VISIBILITY_PUBLIC) {
		find(finding, VERDICT_YES, "the repository is public");
	} else if (known->basis != RIGHTS_SCOPES) {
		find(finding, VERDICT_UNKNOWN,
		     "it may see the repository; whether its contents, shows only when git asks");
	} else if (has_scope(known, operation, known->visibility)) {
		find(finding, VERDICT_YES, "scopes: %s; GitHub answers %s", shown_scopes(known),
		     operation_get(OPERATION_REPO_GET)->id);
	} else {
		find(finding, VERDICT_NO, "scopes: %s", shown_scopes(known));
		miss_scope(finding, operation);
	}
}

/* Whether the permissions of an App are known: with a token from the environment they are not. */
static bool is_told(const struct evidence *known)
{
	return known->basis == RIGHTS_INSTALLATION && *known->permissions;
}

bool verdict_needs_alerts(const struct evidence *known)
{
	return known->to_repo.verdict == VERDICT_YES && !is_told(known);
}

void verdict_judge(const struct evidence *known, enum operation_id id, struct finding *finding)
{
	const struct operation *operation = operation_get(id);

	memset(finding, 0, sizeof(*finding));
	if (is_plain(id))
		judge_plain(known, id, finding);
	else if (operation_is_about(id, PARAMETER_ENTERPRISE) ||
		 (operation_is_about(id, PARAMETER_ORG) && !is_told(known)))
		judge_wide(known, id, finding);
	else if (operation_is_about(id, PARAMETER_REPO) && known->to_repo.verdict == VERDICT_NO) {
		find(finding, VERDICT_NO, "%s", known->to_repo.words);
		snprintf(finding->missing, sizeof(finding->missing), "access to %s/%s",
			 known->owner, known->repo);
	} else if (is_told(known))
		judge_installation(known, id, finding);
	else if (id == OPERATION_REPO_GET)
		find(finding, VERDICT_YES, "GitHub answers %s", operation->id);
	else if (operation->base == OPERATION_BASE_GIT)
		judge_contents(known, operation, finding);
	else
		judge_alerts(known, operation, finding);
}

const char *verdict_name(enum verdict verdict)
{
	static const char *const names[] = {"unknown", "no", "yes"};

	return names[verdict];
}
