/* A log and searches in it. */
#include "fixture.h"

#include "lib/auditlog/directory.h"
#include "lib/base/io.h"

#include <fcntl.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

/* --- the directories --- */

static int open_directory(const char *path)
{
	assert_int_equal(mkdir(path, 0700), 0);
	return open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

int fixture_set_up(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));
	char path[96];

	assert_non_null(fixture);
	snprintf(fixture->path, sizeof(fixture->path), "/tmp/ghward-store.XXXXXX");
	assert_non_null(mkdtemp(fixture->path));
	snprintf(path, sizeof(path), "%s/log", fixture->path);
	fixture->log = open_directory(path);
	snprintf(path, sizeof(path), "%s/store", fixture->path);
	fixture->store = open_directory(path);
	logs_begin(&fixture->logs, fixture->log, FIXTURE_LOG);
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

int fixture_tear_down(void **state)
{
	struct fixture *fixture = *state;

	logs_end(&fixture->logs);
	close(fixture->log);
	close(fixture->store);
	nftw(fixture->path, remove_one, 8, FTW_DEPTH | FTW_PHYS);
	free(fixture);
	return 0;
}

void fixture_grow(struct fixture *fixture, unsigned records)
{
	char texts[LOGS_TEXTS_SIZE];
	struct audit_event event;
	uint64_t time_us;

	for (unsigned i = 0; i < records; i++) {
		logs_typical(fixture->records++, texts, &event, &time_us);
		logs_add(&fixture->logs, &event, time_us);
	}
	logs_flush(&fixture->logs);
}

char *fixture_read(int directory, const char *name, size_t *length)
{
	struct stat status;
	IO_AUTOCLOSE int fd = openat(directory, name, O_RDONLY | O_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(fstat(fd, &status), 0);
	char *bytes = malloc((size_t)status.st_size + 1);
	assert_non_null(bytes);
	assert_int_equal(io_pread_full(fd, bytes, (size_t)status.st_size, 0), status.st_size);
	bytes[status.st_size] = 0;
	*length = (size_t)status.st_size;
	return bytes;
}

void fixture_write(int directory, const char *name, const char *bytes, size_t length)
{
	IO_AUTOCLOSE int fd =
		openat(directory, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(io_write_full(fd, bytes, length), 0);
}

/* --- searching --- */

struct review_filter fixture_all(void)
{
	return (struct review_filter){
		.actor = "", .event = "", .outcome = "", .repository = "", .job = "", .text = ""};
}

static void take_note(void *context, const char *text)
{
	struct fixture *fixture = context;
	size_t used = strlen(fixture->notes);

	snprintf(fixture->notes + used, sizeof(fixture->notes) - used, "%s\n", text);
}

char *fixture_search(struct fixture *fixture, const struct review_filter *filter, uint32_t limit)
{
	static struct sink sink;
	const struct search_question question = {
		.filter = filter,
		.limit = limit,
		.newest = limit > 0,
		.evidence = fixture->log,
		.store = fixture->store,
		.life = -1,
		.note = take_note,
		.context = fixture,
	};
	struct stat status;
	IO_AUTOCLOSE int out = memfd_create("found", MFD_CLOEXEC);

	*fixture->notes = 0;
	memset(&sink, 0, sizeof(sink));
	sink.fd = out;
	assert_int_equal(search_run(&question, &sink), 0);
	assert_false(sink.closed);
	assert_int_equal(fstat(out, &status), 0);
	char *found = calloc(1, (size_t)status.st_size + 1);
	assert_non_null(found);
	assert_int_equal(io_pread_full(out, found, (size_t)status.st_size, 0), status.st_size);
	return found;
}

/* --- the plain way --- */

struct expected {
	char *text;
	size_t used;
	size_t starts[65536]; /* of the lines */
	size_t count;
};

static void expect_line(struct expected *expected, const struct review_filter *filter,
			const char *line, size_t length)
{
	struct auditlog_record record;

	if (auditlog_parse(line, length, &record) < 0 ||
	    !auditlog_match(filter, &record, line, length))
		return;
	assert_true(expected->count < 65536);
	expected->starts[expected->count++] = expected->used;
	memcpy(expected->text + expected->used, line, length);
	expected->used += length;
	expected->text[expected->used++] = '\n';
}

static void expect_segment(struct fixture *fixture, uint64_t segment,
			   const struct review_filter *filter, struct expected *expected)
{
	char name[AUDITLOG_NAME_SIZE];
	size_t length;

	auditlog_segment_name(name, segment);
	char *bytes = fixture_read(fixture->log, name, &length);
	expected->text = realloc(expected->text, expected->used + length + 1);
	assert_non_null(expected->text);
	for (char *line = bytes, *end; (end = strchr(line, '\n')) != NULL; line = end + 1)
		expect_line(expected, filter, line, (size_t)(end - line));
	expected->text[expected->used] = 0;
	free(bytes);
}

size_t fixture_check(struct fixture *fixture, const struct review_filter *filter, uint32_t limit)
{
	struct expected *expected = calloc(1, sizeof(*expected));
	uint64_t *segments;
	size_t count;

	assert_non_null(expected);
	assert_int_equal(auditlog_list(fixture->log, &segments, &count), 0);
	for (size_t i = 0; i < count; i++)
		expect_segment(fixture, segments[i], filter, expected);
	size_t skipped = limit && expected->count > limit ? expected->count - limit : 0;
	size_t from = expected->count > skipped ? expected->starts[skipped] : expected->used;
	char *found = fixture_search(fixture, filter, limit);
	size_t result = expected->count - skipped;
	assert_string_equal(found, expected->text ? expected->text + from : "");
	free(found);
	free(segments);
	free(expected->text);
	free(expected);
	return result;
}

void fixture_check_all(struct fixture *fixture)
{
	struct review_filter filter = fixture_all();

	fixture_check(fixture, &filter, 0);
	filter.actor = "uid:1007";
	fixture_check(fixture, &filter, 0);
	filter.event = "alerts.*";
	fixture_check(fixture, &filter, 0);
	filter.since_us = LOGS_BEGIN_US + 600 * LOGS_STEP_US;
	filter.until_us = LOGS_BEGIN_US + 2700 * LOGS_STEP_US;
	fixture_check(fixture, &filter, 0);
	fixture_check(fixture, &filter, 3);
	filter = fixture_all();
	filter.repository = "acme/repository-1*7";
	fixture_check(fixture, &filter, 0);
	filter = fixture_all();
	filter.outcome = "not_found";
	fixture_check(fixture, &filter, 5);
	filter.severities = 1u << AUDIT_WARNING;
	fixture_check(fixture, &filter, 0);
}
