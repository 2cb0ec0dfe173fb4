/* Bearers towards git's repositories: the token is another one's, and so is what becomes of it. */
#include "broker/git_bearer.h"
#include "broker/upstream.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* --- the one that has the token --- */

static struct broker broker;
static bool ready;
static enum failure_kind preparing_ends;
static uint64_t refused_at;
static unsigned frees;

static bool is_ready(const struct bearer *bearer)
{
	(void)bearer;
	return ready;
}

static void prepare(struct bearer *bearer)
{
	const struct failure failure = {.kind = preparing_ends};

	ready = preparing_ends == FAILURE_NONE;
	bearer_prepared(bearer, ready ? NULL : &failure);
}

static int put(struct bearer *bearer, struct ipc_message *message, struct failure *failure)
{
	(void)bearer;
	if (!ready) {
		failure_set(failure, FAILURE_AUTHENTICATION, "", "the token is gone");
		return -1;
	}
	ipc_put_bytes(message, "secret", 6);
	return 0;
}

static uint32_t refused(struct bearer *bearer, uint64_t sent_ms, unsigned before)
{
	(void)bearer;
	refused_at = sent_ms;
	return 100 + before;
}

static void count(struct bearer *bearer)
{
	(void)bearer;
	frees++;
}

static const struct bearer_kind kind = {
	.is_ready = is_ready, .prepare = prepare, .put = put, .refused = refused, .free = count};

void broker_progress(struct broker *of)
{
	(void)of;
}

void upstream_stop(struct bearer *bearer)
{
	(void)bearer;
}

static struct bearer *api;

static int set_up(void **state)
{
	(void)state;
	broker = (struct broker){.loop = loop_new()};
	api = bearer_new(&broker, &kind, "api", "https://api.github.com", NULL);
	ready = true;
	frees = 0;
	return 0;
}

static void stop(void *loop)
{
	loop_stop(loop);
}

static void run(void)
{
	loop_after(broker.loop, 10, stop, broker.loop);
	loop_run(broker.loop);
}

static int tear_down(void **state)
{
	(void)state;
	bearer_release(api);
	run();
	assert_null(broker.bearers);
	assert_int_equal(frees, 1);
	loop_free(broker.loop);
	return 0;
}

static void test_the_token_of_another(void **state)
{
	struct bearer *git = git_bearer(api, "https://github.com", 8);
	struct ipc_message *message = ipc_new(1, 1), *none = ipc_new(1, 1);
	struct failure failure;

	(void)state;
	assert_string_equal(git->base, "https://github.com");
	assert_true(bearer_is_ready(git));
	assert_int_equal(bearer_put(git, message, &failure), 0);
	assert_memory_equal(message->bytes + message->used - 6, "secret", 6);
	assert_int_equal(bearer_refused(git, 17, 3), 103);
	assert_int_equal(refused_at, 17);
	ready = false;
	assert_false(bearer_is_ready(git));
	assert_int_equal(bearer_put(git, none, &failure), -1);
	assert_int_equal(failure.kind, FAILURE_AUTHENTICATION);
	ipc_free(message);
	ipc_free(none);
	bearer_release(git);
}

static enum failure_kind heard;
static unsigned told;

static void hear(void *context, const struct failure *failure)
{
	(void)context;
	told++;
	heard = failure ? failure->kind : FAILURE_NONE;
}

static void test_waiting_for_it(void **state)
{
	struct bearer *git = git_bearer(api, "https://github.com", 8);

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		told = 0;
		ready = false;
		preparing_ends = i ? FAILURE_PERMISSION : FAILURE_NONE;
		bearer_prepare(git, hear, NULL);
		assert_int_equal(told, 0);
		run();
		assert_int_equal(told, 1);
		assert_int_equal(heard, preparing_ends);
	}
	/* Nobody is told who has gone. */
	told = 0;
	bearer_forget(bearer_prepare(git, hear, NULL));
	bearer_release(git);
	run();
	assert_int_equal(told, 0);
}

static void test_one_for_all_jobs(void **state)
{
	struct bearer *first = git_bearer(api, "https://github.com", 8);
	struct bearer *second = git_bearer(api, "https://github.com", 20);
	struct bearer *third = git_bearer(api, "https://ghes.example", 1);
	struct bearer *other = bearer_new(&broker, &kind, "other", "https://h", NULL);
	struct bearer *fourth = git_bearer(other, "https://github.com", 1);

	(void)state;
	assert_ptr_equal(first, second);
	assert_int_equal(first->in_flight, 20);
	assert_ptr_not_equal(first, third);
	assert_ptr_not_equal(first, fourth);
	bearer_release(first);
	bearer_release(second);
	bearer_release(third);
	bearer_release(other);
	/* Its token is still needed. */
	assert_int_equal(frees, 0);
	bearer_release(fourth);
	assert_int_equal(frees, 1);
	frees = 0;
}

static void expect_base(bool from_vault, const char *origin, const char *configured,
			const char *expected)
{
	struct choice choice = {.from_vault = from_vault};
	char base[BEARER_BASE_MAX + 1];
	struct failure failure;

	snprintf(choice.origin, sizeof(choice.origin), "%s", origin);
	snprintf(broker.settings.git.url, sizeof(broker.settings.git.url), "%s", configured);
	assert_int_equal(git_bearer_base(&broker, &choice, base, &failure), 0);
	assert_string_equal(base, expected);
}

static void test_where_it_is(void **state)
{
	static const char mirror[] = "https://git.example:8443";

	(void)state;
	expect_base(false, "https://api.github.com", "", "https://github.com");
	expect_base(false, "https://ghes.example/api/v3", "", "https://ghes.example");
	expect_base(true, "https://api.acme.ghe.com", "", "https://acme.ghe.com");
	expect_base(false, "https://localhost:8443", "", "https://localhost:8443");
	expect_base(false, "https://api.github.com", mirror, mirror);
	/* A token of the vault goes nowhere but where it belongs, whatever is configured. */
	expect_base(true, "https://api.github.com", mirror, "https://github.com");
}

static void test_where_it_cannot_be(void **state)
{
	struct choice choice = {.origin = "http://h"};
	char base[BEARER_BASE_MAX + 1];
	struct failure failure;

	(void)state;
	broker.settings.git.url[0] = 0;
	assert_int_equal(git_bearer_base(&broker, &choice, base, &failure), -1);
	assert_int_equal(failure.kind, FAILURE_USAGE);
	assert_non_null(strstr(failure.message, "http://h"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_the_token_of_another, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_waiting_for_it, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_one_for_all_jobs, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_where_it_is, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_where_it_cannot_be, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
