/* ghward-agent: reads its three arguments and runs the supervisor. */
#include "agent/agent.h"

#include "lib/base/log.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int choose(const char *word, const char *const *words, int count)
{
	for (int i = 0; i < count; i++) {
		if (strcmp(word, words[i]) == 0)
			return i;
	}
	fatal("ghward-agent is started by ghward, not by hand");
}

static const char *own_directory(char path[PATH_MAX])
{
	ssize_t length = readlink("/proc/self/exe", path, PATH_MAX - 1);

	if (length <= 0)
		fatal("cannot find my own directory: %m; is /proc mounted?");
	path[length] = 0;
	*strrchr(path, '/') = 0;
	return path;
}

int main(int argc, char **argv)
{
	static const char *const modes[] = {"private", "serve", "shared", "verify", "settings"};
	static const char *const levels[] = {"error", "warning", "info", "debug"};
	static const enum log_level level_values[] = {LOG_LEVEL_ERROR, LOG_LEVEL_WARNING,
						      LOG_LEVEL_INFO, LOG_LEVEL_DEBUG};
	static const char *const formats[] = {"text", "json"};
	char path[PATH_MAX];

	if (argc != 4)
		fatal("ghward-agent is started by ghward, not by hand");
	struct agent_options options = {
		.mode = (enum agent_mode)choose(argv[1], modes, 5),
		.log.level = level_values[choose(argv[2], levels, 4)],
		.log.format = (enum log_format)choose(argv[3], formats, 2),
		.helpers = own_directory(path),
	};
	return agent_run(&options);
}
