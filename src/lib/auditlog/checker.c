/* Checks a log record by record. */
#include "lib/auditlog/checker_parts.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* The record that should come next. */
static uint64_t expected(const struct auditlog_checker *checker)
{
	return checker->log.end.seq + 1;
}

int checker_damage_in(struct auditlog_checker *checker, enum auditlog_damage kind, uint64_t seq,
		      uint64_t segment)
{
	struct auditlog_verdict *verdict = &checker->verdict;

	if (verdict->damage)
		return -1;
	verdict->damage = kind;
	verdict->seq = seq;
	if (segment)
		auditlog_segment_name(verdict->file, segment);
	return -1;
}

/* A link that does not fit tells of the record before, which may be in the segment before. */
static int damage(struct auditlog_checker *checker, enum auditlog_damage kind, uint64_t seq)
{
	bool earlier = checker->before && seq < checker->segment && seq >= checker->before;

	return checker_damage_in(checker, kind, seq, earlier ? checker->before : checker->segment);
}

void auditlog_checker_init(struct auditlog_checker *checker, const struct auditlog_known *known)
{
	memset(checker, 0, sizeof(*checker));
	checker->known = *known;
	auditlog_stretch_begin(&checker->log);
}

/* --- checkpoints --- */

/* Is there a checkpoint of this epoch? */
static bool has_checkpoint(const struct auditlog_checker *checker)
{
	const struct note_checkpoint *checkpoint = &checker->log.checkpoint;

	return *checkpoint->signature && checkpoint->size >= checker->segment;
}

static int check_signature(struct auditlog_checker *checker)
{
	const struct note_checkpoint *checkpoint = &checker->log.checkpoint;

	if (!has_checkpoint(checker) || note_checkpoint_verify(&checker->key, checkpoint) == 0)
		return 0;
	return damage(checker, AUDITLOG_BAD_SIGNATURE, checkpoint->size + 1);
}

/* The root at the size of the reviewer's checkpoint, once the log has come so far. */
static int check_known_root(struct auditlog_checker *checker)
{
	const struct note_checkpoint *known = &checker->known.checkpoint;
	uint8_t root[AUDITLOG_HASH_SIZE];

	if (!checker->known.has_checkpoint || checker->log.end.seq != known->size)
		return 0;
	/* A checkpoint is in the segment of the records before it, so its key is known by now. */
	if (!checker->known_key && known->size)
		return damage(checker, AUDITLOG_BAD_SIGNATURE, known->size);
	auditlog_tree_root(&checker->log.tree, root);
	if (memcmp(root, known->root, sizeof(root)) != 0)
		return damage(checker, AUDITLOG_REWRITTEN, known->size);
	checker->known_root = true;
	return 0;
}

/* What is known from elsewhere about the record that was just added. */
static int check_known(struct auditlog_checker *checker)
{
	const struct auditlog_known *known = &checker->known;
	const struct auditlog_position *end = &checker->log.end;

	if (known->has_head && end->seq == known->head.seq &&
	    memcmp(end->hash, known->head.hash, AUDITLOG_HASH_SIZE) != 0)
		return damage(checker, AUDITLOG_CHANGED, end->seq);
	return check_known_root(checker);
}

/* --- doubts --- */

static int begin_doubt(struct auditlog_checker *checker, enum auditlog_doubt_kind kind,
		       uint64_t seq)
{
	checker->doubt.kind = kind;
	checker->doubt.seq = seq;
	checker->doubt.segment = checker->segment;
	checker->doubt.before = checker->before;
	return 0;
}

/* The unlinked record is the one that was changed, or inserted; or it is the one before. */
static int settle(struct auditlog_checker *checker, enum auditlog_damage kind, uint64_t seq)
{
	const struct auditlog_doubt *doubt = &checker->doubt;

	return checker_damage_in(checker, kind, seq,
				 seq < doubt->segment && doubt->before ? doubt->before
								       : doubt->segment);
}

/* Nothing follows that could tell more. */
static int give_up(struct auditlog_checker *checker)
{
	const struct auditlog_known *known = &checker->known;
	const struct auditlog_doubt *doubt = &checker->doubt;

	if (doubt->kind == AUDITLOG_SKIPPED)
		return settle(checker, AUDITLOG_DROPPED, doubt->seq);
	bool is_last = known->has_head && known->head.seq == doubt->seq;
	bool changed = is_last && memcmp(known->head.hash, doubt->hash, AUDITLOG_HASH_SIZE) != 0;
	return settle(checker, AUDITLOG_CHANGED,
		      changed || doubt->seq == 1 ? doubt->seq : doubt->seq - 1);
}

/* The line behind an unlinked record. */
static int compare_links(struct auditlog_checker *checker, const struct auditlog_record *record)
{
	const struct auditlog_doubt *doubt = &checker->doubt;

	if (record->seq == doubt->seq && auditlog_stretch_links(&checker->log, record))
		return settle(checker, AUDITLOG_INSERTED, doubt->seq);
	if (record->seq == doubt->seq + 1 &&
	    memcmp(record->prev, doubt->hash, AUDITLOG_HASH_SIZE) != 0)
		return settle(checker, AUDITLOG_CHANGED, doubt->seq);
	return give_up(checker);
}

/* A line while there is a doubt. */
static int look_further(struct auditlog_checker *checker, const char *line, size_t length)
{
	const struct auditlog_doubt *doubt = &checker->doubt;
	struct auditlog_record record;
	bool is_record = auditlog_parse(line, length, &record) == 0;

	if (doubt->kind == AUDITLOG_UNLINKED)
		return is_record ? compare_links(checker, &record) : give_up(checker);
	return is_record && record.seq == doubt->seq
		       ? settle(checker, AUDITLOG_REORDERED, doubt->seq)
		       : 0;
}

/* --- segments --- */

/* The first segment that is there. */
static void begin_log(struct auditlog_checker *checker, uint64_t number)
{
	struct auditlog_stretch *log = &checker->log;

	checker->first = number;
	if (number == 1)
		return;
	/* Retention removed the records before; the first record tells how they ended. */
	log->hash_known = log->anchored = false;
	log->end.seq = log->tree.begin = log->tree.end = number - 1;
}

int auditlog_checker_segment(struct auditlog_checker *checker, uint64_t number)
{
	/* What follows is the next segment, not more. */
	if (checker->doubt.kind && checker->segment != checker->doubt.segment)
		return give_up(checker);
	if (!checker->doubt.kind) {
		if (check_signature(checker) < 0)
			return -1;
		if (!checker->first)
			begin_log(checker, number);
		if (number < expected(checker))
			return checker_damage_in(checker, AUDITLOG_FOREIGN_SEGMENT, number, number);
		if (number > expected(checker) && checker->log.closed && checker->begun)
			return checker_damage_in(checker, AUDITLOG_MISSING_SEGMENT,
						 expected(checker), expected(checker));
		if (number > expected(checker))
			return damage(checker, AUDITLOG_CUT_TAIL, expected(checker));
	}
	checker->before = checker->segment;
	checker->segment = number;
	checker->begun = false;
	return 0;
}

static int check_after(struct auditlog_checker *checker, const struct auditlog_record *record,
		       const struct auditlog_segment *segment)
{
	char error[80];

	if (segment->after == AUDITLOG_AFTER_INTERRUPTED) {
		auditlog_unescape(auditlog_detail(record, "error"), error, sizeof(error));
		auditlog_findings_add(&checker->log.findings, AUDITLOG_INTERRUPTION, record->seq,
				      "the segment before ended by an error%s%s",
				      *error ? ": " : "", error);
	}
	if (!checker->before)
		return 0;
	if (segment->after == AUDITLOG_AFTER_CLOSED && !checker->log.closed)
		return damage(checker, AUDITLOG_CUT_TAIL, record->seq - 1);
	if (segment->after != AUDITLOG_AFTER_CLOSED && checker->log.closed)
		return damage(checker, AUDITLOG_CHANGED, record->seq);
	return 0;
}

/* Lines that `retired` has for segments that are still there must be theirs. */
static int check_ahead(struct auditlog_checker *checker, const char *line, size_t length)
{
	if (checker->seen.seq >= checker->retired.lines.seq)
		return 0;
	checker_add_hash(&checker->seen, line, length);
	if (checker->seen.seq == checker->retired.lines.seq &&
	    memcmp(checker->seen.hash, checker->retired.lines.hash, AUDITLOG_HASH_SIZE) != 0)
		return checker_damage_retired(checker, AUDITLOG_CHANGED, checker->first);
	return 0;
}

/* The first record of a segment. */
static int check_header(struct auditlog_checker *checker, const struct auditlog_record *record,
			const char *line, size_t length)
{
	struct auditlog_segment segment;

	if (auditlog_get_segment(record, &segment) < 0)
		return damage(checker, AUDITLOG_CHANGED, record->seq);
	if (checker->epoch && segment.epoch != checker->epoch + 1)
		return checker->before ? damage(checker, AUDITLOG_CHANGED, record->seq)
				       : checker_damage_retired(checker, AUDITLOG_MISSING_SEGMENT,
								record->seq - 1);
	if (!checker_accept_key(checker, &segment))
		return damage(checker, AUDITLOG_BAD_SIGNATURE, record->seq);
	if (auditlog_stretch_anchor(&checker->log, &segment.tree) < 0)
		return damage(checker, AUDITLOG_REWRITTEN, record->seq);
	if (check_after(checker, record, &segment) < 0 || check_ahead(checker, line, length) < 0)
		return -1;
	/* The records before may not be there, but what they amount to is. */
	return checker->before ? 0 : check_known_root(checker);
}

/* --- records --- */

/* The number is not the expected one: what may have happened? */
static int judge_number(struct auditlog_checker *checker, const struct auditlog_record *record,
			const char *line, size_t length)
{
	const struct auditlog_position *end = &checker->log.end;
	uint8_t hash[AUDITLOG_HASH_SIZE];

	/* It follows in all but its number. */
	if (checker->log.hash_known && auditlog_stretch_links(&checker->log, record))
		return damage(checker, AUDITLOG_CHANGED, expected(checker));
	if (record->seq > expected(checker))
		return begin_doubt(checker, AUDITLOG_SKIPPED, expected(checker));
	if (record->seq < end->seq)
		return checker_damage_in(checker, AUDITLOG_REORDERED, record->seq,
					 checker->segment);
	auditlog_leaf_hash(line, length, hash);
	return checker_damage_in(checker,
				 memcmp(hash, end->hash, sizeof(hash)) == 0 ? AUDITLOG_DUPLICATED
									    : AUDITLOG_INSERTED,
				 record->seq, checker->segment);
}

/* Does the record stand where it belongs? Returns 1 if so, 0 if the question is still open, or -1.
 */
static int check_place(struct auditlog_checker *checker, const struct auditlog_record *record,
		       const char *line, size_t length)
{
	struct auditlog_stretch *log = &checker->log;
	bool is_header = auditlog_text_is(record->event, AUDITLOG_SEGMENT);

	if (!auditlog_stretch_same_log(log, record))
		return damage(checker, AUDITLOG_SPLICED, expected(checker));
	if (record->seq != expected(checker))
		return judge_number(checker, record, line, length);
	if (checker->begun && (log->closed || is_header))
		return damage(checker, AUDITLOG_INSERTED, record->seq);
	if (!auditlog_stretch_links(log, record)) {
		auditlog_leaf_hash(line, length, checker->doubt.hash);
		return begin_doubt(checker, AUDITLOG_UNLINKED, record->seq);
	}
	if (!checker->begun && !is_header)
		return damage(checker, AUDITLOG_CHANGED, record->seq);
	return 1;
}

int auditlog_checker_line(struct auditlog_checker *checker, const char *line, size_t length)
{
	uint8_t hash[AUDITLOG_HASH_SIZE];
	struct auditlog_record record;

	if (checker->doubt.kind)
		return look_further(checker, line, length);
	if (auditlog_parse(line, length, &record) < 0)
		return damage(checker, AUDITLOG_CHANGED, expected(checker));
	int place = check_place(checker, &record, line, length);
	if (place <= 0)
		return place;
	if (!checker->begun && check_header(checker, &record, line, length) < 0)
		return -1;
	checker->begun = true;
	checker->log.closed = false;
	auditlog_leaf_hash(line, length, hash);
	enum auditlog_damage wrong = auditlog_stretch_add(&checker->log, &record, hash);
	if (wrong)
		return damage(checker, wrong, record.seq);
	if (checker->signatures == AUDITLOG_ALL_SIGNATURES &&
	    checker->log.checkpoint.size + 1 == record.seq && check_signature(checker) < 0)
		return -1;
	return check_known(checker);
}

/* Would a stretch pass over a number that something is known about? Its last is no problem. */
static bool passes(const struct auditlog_stretch *stretch, uint64_t seq)
{
	return seq > stretch->before.seq && seq < stretch->end.seq;
}

int auditlog_checker_join(struct auditlog_checker *checker, const struct auditlog_stretch *stretch)
{
	const struct auditlog_known *known = &checker->known;

	if (checker->doubt.kind || !checker->begun ||
	    checker->signatures == AUDITLOG_ALL_SIGNATURES ||
	    (known->has_head &&
	     (passes(stretch, known->head.seq) ||
	      (stretch->end.seq == known->head.seq &&
	       memcmp(stretch->end.hash, known->head.hash, AUDITLOG_HASH_SIZE) != 0))) ||
	    (known->has_checkpoint && (passes(stretch, known->checkpoint.size) ||
				       stretch->end.seq == known->checkpoint.size)))
		return -1;
	return auditlog_stretch_join(&checker->log, stretch);
}

int auditlog_checker_torn(struct auditlog_checker *checker)
{
	return checker->doubt.kind ? give_up(checker)
				   : damage(checker, AUDITLOG_TORN, expected(checker));
}

/* --- the end --- */

static int finish_known(struct auditlog_checker *checker)
{
	const struct auditlog_known *known = &checker->known;
	const struct auditlog_stretch *log = &checker->log;
	uint64_t size = known->checkpoint.size;

	if (known->has_first_key && !checker->epoch)
		return checker_damage_in(checker, AUDITLOG_MISSING_SEGMENT, 1, 1);
	if (!known->has_checkpoint)
		return 0;
	if (strcmp(known->checkpoint.origin, log->origin) == 0 && size > log->end.seq)
		return damage(checker, AUDITLOG_CUT_TAIL, expected(checker));
	if (!checker->known_key)
		return damage(checker, AUDITLOG_BAD_SIGNATURE, size);
	if (!checker->known_root)
		auditlog_findings_add(&checker->log.findings, AUDITLOG_RETENTION, checker->first,
				      "of the checkpoint at %" PRIu64
				      " only the signature could be checked",
				      size);
	return 0;
}

int auditlog_checker_finish(struct auditlog_checker *checker)
{
	const struct auditlog_known *known = &checker->known;
	const struct auditlog_stretch *log = &checker->log;

	if (checker->doubt.kind)
		return give_up(checker);
	if (check_signature(checker) < 0)
		return -1;
	if (known->has_head && log->end.seq < known->head.seq)
		return damage(checker, AUDITLOG_CUT_TAIL, expected(checker));
	/* The writer makes the head before the first record, and it goes on with the log. */
	if (log->records &&
	    (!known->has_head || (known->head.seq && known->head.seq < checker->first)))
		return damage(checker, AUDITLOG_MISSING_HEAD, log->end.seq);
	if (checker->first > 1 && log->retained < checker->first) {
		uint64_t missing = log->retained ? log->retained : 1;
		return checker_damage_in(checker, AUDITLOG_MISSING_SEGMENT, missing, missing);
	}
	return finish_known(checker);
}

/* Has the text a slot of this number, and is it the secret's? Without a checkpoint an empty one. */
static bool has_secret(const struct note_checkpoint *checkpoint, const char *text)
{
	static const uint8_t nothing[AUDITLOG_HASH_SIZE];
	uint8_t hash[AUDITLOG_HASH_SIZE];
	struct auditlog_position slot;

	if (auditlog_parse_slot(text, AUDITLOG_SLOT_SIZE, &slot) < 0 ||
	    slot.seq != checkpoint->size)
		return false;
	if (!checkpoint->size)
		return memcmp(slot.hash, nothing, sizeof(nothing)) == 0;
	note_hash(slot.hash, sizeof(slot.hash), hash);
	return memcmp(hash, checkpoint->seal, sizeof(hash)) == 0;
}

bool auditlog_checker_is_sealed(const struct auditlog_checker *checker, const char *text,
				size_t length)
{
	const struct note_checkpoint *checkpoint = &checker->log.checkpoint;

	if (length == 0 && checkpoint->size == 0)
		return true;
	for (size_t at = 0; at + AUDITLOG_SLOT_SIZE <= length && at <= AUDITLOG_SLOT_SIZE;
	     at += AUDITLOG_SLOT_SIZE) {
		if (has_secret(checkpoint, text + at))
			return true;
	}
	return false;
}

int auditlog_checker_seal(struct auditlog_checker *checker, const char *text, size_t length)
{
	return auditlog_checker_is_sealed(checker, text, length)
		       ? 0
		       : damage(checker, AUDITLOG_BROKEN_SEAL, checker->log.checkpoint.size + 1);
}
