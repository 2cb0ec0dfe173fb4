/* The token that came with the agent: from a variable of the environment or from gh. */
#ifndef GHWARD_BROKER_ENVIRONMENT_H
#define GHWARD_BROKER_ENVIRONMENT_H

#include "broker/bearer.h"

enum environment_state {
	ENVIRONMENT_UNREAD, /* what the variable holds is still to be read */
	ENVIRONMENT_ABSENT,
	ENVIRONMENT_MALFORMED,
	ENVIRONMENT_UNUSABLE, /* a refresh token: well-formed, but not for the API */
	ENVIRONMENT_USABLE,
};

struct environment_token;

/* The other end of `fd` writes the token and closes it. gh is asked when it reads a 'g'. */
struct environment_token *environment_token_new(struct broker *, int fd)
	__attribute__((nonnull, returns_nonnull));

/* Reads it; `known` is called once, later, or at once when that has been done before. */
void environment_token_read(struct environment_token *, void (*known)(void *), void *context)
	__attribute__((nonnull(1, 2)));

/* Closes its source unless it has been asked: there is something better. */
void environment_token_drop(struct environment_token *) __attribute__((nonnull));

/* "GH_TOKEN", "gh auth token"; "" where there is none. */
void environment_token_name(struct environment_token *, const char *source)
	__attribute__((nonnull));
const char *environment_token_source(const struct environment_token *)
	__attribute__((nonnull, returns_nonnull));

enum environment_state environment_token_state(const struct environment_token *)
	__attribute__((nonnull));

/* "classic", "fine-grained", ...; "none". */
const char *environment_token_kind(const struct environment_token *)
	__attribute__((nonnull, returns_nonnull));

/* Whoever asks `base` with it, as a user of the bearer. Only of a usable one. */
struct bearer *environment_token_bearer(struct environment_token *, const char *base)
	__attribute__((nonnull, returns_nonnull));

#endif
