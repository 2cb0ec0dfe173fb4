/* GitHub Apps: the private key speaks for the App by JWTs, and mints a token for each installation,
 * repository and set of permissions that jobs need. */
#ifndef GHWARD_BROKER_APP_H
#define GHWARD_BROKER_APP_H

#include "broker/choose.h"
#include "broker/grant.h"

/* What to do where the installation has fewer permissions than a job's grant. */
enum app_want {
	APP_WANT_ALL,  /* fail, and say which is missing */
	APP_WANT_SOME, /* go on with what there is */
};

/* In whose name a job with this grant works, for the owner it is about; one user more. The choice
 * is an App's. NULL with a failure when the grant names no owner. */
struct bearer *app_installation(struct broker *, const struct choice *, const struct grant *,
				const char *actor, enum app_want, struct failure *)
	__attribute__((nonnull));

/* What the installation is and may do, once its token has been prepared. */
void app_describe(const struct bearer *installation, struct choice *) __attribute__((nonnull));

/* The App itself: for what only its JWT may ask. */
struct bearer *app_bearer(struct broker *, const struct choice *)
	__attribute__((nonnull, returns_nonnull));

/* The App's entry has been removed: its tokens go as well. */
void app_revoke(struct broker *, uint32_t uid, const char *name) __attribute__((nonnull));

/* Has GitHub revoke every token of an installation that is still good, and waits for users' tokens
 * that are being renewed; broker_progress() is called when that is done, or has taken too long.
 * Returns false when there is none. */
bool app_revoke_all(struct broker *) __attribute__((nonnull));
bool app_is_revoking(const struct broker *) __attribute__((nonnull));

#endif
