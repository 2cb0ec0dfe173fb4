/* Texts of /proc files, and what a process said of itself: never a good verdict on a text that does
 * not say so. */
#include "cli/doctor_cells.h"

#include "fuzz.h"

#include <stdio.h>

/* A line that begins with this. */
static bool has_line(const char *text, const char *beginning)
{
	size_t length = strlen(beginning);

	for (; text; text = strchr(text, '\n')) {
		text += *text == '\n';
		if (strncmp(text, beginning, length) == 0)
			return true;
	}
	return false;
}

static void require_backed(const struct doctor_process *process, const char *text, const char *name,
			   const char *beginning)
{
	const struct doctor_cell *cell = doctor_cell(process, name);

	require(cell != NULL);
	require(!cell->ok || has_line(text, beginning));
}

static void check_cells(const struct doctor_process *process, unsigned count)
{
	bool all = true;

	require(process->cell_count == count && count <= DOCTOR_CELLS_MAX);
	for (unsigned i = 0; i < count; i++) {
		const struct doctor_cell *cell = &process->cells[i];
		size_t length = strnlen(cell->value, sizeof(cell->value));
		require(length > 0 && length < sizeof(cell->value));
		require_harmless(cell->value, length, "");
		require(doctor_cell(process, cell->name) == cell);
		require(*doctor_source_name(cell->source));
		all &= cell->ok;
	}
	require(doctor_process_ok(process) == (all && count));
}

static void check_status(const char *text, unsigned filters)
{
	struct doctor_process process = {.role = ROLE_NET};
	uint64_t number;

	doctor_add_status(&process, text, filters);
	check_cells(&process, 6);
	require_backed(&process, text, "seccomp", "Seccomp:\t");
	require_backed(&process, text, "filters", "Seccomp_filters:\t");
	require_backed(&process, text, "no_new_privs", "NoNewPrivs:\t");
	require_backed(&process, text, "caps", "CapEff:\t");
	require_backed(&process, text, "caps", "CapPrm:\t");
	require_backed(&process, text, "threads", "Threads:\t");
	if (doctor_cell(&process, "filters")->ok)
		require(doctor_status_number(text, "Seccomp_filters", 10, &number) == 0 &&
			number >= filters);
}

static void check_limits(const char *text)
{
	static const char key[] = "Max core file size";
	struct doctor_process process = {.role = ROLE_NET};
	char unit[6] = "";
	int soft, hard;

	doctor_add_limits(&process, text);
	check_cells(&process, 1);
	if (!process.cells[0].ok)
		return;
	/* An independent reading of the first such line. */
	const char *at = text;
	while (strncmp(at, key, sizeof(key) - 1) != 0)
		at = strchr(at, '\n') + 1;
	require(sscanf(at + sizeof(key) - 1, "%1d %1d %5s", &soft, &hard, unit) == 3);
	require(soft == 0 && hard == 0 && strcmp(unit, "bytes") == 0);
}

/* The bytes of a report are those of the input. */
static void check_report(const uint8_t *data, size_t size, enum role role)
{
	struct doctor_process process = {.role = role};
	struct sandbox_report *report = &process.report;

	if (size < sizeof(uint64_t) * 5)
		return;
	memcpy(&report->landlock_fs, data, 8);
	memcpy(&report->landlock_net, data + 8, 8);
	memcpy(&report->landlock_scope, data + 16, 8);
	memcpy(&report->landlock_abi, data + 24, 4);
	memcpy(&report->probes_done, data + 28, 4);
	memcpy(&report->probes_blocked, data + 32, 4);
	memcpy(&report->syscalls_allowed, data + 36, 2);
	snprintf(report->objects, sizeof(report->objects), "libc.so.6");
	doctor_add_dumpable(&process, (enum doctor_dumpable)(data[38] % 3));
	doctor_add_report(&process);
	check_cells(&process, 1 + 6 + SANDBOX_PROBES);
	/* Without Landlock, or with a probe that got through, nothing is well. */
	if (!report->landlock_abi ||
	    (report->probes_done & ~report->probes_blocked & ((UINT32_C(1) << SANDBOX_PROBES) - 1)))
		require(!doctor_process_ok(&process));
}

/* The first byte chooses the role and how many filters are expected. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t length;

	if (size < 1)
		return 0;
	check_report(data + 1, size - 1, (enum role)(data[0] % ROLES));
	struct parts parts = {data + 1, size - 1};
	char *text = next_part(&parts, &length);
	if (text) {
		check_status(text, data[0] >> 4);
		check_limits(text);
	}
	free(text);
	return 0;
}
