/* A repository as GitHub's lists show it. */
#ifndef GHWARD_GITHUB_REPOSITORY_H
#define GHWARD_GITHUB_REPOSITORY_H

#include "lib/json/parse.h"
#include "lib/validate/validate.h"

#include <stdbool.h>
#include <stdint.h>

enum repository_visibility { REPOSITORY_PUBLIC, REPOSITORY_PRIVATE, REPOSITORY_INTERNAL };

/* Beyond that JSON has no whole numbers that are told apart. */
#define REPOSITORY_ID_MAX ((UINT64_C(1) << 53) - 1)

/* "2026-01-02T03:04:05Z", with room for an offset. */
#define REPOSITORY_TIME_MAX 31u

/* Names and branch are valid of their kinds and harmless to show. Other strings that are not arrays
 * belong to the cJSON tree and are not sanitised; "" where unknown. */
struct repository_view {
	uint64_t id; /* 1 to REPOSITORY_ID_MAX */
	char owner[VALIDATE_OWNER_MAX + 1];
	char name[VALIDATE_REPO_MAX + 1];
	const char *default_branch;
	const char *pushed_at; /* REPOSITORY_TIME_MAX at most; "" if it cannot be a time */
	const char *language;
	const struct cJSON *topics; /* array, or NULL */
	uint64_t size_kb;
	enum repository_visibility visibility;
	bool archived, disabled, fork, has_wiki;
};

/* NULL, or what is wrong with it: "its name is not one". */
const char *repository_read(const struct cJSON *, struct repository_view *)
	__attribute__((warn_unused_result, nonnull(2)));

#endif
