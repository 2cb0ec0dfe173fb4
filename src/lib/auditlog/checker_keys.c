/* Checks the chain of keys, from what retention has kept of removed segments on. */
#include "lib/auditlog/checker_parts.h"

#include <stdio.h>
#include <string.h>

/* --- keys --- */

static bool has_signed_epoch(const struct note_key *key, const struct auditlog_segment *segment)
{
	char text[NOTE_CHECKPOINT_SIZE];
	size_t length = note_epoch_text(&segment->key, text);

	return note_verify(key, text, length, segment->signature) == 0;
}

/* The checkpoint that the reviewer kept must be signed by the key whose id it names. */
static void try_key(struct auditlog_checker *checker, const struct note_key *key)
{
	if (checker->known.has_checkpoint && !checker->known_key)
		checker->known_key = note_checkpoint_verify(key, &checker->known.checkpoint) == 0;
}

/* A new key: is it the one that the one before, or the reviewer, vouches for? */
bool checker_accept_key(struct auditlog_checker *checker, const struct auditlog_segment *segment)
{
	const struct auditlog_known *known = &checker->known;

	if (checker->epoch) {
		if (!has_signed_epoch(&checker->key, segment))
			return false;
	} else {
		checker->first_key = segment->key;
		if (known->has_first_key &&
		    (strcmp(known->first_key.origin, segment->key.origin) != 0 ||
		     memcmp(known->first_key.point, segment->key.point, NOTE_POINT_SIZE) != 0))
			return false;
	}
	checker->epoch = segment->epoch;
	checker->key = segment->key;
	try_key(checker, &segment->key);
	return true;
}

/* --- retention --- */

void checker_add_hash(struct auditlog_position *lines, const char *line, size_t length)
{
	uint8_t hash[AUDITLOG_HASH_SIZE];

	auditlog_leaf_hash(line, length, hash);
	auditlog_tree_node(lines->hash, hash, lines->hash);
	lines->seq++;
}

int checker_damage_retired(struct auditlog_checker *checker, enum auditlog_damage kind,
			   uint64_t seq)
{
	checker_damage_in(checker, kind, seq, 0);
	snprintf(checker->verdict.file, sizeof(checker->verdict.file), "%s", AUDITLOG_RETIRED_NAME);
	return -1;
}

int auditlog_checker_retired(struct auditlog_checker *checker, uint64_t first, const char *line,
			     size_t length)
{
	struct auditlog_retired *retired = &checker->retired;
	struct auditlog_segment segment;
	struct auditlog_record record;

	retired->first = first;
	if (auditlog_parse(line, length, &record) < 0 ||
	    auditlog_get_segment(&record, &segment) < 0)
		return checker_damage_retired(checker, AUDITLOG_CHANGED, retired->seq + 1);
	/* Segments that are about to be removed: their own headers count. */
	if (first && record.seq >= first) {
		checker_add_hash(&retired->lines, line, length);
		return 0;
	}
	if (record.seq <= retired->seq || segment.epoch <= checker->epoch || retired->lines.seq)
		return checker_damage_retired(checker, AUDITLOG_REORDERED, record.seq);
	if (segment.epoch != checker->epoch + 1)
		return checker_damage_retired(checker, AUDITLOG_MISSING_SEGMENT, retired->seq + 1);
	if (!checker_accept_key(checker, &segment))
		return checker_damage_retired(checker, AUDITLOG_BAD_SIGNATURE, record.seq);
	retired->seq = record.seq;
	memcpy(checker->log.origin, segment.key.origin, NOTE_ORIGIN_SIZE);
	return 0;
}
