/* What can be wrong with a log. */
#ifndef GHWARD_AUDITLOG_DAMAGE_H
#define GHWARD_AUDITLOG_DAMAGE_H

enum auditlog_damage {
	AUDITLOG_WHOLE,
	AUDITLOG_CHANGED,
	AUDITLOG_DROPPED,
	AUDITLOG_DUPLICATED,
	AUDITLOG_INSERTED,
	AUDITLOG_REORDERED,
	AUDITLOG_SPLICED,
	AUDITLOG_REWRITTEN,
	AUDITLOG_BAD_SIGNATURE,
	AUDITLOG_TORN,
	AUDITLOG_CUT_TAIL,
	AUDITLOG_BROKEN_SEAL,
	AUDITLOG_MISSING_SEGMENT,
	AUDITLOG_FOREIGN_SEGMENT,
	AUDITLOG_MISSING_HEAD,
	AUDITLOG_DAMAGES
};

/* "cut tail", as in docs/audit-format.md; "" of none. */
const char *auditlog_damage_name(enum auditlog_damage) __attribute__((returns_nonnull));

/* One sentence for a person who never saw the format. */
const char *auditlog_damage_meaning(enum auditlog_damage) __attribute__((returns_nonnull));

#endif
