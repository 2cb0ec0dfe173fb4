/* Playing the broker's peers. */
#include "peers.h"

#include "broker/broker.h"
#include "lib/base/io.h"
#include "lib/rules/rules.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define BROKER_FDS (FD_BROKER_KEYS + 1)

static uint8_t *buffer;

static _Noreturn void become_broker(const int fds[BROKER_FDS])
{
	const struct rlimit files = {2048, 2048}; /* as in its sandbox */
	struct sandbox_report report = {0};
	int parked[BROKER_FDS];

	for (int i = FD_CHANNEL; i < BROKER_FDS; i++)
		parked[i] = fcntl(fds[i], F_DUPFD_CLOEXEC, 512);
	for (int i = FD_CHANNEL; i < BROKER_FDS; i++)
		dup2(parked[i], i);
	close_range(BROKER_FDS, ~0U, 0);
	setrlimit(RLIMIT_NOFILE, &files);
	_exit(broker_run(&report, secrets_open()));
}

static struct peer *add(struct peers *peers, enum peer_kind kind, int fd)
{
	for (unsigned i = 0; i < PEERS_MAX; i++) {
		struct peer *peer = &peers->all[i];
		if (i < peers->count && (peer->fd >= 0 || peer->done))
			continue;
		if (i >= peers->count)
			peers->count = i + 1;
		*peer = (struct peer){.kind = kind, .fd = fd};
		return peer;
	}
	abort();
}

static void pair(int ends[2])
{
	if (ipc_pair(ends) < 0)
		abort();
}

void peers_start(struct peers *peers)
{
	int agent[2], audit[2], config[2], token[2], keys[2];

	buffer = buffer ? buffer : ipc_buffer_new();
	memset(peers, 0, sizeof(*peers));
	pair(agent);
	pair(audit);
	pair(config);
	int roots = open("/dev/null", O_RDONLY | O_CLOEXEC);
	/* A directory without a vault. */
	int vault = open("/proc/self/fdinfo", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (pipe2(token, O_CLOEXEC) < 0 || pipe2(keys, O_CLOEXEC) < 0 || roots < 0 || vault < 0)
		abort();
	peers->broker = fork();
	if (peers->broker == 0)
		become_broker((const int[BROKER_FDS]){[FD_CHANNEL] = agent[1],
						      [FD_BROKER_AUDIT] = audit[1],
						      [FD_BROKER_CONFIG] = config[1],
						      [FD_BROKER_TOKEN] = token[0],
						      [FD_BROKER_ROOTS] = roots,
						      [FD_BROKER_VAULT] = vault,
						      [FD_BROKER_KEYS] = keys[0]});
	close(agent[1]);
	close(audit[1]);
	close(config[1]);
	close(token[0]);
	close(roots);
	close(vault);
	close(keys[0]);
	add(peers, PEER_AGENT, agent[0]);
	add(peers, PEER_AUDIT, audit[0]);
	peers->config = config[0];
	peers->token = token[1];
	peers->keys = keys[1];
}

/* What cannot be said any more is not said: the tests look at the broker, not at this. */
static void say(int fd, struct ipc_message *message)
{
	if (fd < 0)
		ipc_free(message);
	else if (ipc_send_blocking(fd, message) < 0)
		assert(errno == EPIPE || errno == ECONNRESET);
}

void peers_configure(struct peers *peers, uint32_t in_flight, uint32_t timeout_ms)
{
	static const char token[] = "ghp_0123456789abcdefghijABCDEFGHIJ0123456789";
	struct ipc_message *mode = ipc_new(MESSAGE_MODE, 0);
	struct ipc_message *message = ipc_new(MESSAGE_SETTINGS, 0);
	struct ipc_message *keys = ipc_new(MESSAGE_KEYS, 0);
	struct settings settings;
	struct audit_rules rules;

	ipc_put_u8(mode, peers->private ? MODE_PRIVATE : MODE_SERVE);
	say(peers->all[0].fd, mode);
	settings_defaults(&settings);
	settings.in_flight = in_flight;
	settings.timeout_ms = timeout_ms;
	settings.max_retries = 0;
	rules_defaults(&rules);
	protocol_put_settings(message, &settings);
	protocol_put_rules(message, &rules);
	ipc_put_string(message, "GH_TOKEN");
	ipc_put_string(message, "vault");
	say(peers->config, message);
	/* Nothing is open. */
	say(peers->all[1].fd, ipc_new(MESSAGE_INCIDENTS_READY, 0));
	ipc_put_u8(keys, 0);
	if (ipc_seal(keys) < 0 || write(peers->keys, keys->bytes, keys->used) < 0)
		abort();
	ipc_free(keys);
	io_close(&peers->keys);
	if (write(peers->token, token, sizeof(token) - 1) < 0)
		abort();
	io_close(&peers->token);
}

struct peer *peers_client(struct peers *peers)
{
	struct ipc_message *message = ipc_new(MESSAGE_CLIENT, 0);
	int ends[2];

	pair(ends);
	ipc_put_fd(message, ends[1]);
	say(peers->all[0].fd, message);
	return add(peers, PEER_CLIENT, ends[0]);
}

static void name_list(struct operation_arguments *arguments)
{
	memset(arguments, 0, sizeof(*arguments));
	arguments->values[PARAMETER_OWNER] = "acme";
	arguments->values[PARAMETER_REPO] = "shop";
}

void peers_ask(struct peer *client, enum job_kind kind)
{
	peers_ask_filtered(client, kind, "");
}

void peers_ask_filtered(struct peer *client, enum job_kind kind, const char *program)
{
	struct ipc_message *message = ipc_new(MESSAGE_JOB, 1);
	struct job_request request = {
		.kind = kind, .api_url = "", .format = OUTPUT_JSON, .filter = program};

	if (kind == JOB_ALERTS_LIST)
		name_list(&request.arguments);
	protocol_put_request(message, &request);
	say(client->fd, message);
}

void peers_call(struct peer *worker, uint32_t id, const char *page)
{
	struct ipc_message *message = ipc_new(MESSAGE_CALL, id);
	struct operation_arguments arguments;

	name_list(&arguments);
	arguments.values[PARAMETER_PAGE] = page;
	ipc_put_u8(message, OPERATION_ALERTS_LIST);
	ipc_put_u32(message, 0);
	protocol_put_arguments(message, &arguments);
	say(worker->fd, message);
}

void peers_say(struct peer *peer, struct ipc_message *message)
{
	say(peer->fd, message);
}

void peers_finish(struct peer *worker)
{
	struct ipc_message *message = ipc_new(MESSAGE_WORK_DONE, 0);
	const struct failure fine = {.kind = FAILURE_NONE};

	ipc_put_u32(message, 1);
	protocol_put_failure(message, &fine);
	say(worker->fd, message);
}

void peers_greet(struct peer *peer)
{
	struct ipc_message *message = ipc_new(MESSAGE_HELLO, 0);
	const struct sandbox_report report = {0};

	protocol_put_report(message, &report);
	say(peer->fd, message);
}

void peers_hang_up(struct peer *peer)
{
	io_close(&peer->fd);
}

struct peer *peers_find(struct peers *peers, enum peer_kind kind, unsigned n)
{
	for (unsigned i = 0; i < peers->count; i++) {
		if (peers->all[i].kind == kind && peers->all[i].fd >= 0 && n-- == 0)
			return &peers->all[i];
	}
	return NULL;
}

static void answer(struct peers *peers, uint32_t id)
{
	struct ipc_message *message = ipc_new(MESSAGE_RESPONSE, id);
	const struct response response = {.status = 200, .body_size = 2};
	const struct peer *net = peers_find(peers, PEER_NET, 0);

	protocol_put_response(message, &response);
	say(net ? net->fd : -1, message);
}

void peers_answer_all(struct peers *peers)
{
	while (peers->requests_open)
		answer(peers, peers->open_ids[--peers->requests_open]);
}

/* --- what the broker says --- */

static void take_spawn(struct peers *peers, struct ipc_incoming *in)
{
	static const enum peer_kind kinds[ROLES] = {
		[ROLE_NET] = PEER_NET,	     [ROLE_DIAL] = PEER_DIAL,
		[ROLE_WORKER] = PEER_WORKER, [ROLE_CONFIG] = PEER_WORKER,
		[ROLE_VERIFY] = PEER_WORKER, [ROLE_JQ] = PEER_WORKER,
		[ROLE_MINT] = PEER_WORKER,   [ROLE_STORE] = PEER_STORE,
		[ROLE_TREE] = PEER_TREE,     [ROLE_GIT] = PEER_GIT};
	enum role role = (enum role)ipc_get_enum(in, ROLES);
	struct ipc_message *message = ipc_new(MESSAGE_STARTED, in->id);

	add(peers, kinds[role], ipc_take_fd(in, 0))->order = in->id;
	ipc_put_u8(message, (uint8_t)role);
	ipc_put_u32(message, in->id);
	say(peers->all[0].fd, message);
}

static void report_exit(struct peers *peers, struct peer *peer)
{
	static const enum role roles[] = {
		[PEER_NET] = ROLE_NET,	   [PEER_DIAL] = ROLE_DIAL, [PEER_WORKER] = ROLE_WORKER,
		[PEER_STORE] = ROLE_STORE, [PEER_TREE] = ROLE_TREE, [PEER_GIT] = ROLE_GIT};
	struct ipc_message *message = ipc_new(MESSAGE_EXITED, peer->order);

	ipc_put_u8(message, (uint8_t)roles[peer->kind]);
	ipc_put_u32(message, peer->order);
	ipc_put_u8(message, PROCESS_SIGNALLED);
	ipc_put_u32(message, 9);
	say(peers->all[0].fd, message);
	peer->order = 0;
	peers_hang_up(peer);
}

static void take_kill(struct peers *peers, uint32_t order)
{
	for (unsigned i = 0; i < peers->count; i++) {
		if (peers->all[i].order != order)
			continue;
		peers->all[i].killed = true;
		if (!peers->hard_to_kill)
			report_exit(peers, &peers->all[i]);
	}
}

static void take_event(struct peers *peers, struct peer *peer, struct ipc_incoming *in)
{
	struct ipc_message *message = ipc_new(MESSAGE_AUDIT_DURABLE, 0);
	struct audit_event event;

	protocol_get_event(in, &event);
	snprintf(peers->events[peers->event_count++ % 16], sizeof(peers->events[0]), "%s %s %s",
		 event.event,
		 event.phase == AUDIT_INTENT   ? "intent"
		 : event.phase == AUDIT_RESULT ? "result"
					       : "note",
		 event.outcome);
	peers->violations += strcmp(event.event, "protocol.violation") == 0;
	ipc_put_u32(message, in->id);
	say(peer->fd, message);
}

static void take_request(struct peers *peers, struct ipc_incoming *in)
{
	peers->requests++;
	if (!peers->net_mute) {
		answer(peers, in->id);
		return;
	}
	peers->open_ids[peers->requests_open++] = in->id;
	if (peers->requests_open > peers->requests_most)
		peers->requests_most = peers->requests_open;
}

static void take(struct peers *peers, struct peer *peer, struct ipc_incoming *in)
{
	switch (in->type) {
	case MESSAGE_SPAWN:
		take_spawn(peers, in);
		break;
	case MESSAGE_KILL:
		take_kill(peers, in->id);
		break;
	case MESSAGE_CLIENT_GONE:
		peers->clients_gone++;
		break;
	case MESSAGE_AUDIT_APPEND:
		take_event(peers, peer, in);
		break;
	case MESSAGE_REQUEST:
		take_request(peers, in);
		break;
	case MESSAGE_WORK:
		peer->worked = true;
		break;
	case MESSAGE_CALL_RESULT:
	case MESSAGE_CALL_FAILED:
		peer->answers++;
		break;
	case MESSAGE_JOB_DONE:
		(void)ipc_get_string(in);
		protocol_get_failure(in, &peer->failure);
		peer->done = true;
		break;
	case MESSAGE_SYNCED:
		protocol_get_sync_result(in, &peer->synced);
		break;
	default:
		break;
	}
	peer->heard = in->type;
	peer->heard_id = in->id;
}

static void receive(struct peers *peers, struct peer *peer)
{
	char control[CMSG_SPACE(sizeof(int) * IPC_FDS_MAX)];
	struct iovec part = {.iov_base = buffer, .iov_len = IPC_MESSAGE_MAX + 1};
	struct msghdr header = {.msg_iov = &part,
				.msg_iovlen = 1,
				.msg_control = control,
				.msg_controllen = sizeof(control)};
	ssize_t size = recvmsg(peer->fd, &header, MSG_CMSG_CLOEXEC);
	struct cmsghdr *rights = CMSG_FIRSTHDR(&header);
	struct ipc_incoming in = {0};

	if (size <= 0) {
		peers->broker_gone |= peer->kind == PEER_AGENT;
		peers_hang_up(peer);
		return;
	}
	if (rights) {
		in.fd_count = (unsigned)((rights->cmsg_len - CMSG_LEN(0)) / sizeof(int));
		memcpy(in.fds, CMSG_DATA(rights), in.fd_count * sizeof(int));
	}
	if (ipc_parse(&in, buffer, (size_t)size) < 0)
		abort();
	take(peers, peer, &in);
	ipc_drop_fds(&in);
}

static bool is_deaf(const struct peers *peers, const struct peer *peer)
{
	return peer->deaf || (peer->kind == PEER_AUDIT && peers->audit_deaf) ||
	       (peer->kind == PEER_NET && peers->net_deaf);
}

void peers_serve(struct peers *peers, int quiet_ms)
{
	struct pollfd polled[PEERS_MAX];

	for (;;) {
		unsigned count = peers->count;
		for (unsigned i = 0; i < count; i++) {
			const struct peer *peer = &peers->all[i];
			polled[i] = (struct pollfd){.fd = is_deaf(peers, peer) ? -1 : peer->fd,
						    .events = POLLIN};
		}
		if (peers->broker_gone || poll(polled, count, quiet_ms) <= 0)
			return;
		for (unsigned i = 0; i < count; i++) {
			if (polled[i].revents && peers->all[i].fd == polled[i].fd)
				receive(peers, &peers->all[i]);
		}
	}
}

int peers_stop(struct peers *peers)
{
	int status = -1;

	peers->audit_deaf = peers->net_deaf = false;
	say(peers->all[0].fd, ipc_new(MESSAGE_SHUTDOWN, 0));
	while (!peers->broker_gone)
		peers_serve(peers, 100);
	waitpid(peers->broker, &status, 0);
	for (unsigned i = 0; i < peers->count; i++)
		peers_hang_up(&peers->all[i]);
	io_close(&peers->config);
	io_close(&peers->token);
	io_close(&peers->keys);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
