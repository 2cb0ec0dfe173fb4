/* RSA signatures over PSA. */
#include "lib/crypto/rsa.h"

#include "lib/crypto/outcome.h"

#include <mbedtls/pk.h>
#include <mbedtls/psa_util.h>
#include <mbedtls/rsa.h>
#include <string.h>

#define ALGORITHM PSA_ALG_RSA_PKCS1V15_SIGN(PSA_ALG_SHA_256)

static psa_status_t import(struct crypto_bytes der, psa_key_id_t *id)
{
	psa_key_attributes_t attributes = PSA_KEY_ATTRIBUTES_INIT;

	psa_set_key_type(&attributes, PSA_KEY_TYPE_RSA_KEY_PAIR);
	psa_set_key_algorithm(&attributes, ALGORITHM);
	psa_set_key_usage_flags(&attributes, PSA_KEY_USAGE_SIGN_MESSAGE);
	psa_status_t status = psa_import_key(&attributes, der.bytes, der.length, id);
	if (status == PSA_SUCCESS)
		status = psa_get_key_attributes(*id, &attributes);
	size_t bits = psa_get_key_bits(&attributes);
	psa_reset_key_attributes(&attributes);
	if (status == PSA_SUCCESS && (bits < CRYPTO_RSA_BITS_MIN || bits > CRYPTO_RSA_BITS_MAX))
		status = PSA_ERROR_NOT_SUPPORTED;
	return status;
}

int crypto_rsa_sign(struct crypto_bytes der, struct crypto_bytes data,
		    uint8_t signature[CRYPTO_RSA_SIGNATURE_MAX], size_t *length)
{
	psa_key_id_t id = PSA_KEY_ID_NULL;
	psa_status_t status = import(der, &id);

	*length = 0;
	/* mbedTLS checks what it has signed: a key whose primes do not fit would show them. */
	if (status == PSA_SUCCESS)
		status = psa_sign_message(id, ALGORITHM, data.bytes, data.length, signature,
					  CRYPTO_RSA_SIGNATURE_MAX, length);
	psa_destroy_key(id);
	if (status != PSA_SUCCESS) {
		explicit_bzero(signature, CRYPTO_RSA_SIGNATURE_MAX);
		*length = 0;
	}
	return crypto_outcome(status);
}

/* All of the key's numbers go together. A signature by its primes alone does not tell: the private
 * exponent takes no part in it. */
static psa_status_t check_numbers(struct crypto_bytes der)
{
	mbedtls_pk_context key;

	mbedtls_pk_init(&key);
	int status = mbedtls_pk_parse_key(&key, der.bytes, der.length, NULL, 0,
					  mbedtls_psa_get_random, MBEDTLS_PSA_RANDOM_STATE);
	if (status == 0)
		status = mbedtls_pk_get_type(&key) == MBEDTLS_PK_RSA
				 ? mbedtls_rsa_check_privkey(mbedtls_pk_rsa(key))
				 : MBEDTLS_ERR_PK_TYPE_MISMATCH;
	mbedtls_pk_free(&key);
	if (status == 0)
		return PSA_SUCCESS;
	/* The lower part of a code says what went wrong with a number. */
	return (-status & 0x7f) == -MBEDTLS_ERR_MPI_ALLOC_FAILED ? PSA_ERROR_INSUFFICIENT_MEMORY
								 : PSA_ERROR_INVALID_ARGUMENT;
}

int crypto_rsa_check(struct crypto_bytes der)
{
	uint8_t signature[CRYPTO_RSA_SIGNATURE_MAX];
	size_t length;

	if (crypto_rsa_sign(der, (struct crypto_bytes){"ghward", 6}, signature, &length) < 0)
		return -1;
	return crypto_outcome(check_numbers(der));
}
