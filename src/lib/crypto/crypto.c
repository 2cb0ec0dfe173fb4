/* Cryptography over PSA. */
#include "lib/crypto/crypto.h"

#include "lib/crypto/outcome.h"

#include <errno.h>
#include <mbedtls/platform.h>
#include <string.h>

int crypto_outcome(psa_status_t status)
{
	if (status == PSA_SUCCESS)
		return 0;
	errno = status == PSA_ERROR_INSUFFICIENT_MEMORY ? ENOMEM
		: status == PSA_ERROR_INVALID_SIGNATURE ? EBADMSG
							: EIO;
	return -1;
}

int crypto_start(void *(*calloc_in)(size_t, size_t), void (*free_in)(void *))
{
	if (calloc_in && mbedtls_platform_set_calloc_free(calloc_in, free_in) != 0)
		return crypto_outcome(PSA_ERROR_GENERIC_ERROR);
	return crypto_outcome(psa_crypto_init());
}

int crypto_random(void *bytes, size_t length)
{
	return crypto_outcome(psa_generate_random(bytes, length));
}

int crypto_sha256(struct crypto_bytes message, uint8_t hash[CRYPTO_HASH_SIZE])
{
	size_t length = 0;
	psa_status_t status = psa_hash_compute(PSA_ALG_SHA_256, message.bytes, message.length, hash,
					       CRYPTO_HASH_SIZE, &length);

	return status == PSA_SUCCESS && length == CRYPTO_HASH_SIZE ? 0 : -1;
}

static psa_status_t import(const uint8_t key[CRYPTO_KEY_SIZE], psa_key_type_t type,
			   psa_algorithm_t algorithm, psa_key_usage_t usage, psa_key_id_t *id)
{
	psa_key_attributes_t attributes = PSA_KEY_ATTRIBUTES_INIT;

	psa_set_key_type(&attributes, type);
	psa_set_key_algorithm(&attributes, algorithm);
	psa_set_key_usage_flags(&attributes, usage);
	return psa_import_key(&attributes, key, CRYPTO_KEY_SIZE, id);
}

int crypto_derive(const uint8_t key[CRYPTO_KEY_SIZE], struct crypto_bytes salt,
		  struct crypto_bytes info, uint8_t derived[CRYPTO_KEY_SIZE])
{
	const psa_algorithm_t algorithm = PSA_ALG_HKDF(PSA_ALG_SHA_256);
	psa_key_derivation_operation_t operation = PSA_KEY_DERIVATION_OPERATION_INIT;
	psa_key_id_t id = PSA_KEY_ID_NULL;
	psa_status_t status;

	status = import(key, PSA_KEY_TYPE_DERIVE, algorithm, PSA_KEY_USAGE_DERIVE, &id);
	if (status == PSA_SUCCESS)
		status = psa_key_derivation_setup(&operation, algorithm);
	if (status == PSA_SUCCESS)
		status = psa_key_derivation_input_bytes(&operation, PSA_KEY_DERIVATION_INPUT_SALT,
							salt.bytes, salt.length);
	if (status == PSA_SUCCESS)
		status = psa_key_derivation_input_key(&operation, PSA_KEY_DERIVATION_INPUT_SECRET,
						      id);
	if (status == PSA_SUCCESS)
		status = psa_key_derivation_input_bytes(&operation, PSA_KEY_DERIVATION_INPUT_INFO,
							info.bytes, info.length);
	if (status == PSA_SUCCESS)
		status = psa_key_derivation_output_bytes(&operation, derived, CRYPTO_KEY_SIZE);
	psa_key_derivation_abort(&operation);
	psa_destroy_key(id);
	return crypto_outcome(status);
}

int crypto_seal(const uint8_t key[CRYPTO_KEY_SIZE], const uint8_t nonce[CRYPTO_NONCE_SIZE],
		struct crypto_bytes additional, struct crypto_bytes plain, uint8_t *sealed)
{
	psa_key_id_t id = PSA_KEY_ID_NULL;
	size_t length = 0;
	psa_status_t status =
		import(key, PSA_KEY_TYPE_AES, PSA_ALG_GCM, PSA_KEY_USAGE_ENCRYPT, &id);

	if (status == PSA_SUCCESS)
		status = psa_aead_encrypt(id, PSA_ALG_GCM, nonce, CRYPTO_NONCE_SIZE,
					  additional.bytes, additional.length, plain.bytes,
					  plain.length, sealed, plain.length + CRYPTO_TAG_SIZE,
					  &length);
	psa_destroy_key(id);
	return crypto_outcome(status);
}

int crypto_open(const uint8_t key[CRYPTO_KEY_SIZE], const uint8_t nonce[CRYPTO_NONCE_SIZE],
		struct crypto_bytes additional, struct crypto_bytes sealed, uint8_t *plain)
{
	psa_key_id_t id = PSA_KEY_ID_NULL;
	size_t length = 0;
	psa_status_t status;

	if (sealed.length < CRYPTO_TAG_SIZE)
		return crypto_outcome(PSA_ERROR_INVALID_SIGNATURE);
	status = import(key, PSA_KEY_TYPE_AES, PSA_ALG_GCM, PSA_KEY_USAGE_DECRYPT, &id);
	if (status == PSA_SUCCESS)
		status = psa_aead_decrypt(id, PSA_ALG_GCM, nonce, CRYPTO_NONCE_SIZE,
					  additional.bytes, additional.length, sealed.bytes,
					  sealed.length, plain, sealed.length - CRYPTO_TAG_SIZE,
					  &length);
	psa_destroy_key(id);
	return crypto_outcome(status);
}

int crypto_mac(const uint8_t key[CRYPTO_KEY_SIZE], struct crypto_bytes data,
	       uint8_t mac[CRYPTO_MAC_SIZE])
{
	const psa_algorithm_t algorithm = PSA_ALG_HMAC(PSA_ALG_SHA_256);
	psa_key_id_t id = PSA_KEY_ID_NULL;
	size_t length = 0;
	psa_status_t status =
		import(key, PSA_KEY_TYPE_HMAC, algorithm, PSA_KEY_USAGE_SIGN_MESSAGE, &id);

	if (status == PSA_SUCCESS)
		status = psa_mac_compute(id, algorithm, data.bytes, data.length, mac,
					 CRYPTO_MAC_SIZE, &length);
	psa_destroy_key(id);
	return crypto_outcome(status);
}

int crypto_mac_verify(const uint8_t key[CRYPTO_KEY_SIZE], struct crypto_bytes data,
		      const uint8_t mac[CRYPTO_MAC_SIZE])
{
	const psa_algorithm_t algorithm = PSA_ALG_HMAC(PSA_ALG_SHA_256);
	psa_key_id_t id = PSA_KEY_ID_NULL;
	psa_status_t status =
		import(key, PSA_KEY_TYPE_HMAC, algorithm, PSA_KEY_USAGE_VERIFY_MESSAGE, &id);

	if (status == PSA_SUCCESS)
		status = psa_mac_verify(id, algorithm, data.bytes, data.length, mac,
					CRYPTO_MAC_SIZE);
	psa_destroy_key(id);
	return crypto_outcome(status);
}
