/* States of repositories as rows. */
#include "store/sync_database.h"

#include "lib/base/clock.h"
#include "lib/base/memory.h"
#include "lib/sanitize/sanitize.h"
#include "store/database.h"
#include "store/sum.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What a crash or a killed job may cost at most. */
#define BATCH_MS 1000u

/* GitHub's numbers have at most 53 bits. */
#define ID_MAX ((UINT64_C(1) << 53) - 1)

static const char *const tables[] = {
	"destination(path)",
	"states(id INTEGER PRIMARY KEY, name, pushed_at, branch, digest, checked, synced, failed,"
	" verified, bytes, mode, error)",
};

enum statement { GET_DESTINATION, PUT_DESTINATION, GET, LIST, COUNT, PUT, DROP, STATEMENTS };

static const char *const statements[STATEMENTS] = {
	[GET_DESTINATION] = "SELECT path FROM destination",
	[PUT_DESTINATION] = "INSERT INTO destination VALUES(?)",
	[GET] = "SELECT * FROM states WHERE id = ?",
	[LIST] = "SELECT * FROM states WHERE id > ? ORDER BY id",
	[COUNT] = "SELECT count(*) FROM states",
	[PUT] = "INSERT OR REPLACE INTO states VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
	[DROP] = "DELETE FROM states WHERE id = ?",
};

_Static_assert(STATEMENTS <= DATABASE_STATEMENTS_MAX, "each is prepared");

static const struct database_schema schema = {
	.tables = tables,
	.table_count = sizeof(tables) / sizeof(tables[0]),
	.statements = statements,
	.statement_count = STATEMENTS,
	.page_size = 4096,
	.cache_kib = 512,
	.sharing = DATABASE_SHARED,
};

struct sync_database {
	struct database *database; /* NULL: nothing is remembered */
	const char *destination;
	sync_note_fn *tell;
	void *context;
	uint32_t changes; /* since a transaction began, which there is if this is not 0 */
	uint64_t due_ms;  /* when that is to be committed */
	int lost;	  /* errno of why changes since the last flush are, or 0 */
	bool told;	  /* of that */
};

/* --- rows --- */

static uint64_t row_of(struct state_key key)
{
	return key.id << 1 | (key.part == REPOS_WIKI);
}

bool state_key_is_sound(struct state_key key)
{
	return key.id > 0 && key.id <= ID_MAX && key.part < REPOS_PARTS;
}

static bool is_plain(char c)
{
	return c >= ' ' && c <= '~';
}

static bool is_printable(const char *text)
{
	char shown[512];
	size_t length = strlen(text), plain = 0;

	while (is_plain(text[plain]))
		plain++;
	return plain == length || (length < sizeof(shown) &&
				   sanitize_field(shown, sizeof(shown), text, length) == length &&
				   memcmp(shown, text, length) == 0);
}

bool sync_state_is_sound(const struct sync_state *state)
{
	const uint64_t times[] = {state->checked_s, state->synced_s, state->failed_s,
				  state->verified_s};

	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
		if (times[i] > CLOCK_RFC3339_MAX_S)
			return false;
	}
	return state_key_is_sound((struct state_key){state->id, state->part}) && *state->name &&
	       state->mode < REPOS_MODES && state->bytes <= INT64_MAX &&
	       is_printable(state->name) && is_printable(state->pushed_at) &&
	       is_printable(state->branch) && is_printable(state->error);
}

static bool get_text(struct database *database, enum statement statement, int column, char *text,
		     size_t size)
{
	size_t length;
	const char *bytes = database_bytes(database, statement, column, &length);

	if (length >= size || (length && memchr(bytes, 0, length)))
		return false;
	if (length)
		memcpy(text, bytes, length);
	text[length] = 0;
	return true;
}

/* The database may come from anywhere: what could not have been put is damage. */
static enum database_status get_row(struct database *database, enum statement statement,
				    struct sync_state *state)
{
	enum database_status status = database_step(database, statement);
	size_t length;

	if (status != DATABASE_OK)
		return status;
	memset(state, 0, sizeof(*state));
	uint64_t row = database_number(database, statement, 0);
	state->id = row >> 1;
	state->part = row & 1 ? REPOS_WIKI : REPOS_CODE;
	bool whole = get_text(database, statement, 1, state->name, sizeof(state->name)) &&
		     get_text(database, statement, 2, state->pushed_at, sizeof(state->pushed_at)) &&
		     get_text(database, statement, 3, state->branch, sizeof(state->branch)) &&
		     get_text(database, statement, 11, state->error, sizeof(state->error));
	const void *digest = database_bytes(database, statement, 4, &length);
	if (!whole || length != SYNC_DIGEST_SIZE)
		return DATABASE_DAMAGED;
	memcpy(state->digest, digest, SYNC_DIGEST_SIZE);
	uint64_t *const times[] = {&state->checked_s, &state->synced_s, &state->failed_s,
				   &state->verified_s, &state->bytes};
	for (int i = 0; i < 5; i++)
		*times[i] = database_number(database, statement, 5 + i);
	uint64_t mode = database_number(database, statement, 10);
	state->mode = mode < REPOS_MODES ? (enum repos_mode)mode : REPOS_MODES;
	return sync_state_is_sound(state) ? DATABASE_OK : DATABASE_DAMAGED;
}

static enum database_status put_row(struct database *database, const struct sync_state *state)
{
	const char *const texts[] = {state->name, state->pushed_at, state->branch};
	const uint64_t numbers[] = {state->checked_s,  state->synced_s, state->failed_s,
				    state->verified_s, state->bytes,	state->mode};

	database_bind(database, PUT, 1, row_of((struct state_key){state->id, state->part}));
	for (int i = 0; i < 3; i++)
		database_bind_bytes(database, PUT, 2 + i, texts[i], strlen(texts[i]));
	database_bind_bytes(database, PUT, 5, state->digest, SYNC_DIGEST_SIZE);
	for (int i = 0; i < 6; i++)
		database_bind(database, PUT, 6 + i, numbers[i]);
	database_bind_bytes(database, PUT, 12, state->error, strlen(state->error));
	return database_run(database, PUT);
}

/* --- what goes wrong --- */

static void note(struct sync_database *states, const char *what, int error)
{
	char text[192];

	snprintf(text, sizeof(text), "%s: %s", what,
		 error == EBUSY	    ? "another command is using the record of it"
		 : error == ENOTDIR ? "there is no directory for it"
		 : error == EROFS   ? "the record of it can only be read"
				    : strerror(error));
	states->tell(states->context, text);
}

static void forget(struct sync_database *states, int error)
{
	note(states, "what is synchronised is not remembered, and looked at anew next time", error);
	database_close(states->database);
	states->database = NULL;
	states->changes = 0;
}

static void lose(struct sync_database *states, int error)
{
	states->lost = error;
	if (!states->told)
		note(states, "what was just synchronised is looked at anew next time", error);
	states->told = true;
}

static enum database_status check_destination(struct sync_database *states)
{
	struct database *database = states->database;
	size_t length = strlen(states->destination), found_length;
	enum database_status status = database_step(database, GET_DESTINATION);

	if (status == DATABASE_OK) {
		const void *found = database_bytes(database, GET_DESTINATION, 0, &found_length);
		if (found_length != length || memcmp(found, states->destination, length) != 0)
			status = DATABASE_DAMAGED;
	}
	database_reset(database, GET_DESTINATION);
	if (status != DATABASE_END || !database_is_writable(database))
		return status == DATABASE_END ? DATABASE_OK : status;
	database_bind_bytes(database, PUT_DESTINATION, 1, states->destination, length);
	return database_run(database, PUT_DESTINATION);
}

static void make_anew(struct sync_database *states)
{
	enum database_status status = database_clear(states->database);

	states->changes = 0;
	if (status == DATABASE_OK)
		status = check_destination(states);
	if (status == DATABASE_OK)
		states->tell(states->context,
			     "the record of what was synchronised was damaged and is made anew");
	else
		forget(states, database_error(states->database));
}

/* What a status other than DATABASE_OK and DATABASE_END leads to. */
static void settle(struct sync_database *states, enum database_status status)
{
	if (status == DATABASE_DAMAGED) {
		states->lost = states->changes ? EIO : states->lost;
		make_anew(states);
	} else if (status == DATABASE_FAILED) {
		lose(states, database_error(states->database));
		database_rollback(states->database);
		states->changes = 0;
	}
}

/* --- the beginning and the end --- */

struct sync_database *sync_database_open(int store, const char *destination, sync_note_fn *tell,
					 void *context)
{
	struct sync_database *states = memory_new(sizeof(*states));
	char name[32];
	int error = 0;

	*states = (struct sync_database){
		.destination = destination, .tell = tell, .context = context};
	/* Two destinations of one sum would take turns in making it anew. */
	snprintf(name, sizeof(name), "sync-%016" PRIx64 ".db",
		 sum_bytes(destination, strlen(destination)));
	states->database = database_open(store, name, &schema, &error);
	if (!states->database) {
		forget(states, error);
		return states;
	}
	enum database_status status = database_check(states->database);
	if (status == DATABASE_OK)
		status = check_destination(states);
	if (status == DATABASE_DAMAGED)
		make_anew(states);
	else if (status != DATABASE_OK)
		forget(states, database_error(states->database));
	return states;
}

void sync_database_close(struct sync_database *states)
{
	if (!states)
		return;
	database_close(states->database);
	free(states);
}

/* --- reading --- */

/* One lock for all that is read together, unless a transaction has it anyway. */
static enum database_status begin_reading(struct sync_database *states)
{
	return states->changes ? DATABASE_OK : database_begin(states->database, DATABASE_READ);
}

static void end_reading(struct sync_database *states, enum database_status status)
{
	if (!states->changes && (status == DATABASE_OK || status == DATABASE_END))
		status = database_commit(states->database);
	settle(states, status);
}

size_t sync_database_get(struct sync_database *states, const struct state_key *keys, size_t count,
			 struct sync_state found[SYNC_STATES_MAX])
{
	size_t known = 0;

	if (!states->database)
		return 0;
	enum database_status status = begin_reading(states);
	for (size_t i = 0; i < count && (status == DATABASE_OK || status == DATABASE_END); i++) {
		database_bind(states->database, GET, 1, row_of(keys[i]));
		status = get_row(states->database, GET, &found[known]);
		known += status == DATABASE_OK;
		database_reset(states->database, GET);
	}
	end_reading(states, status);
	return known;
}

size_t sync_database_list(struct sync_database *states, struct state_key after,
			  struct sync_state found[SYNC_STATES_MAX])
{
	size_t known = 0;

	if (!states->database)
		return 0;
	enum database_status status = begin_reading(states);
	if (status == DATABASE_OK)
		database_bind(states->database, LIST, 1, row_of(after));
	while (status == DATABASE_OK && known < SYNC_STATES_MAX) {
		status = get_row(states->database, LIST, &found[known]);
		known += status == DATABASE_OK;
	}
	database_reset(states->database, LIST);
	end_reading(states, status);
	return known;
}

uint64_t sync_database_count(struct sync_database *states)
{
	uint64_t count = 0;

	if (!states->database)
		return 0;
	enum database_status status = database_step(states->database, COUNT);
	if (status == DATABASE_OK)
		count = database_number(states->database, COUNT, 0);
	database_reset(states->database, COUNT);
	settle(states, status);
	return count;
}

/* --- writing --- */

static bool begin_change(struct sync_database *states)
{
	if (!states->database || states->changes)
		return states->database != NULL;
	if (!database_is_writable(states->database)) {
		lose(states, EROFS);
		return false;
	}
	enum database_status status = database_begin(states->database, DATABASE_WRITE);
	states->due_ms = clock_monotonic_ms() + BATCH_MS;
	if (status != DATABASE_OK)
		states->lost = EIO;
	settle(states, status);
	return status == DATABASE_OK;
}

static void end_change(struct sync_database *states, enum database_status status)
{
	states->changes++;
	settle(states, status);
	if (sync_database_due_ms(states) == 0)
		sync_database_commit(states);
}

void sync_database_put(struct sync_database *states, const struct sync_state *state)
{
	if (begin_change(states))
		end_change(states, put_row(states->database, state));
}

void sync_database_drop(struct sync_database *states, struct state_key key)
{
	if (!begin_change(states))
		return;
	database_bind(states->database, DROP, 1, row_of(key));
	end_change(states, database_run(states->database, DROP));
}

int sync_database_due_ms(const struct sync_database *states)
{
	uint64_t now = clock_monotonic_ms();

	if (!states->changes)
		return -1;
	return states->due_ms > now ? (int)(states->due_ms - now) : 0;
}

void sync_database_commit(struct sync_database *states)
{
	if (!states->changes)
		return;
	enum database_status status = database_commit(states->database);
	if (status == DATABASE_OK)
		states->changes = 0;
	settle(states, status);
}

int sync_database_flush(struct sync_database *states, struct failure *failure)
{
	sync_database_commit(states);
	memset(failure, 0, sizeof(*failure));
	if (!states->lost)
		return 0;
	failure_set(failure, FAILURE_INTERNAL, "The next run looks at it anew.",
		    "what was synchronised could not be remembered: %s", strerror(states->lost));
	states->lost = 0;
	return -1;
}
