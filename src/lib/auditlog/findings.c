/* What a verifier tells besides damage. */
#include "lib/auditlog/findings.h"

#include <stdarg.h>
#include <stdio.h>

const char *auditlog_finding_name(enum auditlog_finding_kind kind)
{
	static const char *const names[AUDITLOG_FINDING_KINDS] = {
		[AUDITLOG_CLOCK_STEP] = "clock step",
		[AUDITLOG_RECOVERY] = "recovery",
		[AUDITLOG_INTERRUPTION] = "interrupted",
		[AUDITLOG_UNKNOWN_OUTCOME] = "closed as unknown",
		[AUDITLOG_RETENTION] = "retention",
	};

	return names[kind];
}

void auditlog_findings_add(struct auditlog_findings *findings, enum auditlog_finding_kind kind,
			   uint64_t seq, const char *format, ...)
{
	va_list arguments;

	findings->counts[kind]++;
	if (findings->listed == AUDITLOG_FINDINGS_MAX)
		return;
	struct auditlog_finding *finding = &findings->list[findings->listed++];
	finding->kind = kind;
	finding->seq = seq;
	va_start(arguments, format);
	vsnprintf(finding->detail, sizeof(finding->detail), format, arguments);
	va_end(arguments);
}

void auditlog_findings_join(struct auditlog_findings *findings,
			    const struct auditlog_findings *later)
{
	for (unsigned i = 0; i < AUDITLOG_FINDING_KINDS; i++)
		findings->counts[i] += later->counts[i];
	for (unsigned i = 0; i < later->listed && findings->listed < AUDITLOG_FINDINGS_MAX; i++)
		findings->list[findings->listed++] = later->list[i];
}
