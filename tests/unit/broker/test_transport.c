/* Requests of git's, with the way to GitHub played by the test: what is sent, what is sent again,
 * and what everybody is told. */
#include "broker/transport.h"

#include "broker/audit_log.h"
#include "broker/upstream.h"
#include "lib/base/clock.h"
#include "lib/base/io.h"

#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#define ALL_SEALS (F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL)

/* --- the way to GitHub --- */

/* How an attempt goes. */
struct turn {
	uint16_t status; /* 0: no answer */
	enum failure_kind failure;
	uint64_t retry_after; /* 0: none */
	const char *passed;
};

struct upstream_request {
	uint64_t passed;
	struct upstream_order order;
	const struct upstream_callbacks *callbacks;
	void *context;
	struct loop_timer *timer;
};

static struct broker broker;
static struct job job;
static const struct turn *turns;
static unsigned sent, cancelled, records;
static struct upstream_order last;
static char last_url[OPERATION_URL_MAX], record[512], request_seen[64], noted[128];

static void take_turn(void *context)
{
	struct upstream_request *request = context;
	const struct turn *turn = turns++;
	struct response response = {
		.status = turn->status,
		.retry_after = turn->retry_after ? turn->retry_after : RESPONSE_NUMBER_ABSENT,
		.limit = RESPONSE_NUMBER_ABSENT,
		.remaining = RESPONSE_NUMBER_ABSENT,
		.reset = RESPONSE_NUMBER_ABSENT,
		.date = RESPONSE_NUMBER_ABSENT,
		.request_id = "A:1",
		.location = turn->status == 301 ? "https://h/acme/store.git" : "",
	};
	struct failure failure = {.kind = turn->failure};

	if (turn->passed) {
		request->passed = strlen(turn->passed);
		assert_int_equal(write(request->order.sink, turn->passed, request->passed),
				 (ssize_t)request->passed);
	}
	io_close(&request->order.sink);
	io_close(&request->order.request);
	response.body_size = request->passed;
	snprintf(failure.message, sizeof(failure.message), "the network is down");
	if (turn->status)
		request->callbacks->answered(request->context, &response, -1);
	else
		request->callbacks->failed(request->context, &failure, true);
	free(request);
}

struct upstream_request *upstream_send(struct bearer *bearer, const struct upstream_order *order,
				       const struct upstream_callbacks *callbacks, void *context)
{
	struct upstream_request *request = calloc(1, sizeof(*request));
	ssize_t length = pread(order->request, request_seen, sizeof(request_seen) - 1, 0);

	assert_ptr_equal(bearer, job.git_bearer);
	assert_true(length >= 0);
	request_seen[length] = 0;
	snprintf(last_url, sizeof(last_url), "%s", order->url);
	last = *order;
	sent++;
	request->order = *order;
	request->callbacks = callbacks;
	request->context = context;
	request->timer = loop_after(broker.loop, 0, take_turn, request);
	return request;
}

uint64_t upstream_passed(const struct upstream_request *request)
{
	return request->passed;
}

void upstream_cancel(struct upstream_request *request)
{
	if (!request)
		return;
	cancelled++;
	loop_cancel(request->timer);
	io_close(&request->order.sink);
	io_close(&request->order.request);
	free(request);
}

void upstream_stop(struct bearer *bearer)
{
	(void)bearer;
}

/* --- the rest of the broker --- */

struct audit_event job_event(const struct job *of, const char *event, enum audit_phase phase)
{
	return (struct audit_event){
		.actor = "uid:0", .job = of->id, .event = event, .target = "acme", .phase = phase};
}

void audit_log_note(struct audit_log *log, const struct audit_event *event)
{
	int used = snprintf(record, sizeof(record), "%s %s %s %s", event->event, event->target,
			    event->outcome, event->request_id);

	(void)log;
	assert_int_equal(event->phase, AUDIT_RESULT);
	for (unsigned i = 0; i < event->detail_count; i++)
		used += snprintf(record + used, sizeof(record) - (size_t)used, " %s=%s",
				 event->details[i].key, event->details[i].value);
	records++;
}

uint64_t job_patience_ms(const struct job *of)
{
	(void)of;
	return 1500;
}

void job_note(struct job *of, const char *text)
{
	(void)of;
	snprintf(noted, sizeof(noted), "%s", text);
}

void broker_progress(struct broker *of)
{
	(void)of;
}

/* --- a bearer whose token is not always accepted --- */

static unsigned tokens_left;

static uint32_t refused(struct bearer *bearer, uint64_t sent_ms, unsigned before)
{
	(void)bearer;
	(void)before;
	assert_true(sent_ms <= clock_monotonic_ms());
	return tokens_left && tokens_left-- ? 1 : 0;
}

static bool never(const struct bearer *bearer)
{
	(void)bearer;
	return false;
}

static void fail_to_prepare(struct bearer *bearer)
{
	struct failure failure;

	failure_set(&failure, FAILURE_PERMISSION, "", "the App is not installed");
	bearer_prepared(bearer, &failure);
}

static const struct bearer_kind good = {.refused = refused};
static const struct bearer_kind without = {.is_ready = never, .prepare = fail_to_prepare};

/* --- asking --- */

struct outcome {
	unsigned told;
	struct failure failure;
	uint64_t bytes;
};

static void done(void *context, const struct failure *failure, uint64_t bytes)
{
	struct outcome *outcome = context;

	outcome->told++;
	outcome->failure = *failure;
	outcome->bytes = bytes;
	loop_stop(broker.loop);
}

static int new_request(const char *text, int seals)
{
	int fd = memfd_create("request", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	assert_int_equal(fcntl(fd, F_ADD_SEALS, seals), 0);
	return fd;
}

static int reader;

static struct transport_order order_of(enum git_command command)
{
	int ends[2];

	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	reader = ends[0];
	return (struct transport_order){
		.owner = "acme",
		.name = "shop",
		.command = command,
		.request = new_request("0000", ALL_SEALS),
		.answer = ends[1],
		.most_bytes = 1000,
		.timeout_ms = 5000,
	};
}

static struct outcome run(const struct transport_order *order, const struct turn *script)
{
	struct outcome outcome = {0};

	turns = script;
	sent = records = 0;
	record[0] = 0;
	transport_start(&job, order, done, &outcome);
	assert_int_equal(outcome.told, 0);
	loop_run(broker.loop);
	assert_int_equal(outcome.told, 1);
	assert_int_equal(records, 1);
	return outcome;
}

/* What came through the pipe, of which nobody holds the other end by now. */
static void expect_piped(const char *text)
{
	char got[64];
	ssize_t length = io_read_full(reader, got, sizeof(got) - 1);

	assert_true(length >= 0);
	got[length] = 0;
	assert_string_equal(got, text);
	io_close(&reader);
}

static void expect_failure(const struct turn *script, enum failure_kind kind, const char *says,
			   unsigned attempts)
{
	struct transport_order order = order_of(GIT_FETCH);
	struct outcome outcome = run(&order, script);

	if (outcome.failure.kind != kind || !strstr(outcome.failure.message, says) ||
	    !strstr(outcome.failure.message, "acme/shop"))
		fail_msg("%s: %s", failure_name(outcome.failure.kind), outcome.failure.message);
	assert_int_equal(sent, attempts);
	expect_piped("");
}

static void stop(void *loop)
{
	loop_stop(loop);
}

static int set_up(void **state)
{
	(void)state;
	memset(&job, 0, sizeof(job));
	static char log; /* nobody looks into it */
	broker = (struct broker){.loop = loop_new(), .audit = (struct audit_log *)&log};
	broker.settings.max_retries = 2;
	broker.settings.max_backoff_ms = 10;
	job.broker = &broker;
	strcpy(job.id, "j-1");
	job.git_bearer = bearer_new(&broker, &good, "good", "https://h", NULL);
	cancelled = tokens_left = 0;
	noted[0] = 0;
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	bearer_release(job.git_bearer);
	loop_after(broker.loop, 0, stop, broker.loop);
	loop_run(broker.loop);
	loop_free(broker.loop);
	return 0;
}

static void test_an_answer(void **state)
{
	static const struct turn script[] = {{.status = 200, .passed = "0008pack"}};
	struct transport_order order = order_of(GIT_FETCH);
	struct outcome outcome = run(&order, script);

	(void)state;
	assert_int_equal(outcome.failure.kind, FAILURE_NONE);
	assert_int_equal(outcome.bytes, 8);
	assert_string_equal(last_url, "https://h/acme/shop.git/git-upload-pack");
	assert_string_equal(request_seen, "0000");
	assert_int_equal(last.method, METHOD_POST);
	assert_int_equal(last.answer, ANSWER_STREAM);
	assert_int_equal(last.most_bytes, 1000);
	assert_in_range(last.deadline_ms, 4000, 5000);
	assert_int_equal(last.body_length, 0);
	assert_string_equal(record,
			    "git.fetch acme/shop answered A:1 status=200 attempts=1 bytes=8");
	expect_piped("0008pack");
	order = order_of(GIT_LS_REFS);
	run(&order, script);
	assert_string_equal(record,
			    "git.ls_refs acme/shop answered A:1 status=200 attempts=1 bytes=8");
	io_close(&reader);
}

static void test_what_the_server_says_instead(void **state)
{
	static const struct {
		struct turn turn;
		enum failure_kind kind;
		const char *says;
		unsigned attempts;
	} cases[] = {
		{{.status = 301}, FAILURE_REDIRECT, "to https://h/acme/store.git (status 301)", 1},
		{{.status = 302}, FAILURE_REDIRECT, "to nowhere", 1},
		{{.status = 401}, FAILURE_AUTHENTICATION, "does not accept the token", 1},
		{{.status = 403}, FAILURE_PERMISSION, "does not let the token fetch", 1},
		{{.status = 404}, FAILURE_NOT_FOUND, "there is no repository acme/shop", 1},
		{{.status = 410}, FAILURE_NOT_FOUND, "there is no repository", 1},
		{{.status = 451}, FAILURE_PERMISSION, "(status 451)", 1},
		{{.status = 204}, FAILURE_MALFORMED, "status 204", 1},
		{{.status = 418}, FAILURE_MALFORMED, "status 418", 1},
		{{.status = 501}, FAILURE_SERVER, "status 501", 1},
		/* Longer than the job's patience. */
		{{.status = 429, .retry_after = 60}, FAILURE_RATE_LIMITED, "rate limit", 1},
		{{.status = 403, .retry_after = 60}, FAILURE_RATE_LIMITED, "rate limit", 1},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		expect_failure(&cases[i].turn, cases[i].kind, cases[i].says, cases[i].attempts);
		assert_non_null(strstr(record, "acme/shop refused A:1"));
	}
}

static void test_again(void **state)
{
	static const struct turn script[] = {
		{.status = 503}, {.failure = FAILURE_NETWORK}, {.status = 200, .passed = "0000"}};
	static const struct turn three[] = {{.status = 500}, {.status = 502}, {.status = 503}};
	struct transport_order order = order_of(GIT_FETCH);
	struct outcome outcome = run(&order, script);

	(void)state;
	assert_int_equal(outcome.failure.kind, FAILURE_NONE);
	assert_non_null(strstr(record, "attempts=3 bytes=4"));
	assert_string_equal(request_seen, "0000");
	expect_piped("0000");
	expect_failure(three, FAILURE_SERVER, "failed with status 503", 3);
}

/* git has seen the beginning of an answer: another one cannot follow it. */
static void test_not_again_once_something_was_passed_on(void **state)
{
	static const struct turn script[] = {{.failure = FAILURE_NETWORK, .passed = "00"}};
	struct transport_order order = order_of(GIT_FETCH);
	struct outcome outcome = run(&order, script);

	(void)state;
	assert_int_equal(sent, 1);
	assert_int_equal(outcome.bytes, 2);
	assert_string_equal(outcome.failure.message, "cannot fetch acme/shop: the network is down");
	assert_string_equal(record, "git.fetch acme/shop network  status=0 attempts=1 bytes=2");
	expect_piped("00");
}

static void test_what_is_not_worth_another_try(void **state)
{
	static const enum failure_kind kinds[] = {FAILURE_TIMEOUT, FAILURE_TLS, FAILURE_MALFORMED,
						  FAILURE_INTERNAL};

	(void)state;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		const struct turn turn = {.failure = kinds[i]};
		expect_failure(&turn, kinds[i], "the network is down", 1);
	}
}

static void test_another_token(void **state)
{
	static const struct turn script[] = {{.status = 401}, {.status = 200, .passed = "0000"}};
	static const struct turn refusals[] = {{.status = 401}, {.status = 401}, {.status = 401}};
	struct transport_order order = order_of(GIT_FETCH);

	(void)state;
	tokens_left = 1;
	assert_int_equal(run(&order, script).failure.kind, FAILURE_NONE);
	assert_int_equal(sent, 2);
	io_close(&reader);
	tokens_left = 100;
	expect_failure(refusals, FAILURE_AUTHENTICATION, "does not accept the token", 3);
}

/* A limit is the whole job's: nothing else is asked meanwhile. */
static void test_a_limit_that_passes(void **state)
{
	static const struct turn script[] = {{.status = 403, .retry_after = 1},
					     {.status = 200, .passed = "0000"}};
	struct transport_order order = order_of(GIT_FETCH);
	uint64_t began_ms = clock_monotonic_ms();

	(void)state;
	/* Waiting is no part of the time that it may take. */
	order.timeout_ms = 900;
	assert_int_equal(run(&order, script).failure.kind, FAILURE_NONE);
	assert_true(job.held_until_ms >= began_ms + 1000);
	assert_true(clock_monotonic_ms() >= job.held_until_ms);
	assert_non_null(strstr(noted, "waiting for GitHub's rate limit until"));
	expect_piped("0000");
	job.held_until_ms = clock_monotonic_ms() + 200;
	order = order_of(GIT_FETCH);
	run(&order, script + 1);
	assert_true(clock_monotonic_ms() >= job.held_until_ms);
	io_close(&reader);
}

static void test_out_of_time(void **state)
{
	struct transport_order order = order_of(GIT_FETCH);

	(void)state;
	order.timeout_ms = 0;
	struct outcome outcome = run(&order, NULL);
	assert_int_equal(outcome.failure.kind, FAILURE_TIMEOUT);
	assert_non_null(strstr(outcome.failure.hint, "GHWARD_GIT_TIMEOUT"));
	assert_int_equal(sent, 0);
	expect_piped("");
}

static void test_without_a_token(void **state)
{
	struct bearer *before = job.git_bearer;

	(void)state;
	job.git_bearer = bearer_new(&broker, &without, "without", "https://h", NULL);
	expect_failure(NULL, FAILURE_PERMISSION, "the App is not installed", 0);
	bearer_release(job.git_bearer);
	job.git_bearer = before;
}

/* What ghward-git says is not believed. */
static void test_what_is_no_request(void **state)
{
	static const int seals[] = {0, ALL_SEALS & ~F_SEAL_WRITE, ALL_SEALS & ~F_SEAL_GROW,
				    ALL_SEALS & ~F_SEAL_SHRINK, F_SEAL_WRITE};
	static const char *const names[] = {"", "..", "a/b", "shop.git", "sh op", "shop?x"};

	(void)state;
	for (size_t i = 0; i < sizeof(seals) / sizeof(seals[0]); i++) {
		struct transport_order order = order_of(GIT_FETCH);
		close(order.request);
		order.request = new_request("0000", seals[i]);
		assert_int_equal(run(&order, NULL).failure.kind, FAILURE_INTERNAL);
		assert_int_equal(sent, 0);
		expect_piped("");
	}
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct transport_order order = order_of(GIT_FETCH);
		order.name = names[i];
		assert_int_equal(run(&order, NULL).failure.kind, FAILURE_INTERNAL);
		assert_int_equal(sent, 0);
		expect_piped("");
	}
	struct transport_order order = order_of(GIT_FETCH);
	close(order.request);
	order.request = memfd_create("request", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	assert_int_equal(ftruncate(order.request, (off_t)UPSTREAM_REQUEST_MAX + 1), 0);
	assert_int_equal(fcntl(order.request, F_ADD_SEALS, ALL_SEALS), 0);
	assert_int_equal(run(&order, NULL).failure.kind, FAILURE_INTERNAL);
	expect_piped("");
}

static void test_cancelled(void **state)
{
	static const struct turn script[] = {{.status = 200, .passed = "0000"}};
	struct outcome outcome = {0};

	(void)state;
	/* Before it is sent, while it waits, and while it is under way. */
	for (unsigned turn = 0; turn < 3; turn++) {
		struct transport_order order = order_of(GIT_FETCH);
		turns = script;
		sent = cancelled = 0;
		job.held_until_ms = turn == 1 ? clock_monotonic_ms() + 10000 : 0;
		struct transport *transport = transport_start(&job, &order, done, &outcome);
		while (turn == 2 && !sent) {
			loop_after(broker.loop, 0, stop, broker.loop);
			loop_run(broker.loop);
		}
		transport_cancel(transport);
		loop_after(broker.loop, 20, stop, broker.loop);
		loop_run(broker.loop);
		assert_int_equal(outcome.told, 0);
		assert_int_equal(cancelled, turn == 2);
		expect_piped("");
	}
	transport_cancel(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_an_answer, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_what_the_server_says_instead, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(test_again, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_not_again_once_something_was_passed_on, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(test_what_is_not_worth_another_try, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(test_another_token, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_a_limit_that_passes, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_out_of_time, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_without_a_token, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_what_is_no_request, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_cancelled, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
