/* repos status: what is remembered of repositories in a destination, and what there is. */
#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "worker/age.h"
#include "worker/alert_json.h"
#include "worker/repos_known.h"
#include "worker/repos_results.h"
#include "worker/repos_work.h"
#include "worker/when.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <string.h>

#define COLUMNS 9u

struct status {
	struct job *job;
	struct work *work;
	struct table *table;
	uint64_t now_s;
};

static const char *const modes[REPOS_MODES] = {
	[REPOS_MIRROR] = "mirror", [REPOS_WORKTREE] = "worktree"};
static const char *const founds[TREE_FOUNDS] = {
	[TREE_ABSENT] = "no", [TREE_PRESENT] = "yes", [TREE_FOREIGN] = "other"};

/* --- as JSON --- */

static void must(const struct cJSON *added)
{
	if (!added)
		fatal("out of memory");
}

static void put_text(struct cJSON *object, enum sync_state_field field, const char *text)
{
	const char *name = field_name(FIELD_SET_SYNC_STATE, field);

	must(*text ? cJSON_AddStringToObject(object, name, text)
		   : cJSON_AddNullToObject(object, name));
}

static void put_time(struct cJSON *object, enum sync_state_field field, uint64_t seconds)
{
	char text[WHEN_SIZE] = "";

	if (seconds)
		when_write(text, seconds);
	put_text(object, field, text);
}

static void put_number(struct cJSON *object, enum sync_state_field field, uint64_t number)
{
	must(cJSON_AddNumberToObject(object, field_name(FIELD_SET_SYNC_STATE, field),
				     (double)number));
}

static void put_digest(struct cJSON *object, const uint8_t digest[SYNC_DIGEST_SIZE])
{
	char text[2 * SYNC_DIGEST_SIZE + 1] = "";
	bool known = false;

	for (size_t i = 0; i < SYNC_DIGEST_SIZE; i++) {
		snprintf(text + 2 * i, 3, "%02x", digest[i]);
		known = known || digest[i];
	}
	put_text(object, SYNC_STATE_FIELD_DIGEST, known ? text : "");
}

static void write_json(struct status *status, const struct sync_state *state, enum tree_found found)
{
	struct cJSON *object = cJSON_CreateObject();

	must(object);
	put_text(object, SYNC_STATE_FIELD_REPO, state->name);
	put_number(object, SYNC_STATE_FIELD_ID, state->id);
	put_text(object, SYNC_STATE_FIELD_PART, state->part == REPOS_WIKI ? "wiki" : "code");
	put_text(object, SYNC_STATE_FIELD_MODE, modes[state->mode]);
	must(cJSON_AddBoolToObject(object,
				   field_name(FIELD_SET_SYNC_STATE, SYNC_STATE_FIELD_PRESENT),
				   found == TREE_PRESENT));
	put_time(object, SYNC_STATE_FIELD_SYNCED_AT, state->synced_s);
	put_time(object, SYNC_STATE_FIELD_CHECKED_AT, state->checked_s);
	put_time(object, SYNC_STATE_FIELD_VERIFIED_AT, state->verified_s);
	put_time(object, SYNC_STATE_FIELD_FAILED_AT, state->failed_s);
	put_text(object, SYNC_STATE_FIELD_PUSHED_AT, state->pushed_at);
	put_text(object, SYNC_STATE_FIELD_BRANCH, state->branch);
	put_digest(object, state->digest);
	put_number(object, SYNC_STATE_FIELD_BYTES, state->bytes);
	put_text(object, SYNC_STATE_FIELD_ERROR, state->error);
	output_text(&status->job->output, status->job->items ? ",\n" : "[");
	json_fields_write(status->job, FIELD_SET_SYNC_STATE, object);
	cJSON_Delete(object);
}

/* --- as rows --- */

/* An age for people, a time for programs. */
static void time_text(const struct status *status, char *text, size_t size, uint64_t seconds)
{
	char when[WHEN_SIZE] = "";

	if (seconds)
		when_write(when, seconds);
	if (status->table && seconds)
		age_text(text, size, when, status->now_s);
	else
		snprintf(text, size, "%s", when);
}

static void write_row(struct status *status, const struct sync_state *state, enum tree_found found)
{
	struct output *output = &status->job->output;
	char synced[40], checked[40], verified[40], size[REPOS_SIZE_TEXT];
	const char *cells[COLUMNS] = {state->name, modes[state->mode], founds[found], synced,
				      checked,	   verified,	       state->branch, size,
				      state->error};
	enum table_colour colours[COLUMNS] = {TABLE_BOLD};

	colours[2] = found == TREE_PRESENT ? TABLE_GREEN : TABLE_RED;
	colours[8] = TABLE_RED;
	time_text(status, synced, sizeof(synced), state->synced_s);
	time_text(status, checked, sizeof(checked), state->checked_s);
	time_text(status, verified, sizeof(verified), state->verified_s);
	if (status->table)
		repos_size_text(size, state->bytes);
	else
		snprintf(size, sizeof(size), "%llu", (unsigned long long)state->bytes);
	if (status->table) {
		table_row(status->table, cells, colours);
		return;
	}
	for (size_t i = 0; i < COLUMNS; i++) {
		output_text(output, i ? "\t" : "");
		output_field(output, cells[i]);
	}
	output_text(output, "\n");
}

/* --- what there is --- */

static void look_mode(struct status *status, enum repos_mode mode, const struct sync_state *states,
		      size_t count, enum tree_found found[])
{
	char owners[SYNC_STATES_MAX][VALIDATE_OWNER_MAX + 1];
	char names[SYNC_STATES_MAX][VALIDATE_REPO_MAX + 1];
	struct repos_place places[SYNC_STATES_MAX] = {0};
	enum tree_found looked[SYNC_STATES_MAX];
	size_t which[SYNC_STATES_MAX], asked = 0;

	for (size_t i = 0; i < count; i++) {
		if (states[i].mode != mode ||
		    !repos_name_split(states[i].name, owners[asked], names[asked]))
			continue;
		places[asked] = (struct repos_place){owners[asked], names[asked]};
		which[asked++] = i;
	}
	work_look(status->work, mode, places, asked, looked);
	for (size_t i = 0; i < asked; i++)
		found[which[i]] = looked[i];
}

static void show(struct status *status, const struct sync_state *states, size_t count)
{
	enum tree_found found[SYNC_STATES_MAX] = {TREE_ABSENT};
	struct job *job = status->job;

	look_mode(status, REPOS_MIRROR, states, count, found);
	look_mode(status, REPOS_WORKTREE, states, count, found);
	for (size_t i = 0; i < count; i++) {
		if (job->request.limit && job->items == job->request.limit)
			break;
		if (job->request.format == OUTPUT_JSON)
			write_json(status, &states[i], found[i]);
		else
			write_row(status, &states[i], found[i]);
		job->items++;
	}
	if (status->table)
		table_settle(status->table);
	output_flush(&job->output);
}

static void finish(struct status *status, struct known *known)
{
	struct job *job = status->job;
	struct repos_name name;
	size_t place = 0;

	if (job->request.format == OUTPUT_JSON)
		output_text(&job->output, job->items ? "]\n" : "[]\n");
	else if (status->table && !job->items)
		output_text(&job->output, "No repositories are known in this destination.\n");
	if (known_next_missing(known, &place, &name))
		failure_set(&job->failure, job->items ? FAILURE_PARTIAL : FAILURE_NOT_FOUND,
			    "ghward repos sync puts it there.",
			    "%s/%s is not known in this destination", name.owner, name.name);
}

void repos_status_run(struct job *job)
{
	static const struct table_column columns[COLUMNS] = {
		{"REPOSITORY", 60, 16, 0}, {"MODE", 8, 8, 5},	   {"THERE", 5, 5, 2},
		{"SYNCED", 24, 12, 1},	   {"CHECKED", 24, 12, 4}, {"VERIFIED", 24, 12, 6},
		{"BRANCH", 20, 8, 7},	   {"RECEIVED", 9, 9, 8},  {"ERROR", 0, 16, 3},
	};
	static const struct work_events none = {0};
	struct status status = {.job = job, .now_s = clock_wall_s()};
	struct sync_state found[SYNC_STATES_MAX];
	struct known known;
	size_t count;

	status.work = work_new(job, &none);
	if (job->request.format == OUTPUT_TABLE)
		status.table = table_new(&job->output, columns, COLUMNS, job->request.width,
					 job->request.colour);
	known_begin(&known, job);
	while ((!job->request.limit || job->items < job->request.limit) &&
	       (count = known_next(&known, found)))
		show(&status, found, count);
	if (!job->request.limit)
		finish(&status, &known);
	known_end(&known);
	table_free(status.table);
	work_free(status.work);
}
