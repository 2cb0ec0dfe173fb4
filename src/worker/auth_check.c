/* auth check: for which operations the token suffices, without performing one that changes
 * anything. */
#include "lib/base/log.h"
#include "lib/github/fields.h"
#include "lib/json/parse.h"
#include "worker/alert_json.h"
#include "worker/ask.h"
#include "worker/classify.h"
#include "worker/job.h"
#include "worker/table.h"
#include "worker/verdict.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct check {
	struct job *job;
	struct evidence evidence;
	char *scopes;	     /* of the evidence; owned */
	struct table *table; /* for a terminal */
	unsigned refused;    /* verdicts of no */
	const char *first_refused;
};

/* --- questions --- */

/* Refusals are evidence. Any other failure ends the job. */
static void judge_answer(struct probe *probe, struct job *job, const struct answer *answer)
{
	const struct failure *failure = &job->failure;

	snprintf(probe->words, sizeof(probe->words), "%.290s", failure->message);
	snprintf(probe->accepted, sizeof(probe->accepted), "%s",
		 answer->response.accepted_permissions);
	if (failure->kind == FAILURE_NONE)
		probe->verdict = VERDICT_YES;
	else if (failure->kind == FAILURE_PERMISSION || failure->kind == FAILURE_NOT_FOUND)
		probe->verdict = VERDICT_NO;
	else
		return;
	memset(&job->failure, 0, sizeof(job->failure));
}

static bool is_failed(const struct check *check)
{
	return check->job->failure.kind != FAILURE_NONE;
}

static void read_repository(struct check *check, const struct cJSON *repository)
{
	const struct cJSON *hidden = json_member(repository, "private");
	const struct cJSON *push = json_member(json_get_object(repository, "permissions"), "push");

	if (cJSON_IsBool(hidden))
		check->evidence.visibility =
			cJSON_IsTrue(hidden) ? VISIBILITY_PRIVATE : VISIBILITY_PUBLIC;
	/* Of an App it says nothing: that has permissions, and no role. */
	if (cJSON_IsBool(push) && check->evidence.basis != RIGHTS_INSTALLATION)
		check->evidence.may_push = cJSON_IsTrue(push) ? VERDICT_YES : VERDICT_NO;
}

static void probe_repository(struct check *check)
{
	struct job *job = check->job;
	struct answer answer;
	struct cJSON *repository =
		ask_keeping(job, OPERATION_REPO_GET, &job->request.arguments, &answer);

	check->scopes = strdup(answer.response.scopes);
	if (!check->scopes)
		fatal("out of memory");
	judge_answer(&check->evidence.to_repo, job, &answer);
	check->evidence.scopes = check->scopes;
	check->evidence.basis = rights_basis(job->facts.kind, check->scopes);
	read_repository(check, repository);
	cJSON_Delete(repository);
	answer_free(&answer);
}

/* A repository without an analysis says so to those only who may read alerts; one without code
 * scanning says nothing about the token. */
static void probe_alerts(struct check *check)
{
	struct job *job = check->job;
	struct operation_arguments one = job->request.arguments;
	struct answer answer;

	one.values[PARAMETER_PER_PAGE] = "1";
	cJSON_Delete(ask_keeping(job, OPERATION_ALERTS_LIST, &one, &answer));
	judge_answer(&check->evidence.to_alerts, job, &answer);
	answer_free(&answer);
	if (strcasestr(check->evidence.to_alerts.words, "no analysis found"))
		check->evidence.to_alerts.verdict = VERDICT_YES;
	else if (strcasestr(check->evidence.to_alerts.words, "must be enabled") ||
		 strcasestr(check->evidence.to_alerts.words, "not enabled"))
		check->evidence.to_alerts.verdict = VERDICT_UNKNOWN;
}

/* --- output --- */

static void add_text(struct cJSON *object, enum auth_check_field field, const char *text)
{
	if (*text)
		cJSON_AddStringToObject(object, field_name(FIELD_SET_AUTH_CHECK, field), text);
}

static void add_scopes(struct cJSON *object, const char *scopes)
{
	struct cJSON *array = cJSON_AddArrayToObject(
		object, field_name(FIELD_SET_AUTH_CHECK, AUTH_CHECK_FIELD_SCOPES));
	char *copy = strdup(scopes), *rest = copy, *scope;

	while ((scope = strsep(&rest, "|"))) {
		if (*scope)
			cJSON_AddItemToArray(array, cJSON_CreateString(scope));
	}
	free(copy);
}

static void write_json(struct check *check, const char *name, const struct operation *operation,
		       const struct finding *finding)
{
	struct cJSON *object = cJSON_CreateObject();

	add_text(object, AUTH_CHECK_FIELD_OPERATION, name);
	add_text(object, AUTH_CHECK_FIELD_VERDICT, verdict_name(finding->verdict));
	add_text(object, AUTH_CHECK_FIELD_MISSING, finding->missing);
	add_text(object, AUTH_CHECK_FIELD_EVIDENCE, finding->evidence);
	add_text(object, AUTH_CHECK_FIELD_PERMISSION, operation->permission);
	add_scopes(object, operation->scopes);
	output_text(&check->job->output, check->job->items ? ",\n" : "[");
	json_fields_write(check->job, FIELD_SET_AUTH_CHECK, object);
	cJSON_Delete(object);
}

static void write_row(struct check *check, const char *name, const struct finding *finding)
{
	static const enum table_colour colours[] = {TABLE_YELLOW, TABLE_RED, TABLE_GREEN};
	const char *const cells[] = {name, verdict_name(finding->verdict), finding->missing,
				     finding->evidence};
	const enum table_colour shown[] = {TABLE_BOLD, colours[finding->verdict], TABLE_PLAIN,
					   TABLE_GREY};
	struct output *output = &check->job->output;

	if (check->table) {
		table_row(check->table, cells, shown);
		return;
	}
	for (size_t i = 0; i < sizeof(cells) / sizeof(cells[0]); i++) {
		output_text(output, i ? "\t" : "");
		output_field(output, cells[i]);
	}
	output_text(output, "\n");
}

static void report_one(struct check *check, enum operation_id id, const char *name)
{
	struct finding finding;

	verdict_judge(&check->evidence, id, &finding);
	if (check->job->request.format == OUTPUT_JSON)
		write_json(check, name, operation_get(id), &finding);
	else
		write_row(check, name, &finding);
	check->job->items++;
	if (finding.verdict != VERDICT_NO)
		return;
	if (!check->refused++)
		check->first_refused = name;
}

static void report(struct check *check, enum operation_id only)
{
	static const struct table_column columns[] = {
		{"OPERATION", 0, 0, 0},
		{"VERDICT", 7, 7, 0},
		{"MISSING", 0, 12, 1},
		{"EVIDENCE", 0, 20, 2},
	};
	struct job *job = check->job;

	if (job->request.format == OUTPUT_TABLE)
		check->table = table_new(&job->output, columns, 4, job->request.width,
					 job->request.colour);
	for (unsigned i = 0; i < OPERATIONS; i++) {
		enum operation_id id = (enum operation_id)i;
		if (only == OPERATIONS && operation_is_checkable(id))
			report_one(check, id, operation_get(id)->id);
	}
	if (only != OPERATIONS)
		report_one(check, only, job->request.operation);
	if (check->table)
		table_settle(check->table);
	table_free(check->table);
	if (job->request.format == OUTPUT_JSON)
		output_text(&job->output, "]\n");
}

static void conclude(struct check *check)
{
	static const char hint[] =
		"Give the token what is missing, or choose another one with --credential.";

	if (check->refused == 1)
		failure_set(&check->job->failure, FAILURE_PERMISSION, hint,
			    "the token does not suffice for %s", check->first_refused);
	else if (check->refused)
		failure_set(&check->job->failure, FAILURE_PERMISSION, hint,
			    "the token does not suffice for %s and %u more", check->first_refused,
			    check->refused - 1);
}

/* OPERATIONS for all of them; false with a failure. */
static bool choose(struct job *job, enum operation_id *only)
{
	const char *name = job->request.operation;
	const char *why = NULL;

	*only = OPERATIONS;
	if (!*name)
		return true;
	if (!operation_find(name, only))
		why = "there is no such operation";
	else if (!operation_is_checkable(*only))
		why = "it is not done with a user's token";
	if (why)
		failure_set(&job->failure, FAILURE_USAGE,
			    "`ghward operations` lists them; those of commands are known, too.",
			    "%.80s cannot be checked: %s", name, why);
	return !why;
}

void auth_check_run(struct job *job)
{
	struct check check = {.job = job,
			      .evidence = {.permissions = job->facts.permissions,
					   .owner = job->request.arguments.values[PARAMETER_OWNER],
					   .repo = job->request.arguments.values[PARAMETER_REPO]}};
	enum operation_id only;

	if (!choose(job, &only))
		return;
	bool alerts = only == OPERATIONS ||
		      (only != OPERATION_REPO_GET && operation_is_about(only, PARAMETER_REPO));
	probe_repository(&check);
	if (!is_failed(&check) && alerts && verdict_needs_alerts(&check.evidence))
		probe_alerts(&check);
	if (!is_failed(&check)) {
		report(&check, only);
		conclude(&check);
	}
	free(check.scopes);
}
