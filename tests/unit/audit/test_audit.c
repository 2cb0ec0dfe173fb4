/* ghward-audit itself, behind its sandbox: what is acknowledged is on disk, one chain for all. */
#include "verify/verify.h"

#include "lib/ipc/channel.h"

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static const struct ipc_permit permits[] = {
	{MESSAGE_HELLO, IPC_ONCE, 0, 4096, {IPC_FD_NONE}, NULL},
	{MESSAGE_AUDIT_DURABLE, IPC_PERMIT, 8, IPC_MESSAGE_MAX, {IPC_FD_NONE}, NULL},
	{MESSAGE_AUDIT_FAILED, IPC_ONCE, 5, 1024, {IPC_FD_NONE}, NULL},
};

struct fixture {
	char path[64];
	int directory;
};

struct writer {
	pid_t pid;
	int channel;
	uint32_t sent, durable;
	char failed[1024];
};

static int set_up(void **state)
{
	static struct fixture fixture;

	snprintf(fixture.path, sizeof(fixture.path), "/tmp/ghward-audit.XXXXXX");
	if (!mkdtemp(fixture.path) || auditlog_init() < 0)
		return -1;
	fixture.directory = open(fixture.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	*state = &fixture;
	return fixture.directory < 0 ? -1 : 0;
}

static int tear_down(void **state)
{
	struct fixture *fixture = *state;
	DIR *directory = opendir(fixture->path);
	struct dirent *entry;

	while (directory && (entry = readdir(directory)))
		unlinkat(fixture->directory, entry->d_name, 0);
	if (directory)
		closedir(directory);
	close(fixture->directory);
	rmdir(fixture->path);
	return 0;
}

/* The kept descriptors must not be in the way of the numbers that the writer expects. */
static void become_writer(int channel, int directory)
{
	/* As empty as the agent makes it, but that a sanitizer cannot look for leaks in a sandbox.
	 */
	char *const environment[] = {"ASAN_OPTIONS=detect_leaks=0", NULL};
	char *const arguments[] = {"ghward-audit", NULL};
	int high_channel = fcntl(channel, F_DUPFD_CLOEXEC, 20);
	int high_directory = fcntl(directory, F_DUPFD_CLOEXEC, 20);

	if (dup2(high_channel, FD_CHANNEL) == FD_CHANNEL &&
	    dup2(high_directory, FD_AUDIT_DIRECTORY) == FD_AUDIT_DIRECTORY)
		execve(GHWARD_AUDIT, arguments, environment);
	_exit(127);
}

static struct writer start(const struct fixture *fixture)
{
	struct writer writer = {.sent = 0};
	int ends[2];

	assert_int_equal(ipc_pair(ends), 0);
	writer.pid = fork();
	if (writer.pid == 0)
		become_writer(ends[1], fixture->directory);
	close(ends[1]);
	writer.channel = ends[0];
	return writer;
}

static void send_event(struct writer *writer, const struct audit_event *event)
{
	struct ipc_message *message = ipc_new(MESSAGE_AUDIT_APPEND, ++writer->sent);

	protocol_put_event(message, event);
	assert_int_equal(ipc_send_blocking(writer->channel, message), 0);
}

static void append(struct writer *writer)
{
	const struct audit_event event = {.actor = "uid:1",
					  .event = "alerts.list",
					  .job = "j-1",
					  .request_id = "",
					  .target = "acme/shop",
					  .decision = "allow",
					  .rule = "",
					  .outcome = ""};

	send_event(writer, &event);
}

/* Handles one message. Returns false at the end. */
static bool receive(struct writer *writer)
{
	uint8_t *buffer = ipc_buffer_new();
	struct ipc_incoming in;
	int got = ipc_receive(writer->channel, buffer, permits, 3, &in);

	assert_true(got >= 0);
	if (got > 0 && in.type == MESSAGE_AUDIT_DURABLE) {
		uint32_t count = ipc_get_u32(&in);
		for (uint32_t i = 0; i < count; i++)
			assert_int_equal(ipc_get_u32(&in), ++writer->durable);
		assert_int_equal(ipc_end(&in), 0);
	} else if (got > 0 && in.type == MESSAGE_AUDIT_FAILED) {
		snprintf(writer->failed, sizeof(writer->failed), "%s", ipc_get_string(&in));
		assert_int_equal(ipc_end(&in), 0);
	}
	free(buffer);
	return got > 0;
}

static void wait_until_durable(struct writer *writer)
{
	while (writer->durable < writer->sent && !*writer->failed)
		assert_true(receive(writer));
}

static int stop(struct writer *writer)
{
	int status;

	close(writer->channel);
	assert_int_equal(waitpid(writer->pid, &status, 0), writer->pid);
	return status;
}

static uint64_t count_records(const struct fixture *fixture)
{
	struct verification found;

	assert_int_equal(verify_directory(fixture->directory, &found), 0);
	if (found.checker.damage)
		fail_msg("%s at %llu", found.checker.damage,
			 (unsigned long long)found.checker.damaged_seq);
	return found.checker.records;
}

/* Reads the first segment; for free(). */
static char *read_log(const struct fixture *fixture)
{
	int fd = openat(fixture->directory, "00000000000000000001.jsonl", O_RDONLY | O_CLOEXEC);
	char *text = calloc(1, 1 << 20);

	assert_true(fd >= 0 && text);
	assert_true(read(fd, text, (1 << 20) - 1) >= 0);
	close(fd);
	return text;
}

static void test_it_says_hello_from_its_sandbox(void **state)
{
	struct fixture *fixture = *state;
	struct writer writer = start(fixture);
	struct sandbox_report report;
	struct ipc_incoming in;
	uint8_t *buffer = ipc_buffer_new();

	assert_int_equal(ipc_receive(writer.channel, buffer, permits, 1, &in), 1);
	protocol_get_report(&in, &report);
	assert_int_equal(ipc_end(&in), 0);
	assert_true(report.syscalls_allowed > 0);
	free(buffer);
	assert_int_equal(stop(&writer), 0);
	/* Who has nothing to write makes no files. */
	assert_int_equal(faccessat(fixture->directory, AUDITLOG_HEAD_NAME, F_OK, 0), -1);
}

static void test_what_is_acknowledged_is_there(void **state)
{
	struct fixture *fixture = *state;
	struct writer writer = start(fixture);

	for (unsigned i = 1; i <= 5; i++) {
		append(&writer);
		wait_until_durable(&writer);
		assert_int_equal(count_records(fixture), i);
	}
	assert_int_equal(stop(&writer), 0);
}

static void test_many_at_once(void **state)
{
	struct fixture *fixture = *state;
	struct writer writer = start(fixture);

	for (unsigned round = 0; round < 20; round++) {
		for (unsigned i = 0; i < 100; i++)
			append(&writer);
		wait_until_durable(&writer);
	}
	assert_int_equal(stop(&writer), 0);
	assert_int_equal(count_records(fixture), 2000);
}

/* The broker has ended; what it had sent is still recorded. */
static void test_it_writes_what_it_received_before_it_goes(void **state)
{
	struct fixture *fixture = *state;
	struct writer writer = start(fixture);

	assert_true(receive(&writer)); /* its hello */
	for (unsigned i = 0; i < 8; i++)
		append(&writer);
	assert_int_equal(shutdown(writer.channel, SHUT_WR), 0);
	while (receive(&writer))
		;
	assert_int_equal(stop(&writer), 0);
	assert_int_equal(count_records(fixture), 8);
}

/* The broker was killed: what it had not read yet resets the connection. */
static void test_it_writes_what_a_killed_broker_sent(void **state)
{
	struct fixture *fixture = *state;
	struct writer writer = start(fixture);
	struct pollfd readable = {.fd = writer.channel, .events = POLLIN};

	assert_int_equal(poll(&readable, 1, 5000), 1); /* its hello is there, unread */
	for (unsigned i = 0; i < 8; i++)
		append(&writer);
	assert_int_equal(stop(&writer), 0);
	assert_int_equal(count_records(fixture), 8);
}

static void test_sixteen_writers_make_one_chain(void **state)
{
	enum { WRITERS = 16, RECORDS = 20 };
	struct fixture *fixture = *state;
	struct writer writers[WRITERS];

	for (unsigned i = 0; i < WRITERS; i++)
		writers[i] = start(fixture);
	for (unsigned round = 0; round < RECORDS; round++) {
		for (unsigned i = 0; i < WRITERS; i++)
			append(&writers[i]);
		/* All but the odd ones wait, so that commits of one and of several records mix. */
		for (unsigned i = 0; i < WRITERS; i += 2)
			wait_until_durable(&writers[i]);
	}
	for (unsigned i = 0; i < WRITERS; i++) {
		wait_until_durable(&writers[i]);
		assert_string_equal(writers[i].failed, "");
		assert_int_equal(stop(&writers[i]), 0);
	}
	assert_int_equal(count_records(fixture), WRITERS * RECORDS);
}

static void test_a_torn_record_is_on_record(void **state)
{
	struct fixture *fixture = *state;
	struct writer writer = start(fixture);

	append(&writer);
	wait_until_durable(&writer);
	assert_int_equal(stop(&writer), 0);
	int fd = openat(fixture->directory, "00000000000000000001.jsonl",
			O_WRONLY | O_APPEND | O_CLOEXEC);
	assert_int_equal(write(fd, "{\"seq\":2", 8), 8);
	close(fd);
	writer = start(fixture);
	append(&writer);
	wait_until_durable(&writer);
	assert_int_equal(stop(&writer), 0);
	assert_int_equal(count_records(fixture), 3);
	char *text = read_log(fixture);
	assert_non_null(strstr(text, "\"event\":\"audit.recover\",\"phase\":\"note\""));
	assert_non_null(strstr(text, "\"details\":{\"bytes_cut\":\"8\"}"));
	free(text);
}

static void test_a_log_that_cannot_be_continued_is_refused(void **state)
{
	struct fixture *fixture = *state;
	struct writer writer = start(fixture);

	append(&writer);
	wait_until_durable(&writer);
	assert_int_equal(stop(&writer), 0);
	unlinkat(fixture->directory, AUDITLOG_HEAD_NAME, 0);
	writer = start(fixture);
	append(&writer);
	append(&writer);
	wait_until_durable(&writer);
	assert_int_equal(writer.durable, 0);
	assert_non_null(strstr(writer.failed, "head is missing; run ghward audit verify"));
	/* And nothing more, until its broker has gone. */
	append(&writer);
	(void)stop(&writer);
	char *text = read_log(fixture);
	assert_null(strstr(text, "\"seq\":2"));
	free(text);
}

static void test_a_directory_that_is_gone(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(rmdir(fixture->path), 0);
	struct writer writer = start(fixture);
	append(&writer);
	wait_until_durable(&writer);
	assert_non_null(strstr(writer.failed, "cannot open lock: No such file or directory"));
	(void)stop(&writer);
}

/* The broker never does this; a record that no reader would accept must not be written. */
static void test_a_detail_twice_is_a_violation(void **state)
{
	struct fixture *fixture = *state;
	struct writer writer = start(fixture);
	const struct audit_event event = {.actor = "a",
					  .event = "a.b",
					  .detail_count = 2,
					  .details = {{"k", "1"}, {"k", "2"}}};

	append(&writer);
	wait_until_durable(&writer);
	send_event(&writer, &event);
	while (receive(&writer))
		;
	assert_int_not_equal(stop(&writer), 0);
	assert_int_equal(count_records(fixture), 1);
}

static void test_an_event_without_name_is_a_violation(void **state)
{
	struct fixture *fixture = *state;
	struct writer writer = start(fixture);
	const struct audit_event event = {.actor = "a"};

	send_event(&writer, &event);
	while (receive(&writer))
		;
	assert_int_not_equal(stop(&writer), 0);
	assert_int_equal(count_records(fixture), 0);
}

#define audit_test(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		audit_test(test_it_says_hello_from_its_sandbox),
		audit_test(test_what_is_acknowledged_is_there),
		audit_test(test_many_at_once),
		audit_test(test_it_writes_what_it_received_before_it_goes),
		audit_test(test_it_writes_what_a_killed_broker_sent),
		audit_test(test_sixteen_writers_make_one_chain),
		audit_test(test_a_torn_record_is_on_record),
		audit_test(test_a_log_that_cannot_be_continued_is_refused),
		audit_test(test_a_directory_that_is_gone),
		audit_test(test_a_detail_twice_is_a_violation),
		audit_test(test_an_event_without_name_is_a_violation),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
