/* The repositories that a client names one by one. */
#ifndef GHWARD_BROKER_LISTED_H
#define GHWARD_BROKER_LISTED_H

#include "broker/broker.h"

#include <stdbool.h>

struct listed;

struct listed *listed_new(void) __attribute__((returns_nonnull));
void listed_free(struct listed *); /* NULL is ignored */

/* Adds what one MESSAGE_REPOSITORIES has. Returns 0, or -1 when it is malformed or the whole more
 * than REPOS_LISTED_MAX. */
int listed_take(struct listed *, struct ipc_incoming *) __attribute__((nonnull));

size_t listed_count(const struct listed *) __attribute__((nonnull));

/* The first name that is none of GitHub's, with what it should have been; NULL when all are fine.
 */
const char *listed_wrong(const struct listed *, enum validate_kind *) __attribute__((nonnull));

/* Whether this repository, or the one that this is the wiki of, is among them. In any case of
 * letters, as GitHub sees it. */
bool listed_has(struct listed *, const char *owner, const char *name) __attribute__((nonnull));

/* The one owner of all of them, NULL if there are several; and of a single one its name. */
const char *listed_owner(const struct listed *) __attribute__((nonnull));
const char *listed_single(const struct listed *) __attribute__((nonnull));

/* Passes them on as they came, in order. */
void listed_send(const struct listed *, struct ipc_channel *) __attribute__((nonnull(1)));

#endif
