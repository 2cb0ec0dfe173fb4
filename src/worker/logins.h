/* Comma-separated lists of logins. GitHub's logins are equal whatever their case. */
#ifndef GHWARD_WORKER_LOGINS_H
#define GHWARD_WORKER_LOGINS_H

#include <stdbool.h>
#include <stddef.h>

struct cJSON;

/* The assignees of an alert. False if they do not fit. */
bool logins_of(const struct cJSON *alert, char *list, size_t size)
	__attribute__((warn_unused_result, nonnull(2)));

/* Whether every login of `some` is in `list`. */
bool logins_contain(const char *list, const char *some) __attribute__((nonnull));

/* Those of `list` that are not in `others`, as far as they fit. */
void logins_without(const char *list, const char *others, char *rest, size_t size)
	__attribute__((nonnull));

#endif
