/* Every role's confinement in one table. */
#ifndef GHWARD_SANDBOX_ROLES_H
#define GHWARD_SANDBOX_ROLES_H

#include "lib/sandbox/sandbox.h"

/* What differs from start to start. */
struct sandbox_variables {
	unsigned last_fd;    /* agent: the last descriptor it has opened */
	const char *helpers; /* agent: the directory it may execute from */
	int destination; /* agent: the directory in which its children may move things; 0: none */
	uint16_t connect_port; /* dial: the origin's */
};

/* Enters the sandbox of a role: "broker". Returns 0, or -1 with errno: ENOENT for an unknown role,
 * EINVAL when this executable's filter is that of another role or a variable is missing, else as
 * sandbox_enter(). */
int sandbox_enter_role(const char *role, const struct sandbox_variables *, struct sandbox_report *)
	__attribute__((warn_unused_result, nonnull));

/* The specification itself, for tests. Its strings are the variables' or live as long as the
 * program. */
int sandbox_role_spec(const char *role, const struct sandbox_variables *, struct sandbox_spec *)
	__attribute__((warn_unused_result, nonnull));

#endif
