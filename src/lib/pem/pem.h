/* Private keys as GitHub hands them out: RSA in PEM (RFC 7468), as PKCS#1 or PKCS#8. */
#ifndef GHWARD_PEM_PEM_H
#define GHWARD_PEM_PEM_H

#include <stddef.h>
#include <stdint.h>

enum pem_fault {
	PEM_FINE,
	PEM_NOT_PEM,	 /* no "-----BEGIN" */
	PEM_NOT_PRIVATE, /* a certificate or a public key */
	PEM_ENCRYPTED,
	PEM_NOT_RSA,   /* another kind of key, or another tool's format */
	PEM_TOO_SMALL, /* fewer than CRYPTO_RSA_BITS_MIN */
	PEM_TOO_LARGE, /* more than CRYPTO_RSA_BITS_MAX */
	PEM_DAMAGED,   /* cut off, altered, or something stands behind it */
	PEM_NO_MEMORY, /* the protected heap has no room */
	PEM_FAULTS
};

/* "it is encrypted: decrypt it with ..." */
const char *pem_fault_text(enum pem_fault) __attribute__((returns_nonnull));

/* Turns the text of a key into its PKCS#1 DER, in place, in protected memory; what follows the DER
 * up to the old length is wiped. Line ends may be the two characters "\n", as in many environment
 * variables, or blanks. The key has signed something once it is accepted. After a fault nothing is
 * left in `bytes`, and *length is 0. */
enum pem_fault pem_rsa_key(uint8_t *bytes, size_t *length)
	__attribute__((warn_unused_result, nonnull));

#endif
