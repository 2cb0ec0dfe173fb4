/* Removing trees of any shape, in slices. */
#include "tree/sweep.h"

#include "scratch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#include <cmocka.h>

static bool is_kept(void *context, const char *name)
{
	(void)context;
	return strcmp(name, "kept") == 0;
}

static struct sweep sweep_of(const struct scratch *scratch)
{
	return (struct sweep){.root = scratch->fd, .directory = "tmp", .spare = is_kept};
}

static void test_everything_goes_but_what_is_in_use(void **state)
{
	const struct scratch *scratch = *state;
	struct sweep sweep = sweep_of(scratch);

	assert_int_equal(scratch_run(scratch,
				     "mkdir -p tmp/a/b/c tmp/kept/d tmp/empty; touch tmp/f "
				     "tmp/a/f tmp/a/b/c/f tmp/kept/f; ln -s /etc tmp/a/l; "
				     "ln -s nowhere tmp/l; mkfifo tmp/a/p"),
			 0);
	assert_false(sweep_some(&sweep, 5000));
	assert_int_equal(scratch_run(scratch, "[ $(ls tmp) = kept ] && [ -d tmp/kept/d ] && "
					      "[ -f tmp/kept/f ] && [ -d /etc ]"),
			 0);
}

static void test_links_to_directories_are_not_gone_through(void **state)
{
	const struct scratch *scratch = *state;
	struct sweep sweep = sweep_of(scratch);

	assert_int_equal(scratch_run(scratch,
				     "mkdir -p tmp/a precious/deep; touch precious/f; "
				     "ln -s ../precious tmp/l; ln -s ../../precious tmp/a/l"),
			 0);
	assert_false(sweep_some(&sweep, 5000));
	assert_true(scratch_has(scratch, "precious/f"));
	assert_true(scratch_has(scratch, "precious/deep"));
	assert_false(scratch_has(scratch, "tmp/l"));
}

/* Deeper than any path may be long, and than there are descriptors. */
static void test_depth_costs_nothing(void **state)
{
	const struct scratch *scratch = *state;
	struct sweep sweep = sweep_of(scratch);

	assert_int_equal(scratch_run(scratch, "mkdir tmp && cd tmp && for i in $(seq 1100); do "
					      "mkdir dddddddd && cd -P dddddddd || exit 1; done"),
			 0);
	assert_false(sweep_some(&sweep, 20000));
	assert_int_equal(scratch_run(scratch, "[ -z \"$(ls tmp)\" ]"), 0);
}

static void test_a_slice_ends_in_time_and_goes_on(void **state)
{
	const struct scratch *scratch = *state;
	struct sweep sweep = sweep_of(scratch);
	unsigned slices = 1;

	assert_int_equal(
		scratch_run(scratch, "mkdir -p tmp/d && cd tmp/d && seq 20000 | xargs touch"), 0);
	while (sweep_some(&sweep, 1))
		slices++;
	assert_true(slices > 2);
	assert_int_equal(scratch_run(scratch, "[ -z \"$(ls tmp)\" ]"), 0);
}

static void test_what_cannot_go_does_not_hold_up_the_rest(void **state)
{
	const struct scratch *scratch = *state;
	struct sweep sweep = sweep_of(scratch);

	if (geteuid() == 0)
		skip(); /* to whom nothing is denied */
	assert_int_equal(scratch_run(scratch, "mkdir -p tmp/a/b tmp/z; touch tmp/a/b/f tmp/z/f; "
					      "chmod 500 tmp/a/b"),
			 0);
	assert_false(sweep_some(&sweep, 5000));
	assert_false(scratch_has(scratch, "tmp/z"));
	assert_int_equal(scratch_run(scratch, "chmod -R 700 tmp"), 0);
}

static void test_a_missing_directory_is_nothing_to_do(void **state)
{
	struct sweep sweep = sweep_of(*state);

	assert_false(sweep_some(&sweep, 100));
}

static void test_names_are_new_ones(void **state)
{
	const struct scratch *scratch = *state;
	struct sweep sweep = sweep_of(scratch);
	char path[64];

	assert_int_equal(scratch_run(scratch, "mkdir -p tmp/0 tmp/1 thing"), 0);
	assert_int_equal(sweep_make(&sweep, path, sizeof(path)), 0);
	assert_string_equal(path, "tmp/2");
	assert_int_equal(sweep_take(&sweep, "thing"), 0);
	assert_true(scratch_has(scratch, "tmp/3"));
	assert_int_equal(sweep_take(&sweep, "thing"), -1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, scratch_set_up, scratch_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_everything_goes_but_what_is_in_use),
		TEST(test_links_to_directories_are_not_gone_through),
		TEST(test_depth_costs_nothing),
		TEST(test_a_slice_ends_in_time_and_goes_on),
		TEST(test_what_cannot_go_does_not_hold_up_the_rest),
		TEST(test_a_missing_directory_is_nothing_to_do),
		TEST(test_names_are_new_ones),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
