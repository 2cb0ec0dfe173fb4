/* What processes say to each other about repositories: what is put comes out again, and what does
 * not fit does not. */
#include "lib/ipc/protocol.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct ipc_incoming parse(struct ipc_message *message)
{
	struct ipc_incoming in = {0};

	assert_int_equal(ipc_seal(message), 0);
	assert_int_equal(ipc_parse(&in, message->bytes, message->used), 0);
	return in;
}

/* A text of so many letters. */
static const char *letters(size_t count)
{
	static char text[4096];

	memset(text, 'x', count);
	text[count] = 0;
	return text;
}

/* --- what a job is about --- */

static struct repos_request a_request(void)
{
	return (struct repos_request){
		.mode = REPOS_WORKTREE,
		.partial = REPOS_TREELESS,
		.depth = 5,
		.workers = REPOS_WORKERS_MAX,
		.full = 1,
		.wiki = 1,
		.prune = 1,
		.listed = REPOS_LISTED_MAX,
		.destination = "/srv/mirrors",
		.include = "acme/*",
		.exclude = "*-old",
		.topic = "tools",
		.language = "C,Rust",
		.archived = REPOS_WITHOUT,
		.forks = REPOS_ONLY,
		.visibility = REPOS_PUBLIC | REPOS_PRIVATE | REPOS_INTERNAL,
		.size_min_kb = 1,
		.size_max_kb = UINT32_MAX,
	};
}

static void test_a_request(void **state)
{
	const struct repos_request put = a_request();
	struct ipc_message *message = ipc_new(MESSAGE_JOB, 1);
	struct repos_request got;

	(void)state;
	protocol_put_repos(message, &put);
	struct ipc_incoming in = parse(message);
	protocol_get_repos(&in, &got);
	assert_int_equal(ipc_end(&in), 0);
	assert_int_equal(got.mode, put.mode);
	assert_int_equal(got.partial, put.partial);
	assert_int_equal(got.depth, put.depth);
	assert_int_equal(got.workers, put.workers);
	assert_int_equal(got.full, put.full);
	assert_int_equal(got.wiki, put.wiki);
	assert_int_equal(got.prune, put.prune);
	assert_int_equal(got.listed, put.listed);
	assert_string_equal(got.destination, put.destination);
	assert_string_equal(got.include, put.include);
	assert_string_equal(got.exclude, put.exclude);
	assert_string_equal(got.topic, put.topic);
	assert_string_equal(got.language, put.language);
	assert_int_equal(got.archived, put.archived);
	assert_int_equal(got.forks, put.forks);
	assert_int_equal(got.visibility, put.visibility);
	assert_int_equal(got.size_min_kb, put.size_min_kb);
	assert_int_equal(got.size_max_kb, put.size_max_kb);
	ipc_free(message);
}

static void expect_request(const struct repos_request *request, int expected)
{
	struct ipc_message *message = ipc_new(MESSAGE_JOB, 1);
	struct repos_request got;

	protocol_put_repos(message, request);
	struct ipc_incoming in = parse(message);
	protocol_get_repos(&in, &got);
	assert_int_equal(ipc_end(&in), expected);
	ipc_free(message);
}

static void test_requests_out_of_range(void **state)
{
	struct repos_request good = a_request(), bad[15];
	size_t count = 0;

	(void)state;
	expect_request(&good, 0);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		bad[i] = good;
	bad[count++].mode = REPOS_MODES;
	bad[count++].partial = REPOS_PARTIALS;
	bad[count++].workers = REPOS_WORKERS_MAX + 1;
	bad[count++].full = 2;
	bad[count++].wiki = 2;
	bad[count++].prune = 2;
	bad[count++].listed = REPOS_LISTED_MAX + 1;
	bad[count++].archived = REPOS_WITHS;
	bad[count++].forks = REPOS_WITHS;
	bad[count++].visibility = 8;
	bad[count++].destination = letters(REPOS_DESTINATION_MAX + 1);
	bad[count++].include = letters(REPOS_PATTERNS_MAX + 1);
	bad[count++].exclude = letters(REPOS_PATTERNS_MAX + 1);
	bad[count++].topic = letters(REPOS_PATTERNS_MAX + 1);
	bad[count++].language = letters(REPOS_PATTERNS_MAX + 1);
	for (size_t i = 0; i < count; i++)
		expect_request(&bad[i], -1);
	good.destination = good.include = letters(REPOS_PATTERNS_MAX);
	expect_request(&good, 0);
}

/* --- orders and results --- */

static void test_an_order(void **state)
{
	const struct sync_order put = {.action = SYNC_REMOVE,
				       .owner = "acme",
				       .name = "shop",
				       .old_owner = "old",
				       .old_name = "store",
				       .branch = "main",
				       .why = "pushed_at"};
	struct ipc_message *message = ipc_new(MESSAGE_SYNC, 1);
	struct sync_order got;

	(void)state;
	protocol_put_sync_order(message, &put);
	struct ipc_incoming in = parse(message);
	protocol_get_sync_order(&in, &got);
	assert_int_equal(ipc_end(&in), 0);
	assert_int_equal(got.action, SYNC_REMOVE);
	assert_string_equal(got.owner, "acme");
	assert_string_equal(got.name, "shop");
	assert_string_equal(got.old_owner, "old");
	assert_string_equal(got.old_name, "store");
	assert_string_equal(got.branch, "main");
	assert_string_equal(got.why, "pushed_at");
	message->bytes[IPC_HEADER_SIZE] = SYNC_ACTIONS;
	in = parse(message);
	protocol_get_sync_order(&in, &got);
	assert_int_equal(ipc_end(&in), -1);
	ipc_free(message);
}

static struct sync_result a_result(void)
{
	struct sync_result result = {.outcome = SYNC_LEFT_ALONE,
				     .action = SYNC_FETCH,
				     .bytes = UINT64_MAX,
				     .milliseconds = 1234,
				     .note = "main has changes of your own"};

	failure_set(&result.failure, FAILURE_TIMEOUT, "Try again.", "%s took too long",
		    "acme/shop");
	memset(result.digest, 0xd1, sizeof(result.digest));
	return result;
}

static int get_result(const struct sync_result *put, struct sync_result *got,
		      struct ipc_message **message)
{
	*message = ipc_new(MESSAGE_SYNCED, 1);
	protocol_put_sync_result(*message, put);
	struct ipc_incoming in = parse(*message);
	protocol_get_sync_result(&in, got);
	return ipc_end(&in);
}

static void test_a_result(void **state)
{
	struct sync_result put = a_result(), got;
	struct ipc_message *message;

	(void)state;
	assert_int_equal(get_result(&put, &got, &message), 0);
	assert_int_equal(got.failure.kind, FAILURE_TIMEOUT);
	assert_string_equal(got.failure.message, "acme/shop took too long");
	assert_int_equal(got.outcome, put.outcome);
	assert_int_equal(got.action, put.action);
	assert_int_equal(got.bytes, put.bytes);
	assert_int_equal(got.milliseconds, put.milliseconds);
	assert_memory_equal(got.digest, put.digest, sizeof(got.digest));
	assert_string_equal(got.note, put.note);
	ipc_free(message);
	put.outcome = SYNC_OUTCOMES;
	assert_int_equal(get_result(&put, &got, &message), -1);
	ipc_free(message);
	put = a_result();
	put.action = SYNC_ACTIONS;
	assert_int_equal(get_result(&put, &got, &message), -1);
	ipc_free(message);
}

/* --- states --- */

static struct sync_state a_state(void)
{
	struct sync_state state = {.id = UINT64_MAX,
				   .part = REPOS_WIKI,
				   .pushed_at = "2026-11-21T10:00:00Z",
				   .checked_s = 1,
				   .synced_s = 2,
				   .failed_s = 3,
				   .verified_s = 4,
				   .bytes = 5,
				   .mode = REPOS_WORKTREE};

	memset(state.name, 'n', SYNC_NAME_MAX);
	memset(state.branch, 'b', SYNC_BRANCH_MAX);
	memset(state.error, 'e', SYNC_ERROR_MAX);
	memset(state.digest, 0xd1, SYNC_DIGEST_SIZE);
	return state;
}

static void test_a_state(void **state)
{
	const struct sync_state put = a_state();
	struct ipc_message *message = ipc_new(MESSAGE_STATE_PUT, 1);
	struct sync_state got;

	(void)state;
	protocol_put_sync_state(message, &put);
	assert_true(message->used - IPC_HEADER_SIZE <= SYNC_STATE_SIZE_MAX);
	struct ipc_incoming in = parse(message);
	protocol_get_sync_state(&in, &got);
	assert_int_equal(ipc_end(&in), 0);
	assert_int_equal(got.id, put.id);
	assert_int_equal(got.part, put.part);
	assert_string_equal(got.name, put.name);
	assert_string_equal(got.pushed_at, put.pushed_at);
	assert_string_equal(got.branch, put.branch);
	assert_memory_equal(got.digest, put.digest, SYNC_DIGEST_SIZE);
	assert_int_equal(got.checked_s, 1);
	assert_int_equal(got.synced_s, 2);
	assert_int_equal(got.failed_s, 3);
	assert_int_equal(got.verified_s, 4);
	assert_int_equal(got.bytes, 5);
	assert_int_equal(got.mode, put.mode);
	assert_string_equal(got.error, put.error);
	ipc_free(message);
}

/* As many as there may be fit into one message. */
static void test_the_largest_answer(void **state)
{
	const struct sync_state one = a_state();
	struct ipc_message *message = ipc_new(MESSAGE_STATE_FOUND, 1);

	(void)state;
	ipc_put_u16(message, SYNC_STATES_MAX);
	for (unsigned i = 0; i < SYNC_STATES_MAX; i++)
		protocol_put_sync_state(message, &one);
	assert_int_equal(ipc_seal(message), 0);
	ipc_free(message);
}

static struct ipc_message *state_of(const char *name, const char *branch, size_t digest,
				    uint8_t part, uint8_t mode)
{
	struct ipc_message *message = ipc_new(MESSAGE_STATE_PUT, 1);

	ipc_put_u64(message, 1);
	ipc_put_u8(message, part);
	ipc_put_string(message, name);
	ipc_put_string(message, "");
	ipc_put_string(message, branch);
	ipc_put_bytes(message, letters(digest), digest);
	for (unsigned i = 0; i < 5; i++)
		ipc_put_u64(message, i);
	ipc_put_u8(message, mode);
	ipc_put_string(message, "");
	return message;
}

static void expect_state(struct ipc_message *message, int expected)
{
	struct ipc_incoming in = parse(message);
	struct sync_state got;

	protocol_get_sync_state(&in, &got);
	assert_int_equal(ipc_end(&in), expected);
	ipc_free(message);
}

static void test_states_out_of_range(void **state)
{
	char name[SYNC_NAME_MAX + 2], branch[SYNC_BRANCH_MAX + 2];

	(void)state;
	memset(name, 'n', sizeof(name));
	memset(branch, 'b', sizeof(branch));
	name[SYNC_NAME_MAX + 1] = branch[SYNC_BRANCH_MAX + 1] = 0;
	expect_state(state_of(name + 1, branch + 1, SYNC_DIGEST_SIZE, 1, 1), 0);
	expect_state(state_of(name, "", SYNC_DIGEST_SIZE, 1, 1), -1);
	expect_state(state_of("", branch, SYNC_DIGEST_SIZE, 1, 1), -1);
	expect_state(state_of("", "", SYNC_DIGEST_SIZE - 1, 1, 1), -1);
	expect_state(state_of("", "", SYNC_DIGEST_SIZE + 1, 1, 1), -1);
	expect_state(state_of("", "", 0, 1, 1), -1);
	expect_state(state_of("", "", SYNC_DIGEST_SIZE, REPOS_PARTS, 1), -1);
	expect_state(state_of("", "", SYNC_DIGEST_SIZE, 1, REPOS_MODES), -1);
}

static void test_a_key(void **state)
{
	struct ipc_message *message = ipc_new(MESSAGE_STATE_DROP, 1);

	(void)state;
	protocol_put_state_key(message, (struct state_key){UINT64_MAX, REPOS_WIKI});
	assert_int_equal(message->used - IPC_HEADER_SIZE, STATE_KEY_SIZE);
	struct ipc_incoming in = parse(message);
	struct state_key key = protocol_get_state_key(&in);
	assert_int_equal(ipc_end(&in), 0);
	assert_true(key.id == UINT64_MAX && key.part == REPOS_WIKI);
	message->bytes[message->used - 1] = REPOS_PARTS;
	in = parse(message);
	(void)protocol_get_state_key(&in);
	assert_int_equal(ipc_end(&in), -1);
	ipc_free(message);
}

/* --- what git does --- */

static int get_work(const struct git_work *put, struct git_work *got, struct ipc_message **message)
{
	*message = ipc_new(MESSAGE_GIT_WORK, 1);
	protocol_put_git_work(*message, put);
	struct ipc_incoming in = parse(*message);
	protocol_get_git_work(&in, got);
	return ipc_end(&in);
}

static void test_work_of_git(void **state)
{
	struct git_work put = {.action = SYNC_VERIFY,
			       .mode = REPOS_WORKTREE,
			       .partial = REPOS_BLOBLESS,
			       .depth = 7,
			       .branch = letters(SYNC_BRANCH_MAX),
			       .address_space = UINT64_MAX,
			       .file_size = 1,
			       .cpu_s = 2,
			       .processes = 3,
			       .timeout_ms = 4},
			got;
	struct ipc_message *message;

	(void)state;
	assert_int_equal(get_work(&put, &got, &message), 0);
	assert_int_equal(got.action, put.action);
	assert_int_equal(got.mode, put.mode);
	assert_int_equal(got.partial, put.partial);
	assert_int_equal(got.depth, 7);
	assert_string_equal(got.branch, put.branch);
	assert_true(got.address_space == UINT64_MAX);
	assert_int_equal(got.file_size, 1);
	assert_int_equal(got.cpu_s, 2);
	assert_int_equal(got.processes, 3);
	assert_int_equal(got.timeout_ms, 4);
	ipc_free(message);
	put.branch = letters(SYNC_BRANCH_MAX + 1);
	assert_int_equal(get_work(&put, &got, &message), -1);
	ipc_free(message);
	put.branch = "";
	put.action = SYNC_REMOVE; /* git never removes */
	assert_int_equal(get_work(&put, &got, &message), -1);
	ipc_free(message);
	put.action = SYNC_CLONE;
	put.partial = REPOS_PARTIALS;
	assert_int_equal(get_work(&put, &got, &message), -1);
	ipc_free(message);
	put.partial = REPOS_WHOLE;
	assert_int_equal(get_work(&put, &got, &message), 0);
	assert_string_equal(got.branch, "");
	ipc_free(message);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_request),
		cmocka_unit_test(test_requests_out_of_range),
		cmocka_unit_test(test_an_order),
		cmocka_unit_test(test_a_result),
		cmocka_unit_test(test_a_state),
		cmocka_unit_test(test_the_largest_answer),
		cmocka_unit_test(test_states_out_of_range),
		cmocka_unit_test(test_a_key),
		cmocka_unit_test(test_work_of_git),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
