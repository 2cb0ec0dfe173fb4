/* Which credential a job works with: the one it names, else what the vault has for its server, else
 * the token of the environment or of gh. */
#ifndef GHWARD_BROKER_CHOOSE_H
#define GHWARD_BROKER_CHOOSE_H

#include "broker/keeper.h"

/* As stored in the vault: numbers stay. */
enum entry_kind {
	ENTRY_CLASSIC = 1,
	ENTRY_FINE_GRAINED = 2,
	ENTRY_OAUTH = 3,
	ENTRY_USER = 4, /* user-to-server, of a GitHub App */
	ENTRY_INSTALLATION = 5,
	ENTRY_LEGACY = 6,
	ENTRY_APP = 7, /* an App's private key */
	ENTRY_CLIENT =
		8, /* the client secret of an App or OAuth app; no request is made with it alone */
};

/* What an entry of that kind holds. */
enum secret_form entry_form(unsigned kind);
/* The kind of a token of that form; 0 for one that cannot be stored. */
unsigned entry_kind_of(enum validate_token_kind);

struct choice {
	bool from_vault;
	uint32_t uid; /* whose entry */
	unsigned kind;
	char name[VAULT_NAME_MAX + 1]; /* "" for the environment's */
	char source[64], reason[192], kind_name[24];
	char origin[VAULT_ORIGIN_MAX + 1]; /* the only place it may go */
	char owner[VAULT_OWNER_MAX + 1], account[VAULT_ACCOUNT_MAX + 1];
	char fingerprint[17];
	char permissions[2049]; /* scopes, as far as they are known */
	uint64_t expires, refresh_expires, last_used;
};

enum choice_verdict {
	CHOICE_MADE,
	CHOICE_WAITS, /* the environment's token has to be read first */
	CHOICE_FAILED,
};

/* Chooses for a job of that user. *rule is the name of the rule that failed it. */
enum choice_verdict choose(struct broker *, uint32_t uid, const struct job_request *,
			   struct choice *, const char **rule, struct failure *)
	__attribute__((nonnull, warn_unused_result));

/* What a worker may know of it; points into the choice. */
void choice_facts(const struct choice *, struct credential_facts *) __attribute__((nonnull));

/* "GH_TOKEN", "vault:work", of another user than the agent's "vault:1001/work": the one name that
 * audit records and incidents have for it. "" for none. */
#define CHOICE_CREDENTIAL_SIZE 160u
void choice_credential(const struct choice *, char text[CHOICE_CREDENTIAL_SIZE])
	__attribute__((nonnull));

/* Tells a client of a credential. */
void choice_tell_entry(struct ipc_channel *, const struct vault_details *) __attribute__((nonnull));

#endif
