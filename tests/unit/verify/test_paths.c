/* Paths of leaves that are read in blocks, for trees of any size and any beginning. */
#include "verify/paths.h"

#include "lib/auditlog/auditlog.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define HASH AUDITLOG_TREE_HASH_SIZE
#define LEAVES (5 * PATHS_BLOCK)

static uint8_t (*leaves)[HASH];

static int set_up(void **state)
{
	(void)state;
	leaves = calloc(LEAVES, HASH);
	if (!leaves || auditlog_init() < 0)
		return -1;
	for (uint64_t i = 0; i < LEAVES; i++)
		auditlog_leaf_hash((const char *)&i, sizeof(i), leaves[i]);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	free(leaves);
	return 0;
}

static struct auditlog_tree make_tree(uint64_t size)
{
	struct auditlog_tree tree = {0};

	for (uint64_t i = 0; i < size; i++)
		auditlog_tree_add(&tree, leaves[i]);
	return tree;
}

/* All paths of a block, of a tree of this size whose leaves are there from `first` on. */
static void check_block(struct paths *paths, uint64_t block, uint64_t first, uint64_t size)
{
	uint8_t path[AUDITLOG_TREE_LEVELS][HASH], root[HASH];
	uint64_t begin = block * PATHS_BLOCK, end = begin + PATHS_BLOCK;

	begin = begin > first ? begin : first;
	end = end < size ? end : size;
	paths_begin_block(paths, block);
	for (uint64_t i = begin; i < end; i++)
		paths_leaf(paths, i, leaves[i]);
	paths_end_block(paths);
	auditlog_tree_root(&paths->tree, root);
	for (uint64_t i = begin; i < end; i += 1 + (uint64_t)random() % 97) {
		size_t length = paths_get(paths, i, path);
		if (auditlog_tree_check_path(leaves[i], i, size, (const uint8_t(*)[HASH])path,
					     length, root) < 0)
			fail_msg("leaf %llu of %llu, from %llu on", (unsigned long long)i,
				 (unsigned long long)size, (unsigned long long)first);
	}
}

static void check(uint64_t first, uint64_t size)
{
	struct auditlog_tree base = make_tree(first), tree = make_tree(size);
	uint64_t first_block = first / PATHS_BLOCK;
	struct paths paths;

	assert_int_equal(paths_begin(&paths, &base, &tree), 0);
	for (uint64_t block = first_block; (block + 1) * PATHS_BLOCK <= size; block++) {
		struct auditlog_tree part = {.begin = block * PATHS_BLOCK,
					     .end = block * PATHS_BLOCK};
		for (uint64_t i = 0; i < PATHS_BLOCK; i++)
			auditlog_tree_add(&part, leaves[part.begin + i]);
		paths_whole_block(&paths, block, part.peaks[0]);
	}
	paths_ready(&paths);
	for (uint64_t block = first_block; block * PATHS_BLOCK < size; block++)
		check_block(&paths, block, first, size);
	paths_free(&paths);
}

static void test_small_trees(void **state)
{
	(void)state;
	for (uint64_t size = 1; size < 70; size++) {
		for (uint64_t first = 0; first < size; first++)
			check(first, size);
	}
}

static void test_trees_around_blocks(void **state)
{
	static const int64_t around[] = {-1, 0, 1, 1000};

	(void)state;
	for (uint64_t blocks = 1; blocks <= 4; blocks++) {
		for (size_t i = 0; i < 4; i++)
			check(0, (uint64_t)((int64_t)(blocks * PATHS_BLOCK) + around[i]));
	}
	check(0, LEAVES);
}

static void test_trees_that_begin_later(void **state)
{
	(void)state;
	srandom(3);
	for (unsigned round = 0; round < 40; round++) {
		uint64_t size = 1 + (uint64_t)random() % LEAVES;
		check((uint64_t)random() % size, size);
	}
	for (uint64_t first = PATHS_BLOCK - 1; first <= PATHS_BLOCK + 1; first++)
		check(first, LEAVES - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_small_trees),
		cmocka_unit_test(test_trees_around_blocks),
		cmocka_unit_test(test_trees_that_begin_later),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
