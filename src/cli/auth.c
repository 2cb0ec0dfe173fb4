/* ghward auth: which credential is used, whether it suffices, and where it comes from. */
#include "cli/broker_job.h"
#include "cli/commands.h"
#include "cli/entry_request.h"
#include "cli/job.h"
#include "cli/quiet.h"
#include "cli/request.h"
#include "cli/secret_input.h"
#include "cli/supplies.h"
#include "lib/base/clock.h"
#include "lib/json/write.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Where nobody listens: the browser shows the address all the same. */
#define REDIRECT_URI "http://127.0.0.1/callback"

/* --- worker jobs --- */

int auth_status(const struct invocation *invocation)
{
	struct request request;
	struct failure failure;

	if (request_make_auth_status(&request, &invocation->options, &environment_own, &failure) <
	    0)
		return errors_report(&failure, "", invocation->errors);
	return job_run(invocation, &request.job, request_host(&request));
}

int auth_check(const struct invocation *invocation)
{
	struct request request;
	struct failure failure;

	if (request_make_auth_check(&request, &invocation->options, &environment_own, &failure) < 0)
		return errors_report(&failure, "", invocation->errors);
	return job_run(invocation, &request.job, request_host(&request));
}

/* --- login --- */

/* What only a token that somebody has can have. */
static int check_login(const struct options *options, struct failure *failure)
{
	static const enum option_id others[] = {OPTION_EXPIRES, OPTION_FROM_FILE, OPTION_FROM_ENV};

	if (options->values[OPTION_REDIRECT_URI] && !options->values[OPTION_WEB]) {
		failure_set(failure, FAILURE_USAGE, "", "--redirect-uri needs --web");
		return -1;
	}
	if (options->values[OPTION_WITH_TOKEN]) {
		static const enum option_id asking[] = {OPTION_CLIENT_ID, OPTION_WEB};
		for (size_t i = 0; i < sizeof(asking) / sizeof(asking[0]); i++) {
			if (!options->values[asking[i]])
				continue;
			failure_set(failure, FAILURE_USAGE, "",
				    "--with-token and --%s exclude each other",
				    option_get(asking[i])->name);
			return -1;
		}
		return 0;
	}
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		if (!options->values[others[i]])
			continue;
		failure_set(failure, FAILURE_USAGE, "", "--%s needs --with-token",
			    option_get(others[i])->name);
		return -1;
	}
	return 0;
}

/* The configuration's client id, where neither option nor environment has one. */
static int find_client_id(struct broker_job *job, char client_id[VALIDATE_CLIENT_ID_MAX + 1])
{
	struct settings settings;

	if (job->request.entry.account)
		return 0;
	if (supplies_settings(&job->launch, &settings, &job->end.failure) < 0)
		return -1;
	memcpy(client_id, settings.client_id, VALIDATE_CLIENT_ID_MAX + 1);
	job->request.entry.account = client_id;
	return 0;
}

struct login {
	char name[ENVIRONMENT_HOST_MAX];
	char client_id[VALIDATE_CLIENT_ID_MAX + 1];
};

/* What is pasted later does not show then. */
static int quieten(struct broker_job *job, struct failure *failure)
{
	return quiet_begin(&job->helper, failure);
}

static void prepare_web(struct broker_job *job)
{
	const char *redirect_uri = job->invocation->options.values[OPTION_REDIRECT_URI];

	job->request.arguments.values[PARAMETER_REDIRECT_URI] =
		redirect_uri ? redirect_uri : REDIRECT_URI;
	job->secret = true;
	if (isatty(STDIN_FILENO)) {
		job->prepare = quieten;
		job->last_fd = FD_QUIET;
	}
}

static int prepare_login(struct broker_job *job, struct login *login)
{
	const struct options *options = &job->invocation->options;
	const char *name = options->values[OPTION_NAME];
	struct failure *failure = &job->end.failure;

	if (environment_find_host(&environment_own, options->values[OPTION_HOST], &job->api,
				  failure) < 0)
		return -1;
	entry_default_name(&job->api, login->name);
	if (entry_request_make(&job->request.entry, name ? name : login->name, options,
			       &environment_own, failure) < 0)
		return -1;
	job->request.api_url = job->api.url;
	if (options->values[OPTION_WEB])
		prepare_web(job);
	if (!options->values[OPTION_WITH_TOKEN])
		return find_client_id(job, login->client_id);
	job->request.entry.account = NULL;
	job->secret = true;
	return secret_input_open(options, SECRET_TOKEN, failure);
}

static void print_login(struct broker_job *job)
{
	uint64_t now_s = clock_wall_s();
	bool json = job->request.format == OUTPUT_JSON;

	if (job->request.kind == JOB_VAULT_ADD ? !job->result.told : job->result.count != 1)
		failure_set(&job->end.failure, FAILURE_INTERNAL,
			    "\"ghward vault list\" shows what is stored.",
			    "the agent did not say what it has stored");
	else if (json && job->result.count == 1)
		vault_print_entry_json(&job->result.entries[0], now_s, job->terminal);
	else if (json)
		vault_print_facts_json(&job->result.facts, job->terminal);
	else
		printf("stored %s for %s\n", job->request.entry.name, job->api.hostname);
}

int auth_login(const struct invocation *invocation)
{
	bool has_token = invocation->options.values[OPTION_WITH_TOKEN] != NULL;
	struct broker_job job;
	struct login login;

	if (broker_job_begin(&job, invocation, has_token ? JOB_VAULT_ADD : JOB_AUTH_LOGIN) < 0 ||
	    check_login(&invocation->options, &job.end.failure) < 0 ||
	    prepare_login(&job, &login) < 0)
		return broker_job_end(&job);
	int status = broker_job_run(&job);
	quiet_end(job.helper);
	if (status == 0)
		print_login(&job);
	return broker_job_end(&job);
}

/* --- logout --- */

static void print_logout(struct broker_job *job)
{
	char line[512];
	struct json_writer writer;
	size_t length;

	if (job->result.count != 1) {
		failure_set(&job->end.failure, FAILURE_INTERNAL,
			    "\"ghward vault list\" shows what is stored.",
			    "the agent did not say what it has removed");
		return;
	}
	const char *name = job->result.entries[0].name;
	if (job->request.format != OUTPUT_JSON) {
		printf("removed %s\n", name);
		return;
	}
	json_writer_init(&writer, line, sizeof(line));
	json_object_begin(&writer);
	json_key(&writer, "removed");
	json_string(&writer, name);
	json_object_end(&writer);
	if (json_finish(&writer, &length) == 0)
		printf("%.*s\n", (int)length, line);
}

int auth_logout(const struct invocation *invocation)
{
	const struct options *options = &invocation->options;
	const char *host = options->values[OPTION_HOST];
	const char *name = options->word_count ? options->words[0] : NULL;
	struct broker_job job;

	if (broker_job_begin(&job, invocation, JOB_AUTH_LOGOUT) < 0)
		return broker_job_end(&job);
	/* Where a name alone is given, the entry itself says which host it is for. */
	if (!name || host) {
		if (environment_find_host(&environment_own, host, &job.api, &job.end.failure) < 0)
			return broker_job_end(&job);
		job.request.api_url = job.api.url;
	}
	job.request.credential = name;
	if (broker_job_run(&job) == 0)
		print_logout(&job);
	return broker_job_end(&job);
}
