/* The tree as peaks, against RFC 6962 as it is written: recursive, over all leaves. */
#include "lib/auditlog/tree.h"

#include "lib/auditlog/auditlog.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define HASH AUDITLOG_TREE_HASH_SIZE
#define LEAVES 300u

static uint8_t leaves[LEAVES][HASH];

static int set_up(void **state)
{
	(void)state;
	if (auditlog_init() < 0)
		return -1;
	for (unsigned i = 0; i < LEAVES; i++) {
		char text[16];
		int length = snprintf(text, sizeof(text), "leaf %u", i);
		auditlog_leaf_hash(text, (size_t)length, leaves[i]);
	}
	return 0;
}

/* The largest power of two below n. */
static uint64_t half(uint64_t n)
{
	uint64_t k = 1;

	while (2 * k < n)
		k *= 2;
	return k;
}

/* RFC 6962, 2.1: MTH of leaves begin to end. */
static void naive_root(uint64_t begin, uint64_t end, uint8_t root[HASH])
{
	uint8_t left[HASH], right[HASH];

	if (end - begin == 1) {
		memcpy(root, leaves[begin], HASH);
		return;
	}
	uint64_t middle = begin + half(end - begin);
	naive_root(begin, middle, left);
	naive_root(middle, end, right);
	auditlog_tree_node(left, right, root);
}

/* RFC 6962, 2.1.1: PATH(index, leaves begin to end), from the leaf upwards. */
static size_t naive_path(uint64_t index, uint64_t begin, uint64_t end, uint8_t (*path)[HASH])
{
	if (end - begin == 1)
		return 0;
	uint64_t middle = begin + half(end - begin);
	size_t length;
	if (index < middle) {
		length = naive_path(index, begin, middle, path);
		naive_root(middle, end, path[length]);
	} else {
		length = naive_path(index, middle, end, path);
		naive_root(begin, middle, path[length]);
	}
	return length + 1;
}

static struct auditlog_tree part(uint64_t begin, uint64_t end)
{
	struct auditlog_tree tree = {.begin = begin, .end = begin};

	for (uint64_t i = begin; i < end; i++)
		auditlog_tree_add(&tree, leaves[i]);
	return tree;
}

static void assert_root(const struct auditlog_tree *tree, uint64_t size)
{
	uint8_t root[HASH], expected[HASH];

	auditlog_tree_root(tree, root);
	naive_root(0, size, expected);
	assert_memory_equal(root, expected, HASH);
}

/* The root of the empty tree, and of one leaf, as RFC 6962 has them. */
static void test_the_smallest_trees(void **state)
{
	struct auditlog_tree tree = {0};
	uint8_t root[HASH], empty[HASH];

	(void)state;
	auditlog_tree_root(&tree, root);
	assert_int_equal(
		auditlog_unhex("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
			       64, empty),
		0);
	assert_memory_equal(root, empty, HASH);
	auditlog_tree_add(&tree, leaves[0]);
	auditlog_tree_root(&tree, root);
	assert_memory_equal(root, leaves[0], HASH);
}

static void test_roots_of_all_sizes(void **state)
{
	struct auditlog_tree tree = {0};

	(void)state;
	for (uint64_t size = 1; size <= LEAVES; size++) {
		auditlog_tree_add(&tree, leaves[size - 1]);
		assert_int_equal(tree.end, size);
		assert_int_equal(tree.count, __builtin_popcountll(size));
		assert_int_equal(auditlog_tree_check(&tree), 0);
		assert_root(&tree, size);
	}
}

/* Two parts, wherever they meet. */
static void test_joins_of_two_parts(void **state)
{
	(void)state;
	for (uint64_t size = 1; size <= LEAVES; size += 1 + size / 40) {
		for (uint64_t middle = 0; middle <= size; middle++) {
			struct auditlog_tree tree = part(0, middle), right = part(middle, size);
			assert_int_equal(auditlog_tree_check(&right), 0);
			auditlog_tree_join(&tree, &right);
			assert_int_equal(tree.end, size);
			assert_root(&tree, size);
		}
	}
}

/* Parts of any number and length, joined from the left, or from the right first. */
static void test_joins_of_many_parts(void **state)
{
	(void)state;
	srandom(1);
	for (unsigned round = 0; round < 300; round++) {
		uint64_t cuts[12] = {0};
		unsigned count = 2 + (unsigned)random() % 9;
		for (unsigned i = 1; i <= count; i++) {
			uint64_t step = (uint64_t)random() % (LEAVES / count);
			cuts[i] = cuts[i - 1] + step;
		}
		if (cuts[count] == 0)
			continue;
		struct auditlog_tree left = part(0, cuts[1]);
		for (unsigned i = 1; i < count; i++) {
			struct auditlog_tree next = part(cuts[i], cuts[i + 1]);
			auditlog_tree_join(&left, &next);
		}
		assert_root(&left, cuts[count]);
		struct auditlog_tree right = part(cuts[1], cuts[2]);
		for (unsigned i = 2; i < count; i++) {
			struct auditlog_tree next = part(cuts[i], cuts[i + 1]);
			auditlog_tree_join(&right, &next);
		}
		assert_int_equal(auditlog_tree_check(&right), 0);
		left = part(0, cuts[1]);
		auditlog_tree_join(&left, &right);
		assert_root(&left, cuts[count]);
	}
}

static void test_peaks_as_text(void **state)
{
	char text[AUDITLOG_PEAKS_SIZE];
	struct auditlog_tree back;

	(void)state;
	for (uint64_t size = 0; size <= LEAVES; size++) {
		struct auditlog_tree tree = part(0, size);
		auditlog_tree_format(&tree, text);
		size_t length = strlen(text);
		assert_int_equal(auditlog_tree_parse(text, length, size, &back), 0);
		assert_int_equal(back.end, size);
		assert_int_equal(back.count, tree.count);
		assert_memory_equal(back.peaks, tree.peaks, tree.count * HASH);
		/* Of another size, too short, too long, with another separator. */
		assert_int_equal(auditlog_tree_parse(text, length, size * 2 + 1, &back), -1);
		if (length) {
			assert_int_equal(auditlog_tree_parse(text, length - 1, size, &back), -1);
			text[length] = 'a';
			assert_int_equal(auditlog_tree_parse(text, length + 1, size, &back), -1);
			char *comma = memchr(text, ',', length);
			if (comma)
				*comma = ' ';
			else
				*text = 'A';
			assert_int_equal(auditlog_tree_parse(text, length, size, &back), -1);
		}
	}
	assert_int_equal(auditlog_tree_parse("", 0, UINT64_C(1) << 44, &back), -1);
}

static void test_the_largest_tree(void **state)
{
	char text[AUDITLOG_PEAKS_SIZE];
	struct auditlog_tree tree = {.end = AUDITLOG_SEQ_MAX, .count = AUDITLOG_TREE_LEVELS}, back;

	(void)state;
	memset(tree.peaks, 0xff, sizeof(tree.peaks));
	auditlog_tree_format(&tree, text);
	assert_true(strlen(text) < AUDITLOG_PEAKS_SIZE);
	assert_int_equal(auditlog_tree_parse(text, strlen(text), AUDITLOG_SEQ_MAX, &back), 0);
	assert_int_equal(auditlog_tree_check(&back), 0);
}

/* Counts that another process may claim. */
static void test_parts_that_are_none(void **state)
{
	struct auditlog_tree tree = part(3, 9);

	(void)state;
	assert_int_equal(auditlog_tree_check(&tree), 0);
	tree.count++;
	assert_int_equal(auditlog_tree_check(&tree), -1);
	tree = part(3, 9);
	tree.end--;
	assert_int_equal(auditlog_tree_check(&tree), -1);
	tree.begin = 10;
	assert_int_equal(auditlog_tree_check(&tree), -1);
	tree = (struct auditlog_tree){.begin = 0, .end = UINT64_MAX, .count = 64};
	assert_int_equal(auditlog_tree_check(&tree), -1);
}

static void test_inclusion_paths(void **state)
{
	uint8_t path[AUDITLOG_TREE_LEVELS + 1][HASH], root[HASH];

	(void)state;
	for (uint64_t size = 1; size <= LEAVES; size += 1 + size / 30) {
		naive_root(0, size, root);
		for (uint64_t index = 0; index < size; index++) {
			size_t length = naive_path(index, 0, size, path);
			assert_int_equal(auditlog_tree_check_path(leaves[index], index, size, path,
								  length, root),
					 0);
		}
	}
}

/* A path is good for one leaf, one index, one size and one root. */
static void test_wrong_paths(void **state)
{
	uint8_t path[AUDITLOG_TREE_LEVELS + 1][HASH], root[HASH];
	const uint64_t size = 77;

	(void)state;
	naive_root(0, size, root);
	for (uint64_t index = 0; index < size; index++) {
		size_t length = naive_path(index, 0, size, path);
		for (uint64_t other = 0; other < size + 3; other++)
			assert_int_equal(auditlog_tree_check_path(leaves[index], other, size, path,
								  length, root),
					 other == index ? 0 : -1);
		assert_int_equal(auditlog_tree_check_path(leaves[index], index, size, path,
							  length - 1, root),
				 -1);
		memcpy(path[length], path[0], HASH);
		assert_int_equal(auditlog_tree_check_path(leaves[index], index, size, path,
							  length + 1, root),
				 -1);
		path[length / 2][7] ^= 1;
		assert_int_equal(
			auditlog_tree_check_path(leaves[index], index, size, path, length, root),
			-1);
		path[length / 2][7] ^= 1;
		assert_int_equal(auditlog_tree_check_path(leaves[(index + 1) % size], index, size,
							  path, length, root),
				 -1);
		root[31] ^= 1;
		assert_int_equal(
			auditlog_tree_check_path(leaves[index], index, size, path, length, root),
			-1);
		root[31] ^= 1;
	}
	assert_int_equal(auditlog_tree_check_path(leaves[0], 0, 0, NULL, 0, root), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_smallest_trees),
		cmocka_unit_test(test_roots_of_all_sizes),
		cmocka_unit_test(test_joins_of_two_parts),
		cmocka_unit_test(test_joins_of_many_parts),
		cmocka_unit_test(test_peaks_as_text),
		cmocka_unit_test(test_the_largest_tree),
		cmocka_unit_test(test_parts_that_are_none),
		cmocka_unit_test(test_inclusion_paths),
		cmocka_unit_test(test_wrong_paths),
	};

	return cmocka_run_group_tests(tests, set_up, NULL);
}
