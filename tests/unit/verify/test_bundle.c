/* Bundles: what is made of a log is good for who has its first key, and for nobody's changes. */
#include "verify/bundle.h"

#include "made_log.h"
#include "verify/bundle_maker.h"

#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define ID "0123456789ab"

struct fixture {
	char path[64];
	int directory;
	struct made_log log;
	struct verification found;
	struct bundle_count count;
	struct failure failure;
	char *text; /* of the bundle */
	size_t length;
};

static const struct review_filter all = {
	.actor = "", .event = "", .outcome = "", .repository = "", .job = "", .text = ""};

static int set_up(void **state)
{
	static struct fixture fixture;

	memset(&fixture, 0, sizeof(fixture));
	snprintf(fixture.path, sizeof(fixture.path), "/tmp/ghward-bundle.XXXXXX");
	if (!mkdtemp(fixture.path) || auditlog_init() < 0)
		return -1;
	fixture.directory = open(fixture.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	*state = &fixture;
	return fixture.directory < 0 ? -1 : 0;
}

static int set_up_log(void **state)
{
	if (set_up(state) < 0)
		return -1;
	struct fixture *fixture = *state;
	made_whole(&fixture->log, ID, 60, 20);
	made_write(&fixture->log, fixture->directory);
	return 0;
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
	made_free(&fixture->log);
	free(fixture->text);
	close(fixture->directory);
	return rmdir(fixture->path);
}

/* The bundle goes to a file that has no name. */
static int make(struct fixture *fixture, const struct review_filter *filter)
{
	const struct auditlog_known known = {0};
	FILE *file = tmpfile();
	const struct bundle_task task = {.directory = fixture->directory,
					 .out = fileno(file),
					 .known = &known,
					 .filter = filter};

	memset(&fixture->count, 0, sizeof(fixture->count));
	int status = bundle_make(&task, &fixture->found, &fixture->count, &fixture->failure);
	fixture->length = (size_t)lseek(task.out, 0, SEEK_END);
	fixture->text = realloc(fixture->text, fixture->length + 1);
	assert_int_equal(pread(task.out, fixture->text, fixture->length, 0), fixture->length);
	fixture->text[fixture->length] = 0;
	fclose(file);
	return status;
}

static int check(struct bundle *bundle, const char *text, size_t length)
{
	while (length) {
		const char *end = memchr(text, '\n', length);
		if (!end || bundle_line(bundle, text, (size_t)(end - text)) < 0)
			return -1;
		length -= (size_t)(end - text) + 1;
		text = end + 1;
	}
	return bundle_finish(bundle);
}

static int check_bundle(const struct fixture *fixture, struct bundle *bundle)
{
	bundle_begin(bundle, &fixture->log.first_key);
	return check(bundle, fixture->text, fixture->length);
}

static void assert_good(struct fixture *fixture, uint64_t records, uint64_t first, uint64_t last)
{
	struct bundle bundle;

	if (check_bundle(fixture, &bundle) < 0)
		fail_msg("%s", bundle.error);
	assert_int_equal(bundle.records, records);
	assert_int_equal(fixture->count.records, records);
	assert_int_equal(bundle.first_seq, first);
	assert_int_equal(bundle.seq, last);
}

static void test_all_records(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(make(fixture, &all), 0);
	/* The last one is the checkpoint itself. */
	assert_good(fixture, 59, 1, 59);
	assert_int_equal(fixture->count.left_out, 1);
	assert_int_equal(fixture->found.checker.verdict.damage, AUDITLOG_WHOLE);
}

static void test_chosen_records(void **state)
{
	struct fixture *fixture = *state;
	struct review_filter filter = all;

	filter.event = "audit.segment";
	assert_int_equal(make(fixture, &filter), 0);
	assert_good(fixture, 3, 1, 41);
	filter.event = "nothing.*";
	assert_int_equal(make(fixture, &filter), 0);
	assert_good(fixture, 0, 0, 0);
}

/* Several blocks, and segments that begin within them. */
static void test_a_large_log(void **state)
{
	struct fixture *fixture = *state;
	struct review_filter filter = all;
	struct made_log *log = &fixture->log;

	made_begin(log, ID);
	while (log->position.seq < 9500) {
		if (log->position.seq % 3000 == 2500)
			made_rotate(log);
		else if (log->position.seq % 1024 == 0)
			made_checkpoint(log);
		else
			made_filler(log);
	}
	made_checkpoint(log);
	made_write(log, fixture->directory);
	filter.text = "7 \\\"";
	assert_int_equal(make(fixture, &filter), 0);
	struct bundle bundle;
	assert_int_equal(check_bundle(fixture, &bundle), 0);
	assert_true(bundle.records > 900);
	assert_int_equal(bundle.keys, 4);
	/* Nothing of what was not asked for. */
	assert_null(strstr(fixture->text, "\"seq\":12,"));
}

static void test_a_log_whose_beginning_was_removed(void **state)
{
	struct fixture *fixture = *state;
	struct made_log *log = &fixture->log;

	made_retire(log, 2);
	for (unsigned i = 0; i < 30; i++)
		made_filler(log);
	made_checkpoint(log);
	unlinkat(fixture->directory, "00000000000000000001.jsonl", 0);
	unlinkat(fixture->directory, "00000000000000000021.jsonl", 0);
	made_write(log, fixture->directory);
	assert_int_equal(make(fixture, &all), 0);
	assert_good(fixture, log->position.seq - 41, 41, log->position.seq - 1);
}

static void test_no_bundle_of_a_damaged_log(void **state)
{
	struct fixture *fixture = *state;

	fixture->log.segments[1].text[100] ^= 1;
	made_write(&fixture->log, fixture->directory);
	assert_int_equal(make(fixture, &all), 0);
	assert_int_not_equal(fixture->found.checker.verdict.damage, AUDITLOG_WHOLE);
	assert_int_equal(fixture->length, 0);
}

static void test_no_bundle_without_a_checkpoint(void **state)
{
	struct fixture *fixture = *state;

	made_begin(&fixture->log, ID);
	made_filler(&fixture->log);
	made_write(&fixture->log, fixture->directory);
	unlinkat(fixture->directory, AUDITLOG_SEAL_NAME, 0);
	assert_int_equal(make(fixture, &all), -1);
	assert_int_equal(fixture->failure.kind, FAILURE_CONFLICT);
	assert_int_equal(fixture->length, 0);
}

/* Behind the last checkpoint nothing is signed. */
static void test_records_that_are_not_signed_yet(void **state)
{
	struct fixture *fixture = *state;

	made_filler(&fixture->log);
	made_filler(&fixture->log);
	made_write(&fixture->log, fixture->directory);
	assert_int_equal(make(fixture, &all), 0);
	assert_good(fixture, 59, 1, 59);
	assert_int_equal(fixture->count.left_out, 3);
}

/* --- what may be done to a bundle --- */

static void test_another_key(void **state)
{
	struct fixture *fixture = *state;
	struct bundle bundle;
	struct note_key key = fixture->log.first_key;

	assert_int_equal(make(fixture, &all), 0);
	key.point[5] ^= 1;
	bundle_begin(&bundle, &key);
	assert_int_equal(check(&bundle, fixture->text, fixture->length), -1);
	/* A later key is not the first. */
	bundle_begin(&bundle, &fixture->log.key);
	assert_int_equal(check(&bundle, fixture->text, fixture->length), -1);
	assert_non_null(strstr(bundle.error, "another key"));
}

/* With few records, so that each of its bytes can be changed. */
static void make_small(struct fixture *fixture)
{
	struct review_filter filter = all;

	filter.text = "9,\"time\"";
	filter.until_us = UINT64_C(1767225600000000) + 20 * UINT64_C(1000003);
	assert_int_equal(make(fixture, &filter), 0);
	assert_good(fixture, 2, 9, 19);
}

static void test_every_flipped_byte(void **state)
{
	struct fixture *fixture = *state;
	struct bundle bundle;

	make_small(fixture);
	for (size_t i = 0; i < fixture->length; i++) {
		fixture->text[i] = (char)(fixture->text[i] ^ 1 << i % 8);
		if (check_bundle(fixture, &bundle) == 0)
			fail_msg("byte %zu of %zu", i, fixture->length);
		fixture->text[i] = (char)(fixture->text[i] ^ 1 << i % 8);
	}
}

static void test_every_cut(void **state)
{
	struct fixture *fixture = *state;
	struct bundle bundle;

	make_small(fixture);
	for (size_t length = 0; length < fixture->length; length += length < 3000 ? 1u : 7u) {
		bundle_begin(&bundle, &fixture->log.first_key);
		assert_int_equal(check(&bundle, fixture->text, length), -1);
	}
}

/* Lines removed, repeated, or exchanged with the next one. */
static void test_every_line(void **state)
{
	struct fixture *fixture = *state;
	struct bundle bundle;
	size_t starts[100], count = 0;

	make_small(fixture);
	for (size_t at = 0; at < fixture->length; count++) {
		starts[count] = at;
		at = (size_t)((char *)memchr(fixture->text + at, '\n', fixture->length - at) -
			      fixture->text) +
		     1;
	}
	starts[count] = fixture->length;
	for (size_t i = 0; i < count; i++) {
		for (unsigned times = 0; times <= 2; times += 2) {
			bundle_begin(&bundle, &fixture->log.first_key);
			int status = 0;
			for (size_t j = 0; j < count && status == 0; j++) {
				for (unsigned n = 0; n < (j == i ? times : 1) && status == 0; n++)
					status = bundle_line(&bundle, fixture->text + starts[j],
							     starts[j + 1] - starts[j] - 1);
			}
			if (status == 0)
				status = bundle_finish(&bundle);
			assert_int_equal(status, -1);
			assert_true(*bundle.error);
		}
	}
}

#define plain_test(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
#define log_test(name) cmocka_unit_test_setup_teardown(name, set_up_log, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		log_test(test_all_records),
		log_test(test_chosen_records),
		plain_test(test_a_large_log),
		log_test(test_a_log_whose_beginning_was_removed),
		log_test(test_no_bundle_of_a_damaged_log),
		plain_test(test_no_bundle_without_a_checkpoint),
		log_test(test_records_that_are_not_signed_yet),
		log_test(test_another_key),
		log_test(test_every_flipped_byte),
		log_test(test_every_cut),
		log_test(test_every_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
