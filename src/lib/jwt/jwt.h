/* The JSON Web Token with which an App proves who it is (RFC 7519, RS256). */
#ifndef GHWARD_JWT_JWT_H
#define GHWARD_JWT_JWT_H

#include "lib/crypto/crypto.h"

/* Characters of an issuer: an App's number or client id. */
#define JWT_ISSUER_MAX 64u

/* GitHub refuses one that is good for longer. */
#define JWT_LIFETIME_MAX_S 600u

/* Room for any, with a NUL: header, claims and a signature of 4096 bits take 870 characters. */
#define JWT_SIZE 1024u

/* A token for `lifetime` seconds from `now` (seconds since 1970), issued a minute ago, as GitHub's
 * clock may be behind. `token` should be protected memory: who has it is the App. Returns 0; or -1
 * when the issuer has other characters than letters, digits, ".", "_" and "-", a time is out of
 * range, or the key cannot sign. Nothing is in `token` then. */
int jwt_make(const char *issuer, uint64_t now, uint32_t lifetime, struct crypto_bytes der,
	     char token[JWT_SIZE]) __attribute__((warn_unused_result, nonnull));

#endif
