/* What the files about errands share. */
#ifndef GHWARD_BROKER_ERRAND_PARTS_H
#define GHWARD_BROKER_ERRAND_PARTS_H

#include "broker/audit_log.h"
#include "broker/choose.h"
#include "broker/errand.h"
#include "broker/secret_call.h"
#include "broker/secrets.h"
#include "broker/upstream.h"

struct errand {
	struct job *job;
	struct broker *broker;
	enum job_kind kind;
	uint32_t uid;
	char origin[VAULT_ORIGIN_MAX + 1];
	char name[VAULT_NAME_MAX + 1], owner[VAULT_OWNER_MAX + 1];
	char account[VAULT_ACCOUNT_MAX + 1], scopes[VAULT_SCOPES_MAX + 1];
	uint64_t expires;
	enum secret_form form;
	bool accept; /* vault.verify: an earlier copy is the vault from now on */

	struct keeper_wait *change;
	struct loop_timer *timer;
	size_t at; /* the entry that comes next */

	/* A secret that the client brings. */
	int pipe;
	struct loop_watch *watch;

	/* Rotating. */
	bool begun;
	size_t left;

	/* Login and logout. */
	struct bearer *site;
	struct secret_call *call;
	struct sealed kept; /* device code, or what has come of a secret; then the entry's secret */
	uint64_t deadline_ms;
	uint32_t interval_s;
	struct vault_details details;
	struct upstream_request *request;
	struct audit_wait *waiting;
};

/* errand_vault.c */
void errand_vault(struct errand *) __attribute__((nonnull));

/* errand_login.c */
void errand_login(struct errand *) __attribute__((nonnull));
void errand_logout(struct errand *) __attribute__((nonnull));

/* Ends the job; NULL for well. */
void errand_end(struct errand *, const struct failure *) __attribute__((nonnull(1)));

/* Changes the vault; `done` gets the errand. */
void errand_change(struct errand *, enum keeper_mode,
		   enum vault_fault (*apply)(struct vault *, struct vault_keys *,
					     struct vault_seal *, void *context),
		   void (*done)(void *context, const struct failure *))
	__attribute__((nonnull(1, 4)));

/* The usual end of a change: tells the client about the vault, and ends the job. */
void errand_changed(void *context, const struct failure *);

/* Whether the vault has the entry, and its index; false with a failure when it has not, or cannot
 * be opened. */
bool errand_find(struct errand *, size_t *at, struct failure *) __attribute__((nonnull));

/* Whether there is room for one more of this user's; false with a failure. */
bool errand_has_room(const struct errand *, struct failure *) __attribute__((nonnull));

/* Makes a vault's details of what the request says. */
void errand_details(const struct errand *, unsigned kind, struct vault_details *)
	__attribute__((nonnull));

#endif
