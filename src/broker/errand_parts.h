/* What the files about errands share. */
#ifndef GHWARD_BROKER_ERRAND_PARTS_H
#define GHWARD_BROKER_ERRAND_PARTS_H

#include "broker/audit_log.h"
#include "broker/choose.h"
#include "broker/errand.h"
#include "broker/secret_call.h"
#include "broker/secrets.h"
#include "broker/upstream.h"

/* Far more than any that GitHub has registered for an App. */
#define REDIRECT_URI_MAX 512u

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
	bool push;	 /* audit.checkpoint: to audit.webhook, too */
	char note[1024]; /* likewise: the checkpoint */
	bool accept;	 /* vault.verify: an earlier copy is the vault from now on */

	struct keeper_wait *change;
	struct loop_timer *timer;
	size_t at; /* the entry that comes next */

	/* A secret that the client brings. */
	int pipe;
	void (*have_secret)(struct errand *, uint8_t *secret, size_t length);
	struct loop_watch *watch;
	bool arrived;	/* the pipe has ended */
	bool confirmed; /* not because its writer has */

	/* Rotating. */
	bool begun;
	size_t left;

	/* Login by web flow: both "" for others. */
	char redirect_uri[REDIRECT_URI_MAX + 1];
	char state[OAUTH_RANDOM_LENGTH + 1]; /* of the login in the secrets' table */

	/* About incidents. */
	char incident[INCIDENT_ID_LENGTH + 1];
	char reason[4096];

	/* Login and logout. */
	struct bearer *site;
	struct secret_call *call;
	struct sealed kept; /* device code, or what has come of a secret; then the entry's secret */
	uint64_t deadline_ms;
	uint32_t interval_s;
	struct vault_details details;
	struct upstream_request *request;
	struct audit_wait *waiting;
	uint32_t intent; /* to revoke, without result */
};

/* errand_vault.c */
void errand_vault(struct errand *) __attribute__((nonnull));

/* Gives the client a pipe, and calls back with what came through it, in the secrets' buffer. It may
 * be longer than VAULT_SECRET_MAX by one byte: then there is more. A login's ends with a line feed.
 */
void errand_ask_for_secret(struct errand *,
			   void (*have_secret)(struct errand *, uint8_t *secret, size_t length))
	__attribute__((nonnull));

/* errand_checkpoint.c */
void errand_checkpoint(struct errand *) __attribute__((nonnull));

/* errand_incidents.c */
void errand_close_incident(struct errand *) __attribute__((nonnull));

/* errand_login.c */
void errand_login(struct errand *) __attribute__((nonnull));
void errand_logout(struct errand *) __attribute__((nonnull));

/* A request of the errand's site, whose answer has a secret. */
struct secret_call *errand_request(struct errand *, enum operation_id, enum mint_kind,
				   const struct operation_arguments *, secret_answered_fn *)
	__attribute__((nonnull, returns_nonnull));

/* The end of a login that GitHub has given a token for: stores it, and tells the client. */
void errand_store(struct errand *, const struct minted *) __attribute__((nonnull));

/* errand_web.c: `scopes` has spaces between them. */
void errand_web(struct errand *, const char *scopes) __attribute__((nonnull));
/* Forgets the login that is waited for. */
/* Records how a revocation ended that nobody waits for any more. */
void errand_logout_stop(struct errand *) __attribute__((nonnull));
void errand_web_stop(struct errand *) __attribute__((nonnull));

/* Ends the job; NULL for well. */
void errand_end(struct errand *, const struct failure *) __attribute__((nonnull(1)));

void errand_fail(struct errand *, enum failure_kind, const char *hint, const char *message)
	__attribute__((nonnull));

/* Changes the vault; `done` gets the errand. */
void errand_change(struct errand *, enum keeper_mode,
		   enum vault_fault (*apply)(struct vault *, struct vault_keys *,
					     struct vault_seal *, void *context),
		   void (*done)(void *context, const struct failure *))
	__attribute__((nonnull(1, 4)));

/* The usual end of a change: tells the client about the vault, and ends the job. */
void errand_changed(void *context, const struct failure *);

/* For errand_change(): the entry goes. */
enum vault_fault errand_apply_remove(struct vault *, struct vault_keys *, struct vault_seal *,
				     void *context);

/* Whether the vault has the entry, and its index; false with a failure when it has not, or cannot
 * be opened. */
bool errand_find(struct errand *, size_t *at, struct failure *) __attribute__((nonnull));

/* Whether there is room for one more of this user's; false with a failure. */
bool errand_has_room(const struct errand *, struct failure *) __attribute__((nonnull));

/* Makes a vault's details of what the request says. */
void errand_details(const struct errand *, unsigned kind, struct vault_details *)
	__attribute__((nonnull));

#endif
