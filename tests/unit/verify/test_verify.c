/* A whole directory, read by one process and with partners: what the writer makes is fine, and what
 * was done to it afterwards shows. What the checker finds in records has tests of its own. */
#include "verify/verify.h"

#include "lib/base/io.h"
#include "lib/ipc/protocol.h"
#include "made_log.h"

#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define ID "0123456789ab"
#define FIRST "00000000000000000001.jsonl"
#define SECOND "00000000000000000011.jsonl"
#define THIRD "00000000000000000021.jsonl"

struct fixture {
	char path[64];
	int directory;
	struct made_log log;
	struct pool pool;
	struct auditlog_known known;
	struct verification found;
};

/* The directory is where ghward-verify has it, as its partners expect. */
static int set_up(void **state)
{
	static struct fixture fixture;

	memset(&fixture, 0, sizeof(fixture));
	snprintf(fixture.path, sizeof(fixture.path), "/tmp/ghward-verify.XXXXXX");
	if (!mkdtemp(fixture.path) || auditlog_init() < 0)
		return -1;
	int directory = open(fixture.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int high = fcntl(directory, F_DUPFD_CLOEXEC, FD_VERIFY_PARTNERS);
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (dup2(null, FD_CHANNEL) < 0)
		return -1;
	fixture.directory = dup2(high, FD_VERIFY_DIRECTORY);
	*state = &fixture;
	return fixture.directory < 0 ? -1 : io_close_from(FD_VERIFY_PARTNERS);
}

/* Segments of ten records: 1 to 10, 11 to 20 and 21 to 25. */
static int set_up_segments(void **state)
{
	if (set_up(state) < 0)
		return -1;
	struct fixture *fixture = *state;
	made_whole(&fixture->log, ID, 25, 10);
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
	close(fixture->directory);
	return rmdir(fixture->path);
}

static int verify_with(struct fixture *fixture, struct pool *pool)
{
	const struct verify_task task = {
		.directory = fixture->directory, .pool = pool, .known = &fixture->known};

	return verify_directory(&task, &fixture->found);
}

/* With and without partners the verdict is the same. */
static void verify(struct fixture *fixture)
{
	static struct verification alone;

	assert_int_equal(verify_with(fixture, NULL), 0);
	alone = fixture->found;
	pool_start(&fixture->pool, fixture->directory);
	assert_int_equal(verify_with(fixture, &fixture->pool), 0);
	pool_end(&fixture->pool);
	assert_memory_equal(&alone.checker.verdict, &fixture->found.checker.verdict,
			    sizeof(alone.checker.verdict));
}

static void assert_fine(struct fixture *fixture, uint64_t records, uint64_t segments)
{
	verify(fixture);
	if (fixture->found.checker.verdict.damage)
		fail_msg("%s", auditlog_damage_name(fixture->found.checker.verdict.damage));
	assert_int_equal(fixture->found.checker.log.records, records);
	assert_int_equal(fixture->found.segments, segments);
}

static void assert_damaged(struct fixture *fixture, enum auditlog_damage damage, uint64_t seq,
			   const char *file)
{
	verify(fixture);
	const struct auditlog_verdict *verdict = &fixture->found.checker.verdict;
	assert_string_equal(auditlog_damage_name(verdict->damage), auditlog_damage_name(damage));
	assert_int_equal(verdict->seq, seq);
	assert_string_equal(verdict->file, file);
}

/* Replaces a file's bytes from an offset on; a negative one counts from its end. */
static void tamper(struct fixture *fixture, const char *name, const char *text, off_t offset)
{
	int fd = openat(fixture->directory, name, O_WRONLY | O_CLOEXEC);

	if (offset < 0)
		offset += lseek(fd, 0, SEEK_END) + 1;
	assert_int_equal(pwrite(fd, text, strlen(text), offset), strlen(text));
	close(fd);
}

static void cut(struct fixture *fixture, const char *name, off_t bytes)
{
	int fd = openat(fixture->directory, name, O_WRONLY | O_CLOEXEC);

	assert_int_equal(ftruncate(fd, lseek(fd, 0, SEEK_END) - bytes), 0);
	close(fd);
}

/* The length of the last line of a file. */
static off_t last_line(struct fixture *fixture, const char *name)
{
	static char text[65536];
	int fd = openat(fixture->directory, name, O_RDONLY | O_CLOEXEC);
	ssize_t size = read(fd, text, sizeof(text));

	close(fd);
	assert_true(size > 1);
	const char *before = memrchr(text, '\n', (size_t)size - 1);
	return before ? text + size - before - 1 : size;
}

static void test_an_empty_directory_is_fine(void **state)
{
	assert_fine(*state, 0, 0);
}

static void test_segments_are_read_in_order(void **state)
{
	struct fixture *fixture = *state;

	assert_fine(fixture, 25, 3);
	assert_int_equal(fixture->found.checker.log.end.seq, 25);
	assert_int_equal(fixture->found.checker.epoch, 3);
}

static void test_other_files_do_not_matter(void **state)
{
	struct fixture *fixture = *state;
	static const char *const names[] = {"notes", "1.jsonl", "00000000000000000004.jsonl.bak"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		close(openat(fixture->directory, names[i], O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
	assert_fine(fixture, 25, 3);
}

static void test_the_first_key(void **state)
{
	struct fixture *fixture = *state;
	const struct verify_task task = {.directory = fixture->directory};

	/* What is behind the first record does not matter. */
	tamper(fixture, FIRST, "x", -2);
	unlinkat(fixture->directory, SECOND, 0);
	assert_int_equal(verify_first_key(&task, &fixture->found), 0);
	assert_int_equal(fixture->found.checker.verdict.damage, AUDITLOG_WHOLE);
	assert_memory_equal(&fixture->found.checker.first_key, &fixture->log.first_key,
			    sizeof(fixture->log.first_key));
	tamper(fixture, FIRST, "x", 0);
	assert_int_equal(verify_first_key(&task, &fixture->found), 0);
	assert_int_equal(fixture->found.checker.verdict.damage, AUDITLOG_CHANGED);
}

static void test_the_first_key_behind_removed_segments(void **state)
{
	struct fixture *fixture = *state;
	const struct verify_task task = {.directory = fixture->directory};

	made_retire(&fixture->log, 2);
	unlinkat(fixture->directory, FIRST, 0);
	unlinkat(fixture->directory, SECOND, 0);
	made_write(&fixture->log, fixture->directory);
	assert_fine(fixture, 7, 1);
	assert_int_equal(verify_first_key(&task, &fixture->found), 0);
	assert_int_equal(fixture->found.checker.verdict.damage, AUDITLOG_WHOLE);
	assert_memory_equal(&fixture->found.checker.first_key, &fixture->log.first_key,
			    sizeof(fixture->log.first_key));
	/* The list is torn where its last line is needed. */
	cut(fixture, AUDITLOG_RETIRED_NAME, 2);
	assert_damaged(fixture, AUDITLOG_MISSING_SEGMENT, 20, AUDITLOG_RETIRED_NAME);
}

static void test_a_changed_byte(void **state)
{
	struct fixture *fixture = *state;

	tamper(fixture, FIRST, "9", (off_t)-last_line(fixture, FIRST) + 34);
	assert_damaged(fixture, AUDITLOG_CHANGED, 10, FIRST);
}

static void test_a_changed_last_record_of_all(void **state)
{
	struct fixture *fixture = *state;

	tamper(fixture, THIRD, "9", (off_t)-last_line(fixture, THIRD) + 34);
	assert_damaged(fixture, AUDITLOG_CHANGED, 25, THIRD);
}

static void test_missing_segments(void **state)
{
	struct fixture *fixture = *state;

	unlinkat(fixture->directory, SECOND, 0);
	assert_damaged(fixture, AUDITLOG_MISSING_SEGMENT, 11, SECOND);
	unlinkat(fixture->directory, THIRD, 0);
	assert_damaged(fixture, AUDITLOG_CUT_TAIL, 11, FIRST);
	unlinkat(fixture->directory, FIRST, 0);
	assert_damaged(fixture, AUDITLOG_CUT_TAIL, 1, "");
}

static void test_a_foreign_segment(void **state)
{
	struct fixture *fixture = *state;

	/* Its name lies within the first. */
	assert_int_equal(linkat(fixture->directory, SECOND, fixture->directory,
				"00000000000000000002.jsonl", 0),
			 0);
	assert_damaged(fixture, AUDITLOG_FOREIGN_SEGMENT, 2, "00000000000000000002.jsonl");
}

static void test_a_torn_end(void **state)
{
	struct fixture *fixture = *state;

	tamper(fixture, THIRD, "{\"seq\":7", -1);
	assert_damaged(fixture, AUDITLOG_TORN, 26, THIRD);
}

static void test_a_missing_head(void **state)
{
	struct fixture *fixture = *state;

	tamper(fixture, AUDITLOG_HEAD_NAME, "x", 0);
	assert_damaged(fixture, AUDITLOG_MISSING_HEAD, 25, THIRD);
	unlinkat(fixture->directory, AUDITLOG_HEAD_NAME, 0);
	assert_damaged(fixture, AUDITLOG_MISSING_HEAD, 25, THIRD);
}

/* Every byte of head and of the slot of the seal that is in use. */
static void test_every_byte_of_head_and_seal(void **state)
{
	struct fixture *fixture = *state;
	static const char *const names[] = {AUDITLOG_HEAD_NAME, AUDITLOG_SEAL_NAME};
	char text[2 * AUDITLOG_SLOT_SIZE];

	for (unsigned file = 0; file < 2; file++) {
		IO_AUTOCLOSE int fd = openat(fixture->directory, names[file], O_RDWR | O_CLOEXEC);
		ssize_t size = read(fd, text, sizeof(text));
		off_t from = file && strncmp(text, "00000000000000000000", 20) == 0
				     ? (off_t)AUDITLOG_SLOT_SIZE
				     : 0;
		assert_true(size > 0);
		for (off_t at = from; at < from + (off_t)AUDITLOG_SLOT_SIZE; at += file ? 9 : 1) {
			char flipped = (char)(text[at] ^ 1);
			assert_int_equal(pwrite(fd, &flipped, 1, at), 1);
			assert_int_equal(verify_with(fixture, NULL), 0);
			assert_int_not_equal(fixture->found.checker.verdict.damage, AUDITLOG_WHOLE);
			assert_int_equal(pwrite(fd, text + at, 1, at), 1);
		}
	}
	assert_fine(fixture, 25, 3);
}

static void test_a_missing_seal(void **state)
{
	struct fixture *fixture = *state;

	unlinkat(fixture->directory, AUDITLOG_SEAL_NAME, 0);
	assert_damaged(fixture, AUDITLOG_BROKEN_SEAL, 25, THIRD);
}

/* All of it as it was two checkpoints before, but the seal, whose secret is gone. */
static void test_a_log_cut_back_to_a_checkpoint(void **state)
{
	struct fixture *fixture = *state;
	struct made_log later;

	made_whole(&later, ID, 29, 10);
	memcpy(fixture->log.seal, later.seal, sizeof(later.seal));
	made_write(&fixture->log, fixture->directory);
	assert_damaged(fixture, AUDITLOG_BROKEN_SEAL, 25, THIRD);
	made_free(&later);
}

/* Of checkpoints that are consistent, but signed by somebody else, the first is named. */
static void test_forged_checkpoints(void **state)
{
	struct fixture *fixture = *state;
	struct made_log *log = &fixture->log;

	memset(log->scalar, 0x11, sizeof(log->scalar));
	for (unsigned i = 0; i < 3; i++) {
		made_filler(log);
		made_checkpoint(log);
	}
	made_write(log, fixture->directory);
	assert_damaged(fixture, AUDITLOG_BAD_SIGNATURE, 27, THIRD);
}

static void test_what_the_reviewer_kept(void **state)
{
	struct fixture *fixture = *state;

	fixture->known = (struct auditlog_known){.has_first_key = true, .has_checkpoint = true};
	fixture->known.first_key = fixture->log.first_key;
	fixture->known.checkpoint = fixture->log.checkpoint;
	assert_fine(fixture, 25, 3);
	assert_true(fixture->found.checker.known_root);
	fixture->known.first_key.point[9] ^= 1;
	assert_damaged(fixture, AUDITLOG_BAD_SIGNATURE, 1, FIRST);
}

/* A line that never ends is given up, whatever follows. */
static void test_a_line_without_end(void **state)
{
	struct fixture *fixture = *state;
	int fd = openat(fixture->directory, THIRD, O_WRONLY | O_CLOEXEC);
	char *junk = malloc(1 << 20);

	memset(junk, '{', 1 << 20);
	assert_int_equal(pwrite(fd, junk, 1 << 20, lseek(fd, 0, SEEK_END)), 1 << 20);
	assert_int_equal(pwrite(fd, "\n", 1, lseek(fd, 0, SEEK_END)), 1);
	free(junk);
	close(fd);
	assert_damaged(fixture, AUDITLOG_TORN, 26, THIRD);
}

/* What is no file cannot be read, and nothing waits for it. */
static void test_a_pipe_in_place_of_a_segment(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(unlinkat(fixture->directory, SECOND, 0), 0);
	assert_int_equal(mkfifoat(fixture->directory, SECOND, 0600), 0);
	alarm(10);
	assert_int_equal(verify_with(fixture, NULL), -1);
	alarm(0);
}

static void test_a_link_is_not_followed(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(renameat(fixture->directory, SECOND, fixture->directory, "moved"), 0);
	assert_int_equal(symlinkat("moved", fixture->directory, SECOND), 0);
	assert_int_equal(verify_with(fixture, NULL), -1);
}

/* --- while a writer is at work --- */

/* A record that a writer is in the middle of is no damage. */
static void test_a_record_that_is_being_written(void **state)
{
	struct fixture *fixture = *state;
	off_t length = last_line(fixture, THIRD);
	static char line[65536];
	int fd = openat(fixture->directory, THIRD, O_RDWR | O_CLOEXEC);
	off_t size = lseek(fd, 0, SEEK_END);

	assert_int_equal(pread(fd, line, (size_t)length, size - length), length);
	assert_int_equal(ftruncate(fd, size - length / 2), 0);
	pid_t writer = fork();
	if (writer == 0) {
		usleep(50000);
		_exit(pwrite(fd, line + length - length / 2, (size_t)(length / 2),
			     size - length / 2) != length / 2);
	}
	assert_int_equal(verify_with(fixture, NULL), 0);
	assert_int_equal(fixture->found.checker.verdict.damage, AUDITLOG_WHOLE);
	int status;
	assert_int_equal(waitpid(writer, &status, 0), writer);
	assert_int_equal(status, 0);
	close(fd);
}

static void put(int directory, const char *name, const char *text, size_t length, off_t at)
{
	int fd = openat(directory, name, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	if (pwrite(fd, text, length, at) != (ssize_t)length)
		_exit(1);
	close(fd);
}

/* As the writer does: the secret, the records, the head. */
static void write_on(struct made_log *log, int directory)
{
	struct made_segment *segment = &log->segments[log->segment_count - 1];
	char name[AUDITLOG_NAME_SIZE];
	uint64_t last = segment->first;
	size_t before = segment->length;

	if (log->position.seq + 1 - segment->first > 200) {
		made_close(log);
		auditlog_segment_name(name, last);
		put(directory, AUDITLOG_SEAL_NAME, log->seal, strlen(log->seal), 0);
		put(directory, name, segment->text + before, segment->length - before,
		    (off_t)before);
		put(directory, AUDITLOG_HEAD_NAME, log->head, strlen(log->head), 0);
		free(segment->text);
		log->segment_count--;
		made_next(log, "closed", NULL);
		segment = &log->segments[log->segment_count - 1];
		before = 0;
	} else {
		made_filler(log);
		made_checkpoint(log);
		put(directory, AUDITLOG_SEAL_NAME, log->seal, strlen(log->seal), 0);
	}
	auditlog_segment_name(name, segment->first);
	put(directory, name, segment->text + before, segment->length - before, (off_t)before);
	put(directory, AUDITLOG_HEAD_NAME, log->head, strlen(log->head), 0);
}

/* Whatever moment it looks at, a living log is whole. */
static void test_a_log_that_is_being_written(void **state)
{
	struct fixture *fixture = *state;
	pid_t writer = fork();

	if (writer == 0) {
		for (;; usleep(1000))
			write_on(&fixture->log, fixture->directory);
	}
	uint64_t before = 0;
	for (unsigned i = 0; i < 50; i++) {
		assert_int_equal(verify_with(fixture, NULL), 0);
		if (fixture->found.checker.verdict.damage)
			break;
		assert_true(fixture->found.checker.log.records >= before);
		before = fixture->found.checker.log.records;
		usleep(1000);
	}
	kill(writer, SIGKILL);
	waitpid(writer, NULL, 0);
	const struct auditlog_verdict *verdict = &fixture->found.checker.verdict;
	if (verdict->damage)
		fail_msg("%s at %llu in %s", auditlog_damage_name(verdict->damage),
			 (unsigned long long)verdict->seq, verdict->file);
	assert_true(before > 25);
}

/* --- partners --- */

/* Pieces that end anywhere, also within markers, over several segments. */
static void test_a_log_of_many_pieces(void **state)
{
	struct fixture *fixture = *state;
	struct made_log *log = &fixture->log;

	made_begin(log, ID);
	while (log->position.seq < 60000) {
		if (log->position.seq % 25000 == 20000)
			made_rotate(log);
		else if (log->position.seq % 1024 == 0)
			made_checkpoint(log);
		else
			made_filler(log);
	}
	made_checkpoint(log);
	made_write(log, fixture->directory);
	assert_fine(fixture, log->position.seq, 3);
	/* Deep inside of a piece. */
	tamper(fixture, "00000000000000020002.jsonl", "\x1b", 9000000);
	verify(fixture);
	assert_int_equal(fixture->found.checker.verdict.damage, AUDITLOG_CHANGED);
}

/* Whoever loses a partner reads its pieces itself. */
static void test_partners_that_are_gone(void **state)
{
	struct fixture *fixture = *state;

	pool_start(&fixture->pool, fixture->directory);
	for (unsigned i = 0; i < fixture->pool.count; i++)
		kill(fixture->pool.pids[i], SIGKILL);
	assert_int_equal(verify_with(fixture, &fixture->pool), 0);
	pool_end(&fixture->pool);
	assert_int_equal(fixture->found.checker.verdict.damage, AUDITLOG_WHOLE);
	assert_int_equal(fixture->found.checker.log.records, 25);
}

static void test_partners_are_confined(void **state)
{
	struct fixture *fixture = *state;
	char path[64], text[4096];

	assert_fine(fixture, 25, 3);
	pool_start(&fixture->pool, fixture->directory);
	assert_int_equal(verify_with(fixture, &fixture->pool), 0);
	for (unsigned i = 0; i < fixture->pool.count; i++) {
		snprintf(path, sizeof(path), "/proc/%d/status", fixture->pool.pids[i]);
		int fd = open(path, O_RDONLY | O_CLOEXEC);
		ssize_t got = read(fd, text, sizeof(text) - 1);
		close(fd);
		assert_true(got > 0);
		text[got] = 0;
		assert_non_null(strstr(text, "Seccomp:\t2"));
		assert_non_null(strstr(text, "NoNewPrivs:\t1"));
	}
	pool_end(&fixture->pool);
}

#define plain_test(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
#define segment_test(name) cmocka_unit_test_setup_teardown(name, set_up_segments, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		plain_test(test_an_empty_directory_is_fine),
		segment_test(test_segments_are_read_in_order),
		segment_test(test_other_files_do_not_matter),
		segment_test(test_the_first_key),
		segment_test(test_the_first_key_behind_removed_segments),
		segment_test(test_a_changed_byte),
		segment_test(test_a_changed_last_record_of_all),
		segment_test(test_missing_segments),
		segment_test(test_a_foreign_segment),
		segment_test(test_a_torn_end),
		segment_test(test_a_missing_head),
		segment_test(test_every_byte_of_head_and_seal),
		segment_test(test_a_missing_seal),
		segment_test(test_a_log_cut_back_to_a_checkpoint),
		segment_test(test_forged_checkpoints),
		segment_test(test_what_the_reviewer_kept),
		segment_test(test_a_line_without_end),
		segment_test(test_a_pipe_in_place_of_a_segment),
		segment_test(test_a_link_is_not_followed),
		segment_test(test_a_record_that_is_being_written),
		segment_test(test_a_log_that_is_being_written),
		plain_test(test_a_log_of_many_pieces),
		segment_test(test_partners_that_are_gone),
		segment_test(test_partners_are_confined),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
