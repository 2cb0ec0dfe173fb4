/* The web flow of OAuth (RFC 6749, section 4.1) with PKCE (RFC 7636), as far as it needs no
 * network: logins that have begun, the address that the user's browser is sent to, and what comes
 * back. There is no I/O here, and random bytes come from a function of the caller. */
#ifndef GHWARD_OAUTH_OAUTH_H
#define GHWARD_OAUTH_OAUTH_H

#include <stddef.h>
#include <stdint.h>

/* 32 random bytes in base64url, without NUL: RFC 7636 wants no less of a verifier. */
#define OAUTH_RANDOM_LENGTH 43u

/* Logins that are waited for at one time, and for how long. */
#define OAUTH_LOGINS_MAX 16u
#define OAUTH_LIFETIME_MS (UINT64_C(10) * 60 * 1000)

/* Fills the buffer. Returns 0, or -1: crypto_random() is one. */
typedef int oauth_random_fn(void *bytes, size_t length);

/* All functions that return int return 0 or -1. */

/* The state that ties a callback to its login. */
int oauth_state_new(oauth_random_fn *, char state[OAUTH_RANDOM_LENGTH + 1])
	__attribute__((warn_unused_result, nonnull));

struct oauth_pkce {
	char verifier[OAUTH_RANDOM_LENGTH + 1]; /* secret until the code is exchanged */
	char challenge[OAUTH_RANDOM_LENGTH + 1];
};

int oauth_pkce_new(oauth_random_fn *, struct oauth_pkce *)
	__attribute__((warn_unused_result, nonnull));

/* --- logins that have begun --- */

struct oauth_login {
	char state[OAUTH_RANDOM_LENGTH + 1]; /* "" for none */
	struct oauth_pkce pkce;
	uint32_t owner;	     /* the caller's word for whom it is for */
	uint64_t expires_ms; /* by the caller's clock */
};

/* All zeros is a table without logins. */
struct oauth_logins {
	struct oauth_login logins[OAUTH_LOGINS_MAX];
};

/* Begins one. NULL when OAUTH_LOGINS_MAX are waited for (nobody's is dropped for another's), or
 * without random bytes. What is returned lives until it is taken, dropped, or expires and another
 * one begins. */
const struct oauth_login *oauth_begin(struct oauth_logins *, uint32_t owner, uint64_t now_ms,
				      oauth_random_fn *)
	__attribute__((warn_unused_result, nonnull));

/* Takes the login of a callback's state out of the table: each counts once. Which states there are
 * does not show in the time that this takes. Returns -1 for a state that is unknown, was used, or
 * has expired; which of them is nobody's business. */
int oauth_take(struct oauth_logins *, const char *state, uint64_t now_ms, struct oauth_login *)
	__attribute__((warn_unused_result, nonnull));

/* Drops all logins of an owner who has gone. */
void oauth_drop(struct oauth_logins *, uint32_t owner) __attribute__((nonnull));

/* --- the address that the browser is sent to --- */

#define OAUTH_URL_MAX 4096u

struct oauth_request {
	const char *web;	  /* "https://github.com" */
	const char *client_id;	  /* of the App */
	const char *redirect_uri; /* where GitHub sends the browser back to */
	const char *scopes;	  /* with spaces between them; "" for an App, which has none */
};

/* Writes it. -1 when a part is not of its form, or all of it does not fit. */
int oauth_authorize_url(const struct oauth_request *, const struct oauth_login *,
			char url[OAUTH_URL_MAX]) __attribute__((warn_unused_result, nonnull));

/* --- what comes back --- */

#define OAUTH_QUERY_MAX 4096u
#define OAUTH_CODE_MAX 512u
#define OAUTH_ERROR_MAX 64u
#define OAUTH_DESCRIPTION_MAX 384u

enum oauth_fault {
	OAUTH_FINE = 0,
	OAUTH_TOO_LONG,	 /* more than OAUTH_QUERY_MAX */
	OAUTH_ENCODING,	 /* a parameter is too long or not percent-encoded as it has to be */
	OAUTH_TWICE,	 /* one of ours is there twice */
	OAUTH_BAD_STATE, /* missing, or not of the form of those that we make */
	OAUTH_BAD_CODE,	 /* missing, beside an error, or not of a form that codes have */
	OAUTH_BAD_ERROR, /* empty */
	OAUTH_FAULTS
};

/* "the state is missing or not one of ghward's" */
const char *oauth_fault_text(enum oauth_fault) __attribute__((returns_nonnull));

/* Either a code, which is a secret, or an error, whose texts are printable. */
struct oauth_callback {
	char state[OAUTH_RANDOM_LENGTH + 1];
	char code[OAUTH_CODE_MAX + 1];
	char error[OAUTH_ERROR_MAX + 1], description[OAUTH_DESCRIPTION_MAX + 1];
};

/* The query in what somebody has copied from a browser: a whole address, or the query alone; with
 * spaces or line ends around it, and a fragment behind it. Points into the text. */
const char *oauth_find_query(const char *text, size_t *length)
	__attribute__((nonnull, returns_nonnull));

/* Reads the query of the address that the browser came to, without its "?". Parameters that are not
 * OAuth's are ignored, GitHub adds some. On a fault all texts are "". */
enum oauth_fault oauth_read_callback(const char *query, size_t length, struct oauth_callback *)
	__attribute__((warn_unused_result, nonnull));

#endif
