/* What is remembered of repositories in the job's destination. */
#include "worker/repos_known.h"

#include "worker/repos_filter.h"

#include <stdio.h>
#include <strings.h>

static uint64_t hash_of(const struct repos_name *name)
{
	char full[SYNC_NAME_MAX + 2];

	snprintf(full, sizeof(full), "%s/%s", name->owner, name->name);
	return seen_name(full);
}

void known_begin(struct known *known, struct job *job)
{
	struct repos_name name;
	size_t place = 0;

	*known = (struct known){.job = job, .states = states_new(job->store)};
	repos_names_receive(job, &known->listed);
	while (repos_names_next(&known->listed, &place, &name))
		seen_add(&known->wanted, hash_of(&name));
}

static bool is_wanted(struct known *known, const struct sync_state *state)
{
	const struct job_request *request = &known->job->request;
	const char *org = request->arguments.values[PARAMETER_ORG];
	const char *owner = org ? org : request->arguments.values[PARAMETER_USERNAME];
	char state_owner[VALIDATE_OWNER_MAX + 1], name[VALIDATE_REPO_MAX + 1];
	uint64_t hash = seen_name(state->name);

	if (!repos_name_split(state->name, state_owner, name) ||
	    (owner && strcasecmp(owner, state_owner) != 0) ||
	    (known->listed.count && !seen_has(&known->wanted, hash)))
		return false;
	seen_add(&known->found, hash);
	return repos_filter_name(&request->repos, state_owner, name);
}

size_t known_next(struct known *known, struct sync_state found[SYNC_STATES_MAX])
{
	size_t count, kept = 0;

	while (!kept && (count = states_list(known->states, known->after, found))) {
		known->after = (struct state_key){found[count - 1].id, found[count - 1].part};
		for (size_t i = 0; i < count; i++) {
			if (is_wanted(known, &found[i]))
				found[kept++] = found[i];
		}
	}
	return kept;
}

bool known_next_missing(struct known *known, size_t *place, struct repos_name *name)
{
	while (repos_names_next(&known->listed, place, name)) {
		/* Named twice it is still one. */
		if (seen_add(&known->found, hash_of(name)))
			return true;
	}
	return false;
}

void known_end(struct known *known)
{
	repos_names_free(&known->listed);
	seen_free(&known->wanted);
	seen_free(&known->found);
	states_free(known->states);
}
