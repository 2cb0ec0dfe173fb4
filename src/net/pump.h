/* A libcurl multi handle driven by our event loop. */
#ifndef GHWARD_NET_PUMP_H
#define GHWARD_NET_PUMP_H

#include "lib/ipc/loop.h"

#include <curl/curl.h>

struct pump;

/* Called after libcurl has worked: time to look what it has finished. */
typedef void pump_worked_fn(void *owner);

/* Sets the multi handle's socket and timer callbacks. The handle stays the caller's. */
struct pump *pump_new(struct loop *, CURLM *, pump_worked_fn *, void *owner)
	__attribute__((nonnull(1, 2, 3), returns_nonnull));
/* After the multi handle is gone. */
void pump_free(struct pump *);

#endif
