/* A directory with a log in it. */
#include "evidence.h"

#include "lib/base/io.h"
#include "lib/ipc/protocol.h"

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

/* The directory is where ghward-verify has it, as its partners expect. */
int evidence_set_up(void **state)
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

int evidence_set_up_segments(void **state)
{
	if (evidence_set_up(state) < 0)
		return -1;
	struct fixture *fixture = *state;
	made_whole(&fixture->log, ID, 25, 10);
	made_write(&fixture->log, fixture->directory);
	return 0;
}

int evidence_tear_down(void **state)
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

int evidence_verify_with(struct fixture *fixture, struct pool *pool)
{
	const struct verify_task task = {
		.directory = fixture->directory, .pool = pool, .known = &fixture->known};

	return verify_directory(&task, &fixture->found);
}

void evidence_verify(struct fixture *fixture)
{
	static struct verification alone;

	assert_int_equal(evidence_verify_with(fixture, NULL), 0);
	alone = fixture->found;
	pool_start(&fixture->pool, fixture->directory);
	assert_int_equal(evidence_verify_with(fixture, &fixture->pool), 0);
	pool_end(&fixture->pool);
	assert_memory_equal(&alone.checker.verdict, &fixture->found.checker.verdict,
			    sizeof(alone.checker.verdict));
}

void assert_fine(struct fixture *fixture, uint64_t records, uint64_t segments)
{
	evidence_verify(fixture);
	if (fixture->found.checker.verdict.damage)
		fail_msg("%s", auditlog_damage_name(fixture->found.checker.verdict.damage));
	assert_int_equal(fixture->found.checker.log.records, records);
	assert_int_equal(fixture->found.segments, segments);
}

void assert_damaged(struct fixture *fixture, enum auditlog_damage damage, uint64_t seq,
		    const char *file)
{
	evidence_verify(fixture);
	const struct auditlog_verdict *verdict = &fixture->found.checker.verdict;
	assert_string_equal(auditlog_damage_name(verdict->damage), auditlog_damage_name(damage));
	assert_int_equal(verdict->seq, seq);
	assert_string_equal(verdict->file, file);
}

void tamper(struct fixture *fixture, const char *name, const char *text, off_t offset)
{
	int fd = openat(fixture->directory, name, O_WRONLY | O_CLOEXEC);

	if (offset < 0)
		offset += lseek(fd, 0, SEEK_END) + 1;
	assert_int_equal(pwrite(fd, text, strlen(text), offset), strlen(text));
	close(fd);
}

void cut(struct fixture *fixture, const char *name, off_t bytes)
{
	int fd = openat(fixture->directory, name, O_WRONLY | O_CLOEXEC);

	assert_int_equal(ftruncate(fd, lseek(fd, 0, SEEK_END) - bytes), 0);
	close(fd);
}

off_t last_line(struct fixture *fixture, const char *name)
{
	static char text[65536];
	int fd = openat(fixture->directory, name, O_RDONLY | O_CLOEXEC);
	ssize_t size = read(fd, text, sizeof(text));

	close(fd);
	assert_true(size > 1);
	const char *before = memrchr(text, '\n', (size_t)size - 1);
	return before ? text + size - before - 1 : size;
}
