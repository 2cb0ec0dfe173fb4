/* One job from its request to the exit status. */
#include "cli/job.h"

#include "cli/pager.h"
#include "cli/pump.h"

#include <stdlib.h>
#include <string.h>

static void run(struct session *session, const struct job_request *request,
		const struct job_repositories *repositories, struct output *output,
		struct session_end *end)
{
	const struct pump_extras extras = {.listed = repositories->listed};
	struct sandbox_report report;

	if (session_confine(FD_CHANNEL, &report, &end->failure) == 0)
		pump_run(session, request, output, &extras, end);
	session_close(session);
}

/* What is only read may be long; a change says one line, and may ask before. */
static bool may_be_paged(enum job_kind kind)
{
	return kind == JOB_ALERTS_LIST || kind == JOB_ALERTS_VIEW || kind == JOB_ALERTS_INSTANCES ||
	       kind == JOB_RATE_LIMIT || kind == JOB_AUDIT_SEARCH || kind == JOB_AUDIT_STATS ||
	       kind == JOB_AUDIT_INCIDENTS_LIST || kind == JOB_AUDIT_INCIDENTS_SHOW ||
	       kind == JOB_REPOS_LIST || kind == JOB_REPOS_STATUS;
}

static pid_t start_pager(const struct job_request *request, struct output *output,
			 enum errors_form form)
{
	const char *command = pager_command(&environment_own);

	if (!command || !output->terminal || !may_be_paged(request->kind))
		return 0;
	pid_t pid = pager_start(&environment_own, command, form);
	output->paged = pid > 0;
	return pid;
}

/* The environment's token instead of the vault's. */
static bool is_environment(const char *credential)
{
	return credential && strcmp(credential, CREDENTIAL_ENVIRONMENT) == 0;
}

void job_launch(const struct invocation *invocation, const struct environment_api *api,
		struct launch *launch)
{
	const char *vault = invocation->options.values[OPTION_VAULT];
	const char *credential = invocation->options.values[OPTION_CREDENTIAL];
	bool works = invocation->command->options & OPTION_BIT(OPTION_CREDENTIAL);
	bool named = credential && !is_environment(credential);
	/* What asks nobody, but looks at a directory. */
	bool looks = !works && (invocation->command->options &
				(OPTION_BIT(OPTION_DIR) | OPTION_BIT(OPTION_DESTINATION)));

	*launch = (struct launch){
		.environment = &environment_own,
		.api = api,
		.token = works && !named ? LAUNCH_WITH_TOKEN : LAUNCH_WITHOUT_TOKEN,
		.errors = invocation->errors,
		.vault = vault ? vault : environment_get(&environment_own, "GHWARD_VAULT"),
		.evidence = invocation->options.values[OPTION_DIR],
		.keys = {.purpose = looks || is_environment(credential) ? KEYS_NONE : KEYS_OPEN},
	};
}

enum session_agent job_agent(const struct invocation *invocation)
{
	return invocation->options.values[OPTION_PRIVATE] ? SESSION_PRIVATE : SESSION_ANY;
}

static void set_form(const struct invocation *invocation, struct job_request *request,
		     const struct output *output)
{
	const struct options *options = &invocation->options;

	request->credential = options->values[OPTION_CREDENTIAL];
	request->format = output_format(
		output, options->values[OPTION_JSON] || options->values[OPTION_JSON_WHOLE] ||
				options->values[OPTION_JSON_LINES] || options->values[OPTION_JQ]);
	request->width = output->width;
	request->wait = options->values[OPTION_WAIT] != NULL;
	/* A jq program reads the JSON first. */
	request->colour = output->colour && !options->values[OPTION_JQ];
}

int job_run_repositories(const struct invocation *invocation, struct job_request *request,
			 const char *repo_host, const struct job_repositories *repositories)
{
	struct session_end end = {.job = ""};
	struct environment_api api;
	struct session session;
	struct launch launch;

	if (environment_find_api(&environment_own, repo_host, &api, &end.failure) < 0)
		return errors_report(&end.failure, "", invocation->errors);
	job_launch(invocation, &api, &launch);
	launch.destination = repositories->destination;
	struct output *output = output_new(&environment_own);
	request->api_url = api.chosen ? api.url : "";
	set_form(invocation, request, output);
	if (session_open(&session, &launch, job_agent(invocation), &end.failure) == 0) {
		pid_t pager = start_pager(request, output, invocation->errors);
		run(&session, request, repositories, output, &end);
		if (pager)
			pager_wait(pager);
		/* Whoever quits a pager has seen enough. */
		if (pager && end.reader_gone) {
			free(output);
			return EXIT_SUCCESS;
		}
	}
	free(output);
	if (end.reader_gone)
		return OUTPUT_EXIT_READER_GONE;
	return output_finish(errors_report(&end.failure, end.job, invocation->errors));
}

int job_run(const struct invocation *invocation, struct job_request *request, const char *repo_host)
{
	static const struct job_repositories none = {.listed = NULL};

	return job_run_repositories(invocation, request, repo_host, &none);
}
