/* The vault's file: refused unless it is safe, and replaced in one step even when killed. */
#include "lib/vault/store.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define NAME "vault"

static const uint8_t before[] = "the old vault", after[] = "the new vault, which is longer";

struct place {
	char path[64];
	int fd;
};

static int set_up(void **state)
{
	struct place *place = test_calloc(1, sizeof(*place));

	*state = place;
	strcpy(place->path, "/tmp/ghward-store-XXXXXX");
	if (!mkdtemp(place->path))
		return -1;
	place->fd = open(place->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return place->fd < 0 ? -1 : 0;
}

static int tear_down(void **state)
{
	struct place *place = *state;
	char command[128];

	close(place->fd);
	snprintf(command, sizeof(command), "rm -rf %s", place->path);
	test_free(place);
	return system(command);
}

static enum store_fault write_locked(int directory, enum store_mode mode, const uint8_t *bytes,
				     size_t size)
{
	int lock;
	enum store_fault fault = store_lock(directory, NAME, &lock);

	if (fault == STORE_FINE) {
		fault = store_write(directory, NAME, mode, bytes, size);
		close(lock);
	}
	return fault;
}

static bool holds(int directory, const uint8_t *bytes, size_t size)
{
	uint8_t *found;
	size_t found_size;

	if (store_read(directory, NAME, &found, &found_size) != STORE_FINE)
		return false;
	bool same = found_size == size && memcmp(found, bytes, size) == 0;
	free(found);
	return same;
}

static void expect_fault(int directory, enum store_fault fault)
{
	uint8_t *found;
	size_t size;

	assert_int_equal(store_read(directory, NAME, &found, &size), fault);
	assert_null(found);
}

static bool is_there(int directory, const char *name)
{
	return faccessat(directory, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

static void test_written_and_replaced(void **state)
{
	struct place *at = *state;
	struct stat status;

	expect_fault(at->fd, STORE_ABSENT);
	assert_int_equal(write_locked(at->fd, STORE_CREATE, before, sizeof(before)), STORE_FINE);
	assert_true(holds(at->fd, before, sizeof(before)));
	assert_int_equal(fstatat(at->fd, NAME, &status, 0), 0);
	assert_int_equal(status.st_mode & 07777, 0600);
	assert_int_equal(write_locked(at->fd, STORE_CREATE, after, sizeof(after)), STORE_EXISTS);
	assert_int_equal(write_locked(at->fd, STORE_REPLACE, after, sizeof(after)), STORE_FINE);
	assert_true(holds(at->fd, after, sizeof(after)));
	assert_false(is_there(at->fd, "vault.prev"));
	assert_false(is_there(at->fd, ".vault.new"));
}

static void test_unsafe_files_are_refused(void **state)
{
	struct place *at = *state;

	assert_int_equal(write_locked(at->fd, STORE_CREATE, before, sizeof(before)), STORE_FINE);
	assert_int_equal(fchmodat(at->fd, NAME, 0640, 0), 0);
	expect_fault(at->fd, STORE_MODE);
	assert_int_equal(fchmodat(at->fd, NAME, 0602, 0), 0);
	expect_fault(at->fd, STORE_MODE);
	assert_int_equal(fchmodat(at->fd, NAME, 0600, 0), 0);
	if (geteuid() == 0) {
		assert_int_equal(fchownat(at->fd, NAME, 12345, 12345, 0), 0);
		expect_fault(at->fd, STORE_OWNER);
	}
	assert_int_equal(renameat(at->fd, NAME, at->fd, "elsewhere"), 0);
	assert_int_equal(symlinkat("elsewhere", at->fd, NAME), 0);
	expect_fault(at->fd, STORE_NOT_A_FILE);
	assert_int_equal(unlinkat(at->fd, NAME, 0), 0);
	assert_int_equal(mkfifoat(at->fd, NAME, 0600), 0);
	expect_fault(at->fd, STORE_NOT_A_FILE);
	assert_int_equal(unlinkat(at->fd, NAME, 0), 0);
	assert_int_equal(mkdirat(at->fd, NAME, 0700), 0);
	expect_fault(at->fd, STORE_NOT_A_FILE);
}

static void test_names_stay_in_the_directory(void **state)
{
	static const char *const names[] = {"",	   ".",		  "..",	   "../vault",
					    "a/b", "/etc/passwd", ".vault"};
	struct place *at = *state;
	uint8_t *found;
	size_t size;
	int lock;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		assert_int_equal(store_read(at->fd, names[i], &found, &size), STORE_IO);
		assert_int_equal(store_lock(at->fd, names[i], &lock), STORE_IO);
		assert_int_equal(store_write(at->fd, names[i], STORE_CREATE, before, 1), STORE_IO);
	}
}

static void test_one_writer_at_a_time(void **state)
{
	struct place *at = *state;
	int first, second;

	assert_int_equal(store_lock(at->fd, NAME, &first), STORE_FINE);
	assert_int_equal(store_lock(at->fd, NAME, &second), STORE_BUSY);
	assert_int_equal(second, -1);
	close(first);
	assert_int_equal(store_lock(at->fd, NAME, &second), STORE_FINE);
	close(second);
}

/* Lets the child go on to the `stops`-th entry or exit of a system call and ends it there. Returns
 * false when it came to its own end before. */
static bool kill_after(pid_t child, unsigned stops)
{
	int status;

	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSTOPPED(status));
	for (unsigned i = 0; i < stops; i++) {
		assert_int_equal(ptrace(PTRACE_SYSCALL, child, NULL, NULL), 0);
		assert_int_equal(waitpid(child, &status, 0), child);
		if (WIFEXITED(status)) {
			assert_int_equal(WEXITSTATUS(status), 0);
			return false;
		}
	}
	kill(child, SIGKILL);
	assert_int_equal(waitpid(child, &status, 0), child);
	return true;
}

static pid_t start_writer(int directory)
{
	pid_t child = fork();

	if (child == 0) {
		if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) < 0)
			_exit(1);
		raise(SIGSTOP);
		_exit(write_locked(directory, STORE_REPLACE, after, sizeof(after)) != STORE_FINE);
	}
	return child;
}

/* After every single system call of a write: the old file or the new one, whole, and the next
 * writer finds nothing in its way and leaves nothing behind. */
static void test_killed_anywhere(void **state)
{
	struct place *at = *state;
	unsigned stops = 0, old = 0, new = 0;
	bool killed = true;

	assert_int_equal(write_locked(at->fd, STORE_CREATE, before, sizeof(before)), STORE_FINE);
	for (; killed; stops++) {
		killed = kill_after(start_writer(at->fd), stops);
		bool is_old = holds(at->fd, before, sizeof(before));
		bool is_new = holds(at->fd, after, sizeof(after));
		assert_true(is_old != is_new);
		old += is_old;
		new += is_new;
		assert_int_equal(write_locked(at->fd, STORE_REPLACE, before, sizeof(before)),
				 STORE_FINE);
		assert_true(holds(at->fd, before, sizeof(before)));
		assert_false(is_there(at->fd, "vault.prev"));
		assert_false(is_there(at->fd, ".vault.new"));
	}
	assert_true(stops > 20);
	assert_true(old > 5 && new > 5);
}

#define store_test(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		store_test(test_written_and_replaced),
		store_test(test_unsafe_files_are_refused),
		store_test(test_names_stay_in_the_directory),
		store_test(test_one_writer_at_a_time),
		store_test(test_killed_anywhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
