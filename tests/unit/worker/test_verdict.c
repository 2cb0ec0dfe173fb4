/* Verdicts: no more certain than the evidence. */
#include "worker/verdict.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct probe granted = {.verdict = VERDICT_YES};

/* A token that may do everything; tests take something away. */
static struct evidence all(enum rights_basis basis)
{
	return (struct evidence){
		.basis = basis,
		.scopes = basis == RIGHTS_SCOPES ? "repo" : "",
		.permissions = "",
		.owner = "acme",
		.repo = "shop",
		.visibility = VISIBILITY_PRIVATE,
		.may_push = VERDICT_YES,
		.to_repo = granted,
		.to_alerts = granted,
	};
}

static void expect(const struct evidence *known, enum operation_id id, enum verdict verdict,
		   const char *missing, const char *evidence)
{
	struct finding finding;

	verdict_judge(known, id, &finding);
	if (finding.verdict != verdict || strcmp(finding.missing, missing) != 0 ||
	    !strstr(finding.evidence, evidence))
		fail_msg("%s: %s, missing \"%s\": \"%s\"", operation_get(id)->id,
			 verdict_name(finding.verdict), finding.missing, finding.evidence);
}

static void refuse(struct probe *probe, const char *words)
{
	*probe = (struct probe){.verdict = VERDICT_NO};
	strcpy(probe->words, words);
}

static void test_every_operation_has_a_reason(void **state)
{
	static const enum verdict verdicts[] = {VERDICT_UNKNOWN, VERDICT_NO, VERDICT_YES};

	(void)state;
	for (unsigned i = 0; i < OPERATIONS * 3 * 9; i++) {
		struct evidence known = all((enum rights_basis)(i / OPERATIONS % 3));
		enum operation_id id = (enum operation_id)(i % OPERATIONS);
		struct finding finding;
		known.may_push = verdicts[i / OPERATIONS / 3 % 3];
		refuse(&known.to_alerts, "said so");
		known.to_alerts.verdict = verdicts[i / OPERATIONS / 9];
		if (!operation_get(id)->scopes)
			continue;
		verdict_judge(&known, id, &finding);
		assert_true(*finding.evidence);
		assert_int_equal(finding.verdict == VERDICT_NO, *finding.missing != 0);
	}
}

static void test_scopes(void **state)
{
	struct evidence known = all(RIGHTS_SCOPES);

	(void)state;
	expect(&known, OPERATION_ALERTS_LIST, VERDICT_YES, "", "GitHub answers alerts.list");
	expect(&known, OPERATION_ALERTS_UPDATE, VERDICT_YES, "", "scopes: repo");
	expect(&known, OPERATION_REPO_GET, VERDICT_YES, "", "repos.get");
	expect(&known, OPERATION_USER, VERDICT_YES, "", "accepts");
	expect(&known, OPERATION_ALERTS_LIST_ORG, VERDICT_UNKNOWN, "", "not tried");
	expect(&known, OPERATION_ALERTS_LIST_ENTERPRISE, VERDICT_UNKNOWN, "", "not tried");
	known.scopes = "";
	expect(&known, OPERATION_ALERTS_UPDATE, VERDICT_NO, "scope security_events or repo",
	       "scopes: none");
	expect(&known, OPERATION_ALERTS_LIST_ORG, VERDICT_NO, "scope security_events or repo",
	       "scopes: none");
	expect(&known, OPERATION_ALERTS_LIST_ENTERPRISE, VERDICT_NO,
	       "scope security_events or repo", "scopes: none");
	/* What GitHub has answered is allowed, whatever we know of scopes. */
	expect(&known, OPERATION_ALERTS_LIST, VERDICT_YES, "", "answers");
	refuse(&known.to_alerts, "Not Found");
	expect(&known, OPERATION_ALERTS_LIST, VERDICT_NO, "scope security_events or repo",
	       "Not Found");
}

static void test_public_repositories(void **state)
{
	struct evidence known = all(RIGHTS_SCOPES);

	(void)state;
	known.scopes = "public_repo";
	expect(&known, OPERATION_ALERTS_UPDATE, VERDICT_NO, "scope security_events or repo",
	       "public_repo");
	known.visibility = VISIBILITY_PUBLIC;
	expect(&known, OPERATION_ALERTS_UPDATE, VERDICT_YES, "", "public_repo");
	expect(&known, OPERATION_ALERTS_LIST_ORG, VERDICT_UNKNOWN, "", "public repositories");
	expect(&known, OPERATION_ALERTS_LIST_ENTERPRISE, VERDICT_NO,
	       "scope security_events or repo", "public_repo");
}

/* Whatever is known of alerts, which are another matter. */
static void test_contents(void **state)
{
	struct evidence known = all(RIGHTS_SCOPES);

	(void)state;
	refuse(&known.to_alerts, "Not Found");
	expect(&known, OPERATION_GIT_FETCH, VERDICT_YES, "", "scopes: repo");
	known.scopes = "security_events";
	expect(&known, OPERATION_GIT_FETCH, VERDICT_NO, "scope repo", "scopes: security_events");
	known.visibility = VISIBILITY_PUBLIC;
	expect(&known, OPERATION_GIT_LS_REFS, VERDICT_YES, "", "public");
	known = all(RIGHTS_HIDDEN);
	expect(&known, OPERATION_GIT_LS_REFS, VERDICT_UNKNOWN, "", "only when git asks");
	refuse(&known.to_repo, "Not Found");
	expect(&known, OPERATION_GIT_FETCH, VERDICT_NO, "access to acme/shop", "Not Found");
	known = all(RIGHTS_INSTALLATION);
	known.permissions = "metadata:read";
	expect(&known, OPERATION_GIT_FETCH, VERDICT_NO, "permission contents:read", "metadata");
	known.permissions = "contents:read,metadata:read";
	expect(&known, OPERATION_GIT_FETCH, VERDICT_YES, "", "contents:read");
}

static void test_lists_of_repositories(void **state)
{
	struct evidence known = all(RIGHTS_SCOPES);

	(void)state;
	refuse(&known.to_alerts, "Not Found");
	expect(&known, OPERATION_REPOS_LIST_USER, VERDICT_YES, "", "accepts");
	expect(&known, OPERATION_REPOS_LIST_OWN, VERDICT_YES, "", "accepts");
	expect(&known, OPERATION_REPOS_LIST_ORG, VERDICT_UNKNOWN, "", "not tried");
	known = all(RIGHTS_INSTALLATION);
	known.permissions = "metadata:read";
	expect(&known, OPERATION_REPOS_LIST_OWN, VERDICT_NO, "a user's token", "no user");
	expect(&known, OPERATION_REPOS_LIST_ORG, VERDICT_YES, "", "metadata:read");
}

static void test_an_account_with_less_than_its_token(void **state)
{
	struct evidence known = all(RIGHTS_SCOPES);

	(void)state;
	refuse(&known.to_alerts, "You need SSO");
	expect(&known, OPERATION_ALERTS_LIST, VERDICT_NO,
	       "access of the account to the alerts, or SSO authorisation", "You need SSO");
	expect(&known, OPERATION_ALERTS_UPDATE, VERDICT_NO,
	       "access of the account to the alerts, or SSO authorisation", "You need SSO");
	known = all(RIGHTS_SCOPES);
	known.may_push = VERDICT_NO;
	/* A security manager, or a role of the organisation's own. */
	expect(&known, OPERATION_ALERTS_UPDATE, VERDICT_UNKNOWN, "", "without write access");
	refuse(&known.to_alerts, "Code scanning is not enabled");
	known.to_alerts.verdict = VERDICT_UNKNOWN;
	expect(&known, OPERATION_ALERTS_UPDATE, VERDICT_NO, "write access to acme/shop",
	       "may not push");
	expect(&known, OPERATION_ALERTS_LIST, VERDICT_UNKNOWN, "", "not enabled");
	known.may_push = VERDICT_YES;
	expect(&known, OPERATION_ALERTS_UPDATE, VERDICT_UNKNOWN, "", "not enabled");
}

static void test_hidden_rights(void **state)
{
	struct evidence known = all(RIGHTS_HIDDEN);

	(void)state;
	expect(&known, OPERATION_ALERTS_GET, VERDICT_YES, "", "answers");
	expect(&known, OPERATION_ALERTS_UPDATE, VERDICT_UNKNOWN, "", "only when it does");
	expect(&known, OPERATION_ALERTS_LIST_ORG, VERDICT_UNKNOWN, "", "not tried");
	expect(&known, OPERATION_ALERTS_LIST_ENTERPRISE, VERDICT_NO, "a classic token",
	       "enterprises");
	expect(&known, OPERATION_USER, VERDICT_YES, "", "accepts");
	refuse(&known.to_alerts, "not accessible by personal access token");
	expect(&known, OPERATION_ALERTS_GET, VERDICT_NO, "permission security_events:read",
	       "personal access token");
	strcpy(known.to_alerts.accepted, "security_events=read");
	expect(&known, OPERATION_ALERTS_GET, VERDICT_NO, "permission security_events=read",
	       "personal access token");
	/* What a read would take is not what a write takes. */
	expect(&known, OPERATION_ALERTS_UPDATE, VERDICT_NO, "permission security_events:write",
	       "personal access token");
}

static void test_an_installation(void **state)
{
	struct evidence known = all(RIGHTS_INSTALLATION);

	(void)state;
	known.permissions = "metadata:read,security_events:write";
	known.to_alerts = (struct probe){0};
	assert_false(verdict_needs_alerts(&known));
	expect(&known, OPERATION_ALERTS_UPDATE, VERDICT_YES, "", "has security_events:write");
	expect(&known, OPERATION_ALERTS_LIST_ORG, VERDICT_YES, "", "has security_events:read");
	expect(&known, OPERATION_REPO_GET, VERDICT_YES, "", "has metadata:read");
	expect(&known, OPERATION_RATE_LIMIT, VERDICT_YES, "", "accepts");
	expect(&known, OPERATION_USER, VERDICT_NO, "a user's token", "no user");
	expect(&known, OPERATION_ALERTS_LIST_ENTERPRISE, VERDICT_NO, "a classic token",
	       "enterprises");
	known.permissions = "metadata:read,security_events:read";
	expect(&known, OPERATION_ALERTS_UPDATE, VERDICT_NO, "permission security_events:write",
	       "metadata:read,security_events:read");
	expect(&known, OPERATION_ALERTS_INSTANCES, VERDICT_YES, "", "has security_events:read");
	/* A token from the environment: nobody has told its permissions. */
	known = all(RIGHTS_INSTALLATION);
	assert_true(verdict_needs_alerts(&known));
	expect(&known, OPERATION_ALERTS_LIST, VERDICT_YES, "", "answers");
	expect(&known, OPERATION_ALERTS_UPDATE, VERDICT_UNKNOWN, "", "only when it does");
}

static void test_a_repository_that_is_not_shown(void **state)
{
	static const enum rights_basis bases[] = {RIGHTS_SCOPES, RIGHTS_INSTALLATION,
						  RIGHTS_HIDDEN};

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct evidence known = all(bases[i]);
		known.permissions = "metadata:read,security_events:write";
		refuse(&known.to_repo, "not found: Not Found");
		assert_false(verdict_needs_alerts(&known));
		expect(&known, OPERATION_REPO_GET, VERDICT_NO, "access to acme/shop", "not found");
		expect(&known, OPERATION_ALERTS_UPDATE, VERDICT_NO, "access to acme/shop",
		       "not found");
		expect(&known, OPERATION_META, VERDICT_YES, "", "accepts");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_operation_has_a_reason),
		cmocka_unit_test(test_scopes),
		cmocka_unit_test(test_public_repositories),
		cmocka_unit_test(test_contents),
		cmocka_unit_test(test_lists_of_repositories),
		cmocka_unit_test(test_an_account_with_less_than_its_token),
		cmocka_unit_test(test_hidden_rights),
		cmocka_unit_test(test_an_installation),
		cmocka_unit_test(test_a_repository_that_is_not_shown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
