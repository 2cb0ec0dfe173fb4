/* Starting ghward-agent. */
#include "cli/launch.h"

#include "cli/supplies.h"
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
		status = supplies_fill(plan.fds, launch, SUPPLIES_GH_LATER, failure);
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

/* --- the configuration alone --- */

static const struct ipc_permit config_permits[] = {
	{MESSAGE_HELLO, IPC_ONCE, 0, 4096, {IPC_FD_NONE}, NULL},
	{MESSAGE_SETTINGS, IPC_ONCE, 0, SETTINGS_MESSAGE_MAX, {IPC_FD_NONE}, NULL},
	{MESSAGE_CONFIG_FAILED, IPC_ONCE, 0, 2048, {IPC_FD_NONE}, NULL},
};

static int malformed(struct failure *failure)
{
	failure_set(failure, FAILURE_INTERNAL, "LOG_LEVEL=debug shows what it reported.",
		    "the agent did not tell the settings");
	return -1;
}

/* Takes what follows the settings as well, which is the broker's. */
static int take_settings(struct ipc_incoming *in, struct settings *settings,
			 struct failure *failure)
{
	if (in->type == MESSAGE_CONFIG_FAILED) {
		protocol_get_failure(in, failure);
		return ipc_end(in) < 0 ? malformed(failure) : -1;
	}
	struct audit_rules rules;

	protocol_get_settings(in, settings);
	protocol_get_rules(in, &rules);
	(void)ipc_get_string(in);
	(void)ipc_get_string(in);
	return ipc_end(in) < 0 ? malformed(failure) : 0;
}

static bool receive(int channel, uint8_t *buffer, struct ipc_incoming *in)
{
	int got;

	do {
		got = ipc_receive(channel, buffer, config_permits,
				  sizeof(config_permits) / sizeof(config_permits[0]), in);
	} while (got < 0 && errno == EINTR);
	return got > 0;
}

static int receive_settings(int channel, struct settings *settings, struct failure *failure)
{
	uint8_t *buffer = ipc_buffer_new();
	struct sandbox_report report;
	struct ipc_incoming in;
	int status = -1;

	if (receive(channel, buffer, &in) && in.type == MESSAGE_HELLO) {
		protocol_get_report(&in, &report);
		status = ipc_end(&in);
	}
	if (status == 0 && receive(channel, buffer, &in) && in.type != MESSAGE_HELLO)
		status = take_settings(&in, settings, failure);
	else
		status = malformed(failure);
	explicit_bzero(buffer, IPC_MESSAGE_MAX);
	free(buffer);
	return status;
}

int launch_settings(const struct launch *launch, int overrides, int config,
		    struct settings *settings, struct failure *failure)
{
	struct launched launched = {.channel = -1};
	struct plan plan;
	int status = begin_plan(&plan, launch, "settings", failure);

	plan.fds[FD_AGENT_CLIENT + 1] = overrides;
	plan.fds[FD_AGENT_CLIENT + 2] = config;
	if (status == 0)
		status = start_child(&plan, &launched, failure);
	drop_plan(&plan);
	if (status != 0)
		return -1;
	status = receive_settings(launched.channel, settings, failure);
	io_close(&launched.channel);
	launch_wait(&launched);
	return status;
}

void launch_serve(const struct launch *launch, enum daemon_clients clients, int listener,
		  int runtime, struct failure *failure)
{
	struct plan plan;
	int status =
		begin_plan(&plan, launch, clients == DAEMON_FOR_ALL ? "shared" : "serve", failure);

	plan.fds[FD_AGENT_CLIENT] = listener;
	plan.fds[FD_AGENT_SOCKET_DIRECTORY] = runtime;
	if (status == 0)
		status = supplies_fill(plan.fds, launch, SUPPLIES_GH_NOW, failure);
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
