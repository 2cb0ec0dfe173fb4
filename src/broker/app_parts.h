/* What the two halves of Apps share: app.c, installation.c. */
#ifndef GHWARD_BROKER_APP_PARTS_H
#define GHWARD_BROKER_APP_PARTS_H

#include "broker/app.h"
#include "broker/secret_call.h"

/* An App's presence at one owner. */
struct installation {
	struct installation *next;
	char owner[VAULT_OWNER_MAX + 1];
	uint64_t id; /* 0 until GitHub has told */
	bool asked;  /* GitHub is being asked */
	char permissions[2049];
};

/* The `self` of an App's bearer. */
struct app {
	uint32_t uid;
	char name[VAULT_NAME_MAX + 1], account[VAULT_ACCOUNT_MAX + 1];
	int64_t skew_s;	  /* the server's clock is ahead by so much */
	uint64_t skew_ms; /* when that was found, 0 for never */
	struct installation *installations;
};

/* The App's place for an owner, made when there is none. */
struct installation *app_find_installation(struct app *, const char *owner)
	__attribute__((nonnull, returns_nonnull));

/* Takes the server's clock for the App's, if that can be why GitHub did not accept the JWT. Returns
 * whether another try is worth it. */
bool app_adjust_clock(struct bearer *app, const struct secret_answer *) __attribute__((nonnull));

#endif
