/* Keys of epochs, and signing with them. */
#include "lib/auditlog/sign.h"

#include "lib/base/base64.h"

#include <mbedtls/psa_util.h>
#include <psa/crypto.h>
#include <string.h>

#define ALGORITHM PSA_ALG_DETERMINISTIC_ECDSA(PSA_ALG_SHA_256)
#define RAW_SIGNATURE_SIZE ((size_t)64)
#define DER_SIGNATURE_MAX ((size_t)72)
#define POINT_BITS 256

static psa_key_attributes_t key_attributes(psa_key_usage_t usage)
{
	psa_key_attributes_t attributes = PSA_KEY_ATTRIBUTES_INIT;

	psa_set_key_type(&attributes, PSA_KEY_TYPE_ECC_KEY_PAIR(PSA_ECC_FAMILY_SECP_R1));
	psa_set_key_bits(&attributes, POINT_BITS);
	psa_set_key_usage_flags(&attributes, usage);
	psa_set_key_algorithm(&attributes, ALGORITHM);
	return attributes;
}

static int get_public_key(psa_key_id_t handle, struct note_key *key)
{
	uint8_t point[NOTE_POINT_SIZE];
	char origin[NOTE_ORIGIN_SIZE];
	size_t length;

	if (psa_export_public_key(handle, point, sizeof(point), &length) != PSA_SUCCESS ||
	    length != sizeof(point))
		return -1;
	memcpy(origin, key->origin, sizeof(origin));
	note_key_init(key, origin, point);
	return 0;
}

int sign_new_key(uint8_t scalar[SIGN_SCALAR_SIZE], struct note_key *key)
{
	psa_key_attributes_t attributes = key_attributes(PSA_KEY_USAGE_EXPORT);
	psa_key_id_t handle;
	size_t length;

	if (psa_generate_key(&attributes, &handle) != PSA_SUCCESS)
		return -1;
	int status = psa_export_key(handle, scalar, SIGN_SCALAR_SIZE, &length) == PSA_SUCCESS &&
				     length == SIGN_SCALAR_SIZE
			     ? get_public_key(handle, key)
			     : -1;
	psa_destroy_key(handle);
	return status;
}

int sign_public_key(const uint8_t scalar[SIGN_SCALAR_SIZE], struct note_key *key)
{
	psa_key_attributes_t attributes = key_attributes(PSA_KEY_USAGE_EXPORT);
	psa_key_id_t handle;

	if (psa_import_key(&attributes, scalar, SIGN_SCALAR_SIZE, &handle) != PSA_SUCCESS)
		return -1;
	int status = get_public_key(handle, key);
	psa_destroy_key(handle);
	return status;
}

int sign_text(const uint8_t scalar[SIGN_SCALAR_SIZE], const struct note_key *key, const char *text,
	      size_t length, char signature[NOTE_SIGNATURE_SIZE])
{
	psa_key_attributes_t attributes = key_attributes(PSA_KEY_USAGE_SIGN_MESSAGE);
	uint8_t raw[RAW_SIGNATURE_SIZE], bytes[NOTE_KEY_ID_SIZE + DER_SIGNATURE_MAX];
	size_t raw_length, der_length;
	psa_key_id_t handle;

	if (psa_import_key(&attributes, scalar, SIGN_SCALAR_SIZE, &handle) != PSA_SUCCESS)
		return -1;
	psa_status_t status = psa_sign_message(handle, ALGORITHM, (const uint8_t *)text, length,
					       raw, sizeof(raw), &raw_length);
	psa_destroy_key(handle);
	if (status != PSA_SUCCESS ||
	    mbedtls_ecdsa_raw_to_der(POINT_BITS, raw, raw_length, bytes + NOTE_KEY_ID_SIZE,
				     DER_SIGNATURE_MAX, &der_length) != 0)
		return -1;
	memcpy(bytes, key->id, NOTE_KEY_ID_SIZE);
	base64_encode(bytes, NOTE_KEY_ID_SIZE + der_length, signature);
	return 0;
}
