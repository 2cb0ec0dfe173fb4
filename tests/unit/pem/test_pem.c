/* PEM: every form in which GitHub's keys arrive, and a fault of its own for what is none. */
#include "keys.h"

#include "lib/crypto/crypto.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static uint8_t pkcs1[KEY_TEXT_MAX];
static size_t pkcs1_size;

/* Nothing but the DER may be left of the text. */
static enum pem_fault load(const void *text, size_t length, uint8_t der[KEY_TEXT_MAX], size_t *size)
{
	memset(der, 0, KEY_TEXT_MAX);
	memcpy(der, text, length);
	*size = length;
	enum pem_fault fault = pem_rsa_key(der, size);
	if (fault != PEM_FINE)
		assert_int_equal(*size, 0);
	for (size_t i = *size; i < length; i++)
		assert_int_equal(der[i], 0);
	return fault;
}

static void expect(const char *text, size_t length, enum pem_fault fault)
{
	uint8_t der[KEY_TEXT_MAX];
	size_t size;

	assert_int_equal(load(text, length, der, &size), fault);
	if (fault != PEM_FINE)
		return;
	assert_int_equal(size, pkcs1_size);
	assert_memory_equal(der, pkcs1, size);
}

static void test_both_forms_give_one_key(void **state)
{
	static const char *const pairs[][2] = {{"pkcs1-2048", "pkcs8-2048"},
					       {"pkcs1-4096", "pkcs8-4096"}};
	uint8_t first[KEY_TEXT_MAX], second[KEY_TEXT_MAX];

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		size_t size = read_key(pairs[i][0], first);
		assert_true(size > 1000);
		assert_int_equal(first[0], 0x30);
		assert_int_equal(read_key(pairs[i][1], second), size);
		assert_memory_equal(first, second, size);
	}
}

static void test_each_fault_has_its_name(void **state)
{
	static const struct {
		const char *file;
		enum pem_fault fault;
	} cases[] = {
		{"pkcs1-1024", PEM_TOO_SMALL},
		{"pkcs1-4104", PEM_TOO_LARGE},
		{"encrypted-pkcs1", PEM_ENCRYPTED},
		{"encrypted-pkcs8", PEM_ENCRYPTED},
		{"ec-sec1", PEM_NOT_RSA},
		{"ec-pkcs8", PEM_NOT_RSA},
		{"pss", PEM_NOT_RSA},
		{"openssh", PEM_NOT_RSA},
		{"public", PEM_NOT_PRIVATE},
		{"certificate", PEM_NOT_PRIVATE},
	};
	uint8_t text[KEY_TEXT_MAX], der[KEY_TEXT_MAX];
	size_t size;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		size_t length = read_key_text(cases[i].file, text);
		assert_true(length > 0);
		assert_int_equal(load(text, length, der, &size), cases[i].fault);
	}
	expect("", 0, PEM_NOT_PEM);
	expect("ghp_0123456789", 14, PEM_NOT_PEM);
	expect("-----BEGIN SOMETHING-----\n", 26, PEM_NOT_RSA);
	for (enum pem_fault fault = PEM_FINE; fault < PEM_FAULTS; fault++)
		assert_string_not_equal(pem_fault_text(fault), "unknown");
}

/* Replaces each line feed; returns the text's new length. */
static size_t with_line_ends(const char *text, size_t length, const char *end, char *out)
{
	char *at = out;

	for (size_t i = 0; i < length; i++) {
		if (text[i] == '\n')
			at = stpcpy(at, end);
		else
			*at++ = text[i];
	}
	return (size_t)(at - out);
}

static void test_any_line_ends(void **state)
{
	static const char *const ends[] = {"\n", "\r\n", "\\n", "\\r\\n", " ", "\n\n", "\t\r"};
	char text[KEY_TEXT_MAX], changed[KEY_TEXT_MAX];
	size_t length = read_key_text("pkcs1-2048", (uint8_t *)text);

	(void)state;
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
		expect(changed, with_line_ends(text, length, ends[i], changed), PEM_FINE);
	/* Without the last one, and none at all within the base64. */
	expect(text, length - 1, PEM_FINE);
	expect(changed, with_line_ends(text, length, "", changed), PEM_FINE);
}

static void test_words_before_it_are_skipped(void **state)
{
	char text[2 * KEY_TEXT_MAX] = "The key of our App, made in spring:\n\n";
	size_t before = strlen(text);
	size_t length = read_key_text("pkcs8-2048", (uint8_t *)text + before);

	(void)state;
	expect(text, before + length, PEM_FINE);
}

static void test_anything_behind_it_is_refused(void **state)
{
	char text[2 * KEY_TEXT_MAX];
	size_t length = read_key_text("pkcs1-2048", (uint8_t *)text);
	size_t second = read_key_text("pkcs8-2048", (uint8_t *)text + length);

	(void)state;
	expect(text, length + second, PEM_DAMAGED);
	expect(text, length + 1, PEM_DAMAGED);
	text[length] = 0;
	expect(text, length + 1, PEM_DAMAGED);
}

static void test_every_cut_shows(void **state)
{
	char text[KEY_TEXT_MAX];
	size_t length = read_key_text("pkcs8-2048", (uint8_t *)text);

	(void)state;
	for (size_t cut = 0; cut < length - 1; cut++) {
		uint8_t der[KEY_TEXT_MAX];
		size_t size;
		assert_int_not_equal(load(text, cut, der, &size), PEM_FINE);
	}
}

/* Whatever single character is changed: it is refused, or it was no part of the key. */
static void test_every_change_shows(void **state)
{
	static const char to[] = "A+=-\\: ";
	char text[KEY_TEXT_MAX];
	size_t length = read_key_text("pkcs1-2048", (uint8_t *)text);
	unsigned refused = 0, tried = 0;

	(void)state;
	for (size_t at = 0; at < length; at += 7) {
		uint8_t der[KEY_TEXT_MAX];
		size_t size;
		char kept = text[at];
		text[at] = to[at % (sizeof(to) - 1)];
		if (load(text, length, der, &size) == PEM_FINE) {
			assert_int_equal(size, pkcs1_size);
			assert_memory_equal(der, pkcs1, size);
		} else {
			refused++;
		}
		text[at] = kept;
		tried++;
	}
	assert_true(refused > tried * 9 / 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_both_forms_give_one_key),
		cmocka_unit_test(test_each_fault_has_its_name),
		cmocka_unit_test(test_any_line_ends),
		cmocka_unit_test(test_words_before_it_are_skipped),
		cmocka_unit_test(test_anything_behind_it_is_refused),
		cmocka_unit_test(test_every_cut_shows),
		cmocka_unit_test(test_every_change_shows),
	};

	if (crypto_start(NULL, NULL) < 0)
		return 1;
	pkcs1_size = read_key("pkcs1-2048", pkcs1);
	return pkcs1_size ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
