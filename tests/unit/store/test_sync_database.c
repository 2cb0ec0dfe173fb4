/* What is put is found again, by whoever may; and what is not as it was put is made anew. */
#include "fixture.h"
#include "states_fixture.h"

#include "lib/base/clock.h"
#include "lib/base/io.h"

#include <sqlite3.h>

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define MADE_ANEW "the record of what was synchronised was damaged and is made anew\n"

/* --- what is put is found --- */

static void test_what_is_put_is_found_again(void **state)
{
	struct sync_database *states = states_open(*state);

	states_check(states, 0);
	states_fill(states, 2300);
	states_check(states, 2300);
	sync_database_close(states);
	states = states_open(*state);
	states_check(states, 2300);
	sync_database_close(states);
	assert_string_equal(((struct states_fixture *)*state)->notes, "");
}

static void test_code_and_wiki_are_two(void **state)
{
	struct sync_database *states = states_open(*state);
	struct sync_state found[SYNC_STATES_MAX];
	const struct sync_state code = states_made(7, REPOS_CODE),
				wiki = states_made(7, REPOS_WIKI);
	const struct state_key keys[] = {{6, REPOS_WIKI}, {7, REPOS_WIKI}, {8, REPOS_CODE}};

	sync_database_put(states, &wiki);
	assert_int_equal(sync_database_get(states, keys, 3, found), 1);
	states_assert_equal(&found[0], &wiki);
	sync_database_put(states, &code);
	assert_int_equal(sync_database_list(states, (struct state_key){0}, found), 2);
	states_assert_equal(&found[0], &code);
	states_assert_equal(&found[1], &wiki);
	assert_int_equal(sync_database_list(states, (struct state_key){7, REPOS_CODE}, found), 1);
	assert_int_equal(sync_database_list(states, (struct state_key){7, REPOS_WIKI}, found), 0);
	sync_database_close(states);
}

static void test_the_last_word_counts(void **state)
{
	struct sync_database *states = states_open(*state);
	struct sync_state found[SYNC_STATES_MAX], renamed = states_made(2, REPOS_CODE);

	states_fill(states, 3);
	snprintf(renamed.name, sizeof(renamed.name), "acme/renamed");
	sync_database_put(states, &renamed);
	sync_database_drop(states, (struct state_key){3, REPOS_CODE});
	sync_database_drop(states, (struct state_key){1, REPOS_WIKI}); /* there is none */
	assert_int_equal(sync_database_list(states, (struct state_key){0}, found), 2);
	states_assert_equal(&found[1], &renamed);
	sync_database_close(states);
}

static void test_the_longest_of_all(void **state)
{
	struct sync_database *states = states_open(*state);
	struct sync_state longest = states_made((UINT64_C(1) << 53) - 1, REPOS_WIKI);
	struct sync_state found[SYNC_STATES_MAX];

	memset(longest.name, 'n', SYNC_NAME_MAX);
	memset(longest.branch, 'b', SYNC_BRANCH_MAX);
	memset(longest.error, 'e', SYNC_ERROR_MAX);
	memset(longest.pushed_at, 'p', sizeof(longest.pushed_at) - 1);
	longest.checked_s = longest.synced_s = CLOCK_RFC3339_MAX_S;
	longest.failed_s = longest.verified_s = CLOCK_RFC3339_MAX_S;
	longest.bytes = INT64_MAX;
	assert_true(sync_state_is_sound(&longest));
	sync_database_put(states, &longest);
	assert_int_equal(sync_database_list(states, (struct state_key){0}, found), 1);
	states_assert_equal(&found[0], &longest);
	sync_database_close(states);
}

static void test_what_is_not_sound(void **state)
{
	const struct sync_state good = states_made(5, REPOS_CODE);
	struct sync_state bad[12];
	size_t count = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		bad[i] = good;
	bad[count++].id = 0;
	bad[count++].id = UINT64_C(1) << 53;
	bad[count++].part = REPOS_PARTS;
	bad[count++].mode = REPOS_MODES;
	bad[count++].bytes = UINT64_C(1) << 63;
	bad[count++].synced_s = CLOCK_RFC3339_MAX_S + 1;
	bad[count++].name[0] = 0;
	snprintf(bad[count++].name, 8, "a\nb");
	snprintf(bad[count++].branch, 8, "\x1b[31m");
	snprintf(bad[count++].error, 8, "\xff");
	snprintf(bad[count++].error, 8, "\xe2\x80\xae"); /* from right to left */
	snprintf(bad[count++].pushed_at, 8, "\x7f");
	assert_true(sync_state_is_sound(&good));
	for (size_t i = 0; i < count; i++)
		assert_false(sync_state_is_sound(&bad[i]));
}

static void test_destinations_do_not_mix(void **state)
{
	struct states_fixture *fixture = *state;
	struct sync_database *states = states_open(fixture);

	states_fill(states, 3);
	sync_database_close(states);
	states = sync_database_open(fixture->store, STATES_DESTINATION "2", states_take_note,
				    fixture);
	states_check(states, 0);
	sync_database_close(states);
	states = states_open(fixture);
	states_check(states, 3);
	sync_database_close(states);
	assert_string_equal(fixture->notes, "");
}

/* --- durability --- */

static void test_what_waits_is_due(void **state)
{
	struct sync_database *states = states_open(*state);
	const struct sync_state one = states_made(1, REPOS_CODE);

	assert_int_equal(sync_database_due_ms(states), -1);
	sync_database_put(states, &one);
	assert_in_range(sync_database_due_ms(states), 500, 1000);
	sync_database_commit(states);
	assert_int_equal(sync_database_due_ms(states), -1);
	sync_database_close(states);
	states = states_open(*state);
	assert_int_equal(sync_database_count(states), 1);
	sync_database_close(states);
}

/* At any moment: what is there then is whole, and at least what was flushed. */
static void test_killed_while_writing(void **state)
{
	struct states_fixture *fixture = *state;
	uint64_t before = 0;
	int status;

	for (unsigned i = 0; i < 40; i++) {
		pid_t pid = fork();
		if (pid == 0) {
			struct sync_database *states = states_open(fixture);
			for (uint64_t to = before + 100;; to += 100)
				states_fill(states, to);
		}
		usleep(3000 + i * 700);
		kill(pid, SIGKILL);
		waitpid(pid, &status, 0);
		struct sync_database *states = states_open(fixture);
		uint64_t count = sync_database_count(states);
		assert_true(count >= before);
		states_check(states, count);
		sync_database_close(states);
		assert_string_equal(fixture->notes, "");
		before = count;
	}
	assert_true(before > 100);
}

/* --- several at once --- */

static void test_others_read_while_one_writes(void **state)
{
	struct states_fixture *fixture = *state;
	struct sync_database *writer = states_open(fixture), *reader;
	const struct sync_state more = states_made(101, REPOS_CODE);
	int status;

	states_fill(writer, 100);
	sync_database_put(writer, &more);
	pid_t pid = fork(); /* SQLite of one process has one database */
	if (pid == 0) {
		reader = states_open(fixture);
		states_check(reader, 100);
		_exit(*fixture->notes != 0);
	}
	waitpid(pid, &status, 0);
	assert_int_equal(status, 0);
	sync_database_commit(writer);
	states_check(writer, 101);
	sync_database_close(writer);
}

#define WRITERS 3u
#define WRITTEN 40u

static void write_some(struct states_fixture *fixture, uint64_t first)
{
	struct sync_database *states = states_open(fixture);

	for (uint64_t id = first; id <= WRITTEN * WRITERS; id += WRITERS) {
		const struct sync_state one = states_made(id, REPOS_CODE);
		sync_database_put(states, &one);
		sync_database_commit(states);
		usleep(10000); /* who never pauses keeps the others out */
	}
	sync_database_close(states);
	if (*fixture->notes)
		print_error("%s", fixture->notes);
	_exit(*fixture->notes != 0);
}

/* Each adds to what the others did; none of them sees anything damaged. */
static void test_several_write(void **state)
{
	struct states_fixture *fixture = *state;
	pid_t pids[WRITERS];
	int status, together = 0;

	for (unsigned i = 0; i < WRITERS; i++) {
		pids[i] = fork();
		if (pids[i] == 0)
			write_some(fixture, i + 1);
	}
	for (unsigned i = 0; i < WRITERS; i++) {
		waitpid(pids[i], &status, 0);
		together |= status;
	}
	assert_int_equal(together, 0);
	struct sync_database *states = states_open(fixture);
	states_check(states, WRITTEN * WRITERS);
	sync_database_close(states);
}

/* --- damage --- */

static void test_every_page_that_is_changed(void **state)
{
	struct states_fixture *fixture = *state;
	struct sync_database *states = states_open(fixture);
	size_t length;

	states_fill(states, 1000);
	sync_database_close(states);
	char *whole = fixture_read(fixture->store, fixture->name, &length);
	for (size_t at = 0; at < length; at += at < 110 ? 1 : 2017) {
		whole[at] ^= 0x41;
		fixture_write(fixture->store, fixture->name, whole, length);
		whole[at] ^= 0x41;
		states = states_open(fixture);
		struct state_key after = {0};
		struct sync_state found[SYNC_STATES_MAX];
		for (size_t got; (got = sync_database_list(states, after, found)) > 0;) {
			after.id = found[got - 1].id;
			const struct sync_state wanted = states_made(after.id, REPOS_CODE);
			states_assert_equal(&found[got - 1], &wanted);
		}
		assert_true(after.id == 1000 || strcmp(fixture->notes, MADE_ANEW) == 0);
		states_fill(states, 5);
		sync_database_close(states);
		states = states_open(fixture);
		assert_string_equal(fixture->notes, "");
		sync_database_close(states);
	}
	free(whole);
}

static void test_every_length(void **state)
{
	struct states_fixture *fixture = *state;
	struct sync_database *states = states_open(fixture);
	size_t length;

	states_fill(states, 1000);
	sync_database_close(states);
	char *whole = fixture_read(fixture->store, fixture->name, &length);
	for (size_t cut = 1; cut < length; cut += cut < 20 ? 1 : 4095) {
		fixture_write(fixture->store, fixture->name, whole, cut);
		states = states_open(fixture);
		(void)sync_database_count(states);
		assert_string_equal(fixture->notes, MADE_ANEW);
		states_check(states, 0);
		sync_database_close(states);
	}
	free(whole);
}

/* Made to deceive, check sums and all. The VFS still knows the files of what was opened last. */
static void rewrite(const char *sql)
{
	sqlite3 *other;

	assert_int_equal(sqlite3_open_v2("index", &other, SQLITE_OPEN_READWRITE, "pages"),
			 SQLITE_OK);
	assert_int_equal(sqlite3_exec(other, sql, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(other);
}

static void test_lies(void **state)
{
	static const char *const lies[] = {
		"UPDATE states SET name = zeroblob(5)",
		"UPDATE states SET name = ''",
		"UPDATE states SET name = zeroblob(100000)",
		"UPDATE states SET branch = x'1b5b6d'",
		"UPDATE states SET digest = zeroblob(31)",
		"UPDATE states SET digest = NULL",
		"UPDATE states SET checked = 1 << 62",
		"UPDATE states SET mode = 7",
		"UPDATE states SET error = 'x' || char(10)",
		"UPDATE states SET id = -5 WHERE id = 20",
		"UPDATE states SET id = 0 WHERE id = 20",
		"UPDATE states SET id = 1 << 62 WHERE id = 20",
		"UPDATE destination SET path = '/srv/other'",
		"CREATE TABLE more(x)",
		"CREATE INDEX more ON states(name)",
		"CREATE TRIGGER more AFTER INSERT ON states BEGIN DELETE FROM states; END",
		"DROP TABLE destination",
		"ALTER TABLE states RENAME COLUMN mode TO modus",
		"DROP TABLE states; CREATE VIEW states AS SELECT 1",
	};
	struct states_fixture *fixture = *state;

	for (size_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
		struct sync_state found[SYNC_STATES_MAX];
		struct sync_database *states = states_open(fixture);
		states_fill(states, 40);
		rewrite(lies[i]);
		sync_database_close(states);
		states = states_open(fixture);
		const struct state_key ten = {10, REPOS_CODE};
		(void)sync_database_get(states, &ten, 1, found);
		for (size_t got = sync_database_list(states, (struct state_key){0}, found);
		     got-- > 0;)
			assert_true(sync_state_is_sound(&found[got]));
		/* A row of no id is before the first one. */
		if (!strstr(lies[i], "id = -5") && !strstr(lies[i], "id = 0"))
			assert_string_equal(fixture->notes, MADE_ANEW);
		states_fill(states, 40);
		sync_database_close(states);
		assert_int_equal(unlinkat(fixture->store, fixture->name, 0), 0);
	}
}

static void test_damaged_under_way(void **state)
{
	struct states_fixture *fixture = *state;
	struct sync_database *states = states_open(fixture);
	const struct state_key ten = {10, REPOS_CODE};
	struct sync_state found[SYNC_STATES_MAX];
	struct failure failure;

	states_fill(states, 40);
	sync_database_put(states, &(struct sync_state){.id = 50, .name = "acme/new"});
	sync_database_commit(states);
	rewrite("UPDATE states SET mode = 7 WHERE id = 20");
	sync_database_put(states, &(struct sync_state){.id = 51, .name = "acme/new"});
	assert_int_equal(sync_database_get(states, &ten, 1, found), 0);
	assert_string_equal(fixture->notes, MADE_ANEW);
	assert_int_equal(sync_database_flush(states, &failure), -1); /* 51 is lost */
	states_fill(states, 40);
	states_check(states, 40);
	sync_database_close(states);
}

/* --- where nothing can be written --- */

static void check_nothing_is_remembered(struct sync_database *states)
{
	const struct sync_state one = states_made(1, REPOS_CODE);
	const struct state_key key = {1, REPOS_CODE};
	struct sync_state found[SYNC_STATES_MAX];
	struct failure failure;

	sync_database_put(states, &one);
	sync_database_drop(states, key);
	assert_int_equal(sync_database_due_ms(states), -1);
	assert_int_equal(sync_database_get(states, &key, 1, found), 0);
	assert_int_equal(sync_database_flush(states, &failure), 0);
	states_check(states, 0);
	sync_database_close(states);
}

static void test_no_directory(void **state)
{
	struct states_fixture *fixture = *state;
	int before = fixture->store;

	fixture->store = open("/dev/null", O_RDONLY | O_CLOEXEC);
	check_nothing_is_remembered(states_open(fixture));
	assert_string_equal(fixture->notes, "what is synchronised is not remembered, and looked at "
					    "anew next time: there is no directory for it\n");
	close(fixture->store);
	fixture->store = before;
}

/* In a process of its own, as another user if this one may do anything. */
static int look_without_rights(struct states_fixture *fixture)
{
	const struct sync_state one = states_made(1, REPOS_CODE);
	struct sync_state found[SYNC_STATES_MAX];
	struct failure failure;

	if (geteuid() == 0 && setuid(65534) < 0)
		return 10;
	struct sync_database *states = states_open(fixture);
	if (sync_database_list(states, (struct state_key){0}, found) != 5 || *fixture->notes)
		return 11;
	sync_database_put(states, &one);
	sync_database_put(states, &one);
	if (strcmp(fixture->notes, "what was just synchronised is looked at anew next time: "
				   "the record of it can only be read\n") != 0)
		return 12;
	if (sync_database_flush(states, &failure) == 0 || sync_database_flush(states, &failure) < 0)
		return 13;
	return sync_database_count(states) == 5 ? 0 : 14;
}

static void test_what_can_only_be_read(void **state)
{
	struct states_fixture *fixture = *state;
	struct sync_database *states = states_open(fixture);
	char journal[80];
	int status;

	states_fill(states, 5);
	sync_database_close(states);
	snprintf(journal, sizeof(journal), "%s-journal", fixture->name);
	assert_int_equal(fchmodat(fixture->store, fixture->name, 0444, 0), 0);
	assert_int_equal(fchmodat(fixture->store, journal, 0444, 0), 0);
	assert_int_equal(fchmod(fixture->store, 0555), 0);
	pid_t pid = fork();
	if (pid == 0)
		_exit(look_without_rights(fixture));
	waitpid(pid, &status, 0);
	assert_int_equal(fchmod(fixture->store, 0700), 0);
	assert_int_equal(WEXITSTATUS(status), 0);
}

static void test_something_else_in_its_place(void **state)
{
	struct states_fixture *fixture = *state;

	sync_database_close(states_open(fixture));
	assert_int_equal(unlinkat(fixture->store, fixture->name, 0), 0);
	assert_int_equal(symlinkat("/etc/passwd", fixture->store, fixture->name), 0);
	check_nothing_is_remembered(states_open(fixture));
	assert_non_null(strstr(fixture->notes, "what is synchronised is not remembered"));
}

static void test_the_disk_is_full(void **state)
{
	const struct rlimit tight = {.rlim_cur = 20 * 16384, .rlim_max = RLIM_INFINITY};
	const struct rlimit wide = {.rlim_cur = RLIM_INFINITY, .rlim_max = RLIM_INFINITY};
	struct states_fixture *fixture = *state;
	struct sync_database *states = states_open(fixture);
	struct sync_state found[SYNC_STATES_MAX];
	struct failure failure;

	signal(SIGXFSZ, SIG_IGN);
	states_fill(states, 400);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &tight), 0);
	for (uint64_t id = 1; id <= 9000; id++) {
		const struct sync_state one = states_made(id, REPOS_CODE);
		sync_database_put(states, &one);
	}
	assert_int_equal(sync_database_flush(states, &failure), -1);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &wide), 0);
	const struct state_key key = {400, REPOS_CODE};
	assert_int_equal(sync_database_get(states, &key, 1, found), 1);
	assert_int_equal(failure.kind, FAILURE_INTERNAL);
	assert_non_null(strstr(failure.message, strerror(EFBIG)));
	assert_string_equal(
		fixture->notes,
		"what was just synchronised is looked at anew next time: File too large\n");
	states_fill(states, 9000);
	states_check(states, 9000);
	sync_database_close(states);
}

static void test_somebody_holds_it(void **state)
{
	struct states_fixture *fixture = *state;
	struct sync_database *states = states_open(fixture);
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_len = 100};

	states_fill(states, 5);
	sync_database_close(states);
	IO_AUTOCLOSE int other = openat(fixture->store, fixture->name, O_RDWR | O_CLOEXEC);
	assert_int_equal(fcntl(other, F_OFD_SETLK, &lock), 0);
	check_nothing_is_remembered(states_open(fixture));
	assert_string_equal(fixture->notes,
			    "what is synchronised is not remembered, and looked at anew "
			    "next time: another command is using the record of it\n");
	lock.l_type = F_UNLCK;
	assert_int_equal(fcntl(other, F_OFD_SETLK, &lock), 0);
	states = states_open(fixture);
	states_check(states, 5);
	sync_database_close(states);
}

static int become_single_threaded(void **state)
{
	(void)state;
	return sqlite3_config(SQLITE_CONFIG_SINGLETHREAD) == SQLITE_OK ? 0 : -1;
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, states_set_up, states_tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_what_is_put_is_found_again),
		TEST(test_code_and_wiki_are_two),
		TEST(test_the_last_word_counts),
		TEST(test_the_longest_of_all),
		TEST(test_what_is_not_sound),
		TEST(test_destinations_do_not_mix),
		TEST(test_what_waits_is_due),
		TEST(test_killed_while_writing),
		TEST(test_others_read_while_one_writes),
		TEST(test_several_write),
		TEST(test_every_page_that_is_changed),
		TEST(test_every_length),
		TEST(test_lies),
		TEST(test_damaged_under_way),
		TEST(test_no_directory),
		TEST(test_what_can_only_be_read),
		TEST(test_something_else_in_its_place),
		TEST(test_the_disk_is_full),
		TEST(test_somebody_holds_it),
	};

	return cmocka_run_group_tests(tests, become_single_threaded, NULL);
}
