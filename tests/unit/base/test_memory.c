/* Memory: what is given back by memory_wipe_free() is blank. */
#include "lib/base/memory.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

/* Through the kernel, as neither compiler nor sanitizer lets anybody look at freed memory. */
static void look(uintptr_t address, char *seen, size_t size)
{
	int memory = open("/proc/self/mem", O_RDONLY | O_CLOEXEC);

	assert_true(memory >= 0);
	assert_int_equal(pread(memory, seen, size, (off_t)address), size);
	close(memory);
}

static void test_what_was_freed_is_blank(void **state)
{
	static const char secret[] = "ghs_0123456789abcdefghijABCDEFGHIJ0123456789";
	/* The allocator keeps a few words of its own in a free block. */
	enum { SIZE = 1024, ITS_OWN = 32 };
	char *block = memory_new(SIZE), seen[SIZE];

	(void)state;
	for (size_t at = 0; at + sizeof(secret) < SIZE; at += sizeof(secret))
		memcpy(block + at, secret, sizeof(secret));
	uintptr_t address = (uintptr_t)block;
	look(address, seen, SIZE);
	assert_memory_equal(seen + sizeof(secret), secret, sizeof(secret));
	memory_wipe_free(block);
	look(address, seen, SIZE);
	for (size_t i = ITS_OWN; i < SIZE - ITS_OWN; i++)
		assert_int_equal(seen[i], 0);
	memory_wipe_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_was_freed_is_blank),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
