/* What a token's scopes or permissions suffice for. Pure functions over text from outside. */
#ifndef GHWARD_WORKER_RIGHTS_H
#define GHWARD_WORKER_RIGHTS_H

#include <stdbool.h>
#include <stddef.h>

/* By what a token's rights are known. */
enum rights_basis {
	RIGHTS_SCOPES,	     /* classic and OAuth tokens: each answer lists their scopes */
	RIGHTS_INSTALLATION, /* an App's: GitHub has told the permissions with the token */
	RIGHTS_HIDDEN,	     /* fine-grained and user tokens: only what GitHub answers shows them */
};

/* Of a kind of token as struct credential_facts names it. A token of unknown kind whose answers
 * list scopes is one of those that have them. */
enum rights_basis rights_basis(const char *kind, const char *scopes) __attribute__((nonnull));

/* Who may see a repository. */
enum visibility { VISIBILITY_UNKNOWN, VISIBILITY_PUBLIC, VISIBILITY_PRIVATE };

/* Whether a token with the scopes `have` ("gist, repo", as X-OAuth-Scopes lists them) may do what
 * takes one of `wanted` ("security_events|repo"; "": nothing special). For a public repository,
 * public_repo does what repo does. */
bool rights_scopes_suffice(const char *have, const char *wanted, enum visibility)
	__attribute__((nonnull));

/* "security_events or repo" of "security_events|repo"; "none" of "" and NULL. */
#define RIGHTS_TEXT_MAX 128u
void rights_scopes_text(const char *wanted, char text[RIGHTS_TEXT_MAX]) __attribute__((nonnull(2)));

/* Whether `have` ("contents:read,issues:write") has the one permission `wanted`
 * ("contents:read"; "none"). Admin is more than write, and that is more than read. */
bool rights_permissions_suffice(const char *have, const char *wanted) __attribute__((nonnull));

#endif
