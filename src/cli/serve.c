/* ghward serve: opens what the agent needs and becomes it. */
#include "cli/commands.h"
#include "cli/daemon.h"
#include "cli/launch.h"

#include <fcntl.h>

int serve_run(const struct invocation *invocation)
{
	struct environment_api api;
	struct failure failure;
	int listener, directory;

	if (environment_find_api(&environment_own, NULL, &api, &failure) == 0 &&
	    daemon_listen(&environment_own, &listener, &directory, &failure) == 0) {
		struct launch launch = {.environment = &environment_own,
					.api = &api,
					.token = LAUNCH_WITH_TOKEN,
					.errors = invocation->errors};
		int spare = fcntl(directory, F_DUPFD_CLOEXEC, 0);
		launch_serve(&launch, listener, directory, &failure);
		daemon_abandon(spare);
	}
	return errors_report(&failure, "", invocation->errors);
}
