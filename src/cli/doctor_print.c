/* The doctor's findings as a table and as JSON. */
#include "cli/doctor_print.h"

#include "cli/report.h"
#include "lib/sanitize/sanitize.h"

#include <stdio.h>
#include <string.h>

bool doctor_findings_ok(const struct doctor_findings *findings)
{
	for (unsigned i = 0; i < findings->process_count; i++) {
		if (!doctor_process_ok(&findings->processes[i]))
			return false;
	}
	/* Anything less would be somebody else's idea of the whole. */
	return findings->process_count == ROLES;
}

/* --- JSON --- */

static void put_text(struct json_writer *writer, const char *key, const char *text)
{
	json_key(writer, key);
	json_string(writer, text);
}

static void put_process(struct json_writer *writer, const struct doctor_process *process)
{
	json_object_begin(writer);
	put_text(writer, "role", role_name(process->role));
	json_key(writer, "pid");
	json_u64(writer, (uint64_t)process->pid);
	json_key(writer, "cells");
	json_array_begin(writer);
	for (unsigned i = 0; i < process->cell_count; i++) {
		const struct doctor_cell *cell = &process->cells[i];
		json_object_begin(writer);
		put_text(writer, "name", cell->name);
		put_text(writer, "value", cell->value);
		put_text(writer, "source", doctor_source_name(cell->source));
		json_key(writer, "ok");
		json_bool(writer, cell->ok);
		json_object_end(writer);
	}
	json_array_end(writer);
	json_object_end(writer);
}

void doctor_print_json(const struct doctor_findings *findings, bool terminal)
{
	struct report_json json;
	struct json_writer *writer = &json.writer;

	report_json_begin(&json, terminal);
	json_object_begin(writer);
	json_key(writer, "kernel");
	json_object_begin(writer);
	put_text(writer, "release", findings->release);
	put_text(writer, "machine", findings->machine);
	json_object_end(writer);
	json_key(writer, "landlock_abi");
	json_u64(writer, findings->landlock_abi);
	json_key(writer, "processes");
	json_array_begin(writer);
	for (unsigned i = 0; i < findings->process_count; i++)
		put_process(writer, &findings->processes[i]);
	json_array_end(writer);
	json_key(writer, "health");
	health_put_json(&findings->health, writer);
	json_key(writer, "ok");
	json_bool(writer, doctor_findings_ok(findings));
	json_object_end(writer);
	report_json_end(&json);
}

/* --- the table --- */

#define TEXT_MAX 32u

/* Columns of one cell each; the process, its number and the probes are made by hand. */
static const struct {
	const char *heading, *cell;
} columns[] = {
	{"SECCOMP", "seccomp"},	      {"FILTERS", "filters"}, {"SYSCALLS", "syscalls"},
	{"LANDLOCK", "landlock_abi"}, {"CAPS", "caps"},	      {"NNP", "no_new_privs"},
	{"DUMPABLE", "dumpable"},     {"CORE", "core_limit"}, {"THREADS", "threads"},
};

#define CELL_COLUMNS (sizeof(columns) / sizeof(columns[0]))
enum {
	COLUMN_PROCESS,
	COLUMN_PID,
	COLUMN_FIRST,
	COLUMN_PROBES = COLUMN_FIRST + (int)CELL_COLUMNS,
	COLUMNS
};

static void mark(char text[TEXT_MAX], const char *value, enum doctor_source source, bool ok)
{
	snprintf(text, TEXT_MAX, "%.20s %c%s", value, doctor_source_name(source)[0], ok ? "" : "!");
}

static void probes_text(char text[TEXT_MAX], const struct sandbox_report *report)
{
	char value[TEXT_MAX];
	int done = __builtin_popcount(report->probes_done);
	int blocked = __builtin_popcount(report->probes_done & report->probes_blocked);

	snprintf(value, sizeof(value), "%d/%d", blocked, done);
	mark(text, value, DOCTOR_PROBED, blocked == done);
}

static void fill_row(char row[COLUMNS][TEXT_MAX], const struct doctor_process *process)
{
	snprintf(row[COLUMN_PROCESS], TEXT_MAX, "%s", role_name(process->role));
	snprintf(row[COLUMN_PID], TEXT_MAX, "%d", (int)process->pid);
	for (size_t i = 0; i < CELL_COLUMNS; i++) {
		const struct doctor_cell *cell = doctor_cell(process, columns[i].cell);
		if (cell)
			mark(row[COLUMN_FIRST + i], cell->value, cell->source, cell->ok);
	}
	probes_text(row[COLUMN_PROBES], &process->report);
}

static void print_faults(const struct doctor_findings *findings)
{
	char clean[DOCTOR_VALUE_MAX * 2];

	for (unsigned i = 0; i < findings->process_count; i++) {
		const struct doctor_process *process = &findings->processes[i];
		for (unsigned j = 0; j < process->cell_count; j++) {
			const struct doctor_cell *cell = &process->cells[j];
			if (cell->ok)
				continue;
			sanitize_field(clean, sizeof(clean), cell->value, strlen(cell->value));
			printf("NOT as it should be: %s of %s is %s (%s)\n", cell->name,
			       role_name(process->role), clean, doctor_source_name(cell->source));
		}
	}
}

void doctor_print_table(const struct doctor_findings *findings, bool terminal)
{
	char texts[(ROLES + 1) * COLUMNS][TEXT_MAX] = {{0}};
	const char *cells[(ROLES + 1) * COLUMNS] = {"PROCESS", "PID"};
	unsigned rows = findings->process_count + 1;

	for (size_t i = 0; i < CELL_COLUMNS; i++)
		cells[COLUMN_FIRST + i] = columns[i].heading;
	cells[COLUMN_PROBES] = "PROBES";
	for (unsigned i = 1; i < rows; i++)
		fill_row(&texts[(size_t)i * COLUMNS], &findings->processes[i - 1]);
	for (unsigned i = COLUMNS; i < rows * COLUMNS; i++)
		cells[i] = texts[i];
	report_table(cells, rows, COLUMNS, terminal ? REPORT_ALIGNED : REPORT_TABS);
	if (!terminal)
		return;
	printf("\nk read from the kernel   d declared by the process before its first outside "
	       "byte\n"
	       "p tried by the process between Landlock and seccomp   ! not as it should be\n"
	       "Linux %s (%s), Landlock ABI %u. --json shows every cell.\n",
	       findings->release, findings->machine, (unsigned)findings->landlock_abi);
	print_faults(findings);
	if (doctor_findings_ok(findings))
		printf("ok: all %u processes are confined as designed\n", findings->process_count);
	health_print(&findings->health);
}
