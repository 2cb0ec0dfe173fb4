/* The supervisor's loop. It moves descriptors and never reads a byte that a client wrote. */
#include "agent/agent.h"

#include "agent/children.h"
#include "lib/base/io.h"
#include "lib/ipc/channel.h"
#include "lib/sandbox/roles.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

/* Numbers of the agent's own children, below CHILDREN_FIRST_ORDER. */
enum { ORDER_AUDIT = 1, ORDER_CONFIG, ORDER_BROKER, ORDER_VERIFY };

/* These have work to finish after everything else has ended: what waits to be written, and clones
 * that nobody will complete. How long they may take. */
#define DRAINING (UINT32_C(1) << ROLE_AUDIT | UINT32_C(1) << ROLE_TREE)
#define DRAIN_MS 10000u

struct agent {
	const struct agent_options *options;
	struct loop *loop;
	struct children *children;
	struct ipc_channel *broker;
	struct loop_watch *listener;
	unsigned clients; /* of which the broker has not said that they are gone */
	int signals;
	bool ending;
	int status;
};

static bool is_daemon(enum agent_mode mode)
{
	return mode == AGENT_SERVE || mode == AGENT_SHARED;
}

static void log_error(struct agent *agent, const char *what)
{
	log_agent(&agent->options->log, LOG_LEVEL_ERROR, "%s: %s", what, strerror(errno));
}

/* --- orders of the broker --- */

static const struct {
	unsigned fds, more; /* so many, and perhaps so many more */
} orders[ROLES] = {
	[ROLE_NET] = {.fds = 3},    [ROLE_DIAL] = {.fds = 2},
	[ROLE_WORKER] = {.fds = 1}, [ROLE_CONFIG] = {.fds = 3},
	[ROLE_VERIFY] = {.fds = 1}, [ROLE_JQ] = {.fds = 1},
	[ROLE_MINT] = {.fds = 1},   [ROLE_STORE] = {.fds = 1},
	[ROLE_TREE] = {.fds = 1},   [ROLE_GIT] = {.fds = 1, .more = 2},
};

static void report_end(struct agent *agent, const struct child_end *end)
{
	struct ipc_message *message = ipc_new(MESSAGE_EXITED, end->order);

	ipc_put_u8(message, (uint8_t)end->role);
	ipc_put_u32(message, (uint32_t)end->pid);
	ipc_put_u8(message, (uint8_t)end->how);
	ipc_put_u32(message, end->number);
	ipc_send(agent->broker, message);
}

static void report_start(struct agent *agent, const struct child *child)
{
	struct ipc_message *message = ipc_new(MESSAGE_STARTED, child->order);

	ipc_put_u8(message, (uint8_t)child->role);
	ipc_put_u32(message, (uint32_t)child->pid);
	ipc_send(agent->broker, message);
}

static int handle_spawn(void *owner, struct ipc_incoming *in)
{
	struct agent *agent = owner;
	enum role role = (enum role)ipc_get_enum(in, ROLES);
	int fds[IPC_FDS_MAX];
	unsigned count = in->fd_count;

	if (ipc_end(in) < 0 || in->id < CHILDREN_FIRST_ORDER || !count ||
	    count < orders[role].fds || count > orders[role].fds + orders[role].more)
		return -1;
	for (unsigned i = 0; i < count; i++)
		fds[i] = ipc_take_fd(in, i);
	/* The broker has no directory to pass. */
	if (role == ROLE_VERIFY || role == ROLE_STORE)
		fds[count++] = fcntl(FD_AGENT_EVIDENCE, F_DUPFD_CLOEXEC, 0);
	if (role == ROLE_STORE)
		fds[count++] = fcntl(FD_AGENT_STORE, F_DUPFD_CLOEXEC, 0);
	/* The doctor has no repository for it. */
	if (role == ROLE_GIT && count == 1)
		fds[count++] = open("/dev/null", O_PATH | O_CLOEXEC);
	if (role == ROLE_TREE)
		fds[count++] = fcntl(FD_AGENT_DESTINATION, F_DUPFD_CLOEXEC, 0);
	const struct child *child = children_start(agent->children, role, in->id, fds, count);
	if (child) {
		report_start(agent, child);
	} else {
		log_error(agent, "cannot start a process");
		struct child_end end = {.role = role,
					.order = in->id,
					.how = PROCESS_EXITED,
					.number = EXIT_FAILURE};
		report_end(agent, &end);
	}
	return 0;
}

static int handle_kill(void *owner, struct ipc_incoming *in)
{
	struct agent *agent = owner;

	if (ipc_end(in) < 0 || in->id < CHILDREN_FIRST_ORDER)
		return -1;
	children_kill(agent->children, in->id);
	return 0;
}

static int handle_client_gone(void *owner, struct ipc_incoming *in)
{
	struct agent *agent = owner;

	if (ipc_end(in) < 0 || !agent->clients)
		return -1;
	agent->clients--;
	if (agent->listener)
		loop_watch_events(agent->listener, POLLIN);
	return 0;
}

static const struct ipc_permit broker_permits[] = {
	/* The broker tells clients of itself. */
	{MESSAGE_HELLO, IPC_ONCE, 0, 4096, {IPC_FD_NONE}, protocol_pass_over_hello},
	{MESSAGE_SPAWN, IPC_PERMIT, 1, 1, {IPC_FD_SEQPACKET}, handle_spawn},
	{MESSAGE_SPAWN, IPC_PERMIT, 1, 1, {IPC_FD_SEQPACKET, IPC_FD_SEQPACKET}, handle_spawn},
	{MESSAGE_SPAWN,
	 IPC_PERMIT,
	 1,
	 1,
	 {IPC_FD_SEQPACKET, IPC_FD_SEQPACKET, IPC_FD_FILE},
	 handle_spawn},
	{MESSAGE_SPAWN,
	 IPC_PERMIT,
	 1,
	 1,
	 {IPC_FD_SEQPACKET, IPC_FD_PIPE_READ, IPC_FD_PIPE_READ},
	 handle_spawn},
	{MESSAGE_SPAWN, IPC_PERMIT, 1, 1, {IPC_FD_SEQPACKET, IPC_FD_DIRECTORY}, handle_spawn},
	{MESSAGE_SPAWN,
	 IPC_PERMIT,
	 1,
	 1,
	 {IPC_FD_SEQPACKET, IPC_FD_DIRECTORY, IPC_FD_DIRECTORY},
	 handle_spawn},
	{MESSAGE_KILL, IPC_PERMIT, 0, 0, {IPC_FD_NONE}, handle_kill},
	{MESSAGE_CLIENT_GONE, IPC_PERMIT, 0, 0, {IPC_FD_NONE}, handle_client_gone},
};

/* --- the end --- */

static void drained_too_slowly(void *context)
{
	struct agent *agent = context;

	log_agent(&agent->options->log, LOG_LEVEL_ERROR,
		  "the audit writer or ghward-tree did not finish in time; ending it");
	children_kill_all_but(agent->children, 0);
}

static void begin_end(struct agent *agent, int status)
{
	if (agent->ending)
		return;
	agent->ending = true;
	agent->status = status;
	loop_unwatch(agent->listener);
	agent->listener = NULL;
	ipc_channel_close(agent->broker);
	agent->broker = NULL;
	children_kill_all_but(agent->children, DRAINING);
	loop_after(agent->loop, DRAIN_MS, drained_too_slowly, agent);
	if (!children_left(agent->children))
		loop_stop(agent->loop);
}

static void broker_ended(void *owner, enum ipc_ending ending, const char *detail)
{
	struct agent *agent = owner;

	/* A broker that closed its end is about to exit; its status then says how it went. */
	if (ending == IPC_PEER_CLOSED)
		return;
	log_agent(&agent->options->log, LOG_LEVEL_ERROR, "the broker sent %s", detail);
	begin_end(agent, EXIT_FAILURE);
}

static void child_ended(struct agent *agent, const struct child_end *end)
{
	static const char *const how[PROCESS_ENDS] = {
		[PROCESS_EXITED] = "exited with status",
		[PROCESS_SIGNALLED] = "was ended by signal",
		[PROCESS_VIOLATED_SANDBOX] = "tried forbidden system call",
	};
	bool clean = end->how == PROCESS_EXITED && end->number == 0;
	/* Ended by the broker, or by the limit of its CPU time, of which the broker tells. */
	bool expected = clean || (end->how == PROCESS_SIGNALLED &&
				  (end->number == SIGKILL || end->number == SIGXCPU));

	log_agent(&agent->options->log, expected ? LOG_LEVEL_DEBUG : LOG_LEVEL_WARNING,
		  "ghward-%s[%d] %s %d", role_name(end->role), (int)end->pid, how[end->how],
		  (int)end->number);
	if (end->role == ROLE_BROKER)
		begin_end(agent, clean ? EXIT_SUCCESS : EXIT_FAILURE);
	else if (agent->broker)
		report_end(agent, end);
	if (agent->ending && !children_left(agent->children))
		loop_stop(agent->loop);
}

static void signals_ready(void *context, short revents)
{
	struct agent *agent = context;
	struct signalfd_siginfo signal;
	struct child_end end;

	(void)revents;
	while (read(agent->signals, &signal, sizeof(signal)) == (ssize_t)sizeof(signal)) {
		if (signal.ssi_signo != SIGCHLD && is_daemon(agent->options->mode) && agent->broker)
			ipc_send(agent->broker, ipc_new(MESSAGE_SHUTDOWN, 0));
	}
	while (children_reap(agent->children, &end))
		child_ended(agent, &end);
}

/* --- clients --- */

static void hand_on_client(struct agent *agent, int client)
{
	struct ipc_message *message = ipc_new(MESSAGE_CLIENT, 0);

	ipc_put_fd(message, client);
	ipc_send(agent->broker, message);
	agent->clients++;
	if (agent->clients >= CLIENTS_MAX && agent->listener)
		loop_watch_events(agent->listener, 0);
}

static void listener_ready(void *context, short revents)
{
	struct agent *agent = context;

	(void)revents;
	int client = accept4(FD_AGENT_CLIENT, NULL, NULL, SOCK_CLOEXEC);
	if (client >= 0)
		hand_on_client(agent, client);
	else if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED)
		log_error(agent, "cannot accept a client");
}

/* --- the beginning --- */

static const struct child *start_or_die(struct agent *agent, enum role role, uint32_t order,
					int *fds, unsigned count)
{
	const struct child *child = children_start(agent->children, role, order, fds, count);

	if (!child)
		fatal("cannot start ghward-%s: %m", role_name(role));
	return child;
}

static void pair_or_die(int ends[2])
{
	if (ipc_pair(ends) < 0)
		fatal("cannot make a socket pair: %m");
}

static int open_signals(void)
{
	sigset_t watched;

	sigemptyset(&watched);
	sigaddset(&watched, SIGCHLD);
	sigaddset(&watched, SIGTERM);
	sigaddset(&watched, SIGINT);
	int fd = sigprocmask(SIG_BLOCK, &watched, NULL) == 0
			 ? signalfd(-1, &watched, SFD_CLOEXEC | SFD_NONBLOCK)
			 : -1;
	if (fd < 0)
		fatal("cannot watch signals: %m");
	return fd;
}

static void start_broker(struct agent *agent)
{
	int to_broker[2], audit[2], config[2];

	pair_or_die(to_broker);
	pair_or_die(audit);
	pair_or_die(config);
	int audit_fds[] = {audit[0], fcntl(FD_AGENT_AUDIT, F_DUPFD_CLOEXEC, 0)};
	const struct child *audit_child =
		start_or_die(agent, ROLE_AUDIT, ORDER_AUDIT, audit_fds, 2);
	int config_fds[] = {config[0], FD_AGENT_OVERRIDES, FD_AGENT_CONFIG};
	start_or_die(agent, ROLE_CONFIG, ORDER_CONFIG, config_fds, 3);
	int broker_fds[] = {to_broker[0],   FD_AGENT_VAULT, audit[1],	  config[1],
			    FD_AGENT_TOKEN, FD_AGENT_ROOTS, FD_AGENT_KEYS};
	start_or_die(agent, ROLE_BROKER, ORDER_BROKER, broker_fds, 7);
	agent->broker = ipc_channel_new(agent->loop, to_broker[1], broker_permits,
					sizeof(broker_permits) / sizeof(broker_permits[0]),
					broker_ended, agent);
	report_start(agent, audit_child);
}

static void greet_broker(struct agent *agent, const struct sandbox_report *report)
{
	struct ipc_message *hello = ipc_new(MESSAGE_HELLO, 0);

	protocol_put_report(hello, report);
	ipc_send(agent->broker, hello);
	struct ipc_message *mode = ipc_new(MESSAGE_MODE, 0);
	ipc_put_u8(mode, (uint8_t)agent->options->mode);
	ipc_send(agent->broker, mode);
	if (agent->options->mode == AGENT_PRIVATE) {
		hand_on_client(agent, FD_AGENT_CLIENT);
		return;
	}
	if (io_set_nonblocking(FD_AGENT_CLIENT) < 0)
		fatal("cannot use the listening socket: %m");
	agent->listener = loop_watch(agent->loop, FD_AGENT_CLIENT, POLLIN, listener_ready, agent);
}

/* One process of one turn, to which the client speaks itself. */
static void start_alone(struct agent *agent, enum role role, uint32_t order)
{
	int fds[] = {FD_AGENT_CLIENT, FD_AGENT_CLIENT + 1, FD_AGENT_CLIENT + 2};

	start_or_die(agent, role, order, fds, role == ROLE_CONFIG ? 3 : 2);
	agent->ending = true;
}

static unsigned last_descriptor(enum agent_mode mode)
{
	switch (mode) {
	case AGENT_VERIFY:
		return FD_AGENT_CLIENT + 1;
	case AGENT_SETTINGS:
		return FD_AGENT_CLIENT + 2;
	case AGENT_SERVE:
	case AGENT_SHARED:
		return FD_AGENT_SOCKET_DIRECTORY;
	case AGENT_PRIVATE:
		break;
	}
	return FD_AGENT_DESTINATION;
}

int agent_run(const struct agent_options *options)
{
	struct agent agent = {.options = options};
	struct sandbox_report report;

	/* Nothing above is inherited, so that descriptors opened from here on are the agent's own.
	 */
	if (sandbox_close_above(last_descriptor(options->mode)) < 0)
		fatal("the descriptors of ghward-agent are not as expected: %m");
	agent.loop = loop_new();
	agent.children = children_new(agent.loop, options->helpers, &options->log);
	agent.signals = open_signals();
	const struct sandbox_variables variables = {
		.last_fd = (unsigned)agent.signals,
		.helpers = options->helpers,
		.destination = options->mode == AGENT_PRIVATE ? FD_AGENT_DESTINATION : 0};
	if (sandbox_enter_role("agent", &variables, &report) < 0)
		fatal("cannot confine ghward-agent at %s: %m", sandbox_failed_step());
	loop_watch(agent.loop, agent.signals, POLLIN, signals_ready, &agent);
	if (options->mode == AGENT_VERIFY) {
		start_alone(&agent, ROLE_VERIFY, ORDER_VERIFY);
	} else if (options->mode == AGENT_SETTINGS) {
		start_alone(&agent, ROLE_CONFIG, ORDER_CONFIG);
	} else {
		start_broker(&agent);
		greet_broker(&agent, &report);
	}
	loop_run(agent.loop);
	if (is_daemon(options->mode))
		unlinkat(FD_AGENT_SOCKET_DIRECTORY, "agent.sock", 0);
	return agent.status;
}
