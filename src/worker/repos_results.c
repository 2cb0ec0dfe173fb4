/* What became of repositories. */
#include "worker/repos_results.h"

#include "lib/base/clock.h"
#include "lib/json/write.h"
#include "worker/calls.h"

#include <stdio.h>
#include <string.h>

#define COLUMNS 6u
#define JSON_MAX 16384u

static const char *const words[REPOS_ACTIONS] = {
	[REPOS_CLONED] = "cloned",	 [REPOS_FETCHED] = "fetched", [REPOS_VERIFIED] = "verified",
	[REPOS_UNCHANGED] = "unchanged", [REPOS_REMOVED] = "removed", [REPOS_SKIPPED] = "skipped",
	[REPOS_FAILED] = "failed",
};

void repos_size_text(char text[REPOS_SIZE_TEXT], uint64_t bytes)
{
	static const char *const units[] = {"kB", "MB", "GB", "TB", "PB", "EB"};
	uint64_t tenths = bytes / 100;
	size_t unit = 0;

	if (bytes < 1000) {
		snprintf(text, REPOS_SIZE_TEXT, "%u B", (unsigned)bytes);
		return;
	}
	for (; tenths >= 10000; unit++)
		tenths /= 1000;
	snprintf(text, REPOS_SIZE_TEXT, "%u.%u %s", (unsigned)(tenths / 10),
		 (unsigned)(tenths % 10), units[unit]);
}

static void seconds_text(char *text, size_t size, uint64_t milliseconds)
{
	snprintf(text, size, "%llu.%llu s", (unsigned long long)(milliseconds / 1000),
		 (unsigned long long)(milliseconds % 1000 / 100));
}

void repos_results_begin(struct repos_results *results, struct job *job)
{
	static const struct table_column columns[COLUMNS] = {
		{"REPOSITORY", 60, 16, 0}, {"ACTION", 9, 9, 0}, {"HOW", 24, 8, 3},
		{"SIZE", 9, 9, 4},	   {"TIME", 9, 9, 5},	{"NOTE", 0, 20, 1},
	};

	*results = (struct repos_results){.job = job, .begun_ms = clock_monotonic_ms()};
	/* A line each, whoever reads it. */
	job->output.coloured = false;
	if (job->request.format == OUTPUT_TABLE)
		results->table = table_new(&job->output, columns, COLUMNS, job->request.width,
					   job->request.colour);
}

void repos_results_expect(struct repos_results *results, const char *repo)
{
	/* As wide as there is room. */
	static const char error[] =
		"                                                                            "
		"                                                                            ";
	const char *const cells[COLUMNS] = {repo, "", "left alone", "100.0 MB", "100.0 s", error};

	results->known++;
	if (results->table)
		table_measure(results->table, cells);
}

uint32_t repos_results_done(const struct repos_results *results)
{
	uint32_t done = 0;

	for (unsigned i = 0; i < REPOS_ACTIONS; i++)
		done += results->counts[i];
	return done;
}

static void write_line(struct job *job, const struct json_writer *writer)
{
	size_t length;

	/* Every text in it is bounded. */
	if (json_finish(writer, &length) < 0)
		return;
	output_bytes(&job->output, writer->text, length);
	output_text(&job->output, "\n");
}

static void put_text(struct json_writer *writer, const char *key, const char *text)
{
	json_key(writer, key);
	json_string(writer, text);
}

static void put_number(struct json_writer *writer, const char *key, uint64_t number)
{
	json_key(writer, key);
	json_u64(writer, number);
}

static void put_error(struct json_writer *writer, const struct failure *failure)
{
	json_key(writer, "error");
	if (!failure) {
		json_null(writer);
		return;
	}
	json_object_begin(writer);
	put_text(writer, "kind", failure_name(failure->kind));
	put_text(writer, "message", failure->message);
	json_object_end(writer);
}

static void write_json(struct job *job, const struct repos_row *row)
{
	char text[JSON_MAX];
	struct json_writer writer;

	json_writer_init(&writer, text, sizeof(text));
	json_object_begin(&writer);
	put_text(&writer, "repo", row->repo);
	put_text(&writer, "action", words[row->action]);
	put_text(&writer, "how", row->how);
	put_number(&writer, "bytes", row->bytes);
	json_key(&writer, "seconds");
	json_milli(&writer, row->milliseconds);
	put_error(&writer, row->failure);
	if (*row->note)
		put_text(&writer, "note", row->note);
	json_object_end(&writer);
	write_line(job, &writer);
}

static enum table_colour colour_of(enum repos_action action)
{
	switch (action) {
	case REPOS_CLONED:
	case REPOS_FETCHED:
	case REPOS_VERIFIED:
		return TABLE_GREEN;
	case REPOS_FAILED:
		return TABLE_RED;
	case REPOS_REMOVED:
	case REPOS_SKIPPED:
		return TABLE_YELLOW;
	default:
		return TABLE_PLAIN;
	}
}

static void write_row(struct repos_results *results, const struct repos_row *row)
{
	struct output *output = &results->job->output;
	char size[REPOS_SIZE_TEXT] = "", time[24] = "";
	const char *cells[COLUMNS] = {row->repo, words[row->action],
				      row->how,	 size,
				      time,	 row->failure ? row->failure->message : row->note};
	enum table_colour colours[COLUMNS] = {TABLE_BOLD, colour_of(row->action)};

	if (row->bytes)
		repos_size_text(size, row->bytes);
	if (row->milliseconds)
		seconds_text(time, sizeof(time), row->milliseconds);
	if (results->table) {
		table_row(results->table, cells, colours);
		return;
	}
	for (size_t i = 0; i < COLUMNS; i++) {
		output_text(output, i ? "\t" : "");
		output_field(output, cells[i]);
	}
	output_text(output, "\n");
}

/* The first is told at the end. */
static void note_failure(struct repos_results *results, const struct repos_row *row)
{
	struct failure *first = &results->first;

	if (results->counts[REPOS_FAILED] > 1)
		return;
	*first = *row->failure;
	snprintf(first->message, sizeof(first->message), "%.140s: %.360s", row->repo,
		 row->failure->message);
}

void repos_results_add(struct repos_results *results, const struct repos_row *row)
{
	struct job *job = results->job;

	results->counts[row->action]++;
	results->bytes += row->bytes;
	job->items++;
	if (row->action == REPOS_FAILED)
		note_failure(results, row);
	if (job->request.format == OUTPUT_JSON)
		write_json(job, row);
	else if (row->action != REPOS_UNCHANGED)
		write_row(results, row);
	calls_progress(job->calls, repos_results_done(results), results->known,
		       results->counts[REPOS_FAILED]);
}

void repos_results_flush(struct repos_results *results)
{
	const uint32_t *counts = results->counts;

	if (results->table && repos_results_done(results) > counts[REPOS_UNCHANGED])
		table_settle(results->table);
	output_flush(&results->job->output);
}

/* --- the sum --- */

static void write_json_sum(const struct repos_results *results, uint64_t milliseconds)
{
	char text[1024];
	struct json_writer writer;

	json_writer_init(&writer, text, sizeof(text));
	json_object_begin(&writer);
	json_key(&writer, "total");
	json_object_begin(&writer);
	put_number(&writer, "repositories", repos_results_done(results));
	for (unsigned i = 0; i < REPOS_ACTIONS; i++)
		put_number(&writer, words[i], results->counts[i]);
	put_number(&writer, "vanished", results->vanished);
	put_number(&writer, "bytes", results->bytes);
	json_key(&writer, "seconds");
	json_milli(&writer, milliseconds);
	json_object_end(&writer);
	json_object_end(&writer);
	write_line(results->job, &writer);
}

static void write_sum(const struct repos_results *results, uint64_t milliseconds)
{
	struct output *output = &results->job->output;
	uint32_t done = repos_results_done(results);
	const char *separator = ": ";
	char text[64], size[REPOS_SIZE_TEXT], time[24];

	if (results->table && done > results->counts[REPOS_UNCHANGED])
		output_text(output, "\n");
	snprintf(text, sizeof(text), "%u %s", done, done == 1 ? "repository" : "repositories");
	output_text(output, text);
	for (unsigned i = 0; i < REPOS_ACTIONS; i++) {
		if (!results->counts[i])
			continue;
		snprintf(text, sizeof(text), "%s%u %s", separator, results->counts[i], words[i]);
		output_text(output, text);
		separator = ", ";
	}
	repos_size_text(size, results->bytes);
	seconds_text(time, sizeof(time), milliseconds);
	snprintf(text, sizeof(text), "%s%s in %s\n", results->bytes ? "; " : "",
		 results->bytes ? size : "", time);
	output_text(output, text);
}

static void conclude(const struct repos_results *results)
{
	struct failure *failure = &results->job->failure;
	uint32_t failed = results->counts[REPOS_FAILED], done = repos_results_done(results);

	if (failure->kind != FAILURE_NONE || !failed)
		return;
	*failure = results->first;
	if (done > 1)
		failure_set(failure, FAILURE_PARTIAL, results->first.hint,
			    "%u of %u repositories failed; the first: %.400s", failed, done,
			    results->first.message);
	/* Also of a single one: it was tried, and its line says what came of it. */
	failure->kind = FAILURE_PARTIAL;
}

void repos_results_end(struct repos_results *results)
{
	uint64_t milliseconds = clock_monotonic_ms() - results->begun_ms;

	repos_results_flush(results);
	table_free(results->table);
	if (results->job->request.format == OUTPUT_JSON)
		write_json_sum(results, milliseconds);
	else if (repos_results_done(results) || results->job->failure.kind == FAILURE_NONE)
		write_sum(results, milliseconds);
	conclude(results);
}
