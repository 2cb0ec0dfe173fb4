/* Checks a log record by record. */
#include "lib/auditlog/checker.h"

#include <string.h>

static int damage(struct auditlog_checker *checker, const char *kind, uint64_t seq)
{
	if (!checker->damage) {
		checker->damage = kind;
		checker->damaged_seq = seq;
	}
	return -1;
}

void auditlog_checker_init(struct auditlog_checker *checker, const struct auditlog_position *head)
{
	memset(checker, 0, sizeof(*checker));
	checker->head = *head;
}

int auditlog_checker_segment(struct auditlog_checker *checker, uint64_t first_seq)
{
	uint64_t expected = checker->position.seq + 1;

	/* A first segment that does not begin at 1 may be all that retention left; nothing proves
	 * that yet. */
	if (first_seq != expected)
		return damage(checker, first_seq > expected ? "missing segment" : "foreign segment",
			      expected);
	if (checker->records && !checker->closed)
		return damage(checker, "cut tail", expected);
	checker->closed = false;
	return 0;
}

/* seq is not the expected one: what may have happened? */
static int judge_order(struct auditlog_checker *checker, uint64_t seq,
		       const uint8_t hash[AUDITLOG_HASH_SIZE])
{
	uint64_t expected = checker->position.seq + 1;

	if (seq > expected)
		return damage(checker, "dropped", expected);
	if (seq == checker->position.seq &&
	    memcmp(hash, checker->position.hash, AUDITLOG_HASH_SIZE) == 0)
		return damage(checker, "duplicated", seq);
	return damage(checker, "reordered", seq);
}

int auditlog_checker_line(struct auditlog_checker *checker, const char *line, size_t length)
{
	uint64_t expected = checker->position.seq + 1;
	uint8_t hash[AUDITLOG_HASH_SIZE];
	struct auditlog_frame frame;

	if (auditlog_parse(line, length, &frame) < 0)
		return damage(checker, "changed", expected);
	auditlog_leaf_hash(line, length, hash);
	if (checker->closed)
		return damage(checker, "inserted", frame.seq);
	if (frame.seq != expected)
		return judge_order(checker, frame.seq, hash);
	/* Either the record before was changed, or this one's link was: the earlier one is named.
	 */
	if (memcmp(frame.prev, checker->position.hash, AUDITLOG_HASH_SIZE) != 0)
		return damage(checker, "changed", expected > 1 ? expected - 1 : 1);
	if (frame.seq == checker->head.seq &&
	    memcmp(hash, checker->head.hash, AUDITLOG_HASH_SIZE) != 0)
		return damage(checker, "changed", frame.seq);
	checker->position.seq = frame.seq;
	memcpy(checker->position.hash, hash, sizeof(hash));
	checker->records++;
	checker->closed = frame.event_length == strlen(AUDITLOG_ROTATE) &&
			  memcmp(frame.event, AUDITLOG_ROTATE, frame.event_length) == 0;
	return 0;
}

int auditlog_checker_torn(struct auditlog_checker *checker)
{
	return damage(checker, "torn", checker->position.seq + 1);
}

int auditlog_checker_finish(struct auditlog_checker *checker)
{
	if (checker->position.seq < checker->head.seq)
		return damage(checker, "cut tail", checker->position.seq + 1);
	/* The writer makes the head with the first record. */
	if (checker->records && !checker->head.seq)
		return damage(checker, "missing head", checker->position.seq);
	return 0;
}
