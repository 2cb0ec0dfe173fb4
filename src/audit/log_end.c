/* Where the log ends: found from the last checkpoint, then followed as others write. */
#include "audit/log.h"

#include "lib/base/io.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The last checkpoint is no farther from the end than what may stand unsealed, two appends and a
 * line that was never ended; mostly far nearer, so a small piece is read first. */
#define TAIL_SMALL ((size_t)16384)
#define TAIL_MAX ((size_t)(LOG_UNSEALED_BYTES + 2 * LOG_APPEND_MAX + AUDITLOG_LINE_MAX))

/* --- taking records over --- */

static int take_segment(struct log *log, const struct auditlog_record *record, struct log_end *end)
{
	struct auditlog_segment segment;

	if (auditlog_get_segment(record, &segment) < 0 || segment.tree.end != end->tree.end ||
	    memcmp(segment.tree.peaks, end->tree.peaks,
		   sizeof(segment.tree.peaks[0]) * segment.tree.count) != 0)
		return log_refuse(log, "a record", "does not begin its segment rightly");
	end->epoch = segment.epoch;
	end->key = segment.key;
	end->epoch_first = record->seq;
	end->segment_us = record->time_us;
	end->closed = false;
	return 0;
}

static int take_checkpoint(struct log *log, const struct auditlog_record *record,
			   struct log_end *end)
{
	struct auditlog_checkpoint checkpoint;
	uint8_t root[AUDITLOG_HASH_SIZE];

	auditlog_tree_root(&end->tree, root);
	if (auditlog_get_checkpoint(record, end->key.origin, &checkpoint) < 0 ||
	    memcmp(checkpoint.note.root, root, sizeof(root)) != 0)
		return log_refuse(log, "a checkpoint", "is not that of the records before it");
	end->checkpoint = checkpoint.note;
	end->closed = checkpoint.next != 0;
	end->unsealed_records = 0;
	end->unsealed_bytes = 0;
	return 0;
}

static int take_line(struct log *log, const char *line, size_t length, struct log_end *end)
{
	struct auditlog_record record;
	bool segment, checkpoint;

	if (auditlog_parse(line, length, &record) < 0 || record.seq != end->position.seq + 1 ||
	    memcmp(record.prev, end->position.hash, AUDITLOG_HASH_SIZE) != 0)
		return log_refuse(log, "one of its last records", "was changed");
	segment = auditlog_text_is(record.event, AUDITLOG_SEGMENT);
	checkpoint = auditlog_text_is(record.event, AUDITLOG_CHECKPOINT);
	end->unsealed_records++;
	end->unsealed_bytes += length + 1;
	if ((segment && take_segment(log, &record, end) < 0) ||
	    (checkpoint && take_checkpoint(log, &record, end) < 0))
		return -1;
	end->position.seq = record.seq;
	auditlog_leaf_hash(line, length, end->position.hash);
	auditlog_tree_add(&end->tree, end->position.hash);
	log->seen(log->context, &record);
	return 0;
}

/* Takes over all whole lines from log->segment_size on. *torn gets the bytes behind them. */
static int replay(struct log *log, uint64_t size, uint64_t *torn)
{
	char *buffer = malloc(AUDITLOG_LINE_MAX);
	int status = buffer ? 0 : -1;

	while (status == 0 && log->segment_size < size) {
		uint64_t left = size - log->segment_size;
		size_t wanted = left < AUDITLOG_LINE_MAX ? (size_t)left : AUDITLOG_LINE_MAX;
		if (io_pread_full(log->segment, buffer, wanted, log->segment_size) !=
		    (ssize_t)wanted) {
			status = log_fail(log, "cannot read", "the last segment");
			break;
		}
		char *line = buffer, *end;
		while (status == 0 &&
		       (end = memchr(line, '\n', wanted - (size_t)(line - buffer)))) {
			status = take_line(log, line, (size_t)(end - line), &log->end);
			line = end + 1;
		}
		log->segment_size += (uint64_t)(line - buffer);
		if (line == buffer)
			break;
	}
	free(buffer);
	*torn = size - log->segment_size;
	/* A line that was never ended is not longer than one that was. */
	if (status == 0 && *torn >= AUDITLOG_LINE_MAX)
		return log_refuse(log, "the last segment", "does not end with records");
	return status;
}

/* --- finding a place to begin --- */

/* The last whole line that is a checkpoint; NULL when there is none. `begins` says that the text
 * begins with a line. */
static const char *find_checkpoint(const char *text, size_t size, bool begins,
				   struct auditlog_record *record)
{
	const char *end = memrchr(text, '\n', size);

	while (end) {
		const char *before = memrchr(text, '\n', (size_t)(end - text));
		const char *line = before ? before + 1 : text;
		if (!before && !begins)
			return NULL;
		if (auditlog_parse(line, (size_t)(end - line), record) == 0 &&
		    auditlog_text_is(record->event, AUDITLOG_CHECKPOINT))
			return line;
		end = before;
	}
	return NULL;
}

/* What holds before a checkpoint: it carries the tree's peaks. */
static int begin_at(struct log *log, const struct auditlog_record *record)
{
	struct auditlog_checkpoint checkpoint;

	if (auditlog_get_checkpoint(record, log->end.key.origin, &checkpoint) < 0)
		return log_refuse(log, "its last checkpoint", "is damaged");
	log->end.tree = checkpoint.tree;
	log->end.position.seq = record->seq - 1;
	memcpy(log->end.position.hash, record->prev, AUDITLOG_HASH_SIZE);
	return 0;
}

/* The first line of the open segment has the key, and the tree before it. Returns 1, 0 if there is
 * no line yet, or -1. */
static int begin_at_first(struct log *log, char *buffer)
{
	ssize_t got = io_pread_full(log->segment, buffer, AUDITLOG_LINE_MAX, 0);
	const char *end = got > 0 ? memchr(buffer, '\n', (size_t)got) : NULL;
	struct auditlog_record record;
	struct auditlog_segment segment;

	if (got < 0)
		return log_fail(log, "cannot read", "the last segment");
	if (!end && got < (ssize_t)AUDITLOG_LINE_MAX)
		return 0;
	if (!end || auditlog_parse(buffer, (size_t)(end - buffer), &record) < 0 ||
	    auditlog_get_segment(&record, &segment) < 0)
		return log_refuse(log, "the beginning of its last segment", "is damaged");
	log->end.epoch = segment.epoch;
	log->end.key = segment.key;
	log->end.epoch_first = record.seq;
	log->end.segment_us = record.time_us;
	log->end.tree = segment.tree;
	log->end.position.seq = record.seq - 1;
	memcpy(log->end.position.hash, record.prev, AUDITLOG_HASH_SIZE);
	return 1;
}

/* Sets log->end and log->segment_size to the last checkpoint of the open segment. Returns 1, 0 if
 * it has none, or -1. */
static int locate(struct log *log, uint64_t size)
{
	char *buffer = malloc(TAIL_MAX);
	struct auditlog_record record;
	const char *line = NULL;
	int status = buffer ? begin_at_first(log, buffer) : -1;

	for (size_t wanted = TAIL_SMALL; status == 1 && !line; wanted = TAIL_MAX) {
		bool whole = wanted >= size, last = whole || wanted == TAIL_MAX;
		if (whole)
			wanted = (size_t)size;
		if (io_pread_full(log->segment, buffer, wanted, size - wanted) != (ssize_t)wanted)
			status = log_fail(log, "cannot read", "the last segment");
		else if ((line = find_checkpoint(buffer, wanted, whole, &record)))
			log->segment_size = size - wanted + (uint64_t)(line - buffer);
		else if (whole)
			status = 0;
		else if (last)
			status = log_refuse(log, "the last segment",
					    "has no checkpoint near its end");
	}
	if (line && begin_at(log, &record) < 0)
		status = -1;
	free(buffer);
	return status;
}

static int open_segment(struct log *log, uint64_t first, int flags)
{
	char name[AUDITLOG_NAME_SIZE];
	struct stat status;

	auditlog_segment_name(name, first);
	io_close(&log->segment);
	log->segment = auditlog_open(log->directory, name, O_RDWR | flags);
	if (log->segment < 0 || fstat(log->segment, &status) < 0)
		return log_fail(log, flags ? "cannot create" : "cannot open", name);
	log->segment_first = first;
	log->segment_size = 0;
	log->allocated = (uint64_t)status.st_blocks * 512;
	return 0;
}

static uint64_t size_of(int fd)
{
	struct stat status;

	return fstat(fd, &status) == 0 ? (uint64_t)status.st_size : 0;
}

/* --- head, seal and key --- */

static int write_empty_head(struct log *log)
{
	const struct auditlog_position beginning = {0};
	char text[AUDITLOG_SLOT_SIZE + 1];

	auditlog_format_slot(text, &beginning);
	return io_pwrite_full(log->head, text, AUDITLOG_SLOT_SIZE, 0);
}

/* Durable before the first record, so that no crash can leave records without a head. */
static int create_head(struct log *log)
{
	io_close(&log->head);
	log->head = auditlog_open(log->directory, AUDITLOG_HEAD_NAME, O_RDWR | O_CREAT);
	if (log->head < 0 || write_empty_head(log) < 0 || fdatasync(log->head) < 0)
		return log_fail(log, "cannot create", AUDITLOG_HEAD_NAME);
	return 0;
}

/* Records that the head knows of must be there: otherwise the next ones would take their numbers
 * and nothing would show. */
static int check_head(struct log *log)
{
	char text[AUDITLOG_SLOT_SIZE];
	struct auditlog_position head;
	const struct auditlog_position *end = &log->end.position;

	io_close(&log->head);
	log->head = auditlog_open(log->directory, AUDITLOG_HEAD_NAME, O_RDWR);
	if (log->head < 0 && errno != ENOENT)
		return log_fail(log, "cannot open", AUDITLOG_HEAD_NAME);
	if (log->head < 0)
		return end->seq == 0 ? create_head(log)
				     : log_refuse(log, AUDITLOG_HEAD_NAME, "is missing");
	ssize_t got = io_pread_full(log->head, text, sizeof(text), 0);
	if (got < 0)
		return log_fail(log, "cannot read", AUDITLOG_HEAD_NAME);
	if (got == 0 && end->seq == 0)
		return create_head(log); /* ended by a crash while it was made */
	if (auditlog_parse_slot(text, (size_t)got, &head) < 0)
		return log_refuse(log, AUDITLOG_HEAD_NAME, "is damaged");
	if (head.seq > end->seq)
		return log_refuse(log, "its end", "was cut off");
	if (head.seq == end->seq && memcmp(head.hash, end->hash, AUDITLOG_HASH_SIZE) != 0)
		return log_refuse(log, "its last record", "was changed");
	return 0;
}

static bool is_seal_of(const struct auditlog_position *slot, const struct note_checkpoint *note)
{
	uint8_t hash[AUDITLOG_HASH_SIZE];

	if (slot->seq != note->size)
		return false;
	note_hash(slot->hash, sizeof(slot->hash), hash);
	return memcmp(hash, note->seal, sizeof(hash)) == 0;
}

/* A log that was cut back to an earlier checkpoint has not its secret. */
static int check_seal(struct log *log)
{
	struct slots *seal = &log->seal;

	if (slots_open(seal, log->directory, AUDITLOG_SEAL_NAME) < 0)
		return errno == EBADMSG ? log_refuse(log, AUDITLOG_SEAL_NAME, "is damaged")
					: log_fail(log, "cannot open", AUDITLOG_SEAL_NAME);
	for (unsigned i = 0; i < 2; i++) {
		if (log->end.checkpoint.size == 0 ||
		    is_seal_of(&seal->slot[i], &log->end.checkpoint)) {
			slots_choose(seal, i);
			return 0;
		}
	}
	return log_refuse(log, AUDITLOG_SEAL_NAME, "is not that of its last checkpoint");
}

/* The epoch's key is in the slot with the number of the record that told its public half. */
static int check_key(struct log *log)
{
	struct slots *key = &log->key;

	if (slots_open(key, log->directory, AUDITLOG_KEY_NAME) < 0)
		return errno == EBADMSG ? log_refuse(log, AUDITLOG_KEY_NAME, "is damaged")
					: log_fail(log, "cannot open", AUDITLOG_KEY_NAME);
	for (unsigned i = 0; i < 2; i++) {
		if (log->end.epoch == 0 || key->slot[i].seq == log->end.epoch_first) {
			slots_choose(key, i);
			return 0;
		}
	}
	return log_refuse(log, AUDITLOG_KEY_NAME, "is not that of its last segment");
}

/* --- the whole --- */

/* A new segment is empty until its first append. */
static int create_segment(struct log *log)
{
	log->after = log->end.epoch == 0 ? AUDITLOG_AFTER_NOTHING
		     : log->end.closed	 ? AUDITLOG_AFTER_CLOSED
					 : AUDITLOG_AFTER_INTERRUPTED;
	if (open_segment(log, log->end.position.seq + 1, O_CREAT) < 0)
		return -1;
	return fsync(log->directory) == 0 ? 0 : log_fail(log, "cannot sync", "the directory");
}

/* Goes to the last checkpoint, or to the beginning of a log that has none. *last gets the number of
 * the last segment, 0 when there is none. */
static int find_checkpoint_or_first(struct log *log, uint64_t *last)
{
	uint64_t *numbers;
	size_t count;
	int found = 0;

	memset(&log->end, 0, sizeof(log->end));
	if (auditlog_list(log->directory, &numbers, &count) < 0)
		return log_fail(log, "cannot list", "the audit directory");
	*last = count ? numbers[count - 1] : 0;
	while (count && found == 0)
		found = open_segment(log, numbers[--count], 0) < 0
				? -1
				: locate(log, size_of(log->segment));
	free(numbers);
	return found < 0 ? -1 : 0;
}

/* Is there a segment behind this one? */
static bool has_next(const struct log *log)
{
	IO_AUTOCLOSE int fd =
		auditlog_open_segment(log->directory, log->end.position.seq + 1, O_RDONLY);

	return log->end.position.seq + 1 != log->segment_first && (fd >= 0 || errno != ENOENT);
}

static int cut_torn(struct log *log, uint64_t torn)
{
	if (torn == 0)
		return 0;
	if (ftruncate(log->segment, (off_t)log->segment_size) < 0 || fdatasync(log->segment) < 0)
		return log_fail(log, "cannot recover", "the last segment");
	log->allocated = log->segment_size;
	log->recovered += torn;
	return 0;
}

/* From where we are to the last record of the last segment. */
static int follow(struct log *log, uint64_t *torn)
{
	for (;;) {
		if (replay(log, size_of(log->segment), torn) < 0)
			return -1;
		if (!has_next(log))
			return 0;
		if (*torn)
			return log_refuse(log, "one of its segments", "does not end with records");
		log->after = log->end.closed ? AUDITLOG_AFTER_CLOSED : AUDITLOG_AFTER_INTERRUPTED;
		if (open_segment(log, log->end.position.seq + 1, 0) < 0)
			return -1;
	}
}

static int find_or_follow(struct log *log)
{
	uint64_t torn = 0, last = 0;

	if (log->segment < 0 && find_checkpoint_or_first(log, &last) < 0)
		return -1;
	if (log->segment >= 0 && follow(log, &torn) < 0)
		return -1;
	if (last && log->segment_first < last)
		return log_refuse(log, "its last segment", "does not follow the others");
	/* The head decides first whether this is a torn end or a cut one. */
	if (check_head(log) < 0 || check_seal(log) < 0 || check_key(log) < 0 ||
	    cut_torn(log, torn) < 0)
		return -1;
	return log->segment < 0 || log->end.closed ? create_segment(log) : 0;
}

/* Has nobody else written since our last look? */
static bool is_current(const struct log *log)
{
	struct stat status;

	/* A writer that could not go on in this segment leaves it as it was and begins the next. */
	return log->segment >= 0 && log->head >= 0 && !log->end.closed &&
	       fstat(log->segment, &status) == 0 && status.st_nlink != 0 &&
	       (uint64_t)status.st_size == log->segment_size && !has_next(log);
}

int log_refresh(struct log *log)
{
	struct stat status;

	if (is_current(log))
		return 0;
	if (log->segment >= 0 && (fstat(log->segment, &status) < 0 || status.st_nlink == 0 ||
				  (uint64_t)status.st_size < log->segment_size))
		return log_refuse(log, "its last segment", "was removed or cut");
	if (find_or_follow(log) == 0)
		return 0;
	io_close(&log->segment); /* what was refused is looked at anew */
	return -1;
}

int log_start_over(struct log *log)
{
	/* A segment that could not be cut back, or without a record: the next would have its name.
	 */
	if (log->segment < 0 || log->segment_first == log->end.position.seq + 1)
		return -1;
	if (create_segment(log) < 0)
		return -1;
	return check_head(log);
}
