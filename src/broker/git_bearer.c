/* Bearers towards git's repositories. */
#include "broker/git_bearer.h"

#include "lib/base/memory.h"
#include "lib/github/web.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct git {
	struct bearer *of;
	struct bearer_wait *wait;
};

static bool is_ready(const struct bearer *bearer)
{
	const struct git *git = bearer->self;

	return bearer_is_ready(git->of);
}

static void told(void *context, const struct failure *failure)
{
	struct bearer *bearer = context;
	struct git *git = bearer->self;

	git->wait = NULL;
	bearer_prepared(bearer, failure);
}

static void prepare(struct bearer *bearer)
{
	struct git *git = bearer->self;

	git->wait = bearer_prepare(git->of, told, bearer);
}

static int put(struct bearer *bearer, struct ipc_message *message, struct failure *failure)
{
	const struct git *git = bearer->self;

	return bearer_put(git->of, message, failure);
}

static uint32_t refused(struct bearer *bearer, uint64_t sent_ms, unsigned before)
{
	const struct git *git = bearer->self;

	return bearer_refused(git->of, sent_ms, before);
}

static void free_git(struct bearer *bearer)
{
	struct git *git = bearer->self;

	bearer_forget(git->wait);
	bearer_release(git->of);
	free(git);
}

static const struct bearer_kind kind = {
	.is_ready = is_ready,
	.prepare = prepare,
	.put = put,
	.refused = refused,
	.free = free_git,
};

static struct bearer *find(const struct bearer *of, const char *base)
{
	for (struct bearer *at = of->broker->bearers; at; at = at->next) {
		if (at->kind == &kind && ((struct git *)at->self)->of == of &&
		    strcmp(at->base, base) == 0)
			return bearer_hold(at);
	}
	return NULL;
}

struct bearer *git_bearer(struct bearer *of, const char *base, uint32_t in_flight)
{
	struct bearer *bearer = find(of, base);

	if (!bearer) {
		struct git *git = memory_new(sizeof(*git));
		git->of = bearer_hold(of);
		/* Found by whose token it has, not by name. */
		bearer = bearer_new(of->broker, &kind, "git", base, git);
	}
	if (bearer->in_flight < in_flight)
		bearer->in_flight = in_flight;
	return bearer;
}

int git_bearer_base(const struct broker *broker, const struct choice *choice,
		    char base[BEARER_BASE_MAX + 1], struct failure *failure)
{
	const char *configured = broker->settings.git.url;

	if (!choice->from_vault && *configured) {
		snprintf(base, BEARER_BASE_MAX + 1, "%s", configured);
		return 0;
	}
	if (github_web_url(choice->origin, base, BEARER_BASE_MAX + 1) == 0)
		return 0;
	failure_set(failure, FAILURE_USAGE, "Name git's base URL by GHWARD_GIT_URL.",
		    "where the repositories of %s are is not known", choice->origin);
	return -1;
}
