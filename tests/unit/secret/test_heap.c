/* The arena's heap: all of it can be used, again and again, and nothing stays in what is given
 * back. */
#include "lib/secret/heap.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define SIZE 16384u

static struct secret_arena arena;

static int set_up(void **state)
{
	(void)state;
	if (secret_arena_open(&arena, SIZE) < 0)
		return -1;
	memset(arena.base, 'k', 100);
	secret_heap_init(&arena, 100);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	secret_arena_close(&arena);
	return 0;
}

static void test_memory_is_zeroed_aligned_and_inside(void **state)
{
	uint8_t *memory[8];

	(void)state;
	for (size_t i = 0; i < 8; i++) {
		memory[i] = secret_heap_calloc(i + 1, 33);
		assert_non_null(memory[i]);
		assert_int_equal((uintptr_t)memory[i] % 16, 0);
		assert_true(memory[i] >= arena.base + 100);
		assert_true(memory[i] + 33 * (i + 1) <= arena.base + arena.size);
		for (size_t byte = 0; byte < 33 * (i + 1); byte++)
			assert_int_equal(memory[i][byte], 0);
		memset(memory[i], (int)('a' + i), 33 * (i + 1));
	}
	for (size_t i = 0; i < 8; i++) {
		assert_int_equal(memory[i][33 * i], 'a' + i);
		secret_heap_free(memory[i]);
	}
	assert_int_equal(secret_heap_used(), 0);
	assert_int_equal(arena.base[99], 'k');
}

static void test_it_is_wiped_when_given_back(void **state)
{
	(void)state;
	char *memory = secret_heap_calloc(1, 64);
	strcpy(memory, "ghp_secret");
	secret_heap_free(memory);
	secret_heap_free(NULL);
	assert_null(memmem(arena.base, arena.size, "ghp_", 4));
}

static void test_when_it_is_full_there_is_none(void **state)
{
	void *blocks[SIZE / 16];
	size_t count = 0;

	(void)state;
	while ((blocks[count] = secret_heap_calloc(1, 100)))
		count++;
	assert_true(count > SIZE / 200);
	assert_int_equal(secret_heap_peak(), secret_heap_used());
	assert_null(secret_heap_calloc(1, 100));
	/* Every second one first, so that free blocks have neighbours on both sides later. */
	for (size_t i = 0; i < count; i += 2)
		secret_heap_free(blocks[i]);
	assert_null(secret_heap_calloc(1, 300));
	for (size_t i = 1; i < count; i += 2)
		secret_heap_free(blocks[i]);
	assert_int_equal(secret_heap_used(), 0);
	void *all = secret_heap_calloc(1, SIZE - 100 - 64);
	assert_non_null(all);
	secret_heap_free(all);
}

static void test_sizes_that_cannot_be(void **state)
{
	(void)state;
	assert_null(secret_heap_calloc(SIZE_MAX, 2));
	assert_null(secret_heap_calloc(SIZE_MAX / 2, 1));
	assert_null(secret_heap_calloc(1, SIZE_MAX - 4));
	assert_null(secret_heap_calloc(1, SIZE));
	assert_int_equal(secret_heap_used(), 0);
}

#define heap_test(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		heap_test(test_memory_is_zeroed_aligned_and_inside),
		heap_test(test_it_is_wiped_when_given_back),
		heap_test(test_when_it_is_full_there_is_none),
		heap_test(test_sizes_that_cannot_be),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
