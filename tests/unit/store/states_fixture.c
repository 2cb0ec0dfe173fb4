/* Made states. */
#include "states_fixture.h"

#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

int states_set_up(void **state)
{
	struct states_fixture *fixture = calloc(1, sizeof(*fixture));

	assert_non_null(fixture);
	snprintf(fixture->path, sizeof(fixture->path), "/tmp/ghward-states.XXXXXX");
	assert_non_null(mkdtemp(fixture->path));
	fixture->store = open(fixture->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(fixture->store >= 0);
	*state = fixture;
	return 0;
}

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *where)
{
	(void)status;
	(void)type;
	(void)where;
	return remove(path);
}

int states_tear_down(void **state)
{
	struct states_fixture *fixture = *state;

	close(fixture->store);
	nftw(fixture->path, remove_one, 8, FTW_DEPTH | FTW_PHYS);
	free(fixture);
	return 0;
}

void states_take_note(void *context, const char *text)
{
	struct states_fixture *fixture = context;
	size_t used = strlen(fixture->notes);

	assert_true(strlen(text) < 256); /* what the broker takes */
	snprintf(fixture->notes + used, sizeof(fixture->notes) - used, "%s\n", text);
}

static void find_name(struct states_fixture *fixture)
{
	DIR *listing = opendir(fixture->path);

	assert_non_null(listing);
	for (struct dirent *entry; (entry = readdir(listing)) != NULL;) {
		size_t length = strlen(entry->d_name);
		if (length > 3 && strcmp(entry->d_name + length - 3, ".db") == 0)
			snprintf(fixture->name, sizeof(fixture->name), "%.60s", entry->d_name);
	}
	closedir(listing);
}

struct sync_database *states_open(struct states_fixture *fixture)
{
	*fixture->notes = 0;
	struct sync_database *states =
		sync_database_open(fixture->store, STATES_DESTINATION, states_take_note, fixture);
	if (!*fixture->name)
		find_name(fixture);
	return states;
}

struct sync_state states_made(uint64_t id, enum repos_part part)
{
	struct sync_state state = {
		.id = id,
		.part = part,
		.pushed_at = "2026-11-21T10:00:00Z",
		.branch = "main",
		.checked_s = 1700000000 + id,
		.synced_s = 1600000000 + id,
		.failed_s = id % 3,
		.verified_s = 1500000000 + id,
		.bytes = id * 1000,
		.mode = id % 2 ? REPOS_MIRROR : REPOS_WORKTREE,
	};

	snprintf(state.name, sizeof(state.name), "acme/repository-%" PRIu64, id);
	snprintf(state.error, sizeof(state.error), "%s", id % 3 ? "h\xc3\xa9las" : "");
	for (unsigned i = 0; i < SYNC_DIGEST_SIZE; i++)
		state.digest[i] = (uint8_t)(id >> (i % 8) * 8);
	return state;
}

void states_assert_equal(const struct sync_state *got, const struct sync_state *wanted)
{
	assert_int_equal(got->id, wanted->id);
	assert_int_equal(got->part, wanted->part);
	assert_string_equal(got->name, wanted->name);
	assert_string_equal(got->pushed_at, wanted->pushed_at);
	assert_string_equal(got->branch, wanted->branch);
	assert_memory_equal(got->digest, wanted->digest, SYNC_DIGEST_SIZE);
	assert_int_equal(got->checked_s, wanted->checked_s);
	assert_int_equal(got->synced_s, wanted->synced_s);
	assert_int_equal(got->failed_s, wanted->failed_s);
	assert_int_equal(got->verified_s, wanted->verified_s);
	assert_int_equal(got->bytes, wanted->bytes);
	assert_int_equal(got->mode, wanted->mode);
	assert_string_equal(got->error, wanted->error);
}

void states_fill(struct sync_database *states, uint64_t count)
{
	struct failure failure;

	for (uint64_t id = 1; id <= count; id++) {
		const struct sync_state state = states_made(id, REPOS_CODE);
		sync_database_put(states, &state);
	}
	assert_int_equal(sync_database_flush(states, &failure), 0);
	assert_int_equal(failure.kind, FAILURE_NONE);
}

void states_check(struct sync_database *states, uint64_t count)
{
	struct state_key after = {0};
	struct sync_state found[SYNC_STATES_MAX];
	uint64_t id = 0;

	for (size_t got; (got = sync_database_list(states, after, found)) > 0;) {
		for (size_t i = 0; i < got; i++) {
			const struct sync_state wanted = states_made(++id, REPOS_CODE);
			states_assert_equal(&found[i], &wanted);
		}
		after.id = id;
	}
	assert_int_equal(id, count);
	assert_int_equal(sync_database_count(states), count);
}
