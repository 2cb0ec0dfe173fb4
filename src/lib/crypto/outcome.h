/* What PSA says, as this library says it. */
#ifndef GHWARD_CRYPTO_OUTCOME_H
#define GHWARD_CRYPTO_OUTCOME_H

#include <psa/crypto.h>

/* Returns 0; or -1 with errno as crypto.h has it. */
int crypto_outcome(psa_status_t) __attribute__((warn_unused_result));

#endif
