/* Signed notes, against texts and signatures that OpenSSL made. */
#include "lib/auditlog/note.h"

#include "lib/auditlog/sign.h"
#include "lib/base/base64.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define ORIGIN "ghward-audit/00112233aabb"
#define KEY                                                                                        \
	ORIGIN "+f1d59449+AjBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABFFcPW6545a5BNP+yn9U/"               \
	       "c0MwemXvzddylFa0KbDtANfRTa+OlDzGPv5pUdZAqIhUCvvDVfgjFOyzApW8X2fk1Q="
#define ROOT "SBNJTRN+FjG7owHVrKtue7eqdM4RhdRWVl71HXN2d7I="
#define SEAL "8PZov2EOXPnxHSqlD5JK2hB5cQDo8F3ghYQt22NwqGc="
#define SIGNATURE                                                                                  \
	"8dWUSTBFAiEA1PlD4ZKuG89EbY+Hvp6/LEQkqSC38ID6grJIECDH7zgCIBgSoGm36F1T5aiqDbJpopg8LCj9cBRo" \
	"3iiTS3mW6t62"
#define EPOCH_SIGNATURE                                                                            \
	"8dWUSTBFAiEA4agFCGoy/xmTvDQb8PnUYe0akqT4DfAWslRjNrmaZy4CIGZvLmf7bpdYsrNCAU59srr/R3LHnTaE" \
	"2KNglF9dlm3J"
#define DASH "\xe2\x80\x94 "

static const char text[] = ORIGIN "\n1234567\n" ROOT "\nseal " SEAL "\n";
static const char note[] =
	ORIGIN "\n1234567\n" ROOT "\nseal " SEAL "\n\n" DASH ORIGIN " " SIGNATURE "\n";

static struct note_key key;

static int set_up(void **state)
{
	(void)state;
	return auditlog_init() < 0 ? -1 : note_key_parse(KEY, strlen(KEY), &key);
}

static void test_a_verifier_key(void **state)
{
	static const uint8_t id[] = {0xf1, 0xd5, 0x94, 0x49};
	char back[NOTE_KEY_SIZE];

	(void)state;
	assert_string_equal(key.origin, ORIGIN);
	assert_memory_equal(key.id, id, sizeof(id));
	assert_int_equal(key.point[0], 4);
	note_key_format(&key, back);
	assert_string_equal(back, KEY);
	assert_true(strlen(KEY) < NOTE_KEY_SIZE);
}

/* Every other byte makes another key or none; only white space at the end is forgiven. */
static void test_a_key_has_one_form(void **state)
{
	struct note_key other;
	char changed[NOTE_KEY_SIZE + 4];

	(void)state;
	for (size_t i = 0; i < strlen(KEY); i++) {
		for (unsigned bit = 0; bit < 8; bit++) {
			memcpy(changed, KEY, sizeof(KEY));
			changed[i] = (char)(changed[i] ^ 1 << bit);
			if (note_key_parse(changed, strlen(KEY), &other) == 0) {
				/* A digit of the log's name, which the key id does not cover. */
				assert_true(i > 12 && i < sizeof(ORIGIN) - 1);
				assert_string_not_equal(other.origin, key.origin);
			}
		}
	}
	for (size_t length = 0; length < strlen(KEY); length++)
		assert_int_equal(note_key_parse(KEY, length, &other), -1);
	assert_int_equal(note_key_parse(KEY "\r\n", strlen(KEY) + 2, &other), 0);
	assert_int_equal(note_key_parse(" " KEY, strlen(KEY) + 1, &other), -1);
	assert_int_equal(note_key_parse(KEY "x", strlen(KEY) + 1, &other), -1);
}

static void test_a_checkpoint(void **state)
{
	struct note_checkpoint checkpoint;
	char back[NOTE_CHECKPOINT_SIZE];

	(void)state;
	assert_int_equal(note_checkpoint_parse(note, strlen(note), &checkpoint), 0);
	assert_string_equal(checkpoint.origin, ORIGIN);
	assert_int_equal(checkpoint.size, 1234567);
	assert_string_equal(checkpoint.signature, SIGNATURE);
	assert_int_equal(note_checkpoint_text(&checkpoint, back), strlen(text));
	assert_string_equal(back, text);
	assert_int_equal(note_checkpoint_format(&checkpoint, back), strlen(note));
	assert_string_equal(back, note);
	assert_int_equal(note_checkpoint_verify(&key, &checkpoint), 0);
}

/* C2SP: a note may carry signatures of others, which are passed over. */
static void test_signatures_of_others(void **state)
{
	static const char cosigned[] = ORIGIN "\n1234567\n" ROOT "\nseal " SEAL "\n\n" DASH
					      "witness.example AAAAAAAA\n" DASH ORIGIN " " SIGNATURE
					      "\n" DASH "other BBBB\n";
	struct note_checkpoint checkpoint;

	(void)state;
	assert_int_equal(note_checkpoint_parse(cosigned, strlen(cosigned), &checkpoint), 0);
	assert_int_equal(note_checkpoint_verify(&key, &checkpoint), 0);
}

/* Any flipped bit: it cannot be read, or it is not what was signed. */
static void test_a_changed_checkpoint(void **state)
{
	struct note_checkpoint checkpoint;
	char changed[sizeof(note)];

	(void)state;
	for (size_t i = 0; i < sizeof(note) - 1; i++) {
		memcpy(changed, note, sizeof(note));
		changed[i] = (char)(changed[i] ^ 1 << i % 8);
		if (note_checkpoint_parse(changed, sizeof(note) - 1, &checkpoint) == 0)
			assert_int_equal(note_checkpoint_verify(&key, &checkpoint), -1);
	}
	for (size_t length = 0; length < sizeof(note) - 1; length++)
		assert_int_equal(note_checkpoint_parse(note, length, &checkpoint), -1);
}

static void test_checkpoints_that_are_none(void **state)
{
	static const char *const sizes[] = {"",
					    "0123",
					    "-1",
					    "+1",
					    "1 ",
					    "0x1",
					    "1e3",
					    "17592186044416",
					    "99999999999999999999"};
	struct note_checkpoint checkpoint;
	char changed[600];

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		int length = snprintf(changed, sizeof(changed), "%s\n%s\n%s", ORIGIN, sizes[i],
				      strstr(note, ROOT));
		assert_int_equal(note_checkpoint_parse(changed, (size_t)length, &checkpoint), -1);
	}
	int length = snprintf(changed, sizeof(changed), "%s\n0\n%s", ORIGIN, strstr(note, ROOT));
	assert_int_equal(note_checkpoint_parse(changed, (size_t)length, &checkpoint), 0);
	assert_int_equal(note_checkpoint_verify(&key, &checkpoint), -1);
}

static void test_an_epoch(void **state)
{
	char epoch[NOTE_CHECKPOINT_SIZE];
	size_t length = note_epoch_text(&key, epoch);

	(void)state;
	assert_string_equal(epoch, "ghward audit epoch\n" KEY "\n");
	assert_int_equal(note_verify(&key, epoch, length, EPOCH_SIGNATURE), 0);
	assert_int_equal(note_verify(&key, epoch, length - 1, EPOCH_SIGNATURE), -1);
	assert_int_equal(note_verify(&key, epoch, length, SIGNATURE), -1);
	assert_int_equal(note_verify(&key, epoch, length, ""), -1);
}

/* A signature that is the same number in another DER is refused. */
static void test_a_signature_has_one_form(void **state)
{
	uint8_t bytes[80];
	char other[128];
	size_t size = 4 + 71;

	(void)state;
	assert_int_equal(base64_decode(SIGNATURE, strlen(SIGNATURE), bytes, size), 0);
	base64_encode(bytes, size, other);
	assert_int_equal(note_verify(&key, text, strlen(text), other), 0);
	/* A byte behind, and a length in long form. */
	base64_encode(bytes, size + 1, other);
	assert_int_equal(note_verify(&key, text, strlen(text), other), -1);
	memmove(bytes + 6, bytes + 5, size - 5);
	bytes[5] = 0x81;
	base64_encode(bytes, size + 1, other);
	assert_int_equal(note_verify(&key, text, strlen(text), other), -1);
}

/* Our own signing: the key that the scalar 01..20 has, and what it signs others can check. */
static void test_signing(void **state)
{
	uint8_t scalar[SIGN_SCALAR_SIZE], fresh[SIGN_SCALAR_SIZE];
	char signature[NOTE_SIGNATURE_SIZE], again[NOTE_SIGNATURE_SIZE];
	struct note_key own = {.origin = ORIGIN}, other = {.origin = ORIGIN};

	(void)state;
	for (size_t i = 0; i < sizeof(scalar); i++)
		scalar[i] = (uint8_t)(i + 1);
	assert_int_equal(sign_public_key(scalar, &own), 0);
	assert_memory_equal(&own, &key, sizeof(key));
	assert_int_equal(sign_text(scalar, &own, text, strlen(text), signature), 0);
	assert_int_equal(note_verify(&key, text, strlen(text), signature), 0);
	/* Deterministic, so that no bad random number gives the key away. */
	assert_int_equal(sign_text(scalar, &own, text, strlen(text), again), 0);
	assert_string_equal(signature, again);
	assert_int_equal(sign_new_key(fresh, &other), 0);
	assert_memory_not_equal(other.point, own.point, sizeof(own.point));
	assert_int_equal(note_verify(&other, text, strlen(text), signature), -1);
	memset(scalar, 0, sizeof(scalar));
	assert_int_equal(sign_public_key(scalar, &own), -1);
}

/* Signatures are 70 to 72 bytes long, and shorter now and then: each must fit. */
static void test_signatures_of_all_lengths(void **state)
{
	uint8_t scalar[SIGN_SCALAR_SIZE] = {7};
	char signature[NOTE_SIGNATURE_SIZE], message[16];
	struct note_key own = {.origin = ORIGIN};
	unsigned seen = 0;

	(void)state;
	assert_int_equal(sign_public_key(scalar, &own), 0);
	for (unsigned i = 0; i < 200; i++) {
		int length = snprintf(message, sizeof(message), "%u", i);
		assert_int_equal(sign_text(scalar, &own, message, (size_t)length, signature), 0);
		assert_int_equal(note_verify(&own, message, (size_t)length, signature), 0);
		seen |= 1u << strlen(signature) % 32;
	}
	assert_true(__builtin_popcount(seen) >= 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_verifier_key),
		cmocka_unit_test(test_a_key_has_one_form),
		cmocka_unit_test(test_a_checkpoint),
		cmocka_unit_test(test_signatures_of_others),
		cmocka_unit_test(test_a_changed_checkpoint),
		cmocka_unit_test(test_checkpoints_that_are_none),
		cmocka_unit_test(test_an_epoch),
		cmocka_unit_test(test_a_signature_has_one_form),
		cmocka_unit_test(test_signing),
		cmocka_unit_test(test_signatures_of_all_lengths),
	};

	return cmocka_run_group_tests(tests, set_up, NULL);
}
