/* Makes a bundle of an audit directory. */
#include "verify/bundle_maker.h"

#include "lib/auditlog/directory.h"
#include "lib/auditlog/match.h"
#include "lib/base/base64.h"
#include "lib/base/io.h"
#include "verify/bundle.h"
#include "verify/paths.h"
#include "verify/reader.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OUT_SIZE ((size_t)65536)

/* Where a block of leaves begins, and whether it has chosen ones. */
struct block {
	uint64_t segment, offset;
	bool chosen;
	uint8_t root[AUDITLOG_HASH_SIZE]; /* of a whole one */
};

struct maker {
	const struct bundle_task *task;
	struct bundle_count *count;
	struct failure *failure;
	/* While the log is verified. */
	struct auditlog_tree base; /* before the first record that is there */
	struct auditlog_tree part; /* of this block */
	struct auditlog_tree tree; /* of the last checkpoint */
	struct note_checkpoint checkpoint;
	uint64_t first_block;
	struct block *blocks;
	size_t block_count, block_room;
	uint64_t chosen;
	bool too_large;
	/* While the bundle is written. */
	struct paths paths;
	struct bundle check;
	struct reader reader;
	uint64_t *segments;
	size_t segment_count, at; /* `at` is the one that is open */
	uint64_t next;		  /* number of the record that is read next */
	uint64_t key_count;
	bool keys_done;
	char out[OUT_SIZE];
	size_t used;
};

static int fail(struct maker *maker, enum failure_kind kind, const char *message, const char *hint)
{
	failure_set(maker->failure, kind, hint, "%s", message);
	return -1;
}

static int changed(struct maker *maker)
{
	return fail(maker, FAILURE_AUDIT, "the audit log was changed while the bundle was made",
		    "Try again; if it happens again, run ghward audit verify.");
}

/* --- the first reading --- */

static bool is_chosen(const struct maker *maker, const struct auditlog_record *record,
		      const char *line, size_t length)
{
	return auditlog_match(maker->task->filter, record, line, length);
}

/* The peaks of the tree before the first record that are within its block. */
static void begin_part(struct maker *maker, uint64_t index)
{
	const struct auditlog_tree *base = &maker->base;
	uint64_t begin = index & ~(PATHS_BLOCK - 1), at = 0;

	memset(&maker->part, 0, sizeof(maker->part));
	maker->part.begin = begin;
	maker->part.end = index;
	for (unsigned i = 0; i < base->count && index == base->end; i++) {
		if (at >= begin)
			memcpy(maker->part.peaks[maker->part.count++], base->peaks[i],
			       AUDITLOG_HASH_SIZE);
		at += UINT64_C(1) << (63u - (unsigned)__builtin_clzll(base->end - at));
	}
}

/* The verifier may begin anew. */
static void begin_log(struct maker *maker, const struct auditlog_checker *checker)
{
	maker->base = checker->first > 1 ? checker->log.anchor : (struct auditlog_tree){0};
	maker->first_block = maker->base.end >> PATHS_BLOCK_LEVELS;
	maker->block_count = 0;
	maker->chosen = 0;
	maker->too_large = false;
	memset(&maker->tree, 0, sizeof(maker->tree));
}

static bool make_room(struct maker *maker)
{
	if (maker->block_count < maker->block_room)
		return true;
	size_t room = maker->block_room ? 2 * maker->block_room : 64;
	struct block *blocks =
		room > PATHS_BLOCKS_MAX ? NULL : reallocarray(maker->blocks, room, sizeof(*blocks));
	if (!blocks)
		return false;
	maker->blocks = blocks;
	maker->block_room = room;
	return true;
}

static bool begin_block(struct maker *maker, uint64_t index, uint64_t segment, uint64_t offset)
{
	if (!make_room(maker))
		return false;
	maker->blocks[maker->block_count++] = (struct block){.segment = segment, .offset = offset};
	begin_part(maker, index);
	return true;
}

static void see_checkpoint(struct maker *maker, const struct auditlog_checker *checker,
			   const struct auditlog_record *record)
{
	struct auditlog_checkpoint checkpoint;

	if (!auditlog_text_is(record->event, AUDITLOG_CHECKPOINT) ||
	    auditlog_get_checkpoint(record, checker->log.origin, &checkpoint) < 0)
		return;
	maker->tree = checkpoint.tree;
	maker->checkpoint = checkpoint.note;
}

static void see_record(void *context, const struct auditlog_checker *checker, const char *line,
		       size_t length, uint64_t offset)
{
	struct maker *maker = context;
	uint64_t index = checker->log.end.seq - 1;
	struct auditlog_record record;

	if (checker->log.records == 1)
		begin_log(maker, checker);
	if ((checker->log.records == 1 || index % PATHS_BLOCK == 0) && !maker->too_large)
		maker->too_large = !begin_block(maker, index, checker->segment, offset);
	if (maker->too_large || auditlog_parse(line, length, &record) < 0)
		return;
	see_checkpoint(maker, checker, &record);
	auditlog_tree_add(&maker->part, checker->log.end.hash);
	size_t block = maker->block_count - 1;
	if (maker->part.end % PATHS_BLOCK == 0)
		memcpy(maker->blocks[block].root, maker->part.peaks[0], AUDITLOG_HASH_SIZE);
	if (is_chosen(maker, &record, line, length)) {
		maker->chosen++;
		maker->blocks[block].chosen = true;
	}
}

/* --- writing --- */

static int flush(struct maker *maker)
{
	if (io_write_full(maker->task->out, maker->out, maker->used) < 0)
		return fail(maker, FAILURE_INTERRUPTED, "nobody takes the bundle", "");
	maker->used = 0;
	return 0;
}

/* A line, which also the check sees. */
static int put_line(struct maker *maker, const char *line, size_t length)
{
	if (bundle_line(&maker->check, line, length) < 0)
		return changed(maker);
	if (maker->used + length + 1 > sizeof(maker->out) && flush(maker) < 0)
		return -1;
	memcpy(maker->out + maker->used, line, length);
	maker->used += length;
	maker->out[maker->used++] = '\n';
	return 0;
}

static int put_text(struct maker *maker, const char *text)
{
	return put_line(maker, text, strlen(text));
}

/* --- keys --- */

/* The first line of a segment, up to that whose key signed the checkpoint. */
static int take_header(void *context, const char *line, size_t length, uint64_t offset)
{
	struct maker *maker = context;
	struct auditlog_segment segment;
	struct auditlog_record record;
	char key[NOTE_KEY_SIZE], text[NOTE_KEY_SIZE + NOTE_SIGNATURE_SIZE + 8];

	(void)offset;
	if (auditlog_parse(line, length, &record) < 0 ||
	    auditlog_get_segment(&record, &segment) < 0)
		return changed(maker);
	/* What is in the list of removed segments may still be there. */
	if (segment.epoch <= maker->key_count)
		return 0;
	note_key_format(&segment.key, key);
	snprintf(text, sizeof(text), BUNDLE_KEY "%s%s%s", key, maker->check.keys ? " " : "",
		 maker->check.keys ? segment.signature : "");
	maker->key_count = segment.epoch;
	return put_text(maker, text);
}

/* Returns 0, or -1 with a failure. */
static int read_headers(struct maker *maker, int fd, uint64_t until)
{
	struct reader reader = maker->reader;

	reader.fd = fd;
	reader_seek(&reader, 0);
	switch (reader_lines(&reader, until, take_header, maker)) {
	case READER_REACHED:
	case READER_AT_END:
	case READER_TORN:
		return 0;
	case READER_STOPPED:
		return -1;
	case READER_TOO_LONG:
	case READER_FAILED:
		break;
	}
	return changed(maker);
}

static int put_keys(struct maker *maker)
{
	IO_AUTOCLOSE int retired =
		auditlog_open(maker->task->directory, AUDITLOG_RETIRED_NAME, O_RDONLY);

	if (retired >= 0 && read_headers(maker, retired, UINT64_MAX) < 0)
		return -1;
	for (size_t i = 0; i < maker->segment_count; i++) {
		/* The checkpoint is behind the record of its size, in the same segment. */
		if (maker->segments[i] > maker->checkpoint.size)
			break;
		IO_AUTOCLOSE int fd =
			auditlog_open_segment(maker->task->directory, maker->segments[i], O_RDONLY);
		if (fd < 0)
			return changed(maker);
		if (read_headers(maker, fd, 1) < 0)
			return -1;
	}
	return 0;
}

static int put_checkpoint(struct maker *maker)
{
	char note[NOTE_CHECKPOINT_SIZE];
	size_t length = note_checkpoint_format(&maker->checkpoint, note), at = 0;

	if (put_text(maker, BUNDLE_NOTE) < 0)
		return -1;
	while (at < length) {
		const char *end = memchr(note + at, '\n', length - at);
		size_t line = (size_t)(end - note) - at;
		if (put_line(maker, note + at, line) < 0)
			return -1;
		at += line + 1;
	}
	return 0;
}

/* --- records --- */

static int open_segment(struct maker *maker, size_t at, uint64_t offset)
{
	io_close(&maker->reader.fd);
	if (at == maker->segment_count)
		return changed(maker);
	maker->at = at;
	maker->reader.fd =
		auditlog_open_segment(maker->task->directory, maker->segments[at], O_RDONLY);
	reader_seek(&maker->reader, offset);
	return maker->reader.fd < 0 ? changed(maker) : 0;
}

static size_t find_segment(const struct maker *maker, uint64_t number)
{
	size_t at = 0;

	while (at < maker->segment_count && maker->segments[at] != number)
		at++;
	return at;
}

/* The number of the record behind a block, as far as the checkpoint covers it. */
static uint64_t block_end(const struct maker *maker, size_t block)
{
	uint64_t end = (maker->first_block + block + 1) * PATHS_BLOCK;

	return (end < maker->checkpoint.size ? end : maker->checkpoint.size) + 1;
}

static uint64_t block_begin(const struct maker *maker, size_t block)
{
	uint64_t begin = (maker->first_block + block) * PATHS_BLOCK;

	return (begin > maker->base.end ? begin : maker->base.end) + 1;
}

/* Reads the records of a block, wherever they are. */
static int read_block(struct maker *maker, size_t block, reader_line_fn *take)
{
	const struct block *from = &maker->blocks[block];
	uint64_t end = block_end(maker, block);

	maker->next = block_begin(maker, block);
	if (open_segment(maker, find_segment(maker, from->segment), from->offset) < 0)
		return -1;
	maker->failure->kind = FAILURE_NONE;
	while (maker->next < end) {
		switch (reader_lines(&maker->reader, UINT64_MAX, take, maker)) {
		case READER_AT_END:
			if (open_segment(maker, maker->at + 1, 0) < 0)
				return -1;
			break;
		case READER_STOPPED:
			if (maker->failure->kind != FAILURE_NONE)
				return -1;
			break;
		case READER_REACHED:
		case READER_TORN:
		case READER_TOO_LONG:
		case READER_FAILED:
			return changed(maker);
		}
	}
	return 0;
}

/* Behind the last record of a block, reading stops. */
static int end_of_block(const struct maker *maker)
{
	return maker->next > maker->checkpoint.size || (maker->next - 1) % PATHS_BLOCK == 0 ? -1
											    : 0;
}

static int take_leaf(void *context, const char *line, size_t length, uint64_t offset)
{
	struct maker *maker = context;
	uint8_t hash[AUDITLOG_HASH_SIZE];

	(void)offset;
	auditlog_leaf_hash(line, length, hash);
	paths_leaf(&maker->paths, maker->next - 1, hash);
	maker->next++;
	return end_of_block(maker);
}

static int put_path(struct maker *maker, uint64_t index)
{
	uint8_t path[AUDITLOG_TREE_LEVELS][AUDITLOG_HASH_SIZE];
	char text[sizeof(BUNDLE_PATH) + AUDITLOG_TREE_LEVELS * 45u] = BUNDLE_PATH;
	size_t count = paths_get(&maker->paths, index, path), used = strlen(text);

	for (size_t i = 0; i < count; i++) {
		text[used++] = ' ';
		base64_encode(path[i], AUDITLOG_HASH_SIZE, text + used);
		used += BASE64_LENGTH(AUDITLOG_HASH_SIZE);
	}
	return put_line(maker, text, used);
}

static int take_chosen(void *context, const char *line, size_t length, uint64_t offset)
{
	struct maker *maker = context;
	struct auditlog_record record;

	(void)offset;
	if (auditlog_parse(line, length, &record) < 0)
		return changed(maker);
	if (is_chosen(maker, &record, line, length)) {
		if (put_line(maker, line, length) < 0 || put_path(maker, maker->next - 1) < 0)
			return -1;
		maker->count->records++;
	}
	maker->next++;
	return end_of_block(maker);
}

static int put_block(struct maker *maker, size_t block)
{
	paths_begin_block(&maker->paths, maker->first_block + block);
	if (read_block(maker, block, take_leaf) < 0)
		return -1;
	paths_end_block(&maker->paths);
	return read_block(maker, block, take_chosen);
}

static int put_records(struct maker *maker)
{
	char end[40];

	for (size_t i = 0; i < maker->block_count; i++) {
		if (maker->blocks[i].chosen && block_begin(maker, i) <= maker->checkpoint.size &&
		    put_block(maker, i) < 0)
			return -1;
	}
	snprintf(end, sizeof(end), BUNDLE_END "%" PRIu64, maker->count->records);
	return put_text(maker, end) < 0 ? -1 : flush(maker);
}

/* --- the whole --- */

static int begin_paths(struct maker *maker)
{
	if (paths_begin(&maker->paths, &maker->base, &maker->tree) < 0)
		return -1;
	for (size_t i = 0; i < maker->block_count; i++) {
		uint64_t block = maker->first_block + i;
		if ((block + 1) * PATHS_BLOCK <= maker->tree.end)
			paths_whole_block(&maker->paths, block, maker->blocks[i].root);
	}
	paths_ready(&maker->paths);
	return 0;
}

static int write_bundle(struct maker *maker, const struct auditlog_checker *checker)
{
	if (maker->too_large)
		return fail(maker, FAILURE_AUDIT, "the audit log is too large for a bundle",
			    "A copy of the log can be verified as a whole.");
	if (maker->chosen > BUNDLE_RECORDS_MAX)
		return fail(maker, FAILURE_USAGE,
			    "more records are chosen than fit into a bundle (1,000,000)",
			    "Choose a shorter time, or fewer events.");
	if (!*maker->checkpoint.signature)
		return fail(maker, FAILURE_CONFLICT, "nothing in the audit log is signed yet",
			    "Try again in a second.");
	bundle_begin(&maker->check, &checker->first_key);
	if (auditlog_list(maker->task->directory, &maker->segments, &maker->segment_count) < 0 ||
	    begin_paths(maker) < 0)
		return fail(maker, FAILURE_INTERNAL, "there is not enough memory", "");
	if (put_text(maker, BUNDLE_HEADER) < 0 || put_keys(maker) < 0 ||
	    put_checkpoint(maker) < 0 || put_records(maker) < 0)
		return -1;
	maker->count->left_out = maker->chosen - maker->count->records;
	return 0;
}

static int make(struct maker *maker, struct verification *verification)
{
	const struct verify_task task = {
		.directory = maker->task->directory,
		.known = maker->task->known,
		.record = see_record,
		.context = maker,
	};

	if (verify_directory(&task, verification) < 0) {
		failure_set(maker->failure, FAILURE_AUDIT,
			    "Check that it is a directory with regular files that you may read.",
			    "the audit log cannot be read: %s", strerror(errno));
		return -1;
	}
	return verification->checker.verdict.damage ? 0
						    : write_bundle(maker, &verification->checker);
}

int bundle_make(const struct bundle_task *task, struct verification *verification,
		struct bundle_count *count, struct failure *failure)
{
	struct maker *maker = calloc(1, sizeof(*maker));
	int status;

	if (!maker)
		return -1;
	maker->task = task;
	maker->count = count;
	maker->failure = failure;
	maker->reader.fd = -1;
	maker->reader.buffer = malloc(READER_SIZE + AUDITLOG_LINE_MAX);
	if (maker->reader.buffer)
		status = make(maker, verification);
	else
		status = fail(maker, FAILURE_INTERNAL, "there is not enough memory", "");
	io_close(&maker->reader.fd);
	paths_free(&maker->paths);
	free(maker->reader.buffer);
	free(maker->segments);
	free(maker->blocks);
	free(maker);
	return status;
}
