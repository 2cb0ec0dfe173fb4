/* ghward serve: opens what the agent needs and becomes it. */
#include "cli/commands.h"
#include "cli/job.h"

#include <fcntl.h>

int serve_run(const struct invocation *invocation)
{
	enum daemon_clients clients =
		invocation->options.values[OPTION_SHARED] ? DAEMON_FOR_ALL : DAEMON_FOR_USER;
	struct environment_api api;
	struct failure failure;
	int listener, directory;

	if (environment_find_api(&environment_own, NULL, &api, &failure) == 0 &&
	    daemon_listen(&environment_own, clients, &listener, &directory, &failure) == 0) {
		struct launch launch;
		job_launch(invocation, &api, &launch);
		launch.token = LAUNCH_WITH_TOKEN;
		launch.keys.purpose = KEYS_SERVE;
		int spare = fcntl(directory, F_DUPFD_CLOEXEC, 0);
		launch_serve(&launch, clients, listener, directory, &failure);
		daemon_abandon(spare);
	}
	return errors_report(&failure, "", invocation->errors);
}
