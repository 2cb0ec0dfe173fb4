/* What is sent: method, headers, body. */
#ifndef GHWARD_NET_REQUEST_H
#define GHWARD_NET_REQUEST_H

#include "net/transfer.h"

/* Which connection an order may go over. */
enum transfer_connection request_connection(const struct transfer_order *) __attribute__((nonnull));

void request_set_options(struct transfer *, const struct transfer_order *, const struct origin *,
			 CURLcode *result) __attribute__((nonnull));

/* Frees what it has in the transfer, and wipes the token. */
void request_free(struct transfer *) __attribute__((nonnull));

#endif
