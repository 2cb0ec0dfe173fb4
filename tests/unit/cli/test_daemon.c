/* The daemon's socket: made once, found again, replaced when stale. */
#include "cli/daemon.h"
#include "lib/base/io.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char root[160];
static struct failure failure;

static const char *named; /* GHWARD_SOCKET_DIRECTORY */

static const char *lookup(void *context, const char *name)
{
	(void)context;
	if (strcmp(name, "GHWARD_SOCKET_DIRECTORY") == 0)
		return named;
	return strcmp(name, "XDG_RUNTIME_DIR") == 0 ? root : NULL;
}

static const struct environment environment = {.lookup = lookup};

/* A name longer than a socket's address can be. */
static int set_up(void **state)
{
	(void)state;
	memset(&failure, 0, sizeof(failure));
	named = NULL;
	snprintf(root, sizeof(root), "/tmp/ghward-daemon-%0100d-XXXXXX", 0);
	return mkdtemp(root) ? 0 : -1;
}

static void in_root(char path[256], const char *below)
{
	snprintf(path, 256, "%s%s", root, below);
}

static int tear_down(void **state)
{
	char path[256];

	(void)state;
	in_root(path, "/ghward/agent.sock");
	unlink(path);
	in_root(path, "/ghward");
	rmdir(path);
	return rmdir(root);
}

static void test_nobody_listens(void **state)
{
	int channel = -1;

	(void)state;
	assert_int_equal(daemon_connect(&environment, &channel, &failure), 0);
	assert_int_equal(channel, -1);
}

static void test_a_listener_is_found(void **state)
{
	int listener, directory, channel = -1, type = 0;
	socklen_t size = sizeof(type);
	struct stat status;
	char path[256];

	(void)state;
	assert_int_equal(
		daemon_listen(&environment, DAEMON_FOR_USER, &listener, &directory, &failure), 0);
	in_root(path, "/ghward/agent.sock");
	assert_int_equal(stat(path, &status), 0);
	assert_int_equal(status.st_mode & 0077, 0);
	assert_int_equal(daemon_connect(&environment, &channel, &failure), 1);
	assert_int_equal(getsockopt(channel, SOL_SOCKET, SO_TYPE, &type, &size), 0);
	assert_int_equal(type, SOCK_SEQPACKET);
	io_close(&channel);
	io_close(&listener);
	daemon_abandon(directory);
	assert_int_equal(stat(path, &status), -1);
}

static void test_a_second_one_is_refused(void **state)
{
	int listener, directory, other, other_directory;

	(void)state;
	assert_int_equal(
		daemon_listen(&environment, DAEMON_FOR_USER, &listener, &directory, &failure), 0);
	assert_int_equal(
		daemon_listen(&environment, DAEMON_FOR_USER, &other, &other_directory, &failure),
		-1);
	assert_int_equal(other, -1);
	assert_int_equal(other_directory, -1);
	assert_non_null(strstr(failure.message, "already running"));
	io_close(&listener);
	io_close(&directory);
}

/* Somebody who listens there without holding the lock. */
static void test_a_live_socket_is_never_removed(void **state)
{
	int listener, directory, other, other_directory, channel;

	(void)state;
	assert_int_equal(
		daemon_listen(&environment, DAEMON_FOR_USER, &listener, &directory, &failure), 0);
	io_close(&directory);
	assert_int_equal(
		daemon_listen(&environment, DAEMON_FOR_USER, &other, &other_directory, &failure),
		-1);
	assert_non_null(strstr(failure.message, "already running"));
	assert_int_equal(daemon_connect(&environment, &channel, &failure), 1);
	io_close(&channel);
	io_close(&listener);
}

static void test_a_stale_socket_is_replaced(void **state)
{
	int listener, directory, channel = -1;

	(void)state;
	assert_int_equal(
		daemon_listen(&environment, DAEMON_FOR_USER, &listener, &directory, &failure), 0);
	io_close(&listener);
	io_close(&directory);
	assert_int_equal(daemon_connect(&environment, &channel, &failure), 0);
	assert_int_equal(
		daemon_listen(&environment, DAEMON_FOR_USER, &listener, &directory, &failure), 0);
	assert_int_equal(daemon_connect(&environment, &channel, &failure), 1);
	io_close(&channel);
	io_close(&listener);
	io_close(&directory);
}

static void test_an_agent_of_somebody_else_is_not_trusted(void **state)
{
	int listener, directory, channel = -1;

	(void)state;
	if (geteuid() != 0)
		skip();
	/* The kernel remembers who called listen(2). */
	assert_int_equal(
		daemon_listen(&environment, DAEMON_FOR_USER, &listener, &directory, &failure), 0);
	assert_int_equal(seteuid(12345), 0);
	assert_int_equal(listen(listener, 1), 0);
	assert_int_equal(seteuid(0), 0);
	assert_int_equal(daemon_connect(&environment, &channel, &failure), -1);
	assert_int_equal(failure.kind, FAILURE_DENIED);
	assert_non_null(strstr(failure.message, "12345"));
	assert_int_equal(channel, -1);
	io_close(&listener);
	io_close(&directory);
}

static mode_t mode_of(const char *below)
{
	struct stat status;
	char path[256];

	in_root(path, below);
	assert_int_equal(stat(path, &status), 0);
	return status.st_mode & 07777;
}

static void test_a_shared_one_is_for_all(void **state)
{
	int listener, directory;
	char path[256];

	(void)state;
	assert_int_equal(
		daemon_listen(&environment, DAEMON_FOR_USER, &listener, &directory, &failure), 0);
	assert_int_equal(mode_of("/ghward"), 0700);
	assert_int_equal(mode_of("/ghward/agent.sock") & 0077, 0);
	io_close(&listener);
	daemon_abandon(directory);
	in_root(path, "/ghward");
	named = path;
	assert_int_equal(
		daemon_listen(&environment, DAEMON_FOR_ALL, &listener, &directory, &failure), 0);
	/* Finding the socket is for all, making another one is not. */
	assert_int_equal(mode_of("/ghward"), 0711);
	assert_int_equal(mode_of("/ghward/agent.sock"), 0666);
	io_close(&listener);
	daemon_abandon(directory);
}

/* An agent of user 12345, in a directory of that user. */
static void listen_as_somebody_else(int *listener, int *directory)
{
	assert_int_equal(
		daemon_listen(&environment, DAEMON_FOR_USER, listener, directory, &failure), 0);
	assert_int_equal(fchown(*directory, 12345, 12345), 0);
	assert_int_equal(seteuid(12345), 0);
	assert_int_equal(listen(*listener, 8), 0);
	assert_int_equal(seteuid(0), 0);
}

static void test_the_owner_of_a_named_directory_is_trusted(void **state)
{
	int listener, directory, channel = -1;
	char path[256];

	(void)state;
	if (geteuid() != 0)
		skip();
	listen_as_somebody_else(&listener, &directory);
	assert_int_equal(daemon_connect(&environment, &channel, &failure), -1);
	in_root(path, "/ghward");
	named = path;
	assert_int_equal(daemon_connect(&environment, &channel, &failure), 1);
	io_close(&channel);
	/* Somebody else could have put the socket there. */
	assert_int_equal(chmod(path, 0733), 0);
	assert_int_equal(daemon_connect(&environment, &channel, &failure), -1);
	assert_int_equal(chmod(path, 0711), 0);
	assert_int_equal(chown(path, 12346, 12346), 0);
	assert_int_equal(daemon_connect(&environment, &channel, &failure), -1);
	assert_int_equal(failure.kind, FAILURE_DENIED);
	io_close(&listener);
	io_close(&directory);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_nobody_listens, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_a_listener_is_found, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_a_second_one_is_refused, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_a_live_socket_is_never_removed, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(test_a_stale_socket_is_replaced, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_an_agent_of_somebody_else_is_not_trusted,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_a_shared_one_is_for_all, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_the_owner_of_a_named_directory_is_trusted,
						set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
