/* Protected memory: everything a broker does fits into an arena of 48 KiB, and none of what is
 * secret is to be found anywhere else, then or afterwards. */
#include "lib/crypto/rsa.h"
#include "lib/jwt/jwt.h"
#include "lib/pem/pem.h"
#include "lib/secret/heap.h"
#include "lib/vault/vault.h"

#include <fcntl.h>
#include <inttypes.h>
#include <malloc.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define ARENA_SIZE (48u * 1024)
#define PHRASE_SIZE 24u
#define NOW UINT64_C(1790000000)

/* All that is secret in this process lives here. */
struct protected
{
	struct vault_keys keys;
	uint8_t source[CRYPTO_KEY_SIZE], phrase[PHRASE_SIZE], token[64];
	uint8_t secret[VAULT_SECRET_MAX + 1];
	char jwt[JWT_SIZE];
};

static struct secret_arena arena;

static struct protected *protected(void)
{
	return (struct protected *)(void *)arena.base;
}

struct region {
	const uint8_t *start, *end;
};

static struct region stack;

/* Needs next to no stack, where it looks for what others left there. */
static bool is_in(const struct region *region, const uint8_t wanted[16])
{
	for (const uint8_t *at = region->start; at + 16 <= region->end; at++) {
		at = memchr(at, wanted[0], (size_t)(region->end - at));
		if (!at || at + 16 > region->end)
			return false;
		if (memcmp(at, wanted, 16) == 0)
			return true;
	}
	return false;
}

/* The next part of this process's memory that can be written, without the arena. */
static bool next_region(FILE *maps, struct region *region)
{
	uintptr_t start, end;
	char line[512], mode[5];

	while (fgets(line, sizeof(line), maps)) {
		assert_int_equal(sscanf(line, "%" SCNxPTR "-%" SCNxPTR " %4s", &start, &end, mode),
				 3);
		*region = (struct region){(const uint8_t *)start, (const uint8_t *)end};
		if (region->start != arena.base && mode[0] == 'r' && mode[1] == 'w')
			return true;
	}
	return false;
}

static void find_stack(void)
{
	FILE *maps = fopen("/proc/self/maps", "re");
	const uint8_t *here = (const uint8_t *)&maps;

	while (maps && next_region(maps, &stack)) {
		if (stack.start <= here && here < stack.end)
			break;
	}
	fclose(maps);
}

static bool is_anywhere(const uint8_t wanted[16])
{
	/* First, as reading the list needs the stack too. */
	if (is_in(&stack, wanted))
		return true;
	FILE *maps = fopen("/proc/self/maps", "re");
	struct region region;
	bool found = false;
	assert_non_null(maps);
	while (!found && next_region(maps, &region))
		found = is_in(&region, wanted);
	fclose(maps);
	return found;
}

/* As it is, and in the order in which a computation keeps large numbers. */
static void expect_nowhere(const uint8_t *secret, size_t size)
{
	uint8_t *turned = protected()->secret + VAULT_SECRET_MAX + 1 - 16;

	for (size_t at = 0; at + 16 <= size; at += 8) {
		assert_false(is_anywhere(secret + at));
		for (size_t i = 0; i < 16; i++)
			turned[i] = secret[at + 15 - i];
		assert_false(is_anywhere(turned));
	}
	explicit_bzero(turned, 16);
}

static void expect_keys_nowhere(void)
{
	const struct vault_keys *keys = &protected()->keys;

	expect_nowhere(protected()->source, CRYPTO_KEY_SIZE);
	expect_nowhere(protected()->phrase, PHRASE_SIZE);
	expect_nowhere(keys->kek, CRYPTO_KEY_SIZE);
	for (unsigned i = 0; i < keys->term_count; i++)
		expect_nowhere(keys->terms[i].root, CRYPTO_KEY_SIZE);
}

static struct vault_source key_source(void)
{
	return (struct vault_source){
		VAULT_SOURCE_KEY, "key file", {protected()->source, CRYPTO_KEY_SIZE}};
}

static struct vault_source phrase_source(void)
{
	return (struct vault_source){
		VAULT_SOURCE_PASSPHRASE, "passphrase", {protected()->phrase, PHRASE_SIZE}};
}

static void load(struct vault *vault, uint8_t *file, size_t size)
{
	vault_free(vault);
	assert_int_equal(vault_load(vault, file, size), VAULT_FINE);
}

static void test_the_search_finds_what_there_is(void **state)
{
	uint8_t *leaks[] = {malloc(16), (uint8_t[16]){0}};

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		assert_false(is_anywhere(protected()->source));
		memcpy(leaks[i], protected()->source, 16);
		assert_true(is_anywhere(protected()->source));
		explicit_bzero(leaks[i], 16);
		assert_false(is_anywhere(protected()->source));
	}
	free(leaks[0]);
}

static void test_the_life_of_a_vault(void **state)
{
	const struct vault_source sources[] = {key_source(), phrase_source()};
	struct vault_keys *keys = &protected()->keys;
	struct vault_details details = {.name = "work"};
	struct crypto_bytes token = {protected()->token, sizeof(protected()->token)};
	struct vault_seal seal;
	struct vault vault;
	uint8_t *file;
	size_t size, left;

	(void)state;
	assert_int_equal(vault_create(&vault, keys, sources, 2, NOW), VAULT_FINE);
	assert_int_equal(vault_add(&vault, keys, 1000, &details, token, NOW), VAULT_FINE);
	assert_int_equal(vault_serialize(&vault, keys, &file, &size), VAULT_FINE);
	load(&vault, file, size);
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(vault_unlock(&vault, keys, &sources[i]), VAULT_FINE);
		expect_keys_nowhere();
	}
	assert_int_equal(vault_reveal(&vault, keys, 0, protected()->secret, &size), VAULT_FINE);
	assert_memory_equal(protected()->secret, token.bytes, token.length);
	assert_int_equal(vault_describe(&vault, keys, 0, &details), VAULT_FINE);
	assert_int_equal(vault_touch(&vault, keys, 0, NOW, protected()->secret), VAULT_FINE);
	assert_int_equal(vault_begin_term(&vault, keys, NOW), VAULT_FINE);
	expect_keys_nowhere();
	assert_int_equal(vault_move_entries(&vault, keys, 9, protected()->secret, &left),
			 VAULT_FINE);
	assert_int_equal(vault_rekey(&vault, keys, sources, 2, &seal), VAULT_FINE);
	assert_int_equal(vault_seal_make(&vault, keys, &seal), VAULT_FINE);
	expect_keys_nowhere();
	expect_nowhere(token.bytes, token.length);
	vault_free(&vault);
	/* Room for RSA as well, whose largest blocks are few. */
	assert_true(secret_heap_peak() < 4096);
}

/* Straight into protected memory. */
static size_t read_pem(const char *name, uint8_t *bytes)
{
	char path[128];

	snprintf(path, sizeof(path), "tests/unit/pem/keys/%s.pem", name);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	ssize_t length = read(fd, bytes, VAULT_SECRET_MAX);
	close(fd);
	assert_true(length > 0);
	return (size_t)length;
}

static void sign_with(const char *name, size_t peak)
{
	struct protected *at = protected();
	size_t length = read_pem(name, at->secret);

	assert_int_equal(pem_rsa_key(at->secret, &length), PEM_FINE);
	assert_int_equal(
		jwt_make("12345", NOW, 60, (struct crypto_bytes){at->secret, length}, at->jwt), 0);
	/* Modulus and public exponent are no secrets; the other numbers follow. */
	size_t public = length * 2 / 9 + 16;
	expect_nowhere(at->secret + public, length - public);
	expect_nowhere((const uint8_t *)at->jwt + strlen(at->jwt) - 64, 64);
	assert_true(secret_heap_peak() <= peak);
}

/* The figures of docs/vault.md. */
static void test_keys_of_apps(void **state)
{
	(void)state;
	sign_with("pkcs8-2048", 12288);
	sign_with("pkcs8-4096", 21504);
}

/* A full heap is no attack, and says so. */
static void test_too_little_of_it(void **state)
{
	const struct vault_source source = key_source();
	struct vault_keys *keys = &protected()->keys;
	struct crypto_bytes token = {protected()->token, sizeof(protected()->token)};
	struct vault_details details = {.name = "work"};
	size_t size, length = read_pem("pkcs1-2048", protected()->secret);
	struct vault_seal seal;
	struct vault vault;
	uint8_t *file;

	(void)state;
	assert_int_equal(vault_create(&vault, keys, &source, 1, NOW), VAULT_FINE);
	assert_int_equal(vault_add(&vault, keys, 1, &details, token, NOW), VAULT_FINE);
	assert_int_equal(vault_serialize(&vault, keys, &file, &size), VAULT_FINE);
	assert_int_equal(vault_seal_make(&vault, keys, &seal), VAULT_FINE);
	const struct crypto_bytes sealed = {seal.bytes, seal.size};
	void *all = NULL;
	for (size_t most = ARENA_SIZE; !all; most -= 16)
		all = secret_heap_calloc(1, most);
	assert_int_equal(vault_describe(&vault, keys, 0, &details), VAULT_NO_MEMORY);
	assert_int_equal(vault_touch(&vault, keys, 0, NOW, protected()->secret + 4096),
			 VAULT_NO_MEMORY);
	assert_int_equal(vault_seal_check(&vault, keys, sealed), VAULT_NO_MEMORY);
	assert_int_equal(pem_rsa_key(protected()->secret, &length), PEM_NO_MEMORY);
	load(&vault, file, size);
	assert_int_equal(vault_unlock(&vault, keys, &source), VAULT_NO_MEMORY);
	secret_heap_free(all);
	assert_int_equal(vault_unlock(&vault, keys, &source), VAULT_FINE);
	assert_int_equal(vault_seal_check(&vault, keys, sealed), VAULT_FINE);
	vault_free(&vault);
}

/* Argon2 fills 19 MiB of ordinary memory, and wipes them before it gives them back. */
static void test_argon2_wipes_its_memory(void **state)
{
	const struct vault_source source = phrase_source();
	struct vault vault;
	size_t left = 0;

	(void)state;
	/* So that they stay, to be looked at. */
	assert_int_equal(mallopt(M_MMAP_THRESHOLD, 32 << 20), 1);
	assert_int_equal(mallopt(M_TRIM_THRESHOLD, 64 << 20), 1);
	malloc_trim(0);
	const uint8_t *start = sbrk(0);
	assert_int_equal(vault_create(&vault, &protected()->keys, &source, 1, NOW), VAULT_FINE);
	const uint8_t *end = sbrk(0);
	assert_true(end - start > 18 << 20);
	for (const uint8_t *at = start; at < end; at++)
		left += *at != 0;
	assert_true(left < 4096);
	vault_free(&vault);
}

static void test_nothing_is_left_on_the_heap(void **state)
{
	(void)state;
	assert_true(secret_heap_used() < 3072);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_search_finds_what_there_is),
		cmocka_unit_test(test_the_life_of_a_vault),
		cmocka_unit_test(test_keys_of_apps),
		cmocka_unit_test(test_too_little_of_it),
		cmocka_unit_test(test_argon2_wipes_its_memory),
		cmocka_unit_test(test_nothing_is_left_on_the_heap),
	};

	find_stack();
	if (secret_arena_open(&arena, ARENA_SIZE) < 0 || arena.size != ARENA_SIZE)
		return 1;
	secret_heap_init(&arena, sizeof(struct protected));
	if (crypto_start(secret_heap_calloc, secret_heap_free) < 0 ||
	    crypto_random(protected()->source, CRYPTO_KEY_SIZE) < 0 ||
	    crypto_random(protected()->phrase, PHRASE_SIZE) < 0 ||
	    crypto_random(protected()->token, sizeof(protected()->token)) < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
