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
	checker->has_head = head != NULL;
	if (head)
		checker->head = *head;
}

int auditlog_checker_segment(struct auditlog_checker *checker, uint64_t first_seq)
{
	uint64_t expected = checker->position.seq + 1;

	/* A first segment that does not begin at 1 may be all that retention left; nothing proves
	 * that yet. */
	if (first_seq < expected)
		return damage(checker, "foreign segment", first_seq);
	if (first_seq > expected)
		return damage(checker,
			      checker->records && !checker->closed ? "cut tail" : "missing segment",
			      expected);
	checker->interrupted = checker->records && !checker->closed;
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
	if (seq != checker->position.seq)
		return damage(checker, "reordered", seq);
	bool same = memcmp(hash, checker->position.hash, AUDITLOG_HASH_SIZE) == 0;
	return damage(checker, same ? "duplicated" : "inserted", seq);
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
	if (checker->interrupted && !auditlog_is_event(&frame, AUDITLOG_RECOVER))
		return damage(checker, "cut tail", expected);
	if (checker->has_head && frame.seq == checker->head.seq &&
	    memcmp(hash, checker->head.hash, AUDITLOG_HASH_SIZE) != 0)
		return damage(checker, "changed", frame.seq);
	checker->position.seq = frame.seq;
	memcpy(checker->position.hash, hash, sizeof(hash));
	checker->records++;
	checker->interrupted = false;
	checker->closed = auditlog_is_event(&frame, AUDITLOG_ROTATE);
	return 0;
}

int auditlog_checker_torn(struct auditlog_checker *checker)
{
	return damage(checker, "torn", checker->position.seq + 1);
}

int auditlog_checker_finish(struct auditlog_checker *checker)
{
	if (checker->has_head && checker->position.seq < checker->head.seq)
		return damage(checker, "cut tail", checker->position.seq + 1);
	/* The writer makes the head before the first record. */
	if (checker->records && !checker->has_head)
		return damage(checker, "missing head", checker->position.seq);
	return 0;
}
