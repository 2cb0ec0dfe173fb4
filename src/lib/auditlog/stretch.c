/* What consecutive records of one segment say together. */
#include "lib/auditlog/stretch.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Two clocks of one run of the kernel may drift apart by so much. */
#define CLOCK_STEP_US INT64_C(2000000)

/* A name inside of a finding; longer ones are cut. */
#define NAME_SIZE 40u

void auditlog_stretch_begin(struct auditlog_stretch *stretch)
{
	memset(stretch, 0, sizeof(*stretch));
	stretch->number_known = stretch->hash_known = stretch->anchored = true;
}

/* --- one record --- */

/* "0123456789ab-01234567" names the log. */
bool auditlog_stretch_same_log(const struct auditlog_stretch *stretch,
			       const struct auditlog_record *record)
{
	const char *id = stretch->origin + sizeof(NOTE_ORIGIN_PREFIX) - 1;

	return record->session.length == AUDITLOG_SESSION_SIZE - 1 &&
	       record->session.text[AUDITLOG_ID_LENGTH] == '-' &&
	       (!*stretch->origin || memcmp(record->session.text, id, AUDITLOG_ID_LENGTH) == 0);
}

bool auditlog_stretch_links(const struct auditlog_stretch *stretch,
			    const struct auditlog_record *record)
{
	return !stretch->hash_known ||
	       memcmp(record->prev, stretch->end.hash, AUDITLOG_HASH_SIZE) == 0;
}

static bool is_same_tree(const struct auditlog_tree *a, const struct auditlog_tree *b)
{
	return a->begin == b->begin && a->end == b->end && a->count == b->count &&
	       memcmp(a->peaks, b->peaks, a->count * sizeof(a->peaks[0])) == 0;
}

int auditlog_stretch_anchor(struct auditlog_stretch *stretch, const struct auditlog_tree *tree)
{
	if (stretch->anchored)
		return is_same_tree(&stretch->tree, tree) ? 0 : -1;
	stretch->lead = stretch->tree;
	stretch->anchor = stretch->tree = *tree;
	stretch->anchored = true;
	return 0;
}

static enum auditlog_damage add_checkpoint(struct auditlog_stretch *stretch,
					   const struct auditlog_record *record)
{
	struct auditlog_checkpoint checkpoint;

	if (auditlog_get_checkpoint(record, stretch->origin, &checkpoint) < 0)
		return AUDITLOG_CHANGED;
	if (auditlog_stretch_anchor(stretch, &checkpoint.tree) < 0)
		return AUDITLOG_REWRITTEN;
	stretch->checkpoint = checkpoint.note;
	stretch->closed = checkpoint.next != 0;
	return AUDITLOG_WHOLE;
}

static enum auditlog_damage add_retention(struct auditlog_stretch *stretch,
					  const struct auditlog_record *record)
{
	uint64_t first;

	if (auditlog_get_retention(record, &first) < 0)
		return AUDITLOG_CHANGED;
	if (first > stretch->retained)
		stretch->retained = first;
	auditlog_findings_add(&stretch->findings, AUDITLOG_RETENTION, record->seq,
			      "records before %" PRIu64 " were removed", first);
	return AUDITLOG_WHOLE;
}

/* The writer's own records but for audit.segment. */
static enum auditlog_damage add_marker(struct auditlog_stretch *stretch,
				       const struct auditlog_record *record)
{
	char bytes[NAME_SIZE];
	struct auditlog_text cut;

	if (auditlog_text_is(record->event, AUDITLOG_CHECKPOINT))
		return add_checkpoint(stretch, record);
	if (auditlog_text_is(record->event, AUDITLOG_RETAIN))
		return add_retention(stretch, record);
	if (auditlog_text_is(record->event, AUDITLOG_RECOVER)) {
		cut = auditlog_detail(record, "bytes_cut");
		auditlog_unescape(cut, bytes, sizeof(bytes));
		auditlog_findings_add(&stretch->findings, AUDITLOG_RECOVERY, record->seq,
				      "%s bytes of an unfinished record were cut off",
				      *bytes ? bytes : "no");
	}
	return AUDITLOG_WHOLE;
}

/* "alerts.dismiss of acme/shop#42, record 17" */
static void note_unknown(struct auditlog_stretch *stretch, const struct auditlog_record *record)
{
	struct auditlog_text intent = auditlog_detail(record, "intent");
	char event[NAME_SIZE], target[NAME_SIZE], number[NAME_SIZE];

	if (!intent.text || !auditlog_text_is(record->outcome, "unknown"))
		return;
	auditlog_unescape(record->event, event, sizeof(event));
	auditlog_unescape(record->target, target, sizeof(target));
	auditlog_unescape(intent, number, sizeof(number));
	auditlog_findings_add(&stretch->findings, AUDITLOG_UNKNOWN_OUTCOME, record->seq,
			      "%s%s%s: its intent is record %s", event, *target ? " of " : "",
			      target, number);
}

/* --- clocks --- */

static void get_moment(const struct auditlog_record *record, struct auditlog_moment *moment)
{
	size_t length = record->boot.length;

	if (length > sizeof(moment->boot) - 1)
		length = sizeof(moment->boot) - 1;
	moment->wall_us = record->time_us;
	moment->boottime_us = record->mono_us;
	memcpy(moment->boot, record->boot.text, length);
	moment->boot[length] = 0;
}

static void compare_moments(struct auditlog_findings *findings, const struct auditlog_moment *a,
			    const struct auditlog_moment *b, uint64_t seq)
{
	int64_t step = (int64_t)((b->wall_us - b->boottime_us) - (a->wall_us - a->boottime_us));

	if ((step >= -CLOCK_STEP_US && step <= CLOCK_STEP_US) || strcmp(a->boot, b->boot) != 0)
		return;
	auditlog_findings_add(findings, AUDITLOG_CLOCK_STEP, seq,
			      "the clock was set %s by %.3f seconds", step < 0 ? "back" : "forward",
			      (step < 0 ? -(double)step : (double)step) / 1e6);
}

static void add_moment(struct auditlog_stretch *stretch, const struct auditlog_record *record)
{
	struct auditlog_moment before = stretch->last;

	get_moment(record, &stretch->last);
	if (stretch->records)
		compare_moments(&stretch->findings, &before, &stretch->last, record->seq);
	else
		stretch->first = stretch->last;
}

/* --- many records --- */

/* What the first record says of the place before it. */
static void begin_at(struct auditlog_stretch *stretch, const struct auditlog_record *record)
{
	if (!stretch->number_known)
		stretch->end.seq = stretch->tree.begin = stretch->tree.end = record->seq - 1;
	if (!stretch->hash_known)
		memcpy(stretch->end.hash, record->prev, sizeof(record->prev));
	stretch->number_known = stretch->hash_known = true;
	stretch->before = stretch->end;
	if (!*stretch->origin)
		snprintf(stretch->origin, sizeof(stretch->origin), NOTE_ORIGIN_PREFIX "%.*s",
			 (int)AUDITLOG_ID_LENGTH, record->session.text);
}

enum auditlog_damage auditlog_stretch_add(struct auditlog_stretch *stretch,
					  const struct auditlog_record *record,
					  const uint8_t hash[AUDITLOG_HASH_SIZE])
{
	static const char own[] = "audit.";
	enum auditlog_damage damage = AUDITLOG_WHOLE;

	if (stretch->records == 0)
		begin_at(stretch, record);
	if (record->event.length > sizeof(own) &&
	    memcmp(record->event.text, own, sizeof(own) - 1) == 0)
		damage = add_marker(stretch, record);
	if (damage != AUDITLOG_WHOLE)
		return damage;
	if (record->phase == AUDIT_RESULT)
		note_unknown(stretch, record);
	add_moment(stretch, record);
	auditlog_tree_add(&stretch->tree, hash);
	stretch->end.seq = record->seq;
	memcpy(stretch->end.hash, hash, AUDITLOG_HASH_SIZE);
	stretch->records++;
	return AUDITLOG_WHOLE;
}

int auditlog_stretch_line(struct auditlog_stretch *stretch, const char *line, size_t length)
{
	struct auditlog_record record;
	uint8_t hash[AUDITLOG_HASH_SIZE];

	if (auditlog_parse(line, length, &record) < 0 || stretch->closed ||
	    (stretch->number_known && record.seq != stretch->end.seq + 1) ||
	    !auditlog_stretch_links(stretch, &record) ||
	    !auditlog_stretch_same_log(stretch, &record) ||
	    auditlog_text_is(record.event, AUDITLOG_SEGMENT))
		return -1;
	auditlog_leaf_hash(line, length, hash);
	return auditlog_stretch_add(stretch, &record, hash) == AUDITLOG_WHOLE ? 0 : -1;
}

/* The tree behind both. Returns 0, or -1 if the second was told of another one before it. */
static int join_trees(struct auditlog_stretch *stretch, const struct auditlog_stretch *next)
{
	const struct auditlog_tree *part = next->anchored ? &next->lead : &next->tree;
	struct auditlog_tree tree = stretch->tree;

	if (part->begin != tree.end)
		return -1;
	auditlog_tree_join(&tree, part);
	if (next->anchored && !is_same_tree(&tree, &next->anchor))
		return -1;
	stretch->tree = next->anchored ? next->tree : tree;
	return 0;
}

int auditlog_stretch_join(struct auditlog_stretch *stretch, const struct auditlog_stretch *next)
{
	if (!next->records || stretch->closed || stretch->end.seq != next->before.seq ||
	    memcmp(stretch->end.hash, next->before.hash, AUDITLOG_HASH_SIZE) != 0 ||
	    strcmp(stretch->origin, next->origin) != 0 || join_trees(stretch, next) < 0)
		return -1;
	compare_moments(&stretch->findings, &stretch->last, &next->first, next->before.seq + 1);
	auditlog_findings_join(&stretch->findings, &next->findings);
	stretch->last = next->last;
	stretch->end = next->end;
	stretch->records += next->records;
	stretch->closed = next->closed;
	if (*next->checkpoint.signature)
		stretch->checkpoint = next->checkpoint;
	if (next->retained > stretch->retained)
		stretch->retained = next->retained;
	return 0;
}

#define IS_TEXT(array) (memchr(array, 0, sizeof(array)) != NULL)

int auditlog_stretch_check(const struct auditlog_stretch *stretch)
{
	const struct auditlog_findings *findings = &stretch->findings;

	if (findings->listed > AUDITLOG_FINDINGS_MAX)
		return -1;
	for (unsigned i = 0; i < findings->listed; i++) {
		if (!IS_TEXT(findings->list[i].detail) ||
		    (unsigned)findings->list[i].kind >= AUDITLOG_FINDING_KINDS)
			return -1;
	}
	return IS_TEXT(stretch->origin) && IS_TEXT(stretch->first.boot) &&
			       IS_TEXT(stretch->last.boot) && IS_TEXT(stretch->checkpoint.origin) &&
			       IS_TEXT(stretch->checkpoint.signature) &&
			       auditlog_tree_check(&stretch->tree) == 0 &&
			       auditlog_tree_check(&stretch->lead) == 0 &&
			       auditlog_tree_check(&stretch->anchor) == 0
		       ? 0
		       : -1;
}
