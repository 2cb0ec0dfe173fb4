/* C2SP signed notes: reading and checking. */
#include "lib/auditlog/note.h"

#include "lib/base/base64.h"

#include <mbedtls/psa_util.h>
#include <psa/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SIGNATURE_TYPE_ECDSA 0x02
#define RAW_SIGNATURE_SIZE ((size_t)64)
#define DER_SIGNATURE_MAX ((size_t)72)
#define POINT_BITS 256

/* A SubjectPublicKeyInfo of an uncompressed point on P-256 (RFC 5480), up to the point. */
static const uint8_t spki_prefix[] = {0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48,
				      0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48,
				      0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00};
#define SPKI_SIZE (sizeof(spki_prefix) + NOTE_POINT_SIZE)

/* What a verifier key has behind the last plus. */
#define KEY_BYTES (1 + SPKI_SIZE)
#define KEY_TEXT_LENGTH BASE64_LENGTH(KEY_BYTES)

static const char signature_line[] = "\xe2\x80\x94 "; /* em dash */

void note_hash(const void *bytes, size_t length, uint8_t hash[AUDITLOG_HASH_SIZE])
{
	size_t written;

	if (psa_hash_compute(PSA_ALG_SHA_256, bytes, length, hash, AUDITLOG_HASH_SIZE, &written) !=
	    PSA_SUCCESS)
		abort(); /* without a hash there is no log */
}

/* --- keys --- */

void note_key_init(struct note_key *key, const char origin[NOTE_ORIGIN_SIZE],
		   const uint8_t point[NOTE_POINT_SIZE])
{
	uint8_t spki[SPKI_SIZE], hash[AUDITLOG_HASH_SIZE];

	/* Both may be the key's own. */
	memmove(key->origin, origin, NOTE_ORIGIN_SIZE);
	memmove(key->point, point, NOTE_POINT_SIZE);
	memcpy(spki, spki_prefix, sizeof(spki_prefix));
	memcpy(spki + sizeof(spki_prefix), key->point, NOTE_POINT_SIZE);
	note_hash(spki, sizeof(spki), hash);
	memcpy(key->id, hash, NOTE_KEY_ID_SIZE);
}

void note_key_format(const struct note_key *key, char text[NOTE_KEY_SIZE])
{
	uint8_t bytes[KEY_BYTES] = {SIGNATURE_TYPE_ECDSA};
	char encoded[KEY_TEXT_LENGTH + 1];

	memcpy(bytes + 1, spki_prefix, sizeof(spki_prefix));
	memcpy(bytes + 1 + sizeof(spki_prefix), key->point, NOTE_POINT_SIZE);
	base64_encode(bytes, sizeof(bytes), encoded);
	snprintf(text, NOTE_KEY_SIZE, "%s+%02x%02x%02x%02x+%s", key->origin, key->id[0], key->id[1],
		 key->id[2], key->id[3], encoded);
}

/* The name of a log: the prefix and 12 hexadecimal digits. */
static int parse_origin(const char *text, size_t length, char origin[NOTE_ORIGIN_SIZE])
{
	static const char digits[] = "0123456789abcdef";
	const size_t prefix = sizeof(NOTE_ORIGIN_PREFIX) - 1;

	if (length != NOTE_ORIGIN_SIZE - 1 || memcmp(text, NOTE_ORIGIN_PREFIX, prefix) != 0 ||
	    strspn(text + prefix, digits) < AUDITLOG_ID_LENGTH)
		return -1;
	memcpy(origin, text, length);
	origin[length] = 0;
	return 0;
}

int note_key_parse(const char *text, size_t length, struct note_key *key)
{
	char copy[NOTE_KEY_SIZE], again[NOTE_KEY_SIZE], origin[NOTE_ORIGIN_SIZE];
	uint8_t bytes[KEY_BYTES];

	while (length && strchr(" \t\r\n", text[length - 1]))
		length--;
	if (length >= sizeof(copy) || length < NOTE_ORIGIN_SIZE + KEY_TEXT_LENGTH)
		return -1;
	memcpy(copy, text, length);
	copy[length] = 0;
	if (parse_origin(copy, NOTE_ORIGIN_SIZE - 1, origin) < 0 ||
	    base64_decode(copy + length - KEY_TEXT_LENGTH, KEY_TEXT_LENGTH, bytes, KEY_BYTES) < 0)
		return -1;
	note_key_init(key, origin, bytes + 1 + sizeof(spki_prefix));
	/* One key has one form: type, prefix and key id are checked by writing it anew. */
	note_key_format(key, again);
	return strcmp(copy, again) == 0 ? 0 : -1;
}

/* --- texts --- */

size_t note_epoch_text(const struct note_key *next, char text[NOTE_CHECKPOINT_SIZE])
{
	char key[NOTE_KEY_SIZE];

	note_key_format(next, key);
	return (size_t)snprintf(text, NOTE_CHECKPOINT_SIZE, "ghward audit epoch\n%s\n", key);
}

size_t note_checkpoint_text(const struct note_checkpoint *checkpoint,
			    char text[NOTE_CHECKPOINT_SIZE])
{
	char root[BASE64_LENGTH(AUDITLOG_HASH_SIZE) + 1], seal[sizeof(root)];

	base64_encode(checkpoint->root, AUDITLOG_HASH_SIZE, root);
	base64_encode(checkpoint->seal, AUDITLOG_HASH_SIZE, seal);
	return (size_t)snprintf(text, NOTE_CHECKPOINT_SIZE, "%s\n%llu\n%s\nseal %s\n",
				checkpoint->origin, (unsigned long long)checkpoint->size, root,
				seal);
}

size_t note_checkpoint_format(const struct note_checkpoint *checkpoint,
			      char text[NOTE_CHECKPOINT_SIZE])
{
	size_t used = note_checkpoint_text(checkpoint, text);

	return used + (size_t)snprintf(text + used, NOTE_CHECKPOINT_SIZE - used, "\n%s%s %s\n",
				       signature_line, checkpoint->origin, checkpoint->signature);
}

struct lines {
	const char *at;
	size_t left;
};

/* The next line, without its end. Returns false when there is none. */
static bool next_line(struct lines *lines, const char **line, size_t *length)
{
	const char *end = lines->left ? memchr(lines->at, '\n', lines->left) : NULL;

	if (!end)
		return false;
	*line = lines->at;
	*length = (size_t)(end - lines->at);
	lines->left -= *length + 1;
	lines->at = end + 1;
	return true;
}

static int parse_size(const char *text, size_t length, uint64_t *size)
{
	*size = 0;
	if (length == 0 || length > 14 || (length > 1 && *text == '0'))
		return -1;
	for (size_t i = 0; i < length; i++) {
		if (text[i] < '0' || text[i] > '9')
			return -1;
		*size = *size * 10 + (uint64_t)(text[i] - '0');
	}
	return *size <= AUDITLOG_SEQ_MAX ? 0 : -1;
}

static int parse_hash(const char *text, size_t length, uint8_t hash[AUDITLOG_HASH_SIZE])
{
	return base64_decode(text, length, hash, AUDITLOG_HASH_SIZE);
}

/* The four lines of the signed text, and the empty one. */
static int parse_text(struct lines *lines, struct note_checkpoint *checkpoint)
{
	static const char seal[] = "seal ";
	const char *line;
	size_t length;

	if (!next_line(lines, &line, &length) || parse_origin(line, length, checkpoint->origin) < 0)
		return -1;
	if (!next_line(lines, &line, &length) || parse_size(line, length, &checkpoint->size) < 0)
		return -1;
	if (!next_line(lines, &line, &length) || parse_hash(line, length, checkpoint->root) < 0)
		return -1;
	if (!next_line(lines, &line, &length) || length < sizeof(seal) - 1 ||
	    memcmp(line, seal, sizeof(seal) - 1) != 0 ||
	    parse_hash(line + sizeof(seal) - 1, length - (sizeof(seal) - 1), checkpoint->seal) < 0)
		return -1;
	return next_line(lines, &line, &length) && length == 0 ? 0 : -1;
}

/* "— ORIGIN SIGNATURE". Returns false for somebody else's. */
static bool take_signature(const char *line, size_t length, struct note_checkpoint *checkpoint)
{
	const size_t dash = sizeof(signature_line) - 1, name = strlen(checkpoint->origin);
	const size_t before = dash + name + 1;

	if (length <= before || length - before >= NOTE_SIGNATURE_SIZE ||
	    memcmp(line, signature_line, dash) != 0 ||
	    memcmp(line + dash, checkpoint->origin, name) != 0 || line[before - 1] != ' ' ||
	    memchr(line + before, 0, length - before))
		return false;
	memcpy(checkpoint->signature, line + before, length - before);
	checkpoint->signature[length - before] = 0;
	return true;
}

int note_checkpoint_parse(const char *text, size_t length, struct note_checkpoint *checkpoint)
{
	struct lines lines = {text, length};
	bool found = false;
	const char *line;

	memset(checkpoint, 0, sizeof(*checkpoint));
	if (parse_text(&lines, checkpoint) < 0)
		return -1;
	while (!found && next_line(&lines, &line, &length))
		found = take_signature(line, length, checkpoint);
	return found ? 0 : -1;
}

/* --- signatures --- */

/* The four bytes of key id and r || s, from base64 of key id and DER. */
static int parse_signature(const char *text, uint8_t id[NOTE_KEY_ID_SIZE],
			   uint8_t raw[RAW_SIGNATURE_SIZE])
{
	uint8_t bytes[NOTE_KEY_ID_SIZE + DER_SIGNATURE_MAX], der[DER_SIGNATURE_MAX];
	size_t length = strlen(text), size = length / 4 * 3, raw_length, der_length;

	if (length < 4 || length % 4 != 0)
		return -1;
	size -= (size_t)(text[length - 1] == '=') + (size_t)(text[length - 2] == '=');
	if (size <= NOTE_KEY_ID_SIZE || size > sizeof(bytes) ||
	    base64_decode(text, length, bytes, size) < 0)
		return -1;
	memcpy(id, bytes, NOTE_KEY_ID_SIZE);
	/* Written anew, a signature in another form than DER's would differ. */
	if (mbedtls_ecdsa_der_to_raw(POINT_BITS, bytes + NOTE_KEY_ID_SIZE, size - NOTE_KEY_ID_SIZE,
				     raw, RAW_SIGNATURE_SIZE, &raw_length) != 0 ||
	    mbedtls_ecdsa_raw_to_der(POINT_BITS, raw, raw_length, der, sizeof(der), &der_length) !=
		    0 ||
	    der_length != size - NOTE_KEY_ID_SIZE ||
	    memcmp(der, bytes + NOTE_KEY_ID_SIZE, der_length) != 0)
		return -1;
	return 0;
}

int note_verify(const struct note_key *key, const char *text, size_t length, const char *signature)
{
	psa_key_attributes_t attributes = PSA_KEY_ATTRIBUTES_INIT;
	uint8_t id[NOTE_KEY_ID_SIZE], raw[RAW_SIGNATURE_SIZE];
	psa_key_id_t handle;

	if (parse_signature(signature, id, raw) < 0 || memcmp(id, key->id, sizeof(id)) != 0)
		return -1;
	psa_set_key_type(&attributes, PSA_KEY_TYPE_ECC_PUBLIC_KEY(PSA_ECC_FAMILY_SECP_R1));
	psa_set_key_usage_flags(&attributes, PSA_KEY_USAGE_VERIFY_MESSAGE);
	psa_set_key_algorithm(&attributes, PSA_ALG_ECDSA(PSA_ALG_SHA_256));
	if (psa_import_key(&attributes, key->point, NOTE_POINT_SIZE, &handle) != PSA_SUCCESS)
		return -1;
	psa_status_t status = psa_verify_message(handle, PSA_ALG_ECDSA(PSA_ALG_SHA_256),
						 (const uint8_t *)text, length, raw, sizeof(raw));
	psa_destroy_key(handle);
	return status == PSA_SUCCESS ? 0 : -1;
}

int note_checkpoint_verify(const struct note_key *key, const struct note_checkpoint *checkpoint)
{
	char text[NOTE_CHECKPOINT_SIZE];
	size_t length = note_checkpoint_text(checkpoint, text);

	if (strcmp(key->origin, checkpoint->origin) != 0)
		return -1;
	return note_verify(key, text, length, checkpoint->signature);
}
