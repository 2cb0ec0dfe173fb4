/* What is remembered of repositories: a hostile database.
 *
 * The first byte chooses what the rest is: the file; or rows that are put into a good database,
 * check sums and all; or a course of honest questions. Whatever a database says, only sound states
 * are found, in their order, each once; and afterwards it can be used. An honest one knows what a
 * plain array does. */
#include "fuzz.h"

#include "lib/base/io.h"
#include "store/pages.h"
#include "store/sync_database.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define DESTINATION "/srv/mirrors"
#define STATES 60u
#define INPUT_MAX 65536u

enum { INPUT_FILE, INPUT_ROWS, INPUT_COURSE, INPUT_COURSE_NOWHERE, INPUTS };

/* In memory, as a disk would be synced all the time. */
static char top[] = "/dev/shm/ghward-fuzz-states.XXXXXX";
static int store, nowhere; /* directories */
static char name[64];
static char *good; /* a database of STATES states */
static size_t good_length;
static unsigned notes; /* of this run */

static void remove_files(void)
{
	DIR *listing = opendir(top);

	require(listing != NULL);
	for (struct dirent *entry; (entry = readdir(listing)) != NULL;)
		unlinkat(store, entry->d_name, 0);
	closedir(listing);
}

static void clean_up(void)
{
	remove_files();
	rmdir(top);
}

static void write_database(const void *bytes, size_t length)
{
	IO_AUTOCLOSE int fd = openat(store, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	require(fd >= 0 && io_write_full(fd, bytes, length) == 0);
}

static void take_note(void *context, const char *text)
{
	(void)context;
	require(strlen(text) < 200);
	notes++;
}

static struct sync_database *open_database(void)
{
	return sync_database_open(store, DESTINATION, take_note, NULL);
}

static void put_some(struct sync_database *states, uint64_t first, uint64_t count)
{
	struct sync_state state = {.name = "acme/shop", .branch = "main"};
	struct failure failure;

	for (state.id = first; state.id < first + count; state.id++)
		sync_database_put(states, &state);
	require(sync_database_flush(states, &failure) == 0);
}

/* --- rows --- */

struct input {
	const uint8_t *at;
	size_t left;
};

static unsigned take(struct input *input)
{
	if (!input->left)
		return 0;
	input->left--;
	return *input->at++;
}

/* A number, a blob, a text, NULL, or a good value. */
static void bind(sqlite3_stmt *statement, int place, struct input *input)
{
	static const uint8_t digest[SYNC_DIGEST_SIZE] = {1};
	unsigned kind = take(input);
	size_t length = kind / 8 < input->left ? kind / 8 : input->left;
	int64_t number = 0;

	switch (kind % 5) {
	case 0:
		for (size_t i = 0; i < length % 9; i++)
			number = (int64_t)((uint64_t)number << 8 | take(input));
		sqlite3_bind_int64(statement, place, number);
		return;
	case 1:
		sqlite3_bind_blob(statement, place, input->at, (int)length, SQLITE_STATIC);
		break;
	case 2:
		sqlite3_bind_text(statement, place, (const char *)input->at, (int)length,
				  SQLITE_STATIC);
		break;
	case 3:
		return;
	default:
		sqlite3_bind_blob(statement, place, digest, place == 5 ? SYNC_DIGEST_SIZE : 0,
				  SQLITE_STATIC);
		return;
	}
	input->at += length;
	input->left -= length;
}

/* The VFS still knows the files of what was opened last. */
static void put_rows(struct input *input)
{
	static const char *const texts[] = {
		"INSERT OR REPLACE INTO states VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
		"UPDATE destination SET path = ?",
		"DELETE FROM states WHERE id = ?",
	};
	sqlite3_stmt *statement;
	sqlite3 *other;

	require(sqlite3_open_v2(PAGES_NAME, &other, SQLITE_OPEN_READWRITE, PAGES_VFS_NAME) ==
		SQLITE_OK);
	while (input->left) {
		require(sqlite3_prepare_v2(other, texts[take(input) % 3], -1, &statement, NULL) ==
			SQLITE_OK);
		for (int i = 1; i <= sqlite3_bind_parameter_count(statement); i++)
			bind(statement, i, input);
		(void)sqlite3_step(statement); /* no id is a text */
		sqlite3_finalize(statement);
	}
	sqlite3_close(other);
}

/* --- what is found --- */

static uint64_t row_of(const struct sync_state *state)
{
	return state->id << 1 | (state->part == REPOS_WIKI);
}

static void require_sound(struct sync_database *states)
{
	struct sync_state found[SYNC_STATES_MAX], again[SYNC_STATES_MAX];
	struct state_key after = {0};
	uint64_t row = 0;

	for (size_t got; (got = sync_database_list(states, after, found)) > 0;) {
		for (size_t i = 0; i < got; i++) {
			require(sync_state_is_sound(&found[i]) && row_of(&found[i]) > row);
			row = row_of(&found[i]);
		}
		after = (struct state_key){found[got - 1].id, found[got - 1].part};
		size_t known = sync_database_get(states, &after, 1, again);
		require(known ? memcmp(again, &found[got - 1], sizeof(again[0])) == 0 : notes > 0);
	}
}

static void use(void)
{
	struct sync_database *states = open_database();
	const struct state_key own = {UINT64_C(1) << 40, REPOS_CODE};
	struct sync_state found[SYNC_STATES_MAX];

	require_sound(states);
	put_some(states, own.id, 1);
	require(sync_database_get(states, &own, 1, found) == 1);
	require(sync_database_count(states) >= 1);
	sync_database_close(states);
}

/* --- a course of questions --- */

#define PLACES 32u

/* Checks that everything, and nothing else, is known. */
static void compare(struct sync_database *states, const struct sync_state *array)
{
	struct sync_state found[SYNC_STATES_MAX];
	size_t got = sync_database_list(states, (struct state_key){0}, found), expected = 0;

	for (unsigned place = 0; place < PLACES; place++) {
		if (!array[place].id)
			continue;
		require(expected < got);
		require(memcmp(&found[expected++], &array[place], sizeof(found[0])) == 0);
	}
	require(expected == got && sync_database_count(states) == got);
}

static void follow(struct input *input, int directory)
{
	struct sync_state array[PLACES] = {0}, found[SYNC_STATES_MAX];
	struct sync_database *states = sync_database_open(directory, DESTINATION, take_note, NULL);

	while (input->left) {
		unsigned what = take(input), place = what % PLACES;
		const struct state_key key = {1 + place / 2, place % 2 ? REPOS_WIKI : REPOS_CODE};
		if (what / PLACES < 3) {
			array[place] = (struct sync_state){.id = key.id, .part = key.part};
			snprintf(array[place].name, sizeof(array[place].name), "%u", take(input));
			sync_database_put(states, &array[place]);
		} else if (what / PLACES == 3) {
			array[place] = (struct sync_state){0};
			sync_database_drop(states, key);
		} else if (what / PLACES == 4) {
			sync_database_commit(states);
		}
		if (directory != store)
			array[place] = (struct sync_state){0};
		require(sync_database_get(states, &key, 1, found) == (array[place].id != 0));
	}
	compare(states, array);
	sync_database_close(states);
	require((notes > 0) == (directory != store));
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	struct stat status;

	(void)argc;
	(void)argv;
	require(mkdtemp(top) != NULL && atexit(clean_up) == 0);
	store = open(top, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	nowhere = open("/dev/null", O_RDONLY | O_CLOEXEC);
	struct sync_database *states = open_database();
	put_some(states, 1, STATES);
	sync_database_close(states);
	DIR *listing = opendir(top);
	for (struct dirent *entry; (entry = readdir(listing)) != NULL;) {
		if (strstr(entry->d_name, ".db") && !strstr(entry->d_name, "-journal"))
			snprintf(name, sizeof(name), "%.60s", entry->d_name);
	}
	closedir(listing);
	IO_AUTOCLOSE int fd = openat(store, name, O_RDONLY | O_CLOEXEC);
	require(fd >= 0 && fstat(fd, &status) == 0);
	good_length = (size_t)status.st_size;
	good = malloc(good_length);
	require(good && io_pread_full(fd, good, good_length, 0) == status.st_size);
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = {data + 1, size - 1};

	if (size < 1 || size > INPUT_MAX)
		return 0;
	remove_files();
	notes = 0;
	switch (data[0] % INPUTS) {
	case INPUT_FILE:
		write_database(data + 1, size - 1);
		break;
	case INPUT_ROWS: {
		write_database(good, good_length);
		struct sync_database *states = open_database();
		put_rows(&input);
		sync_database_close(states);
		break;
	}
	case INPUT_COURSE:
		follow(&input, store);
		break;
	default:
		follow(&input, nowhere);
	}
	use();
	return 0;
}
