/* Lists of repositories, and the grants of jobs about them. */
#include "broker/grant.h"
#include "broker/listed.h"
#include "lib/ipc/channel.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>

static int take(struct listed *listed, struct ipc_message *message)
{
	struct ipc_incoming in = {0};
	static uint8_t bytes[IPC_MESSAGE_MAX];

	assert_int_equal(ipc_seal(message), 0);
	memcpy(bytes, message->bytes, message->used);
	assert_int_equal(ipc_parse(&in, bytes, message->used), 0);
	ipc_free(message);
	return listed_take(listed, &in);
}

static struct ipc_message *message_of(const char *const *names, unsigned count)
{
	struct ipc_message *message = ipc_new(MESSAGE_REPOSITORIES, 0);

	ipc_put_u16(message, (uint16_t)(count / 2));
	for (unsigned i = 0; i < count; i++)
		ipc_put_string(message, names[i]);
	return message;
}

static struct listed *list_of(const char *const *names, unsigned count)
{
	struct listed *listed = listed_new();

	assert_int_equal(take(listed, message_of(names, count)), 0);
	return listed;
}

#define LIST(...)                                                                                  \
	list_of((const char *const[]){__VA_ARGS__},                                                \
		sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *))

static void test_finds_what_is_listed(void **state)
{
	struct listed *listed = LIST("acme", "shop", "Zoo", "bar", "acme", "api");

	(void)state;
	assert_int_equal(listed_count(listed), 3);
	assert_true(listed_has(listed, "acme", "shop"));
	assert_true(listed_has(listed, "ACME", "API"));
	assert_true(listed_has(listed, "zoo", "bar"));
	assert_false(listed_has(listed, "acme", "bar"));
	assert_false(listed_has(listed, "acme", "sho"));
	assert_false(listed_has(listed, "acm", "eshop"));
	listed_free(listed);
}

static void test_a_wiki_belongs_to_its_repository(void **state)
{
	struct listed *listed = LIST("acme", "shop");

	(void)state;
	assert_true(listed_has(listed, "acme", "shop.wiki"));
	assert_false(listed_has(listed, "acme", "shop.wik"));
	assert_false(listed_has(listed, "acme", "api.wiki"));
	assert_false(listed_has(listed, "acme", ".wiki"));
	assert_false(listed_has(listed, "acme", "shop.wiki.wiki"));
	listed_free(listed);
}

static void test_an_empty_list_has_nothing(void **state)
{
	struct listed *listed = listed_new();

	(void)state;
	assert_false(listed_has(listed, "acme", "shop"));
	assert_null(listed_owner(listed));
	assert_null(listed_single(listed));
	listed_free(listed);
}

static void test_tells_one_owner_and_one_name(void **state)
{
	struct listed *one = LIST("acme", "shop"), *same = LIST("acme", "a", "Acme", "b"),
		      *several = LIST("acme", "a", "zoo", "b");

	(void)state;
	assert_string_equal(listed_owner(one), "acme");
	assert_string_equal(listed_single(one), "shop");
	assert_string_equal(listed_owner(same), "acme");
	assert_null(listed_single(same));
	assert_null(listed_owner(several));
	listed_free(one);
	listed_free(same);
	listed_free(several);
}

static void test_names_what_is_no_name(void **state)
{
	struct listed *owner = LIST("acme", "shop", "-x", "y"), *name = LIST("acme", ".."),
		      *fine = LIST("acme", ".github");
	enum validate_kind kind;

	(void)state;
	assert_string_equal(listed_wrong(owner, &kind), "-x");
	assert_int_equal(kind, VALIDATE_OWNER);
	assert_string_equal(listed_wrong(name, &kind), "..");
	assert_int_equal(kind, VALIDATE_REPO);
	assert_null(listed_wrong(fine, &kind));
	listed_free(owner);
	listed_free(name);
	listed_free(fine);
}

static void test_refuses_malformed_messages(void **state)
{
	static const char *const names[] = {"acme", "shop"};
	struct listed *listed = listed_new();
	struct ipc_message *message = message_of(names, 2);

	(void)state;
	ipc_put_u8(message, 0);
	assert_int_equal(take(listed, message), -1);
	message = ipc_new(MESSAGE_REPOSITORIES, 0);
	ipc_put_u16(message, 2);
	ipc_put_string(message, "acme");
	assert_int_equal(take(listed, message), -1);
	listed_free(listed);
}

static void test_takes_no_more_than_it_may(void **state)
{
	struct listed *listed = listed_new();
	int result = 0;

	(void)state;
	for (unsigned i = 0; result == 0 && i <= REPOS_LISTED_MAX; i++) {
		static const char *const names[] = {"a", "b"};
		result = take(listed, message_of(names, 2));
	}
	assert_int_equal(result, -1);
	assert_int_equal(listed_count(listed), REPOS_LISTED_MAX);
	listed_free(listed);
}

/* --- grants --- */

static struct grant grant_of(enum job_kind kind, enum operation_parameter owner, const char *value,
			     struct listed *listed)
{
	struct job_request request = {.kind = kind};
	enum operation_parameter wrong;
	struct grant grant;

	if (value)
		request.arguments.values[owner] = value;
	assert_int_equal(grant_make_repos(&grant, &request, listed, &wrong), 0);
	return grant;
}

static const char *take_repo(struct grant *grant, enum operation_id operation, const char *owner,
			     const char *name)
{
	const struct operation_arguments arguments = {
		.values = {[PARAMETER_OWNER] = owner, [PARAMETER_REPO] = name}};

	return grant_take(grant, operation, &arguments);
}

static void test_grants_an_organisation(void **state)
{
	struct listed *none = listed_new();
	struct grant grant = grant_of(JOB_REPOS_SYNC, PARAMETER_ORG, "acme", none);
	struct operation_arguments list = {
		.values = {[PARAMETER_ORG] = "acme", [PARAMETER_PAGE] = "2"}};

	(void)state;
	assert_null(grant_take(&grant, OPERATION_REPOS_LIST_ORG, &list));
	list.values[PARAMETER_ORG] = "zoo";
	assert_non_null(grant_take(&grant, OPERATION_REPOS_LIST_ORG, &list));
	assert_null(take_repo(&grant, OPERATION_GIT_LS_REFS, "acme", "shop"));
	assert_null(take_repo(&grant, OPERATION_REPO_GET, "Acme", "shop"));
	assert_non_null(take_repo(&grant, OPERATION_GIT_LS_REFS, "zoo", "shop"));
	assert_non_null(take_repo(&grant, OPERATION_REPO_GET, "zoo", "shop"));
	assert_non_null(take_repo(&grant, OPERATION_GIT_LS_REFS, "acme", "../zoo"));
	grant_free(&grant);
	listed_free(none);
}

static void test_fetching_is_no_call_of_the_workers(void **state)
{
	struct listed *none = listed_new();
	struct grant grant = grant_of(JOB_REPOS_SYNC, PARAMETER_ORG, "acme", none);

	(void)state;
	assert_non_null(take_repo(&grant, OPERATION_GIT_FETCH, "acme", "shop"));
	grant_free(&grant);
	listed_free(none);
}

static void test_a_list_grants_no_git(void **state)
{
	struct listed *none = listed_new();
	struct grant grant = grant_of(JOB_REPOS_LIST, PARAMETER_USERNAME, "kim", none);
	const struct operation_arguments own = {
		.values = {[PARAMETER_AFFILIATION] = "owner", [PARAMETER_PER_PAGE] = "100"}};

	(void)state;
	assert_null(grant_take(&grant, OPERATION_REPOS_LIST_OWN, &own));
	assert_non_null(take_repo(&grant, OPERATION_GIT_LS_REFS, "kim", "shop"));
	grant_free(&grant);
	listed_free(none);
}

static void test_grants_what_is_listed_alone(void **state)
{
	struct listed *listed = LIST("acme", "shop", "zoo", "bar");
	struct grant grant = grant_of(JOB_REPOS_SYNC, PARAMETER_ORG, NULL, listed);
	const struct operation_arguments list = {.values = {[PARAMETER_ORG] = "acme"}};

	(void)state;
	assert_null(take_repo(&grant, OPERATION_GIT_LS_REFS, "acme", "shop"));
	assert_null(take_repo(&grant, OPERATION_GIT_LS_REFS, "zoo", "bar.wiki"));
	assert_non_null(take_repo(&grant, OPERATION_GIT_LS_REFS, "acme", "bar"));
	assert_non_null(grant_take(&grant, OPERATION_REPOS_LIST_ORG, &list));
	grant_free(&grant);
	listed_free(listed);
}

static void test_wants_what_git_needs(void **state)
{
	struct listed *none = listed_new();
	struct grant grant = grant_of(JOB_REPOS_SYNC, PARAMETER_ORG, "acme", none);
	char permissions[128];

	(void)state;
	grant_permissions(&grant, permissions, sizeof(permissions));
	assert_string_equal(permissions, "metadata:read,contents:read");
	grant_free(&grant);
	listed_free(none);
}

static void test_refuses_other_parameters(void **state)
{
	struct listed *none = listed_new();
	struct job_request request = {.kind = JOB_REPOS_SYNC};
	enum operation_parameter wrong;
	struct grant grant;

	(void)state;
	request.arguments.values[PARAMETER_ORG] = "acme";
	request.arguments.values[PARAMETER_STATE] = "open";
	assert_int_equal(grant_make_repos(&grant, &request, none, &wrong), -1);
	assert_int_equal(wrong, PARAMETER_STATE);
	grant_free(&grant);
	request.arguments.values[PARAMETER_STATE] = NULL;
	request.arguments.values[PARAMETER_ORG] = "../acme";
	assert_int_equal(grant_make_repos(&grant, &request, none, &wrong), -1);
	assert_int_equal(wrong, PARAMETER_ORG);
	grant_free(&grant);
	listed_free(none);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_finds_what_is_listed),
		cmocka_unit_test(test_a_wiki_belongs_to_its_repository),
		cmocka_unit_test(test_an_empty_list_has_nothing),
		cmocka_unit_test(test_tells_one_owner_and_one_name),
		cmocka_unit_test(test_names_what_is_no_name),
		cmocka_unit_test(test_refuses_malformed_messages),
		cmocka_unit_test(test_takes_no_more_than_it_may),
		cmocka_unit_test(test_grants_an_organisation),
		cmocka_unit_test(test_fetching_is_no_call_of_the_workers),
		cmocka_unit_test(test_a_list_grants_no_git),
		cmocka_unit_test(test_grants_what_is_listed_alone),
		cmocka_unit_test(test_wants_what_git_needs),
		cmocka_unit_test(test_refuses_other_parameters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
