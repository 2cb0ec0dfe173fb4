/* An index that is damaged, of something else, or made to deceive. */
#include "fixture.h"

#include "lib/base/io.h"
#include "store/index_parts.h"

#include <sqlite3.h>

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

/* A filter that needs a part of the index of every kind. */
static struct review_filter probing(void)
{
	struct review_filter filter = fixture_all();

	filter.actor = "uid:100*";
	filter.event = "alerts.*";
	filter.repository = "acme/*";
	filter.severities = 1u << AUDIT_INFO;
	return filter;
}

static void check_both_ways(struct fixture *fixture)
{
	struct review_filter filter = probing();

	fixture_check(fixture, &filter, 0);
	assert_string_equal(fixture->notes, "");
	fixture_check(fixture, &filter, 50);
	assert_string_equal(fixture->notes, "");
}

static void test_every_byte_that_is_flipped(void **state)
{
	struct fixture *fixture = *state;
	struct review_filter filter = probing();
	size_t length;

	fixture_grow(fixture, 4500);
	fixture_check(fixture, &filter, 0);
	char *whole = fixture_read(fixture->store, FIXTURE_INDEX, &length);
	assert_true(length > 100000);
	/* All of the first header, and a byte of every kind of page. */
	for (size_t at = 0; at < length; at += at < 110 ? 1 : 997) {
		whole[at] ^= 0x41;
		fixture_write(fixture->store, FIXTURE_INDEX, whole, length);
		whole[at] ^= 0x41;
		fixture_check(fixture, &filter, 0);
		assert_string_equal(fixture->notes, "");
	}
	free(whole);
}

static void test_every_length(void **state)
{
	struct fixture *fixture = *state;
	size_t length;

	fixture_grow(fixture, 4500);
	check_both_ways(fixture);
	char *whole = fixture_read(fixture->store, FIXTURE_INDEX, &length);
	for (size_t cut = 0; cut < length; cut += cut < 20 ? 1 : 4096 - 1) {
		fixture_write(fixture->store, FIXTURE_INDEX, whole, cut);
		check_both_ways(fixture);
	}
	free(whole);
}

static void test_something_else(void **state)
{
	struct fixture *fixture = *state;
	static char noise[40000];

	fixture_grow(fixture, 500);
	assert_int_equal(getrandom(noise, sizeof(noise), 0), sizeof(noise));
	fixture_write(fixture->store, FIXTURE_INDEX, noise, sizeof(noise));
	check_both_ways(fixture);
	fixture_write(fixture->store, FIXTURE_INDEX, "SQLite format 3", 16);
	fixture_write(fixture->store, FIXTURE_INDEX "-journal", noise, sizeof(noise));
	check_both_ways(fixture);
	memset(noise, 0, sizeof(noise));
	fixture_write(fixture->store, FIXTURE_INDEX, noise, sizeof(noise));
	check_both_ways(fixture);
}

static void test_not_even_a_file(void **state)
{
	struct fixture *fixture = *state;

	fixture_grow(fixture, 500);
	assert_int_equal(symlinkat("/etc/passwd", fixture->store, FIXTURE_INDEX), 0);
	fixture_check_all(fixture);
	assert_non_null(strstr(fixture->notes, "searching without an index: "));
	assert_int_equal(unlinkat(fixture->store, FIXTURE_INDEX, 0), 0);
	assert_int_equal(mkfifoat(fixture->store, FIXTURE_INDEX, 0600), 0);
	fixture_check_all(fixture);
	assert_non_null(strstr(fixture->notes, "searching without an index: "));
}

static void test_deleted(void **state)
{
	struct fixture *fixture = *state;

	fixture_grow(fixture, 500);
	check_both_ways(fixture);
	assert_int_equal(unlinkat(fixture->store, FIXTURE_INDEX, 0), 0);
	check_both_ways(fixture);
	assert_int_equal(unlinkat(fixture->store, FIXTURE_INDEX "-journal", 0), 0);
	check_both_ways(fixture);
}

/* --- of other segments --- */

static void test_of_another_log(void **state)
{
	struct fixture *fixture = *state;
	void *other_state;
	size_t length;

	fixture_grow(fixture, 5000);
	check_both_ways(fixture);
	assert_int_equal(fixture_set_up(&other_state), 0);
	struct fixture *other = other_state;
	snprintf(other->logs.session, sizeof(other->logs.session), "ba9876543210-00000001");
	other->records = 1;
	fixture_grow(other, 5000);
	check_both_ways(other);
	char *index = fixture_read(other->store, "ba9876543210.index", &length);
	fixture_write(fixture->store, FIXTURE_INDEX, index, length);
	free(index);
	check_both_ways(fixture);
	assert_int_equal(fixture_tear_down(&other_state), 0);
}

static void test_an_older_copy(void **state)
{
	struct fixture *fixture = *state;
	size_t length;

	fixture_grow(fixture, 3000);
	check_both_ways(fixture);
	char *index = fixture_read(fixture->store, FIXTURE_INDEX, &length);
	fixture_grow(fixture, 3000);
	logs_rotate(&fixture->logs);
	fixture_grow(fixture, 3000);
	check_both_ways(fixture);
	fixture_write(fixture->store, FIXTURE_INDEX, index, length);
	check_both_ways(fixture);
	free(index);
}

/* Puts other bytes of the same length in place of the first ones that are found behind `from`. */
static void overwrite(struct fixture *fixture, const char *segment, size_t from, const char *old,
		      const char *new)
{
	size_t length;
	char *bytes = fixture_read(fixture->log, segment, &length);
	char *found = strstr(bytes + from, old);
	IO_AUTOCLOSE int fd = openat(fixture->log, segment, O_WRONLY | O_CLOEXEC);

	assert_non_null(found);
	assert_int_equal(pwrite(fd, new, strlen(new), found - bytes), strlen(new));
	free(bytes);
}

#define FIRST "00000000000000000001.jsonl"

static void test_a_segment_that_was_changed(void **state)
{
	struct fixture *fixture = *state;

	fixture_grow(fixture, 3000);
	logs_rotate(&fixture->logs);
	fixture_grow(fixture, 3000);
	check_both_ways(fixture);
	overwrite(fixture, FIRST, 5000, "uid:1007", "uid:1008");
	check_both_ways(fixture);
	overwrite(fixture, FIRST, 5000, "\"info\"", "\"INFO\"");
	check_both_ways(fixture);
}

static void test_a_newest_segment_that_was_changed(void **state)
{
	struct fixture *fixture = *state;

	fixture_grow(fixture, 3000);
	check_both_ways(fixture);
	usleep(20000); /* more than a tick of the kernel's, by which it tells times */
	overwrite(fixture, FIRST, 5000, "uid:1007", "uid:1008");
	check_both_ways(fixture);
}

/* With its old time nothing shows from outside; what is found does. */
static void test_a_segment_that_was_changed_in_secret(void **state)
{
	struct fixture *fixture = *state;
	struct stat status;

	fixture_grow(fixture, 3000);
	logs_rotate(&fixture->logs);
	fixture_grow(fixture, 3000);
	check_both_ways(fixture);
	assert_int_equal(fstatat(fixture->log, FIRST, &status, 0), 0);
	overwrite(fixture, FIRST, 5000, "uid:1007", "bob:1007");
	overwrite(fixture, FIRST, 900000, "\"seq\":2", "\"seq\":1");
	const struct timespec times[] = {status.st_atim, status.st_mtim};
	assert_int_equal(utimensat(fixture->log, FIRST, times, 0), 0);
	check_both_ways(fixture);
}

static void test_a_segment_that_is_gone_or_new(void **state)
{
	struct fixture *fixture = *state;
	size_t length;

	for (unsigned i = 0; i < 3; i++) {
		fixture_grow(fixture, 1000);
		logs_rotate(&fixture->logs);
	}
	check_both_ways(fixture);
	char *middle = fixture_read(fixture->log, "00000000000000001001.jsonl", &length);
	assert_int_equal(unlinkat(fixture->log, "00000000000000001001.jsonl", 0), 0);
	check_both_ways(fixture);
	fixture_write(fixture->log, "00000000000000001001.jsonl", middle, length);
	check_both_ways(fixture);
	free(middle);
	assert_int_equal(unlinkat(fixture->log, "00000000000000002001.jsonl", 0), 0);
	check_both_ways(fixture);
}

/* --- made to deceive: check sums and all --- */

enum lie {
	LIE_OFFSET,
	LIE_OFFSET_FAR,
	LIE_SEQ,
	LIE_TERM,
	LIE_TERM_UNKNOWN,
	LIE_SHORT_COLUMN,
	LIE_NO_COLUMN,
	LIE_MANY_RECORDS,
	LIE_NO_RECORDS,
	LIE_SEGMENT,
	LIE_DONE,
	LIE_TERMS_TWICE,
	LIE_LOG,
	LIES
};

static void put_column(struct database *database, unsigned column, const void *bytes, size_t length)
{
	database_bind(database, INDEX_PUT_COLUMN, 1, column);
	database_bind_bytes(database, INDEX_PUT_COLUMN, 2, bytes, length);
	assert_int_equal(database_run(database, INDEX_PUT_COLUMN), DATABASE_OK);
}

static void put_block(struct database *database, uint64_t segment, uint64_t seq, uint64_t records)
{
	const uint64_t fields[] = {0, segment, seq, records, 0, INT64_MAX};

	for (int i = 0; i < 6; i++)
		database_bind(database, INDEX_PUT_BLOCK, i + 1, fields[i]);
	assert_int_equal(database_run(database, INDEX_PUT_BLOCK), DATABASE_OK);
}

static void put_term(struct database *database, uint64_t id, const char *text)
{
	database_bind(database, INDEX_PUT_TERM, 1, id);
	database_bind_bytes(database, INDEX_PUT_TERM, 2, text, strlen(text));
	assert_int_equal(database_run(database, INDEX_PUT_TERM), DATABASE_OK);
}

static void tell_lie(struct database *database, enum lie lie)
{
	static uint32_t offsets[BLOCK_RECORDS];
	static uint16_t terms[BLOCK_RECORDS];

	switch (lie) {
	case LIE_OFFSET_FAR:
		memset(offsets, 0xfe, sizeof(offsets));
		/* fall through */
	case LIE_OFFSET:
		put_column(database, BLOCK_OFFSETS, offsets, sizeof(offsets));
		break;
	case LIE_SEQ:
		put_block(database, 1, 2, BLOCK_RECORDS);
		break;
	case LIE_TERM_UNKNOWN:
		memset(terms, 0xff, sizeof(terms));
		/* fall through */
	case LIE_TERM:
		put_column(database, BLOCK_TERMS + TERM_ACTOR, terms, sizeof(terms));
		put_term(database, TERM_ID(TERM_ACTOR, 0), "uid:1009");
		break;
	case LIE_SHORT_COLUMN:
		put_column(database, BLOCK_TERMS + TERM_ACTOR, terms, sizeof(terms) - 1);
		break;
	case LIE_NO_COLUMN:
		database_bind(database, INDEX_DROP_COLUMNS, 1, BLOCK_ID_STEP);
		assert_int_equal(database_run(database, INDEX_DROP_COLUMNS), DATABASE_OK);
		break;
	case LIE_MANY_RECORDS:
		put_block(database, 1, 1, UINT64_C(1) << 40);
		break;
	case LIE_NO_RECORDS:
		put_block(database, 1, 1, 0);
		break;
	case LIE_SEGMENT:
		put_block(database, 77777, 1, BLOCK_RECORDS);
		break;
	case LIE_DONE: {
		const uint64_t fields[] = {1, 1, 1, 5000, 5000, 0};
		for (int i = 0; i < 6; i++)
			database_bind(database, INDEX_PUT_SEGMENT, i + 1, fields[i]);
		assert_int_equal(database_run(database, INDEX_PUT_SEGMENT), DATABASE_OK);
		break;
	}
	case LIE_TERMS_TWICE:
		put_term(database, TERM_ID(TERM_ACTOR, 0), "uid:1001");
		put_term(database, TERM_ID(TERM_ACTOR, 1), "uid:1001");
		break;
	default:
		database_bind_bytes(database, INDEX_PUT_LOG, 1, "x", 1);
		assert_int_equal(database_run(database, INDEX_PUT_LOG), DATABASE_OK);
	}
}

/* Lies that hide records cannot be seen through: the index says where to look. All others are. */
static bool hides(enum lie lie)
{
	return lie == LIE_SEGMENT || lie == LIE_LOG || lie == LIE_DONE;
}

static void test_lies(void **state)
{
	struct fixture *fixture = *state;
	struct review_filter filter = fixture_all();
	int error;

	filter.actor = "uid:1009";
	fixture_grow(fixture, 4500);
	for (unsigned lie = 0; lie < LIES; lie++) {
		fixture_check(fixture, &filter, 0);
		struct database *database =
			database_open(fixture->store, FIXTURE_INDEX, &index_schema, &error);
		assert_non_null(database);
		assert_int_equal(database_check(database), DATABASE_OK);
		tell_lie(database, (enum lie)lie);
		database_close(database);
		if (hides((enum lie)lie))
			free(fixture_search(fixture, &filter, 0));
		else
			fixture_check(fixture, &filter, 0);
		assert_string_equal(fixture->notes, "");
		assert_int_equal(unlinkat(fixture->store, FIXTURE_INDEX, 0), 0);
	}
}

static void test_other_tables(void **state)
{
	static const char *const schemas[] = {
		"CREATE TABLE extra(x)",
		"CREATE VIEW more AS SELECT * FROM log",
		"CREATE TRIGGER t AFTER INSERT ON blocks BEGIN DELETE FROM columns; END",
		"CREATE INDEX i ON blocks(segment)",
		"DROP TABLE terms",
		"ALTER TABLE log RENAME COLUMN id TO di",
	};
	struct fixture *fixture = *state;
	int error;

	fixture_grow(fixture, 500);
	for (size_t i = 0; i < sizeof(schemas) / sizeof(schemas[0]); i++) {
		check_both_ways(fixture);
		struct database *database =
			database_open(fixture->store, FIXTURE_INDEX, &index_schema, &error);
		assert_int_equal(database_check(database), DATABASE_OK);
		/* The VFS still knows the files of the database that was opened last. */
		sqlite3 *other;
		assert_int_equal(sqlite3_open_v2("index", &other, SQLITE_OPEN_READWRITE, "pages"),
				 SQLITE_OK);
		assert_int_equal(sqlite3_exec(other, schemas[i], NULL, NULL, NULL), SQLITE_OK);
		sqlite3_close(other);
		database_close(database);
		check_both_ways(fixture);
	}
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, fixture_set_up, fixture_tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_every_byte_that_is_flipped),
		TEST(test_every_length),
		TEST(test_something_else),
		TEST(test_not_even_a_file),
		TEST(test_deleted),
		TEST(test_of_another_log),
		TEST(test_an_older_copy),
		TEST(test_a_segment_that_was_changed),
		TEST(test_a_newest_segment_that_was_changed),
		TEST(test_a_segment_that_was_changed_in_secret),
		TEST(test_a_segment_that_is_gone_or_new),
		TEST(test_lies),
		TEST(test_other_tables),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
