/* A list of repositories by name. */
#include "worker/repos_names.h"

#include "lib/base/log.h"
#include "worker/calls.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void append(struct repos_names *names, const char *text)
{
	size_t size = strlen(text) + 1;

	if (names->capacity - names->used < size) {
		names->capacity = names->capacity * 2 + size + 4096;
		names->text = realloc(names->text, names->capacity);
		if (!names->text)
			fatal("out of memory");
	}
	memcpy(names->text + names->used, text, size);
	names->used += size;
}

void repos_names_add(struct repos_names *names, const char *owner, const char *name)
{
	append(names, owner);
	append(names, name);
	names->count++;
}

void repos_names_receive(struct job *job, struct repos_names *names)
{
	static const struct ipc_permit permitted[] = {
		{MESSAGE_REPOSITORIES, IPC_PERMIT, 2, IPC_MESSAGE_MAX, {IPC_FD_NONE}, NULL},
	};

	while (names->count < job->request.repos.listed) {
		struct ipc_incoming in;
		calls_receive(job->calls, permitted, 1, &in);
		unsigned count = ipc_get_u16(&in);
		for (unsigned i = 0; i < count; i++) {
			const char *owner = ipc_get_string(&in), *name = ipc_get_string(&in);
			repos_names_add(names, owner, name);
		}
		if (ipc_end(&in) < 0 || !count || names->count > job->request.repos.listed)
			fatal("the broker sent a malformed list of repositories");
	}
}

void repos_names_free(struct repos_names *names)
{
	free(names->text);
	*names = (struct repos_names){0};
}

bool repos_names_next(const struct repos_names *names, size_t *place, struct repos_name *name)
{
	if (*place == names->used)
		return false;
	name->owner = names->text + *place;
	name->name = name->owner + strlen(name->owner) + 1;
	*place += strlen(name->owner) + strlen(name->name) + 2;
	return true;
}

bool repos_name_split(const char *full, char owner[VALIDATE_OWNER_MAX + 1],
		      char name[VALIDATE_REPO_MAX + 1])
{
	const char *slash = strchr(full, '/');

	if (!slash || (size_t)(slash - full) > VALIDATE_OWNER_MAX ||
	    strlen(slash + 1) > VALIDATE_REPO_MAX)
		return false;
	snprintf(owner, VALIDATE_OWNER_MAX + 1, "%.*s", (int)(slash - full), full);
	snprintf(name, VALIDATE_REPO_MAX + 1, "%s", slash + 1);
	return true;
}
