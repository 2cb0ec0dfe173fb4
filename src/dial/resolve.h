/* From the origin's name to the addresses that its rule permits. */
#ifndef GHWARD_DIAL_RESOLVE_H
#define GHWARD_DIAL_RESOLVE_H

#include "dial/address.h"

/* Addresses of one name at most; the rest of a longer answer is not tried. */
#define RESOLVE_ADDRESSES_MAX 16u

struct resolve_list {
	struct address addresses[RESOLVE_ADDRESSES_MAX]; /* in the order to try them */
	size_t count;
};

struct resolver {
	const char *host;   /* the caller's */
	const char *origin; /* "host:port" for messages, the caller's */
	uint16_t port;
	enum address_rule rule;
	bool is_proxy; /* on the way to the origin, which is nobody's business here */
	/* The last answer, which holds until the monotonic clock reaches this. */
	uint64_t valid_until_ms;
	struct resolve_list list; /* empty: the failure stands instead */
	struct failure failure;
};

/* How long an answer and a failure are remembered. The latter covers a burst of connects only. */
#define RESOLVE_KEEP_MS 60000u
#define RESOLVE_KEEP_FAILURE_MS 1000u

/* Blocks while the name servers are asked. Returns the addresses, which live until the next call,
 * or NULL with the failure filled. */
const struct resolve_list *resolve_origin(struct resolver *, struct failure *)
	__attribute__((warn_unused_result, nonnull));

/* What to do about a failure: about the API's address unless it is a proxy that fails. */
const char *resolve_hint(const struct resolver *, const char *hint)
	__attribute__((nonnull, returns_nonnull));

/* Puts this address first until the next look-up: it has just worked. */
void resolve_prefer(struct resolver *, const struct address *) __attribute__((nonnull));

/* Orders the list so that families alternate, beginning with the first one's (RFC 8305, section 4).
 */
void resolve_interleave(struct resolve_list *) __attribute__((nonnull));

#endif
