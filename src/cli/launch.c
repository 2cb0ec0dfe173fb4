/* Starting ghward-agent. */
#include "cli/launch.h"

#include "cli/places.h"
#include "cli/token.h"
#include "lib/base/clock.h"
#include "lib/base/io.h"
#include "lib/ipc/channel.h"
#include "lib/ipc/protocol.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define AGENT_DESCRIPTORS (FD_AGENT_SOCKET_DIRECTORY + 1)

/* Room between the agent's descriptors and the copies made on the way there. */
#define FD_PARKING 64

/* How long an agent may take to end: its audit writer has something to sync. */
#define END_PATIENCE_MS 2000

/* An agent about to be started: its program, its words and its descriptors by number, -1 for none.
 */
struct plan {
	char program[ENVIRONMENT_PATH_MAX];
	const char *mode, *level, *format;
	int fds[AGENT_DESCRIPTORS];
};

static int internal(struct failure *failure, const char *what)
{
	failure_set(failure, FAILURE_INTERNAL, "", "%s: %m", what);
	return -1;
}

/* --- the program --- */

/* Beside this executable: PREFIX/bin/ghward and PREFIX/libexec/ghward/ghward-agent. */
static int find_program(char program[ENVIRONMENT_PATH_MAX], struct failure *failure)
{
	static const char rest[] = "/../libexec/ghward/ghward-agent";
	ssize_t length = readlink("/proc/self/exe", program, ENVIRONMENT_PATH_MAX - sizeof(rest));

	if (length <= 0)
		return internal(failure, "cannot find my own program; is /proc mounted?");
	program[length] = 0;
	char *slash = strrchr(program, '/');
	memcpy(slash ? slash : program, rest, sizeof(rest));
	if (access(program, X_OK) < 0) {
		failure_set(failure, FAILURE_INTERNAL, "Install ghward completely.",
			    "cannot run %s: %m", program);
		return -1;
	}
	return 0;
}

static int begin_plan(struct plan *plan, const struct launch *launch, const char *mode,
		      struct failure *failure)
{
	memset(plan, 0, sizeof(*plan));
	for (unsigned i = 0; i < AGENT_DESCRIPTORS; i++)
		plan->fds[i] = -1;
	plan->mode = mode;
	if (environment_log_style(launch->environment, &plan->level, &plan->format, failure) < 0 ||
	    find_program(plan->program, failure) < 0)
		return -1;
	/* Standard error in JSON form is the error object's, so warnings only come when asked for.
	 */
	if (launch->errors == ERRORS_JSON && !environment_get(launch->environment, "LOG_LEVEL"))
		plan->level = "error";
	plan->fds[STDIN_FILENO] = plan->fds[STDOUT_FILENO] = open("/dev/null", O_RDWR | O_CLOEXEC);
	return plan->fds[STDIN_FILENO] < 0 ? internal(failure, "cannot open /dev/null") : 0;
}

static void drop_plan(struct plan *plan)
{
	plan->fds[STDOUT_FILENO] = -1;
	for (unsigned i = 0; i < AGENT_DESCRIPTORS; i++)
		io_close(&plan->fds[i]);
}

/* --- the overrides --- */

static struct ipc_message *make_overrides(const struct launch *launch, const char *token_source,
					  const char *config_name, const char *vault_name)
{
	struct ipc_message *message = ipc_new(MESSAGE_OVERRIDES, 0);
	const char *values[SETTINGS_KEYS], *variables[SETTINGS_KEYS];
	uint8_t count = 0;

	for (unsigned i = 0; i < SETTINGS_KEYS; i++) {
		values[i] = environment_setting(launch->environment, (enum settings_key)i,
						&variables[i]);
	}
	/* The host may have been named in another way than by the variable. */
	values[SETTINGS_API_URL] = launch->api->chosen ? launch->api->url : NULL;
	variables[SETTINGS_API_URL] = settings_variable(SETTINGS_API_URL);
	for (unsigned i = 0; i < SETTINGS_KEYS; i++)
		count = (uint8_t)(count + (values[i] != NULL));
	ipc_put_string(message, token_source);
	ipc_put_string(message, config_name);
	ipc_put_string(message, vault_name);
	ipc_put_u8(message, count);
	for (unsigned i = 0; i < SETTINGS_KEYS; i++) {
		if (!values[i])
			continue;
		ipc_put_u8(message, (uint8_t)i);
		ipc_put_string(message, variables[i]);
		ipc_put_string(message, values[i]);
	}
	return message;
}

/* Returns the read end of a pipe that holds the whole message. */
static int message_pipe(struct ipc_message *message, struct failure *failure)
{
	int ends[2] = {-1, -1};

	/* Nobody reads yet, so a message that does not fit must fail instead of waiting. */
	if (ipc_seal(message) < 0 || pipe2(ends, O_CLOEXEC) < 0 ||
	    io_set_nonblocking(ends[1]) < 0 ||
	    write(ends[1], message->bytes, message->used) != (ssize_t)message->used) {
		failure_set(failure, FAILURE_USAGE,
			    "Look for an over-long GITHUB_* or GHWARD_* variable.",
			    "cannot hand over the settings from the environment");
		io_close(&ends[0]);
	}
	io_close(&ends[1]);
	ipc_free(message);
	return ends[0];
}

/* --- what a private agent and a daemon both get --- */

static int fill_plan(struct plan *plan, const struct launch *launch, struct failure *failure)
{
	char config_name[ENVIRONMENT_PATH_MAX], vault_name[ENVIRONMENT_PATH_MAX];
	const char *source;
	int *fds = plan->fds;

	/* The token is last, as gh takes its time and need not be asked in vain. */
	fds[FD_AGENT_CONFIG] = places_open_config(launch->environment, config_name, failure);
	if (fds[FD_AGENT_CONFIG] < 0)
		return -1;
	fds[FD_AGENT_ROOTS] = places_open_roots(launch->environment, failure);
	if (fds[FD_AGENT_ROOTS] < 0)
		return -1;
	fds[FD_AGENT_AUDIT] = places_open_audit(launch->environment, failure);
	if (fds[FD_AGENT_AUDIT] < 0)
		return -1;
	fds[FD_AGENT_VAULT] = places_open_vault(launch->environment, NULL, vault_name, failure);
	if (fds[FD_AGENT_VAULT] < 0)
		return -1;
	struct ipc_message *keys = ipc_new(MESSAGE_KEYS, 0);
	ipc_put_u8(keys, 0);
	fds[FD_AGENT_KEYS] = message_pipe(keys, failure);
	if (fds[FD_AGENT_KEYS] < 0)
		return -1;
	fds[FD_AGENT_TOKEN] = launch->token == LAUNCH_WITH_TOKEN
				      ? token_pipe(launch->environment, launch->api, launch->errors,
						   &source, failure)
				      : token_empty_pipe(&source, failure);
	if (fds[FD_AGENT_TOKEN] < 0)
		return -1;
	fds[FD_AGENT_OVERRIDES] =
		message_pipe(make_overrides(launch, source, config_name, vault_name), failure);
	environment_forget_secrets(environ);
	return fds[FD_AGENT_OVERRIDES] < 0 ? -1 : 0;
}

/* --- the start --- */

/* Arranges the descriptors and executes the agent. Returns only on failure, with errno. */
static void become_agent(const struct plan *plan)
{
	char name[] = "ghward-agent", mode[16], level[16], format[16];
	char *const arguments[] = {name, mode, level, format, NULL};
	char *const environment[] = {NULL};
	int parked[AGENT_DESCRIPTORS];
	unsigned last = 0;
	sigset_t none;

	snprintf(mode, sizeof(mode), "%s", plan->mode);
	snprintf(level, sizeof(level), "%s", plan->level);
	snprintf(format, sizeof(format), "%s", plan->format);
	/* Park everything high first: a source may sit on another one's target number. */
	for (unsigned i = 0; i < AGENT_DESCRIPTORS; i++) {
		parked[i] =
			plan->fds[i] < 0 ? -1 : fcntl(plan->fds[i], F_DUPFD_CLOEXEC, FD_PARKING);
		if (plan->fds[i] >= 0 && parked[i] < 0)
			return;
	}
	for (unsigned i = 0; i < AGENT_DESCRIPTORS; i++) {
		if (parked[i] >= 0 && dup2(parked[i], (int)i) < 0)
			return;
		if (parked[i] >= 0)
			last = i;
	}
	/* What this process itself inherited; without close_range(2) the agent closes it. */
	syscall(SYS_close_range, last + 1, ~0U, 1U << 2 /* CLOSE_RANGE_CLOEXEC */);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	umask(077);
	if (chdir("/") < 0)
		return;
	execve(plan->program, arguments, environment);
}

static sigset_t child_signal(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	return set;
}

/* Kept until launch_wait() asks for it. */
static void block_child_signal(void)
{
	sigset_t set = child_signal();

	sigprocmask(SIG_BLOCK, &set, NULL);
}

static int start_child(struct plan *plan, struct launched *launched, struct failure *failure)
{
	int ends[2];

	*launched = (struct launched){.channel = -1};
	if (ipc_pair(ends) < 0)
		return internal(failure, "cannot make a socket pair");
	plan->fds[FD_AGENT_CLIENT] = ends[1];
	launched->channel = ends[0];
	block_child_signal();
	launched->pid = fork();
	if (launched->pid == 0) {
		/* Its own session: Ctrl-C is for this command, which passes it on. */
		setsid();
		become_agent(plan);
		fprintf(stderr, "ghward: cannot execute %s: %m\n", plan->program);
		_exit(EXIT_FAILURE);
	}
	if (launched->pid < 0) {
		io_close(&launched->channel);
		return internal(failure, "cannot start the agent");
	}
	return 0;
}

int launch_private(const struct launch *launch, struct launched *launched, struct failure *failure)
{
	struct plan plan;
	int status = begin_plan(&plan, launch, "private", failure);

	if (status == 0)
		status = fill_plan(&plan, launch, failure);
	if (status == 0)
		status = start_child(&plan, launched, failure);
	drop_plan(&plan);
	return status;
}

int launch_verify(const struct launch *launch, int directory, struct launched *launched,
		  struct failure *failure)
{
	struct plan plan;
	int status = begin_plan(&plan, launch, "verify", failure);

	plan.fds[FD_AGENT_CLIENT + 1] = directory;
	environment_forget_secrets(environ);
	if (status == 0)
		status = start_child(&plan, launched, failure);
	drop_plan(&plan);
	return status;
}

void launch_serve(const struct launch *launch, int listener, int runtime, struct failure *failure)
{
	struct plan plan;
	int status = begin_plan(&plan, launch, "serve", failure);

	plan.fds[FD_AGENT_CLIENT] = listener;
	plan.fds[FD_AGENT_SOCKET_DIRECTORY] = runtime;
	if (status == 0)
		status = fill_plan(&plan, launch, failure);
	if (status == 0) {
		become_agent(&plan);
		internal(failure, "cannot execute the agent");
	}
	drop_plan(&plan);
}

void launch_wait(const struct launched *launched)
{
	sigset_t set = child_signal();
	uint64_t deadline = clock_monotonic_ms() + END_PATIENCE_MS;

	/* Who presses Ctrl-C now has waited long enough. */
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	while (waitpid(launched->pid, NULL, WNOHANG) == 0) {
		uint64_t now = clock_monotonic_ms();
		if (now >= deadline)
			return;
		struct timespec rest = {
			.tv_sec = (time_t)((deadline - now) / 1000),
			.tv_nsec = (long)((deadline - now) % 1000) * 1000000,
		};
		int signal = sigtimedwait(&set, NULL, &rest);
		if (signal == SIGINT || signal == SIGTERM)
			return;
	}
}
