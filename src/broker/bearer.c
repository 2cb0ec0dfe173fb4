/* Bearers: found by their keys, shared, and freed when nobody needs them. */
#include "broker/bearer.h"

#include "broker/upstream.h"
#include "lib/base/log.h"
#include "lib/base/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct bearer_wait {
	struct bearer_wait *next;
	bearer_ready_fn *ready;
	void *context;
};

struct bearer *bearer_find(struct broker *broker, const char *key)
{
	for (struct bearer *bearer = broker->bearers; bearer; bearer = bearer->next) {
		if (strcmp(bearer->key, key) == 0)
			return bearer_hold(bearer);
	}
	return NULL;
}

struct bearer *bearer_new(struct broker *broker, const struct bearer_kind *kind, const char *key,
			  const char *base, void *self)
{
	struct bearer *bearer = memory_new(sizeof(*bearer));

	/* A key or an address that was cut would be somebody else's. */
	if (strlen(key) > BEARER_KEY_MAX || strlen(base) > BEARER_BASE_MAX)
		fatal("a credential's name is longer than it can be");
	snprintf(bearer->key, sizeof(bearer->key), "%s", key);
	snprintf(bearer->base, sizeof(bearer->base), "%s", base);
	bearer->broker = broker;
	bearer->kind = kind;
	bearer->self = self;
	bearer->users = 1;
	bearer->next = broker->bearers;
	broker->bearers = bearer;
	return bearer;
}

struct bearer *bearer_hold(struct bearer *bearer)
{
	bearer->users++;
	return bearer;
}

static void free_unused(struct bearer *bearer)
{
	struct bearer **at = &bearer->broker->bearers;

	if (bearer->users || bearer->upstream)
		return;
	while (*at != bearer)
		at = &(*at)->next;
	*at = bearer->next;
	if (bearer->kind->free)
		bearer->kind->free(bearer);
	loop_defer_free(bearer->broker->loop, bearer);
}

void bearer_release(struct bearer *bearer)
{
	if (!bearer)
		return;
	bearer->users--;
	free_unused(bearer);
}

void bearer_upstream_gone(struct bearer *bearer)
{
	bearer->upstream = NULL;
	free_unused(bearer);
}

void bearer_stop_all(struct broker *broker)
{
	struct bearer *next;

	for (struct bearer *bearer = broker->bearers; bearer; bearer = next) {
		next = bearer->next;
		upstream_stop(bearer);
	}
}

/* --- nobody --- */

static int put_nothing(struct bearer *bearer, struct ipc_message *message, struct failure *failure)
{
	(void)bearer;
	(void)failure;
	ipc_put_bytes(message, "", 0);
	return 0;
}

static const struct bearer_kind nobody = {.put = put_nothing};

struct bearer *bearer_nobody(struct broker *broker, const char *base)
{
	char key[BEARER_KEY_MAX + 1];

	snprintf(key, sizeof(key), "nobody %s", base);
	struct bearer *found = bearer_find(broker, key);
	return found ? found : bearer_new(broker, &nobody, key, base, NULL);
}

/* --- tokens --- */

bool bearer_is_ready(const struct bearer *bearer)
{
	return !bearer->kind->is_ready || bearer->kind->is_ready(bearer);
}

/* In a turn of its own: who asked has the wait by then, and can forget it. */
static void begin(void *context)
{
	struct bearer *bearer = context;

	if (bearer_is_ready(bearer))
		bearer_prepared(bearer, NULL);
	else
		bearer->kind->prepare(bearer);
}

struct bearer_wait *bearer_prepare(struct bearer *bearer, bearer_ready_fn *ready, void *context)
{
	struct bearer_wait *wait = memory_new(sizeof(*wait));
	struct bearer_wait **end = &bearer->waits;

	while (*end)
		end = &(*end)->next;
	*end = wait;
	wait->ready = ready;
	wait->context = context;
	if (bearer->preparing)
		return wait;
	/* Whoever prepares is not freed under way. */
	bearer->preparing = true;
	bearer_hold(bearer);
	loop_after(bearer->broker->loop, 0, begin, bearer);
	return wait;
}

static void ignore_ready(void *context, const struct failure *failure)
{
	(void)context;
	(void)failure;
}

void bearer_forget(struct bearer_wait *wait)
{
	if (wait)
		wait->ready = ignore_ready;
}

void bearer_prepared(struct bearer *bearer, const struct failure *failure)
{
	struct bearer_wait *waits = bearer->waits;

	bearer->waits = NULL;
	bearer->preparing = false;
	while (waits) {
		struct bearer_wait *wait = waits;
		waits = wait->next;
		wait->ready(wait->context, failure);
		loop_defer_free(bearer->broker->loop, wait);
	}
	bearer_release(bearer);
	broker_progress(bearer->broker);
}

int bearer_put(struct bearer *bearer, struct ipc_message *message, struct failure *failure)
{
	return bearer->kind->put(bearer, message, failure);
}

uint32_t bearer_refused(struct bearer *bearer, uint64_t sent_ms, unsigned before)
{
	return bearer->kind->refused ? bearer->kind->refused(bearer, sent_ms, before) : 0;
}
