/* ghward audit incidents: what the security monitor has found, and letting it go. */
#include "cli/broker_job.h"
#include "cli/commands.h"
#include "cli/incident_result.h"
#include "cli/suggest.h"

#include <stdio.h>
#include <string.h>

static const struct {
	const char *word;
	enum job_kind kind;
	unsigned words; /* with itself */
} actions[] = {
	{"list", JOB_AUDIT_INCIDENTS_LIST, 1},
	{"show", JOB_AUDIT_INCIDENTS_SHOW, 2},
	{"close", JOB_AUDIT_INCIDENTS_CLOSE, 2},
};

#define ACTIONS (sizeof(actions) / sizeof(actions[0]))

static unsigned count_words(const struct options *options)
{
	unsigned count = 0;

	while (count < 2 && options->words[count])
		count++;
	return count;
}

/* Returns 0, or -1 with a failure. */
static int choose(const struct options *options, enum job_kind *kind, struct failure *failure)
{
	const char *word = options->words[0] ? options->words[0] : "list";
	unsigned count = options->words[0] ? count_words(options) : 1, at = 0;

	while (at < ACTIONS && strcmp(actions[at].word, word) != 0)
		at++;
	if (at == ACTIONS)
		failure_set(failure, FAILURE_USAGE, "ghward audit incidents --help",
			    "unknown action \"%.64s\": expected list, show or close", word);
	else if (count != actions[at].words)
		failure_set(failure, FAILURE_USAGE, "ghward audit incidents list shows them.",
			    actions[at].words == 2 ? "which incident? Name its id"
						   : "listing takes no id");
	else if (actions[at].kind == JOB_AUDIT_INCIDENTS_CLOSE &&
		 !options->values[OPTION_CLOSE_REASON])
		failure_set(failure, FAILURE_USAGE, "It stays in the audit log.",
			    "closing an incident needs --reason TEXT");
	else if (actions[at].kind != JOB_AUDIT_INCIDENTS_CLOSE &&
		 options->values[OPTION_CLOSE_REASON])
		failure_set(failure, FAILURE_USAGE, "", "--reason is for closing an incident");
	else {
		*kind = actions[at].kind;
		return 0;
	}
	return -1;
}

static void print(const struct broker_job *job, const struct incident_result *result)
{
	if (job->request.format == OUTPUT_JSON)
		incident_print_json(result, job->request.kind, job->terminal);
	else if (job->request.kind == JOB_AUDIT_INCIDENTS_CLOSE && result->count)
		printf("closed %s\n", result->list[0].id);
	else if (job->request.kind == JOB_AUDIT_INCIDENTS_SHOW)
		incident_print_one(result);
	else if (result->count || !job->terminal)
		incident_print_table(result, job->terminal);
	else
		errors_note(job->invocation->errors, "no security incident is open");
}

int audit_incidents(const struct invocation *invocation)
{
	const struct options *options = &invocation->options;
	struct incident_result result = {.count = 0};
	enum job_kind kind = JOB_AUDIT_INCIDENTS_LIST;
	struct failure wrong;
	struct broker_job job;

	if (choose(options, &kind, &wrong) < 0)
		return errors_report(&wrong, "", invocation->errors);
	int begun = broker_job_begin(&job, invocation, kind);
	job.take = incident_result_take;
	job.context = &result;
	job.request.review.name = kind == JOB_AUDIT_INCIDENTS_LIST ? "" : options->words[1];
	job.request.review.text = options->values[OPTION_CLOSE_REASON];
	if (begun == 0 && broker_job_run(&job) == 0)
		print(&job, &result);
	incident_result_free(&result);
	return broker_job_end(&job);
}
