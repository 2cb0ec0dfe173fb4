/* What a verifier tells besides damage: what happened to a log that is whole. */
#ifndef GHWARD_AUDITLOG_FINDINGS_H
#define GHWARD_AUDITLOG_FINDINGS_H

#include <stdbool.h>
#include <stdint.h>

enum auditlog_finding_kind {
	AUDITLOG_CLOCK_STEP,	  /* the wall clock was set between two records */
	AUDITLOG_RECOVERY,	  /* the torn end of a crash was cut off */
	AUDITLOG_INTERRUPTION,	  /* a segment ended by an error */
	AUDITLOG_UNKNOWN_OUTCOME, /* a writer died between an intent and its result */
	AUDITLOG_RETENTION,	  /* old segments were removed */
	AUDITLOG_FINDING_KINDS
};

/* "clock step". */
const char *auditlog_finding_name(enum auditlog_finding_kind) __attribute__((returns_nonnull));

#define AUDITLOG_FINDINGS_MAX 100u
#define AUDITLOG_FINDING_SIZE 120u

struct auditlog_finding {
	uint64_t seq; /* of the record that shows it */
	enum auditlog_finding_kind kind;
	char detail[AUDITLOG_FINDING_SIZE]; /* one line for a person */
};

/* All are counted, the first ones are listed. All zero is none. */
struct auditlog_findings {
	uint64_t counts[AUDITLOG_FINDING_KINDS];
	unsigned listed;
	struct auditlog_finding list[AUDITLOG_FINDINGS_MAX];
};

void auditlog_findings_add(struct auditlog_findings *, enum auditlog_finding_kind, uint64_t seq,
			   const char *format, ...) __attribute__((format(printf, 4, 5), nonnull));

/* Appends those of later records. */
void auditlog_findings_join(struct auditlog_findings *, const struct auditlog_findings *later)
	__attribute__((nonnull));

#endif
