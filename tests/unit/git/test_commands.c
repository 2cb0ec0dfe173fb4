/* Command lines of git: nothing that comes from outside is an option. */
#include "git/commands.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct command command;

static bool has(const char *word)
{
	for (size_t i = 0; i < command.count; i++) {
		if (strcmp(command.words[i], word) == 0)
			return true;
	}
	return false;
}

static void make(enum command_kind kind, struct command_values values)
{
	values.branch = values.branch ? values.branch : "main";
	command_make(&command, kind, &values);
	assert_null(command.words[command.count]);
	assert_string_equal(command.words[0], "git");
}

static void test_every_command_has_the_settings(void **state)
{
	static const char *const needed[] = {"core.hooksPath=/dev/null", "core.fsmonitor=false",
					     "protocol.allow=never",	 "protocol.fd.allow=always",
					     "core.symlinks=false",	 "core.protectHFS=true",
					     "core.protectNTFS=true",	 "fetch.fsckObjects=true",
					     "credential.helper=",	 "gc.auto=0"};

	(void)state;
	for (unsigned kind = 0; kind <= COMMAND_FAST_FORWARD; kind++) {
		make((enum command_kind)kind, (struct command_values){0});
		for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++)
			assert_true(has(needed[i]));
		/* They stand in front of the command itself. */
		for (size_t i = 1; strcmp(command.words[i], "-c") == 0; i += 2)
			assert_non_null(strchr(command.words[i + 1], '='));
	}
}

static void test_a_branch_is_never_an_option(void **state)
{
	(void)state;
	for (unsigned kind = 0; kind <= COMMAND_FAST_FORWARD; kind++) {
		make((enum command_kind)kind, (struct command_values){.branch = "--upload-pack=x"});
		for (size_t i = 0; i < command.count; i++) {
			const char *found = strstr(command.words[i], "--upload-pack=x");
			assert_true(!found || strncmp(command.words[i], "refs/", 5) == 0);
		}
	}
}

static void test_fetches(void **state)
{
	(void)state;
	make(COMMAND_FETCH, (struct command_values){.mode = REPOS_MIRROR, .first = true});
	assert_true(has("+refs/heads/*:refs/heads/*") && has("--no-tags") && has("--prune"));
	assert_true(has("core.fsync=committed,-reference"));
	assert_false(has("--force") || has("--unshallow"));
	assert_true(has("fetch.fsck.zeroPaddedFilemode=warn"));
	assert_false(has("fetch.fsck.hasDotgit=warn") || has("fetch.fsck.gitmodulesUrl=warn"));

	make(COMMAND_FETCH, (struct command_values){.mode = REPOS_WORKTREE, .depth = 4294967295u});
	assert_true(has("+refs/heads/*:refs/remotes/origin/*") && has("--tags"));
	assert_false(has("--no-tags") || has("core.fsync=committed,-reference"));
	assert_true(has("--depth=4294967295"));

	make(COMMAND_FETCH, (struct command_values){.partial = REPOS_TREELESS, .deepen = true});
	assert_true(has("--filter=tree:0") && has("--unshallow"));
	assert_true(has("remote.fd::3.partialCloneFilter=tree:0"));
	make(COMMAND_FSCK, (struct command_values){.partial = REPOS_BLOBLESS});
	assert_true(has("remote.fd::3.promisor=true") && has("fsck.badTimezone=warn"));
}

static void test_the_environment(void **state)
{
	const char *environment[COMMAND_ENVIRONMENT_MAX];
	char room[COMMAND_PATH_MAX + 16];
	size_t count = 0;

	(void)state;
	command_environment(environment, REPOS_MIRROR, ".", room);
	while (environment[count])
		count++;
	assert_string_equal(environment[count - 1], "GIT_DIR=.");
	command_environment(environment, REPOS_WORKTREE, "/a/b", room);
	assert_string_equal(environment[count - 1], "GIT_DIR=/a/b");
	assert_string_equal(environment[count], "GIT_WORK_TREE=.");
	assert_null(environment[count + 1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_command_has_the_settings),
		cmocka_unit_test(test_a_branch_is_never_an_option),
		cmocka_unit_test(test_fetches),
		cmocka_unit_test(test_the_environment),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
