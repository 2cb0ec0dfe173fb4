/* The same token on the way to git's repositories, which are at another base URL than the API. */
#ifndef GHWARD_BROKER_GIT_BEARER_H
#define GHWARD_BROKER_GIT_BEARER_H

#include "broker/bearer.h"
#include "broker/choose.h"

/* The base URL of git for what was chosen: that of the site for a credential of the vault, and for
 * the environment's token git.url of the settings, if set. Returns 0, or -1 with a failure. */
int git_bearer_base(const struct broker *, const struct choice *, char base[BEARER_BASE_MAX + 1],
		    struct failure *) __attribute__((nonnull, warn_unused_result));

/* A bearer that has its token from that one, which it holds; with one user. `in_flight` requests at
 * a time. */
struct bearer *git_bearer(struct bearer *of, const char *base, uint32_t in_flight)
	__attribute__((nonnull, returns_nonnull));

#endif
