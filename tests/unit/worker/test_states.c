/* The worker's questions about states, answered by the real other half in a process of its own. */
#include "worker/states.h"

#include "lib/ipc/channel.h"
#include "store/states.h"

#include <fcntl.h>
#include <ftw.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

struct fixture {
	char path[64];
	int store; /* directory */
	pid_t server;
	int socket; /* the worker's end, until states_new() takes it */
};

static int set_up(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	assert_non_null(fixture);
	snprintf(fixture->path, sizeof(fixture->path), "/tmp/ghward-states.XXXXXX");
	assert_non_null(mkdtemp(fixture->path));
	fixture->store = open(fixture->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	*state = fixture;
	return 0;
}

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *where)
{
	(void)status;
	(void)type;
	(void)where;
	return remove(path);
}

static int tear_down(void **state)
{
	struct fixture *fixture = *state;

	close(fixture->store);
	nftw(fixture->path, remove_one, 8, FTW_DEPTH | FTW_PHYS);
	free(fixture);
	return 0;
}

/* --- the server --- */

static void no_note(void *context, const char *text)
{
	(void)context;
	print_error("note: %s\n", text);
	_exit(3);
}

static void serve(struct fixture *fixture, int worker)
{
	const struct states_question question = {
		.destination = "/srv/mirrors",
		.worker = worker,
		.store = fixture->store,
		.note = no_note,
	};
	struct failure failure;

	uint64_t count = states_serve(&question, &failure);
	_exit(failure.kind == FAILURE_NONE ? 100 + (int)count : 4);
}

static void start(struct fixture *fixture)
{
	int ends[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
	fixture->server = fork();
	if (fixture->server == 0) {
		close(ends[0]);
		serve(fixture, ends[1]);
	}
	close(ends[1]);
	fixture->socket = ends[0];
}

/* Its exit status: 1 for a protocol that was broken, 100 and more for that many states. */
static int end(struct fixture *fixture)
{
	int status;

	assert_int_equal(waitpid(fixture->server, &status, 0), fixture->server);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static struct sync_state made(uint64_t id)
{
	struct sync_state state = {.id = id, .branch = "main", .pushed_at = "", .bytes = id};

	snprintf(state.name, sizeof(state.name), "acme/repository-%d", (int)id);
	return state;
}

/* --- what is asked --- */

static void test_a_whole_course(void **state)
{
	struct fixture *fixture = *state;
	struct sync_state found[SYNC_STATES_MAX];
	struct failure failure;

	start(fixture);
	struct states *states = states_new(fixture->socket);
	assert_int_equal(states_list(states, (struct state_key){0}, found), 0);
	for (uint64_t id = 1; id <= 120; id++) {
		const struct sync_state one = made(id);
		states_put(states, &one);
	}
	states_drop(states, (struct state_key){60, REPOS_CODE});
	assert_int_equal(states_flush(states, &failure), 0);
	const struct state_key keys[] = {{60, REPOS_CODE}, {61, REPOS_CODE}, {61, REPOS_WIKI}};
	assert_int_equal(states_get(states, keys, 3, found), 1);
	assert_string_equal(found[0].name, "acme/repository-61");
	assert_int_equal(found[0].bytes, 61);
	assert_int_equal(states_get(states, keys, 0, found), 0);
	assert_int_equal(states_list(states, (struct state_key){0}, found), 50);
	assert_int_equal(states_list(states, (struct state_key){50, REPOS_CODE}, found), 50);
	assert_int_equal(found[49].id, 101);
	assert_int_equal(states_list(states, (struct state_key){101, REPOS_CODE}, found), 19);
	states_free(states);
	assert_int_equal(end(fixture), 219);
}

static void test_the_next_run_knows(void **state)
{
	struct fixture *fixture = *state;
	const struct state_key key = {1, REPOS_CODE};
	const struct sync_state one = made(1);
	struct sync_state found[SYNC_STATES_MAX];

	start(fixture);
	struct states *states = states_new(fixture->socket);
	states_put(states, &one);
	states_free(states); /* without a flush */
	assert_int_equal(end(fixture), 101);
	start(fixture);
	states = states_new(fixture->socket);
	assert_int_equal(states_get(states, &key, 1, found), 1);
	assert_string_equal(found[0].branch, "main");
	states_free(states);
	assert_int_equal(end(fixture), 101);
}

/* Nobody asks for it: after a second a killed job costs nothing any more. */
static void test_durable_in_silence(void **state)
{
	struct fixture *fixture = *state;
	const struct sync_state one = made(1);
	int status;

	start(fixture);
	struct states *states = states_new(fixture->socket);
	states_put(states, &one);
	usleep(1500000);
	kill(fixture->server, SIGKILL);
	waitpid(fixture->server, &status, 0);
	states_free(states);
	start(fixture);
	close(fixture->socket);
	assert_int_equal(end(fixture), 101);
}

static void test_texts_of_any_bytes(void **state)
{
	struct fixture *fixture = *state;
	const struct state_key key = {1, REPOS_CODE};
	struct sync_state found[SYNC_STATES_MAX], one = made(1);

	start(fixture);
	struct states *states = states_new(fixture->socket);
	snprintf(one.error, sizeof(one.error), "remote: \x1b[31mno\xff");
	states_put(states, &one);
	assert_int_equal(states_get(states, &key, 1, found), 1);
	assert_string_equal(found[0].error, "remote: \\x1b[31mno\xef\xbf\xbd");
	memset(one.error, 0xff, SYNC_ERROR_MAX); /* longer when it is shown */
	memset(one.branch, 0xff, SYNC_BRANCH_MAX);
	memset(one.pushed_at, '\n', sizeof(one.pushed_at) - 1);
	states_put(states, &one);
	assert_int_equal(states_get(states, &key, 1, found), 1);
	states_free(states);
	assert_int_equal(end(fixture), 101);
}

/* --- what may not be said --- */

static void check_refused(struct fixture *fixture, struct ipc_message *message)
{
	start(fixture);
	assert_int_equal(ipc_send_blocking(fixture->socket, message), 0);
	assert_int_equal(end(fixture), 1);
	close(fixture->socket);
}

static struct ipc_message *put_of(const struct sync_state *state)
{
	struct ipc_message *message = ipc_new(MESSAGE_STATE_PUT, 0);

	protocol_put_sync_state(message, state);
	return message;
}

static struct ipc_message *get_of(uint16_t announced, uint16_t keys, uint64_t id)
{
	struct ipc_message *message = ipc_new(MESSAGE_STATE_GET, 0);

	ipc_put_u16(message, announced);
	for (uint16_t i = 0; i < keys; i++)
		protocol_put_state_key(message, (struct state_key){id, REPOS_CODE});
	return message;
}

static void test_what_may_not_be_said(void **state)
{
	struct fixture *fixture = *state;
	struct sync_state bad = made(1);

	check_refused(fixture, ipc_new(MESSAGE_STATES, 0));
	check_refused(fixture, ipc_new(MESSAGE_STATE_LIST, 0));
	check_refused(fixture, get_of(SYNC_STATES_MAX + 1, SYNC_STATES_MAX + 1, 1));
	check_refused(fixture, get_of(SYNC_STATES_MAX + 1, SYNC_STATES_MAX, 1));
	check_refused(fixture, get_of(2, 3, 1));
	check_refused(fixture, get_of(1, 1, 0));
	check_refused(fixture, get_of(1, 1, UINT64_C(1) << 60));
	bad.id = 0;
	check_refused(fixture, put_of(&bad));
	bad = made(1);
	snprintf(bad.branch, sizeof(bad.branch), "a\nb");
	check_refused(fixture, put_of(&bad));
	struct ipc_message *surplus = put_of(&(struct sync_state){.id = 1, .name = "acme/shop"});
	ipc_put_u8(surplus, 0);
	check_refused(fixture, surplus);
	struct ipc_message *drop = ipc_new(MESSAGE_STATE_DROP, 0);
	ipc_put_u64(drop, 1);
	ipc_put_u8(drop, REPOS_PARTS);
	check_refused(fixture, drop);
	struct ipc_message *descriptor = get_of(0, 0, 0);
	ipc_put_fd(descriptor, open("/dev/null", O_RDONLY | O_CLOEXEC));
	check_refused(fixture, descriptor);
}

/* --- a store that is not what it should be --- */

static void test_a_store_that_has_gone(void **state)
{
	const struct state_key key = {1, REPOS_CODE};
	struct sync_state found[SYNC_STATES_MAX];
	int ends[2], status;

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
	close(ends[1]);
	pid_t pid = fork();
	if (pid == 0) {
		states_get(states_new(ends[0]), &key, 1, found);
		_exit(0);
	}
	close(ends[0]);
	waitpid(pid, &status, 0);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 1);
}

static void check_lies(struct ipc_message *answer)
{
	const struct state_key key = {1, REPOS_CODE};
	struct sync_state found[SYNC_STATES_MAX];
	int ends[2], status;

	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
	assert_int_equal(ipc_send_blocking(ends[1], answer), 0);
	pid_t pid = fork();
	if (pid == 0) {
		states_get(states_new(ends[0]), &key, 1, found);
		_exit(0);
	}
	waitpid(pid, &status, 0);
	close(ends[0]);
	close(ends[1]);
	assert_int_equal(WEXITSTATUS(status), 1);
}

static void test_answers_that_are_none(void **state)
{
	struct ipc_message *message = ipc_new(MESSAGE_STATE_FOUND, 0);

	(void)state;
	ipc_put_u16(message, SYNC_STATES_MAX + 1);
	for (unsigned i = 0; i <= SYNC_STATES_MAX; i++)
		protocol_put_sync_state(message, &(struct sync_state){.id = 1});
	check_lies(message);
	message = ipc_new(MESSAGE_STATE_FOUND, 0);
	ipc_put_u16(message, 1);
	check_lies(message);
	check_lies(ipc_new(MESSAGE_STATE_FLUSHED, 0));
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_a_whole_course),	  TEST(test_the_next_run_knows),
		TEST(test_durable_in_silence),	  TEST(test_texts_of_any_bytes),
		TEST(test_what_may_not_be_said),  TEST(test_a_store_that_has_gone),
		TEST(test_answers_that_are_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
