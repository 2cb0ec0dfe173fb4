/* What the files about Apps share: app.c, installation.c, revocation.c. */
#ifndef GHWARD_BROKER_APP_PARTS_H
#define GHWARD_BROKER_APP_PARTS_H

#include "broker/app.h"
#include "broker/permissions.h"
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

/* The `self` of an installation's bearer: one token of it. */
struct installed {
	struct bearer *bearer, *app;
	struct installation *place;
	char actor[24], target[192];
	struct {
		enum operation_id operation;
		enum operation_parameter owner;
	} lookup;
	char owner[VAULT_OWNER_MAX + 1], repo[VALIDATE_REPO_MAX + 1]; /* repo "" for all */
	char wanted[PERMISSIONS_SIZE];
	enum app_want want;
	bool waits_for_place, adjusted, minting;
	struct secret_call *call;
	struct sealed token;
	bool kept;	  /* the cache is a user of the bearer */
	uint64_t expires; /* seconds since 1970; 0 without a token */
	uint64_t minted_ms;
	struct upstream_request *revocation;
};

extern const struct bearer_kind installation_kind;

/* Has GitHub revoke it; whoever comes now needs another one. */
void installed_revoke(struct installed *) __attribute__((nonnull));
/* Revokes the oldest that nobody uses, where there are too many. */
void installed_make_room(struct broker *) __attribute__((nonnull));

/* The App's place for an owner, made when there is none. */
struct installation *app_find_installation(struct app *, const char *owner)
	__attribute__((nonnull, returns_nonnull));

/* Takes the server's clock for the App's, if that can be why GitHub did not accept the JWT. Returns
 * whether another try is worth it. */
bool app_adjust_clock(struct bearer *app, const struct secret_answer *) __attribute__((nonnull));

#endif
