/* What git's last words mean. */
#include "git/outcome.h"

#include "lib/sanitize/sanitize.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

static void keep(char kept[OUTCOME_LINE_MAX], const char *line)
{
	if (!*kept)
		sanitize_text(kept, OUTCOME_LINE_MAX, line, strlen(line));
}

static bool begins(const char *line, const char *prefix)
{
	return strncmp(line, prefix, strlen(prefix)) == 0;
}

static void note_obstacle(struct outcome *outcome, const char *line)
{
	if (strstr(line, "local changes to the following files would be overwritten"))
		outcome->obstacle = OBSTACLE_CHANGES;
	else if (strstr(line, "untracked working tree files would be"))
		outcome->obstacle = OBSTACLE_UNTRACKED;
	else if (strstr(line, "You have not concluded") || strstr(line, "unmerged files"))
		outcome->obstacle = OBSTACLE_UNFINISHED;
}

/* "remote: ..." is what the server wants to be read; git says itself what failed. */
static void take_line(struct outcome *outcome, const char *line)
{
	bool serious = begins(line, "fatal: ") || begins(line, "BUG: ");

	if (!*line || begins(line, "remote:") || begins(line, "warning:") || begins(line, "hint:"))
		return;
	if (*line == '\t') {
		outcome->obstacles += outcome->obstacle != OBSTACLE_NONE;
		return;
	}
	if (serious || begins(line, "error: "))
		note_obstacle(outcome, line);
	keep(serious		       ? outcome->fatal_line
	     : begins(line, "error: ") ? outcome->error_line
				       : outcome->plain_line,
	     line);
}

void outcome_feed(struct outcome *outcome, const char *bytes, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		if (bytes[i] == '\n' || bytes[i] == '\r') {
			outcome->line[outcome->held] = 0;
			take_line(outcome, outcome->line);
			outcome->held = 0;
		} else if (outcome->held + 1 < sizeof(outcome->line)) {
			outcome->line[outcome->held++] = bytes[i];
		}
	}
}

bool outcome_is_good(const struct outcome *outcome)
{
	return outcome->status == 0 && outcome->cut.kind == FAILURE_NONE && !*outcome->fatal_line;
}

enum meaning {
	MEANS_MEMORY,
	MEANS_CPU,
	MEANS_FILE_SIZE,
	MEANS_PROCESSES,
	MEANS_DISK,
	MEANS_LOCKED,
	MEANS_FORBIDDEN,
	MEANS_SERVER,
	MEANS_BAD_OBJECT,
	MEANS_BAD_PACK,
	MEANS_REF_CLASH,
	MEANS_OTHER,
};

static const struct {
	const char *text;
	enum meaning meaning;
} texts[] = {
	{"died of signal 24", MEANS_CPU},	/* SIGXCPU */
	{"died of signal 31", MEANS_FORBIDDEN}, /* SIGSYS */
	{"ut of memory", MEANS_MEMORY},
	{"Cannot allocate memory", MEANS_MEMORY},
	{"unable to create thread", MEANS_MEMORY},
	{"File too large", MEANS_FILE_SIZE},
	{"Resource temporarily unavailable", MEANS_PROCESSES},
	{"No space left on device", MEANS_DISK},
	{"Disk quota exceeded", MEANS_DISK},
	{".lock': File exists", MEANS_LOCKED},
	{"remote error: ", MEANS_SERVER},
	{"error: object ", MEANS_BAD_OBJECT},
	{"fsck error", MEANS_BAD_OBJECT},
	{"pack has bad object", MEANS_BAD_PACK},
	{"pack is corrupted", MEANS_BAD_PACK},
	{"pack exceeds maximum", MEANS_BAD_PACK},
	{"early EOF", MEANS_BAD_PACK},
	{"hung up", MEANS_BAD_PACK},
	{"expected flush", MEANS_BAD_PACK},
	{"unexpected disconnect", MEANS_BAD_PACK},
	{"index-pack", MEANS_BAD_PACK},
	{"inflate returned", MEANS_BAD_PACK},
	{"bad object", MEANS_BAD_PACK},
	{"protocol error", MEANS_BAD_PACK},
	{"bad line length", MEANS_BAD_PACK},
	{"did not send all necessary objects", MEANS_BAD_PACK},
	{"cannot lock ref", MEANS_REF_CLASH},
};

static enum meaning find_meaning(const struct outcome *outcome)
{
	const char *const lines[] = {outcome->error_line, outcome->fatal_line};

	if (outcome->status == -SIGXCPU)
		return MEANS_CPU;
	if (outcome->status == -SIGSYS)
		return MEANS_FORBIDDEN;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		if (strstr(lines[0], texts[i].text) || strstr(lines[1], texts[i].text))
			return texts[i].meaning;
	}
	return MEANS_OTHER;
}

const char *outcome_says(const struct outcome *outcome)
{
	if (*outcome->error_line)
		return outcome->error_line;
	if (*outcome->fatal_line)
		return outcome->fatal_line;
	return *outcome->plain_line ? outcome->plain_line : "it said nothing";
}

static void tell_other(const struct outcome *outcome, const char *what, struct failure *failure)
{
	if (outcome->status < 0)
		failure_set(failure, FAILURE_INTERNAL, "",
			    "git was ended by signal %d during its %s", -outcome->status, what);
	else
		failure_set(failure, FAILURE_CONFLICT, "", "git's %s failed: %s", what,
			    outcome_says(outcome));
}

/* Returns whether it was one of ours. */
static bool tell_limit(enum meaning meaning, const char *what, const struct git_work *work,
		       struct failure *failure)
{
	switch ((int)meaning) {
	case MEANS_MEMORY:
		failure_set(failure, FAILURE_CONFLICT, "Raise git.memory.",
			    "git's %s needs more than %llu MiB of address space", what,
			    (unsigned long long)(work->address_space >> 20));
		return true;
	case MEANS_CPU:
		failure_set(failure, FAILURE_CONFLICT, "Raise git.cpu.",
			    "git's %s took more than %u seconds of CPU time", what, work->cpu_s);
		return true;
	case MEANS_FILE_SIZE:
		failure_set(failure, FAILURE_CONFLICT, "Raise git.file_size.",
			    "git's %s would write a file of more than %llu MiB", what,
			    (unsigned long long)(work->file_size >> 20));
		return true;
	case MEANS_PROCESSES:
		failure_set(failure, FAILURE_CONFLICT,
			    "Raise git.processes, or sync with fewer workers.",
			    "git's %s could not start another process", what);
		return true;
	}
	return false;
}

/* Returns whether that is well known. */
static bool tell_known(enum meaning meaning, const struct outcome *outcome, const char *what,
		       struct failure *failure)
{
	const char *said = outcome_says(outcome);
	const char *server = strstr(outcome->fatal_line, "remote error: ");

	switch ((int)meaning) {
	case MEANS_DISK:
		failure_set(failure, FAILURE_CONFLICT, "Make room and sync again.",
			    "the disk is full: %s", said);
		return true;
	case MEANS_LOCKED:
		failure_set(failure, FAILURE_CONFLICT,
			    "If no other git works there, remove the lock file that it left.",
			    "another git works in this repository: %s", said);
		return true;
	case MEANS_FORBIDDEN:
		failure_set(failure, FAILURE_INTERNAL,
			    "If this git is newer than ghward, please report it.",
			    "git's %s tried a system call that it may not make and was ended",
			    what);
		return true;
	case MEANS_SERVER:
		failure_set(failure, FAILURE_SERVER, "", "the server refused the %s: %s", what,
			    server ? server + strlen("remote error: ") : said);
		return true;
	case MEANS_BAD_OBJECT:
		failure_set(
			failure, FAILURE_MALFORMED,
			"Nothing of it was stored. The repository has to be repaired at GitHub.",
			"git refused what the server sent: %s", said);
		return true;
	case MEANS_BAD_PACK:
		failure_set(failure, FAILURE_MALFORMED, "Sync again.",
			    "what the server sent is damaged or incomplete: %s", said);
		return true;
	case MEANS_REF_CLASH:
		failure_set(
			failure, FAILURE_CONFLICT,
			"Names that differ only in case need a file system that tells them apart.",
			"git cannot store a ref: %s", said);
		return true;
	}
	return false;
}

void outcome_failure(const struct outcome *outcome, const char *what, const struct git_work *work,
		     struct failure *failure)
{
	enum meaning meaning = find_meaning(outcome);

	if (outcome->cut.kind != FAILURE_NONE)
		*failure = outcome->cut;
	else if (!tell_limit(meaning, what, work, failure) &&
		 !tell_known(meaning, outcome, what, failure))
		tell_other(outcome, what, failure);
}
