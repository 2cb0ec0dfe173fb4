/* What went wrong, in words for the user. Messages name the origin and never a URL with its query.
 */
#ifndef GHWARD_NET_EXPLAIN_H
#define GHWARD_NET_EXPLAIN_H

#include "net/transfer.h"

/* Fills the failure of a transfer that libcurl ended with `result`. Takes note of, and forgets,
 * what was wrong with a refused certificate. */
void explain_result(const struct transfer *, const struct origin *, struct roots *, CURLcode result,
		    struct failure *) __attribute__((nonnull));

/* Fills the failure of a transfer whose deadline has passed. */
void explain_deadline(const struct transfer *, const struct origin *, struct failure *)
	__attribute__((nonnull));

/* Fills the failure of a stream in which nothing has moved for too long. */
void explain_silence(const struct transfer *, const struct origin *, struct failure *)
	__attribute__((nonnull));

#endif
