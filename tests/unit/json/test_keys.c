/* The stack of keys: duplicates in small and large objects, levels, and no system call but for
 * memory. */
#include "lib/json/keys.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

/* A permutation of 64-bit numbers without pattern. */
static uint64_t scramble(uint64_t value)
{
	value = (value ^ value >> 31) * UINT64_C(0x7fb5d329728ea185);
	return (value ^ value >> 27) * UINT64_C(0x81dadef4bc2dd44d);
}

static enum json_keys_result add_range(struct json_keys *keys, size_t first, uint64_t from,
				       uint64_t count, bool scrambled)
{
	for (uint64_t i = from; i < from + count; i++) {
		enum json_keys_result result =
			json_keys_add(keys, first, scrambled ? scramble(i) : i);
		if (result != JSON_KEYS_FINE)
			return result;
	}
	return JSON_KEYS_FINE;
}

static void test_unique(void **state)
{
	(void)state;
	for (uint64_t count = 0; count < 300; count++) {
		struct json_keys keys = {0};
		assert_int_equal(add_range(&keys, 0, 0, count, count % 2), JSON_KEYS_FINE);
		assert_int_equal(keys.count, count);
		assert_int_equal(json_keys_close(&keys, 0), JSON_KEYS_FINE);
		assert_int_equal(keys.count, 0);
		json_keys_free(&keys);
	}
}

/* One repetition, of each key in turn, at the end. */
static void test_repeated(void **state)
{
	(void)state;
	for (uint64_t count = 1; count < 80; count++) {
		for (uint64_t twice = 0; twice < count; twice++) {
			struct json_keys keys = {0};
			assert_int_equal(add_range(&keys, 0, 0, count, true), JSON_KEYS_FINE);
			enum json_keys_result result = json_keys_add(&keys, 0, scramble(twice));
			if (result == JSON_KEYS_FINE)
				result = json_keys_close(&keys, 0);
			assert_int_equal(result, JSON_KEYS_DUPLICATE);
			json_keys_free(&keys);
		}
	}
}

static void test_levels(void **state)
{
	struct json_keys keys = {0};

	(void)state;
	assert_int_equal(add_range(&keys, 0, 0, 40, true), JSON_KEYS_FINE);
	/* The same keys are others in an inner object. */
	assert_int_equal(add_range(&keys, 40, 0, 50, true), JSON_KEYS_FINE);
	assert_int_equal(json_keys_close(&keys, 40), JSON_KEYS_FINE);
	assert_int_equal(keys.count, 40);
	assert_int_equal(add_range(&keys, 0, 40, 10, true), JSON_KEYS_FINE);
	assert_int_equal(json_keys_close(&keys, 0), JSON_KEYS_FINE);
	json_keys_free(&keys);
	assert_null(keys.hashes);
}

/* As in a confined process, but sysinfo() ends it: sorting by qsort() would ask it. */
static void forbid_sysinfo(void)
{
	struct sock_filter rules[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_sysinfo, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = {sizeof(rules) / sizeof(rules[0]), rules};

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0)
		_exit(2);
}

static int child_status(void (*body)(void))
{
	int status = -1;
	pid_t child = fork();

	if (child == 0) {
		forbid_sysinfo();
		body();
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	return status;
}

static void sort_many(void)
{
	struct json_keys keys = {0};

	if (add_range(&keys, 0, 0, 5000, true) != JSON_KEYS_FINE ||
	    json_keys_close(&keys, 0) != JSON_KEYS_FINE)
		_exit(1);
	json_keys_free(&keys);
}

static void ask_sysinfo(void)
{
	syscall(SYS_sysinfo, NULL);
}

static void test_confined(void **state)
{
	int status = child_status(sort_many);

	(void)state;
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
	assert_true(WIFSIGNALED(child_status(ask_sysinfo)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_unique),
		cmocka_unit_test(test_repeated),
		cmocka_unit_test(test_levels),
		cmocka_unit_test(test_confined),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
