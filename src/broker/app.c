/* The App itself: JWTs, the server's clock, and where it is installed. */
#include "broker/app.h"

#include "broker/app_parts.h"
#include "broker/audit_log.h"
#include "broker/secrets.h"
#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/base/memory.h"
#include "lib/secret/heap.h"
#include "lib/jwt/jwt.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* GitHub accepts ten minutes. */
#define JWT_LIFETIME_S 60u

/* A server that told ever later times could hoard tokens for the future. */
#define CLOCK_SKEW_MAX_S 300
#define CLOCK_SKEW_MIN_S 5
#define CLOCK_INTERVAL_MS (UINT64_C(10) * 60 * 1000)

static int put_jwt(struct bearer *bearer, struct ipc_message *message, struct failure *failure)
{
	struct app *app = bearer->self;
	struct secrets *secrets = bearer->broker->secrets;
	char *jwt = secret_heap_calloc(1, JWT_SIZE);
	struct keeper_wanted wanted = {app->uid, app->name, bearer->base, SECRET_APP_KEY};
	size_t length = 0;
	uint64_t now = (uint64_t)((int64_t)clock_wall_s() + app->skew_s);

	if (!jwt)
		fatal("no protected memory for a JWT");
	bool revealed = keeper_reveal(bearer->broker->keeper, &wanted, &length, failure);
	int made = revealed ? jwt_make(app->account, now, JWT_LIFETIME_S,
				       (struct crypto_bytes){secrets->buffer, length}, jwt)
			    : -1;
	explicit_bzero(secrets->buffer, length);
	if (made == 0)
		ipc_put_bytes(message, jwt, strlen(jwt));
	secret_heap_free(jwt);
	if (revealed && made < 0)
		failure_set(failure, FAILURE_INTEGRITY,
			    "Remove the entry and add the App's key again.",
			    "the private key of \"%s\" cannot sign", app->name);
	return made;
}

static void free_app(struct bearer *bearer)
{
	struct app *app = bearer->self;

	while (app->installations) {
		struct installation *next = app->installations->next;
		free(app->installations);
		app->installations = next;
	}
	free(app);
}

static const struct bearer_kind app_kind = {.put = put_jwt, .free = free_app};

struct bearer *app_bearer(struct broker *broker, const struct choice *choice)
{
	char key[BEARER_KEY_MAX + 1];

	/* Another App may take the name over. */
	snprintf(key, sizeof(key), "app %u %s %s %s %s", (unsigned)choice->uid, choice->origin,
		 choice->name, choice->account, choice->fingerprint);
	struct bearer *found = bearer_find(broker, key);
	if (found)
		return found;
	struct app *app = memory_new(sizeof(*app));
	app->uid = choice->uid;
	memcpy(app->name, choice->name, sizeof(app->name));
	memcpy(app->account, choice->account, sizeof(app->account));
	return bearer_new(broker, &app_kind, key, choice->origin, app);
}

struct installation *app_find_installation(struct app *app, const char *owner)
{
	for (struct installation *at = app->installations; at; at = at->next) {
		if (strcasecmp(at->owner, owner) == 0)
			return at;
	}
	struct installation *installation = memory_new(sizeof(*installation));
	snprintf(installation->owner, sizeof(installation->owner), "%s", owner);
	installation->next = app->installations;
	app->installations = installation;
	return installation;
}

bool app_adjust_clock(struct bearer *bearer, const struct secret_answer *answer)
{
	struct app *app = bearer->self;
	char seconds[24];
	uint64_t now_ms = clock_monotonic_ms();

	if (answer->status != 401 || answer->date > CLOCK_RFC3339_MAX_S)
		return false;
	int64_t skew = (int64_t)answer->date - (int64_t)clock_wall_s();
	int64_t change = skew - app->skew_s;
	if ((change < CLOCK_SKEW_MIN_S && change > -CLOCK_SKEW_MIN_S) || skew > CLOCK_SKEW_MAX_S ||
	    skew < -CLOCK_SKEW_MAX_S || (app->skew_ms && now_ms - app->skew_ms < CLOCK_INTERVAL_MS))
		return false;
	app->skew_s = skew;
	app->skew_ms = now_ms;
	snprintf(seconds, sizeof(seconds), "%lld", (long long)skew);
	struct audit_event event = {
		.actor = "broker",
		.event = "app.clock",
		.target = app->name,
		.phase = AUDIT_NOTE,
		.severity = AUDIT_WARNING,
		.detail_count = 1,
		.details = {{"seconds", seconds}},
	};
	audit_log_note(bearer->broker->audit, &event);
	return true;
}
