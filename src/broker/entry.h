/* The bearer of a token in the vault, which is decrypted for each request. One that expires and
 * came with a refresh token is renewed when its time is over. */
#ifndef GHWARD_BROKER_ENTRY_H
#define GHWARD_BROKER_ENTRY_H

#include "broker/choose.h"

struct bearer;

/* One user more. */
struct bearer *entry_bearer(struct broker *, const struct choice *)
	__attribute__((nonnull, returns_nonnull));

/* When the refresh token of an answer ends, in seconds since 1970. */
uint64_t entry_refresh_expires(const struct minted *) __attribute__((nonnull));

/* Whether a token is being renewed: cut short, its refresh token would be lost. */
bool entry_is_renewing(const struct bearer *) __attribute__((nonnull));

#endif
