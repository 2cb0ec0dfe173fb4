/* JSON Web Tokens of GitHub Apps. */
#include "lib/jwt/jwt.h"

#include "lib/base/base64.h"
#include "lib/base/clock.h"
#include "lib/crypto/rsa.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define ISSUED_AGO_S 60u

static const char header[] = "{\"alg\":\"RS256\",\"typ\":\"JWT\"}";

/* {"iat":,"exp":,"iss":""} around two times and an issuer. */
#define CLAIMS_SIZE (25 + 2 * 20 + JWT_ISSUER_MAX)
_Static_assert(BASE64_LENGTH(sizeof(header)) + 1 + BASE64_LENGTH(CLAIMS_SIZE) + 1 +
			       BASE64_LENGTH(CRYPTO_RSA_SIGNATURE_MAX) + 1 <=
		       JWT_SIZE,
	       "a token has room");

/* Such need no escaping in JSON. */
static bool is_issuer(const char *text)
{
	static const char characters[] =
		"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz-.";
	size_t length = strlen(text);

	return length > 0 && length <= JWT_ISSUER_MAX && strspn(text, characters) == length;
}

/* Appends one part and returns the end. */
static char *append(char *at, const void *bytes, size_t size)
{
	base64_encode_url(bytes, size, at);
	return at + BASE64_URL_LENGTH(size);
}

int jwt_make(const char *issuer, uint64_t now, uint32_t lifetime, struct crypto_bytes der,
	     char token[JWT_SIZE])
{
	uint8_t signature[CRYPTO_RSA_SIGNATURE_MAX];
	char claims[CLAIMS_SIZE];
	size_t length;

	token[0] = 0;
	if (!is_issuer(issuer) || now < ISSUED_AGO_S || now > CLOCK_RFC3339_MAX_S ||
	    lifetime == 0 || lifetime > JWT_LIFETIME_MAX_S)
		return -1;
	int written = snprintf(claims, sizeof(claims),
			       "{\"iat\":%" PRIu64 ",\"exp\":%" PRIu64 ",\"iss\":\"%s\"}",
			       now - ISSUED_AGO_S, now + lifetime, issuer);
	char *at = append(token, header, sizeof(header) - 1);
	*at++ = '.';
	at = append(at, claims, (size_t)written);
	if (crypto_rsa_sign(der, (struct crypto_bytes){token, (size_t)(at - token)}, signature,
			    &length) < 0) {
		explicit_bzero(token, JWT_SIZE);
		return -1;
	}
	*at++ = '.';
	append(at, signature, length);
	explicit_bzero(signature, sizeof(signature));
	return 0;
}
