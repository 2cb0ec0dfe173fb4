/* One job from its request to the exit status. */
#include "cli/job.h"

#include "cli/session.h"

#include <signal.h>
#include <stdlib.h>

/* What a shell shows for a process that died of SIGPIPE; the sandbox ignores that signal for good.
 */
#define EXIT_READER_GONE (128 + SIGPIPE)

static void run(struct session *session, const struct job_request *request, struct output *output,
		struct session_end *end)
{
	struct sandbox_report report;

	if (session_confine(FD_CHANNEL, &report, &end->failure) == 0)
		session_run(session, request, output, end);
	session_close(session);
}

int job_run(const struct invocation *invocation, struct job_request *request, const char *repo_host)
{
	const struct options *options = &invocation->options;
	struct session_end end = {.job = ""};
	struct environment_api api;
	struct session session;

	if (environment_find_api(&environment_own, repo_host, &api, &end.failure) < 0)
		return errors_report(&end.failure, "", invocation->errors);
	struct launch launch = {.environment = &environment_own,
				.api = &api,
				.token = LAUNCH_WITH_TOKEN,
				.errors = invocation->errors};
	struct output *output = output_new(&environment_own);
	request->api_url = api.chosen ? api.url : "";
	request->format = output_format(output, options->values[OPTION_JSON] ||
							options->values[OPTION_JSON_WHOLE] ||
							options->values[OPTION_JQ]);
	request->width = output->width;
	request->colour = output->colour;
	enum session_agent agent = options->values[OPTION_PRIVATE] ? SESSION_PRIVATE : SESSION_ANY;
	if (session_open(&session, &launch, agent, &end.failure) == 0)
		run(&session, request, output, &end);
	free(output);
	if (end.reader_gone)
		return EXIT_READER_GONE;
	return errors_report(&end.failure, end.job, invocation->errors);
}
