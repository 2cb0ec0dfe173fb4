/* repos list: repositories of an owner, or by name. */
#include "lib/base/clock.h"
#include "lib/github/fields.h"
#include "worker/age.h"
#include "worker/alert_json.h"
#include "worker/classify.h"
#include "worker/repos_filter.h"
#include "worker/repos_source.h"
#include "worker/seen.h"
#include "worker/table.h"

#include <stdio.h>
#include <string.h>

struct list {
	struct seen seen; /* ids: a list can shift while it is read and show one again */
	struct table *table;
	uint32_t limit, missing;
	struct failure first; /* why the first of these is */
	uint64_t now_s;
};

#define COLUMNS 6u

/* "archived, fork", for people. */
static void write_kind(char *text, size_t size, const struct repository_view *repository)
{
	snprintf(text, size, "%s%s%s", repository->archived ? ", archived" : "",
		 repository->disabled ? ", disabled" : "", repository->fork ? ", fork" : "");
	memmove(text, text + (*text ? 2 : 0), strlen(text) + 1 - (*text ? 2 : 0));
}

static void write_row(struct job *job, struct list *list, const struct repository_view *repository)
{
	static const char *const visibilities[] = {[REPOSITORY_PUBLIC] = "public",
						   [REPOSITORY_PRIVATE] = "private",
						   [REPOSITORY_INTERNAL] = "internal"};
	char full[SYNC_NAME_MAX + 1], kind[40], pushed[40];
	bool table = list->table != NULL;
	const char *cells[COLUMNS] = {full,
				      visibilities[repository->visibility],
				      kind,
				      repository->default_branch,
				      repository->language,
				      table ? pushed : repository->pushed_at};
	const enum table_colour colours[COLUMNS] = {TABLE_BOLD,	 TABLE_PLAIN, TABLE_YELLOW,
						    TABLE_PLAIN, TABLE_PLAIN, TABLE_GREY};

	snprintf(full, sizeof(full), "%s/%s", repository->owner, repository->name);
	write_kind(kind, sizeof(kind), repository);
	age_text(pushed, sizeof(pushed), repository->pushed_at, list->now_s);
	if (table) {
		table_row(list->table, cells, colours);
		return;
	}
	for (size_t i = 0; i < COLUMNS; i++) {
		output_text(&job->output, i ? "\t" : "");
		output_field(&job->output, cells[i]);
	}
	output_text(&job->output, "\n");
}

static bool take_repository(struct job *job, const struct cJSON *element, void *context)
{
	struct list *list = context;
	struct repository_view repository;
	const char *why = repository_read(element, &repository);

	if (why) {
		failure_set(&job->failure, FAILURE_MALFORMED, CLASSIFY_HINT,
			    "the answer cannot be used: of a repository %s", why);
		return false;
	}
	if (!repos_filter_match(&job->request.repos, &repository) ||
	    !seen_add(&list->seen, seen_number(repository.id)))
		return true;
	if (job->request.format == OUTPUT_JSON) {
		output_text(&job->output, job->items ? ",\n" : "[");
		json_fields_write(job, FIELD_SET_REPOSITORY, element);
	} else {
		write_row(job, list, &repository);
	}
	job->items++;
	return !list->limit || job->items < list->limit;
}

static bool take_missing(struct job *job, const struct repos_name *name,
			 const struct failure *failure, void *context)
{
	struct list *list = context;

	(void)job;
	if (list->missing++)
		return true;
	list->first = *failure;
	snprintf(list->first.message, sizeof(list->first.message), "%.39s/%.100s: %.360s",
		 name->owner, name->name, failure->message);
	return true;
}

static void end_page(struct job *job, void *context)
{
	struct list *list = context;

	if (list->table && job->items)
		table_settle(list->table);
	output_flush(&job->output);
	pages_progress(job);
}

/* What makes an output whole is only written when it is. */
static void finish(struct job *job, const struct list *list)
{
	if (job->failure.kind != FAILURE_NONE)
		return;
	if (job->request.format == OUTPUT_JSON)
		output_text(&job->output, job->items ? "]\n" : "[]\n");
	else if (list->table && !job->items && !list->missing)
		output_text(&job->output, "No repositories match.\n");
	if (!list->missing)
		return;
	job->failure = list->first;
	size_t used = strlen(job->failure.message);
	if (list->missing > 1)
		snprintf(job->failure.message + used, sizeof(job->failure.message) - used,
			 " (and %u more)", list->missing - 1);
	if (job->items)
		job->failure.kind = FAILURE_PARTIAL;
}

void repos_list_run(struct job *job)
{
	static const struct table_column columns[COLUMNS] = {
		{"REPOSITORY", 60, 16, 0}, {"VISIBILITY", 10, 0, 3}, {"KIND", 25, 0, 4},
		{"BRANCH", 30, 8, 2},	   {"LANGUAGE", 20, 8, 5},   {"PUSHED", 24, 24, 1},
	};
	struct list list = {.limit = job->request.limit, .now_s = clock_wall_s()};
	const struct repos_source source = {take_repository, end_page, take_missing, &list};
	struct repos_names names = {0};

	repos_names_receive(job, &names);
	/* How many pages it takes to find so many is not known. */
	if (repos_filter_is_set(&job->request.repos))
		job->request.limit = 0;
	if (job->request.format == OUTPUT_TABLE)
		list.table = table_new(&job->output, columns, COLUMNS, job->request.width,
				       job->request.colour);
	repos_source_read(job, &names, &source);
	if (list.table && job->items)
		table_settle(list.table);
	finish(job, &list);
	table_free(list.table);
	repos_names_free(&names);
	seen_free(&list.seen);
}
