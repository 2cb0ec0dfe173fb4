/* What the broker says about the vault, collected and printed. */
#ifndef GHWARD_CLI_VAULT_RESULT_H
#define GHWARD_CLI_VAULT_RESULT_H

#include "cli/errors.h"
#include "cli/report.h"
#include "lib/ipc/protocol.h"

/* A credential is worth a word when it ends within that time. */
#define ENTRY_EXPIRING_S (UINT64_C(14) * 24 * 60 * 60)

enum entry_state { ENTRY_USABLE, ENTRY_EXPIRING, ENTRY_EXPIRED };
enum entry_state vault_entry_state(const struct vault_entry *, uint64_t now_s)
	__attribute__((nonnull));
const char *vault_entry_state_name(enum entry_state) __attribute__((returns_nonnull));

/* All of the broker's words on one job; its strings are its own. */
struct vault_result {
	enum errors_form errors; /* of what a person is told meanwhile */
	bool told;		 /* `facts` are there */
	struct vault_facts facts;
	size_t count, capacity;
	struct vault_entry *entries;
};

/* A pump's `take`: reads a MESSAGE_ENTRY or MESSAGE_VAULT; a MESSAGE_LOGIN_CODE is shown at once.
 * Returns 0, or -1. */
int vault_result_take(void *result, struct ipc_incoming *) __attribute__((nonnull));

void vault_result_free(struct vault_result *) __attribute__((nonnull));

/* --- printing --- */

/* An array of objects with these fields, or with all. */
void vault_print_list_json(const struct vault_result *, const struct job_request *, uint64_t now_s,
			   bool terminal) __attribute__((nonnull));

/* For a terminal with a heading and days, for a pipe with tabs and whole times. */
void vault_print_list(const struct vault_result *, uint64_t now_s, bool terminal)
	__attribute__((nonnull));

/* The one entry of a login as an object. */
void vault_print_entry_json(const struct vault_entry *, uint64_t now_s, bool terminal)
	__attribute__((nonnull));

void vault_print_facts_json(const struct vault_facts *, bool terminal) __attribute__((nonnull));

#endif
