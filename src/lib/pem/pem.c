/* Private keys in PEM. */
#include "lib/pem/pem.h"

#include "lib/crypto/rsa.h"
#include "lib/pem/armour.h"

#include <errno.h>
#include <mbedtls/asn1.h>
#include <mbedtls/oid.h>
#include <stdbool.h>
#include <string.h>

const char *pem_fault_text(enum pem_fault fault)
{
	static const char *const texts[PEM_FAULTS] = {
		[PEM_FINE] = "it is fine",
		[PEM_NOT_PEM] = "it is not PEM: its first line does not announce a private key",
		[PEM_NOT_PRIVATE] = "it is a public key or a certificate, not a private key",
		[PEM_ENCRYPTED] = "it is encrypted: decrypt it first, \"openssl rsa -in FILE\"",
		[PEM_NOT_RSA] = "it is not an RSA key in PKCS#1 or PKCS#8, as GitHub makes them",
		[PEM_TOO_SMALL] = "it has fewer than 2048 bits",
		[PEM_TOO_LARGE] = "it has more than 4096 bits",
		[PEM_DAMAGED] = "it is damaged: cut off, altered, or followed by something else",
		[PEM_NO_MEMORY] = "there is not enough protected memory for it",
	};

	return fault < PEM_FAULTS ? texts[fault] : "unknown";
}

/* What is left of the DER. */
struct der {
	unsigned char *at;
	const unsigned char *end;
};

static bool enter(const struct der *der, int tag, struct der *inside, struct der *behind)
{
	unsigned char *at = der->at;
	size_t length;

	if (mbedtls_asn1_get_tag(&at, der->end, &length, tag) != 0)
		return false;
	*inside = (struct der){at, at + length};
	*behind = (struct der){at + length, der->end};
	return true;
}

#define SEQUENCE (MBEDTLS_ASN1_CONSTRUCTED | MBEDTLS_ASN1_SEQUENCE)

/* The sequence that is all there is. */
static bool enter_whole(const struct der *der, struct der *inside)
{
	struct der behind;

	return enter(der, SEQUENCE, inside, &behind) && behind.at == behind.end;
}

/* PrivateKeyInfo (RFC 5208): version, algorithm, the key in an octet string; attributes may follow.
 */
static enum pem_fault unwrap_pkcs8(struct der *der)
{
	struct der info, version, algorithm, oid, key;

	if (!enter_whole(der, &info) || !enter(&info, MBEDTLS_ASN1_INTEGER, &version, &info) ||
	    !enter(&info, SEQUENCE, &algorithm, &info) ||
	    !enter(&algorithm, MBEDTLS_ASN1_OID, &oid, &algorithm) ||
	    !enter(&info, MBEDTLS_ASN1_OCTET_STRING, &key, &info))
		return PEM_DAMAGED;
	size_t length = (size_t)(oid.end - oid.at);
	if (length != MBEDTLS_OID_SIZE(MBEDTLS_OID_PKCS1_RSA) ||
	    memcmp(oid.at, MBEDTLS_OID_PKCS1_RSA, length) != 0)
		return PEM_NOT_RSA;
	*der = key;
	return PEM_FINE;
}

static size_t bits_of(const struct der *number)
{
	size_t length = (size_t)(number->end - number->at), bits = length * 8;

	for (size_t i = 0; i < length && !number->at[i]; i++)
		bits -= 8;
	for (size_t i = 0; i < length; i++) {
		if (number->at[i])
			return bits - (size_t)(__builtin_clz(number->at[i]) - 24);
	}
	return 0;
}

/* RSAPrivateKey (RFC 8017): version, modulus and so on. */
static enum pem_fault judge_pkcs1(const struct der *der)
{
	struct der key, version, modulus;

	if (!enter_whole(der, &key) || !enter(&key, MBEDTLS_ASN1_INTEGER, &version, &key) ||
	    !enter(&key, MBEDTLS_ASN1_INTEGER, &modulus, &key))
		return PEM_DAMAGED;
	size_t bits = bits_of(&modulus);
	if (bits < CRYPTO_RSA_BITS_MIN)
		return PEM_TOO_SMALL;
	if (bits > CRYPTO_RSA_BITS_MAX)
		return PEM_TOO_LARGE;
	if (crypto_rsa_check((struct crypto_bytes){der->at, (size_t)(der->end - der->at)}) == 0)
		return PEM_FINE;
	return errno == ENOMEM ? PEM_NO_MEMORY : PEM_DAMAGED;
}

enum pem_fault pem_rsa_key(uint8_t *bytes, size_t *length)
{
	size_t whole = *length;
	enum pem_form form;
	enum pem_fault fault = pem_decode(bytes, length, &form);
	struct der der = {bytes, bytes + *length};

	if (fault == PEM_FINE && form == PEM_FORM_PKCS8)
		fault = unwrap_pkcs8(&der);
	if (fault == PEM_FINE)
		fault = judge_pkcs1(&der);
	*length = fault == PEM_FINE ? (size_t)(der.end - der.at) : 0;
	memmove(bytes, der.at, *length);
	explicit_bzero(bytes + *length, whole - *length);
	return fault;
}
