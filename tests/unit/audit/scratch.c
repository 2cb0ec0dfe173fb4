/* A directory for a log, records for a writer, and disks that fail. */
#include "scratch.h"

#include "feed.h"

#include "lib/base/io.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define BOOT "00000000-0000-0000-0000-000000000000"

static unsigned good_syncs, failing_syncs;
static int sync_error;

/* Stands in front of libc's. */
int fdatasync(int fd)
{
	if (failing_syncs == 0 || good_syncs > 0) {
		good_syncs -= good_syncs ? 1 : 0;
		return fsync(fd);
	}
	failing_syncs--;
	errno = sync_error;
	return -1;
}

void scratch_fail_syncs(unsigned count, int error)
{
	good_syncs = 0;
	failing_syncs = count;
	sync_error = error;
}

void scratch_fail_one_sync(unsigned which, int error)
{
	scratch_fail_syncs(1, error);
	good_syncs = which - 1;
}

int scratch_set_up(void **state)
{
	struct scratch *scratch = calloc(1, sizeof(*scratch));

	scratch_fail_syncs(0, 0);
	snprintf(scratch->path, sizeof(scratch->path), "/tmp/ghward-log.XXXXXX");
	if (!mkdtemp(scratch->path) || auditlog_init() < 0)
		return -1;
	scratch->directory = open(scratch->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	writer_init(&scratch->writer, scratch->directory, BOOT);
	*state = scratch;
	return scratch->directory < 0 ? -1 : 0;
}

int scratch_tear_down(void **state)
{
	struct scratch *scratch = *state;
	DIR *directory = opendir(scratch->path);
	struct dirent *entry;

	writer_close(&scratch->writer);
	while (directory && (entry = readdir(directory)))
		unlinkat(scratch->directory, entry->d_name, 0);
	if (directory)
		closedir(directory);
	close(scratch->directory);
	int status = rmdir(scratch->path);
	free(scratch);
	return status;
}

void scratch_restart(struct scratch *scratch)
{
	struct writer_limits limits = scratch->writer.limits;

	writer_close(&scratch->writer);
	writer_init(&scratch->writer, scratch->directory, BOOT);
	scratch->writer.limits = limits;
	scratch->sent = scratch->durable = 0;
}

static uint32_t add(struct scratch *scratch, const char *name, enum audit_phase phase,
		    uint32_t closes)
{
	const struct audit_event event = {
		.actor = "uid:1",
		.job = "j-1",
		.event = name,
		.target = "acme/shop",
		.phase = phase,
		.decision = phase == AUDIT_INTENT ? "allow" : "",
		.closes = closes,
	};

	assert_int_equal(writer_add(&scratch->writer, ++scratch->sent, &event), 0);
	return scratch->sent;
}

uint32_t scratch_add(struct scratch *scratch, const char *event)
{
	return add(scratch, event, AUDIT_NOTE, 0);
}

uint32_t scratch_add_intent(struct scratch *scratch, const char *event)
{
	return add(scratch, event, AUDIT_INTENT, 0);
}

uint32_t scratch_add_result(struct scratch *scratch, const char *event, uint32_t intent)
{
	return add(scratch, event, AUDIT_RESULT, intent);
}

static void count_durable(void *context, uint32_t id)
{
	struct scratch *scratch = context;

	assert_int_equal(id, ++scratch->durable);
}

int scratch_commit(struct scratch *scratch)
{
	int status = 0;

	while (status == 0 && writer_has_work(&scratch->writer)) {
		while (log_try_lock(&scratch->writer.log) == LOG_BUSY)
			usleep(500);
		status = writer_commit(&scratch->writer, count_durable, scratch);
		log_unlock(&scratch->writer.log);
	}
	return status;
}

int scratch_append(struct scratch *scratch, const char *event)
{
	scratch_add(scratch, event);
	return scratch_commit(scratch);
}

void scratch_finish(struct scratch *scratch)
{
	for (;;) {
		writer_finish(&scratch->writer);
		if (!writer_has_work(&scratch->writer))
			return;
		assert_int_equal(scratch_commit(scratch), 0);
	}
}

static char *read_file(const struct scratch *scratch, const char *name, size_t *length)
{
	int fd = openat(scratch->directory, name, O_RDONLY | O_CLOEXEC);
	off_t size = fd < 0 ? 0 : scratch_size(scratch, name);
	char *text = calloc(1, (size_t)size + 1);

	*length = 0;
	if (fd >= 0) {
		assert_int_equal(io_pread_full(fd, text, (size_t)size, 0), size);
		*length = (size_t)size;
		close(fd);
	}
	return text;
}

static void load_slots(const struct scratch *scratch, const char *name, char *slots, size_t size)
{
	size_t length;
	char *text = read_file(scratch, name, &length);

	snprintf(slots, size, "%s", text);
	free(text);
}

static void load(const struct scratch *scratch, struct made_log *log)
{
	char name[AUDITLOG_NAME_SIZE];
	uint64_t *numbers;
	size_t count;

	memset(log, 0, sizeof(*log));
	assert_int_equal(auditlog_list(scratch->directory, &numbers, &count), 0);
	assert_true(count <= MADE_SEGMENTS_MAX);
	for (size_t i = 0; i < count; i++) {
		struct made_segment *segment = &log->segments[log->segment_count++];
		segment->first = numbers[i];
		auditlog_segment_name(name, numbers[i]);
		segment->text = read_file(scratch, name, &segment->length);
	}
	free(numbers);
	log->retired.text = read_file(scratch, AUDITLOG_RETIRED_NAME, &log->retired.length);
	load_slots(scratch, AUDITLOG_HEAD_NAME, log->head, sizeof(log->head));
	load_slots(scratch, AUDITLOG_SEAL_NAME, log->seal, sizeof(log->seal));
}

static struct auditlog_checker check(const struct scratch *scratch)
{
	struct auditlog_checker checker;
	struct made_log log;

	load(scratch, &log);
	const struct auditlog_known known = feed_known(&log);
	(void)!feed_log(&checker, &log, &known, FEED_LINES);
	made_free(&log);
	return checker;
}

uint64_t scratch_check(const struct scratch *scratch)
{
	struct auditlog_checker checker = check(scratch);

	if (checker.verdict.damage != AUDITLOG_WHOLE)
		fail_msg("%s at %llu", auditlog_damage_name(checker.verdict.damage),
			 (unsigned long long)checker.verdict.seq);
	return scratch->writer.log.end.position.seq;
}

const char *scratch_damage(const struct scratch *scratch)
{
	return auditlog_damage_name(check(scratch).verdict.damage);
}

unsigned scratch_count(const struct scratch *scratch, const char *text)
{
	struct made_log log;
	unsigned count = 0;

	load(scratch, &log);
	for (unsigned i = 0; i < log.segment_count; i++) {
		for (const char *at = log.segments[i].text; (at = strstr(at, text)); at++)
			count++;
	}
	made_free(&log);
	return count;
}

void scratch_tamper(const struct scratch *scratch, const char *name, const char *text, off_t offset)
{
	int fd = openat(scratch->directory, name, O_WRONLY | O_CLOEXEC);

	if (offset < 0)
		offset = lseek(fd, 0, SEEK_END);
	assert_int_equal(pwrite(fd, text, strlen(text), offset), strlen(text));
	close(fd);
}

off_t scratch_size(const struct scratch *scratch, const char *name)
{
	struct stat status;

	assert_int_equal(fstatat(scratch->directory, name, &status, 0), 0);
	return status.st_size;
}
