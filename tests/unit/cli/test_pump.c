/* A job about repositories at the command: the list before it, the question within it, the bar
 * between its lines. The agent is a socket that has said everything beforehand. */
#include "cli/pump.h"
#include "lib/base/io.h"
#include "lib/base/memory.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#define CLEAR "\r\x1b[K"

static struct session session;
static struct session_end end;
static struct job_request request;
static struct output *output;
static int agent;
static FILE *screen;
static int saved[3];

static int set_up(void **state)
{
	int pair[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
	agent = fcntl(pair[0], F_DUPFD_CLOEXEC, 64);
	io_close(&pair[0]);
	assert_int_equal(dup2(pair[1], FD_CHANNEL), FD_CHANNEL);
	if (pair[1] != FD_CHANNEL)
		io_close(&pair[1]);
	session = (struct session){.buffer = ipc_buffer_new()};
	request = (struct job_request){.kind = JOB_REPOS_SYNC, .consent = CONSENT_ASK};
	output = memory_new(sizeof(*output));
	output->terminal = true;
	output->progress = (struct progress){.wanted = true, .width = 10};
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	close(FD_CHANNEL);
	io_close(&agent);
	free(session.buffer);
	free(output);
	return 0;
}

/* --- what the agent says --- */

static void say(struct ipc_message *message)
{
	assert_int_equal(ipc_send_blocking(agent, message), 0);
}

static void say_started(const char *text)
{
	struct ipc_message *message = ipc_new(MESSAGE_JOB_STARTED, 1);
	int pipe[2];

	assert_int_equal(pipe2(pipe, O_CLOEXEC), 0);
	assert_int_equal(io_write_full(pipe[1], text, strlen(text)), 0);
	io_close(&pipe[1]);
	ipc_put_string(message, "j-0");
	ipc_put_fd(message, pipe[0]);
	say(message);
}

static void say_progress(uint32_t done, uint32_t total)
{
	struct ipc_message *message = ipc_new(MESSAGE_SYNC_PROGRESS, 0);

	ipc_put_u32(message, done);
	ipc_put_u32(message, total);
	ipc_put_u32(message, 0);
	ipc_put_u64(message, 0);
	say(message);
}

static void say_prune(void)
{
	struct ipc_message *message = ipc_new(MESSAGE_PRUNE, 0);

	ipc_put_u32(message, 1);
	ipc_put_string(message, "acme/gone");
	say(message);
}

static void say_done(void)
{
	const struct failure none = {.kind = FAILURE_NONE};
	struct ipc_message *message = ipc_new(MESSAGE_JOB_DONE, 1);

	ipc_put_string(message, "j-0");
	protocol_put_failure(message, &none);
	say(message);
}

/* --- what it hears --- */

static void hear(struct ipc_incoming *in, uint16_t type)
{
	static uint8_t bytes[IPC_MESSAGE_MAX];
	ssize_t got = recv(agent, bytes, sizeof(bytes), MSG_DONTWAIT);

	assert_true(got > 0);
	memset(in, 0, sizeof(*in));
	assert_int_equal(ipc_parse(in, bytes, (size_t)got), 0);
	assert_int_equal(in->type, type);
}

static void hear_nothing(void)
{
	char byte;

	assert_int_equal(recv(agent, &byte, 1, MSG_DONTWAIT), -1);
}

static void hear_decision(bool expected)
{
	struct ipc_incoming in;

	hear(&in, MESSAGE_JOB);
	hear(&in, MESSAGE_PRUNE_DECIDED);
	assert_int_equal(ipc_get_u8(&in), expected);
	assert_int_equal(ipc_end(&in), 0);
	hear_nothing();
}

/* --- the command --- */

/* Its terminal is a file, and what is typed there before it asks. */
static void run(const struct pump_extras *extras, const char *typed)
{
	int pipe[2];

	assert_int_equal(pipe2(pipe, O_CLOEXEC), 0);
	assert_int_equal(io_write_full(pipe[1], typed, strlen(typed)), 0);
	io_close(&pipe[1]);
	screen = tmpfile();
	assert_non_null(screen);
	fflush(NULL);
	for (int fd = 0; fd < 3; fd++) {
		saved[fd] = fcntl(fd, F_DUPFD_CLOEXEC, 64);
		dup2(fd == STDIN_FILENO ? pipe[0] : fileno(screen), fd);
	}
	pump_run(&session, &request, output, extras, &end);
	fflush(NULL);
	for (int fd = 0; fd < 3; fd++) {
		dup2(saved[fd], fd);
		io_close(&saved[fd]);
	}
	io_close(&pipe[0]);
}

static void assert_shown(const char *expected)
{
	static char text[4096];

	rewind(screen);
	text[fread(text, 1, sizeof(text) - 1, screen)] = 0;
	fclose(screen);
	assert_string_equal(text, expected);
}

static const struct pump_extras none;

static void test_the_list_comes_before_the_job(void **state)
{
	struct repository_list list = {.count = 0};
	const struct pump_extras extras = {.listed = &list};
	struct failure failure;
	struct ipc_incoming in;
	char name[16];

	(void)state;
	for (unsigned i = 0; i < 400; i++) {
		snprintf(name, sizeof(name), "r%u", i);
		assert_int_equal(repository_list_add(&list, "acme", name, &failure), 0);
	}
	say_done();
	run(&extras, "");
	assert_shown("");
	hear(&in, MESSAGE_REPOSITORIES);
	assert_int_equal(ipc_get_u16(&in), 380);
	hear(&in, MESSAGE_REPOSITORIES);
	assert_int_equal(ipc_get_u16(&in), 20);
	assert_string_equal(ipc_get_string(&in), "acme");
	assert_string_equal(ipc_get_string(&in), "r380");
	hear(&in, MESSAGE_JOB);
	hear_nothing();
	repository_list_free(&list);
}

static void decide(const char *typed, bool expected)
{
	say_prune();
	say_done();
	run(&none, typed);
	assert_int_equal(end.failure.kind, FAILURE_NONE);
	hear_decision(expected);
}

#define QUESTION                                                                                   \
	"Not on GitHub any more:\n  acme/gone\n"                                                   \
	"Remove the local copy of this repository? [y/N] "

static void test_yes(void **state)
{
	(void)state;
	decide("y\n", true);
	assert_shown(QUESTION);
}

/* The job goes on: only the removal is not wanted. */
static void test_no(void **state)
{
	(void)state;
	decide("no\n", false);
	assert_shown(QUESTION);
}

static void test_nobody_answers(void **state)
{
	(void)state;
	decide("", false);
	assert_shown(QUESTION "\n");
}

static void test_yes_beforehand(void **state)
{
	(void)state;
	request.consent = CONSENT_GIVEN;
	decide("n\n", true);
	assert_shown("");
}

static void test_a_malformed_question(void **state)
{
	struct ipc_incoming in;

	(void)state;
	say(ipc_new(MESSAGE_PRUNE, 0));
	run(&none, "y\n");
	assert_shown("");
	assert_int_equal(end.failure.kind, FAILURE_INTERNAL);
	hear(&in, MESSAGE_JOB);
	hear_nothing();
}

static void test_a_bar_between_lines(void **state)
{
	(void)state;
	say_started("acme/shop\n");
	say_progress(1, 2);
	say_progress(2, 2);
	say_done();
	run(&none, "");
	assert_shown(CLEAR "1 of 2 re" CLEAR "acme/shop\n" CLEAR "2 of 2 re" CLEAR);
}

static void test_no_bar_within_a_line(void **state)
{
	(void)state;
	say_started("acme/sh");
	say_progress(1, 2);
	say_progress(2, 2);
	say_progress(2, 2);
	say_done();
	run(&none, "");
	assert_shown(CLEAR "1 of 2 re" CLEAR "acme/sh");
}

/* Lines go elsewhere: the bar need not make way. */
static void test_a_bar_beside_a_file(void **state)
{
	(void)state;
	output->terminal = false;
	say_started("acme/shop\n");
	say_progress(1, 2);
	say_done();
	run(&none, "");
	assert_shown(CLEAR "1 of 2 reacme/shop\n" CLEAR);
}

static void test_no_bar_where_nobody_looks(void **state)
{
	(void)state;
	output->progress.wanted = false;
	say_started("acme/shop\n");
	say_progress(1, 2);
	say_done();
	run(&none, "");
	assert_shown("acme/shop\n");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_the_list_comes_before_the_job),
		TEST(test_yes),
		TEST(test_no),
		TEST(test_nobody_answers),
		TEST(test_yes_beforehand),
		TEST(test_a_malformed_question),
		TEST(test_a_bar_between_lines),
		TEST(test_no_bar_within_a_line),
		TEST(test_a_bar_beside_a_file),
		TEST(test_no_bar_where_nobody_looks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
