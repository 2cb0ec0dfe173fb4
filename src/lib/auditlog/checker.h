/* Checks a log record by record and tells what is wrong with it: the core of ghward-verify, without
 * any input or output.
 *
 * The calls in their order: init; retired for each line of that file; then for each segment segment
 * and lines, or stretches that somebody else has read; finish. The first that returns -1 is the
 * last: the damage is in the checker. */
#ifndef GHWARD_AUDITLOG_CHECKER_H
#define GHWARD_AUDITLOG_CHECKER_H

#include "lib/auditlog/stretch.h"

/* What is known from elsewhere. All zero is nothing. */
struct auditlog_known {
	bool has_head, has_first_key, has_checkpoint;
	struct auditlog_position head;	   /* of the file, before the first segment was opened */
	struct note_key first_key;	   /* kept by the reviewer */
	struct note_checkpoint checkpoint; /* kept by the reviewer */
};

/* Which checkpoints have their signatures checked: each, or the last of each epoch, which covers
 * the others. Only the first names the first bad one. */
enum auditlog_signatures { AUDITLOG_LAST_SIGNATURES, AUDITLOG_ALL_SIGNATURES };

/* The first damage. `file` is "" when no file can be named. */
struct auditlog_verdict {
	enum auditlog_damage damage;
	uint64_t seq;
	char file[AUDITLOG_NAME_SIZE];
};

/* Segments that retention has removed, as their first lines tell. */
struct auditlog_retired {
	uint64_t first;			/* number of the first segment that is there, or 0 */
	uint64_t seq, epoch;		/* of the last line */
	struct note_key key;		/* likewise */
	uint64_t ahead;			/* lines of segments that are still there */
	struct auditlog_position lines; /* how many of these, and a hash over them */
};

/* Something is wrong; what follows tells what. */
enum auditlog_doubt_kind {
	AUDITLOG_NO_DOUBT,
	AUDITLOG_SKIPPED,  /* record `seq` is not in its place: is it further on? */
	AUDITLOG_UNLINKED, /* record `seq` does not name the one before: which is wrong? */
};

struct auditlog_doubt {
	enum auditlog_doubt_kind kind;
	uint64_t seq;
	uint64_t segment, before;	  /* numbers of this segment and the last one */
	uint8_t hash[AUDITLOG_HASH_SIZE]; /* of the unlinked record */
};

struct auditlog_checker {
	struct auditlog_known known;
	enum auditlog_signatures signatures;
	struct auditlog_stretch log; /* all of it so far */
	struct auditlog_retired retired;
	uint64_t first, segment,
		before; /* numbers of segments: the first, this one, the last one */
	bool begun;	/* this segment has a record */
	uint64_t epoch; /* 0 before the first key */
	struct note_key key, first_key;
	bool known_key, known_root;    /* those of known.checkpoint were found, and are right */
	struct auditlog_position seen; /* headers of segments, like retired.lines */
	struct auditlog_doubt doubt;
	struct auditlog_verdict verdict;
};

void auditlog_checker_init(struct auditlog_checker *, const struct auditlog_known *)
	__attribute__((nonnull));

/* One line of the file `retired` without its newline; `first` is the number of the first segment
 * that is there, or 0. Returns 0, or -1 for damage. */
int auditlog_checker_retired(struct auditlog_checker *, uint64_t first, const char *line,
			     size_t length) __attribute__((warn_unused_result, nonnull));

/* A new segment begins whose name has this number. Returns 0, or -1 for damage. */
int auditlog_checker_segment(struct auditlog_checker *, uint64_t number)
	__attribute__((warn_unused_result, nonnull));

/* One line without its newline. Returns 0, or -1 for damage. */
int auditlog_checker_line(struct auditlog_checker *, const char *line, size_t length)
	__attribute__((warn_unused_result, nonnull));

/* The next lines of this segment, but for its first. Returns 0, or -1 with nothing changed when
 * they have to be read line by line, which then tells why. */
int auditlog_checker_join(struct auditlog_checker *, const struct auditlog_stretch *)
	__attribute__((warn_unused_result, nonnull));

/* A rest without newline. Always returns -1. */
int auditlog_checker_torn(struct auditlog_checker *) __attribute__((nonnull));

/* Nothing follows. Returns 0, or -1 for damage. */
int auditlog_checker_finish(struct auditlog_checker *) __attribute__((warn_unused_result, nonnull));

/* Is the secret of the last checkpoint in the file `seal`? Its text may be of any length. While a
 * writer is at work, it may be that of a later checkpoint already. */
bool auditlog_checker_is_sealed(const struct auditlog_checker *, const char *text, size_t length)
	__attribute__((nonnull));

/* The same behind finish, as damage. Returns 0, or -1. */
int auditlog_checker_seal(struct auditlog_checker *, const char *text, size_t length)
	__attribute__((warn_unused_result, nonnull));

#endif
