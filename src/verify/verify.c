/* Checks an audit directory. */
#include "verify/verify.h"

#include "lib/auditlog/directory.h"
#include "lib/base/clock.h"
#include "lib/base/io.h"
#include "verify/edges.h"
#include "verify/reader.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* Bytes of a piece: small enough that the last ones are read by all partners, and that reading one
 * again costs little. */
#define PIECE_SIZE (UINT64_C(8) << 20)

/* Pieces that are ordered and not joined yet. */
#define PIECES_MAX ((size_t)POOL_PARTNERS_MAX * POOL_ORDERS_MAX)

/* A writer may be in the middle of a record, of replacing head or seal, or of cutting off what
 * another left: it deserves some moments. */
#define PATIENCE 10u
#define PAUSE_MS 20

/* How often to begin anew because retention removed what was to be read. */
#define ATTEMPTS 5u

/* A writer that is always faster cannot keep this for ever. */
#define TURNS_MAX 1000u

#define PROGRESS_MS 100u

struct segment {
	uint64_t number, size; /* as of our first look */
};

struct piece {
	struct pool_piece piece;
	bool last; /* of its segment */
};

struct verifier {
	const struct verify_task *task;
	struct verification *result;
	struct auditlog_checker *checker; /* the result's */
	struct auditlog_checker saved;	  /* where this segment began */
	struct reader reader;		  /* of this segment */
	struct segment *segments;
	size_t count;
	/* Pieces are numbered; a window of them is with partners. */
	struct piece pieces[PIECES_MAX];
	uint64_t ordered, joined;
	size_t next_segment; /* of which a piece is to be ordered */
	uint64_t next_begin;
	struct pool_answer answer;
	uint64_t done, total; /* bytes */
	uint64_t told_ms;
	bool vanished; /* a segment was there and is not any more */
};

/* --- lines --- */

static int take_line(void *context, const char *line, size_t length, uint64_t offset)
{
	struct verifier *verifier = context;
	const struct verify_task *task = verifier->task;

	if (auditlog_checker_line(verifier->checker, line, length) < 0)
		return -1;
	if (task->record && !verifier->checker->doubt.kind)
		task->record(task->context, verifier->checker, line, length, offset);
	return 0;
}

/* Reads lines one by one. Returns 1 at the end of the file, 0 at `until` or with damage, or -1 with
 * errno. */
static int read_lines(struct verifier *verifier, uint64_t until)
{
	for (unsigned patience = PATIENCE;;) {
		uint64_t before = verifier->reader.offset;
		switch (reader_lines(&verifier->reader, until, take_line, verifier)) {
		case READER_TORN:
			if (verifier->reader.offset != before)
				patience = PATIENCE;
			if (patience-- > 0) {
				poll(NULL, 0, PAUSE_MS);
				continue;
			}
			auditlog_checker_torn(verifier->checker);
			return 0;
		case READER_TOO_LONG:
			auditlog_checker_torn(verifier->checker);
			return 0;
		case READER_AT_END:
			return 1;
		case READER_REACHED:
		case READER_STOPPED:
			return 0;
		case READER_FAILED:
			return -1;
		}
	}
}

/* --- segments --- */

static int open_segment(struct verifier *verifier, uint64_t number)
{
	io_close(&verifier->reader.fd);
	verifier->reader.fd = auditlog_open_segment(verifier->task->directory, number, O_RDONLY);
	verifier->vanished = verifier->reader.fd < 0 && errno == ENOENT;
	reader_seek(&verifier->reader, 0);
	return verifier->reader.fd < 0 ? -1 : 0;
}

/* A new one that is behind those that were read, in order. */
static int add_segment(struct verifier *verifier, uint64_t number)
{
	struct stat status;
	IO_AUTOCLOSE int fd = auditlog_open_segment(verifier->task->directory, number, O_RDONLY);

	verifier->vanished = fd < 0 && errno == ENOENT;
	if (fd < 0 || fstat(fd, &status) < 0)
		return -1;
	verifier->segments[verifier->count++] = (struct segment){number, (uint64_t)status.st_size};
	verifier->total += (uint64_t)status.st_size;
	return 0;
}

/* Lists segments with a higher number than this. Returns 0, or -1 with errno. */
static int list_segments(struct verifier *verifier, uint64_t behind)
{
	uint64_t *numbers;
	size_t count;
	int status = 0;

	if (auditlog_list(verifier->task->directory, &numbers, &count) < 0)
		return -1;
	free(verifier->segments);
	verifier->segments = calloc(count + 1, sizeof(*verifier->segments));
	verifier->count = 0;
	if (!verifier->segments)
		status = -1;
	for (size_t i = 0; i < count && status == 0; i++) {
		if (numbers[i] > behind)
			status = add_segment(verifier, numbers[i]);
	}
	free(numbers);
	return status;
}

static void tell_progress(struct verifier *verifier)
{
	const struct verify_task *task = verifier->task;
	uint64_t now = clock_monotonic_ms();

	if (!task->progress || now - verifier->told_ms < PROGRESS_MS)
		return;
	verifier->told_ms = now;
	task->progress(task->context, verifier->done + verifier->reader.offset, verifier->total);
}

/* --- pieces --- */

/* The next piece in the order of the log; false when all were ordered. The first line of a segment
 * is in none of them. */
static bool next_piece(struct verifier *verifier, struct piece *piece)
{
	if (verifier->next_segment == verifier->count)
		return false;
	const struct segment *segment = &verifier->segments[verifier->next_segment];
	uint64_t begin = verifier->next_begin, end = (begin / PIECE_SIZE + 1) * PIECE_SIZE;
	piece->last = end >= segment->size;
	piece->piece = (struct pool_piece){segment->number, begin ? begin : 1, end};
	verifier->next_begin = piece->last ? 0 : end;
	verifier->next_segment += piece->last;
	return true;
}

static void order_pieces(struct verifier *verifier)
{
	const struct pool *pool = verifier->task->pool;
	uint64_t window = pool && pool->count ? (uint64_t)pool->count * POOL_ORDERS_MAX : 1;
	struct piece piece;

	while (verifier->ordered - verifier->joined < window && next_piece(verifier, &piece)) {
		verifier->pieces[verifier->ordered % PIECES_MAX] = piece;
		if (pool)
			pool_order(verifier->task->pool, verifier->ordered, &piece.piece);
		verifier->ordered++;
	}
}

/* Returns whether a partner has read the piece, found it fine, and it fits. */
static bool join_piece(struct verifier *verifier)
{
	struct pool_answer *answer = &verifier->answer;

	if (!verifier->task->pool ||
	    pool_take(verifier->task->pool, verifier->joined, answer) < 0 ||
	    verifier->task->record || answer->begin != verifier->reader.offset ||
	    auditlog_checker_join(verifier->checker, &answer->stretch) < 0)
		return false;
	reader_seek(&verifier->reader, answer->end);
	return true;
}

static int check_piece(struct verifier *verifier, const struct piece *piece)
{
	int status = 0;

	if (!join_piece(verifier))
		status = read_lines(verifier, piece->piece.end);
	verifier->joined++;
	order_pieces(verifier);
	tell_progress(verifier);
	return status < 0 ? -1 : 0;
}

/* Returns 0, also with damage, or -1 with errno. */
static int check_segment(struct verifier *verifier, const struct segment *segment)
{
	bool last = false;

	if (auditlog_checker_segment(verifier->checker, segment->number) < 0)
		return 0;
	verifier->result->segments++;
	verifier->saved = *verifier->checker;
	if (open_segment(verifier, segment->number) < 0 || read_lines(verifier, 1) < 0)
		return -1;
	while (!last && !verifier->checker->verdict.damage) {
		const struct piece piece = verifier->pieces[verifier->joined % PIECES_MAX];
		last = piece.last;
		if (check_piece(verifier, &piece) < 0)
			return -1;
	}
	if (!verifier->checker->verdict.damage && read_lines(verifier, UINT64_MAX) < 0)
		return -1;
	return 0;
}

/* What was appended to the segment that was read last. */
static int read_rest(struct verifier *verifier)
{
	uint64_t before = verifier->reader.offset;

	if (read_lines(verifier, UINT64_MAX) < 0)
		return -1;
	verifier->result->bytes += verifier->reader.offset - before;
	return 0;
}

/* Segments that were not read yet. Once there is a next one, nothing is appended to that before. */
static int check_segments(struct verifier *verifier)
{
	uint64_t last = verifier->checker->segment;

	if (list_segments(verifier, last) < 0 || (last && read_rest(verifier) < 0))
		return -1;
	verifier->next_segment = 0;
	verifier->next_begin = 0;
	order_pieces(verifier);
	for (size_t i = 0; i < verifier->count && !verifier->checker->verdict.damage; i++) {
		verifier->done = verifier->result->bytes;
		if (check_segment(verifier, &verifier->segments[i]) < 0)
			return -1;
		verifier->result->bytes = verifier->done + verifier->reader.offset;
	}
	return 0;
}

/* The last checkpoint of an epoch is not signed by its key: which is the first? */
static int find_bad_signature(struct verifier *verifier)
{
	const struct auditlog_checker *checker = verifier->checker;
	struct auditlog_verdict verdict = checker->verdict;

	if (verdict.damage != AUDITLOG_BAD_SIGNATURE || !*checker->log.checkpoint.signature ||
	    verdict.seq != checker->log.checkpoint.size + 1)
		return 0;
	*verifier->checker = verifier->saved;
	verifier->checker->signatures = AUDITLOG_ALL_SIGNATURES;
	if (open_segment(verifier, verifier->saved.segment) < 0 ||
	    read_lines(verifier, UINT64_MAX) < 0)
		return -1;
	if (!verifier->checker->verdict.damage)
		verifier->checker->verdict = verdict;
	return 0;
}

/* --- retention --- */

struct retired {
	struct auditlog_checker *checker;
	uint64_t first;
};

static int take_retired(void *context, const char *line, size_t length, uint64_t offset)
{
	struct retired *retired = context;

	(void)offset;
	return auditlog_checker_retired(retired->checker, retired->first, line, length);
}

/* A line that a crash left unfinished belongs to a segment that is still there. */
static int read_retired(struct verifier *verifier)
{
	struct retired retired = {verifier->checker,
				  verifier->count ? verifier->segments[0].number : 0};

	io_close(&verifier->reader.fd);
	verifier->reader.fd =
		auditlog_open(verifier->task->directory, AUDITLOG_RETIRED_NAME, O_RDONLY);
	if (verifier->reader.fd < 0)
		return errno == ENOENT ? 0 : -1;
	reader_seek(&verifier->reader, 0);
	switch (reader_lines(&verifier->reader, UINT64_MAX, take_retired, &retired)) {
	case READER_FAILED:
		return -1;
	case READER_TOO_LONG:
		auditlog_checker_torn(verifier->checker);
		return 0;
	case READER_REACHED:
	case READER_AT_END:
	case READER_TORN:
	case READER_STOPPED:
		break;
	}
	return 0;
}

/* --- the end --- */

/* Reads to where the log ends now, and then at once its seal, until they fit: the seal may be that
 * of a checkpoint that was appended meanwhile. Returns 0, or -1 with errno. */
static int catch_up(struct verifier *verifier, char seal[EDGES_SEAL_SIZE], size_t *length)
{
	const struct auditlog_checker *checker = verifier->checker;
	unsigned patience = PATIENCE;

	for (unsigned turn = 0; turn < TURNS_MAX; turn++) {
		uint64_t seq = checker->log.end.seq;
		if (check_segments(verifier) < 0)
			return -1;
		*length = edges_read_seal(verifier->task->directory, seal);
		if (checker->verdict.damage || auditlog_checker_is_sealed(checker, seal, *length))
			return 0;
		if (checker->log.end.seq != seq)
			patience = PATIENCE;
		else if (patience-- == 0)
			return 0;
		else
			poll(NULL, 0, PAUSE_MS);
	}
	errno = EBUSY;
	return -1;
}

static int check_end(struct verifier *verifier)
{
	char seal[EDGES_SEAL_SIZE];
	size_t length;

	if (catch_up(verifier, seal, &length) < 0)
		return -1;
	if (!verifier->checker->verdict.damage && auditlog_checker_finish(verifier->checker) == 0)
		(void)!auditlog_checker_seal(verifier->checker, seal, length);
	return 0;
}

/* --- all of it --- */

static void begin(struct verifier *verifier)
{
	const struct verify_task *task = verifier->task;
	struct auditlog_known known = {0};

	memset(verifier->result, 0, sizeof(*verifier->result));
	if (task->known)
		known = *task->known;
	/* First of all: what is appended afterwards can only be more. */
	known.has_head = edges_read_head(task->directory, &known.head);
	auditlog_checker_init(verifier->checker, &known);
	/* Answers that nobody has taken. */
	for (; task->pool && verifier->joined < verifier->ordered; verifier->joined++)
		(void)!pool_take(task->pool, verifier->joined, &verifier->answer);
	verifier->ordered = verifier->joined = 0;
	verifier->done = verifier->total = 0;
	verifier->vanished = false;
}

/* The list of what is there comes before that of what was removed, which retention writes first. */
static int begin_keys(struct verifier *verifier)
{
	return list_segments(verifier, 0) < 0 ? -1 : read_retired(verifier);
}

static int check_all(struct verifier *verifier)
{
	if (begin_keys(verifier) < 0)
		return -1;
	verifier->total = 0;
	if (!verifier->checker->verdict.damage && check_segments(verifier) < 0)
		return -1;
	if (!verifier->checker->verdict.damage && check_end(verifier) < 0)
		return -1;
	return find_bad_signature(verifier);
}

static int check_first_key(struct verifier *verifier)
{
	if (begin_keys(verifier) < 0)
		return -1;
	if (verifier->checker->verdict.damage || !verifier->count ||
	    auditlog_checker_segment(verifier->checker, verifier->segments[0].number) < 0)
		return 0;
	verifier->result->segments++;
	return open_segment(verifier, verifier->segments[0].number) < 0 ||
			       read_lines(verifier, 1) < 0
		       ? -1
		       : 0;
}

static int run(const struct verify_task *task, struct verification *result,
	       int (*check)(struct verifier *))
{
	struct verifier *verifier = calloc(1, sizeof(*verifier));
	char *buffer = malloc(READER_SIZE + AUDITLOG_LINE_MAX);
	int status = -1;

	if (verifier && buffer) {
		verifier->task = task;
		verifier->result = result;
		verifier->checker = &result->checker;
		verifier->reader = (struct reader){.fd = -1, .buffer = buffer};
		for (unsigned attempt = 0; attempt < ATTEMPTS; attempt++) {
			begin(verifier);
			status = check(verifier);
			if (status == 0 || !verifier->vanished)
				break;
		}
		int saved = errno;
		io_close(&verifier->reader.fd);
		free(verifier->segments);
		errno = saved;
	}
	free(verifier);
	free(buffer);
	return status;
}

int verify_directory(const struct verify_task *task, struct verification *result)
{
	return run(task, result, check_all);
}

int verify_first_key(const struct verify_task *task, struct verification *result)
{
	return run(task, result, check_first_key);
}
