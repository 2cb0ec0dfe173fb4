/* What is known about the confinement of one process. */
#include "cli/doctor_cells.h"

#include "lib/sandbox/landlock.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* linux/seccomp.h: SECCOMP_MODE_FILTER */
#define MODE_FILTER 2u

const char *doctor_source_name(enum doctor_source source)
{
	static const char *const names[] = {
		[DOCTOR_KERNEL] = "kernel",
		[DOCTOR_DECLARED] = "declared",
		[DOCTOR_PROBED] = "probed",
	};

	return names[source];
}

const struct doctor_cell *doctor_cell(const struct doctor_process *process, const char *name)
{
	for (unsigned i = 0; i < process->cell_count; i++) {
		if (strcmp(process->cells[i].name, name) == 0)
			return &process->cells[i];
	}
	return NULL;
}

bool doctor_process_ok(const struct doctor_process *process)
{
	for (unsigned i = 0; i < process->cell_count; i++) {
		if (!process->cells[i].ok)
			return false;
	}
	return process->cell_count > 0;
}

__attribute__((format(printf, 5, 6))) static void add(struct doctor_process *process,
						      const char *name, enum doctor_source source,
						      bool ok, const char *format, ...)
{
	va_list arguments;

	if (process->cell_count == DOCTOR_CELLS_MAX)
		return;
	struct doctor_cell *cell = &process->cells[process->cell_count++];
	cell->name = name;
	cell->source = source;
	cell->ok = ok;
	va_start(arguments, format);
	vsnprintf(cell->value, sizeof(cell->value), format, arguments);
	va_end(arguments);
}

/* --- kernel --- */

/* The text behind "key" at the beginning of a line, NULL when there is none. */
static const char *find_line(const char *text, const char *key)
{
	size_t length = strlen(key);

	while (strncmp(text, key, length) != 0) {
		text = strchr(text, '\n');
		if (!text)
			return NULL;
		text++;
	}
	return text + length;
}

int doctor_status_number(const char *text, const char *key, int base, uint64_t *number)
{
	char label[32];
	char *end;

	snprintf(label, sizeof(label), "%s:\t", key);
	const char *value = find_line(text, label);
	/* strtoull() would go on behind the end of the line, and take a sign. */
	if (!value || !isxdigit((unsigned char)*value))
		return -1;
	errno = 0;
	*number = strtoull(value, &end, base);
	return end == value || errno ? -1 : 0;
}

static void add_unknown(struct doctor_process *process, const char *name)
{
	add(process, name, DOCTOR_KERNEL, false, "unknown");
}

static void add_seccomp(struct doctor_process *process, const char *text, unsigned filters)
{
	uint64_t number;

	if (doctor_status_number(text, "Seccomp", 10, &number) < 0)
		add_unknown(process, "seccomp");
	else
		add(process, "seccomp", DOCTOR_KERNEL, number == MODE_FILTER, "%s",
		    number == MODE_FILTER ? "filter"
		    : number == 0	  ? "off"
					  : "strict");
	/* Linux before 5.9 does not count them; then nothing shows whether our own was loaded. */
	if (doctor_status_number(text, "Seccomp_filters", 10, &number) < 0)
		add_unknown(process, "filters");
	else
		add(process, "filters", DOCTOR_KERNEL, number >= filters, "%" PRIu64, number);
}

static void add_capabilities(struct doctor_process *process, const char *text)
{
	static const char *const sets[] = {"CapInh", "CapPrm", "CapEff", "CapAmb"};
	uint64_t all = 0, number;

	for (size_t i = 0; i < sizeof(sets) / sizeof(sets[0]); i++) {
		if (doctor_status_number(text, sets[i], 16, &number) < 0) {
			add_unknown(process, "caps");
			return;
		}
		all |= number;
	}
	if (all)
		add(process, "caps", DOCTOR_KERNEL, false, "%#" PRIx64, all);
	else
		add(process, "caps", DOCTOR_KERNEL, true, "none");
}

static void add_number(struct doctor_process *process, const char *text, const char *name,
		       const char *key, uint64_t expected)
{
	uint64_t number;

	if (doctor_status_number(text, key, 10, &number) < 0)
		add_unknown(process, name);
	else
		add(process, name, DOCTOR_KERNEL, number == expected, "%" PRIu64, number);
}

void doctor_add_status(struct doctor_process *process, const char *text, unsigned filters)
{
	uint64_t uid;

	add_seccomp(process, text, filters);
	add_number(process, text, "no_new_privs", "NoNewPrivs", 1);
	add_capabilities(process, text);
	add_number(process, text, "threads", "Threads", 1);
	if (doctor_status_number(text, "Uid", 10, &uid) < 0)
		add_unknown(process, "uid");
	else
		add(process, "uid", DOCTOR_KERNEL, true, "%" PRIu64, uid);
}

/* " 0 " at *at; moves *at behind it. */
static bool take_zero(const char **at)
{
	const char *digit = *at + strspn(*at, " ");

	if (digit == *at || digit[0] != '0' || digit[1] != ' ')
		return false;
	*at = digit + 1;
	return true;
}

/* "  0  0  bytes": soft and hard limit. */
static bool are_zero(const char *at)
{
	for (unsigned limit = 0; limit < 2; limit++) {
		if (!take_zero(&at))
			return false;
	}
	return strncmp(at + strspn(at, " "), "bytes", strlen("bytes")) == 0;
}

void doctor_add_limits(struct doctor_process *process, const char *text)
{
	const char *at = find_line(text, "Max core file size");

	if (!at) {
		add_unknown(process, "core_limit");
		return;
	}
	bool none = are_zero(at);
	add(process, "core_limit", DOCTOR_KERNEL, none, "%s", none ? "0" : "not 0");
}

void doctor_add_dumpable(struct doctor_process *process, enum doctor_dumpable dumpable)
{
	if (dumpable == DOCTOR_DUMPABLE_UNKNOWN)
		add_unknown(process, "dumpable");
	else
		add(process, "dumpable", DOCTOR_KERNEL, dumpable == DOCTOR_NOT_DUMPABLE, "%s",
		    dumpable == DOCTOR_NOT_DUMPABLE ? "no" : "yes");
}

/* --- declared and probed --- */

/* Bit by bit as in linux/landlock.h. */
static const char *const fs_rights[] = {
	"execute",   "write_file", "read_file", "read_dir",  "remove_dir", "remove_file",
	"make_char", "make_dir",   "make_reg",	"make_sock", "make_fifo",  "make_block",
	"make_sym",  "refer",	   "truncate",	"ioctl_dev", NULL,
};
static const char *const net_rights[] = {"bind_tcp", "connect_tcp", NULL};
static const char *const scopes[] = {"abstract_unix_socket", "signal", NULL};

static void add_mask(struct doctor_process *process, const char *name, uint64_t mask,
		     uint64_t expected, const char *const *names)
{
	char text[DOCTOR_VALUE_MAX] = "";
	size_t used = 0;

	for (unsigned bit = 0; names[bit]; bit++) {
		if (!(mask & (UINT64_C(1) << bit)))
			continue;
		int length = snprintf(text + used, sizeof(text) - used, "%s%s", used ? "," : "",
				      names[bit]);
		if (length > 0 && (size_t)length < sizeof(text) - used)
			used += (size_t)length;
	}
	add(process, name, DOCTOR_DECLARED, mask == expected, "%s", used ? text : "none");
}

void doctor_add_report(struct doctor_process *process)
{
	const struct sandbox_report *report = &process->report;
	enum landlock_extent extent =
		process->role == ROLE_AGENT ? LANDLOCK_AGENT : LANDLOCK_EVERYTHING;
	struct landlock_state expected = landlock_handled(report->landlock_abi, extent);

	add(process, "landlock_abi", DOCTOR_DECLARED, report->landlock_abi > 0, "%" PRIu32,
	    report->landlock_abi);
	add_mask(process, "landlock_fs", report->landlock_fs, expected.fs, fs_rights);
	add_mask(process, "landlock_net", report->landlock_net, expected.net, net_rights);
	add_mask(process, "landlock_scope", report->landlock_scope, expected.scope, scopes);
	add(process, "syscalls", DOCTOR_DECLARED, report->syscalls_allowed > 0, "%u",
	    (unsigned)report->syscalls_allowed);
	add(process, "objects", DOCTOR_DECLARED, true, "%s", report->objects);
	for (unsigned i = 0; i < SANDBOX_PROBES; i++) {
		uint32_t bit = UINT32_C(1) << i;
		bool tried = report->probes_done & bit, blocked = report->probes_blocked & bit;
		add(process, sandbox_probe_name((enum sandbox_probe)i), DOCTOR_PROBED,
		    blocked || !tried, "%s",
		    blocked ? "blocked"
		    : tried ? "NOT BLOCKED"
			    : "not tried");
	}
}
