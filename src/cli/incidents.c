/* ghward audit incidents: what the security monitor has found, and letting it go. */
#include "cli/broker_job.h"
#include "cli/commands.h"
#include "cli/job.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct {
	const char *word;
	enum job_kind kind;
	bool names; /* which incident */
	option_set options;
} actions[] = {
	{"list", JOB_AUDIT_INCIDENTS_LIST, false,
	 OPTION_BIT(OPTION_INCIDENT_STATE) | OPTION_BIT(OPTION_DIR)},
	{"show", JOB_AUDIT_INCIDENTS_SHOW, true, OPTION_BIT(OPTION_DIR)},
	{"close", JOB_AUDIT_INCIDENTS_CLOSE, true, OPTION_BIT(OPTION_CLOSE_REASON)},
};

#define ACTIONS (sizeof(actions) / sizeof(actions[0]))

/* Those that not every action has. */
static const enum option_id some[] = {OPTION_INCIDENT_STATE, OPTION_DIR, OPTION_CLOSE_REASON};

static int usage(struct failure *failure, const char *hint, const char *message, const char *word)
{
	failure_set(failure, FAILURE_USAGE, hint, "%s%.64s", message, word);
	return -1;
}

static int check_options(unsigned action, const struct options *options, struct failure *failure)
{
	for (size_t i = 0; i < sizeof(some) / sizeof(some[0]); i++) {
		if (options->values[some[i]] && !(actions[action].options & OPTION_BIT(some[i])))
			return usage(failure,
				     "ghward audit incidents --help shows what goes together.",
				     "this action takes no --", option_get(some[i])->name);
	}
	if (actions[action].kind == JOB_AUDIT_INCIDENTS_CLOSE &&
	    !options->values[OPTION_CLOSE_REASON])
		return usage(failure, "Add --reason TEXT; it stays in the audit log.",
			     "an incident is not closed without a reason", "");
	return 0;
}

/* Returns 0 and which action it is, or -1 with a failure. */
static int choose(const struct options *options, unsigned *action, struct failure *failure)
{
	const char *word = options->words[0] ? options->words[0] : "list";
	const char *id = options->words[0] ? options->words[1] : NULL;

	for (*action = 0; *action < ACTIONS; ++*action) {
		if (strcmp(actions[*action].word, word) == 0)
			break;
	}
	if (*action == ACTIONS)
		return usage(failure, "Use list, show ID or close ID.", "unknown action: ", word);
	if (actions[*action].names && !id)
		return usage(failure, "ghward audit incidents list shows their ids.",
			     "which incident? Name one behind ", word);
	if (!actions[*action].names && id)
		return usage(failure, "ghward audit incidents show ID shows one.",
			     "a list is of all incidents, not of ", id);
	return check_options(*action, options, failure);
}

/* What is open and what was closed stands in the log, where a store and a worker find it. */
static int review(const struct invocation *invocation, enum job_kind kind)
{
	const struct options *options = &invocation->options;
	const char *directory = options->values[OPTION_DIR];
	const char *state = options->values[OPTION_INCIDENT_STATE];
	char whole[PATH_MAX];
	struct job_request request = {.kind = kind};

	request.review.format = options->values[OPTION_JSON_WHOLE] ? REVIEW_JSON
				: isatty(STDOUT_FILENO)		   ? REVIEW_TABLE
								   : REVIEW_LINES;
	if (kind == JOB_AUDIT_INCIDENTS_SHOW)
		request.review.name = options->words[1];
	else
		request.review.text = state ? state : INCIDENTS_OPEN;
	if (directory)
		request.review.directory = realpath(directory, whole) ? whole : directory;
	return job_run(invocation, &request, NULL);
}

static int close_one(const struct invocation *invocation)
{
	const struct options *options = &invocation->options;
	struct broker_job job;

	if (broker_job_begin(&job, invocation, JOB_AUDIT_INCIDENTS_CLOSE) < 0)
		return broker_job_end(&job);
	job.request.review.name = options->words[1];
	job.request.review.text = options->values[OPTION_CLOSE_REASON];
	/* Its form was checked by whoever closed it. */
	if (broker_job_run(&job) == 0)
		printf(job.request.format == OUTPUT_JSON ? "{\"closed\":\"%.32s\"}\n"
							 : "closed %.32s\n",
		       options->words[1]);
	return broker_job_end(&job);
}

int audit_incidents(const struct invocation *invocation)
{
	struct failure failure;
	unsigned action;

	if (choose(&invocation->options, &action, &failure) < 0)
		return errors_report(&failure, "", invocation->errors);
	if (actions[action].kind == JOB_AUDIT_INCIDENTS_CLOSE)
		return close_one(invocation);
	return review(invocation, actions[action].kind);
}
