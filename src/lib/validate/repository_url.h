/* The ways in which people write down a repository on a GitHub server. */
#ifndef GHWARD_VALIDATE_REPOSITORY_URL_H
#define GHWARD_VALIDATE_REPOSITORY_URL_H

#include "lib/validate/validate.h"

/* Its parts, each valid by kind. */
struct repository_url {
	char host[256]; /* lower case; "" of OWNER/REPO alone */
	uint16_t port;	/* of https://; 0 of the others, which say nothing about it */
	char owner[VALIDATE_OWNER_MAX + 1];
	char repo[VALIDATE_REPO_MAX + 1];
};

/* "OWNER/REPO", "https://HOST[:PORT]/OWNER/REPO", "git@HOST:OWNER/REPO" or
 * "ssh://[git@]HOST[:PORT]/OWNER/REPO", all but the first also with ".git" at the end. The host
 * ssh.github.com of the last two is github.com. Returns 0, or -1 with what was expected in *why. */
int repository_url_parse(const char *text, size_t length, struct repository_url *, const char **why)
	__attribute__((warn_unused_result, nonnull));

/* Whether it is below this base URL of https; true without a host. */
bool repository_url_is_at(const struct repository_url *, const char *base) __attribute__((nonnull));

#endif
