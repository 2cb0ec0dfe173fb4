/* What a hostile or broken server, a limit and an impatient broker lead to. */
#include "fakebroker.h"
#include "places.h"

#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static struct fakebroker run_with(const struct places *places, struct fakebroker broker,
				  const struct git_work *work)
{
	broker.server = places->server;
	fakebroker_start(&broker, places->mirror, NULL);
	fakebroker_order(&broker, work);
	while (fakebroker_receive(&broker))
		;
	return broker;
}

static struct fakebroker clone_with(const struct places *places, enum git_command at,
				    enum fault fault, const char *raw)
{
	struct git_work work = fakebroker_work(SYNC_CLONE, REPOS_MIRROR);

	return run_with(places, (struct fakebroker){.at = at, .fault = fault, .raw = raw}, &work);
}

static void expect_failure(const struct fakebroker *broker, enum failure_kind kind,
			   const char *message)
{
	assert_int_equal(broker->status, 0);
	assert_true(broker->done);
	assert_string_equal(broker->result.failure.message,
			    *message ? message : broker->result.failure.message);
	assert_int_equal(broker->result.failure.kind, kind);
}

static void expect_no_refs(const struct places *places)
{
	assert_string_equal(places_ask(places, "git -C mirror for-each-ref"), "");
}

static void test_connections_that_break(void **state)
{
	const struct places *places = *state;

	for (unsigned at = 0; at < GIT_COMMANDS; at++) {
		struct fakebroker broker =
			clone_with(places, (enum git_command)at, FAULT_CUT, NULL);
		expect_failure(&broker, FAILURE_NETWORK, "the connection broke");
		expect_no_refs(places);
	}
}

static void test_answers_that_are_none(void **state)
{
	static const enum fault faults[] = {FAULT_SHORT, FAULT_GARBAGE, FAULT_ERROR};
	const struct places *places = *state;

	for (unsigned at = 0; at < GIT_COMMANDS; at++) {
		for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
			struct fakebroker broker =
				clone_with(places, (enum git_command)at, faults[i], NULL);
			assert_true(broker.done);
			assert_int_equal(broker.result.failure.kind, faults[i] == FAULT_ERROR
									     ? FAILURE_SERVER
									     : FAILURE_MALFORMED);
			assert_in_range(broker.result.milliseconds, 0, 10000);
			expect_no_refs(places);
			if (faults[i] == FAULT_ERROR)
				expect_failure(&broker, FAILURE_SERVER,
					       "the server refused the fetch: not for you");
		}
	}
}

static void test_progress_without_end(void **state)
{
	const struct places *places = *state;
	struct fakebroker broker = clone_with(places, GIT_FETCH, FAULT_ENDLESS, NULL);

	expect_failure(&broker, FAILURE_CONFLICT, "too much came");
	assert_string_equal(broker.result.failure.hint, "Raise git.receive.");
	assert_true(broker.result.bytes > 1000000);
}

/* A server that says nothing more: the deadline ends it. */
static void test_a_silent_server(void **state)
{
	const struct places *places = *state;
	struct git_work work = fakebroker_work(SYNC_CLONE, REPOS_MIRROR);

	work.timeout_ms = 1000;
	for (unsigned at = 0; at < GIT_COMMANDS; at++) {
		struct fakebroker broker = run_with(
			places,
			(struct fakebroker){.at = (enum git_command)at, .fault = FAULT_SILENT},
			&work);
		expect_failure(&broker, FAILURE_TIMEOUT, "git was stopped after 1 seconds");
		assert_in_range(broker.result.milliseconds, 900, 3000);
	}
}

/* Names that git must not make files of, each after what makes an answer to ls-refs. */
static void test_names_of_refs(void **state)
{
	static const char *const names[] = {
		"refs/heads/../../config",
		"refs/heads/x.lock",
		"refs/heads/-x y",
		"refs/heads/a\001b",
		"refs/heads/a\033[31m",
		"refs/heads/.hidden",
		"refs/heads/a..b",
		"refs/heads/a//b",
		"refs/heads/",
		"../../../../etc/passwd",
		"refs/../x",
		"refs/heads/a^{}b",
	};
	const struct places *places = *state;
	char raw[256], line[200], before[4096];

	snprintf(before, sizeof(before), "%s", places_ask(places, "find . | sort"));
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(line, sizeof(line), "%s %s\n", "0123456789012345678901234567890123456789",
			 names[i]);
		snprintf(raw, sizeof(raw), "%04zx%s0000", strlen(line) + 4, line);
		struct fakebroker broker = clone_with(places, GIT_LS_REFS, FAULT_RAW, raw);
		assert_true(broker.done);
		assert_int_equal(broker.status, 0);
		for (const char *c = broker.result.failure.message; *c; c++)
			assert_true((unsigned char)*c >= ' ');
		places_do(places, "rm -f mirror/packed-refs");
		assert_string_equal(places_ask(places, "find . | sort"), before);
	}
}

/* Trees that fsck knows to be attacks: refused on receipt, by what they are called. */
static void test_trees_that_attack(void **state)
{
	static const struct {
		const char *make, *name;
	} trees[] = {
		{"printf '100644 blob %s\\t.git\\n' $b", "hasDotgit"},
		{"printf '120000 blob %s\\t.gitmodules\\n' $b", "gitmodulesSymlink"},
		{"printf '100644 blob %s\\t..\\n' $b", "hasDotdot"},
		{"printf '100644 blob %s\\t.gitmodules\\n' "
		 "$(printf '[submodule \"../x\"]\\npath=x\\nurl=y\\n' | git hash-object -w "
		 "--stdin)",
		 "gitmodulesName"},
		{"printf '100644 blob %s\\t.gitmodules\\n' "
		 "$(printf '[submodule \"x\"]\\npath=x\\nurl=-u./payload\\n' | git hash-object -w "
		 "--stdin)",
		 "gitmodulesUrl"},
		{"printf '100644 blob %s\\t.gitmodules\\n' "
		 "$(printf '[submodule \"x\"]\\npath=-x\\nurl=y\\n' | git hash-object -w --stdin)",
		 "gitmodulesPath"},
	};
	const struct places *places = *state;
	char script[1024];

	for (size_t i = 0; i < sizeof(trees) / sizeof(trees[0]); i++) {
		snprintf(script, sizeof(script),
			 "cd server && b=$(echo x | git hash-object -w --stdin) && t=$(%s | git "
			 "mktree) && "
			 "git update-ref refs/heads/evil $(git commit-tree -m evil $t)",
			 trees[i].make);
		places_do(places, script);
		struct fakebroker broker = clone_with(places, GIT_FETCH, FAULT_NONE, NULL);
		expect_failure(&broker, FAILURE_MALFORMED, "");
		assert_non_null(strstr(broker.result.failure.message, trees[i].name));
		expect_no_refs(places);
	}
}

static void test_old_faults_of_history_are_let_in(void **state)
{
	const struct places *places = *state;

	places_do(places, "cd server && c=$(printf 'tree %s\\nauthor n<e> 1 +051800\\ncommitter n "
			  "<e> 1 +0000\\n\\nold\\n' "
			  "$(git rev-parse main^{tree}) | git hash-object -t commit -w --literally "
			  "--stdin) && "
			  "git update-ref refs/heads/old $c");
	struct fakebroker broker = clone_with(places, GIT_FETCH, FAULT_NONE, NULL);
	expect_failure(&broker, FAILURE_NONE, "");
}

static void test_names_that_differ_in_case(void **state)
{
	const struct places *places = *state;

	places_do(places, "cd server && git branch Case && git branch case main~1");
	struct fakebroker broker = clone_with(places, GIT_FETCH, FAULT_NONE, NULL);
	expect_failure(&broker, FAILURE_NONE, "");
}

static void test_limits(void **state)
{
	const struct places *places = *state;
	struct git_work work = fakebroker_work(SYNC_CLONE, REPOS_MIRROR);

	places_do(places, "cd server && head -c 3000000 /dev/urandom >big && git add big && git "
			  "commit -qm big");
	work.file_size = 1u << 20;
	struct fakebroker broker = run_with(places, (struct fakebroker){0}, &work);
	expect_failure(&broker, FAILURE_CONFLICT,
		       "git's fetch would write a file of more than 1 MiB");
	assert_string_equal(broker.result.failure.hint, "Raise git.file_size.");

	work = fakebroker_work(SYNC_CLONE, REPOS_MIRROR);
	work.address_space = 24u << 20;
	places_do(places, "cd server && head -c 60000000 /dev/zero >big && git commit -qam zeros");
	broker = run_with(places, (struct fakebroker){0}, &work);
	expect_failure(&broker, FAILURE_CONFLICT,
		       "git's fetch needs more than 24 MiB of address space");
	assert_string_equal(broker.result.failure.hint, "Raise git.memory.");
}

static void test_too_much_time_of_the_processor(void **state)
{
	const struct places *places = *state;
	struct git_work work = fakebroker_work(SYNC_CLONE, REPOS_MIRROR);

	work.cpu_s = 1;
	places_do(places, "cd server && head -c 900000000 /dev/zero >big && git add big && git "
			  "commit -qm zeros");
	struct fakebroker broker = run_with(places, (struct fakebroker){0}, &work);
	expect_failure(&broker, FAILURE_CONFLICT,
		       "git's fetch took more than 1 seconds of CPU time");
	assert_string_equal(broker.result.failure.hint, "Raise git.cpu.");
}

/* --- nothing survives --- */

/* Processes of that session, by /proc. */
static unsigned count_session(pid_t session)
{
	DIR *proc = opendir("/proc");
	unsigned count = 0;

	assert_non_null(proc);
	for (struct dirent *entry; (entry = readdir(proc));) {
		char *end;
		pid_t pid = (pid_t)strtol(entry->d_name, &end, 10);
		count += !*end && pid > 0 && getsid(pid) == session;
	}
	closedir(proc);
	return count;
}

static bool becomes(pid_t session, unsigned least, unsigned most)
{
	for (unsigned i = 0; i < 300; i++) {
		unsigned count = count_session(session);
		if (count >= least && count <= most)
			return true;
		poll(NULL, 0, 10);
	}
	return false;
}

/* Up to the moment when git waits for an answer to its fetch. */
static void run_until_fetch(struct fakebroker *broker, const struct places *places)
{
	struct git_work work = fakebroker_work(SYNC_CLONE, REPOS_MIRROR);

	*broker = (struct fakebroker){
		.server = places->server, .at = GIT_FETCH, .fault = FAULT_SILENT};
	fakebroker_start(broker, places->mirror, NULL);
	fakebroker_order(broker, &work);
	while (broker->requests < 2)
		assert_true(fakebroker_receive(broker));
	/* ghward-git, git and its helper for descriptors. */
	assert_true(becomes(broker->pid, 3, 9));
}

static void test_a_kill_leaves_nothing(void **state)
{
	const struct places *places = *state;
	struct fakebroker broker;

	run_until_fetch(&broker, places);
	kill(broker.pid, SIGKILL);
	assert_false(fakebroker_receive(&broker));
	assert_true(becomes(broker.pid, 0, 0));
	assert_true(WIFSIGNALED(broker.status));
}

/* Even if nobody kills the group. */
static void test_pipes_that_end_leave_nothing(void **state)
{
	const struct places *places = *state;
	struct fakebroker broker;

	run_until_fetch(&broker, places);
	kill(broker.pid, SIGKILL);
	assert_true(becomes(broker.pid, 0, 1));
	assert_false(fakebroker_receive(&broker));
}

static void test_a_broker_that_goes_leaves_nothing(void **state)
{
	const struct places *places = *state;
	struct fakebroker broker;
	siginfo_t info;

	run_until_fetch(&broker, places);
	close(broker.channel);
	assert_int_equal(waitid(P_PID, (id_t)broker.pid, &info, WEXITED | WNOWAIT), 0);
	assert_true(becomes(broker.pid, 0, 1));
	assert_int_equal(waitpid(broker.pid, &broker.status, 0), broker.pid);
	assert_int_equal(broker.status, 0);
}

static void test_answers_that_nobody_asked_for(void **state)
{
	const struct places *places = *state;
	struct fakebroker broker;
	struct failure none = {0};

	run_until_fetch(&broker, places);
	struct ipc_message *message = ipc_new(MESSAGE_GIT_ANSWERED, 7);
	protocol_put_failure(message, &none);
	assert_return_code(ipc_send_blocking(broker.channel, message), errno);
	while (fakebroker_receive(&broker))
		;
	assert_false(broker.done);
	assert_true(WIFEXITED(broker.status) && WEXITSTATUS(broker.status) == EXIT_FAILURE);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, places_make, places_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_connections_that_break),
		TEST(test_answers_that_are_none),
		TEST(test_progress_without_end),
		TEST(test_a_silent_server),
		TEST(test_names_of_refs),
		TEST(test_trees_that_attack),
		TEST(test_old_faults_of_history_are_let_in),
		TEST(test_names_that_differ_in_case),
		TEST(test_limits),
		TEST(test_too_much_time_of_the_processor),
		TEST(test_a_kill_leaves_nothing),
		TEST(test_pipes_that_end_leave_nothing),
		TEST(test_a_broker_that_goes_leaves_nothing),
		TEST(test_answers_that_nobody_asked_for),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
