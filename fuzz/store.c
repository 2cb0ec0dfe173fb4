/* Search: hostile logs, and hostile indexes of an honest one.
 *
 * The first byte chooses a filter, the second what the rest is: a log, of which the index says
 * what a plain reading says, also when it has grown in between; an index as a file; or rows that
 * are put into a good index, check sums and all. Whatever such an index says, only records of the
 * log that the filter means are found, in their order, each once. */
#include "fuzz.h"

#include "lib/auditlog/directory.h"
#include "lib/base/io.h"
#include "logs/logs.h"
#include "store/index_parts.h"
#include "store/search.h"

#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define INDEX "0123456789ab.index"
#define RECORDS 60u
#define LOG_MAX ((size_t)1 << 20)

enum { INPUT_LOG, INPUT_FILE, INPUT_ROWS, INPUTS };

/* In memory, as a disk would be synced all the time. */
static char top[] = "/dev/shm/ghward-fuzz-store.XXXXXX";
static int honest, hostile, store, nowhere; /* directories */
static char *good;			    /* an index of the honest log */
static size_t good_length;

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *where)
{
	(void)status;
	(void)type;
	(void)where;
	return remove(path);
}

static void clean_up(void)
{
	nftw(top, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static int make_directory(const char *name)
{
	char path[sizeof(top) + 16];

	snprintf(path, sizeof(path), "%s/%s", top, name);
	require(mkdir(path, 0700) == 0);
	return open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

/* A log has a name of its own, and its index has that name. */
static void remove_indexes(void)
{
	IO_AUTOCLOSE int fd = openat(store, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *listing = fdopendir(dup(fd));

	require(listing != NULL);
	for (struct dirent *entry; (entry = readdir(listing)) != NULL;)
		unlinkat(store, entry->d_name, 0);
	closedir(listing);
}

static void write_file(int directory, const char *name, const void *bytes, size_t length)
{
	IO_AUTOCLOSE int fd =
		openat(directory, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	require(fd >= 0 && io_write_full(fd, bytes, length) == 0);
}

static char *read_fd(int fd, size_t *length)
{
	struct stat status;

	require(fd >= 0 && fstat(fd, &status) == 0);
	char *bytes = calloc(1, (size_t)status.st_size + 1);
	require(bytes && io_pread_full(fd, bytes, (size_t)status.st_size, 0) == status.st_size);
	*length = (size_t)status.st_size;
	return bytes;
}

static void ignore_note(void *context, const char *text)
{
	(void)context;
	require(strlen(text) < 200);
}

/* To be freed. */
static char *search(int log, int index, const struct review_filter *filter, uint32_t newest)
{
	static struct sink sink;
	const struct search_question question = {
		.filter = filter,
		.limit = newest,
		.newest = newest > 0,
		.evidence = log,
		.store = index,
		.life = -1,
		.note = ignore_note,
	};
	IO_AUTOCLOSE int out = memfd_create("found", MFD_CLOEXEC);
	size_t length;

	memset(&sink, 0, sizeof(sink));
	sink.fd = out;
	require(search_run(&question, &sink) == 0);
	return read_fd(out, &length);
}

static struct review_filter choose(unsigned which)
{
	struct review_filter filter = {
		.actor = "", .event = "", .outcome = "", .repository = "", .job = "", .text = ""};

	if (which % 5 == 0)
		filter.actor = "uid:10*";
	if (which % 5 == 1)
		filter.repository = "acme/*";
	if (which % 5 == 2)
		filter.severities = 1u << AUDIT_INFO;
	if (which % 5 == 3)
		filter.job = "j-0000000000000000";
	if (which % 5 == 4)
		filter.outcome = "done";
	if (which & 8)
		filter.event = "alerts.*";
	if (which & 16)
		filter.since_us = LOGS_BEGIN_US + 30 * LOGS_STEP_US;
	return filter;
}

/* --- a log --- */

static void try_log(const uint8_t *data, size_t size, unsigned which)
{
	const struct review_filter filter = choose(which);
	const size_t parts[] = {size / 2, size};

	for (unsigned i = 0; i < 2; i++) {
		write_file(hostile, "00000000000000000001.jsonl", data, parts[i]);
		for (uint32_t newest = 0; newest < 4; newest += 3) {
			char *by_index = search(hostile, store, &filter, newest);
			char *plainly = search(hostile, nowhere, &filter, newest);
			require(strcmp(by_index, plainly) == 0);
			free(by_index);
			free(plainly);
		}
	}
}

/* --- an index --- */

/* All that is found is there, and in that order. */
static void require_some_of(char *found, const char *all)
{
	const char *from = all;

	for (char *line = found; *line;) {
		char *end = strchr(line, '\n');
		require(end != NULL);
		char after = end[1];
		end[1] = 0;
		const char *there = strstr(from, line);
		require(there && (there == all || there[-1] == '\n'));
		from = there + strlen(line);
		end[1] = after;
		line = end + 1;
	}
}

static void search_honest(unsigned which)
{
	const struct review_filter filter = choose(which);

	for (uint32_t newest = 0; newest < 4; newest += 3) {
		char *all = search(honest, nowhere, &filter, 0);
		char *found = search(honest, store, &filter, newest);
		require_some_of(found, all);
		free(found);
		free(all);
	}
}

struct rows {
	const uint8_t *at;
	size_t left;
};

static uint64_t take(struct rows *rows, size_t bytes)
{
	uint64_t value = 0;

	for (size_t i = 0; i < bytes && rows->left; i++, rows->left--)
		value = value << 8 | *rows->at++;
	return value;
}

static void put_numbers(struct database *database, enum index_statement statement, int count,
			struct rows *rows)
{
	for (int place = 1; place <= count; place++) {
		unsigned width = (unsigned)take(rows, 1);
		database_bind(database, statement, place, take(rows, width % 9));
	}
}

static void put_row(struct database *database, struct rows *rows)
{
	static const struct {
		enum index_statement statement;
		int numbers;
		bool bytes;
	} kinds[] = {
		{INDEX_PUT_LOG, 0, true},	{INDEX_PUT_SEGMENT, 6, false},
		{INDEX_PUT_BLOCK, 6, false},	{INDEX_PUT_COLUMN, 1, true},
		{INDEX_PUT_TERM, 1, true},	{INDEX_DROP_BLOCKS, 1, false},
		{INDEX_DROP_COLUMNS, 1, false}, {INDEX_DROP_SEGMENTS, 1, false},
	};
	size_t kind = take(rows, 1) % (sizeof(kinds) / sizeof(kinds[0]));
	enum index_statement statement = kinds[kind].statement;

	put_numbers(database, statement, kinds[kind].numbers, rows);
	if (kinds[kind].bytes) {
		size_t length = take(rows, 1);
		length = length < rows->left ? length : rows->left;
		database_bind_bytes(database, statement, kinds[kind].numbers + 1, rows->at, length);
		rows->at += length;
		rows->left -= length;
	}
	require(database_run(database, statement) == DATABASE_OK);
}

static void try_rows(const uint8_t *data, size_t size, unsigned which)
{
	struct rows rows = {data, size};
	int error;

	write_file(store, INDEX, good, good_length);
	struct database *database = database_open(store, INDEX, &index_schema, &error);
	require(database && database_check(database) == DATABASE_OK);
	while (rows.left)
		put_row(database, &rows);
	database_close(database);
	search_honest(which);
}

/* --- the whole --- */

static void make_honest_log(void)
{
	struct logs logs;

	logs_begin(&logs, honest, "0123456789ab");
	for (uint64_t i = 0; i < RECORDS; i++) {
		char texts[LOGS_TEXTS_SIZE];
		struct audit_event event;
		uint64_t time_us;
		logs_typical(i, texts, &event, &time_us);
		logs_add(&logs, &event, time_us);
		if (i == RECORDS / 2)
			logs_rotate(&logs);
	}
	logs_end(&logs);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	require(mkdtemp(top) != NULL && atexit(clean_up) == 0);
	honest = make_directory("honest");
	hostile = make_directory("hostile");
	store = make_directory("store");
	nowhere = open("/dev/null", O_RDONLY | O_CLOEXEC);
	make_honest_log();
	search_honest(0);
	IO_AUTOCLOSE int index = openat(store, INDEX, O_RDONLY | O_CLOEXEC);
	good = read_fd(index, &good_length);
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 2 || size > LOG_MAX)
		return 0;
	unsigned which = data[0];
	remove_indexes();
	switch (data[1] % INPUTS) {
	case INPUT_LOG:
		try_log(data + 2, size - 2, which);
		break;
	case INPUT_FILE:
		write_file(store, INDEX, data + 2, size - 2);
		search_honest(which);
		break;
	default:
		try_rows(data + 2, size - 2, which);
	}
	return 0;
}
