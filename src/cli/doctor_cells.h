/* What is known about the confinement of one process, as named cells. Pure functions over the text
 * of /proc files and over reports. */
#ifndef GHWARD_CLI_DOCTOR_CELLS_H
#define GHWARD_CLI_DOCTOR_CELLS_H

#include "lib/ipc/protocol.h"

#include <stdbool.h>
#include <sys/types.h>

/* Where the value of a cell comes from. */
enum doctor_source {
	DOCTOR_KERNEL,	 /* read from the kernel */
	DOCTOR_DECLARED, /* said by the process, before its first outside byte */
	DOCTOR_PROBED,	 /* tried by the process between Landlock and seccomp */
};

const char *doctor_source_name(enum doctor_source) __attribute__((returns_nonnull));

#define DOCTOR_VALUE_MAX 520u

struct doctor_cell {
	const char *name;
	enum doctor_source source;
	bool ok; /* as it should be */
	char value[DOCTOR_VALUE_MAX];
};

#define DOCTOR_CELLS_MAX 24u

struct doctor_process {
	enum role role;
	pid_t pid;
	struct sandbox_report report;
	unsigned cell_count;
	struct doctor_cell cells[DOCTOR_CELLS_MAX];
};

/* NULL when there is no such cell. */
const struct doctor_cell *doctor_cell(const struct doctor_process *, const char *name)
	__attribute__((nonnull));

bool doctor_process_ok(const struct doctor_process *) __attribute__((nonnull));

/* Adds the cells of /proc/PID/status; "" when it could not be read. A process has inherited filters
 * besides its own: fewer than `filters` are too few. */
void doctor_add_status(struct doctor_process *, const char *text, unsigned filters)
	__attribute__((nonnull));

/* Adds the cells of /proc/PID/limits. */
void doctor_add_limits(struct doctor_process *, const char *text) __attribute__((nonnull));

enum doctor_dumpable { DOCTOR_NOT_DUMPABLE, DOCTOR_IS_DUMPABLE, DOCTOR_DUMPABLE_UNKNOWN };
void doctor_add_dumpable(struct doctor_process *, enum doctor_dumpable) __attribute__((nonnull));

/* Adds what the process said and tried itself. */
void doctor_add_report(struct doctor_process *) __attribute__((nonnull));

/* The number behind "Key:" in the text of a status file, in base 10 or 16. Returns 0, or -1. */
int doctor_status_number(const char *text, const char *key, int base, uint64_t *number)
	__attribute__((warn_unused_result, nonnull));

#endif
