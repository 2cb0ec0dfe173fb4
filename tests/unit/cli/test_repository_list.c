/* Lists of repositories: read line by line, each once, sent in pieces. */
#include "cli/repository_list.h"
#include "lib/base/io.h"
#include "lib/ipc/protocol.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static struct repository_list list;
static struct failure failure;

static int set_up(void **state)
{
	(void)state;
	memset(&failure, 0, sizeof(failure));
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	repository_list_free(&list);
	return 0;
}

static int parse(const char *text)
{
	return repository_list_parse(&list, "repos.txt", text, strlen(text), &failure);
}

static void assert_name(uint32_t index, const char *owner, const char *repo)
{
	assert_in_range(index, 0, list.count - 1);
	assert_string_equal(list.names[index].owner, owner);
	assert_string_equal(list.names[index].repo, repo);
}

static void assert_refused(const char *text, const char *part)
{
	assert_int_equal(parse(text), -1);
	assert_int_equal(failure.kind, FAILURE_USAGE);
	if (!strstr(failure.message, part))
		fail_msg("\"%s\" should mention \"%s\"", failure.message, part);
	repository_list_free(&list);
}

static void test_a_file(void **state)
{
	(void)state;
	assert_int_equal(parse("# ours\n"
			       "acme/shop\n"
			       "\n"
			       "  https://github.com/acme/web.git  # with a comment\r\n"
			       "\tgit@github.com:other/tool.git\t#another\n"
			       "ssh://git@ssh.github.com:443/acme/api"),
			 0);
	assert_int_equal(list.count, 4);
	assert_name(0, "acme", "shop");
	assert_name(1, "acme", "web");
	assert_name(2, "other", "tool");
	assert_name(3, "acme", "api");
	assert_string_equal(list.named.host, "github.com");
	assert_int_equal(list.named.port, 443);
	assert_int_equal(list.named_line, 4);
}

static void test_empty_files(void **state)
{
	static const char *const texts[] = {"", "\n", "#", " # x\n\n", "\r\n\t\n"};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		assert_int_equal(parse(texts[i]), 0);
		assert_int_equal(list.count, 0);
		assert_string_equal(list.named.host, "");
	}
}

static void test_errors_name_file_and_line(void **state)
{
	(void)state;
	assert_refused("acme/shop\n\nacme\n", "repos.txt:3: \"acme\" is no repository: expected");
	assert_refused("http://github.com/acme/shop", "repos.txt:1: ");
	assert_refused("acme/shop#1\n", "fragment");
	assert_refused("acme/shop web\n", "repository name");
	assert_refused("git@a.example:o/r\n# x\nhttps://b.example/o/r\n",
		       "repos.txt:3: b.example is another host than a.example of line 1");
	assert_refused("git@a.example:o/r\nhttps://a.example:1/o/r\nhttps://a.example:2/o/r\n",
		       "repos.txt:3: a.example has another port than in a line above, 1");
}

static void test_passwords_are_not_shown(void **state)
{
	(void)state;
	assert_refused("https://ann:hunter2@github.com/acme/shop", "repos.txt:1: no repository: "
								   "expected no user");
	assert_null(strstr(failure.message, "hunter2"));
	assert_refused("ssh://git:hunter2@github.com/acme/shop", "expected no user");
	assert_null(strstr(failure.message, "hunter2"));
}

static void test_long_lines_are_cut(void **state)
{
	char text[4096];

	(void)state;
	memset(text, 'x', sizeof(text));
	text[sizeof(text) - 1] = 0;
	assert_refused(text, "repository");
	assert_true(strlen(failure.message) < 300);
}

static void test_each_once(void **state)
{
	(void)state;
	assert_int_equal(parse("b/one\na/two\nB/One\na/three\nA/TWO\nb/one\nab/o\na/bo\n"), 0);
	repository_list_unique(&list);
	assert_int_equal(list.count, 5);
	assert_name(0, "b", "one");
	assert_name(1, "a", "two");
	assert_name(2, "a", "three");
	assert_name(3, "ab", "o");
	assert_name(4, "a", "bo");
}

static void test_unique_of_few(void **state)
{
	(void)state;
	repository_list_unique(&list);
	assert_int_equal(list.count, 0);
	assert_int_equal(parse("a/b"), 0);
	repository_list_unique(&list);
	assert_int_equal(list.count, 1);
}

static void test_too_many(void **state)
{
	char name[16];

	(void)state;
	for (unsigned i = 0; i < REPOS_LISTED_MAX; i++) {
		snprintf(name, sizeof(name), "r%u", i);
		assert_int_equal(repository_list_add(&list, "acme", name, &failure), 0);
	}
	assert_int_equal(repository_list_add(&list, "acme", "more", &failure), -1);
	assert_non_null(strstr(failure.message, "20000"));
	repository_list_unique(&list);
	assert_int_equal(list.count, REPOS_LISTED_MAX);
}

/* What the broker reads is what was listed, in messages that fit. */
static void test_messages(void **state)
{
	char longest[VALIDATE_REPO_MAX + 1];
	const char *owner = "abcdefghijklmnopqrstuvwxyz0123456789abc";
	struct ipc_message *message;
	struct ipc_incoming in;
	uint32_t next = 0, got = 0;

	(void)state;
	memset(longest, 'r', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = 0;
	for (unsigned i = 0; i < 1000; i++) {
		snprintf(longest, 5, "%04u", i);
		longest[4] = 'r';
		assert_int_equal(repository_list_add(&list, owner, longest, &failure), 0);
	}
	while ((message = repository_list_message(&list, &next))) {
		assert_int_equal(ipc_seal(message), 0);
		assert_in_range(message->used, 1, 60 * 1024);
		memset(&in, 0, sizeof(in));
		assert_int_equal(ipc_parse(&in, message->bytes, message->used), 0);
		assert_int_equal(in.type, MESSAGE_REPOSITORIES);
		uint16_t count = ipc_get_u16(&in);
		for (unsigned i = 0; i < count; i++, got++) {
			assert_string_equal(ipc_get_string(&in), list.names[got].owner);
			assert_string_equal(ipc_get_string(&in), list.names[got].repo);
		}
		assert_int_equal(ipc_end(&in), 0);
		ipc_free(message);
	}
	assert_int_equal(got, 1000);
	assert_int_equal(next, 1000);
}

static void test_reading(void **state)
{
	char path[] = "/tmp/ghward-list-XXXXXX";
	IO_AUTOCLOSE int fd = mkstemp(path);

	(void)state;
	assert_int_equal(io_write_full(fd, "acme/shop\n", 10), 0);
	assert_int_equal(repository_list_read(&list, path, &failure), 0);
	assert_int_equal(list.count, 1);
	assert_int_equal(ftruncate(fd, (off_t)REPOSITORY_LIST_FILE_MAX + 1), 0);
	assert_int_equal(repository_list_read(&list, path, &failure), -1);
	assert_non_null(strstr(failure.message, "longer than"));
	assert_int_equal(unlink(path), 0);
	assert_int_equal(repository_list_read(&list, path, &failure), -1);
	assert_non_null(strstr(failure.message, "No such file"));
	assert_int_equal(repository_list_read(&list, "/", &failure), -1);
	assert_non_null(strstr(failure.message, "Is a directory"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_a_file, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_empty_files, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_errors_name_file_and_line, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_passwords_are_not_shown, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_long_lines_are_cut, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_each_once, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_unique_of_few, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_too_many, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_messages, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_reading, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
