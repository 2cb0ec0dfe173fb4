/* The doctor's findings as a table and as JSON. */
#ifndef GHWARD_CLI_DOCTOR_PRINT_H
#define GHWARD_CLI_DOCTOR_PRINT_H

#include "cli/doctor_cells.h"
#include "cli/doctor_health.h"

struct doctor_findings {
	char release[65], machine[65]; /* of the kernel, as uname(2) gives them */
	uint32_t landlock_abi;	       /* what the kernel offers */
	unsigned process_count;
	struct doctor_process processes[ROLES];
	struct doctor_health health;
};

bool doctor_findings_ok(const struct doctor_findings *) __attribute__((nonnull));

void doctor_print_json(const struct doctor_findings *, bool terminal) __attribute__((nonnull));

/* For a terminal with a legend, for a pipe as lines with tabs. */
void doctor_print_table(const struct doctor_findings *, bool terminal) __attribute__((nonnull));

#endif
