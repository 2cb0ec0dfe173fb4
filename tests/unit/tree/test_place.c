/* Paths beneath a directory that somebody else is at work in. */
#include "tree/place.h"

#include "scratch.h"

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

#define SECRET "secret"

static void assert_cannot_open(int root, const char *path, int error)
{
	errno = 0;
	assert_int_equal(place_directory(root, path), -1);
	assert_int_equal(errno, error);
	assert_int_equal(place_open(root, path, O_RDONLY), -1);
}

/* Beside the destination, with a file in it. */
static void make_outside(const struct scratch *scratch)
{
	assert_int_equal(scratch_run(scratch,
				     "mkdir '%s.outside' '%s.outside/shop.git' && "
				     "echo " SECRET " >'%s.outside/file'",
				     scratch->path, scratch->path, scratch->path),
			 0);
}

static void test_plain_paths_are_opened(void **state)
{
	const struct scratch *scratch = *state;
	int made = place_make(scratch->fd, "acme/shop.git/refs");

	assert_true(made >= 0);
	assert_true(place_is(scratch->fd, "acme/shop.git/refs", made));
	assert_false(place_is(scratch->fd, "acme", made));
	close(made);
	assert_int_equal(place_kind(scratch->fd, "acme/shop.git"), PLACE_DIRECTORY);
	assert_int_equal(place_kind(scratch->fd, "acme/other.git"), PLACE_ABSENT);
	assert_int_equal(place_kind(scratch->fd, "nobody/shop.git"), PLACE_ABSENT);
	/* What is there already is not made again. */
	made = place_make(scratch->fd, "acme/shop.git/refs");
	assert_true(made >= 0);
	close(made);
}

static void test_a_link_is_refused_at_every_level(void **state)
{
	const struct scratch *scratch = *state;

	make_outside(scratch);
	assert_int_equal(scratch_run(scratch,
				     "ln -s '%s.outside' acme && mkdir real && "
				     "ln -s '%s.outside/shop.git' real/shop.git && "
				     "mkdir -p inside/x && ln -s ../inside/x real/within && "
				     "ln -s nowhere real/dangling && ln -s ../../../../etc real/up",
				     scratch->path, scratch->path),
			 0);
	assert_cannot_open(scratch->fd, "acme", ELOOP);
	assert_cannot_open(scratch->fd, "acme/shop.git", ELOOP);
	assert_cannot_open(scratch->fd, "real/shop.git", ELOOP);
	assert_cannot_open(scratch->fd, "real/within", ELOOP);
	assert_cannot_open(scratch->fd, "real/dangling", ELOOP);
	assert_cannot_open(scratch->fd, "real/up/passwd", ELOOP);
	assert_int_equal(place_kind(scratch->fd, "acme"), PLACE_LINK);
	assert_int_equal(place_kind(scratch->fd, "real/dangling"), PLACE_LINK);
	assert_int_equal(place_kind(scratch->fd, "acme/shop.git"), PLACE_UNREACHABLE);
}

static void test_nothing_is_changed_through_a_link(void **state)
{
	const struct scratch *scratch = *state;
	char text[16];

	make_outside(scratch);
	assert_int_equal(scratch_run(scratch,
				     "ln -s '%s.outside' acme; mkdir here; touch here/file",
				     scratch->path),
			 0);
	assert_int_equal(place_make(scratch->fd, "acme/new/deep"), -1);
	assert_int_equal(place_make_new(scratch->fd, "acme/new", 0777), -1);
	assert_int_equal(place_write(scratch->fd, "acme/file", "changed"), -1);
	assert_int_equal(place_unlink(scratch->fd, "acme/file"), -1);
	assert_int_equal(place_rename(scratch->fd, "here/file", "acme/moved", PLACE_KEEP), -1);
	assert_int_equal(place_rename(scratch->fd, "acme/file", "here/moved", PLACE_KEEP), -1);
	assert_int_equal(place_read(scratch->fd, "acme/file", text, sizeof(text)), -1);
	assert_int_equal(errno, ELOOP);
	place_tidy(scratch->fd, "acme/shop.git");
	assert_null(place_list(scratch->fd, "acme"));
	assert_int_equal(scratch_run(scratch,
				     "[ \"$(ls '%s.outside' | tr '\\n' ' ')\" = 'file shop.git ' ] "
				     "&& grep -q " SECRET " '%s.outside/file'",
				     scratch->path, scratch->path),
			 0);
}

static void test_a_link_in_a_files_place_is_replaced_not_followed(void **state)
{
	const struct scratch *scratch = *state;
	char text[16];

	make_outside(scratch);
	assert_int_equal(scratch_run(scratch,
				     "ln -s '%s.outside/file' config; ln -s '%s.outside/file' "
				     "ghward.tmp",
				     scratch->path, scratch->path),
			 0);
	assert_int_equal(place_read(scratch->fd, "config", text, sizeof(text)), -1);
	assert_int_equal(place_write(scratch->fd, "config", "ours"), 0);
	assert_int_equal(place_read(scratch->fd, "config", text, sizeof(text)), 0);
	assert_string_equal(text, "ours");
	assert_int_equal(
		scratch_run(scratch, "grep -q " SECRET " '%s.outside/file'", scratch->path), 0);
}

static void test_a_hard_link_is_left_as_it_was(void **state)
{
	const struct scratch *scratch = *state;

	make_outside(scratch);
	assert_int_equal(scratch_run(scratch, "ln '%s.outside/file' config", scratch->path), 0);
	assert_int_equal(place_write(scratch->fd, "config", "ours"), 0);
	assert_int_equal(
		scratch_run(scratch, "grep -q " SECRET " '%s.outside/file'", scratch->path), 0);
}

static void test_no_way_leads_up_or_away(void **state)
{
	const struct scratch *scratch = *state;

	make_outside(scratch);
	assert_cannot_open(scratch->fd, "..", EXDEV);
	assert_cannot_open(scratch->fd, "/", EXDEV);
	assert_cannot_open(scratch->fd, "/etc", EXDEV);
	assert_int_equal(scratch_run(scratch, "mkdir a"), 0);
	assert_cannot_open(scratch->fd, "a/../..", EXDEV);
}

static void test_magic_links_are_refused(void **state)
{
	int proc = open("/proc/self", O_PATH | O_DIRECTORY | O_CLOEXEC);

	(void)state;
	assert_true(proc >= 0);
	assert_cannot_open(proc, "cwd", ELOOP);
	assert_cannot_open(proc, "root", ELOOP);
	assert_cannot_open(proc, "fd/0", ELOOP);
	close(proc);
}

static void test_mounts_are_refused(void **state)
{
	int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);

	(void)state;
	assert_cannot_open(root, "proc/self", EXDEV);
	assert_int_equal(place_kind(root, "proc"), PLACE_UNREACHABLE);
	close(root);
}

static void test_a_file_is_no_directory(void **state)
{
	const struct scratch *scratch = *state;

	assert_int_equal(scratch_run(scratch, "echo >acme; mkfifo pipe"), 0);
	errno = 0;
	assert_int_equal(place_make(scratch->fd, "acme/shop.git"), -1);
	assert_int_equal(errno, ENOTDIR);
	assert_int_equal(place_kind(scratch->fd, "acme"), PLACE_FILE);
	assert_int_equal(place_kind(scratch->fd, "acme/shop.git"), PLACE_UNREACHABLE);
	assert_int_equal(place_kind(scratch->fd, "pipe"), PLACE_OTHER);
}

static void test_only_files_of_some_size_are_read(void **state)
{
	const struct scratch *scratch = *state;
	char text[8];

	assert_int_equal(scratch_run(scratch, "mkfifo pipe; printf 1234567 >fits; "
					      "printf 12345678 >large; mkdir d"),
			 0);
	assert_int_equal(place_read(scratch->fd, "fits", text, sizeof(text)), 0);
	assert_string_equal(text, "1234567");
	assert_int_equal(place_read(scratch->fd, "large", text, sizeof(text)), -1);
	assert_int_equal(errno, EFBIG);
	/* Nobody writes into it: this would wait for ever. */
	assert_int_equal(place_read(scratch->fd, "pipe", text, sizeof(text)), -1);
	assert_int_equal(place_read(scratch->fd, "d", text, sizeof(text)), -1);
}

static void test_nothing_is_replaced_that_is_to_be_kept(void **state)
{
	const struct scratch *scratch = *state;

	assert_int_equal(scratch_run(scratch, "mkdir -p new/x theirs; ln -s nowhere link"), 0);
	assert_int_equal(place_rename(scratch->fd, "new", "theirs", PLACE_KEEP), -1);
	assert_int_equal(errno, EEXIST);
	assert_int_equal(place_rename(scratch->fd, "new", "link", PLACE_KEEP), -1);
	assert_int_equal(errno, EEXIST);
	assert_true(scratch_has(scratch, "new/x"));
	assert_int_equal(place_rename(scratch->fd, "new", "free", PLACE_KEEP), 0);
	assert_true(scratch_has(scratch, "free/x"));
}

static void test_other_spellings_are_found(void **state)
{
	const struct scratch *scratch = *state;
	char found[NAME_MAX + 1];

	assert_int_equal(scratch_run(scratch, "mkdir -p acme/Shop.git acme/plain.git"), 0);
	assert_int_equal(place_other_spelling(scratch->fd, "acme", "shop.git", found), 1);
	assert_string_equal(found, "Shop.git");
	assert_int_equal(place_other_spelling(scratch->fd, "acme", "Shop.git", found), 0);
	assert_int_equal(place_other_spelling(scratch->fd, "acme", "plain.git", found), 0);
	assert_int_equal(place_other_spelling(scratch->fd, "nobody", "shop.git", found), 0);
}

static void test_long_paths_are_errors(void **state)
{
	const struct scratch *scratch = *state;
	char path[2 * PLACE_PATH_MAX];

	for (size_t i = 0; i + 1 < sizeof(path); i++)
		path[i] = i % 2 ? '/' : 'a';
	path[sizeof(path) - 1] = 0;
	assert_int_equal(place_make(scratch->fd, path), -1);
	assert_int_equal(errno, ENAMETOOLONG);
	assert_int_equal(place_write(scratch->fd, path, ""), -1);
	assert_int_equal(errno, ENAMETOOLONG);
}

static void test_swapping_directories_for_links_gains_nothing(void **state)
{
	const struct scratch *scratch = *state;
	unsigned refused = 0, done = 0;
	int outside;
	char name[64], path[128];
	struct stat status;

	make_outside(scratch);
	assert_int_equal(
		scratch_run(scratch, "mkdir acme && ln -s '%s.outside' evil", scratch->path), 0);
	pid_t attacker = scratch_start_swapping(scratch, "acme", "evil");
	/* Both have to happen, or nothing was tried. */
	for (unsigned i = 0; i < 1000000 && (i < 5000 || !refused || !done); i++) {
		snprintf(name, sizeof(name), "acme/deep%u", i);
		int made = place_make(scratch->fd, name);
		snprintf(name, sizeof(name), "acme/file%u", i);
		int written = place_write(scratch->fd, name, "x");
		done += made >= 0 || written == 0;
		refused += made < 0 || written < 0;
		if (made >= 0)
			close(made);
	}
	assert_int_equal(scratch_end_swapping(attacker), 0);
	assert_true(done > 0);
	assert_true(refused > 0);
	snprintf(path, sizeof(path), "%s.outside", scratch->path);
	outside = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(fstat(outside, &status), 0);
	/* Itself, its parent, and "shop.git". */
	assert_int_equal(status.st_nlink, 3);
	close(outside);
	assert_int_equal(scratch_run(scratch, "[ $(ls '%s.outside' | wc -l) = 2 ]", scratch->path),
			 0);
}

static void test_what_moves_away_while_in_use_is_noticed(void **state)
{
	const struct scratch *scratch = *state;
	int git = place_make(scratch->fd, "acme/shop.git");

	assert_true(place_is(scratch->fd, "acme/shop.git", git));
	assert_int_equal(scratch_run(scratch, "mv acme/shop.git '%s.outside'", scratch->path), 0);
	assert_false(place_is(scratch->fd, "acme/shop.git", git));
	assert_int_equal(scratch_run(scratch, "mkdir acme/shop.git"), 0);
	assert_false(place_is(scratch->fd, "acme/shop.git", git));
	close(git);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, scratch_set_up, scratch_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_plain_paths_are_opened),
		TEST(test_a_link_is_refused_at_every_level),
		TEST(test_nothing_is_changed_through_a_link),
		TEST(test_a_link_in_a_files_place_is_replaced_not_followed),
		TEST(test_a_hard_link_is_left_as_it_was),
		TEST(test_no_way_leads_up_or_away),
		cmocka_unit_test(test_magic_links_are_refused),
		cmocka_unit_test(test_mounts_are_refused),
		TEST(test_a_file_is_no_directory),
		TEST(test_only_files_of_some_size_are_read),
		TEST(test_nothing_is_replaced_that_is_to_be_kept),
		TEST(test_other_spellings_are_found),
		TEST(test_long_paths_are_errors),
		TEST(test_swapping_directories_for_links_gains_nothing),
		TEST(test_what_moves_away_while_in_use_is_noticed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
