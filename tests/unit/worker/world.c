/* A broker with GitHub, a store and a destination that are written down. */
#include "world.h"

#include "lib/base/io.h"
#include "lib/ipc/channel.h"
#include "worker/calls.h"
#include "worker/states.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define PER_PAGE 100u
#define QUESTIONS_MAX 128u
#define REF "003d0123456789abcdef0123456789abcdef01234567 refs/heads/main\n0000"

static const struct ipc_permit permits[] = {
	{MESSAGE_CALL, IPC_PERMIT, 0, 16384, {IPC_FD_NONE}, NULL},
	{MESSAGE_SYNC, IPC_PERMIT, 0, 16384, {IPC_FD_NONE}, NULL},
	{MESSAGE_UNCHANGED, IPC_PERMIT, 0, IPC_MESSAGE_MAX, {IPC_FD_NONE}, NULL},
	{MESSAGE_LOOK, IPC_PERMIT, 0, IPC_MESSAGE_MAX, {IPC_FD_NONE}, NULL},
	{MESSAGE_PRUNE, IPC_PERMIT, 0, IPC_MESSAGE_MAX, {IPC_FD_NONE}, NULL},
	{MESSAGE_NOTE, IPC_PERMIT, 0, 4096, {IPC_FD_NONE}, NULL},
	{MESSAGE_PROGRESS, IPC_PERMIT, 12, 12, {IPC_FD_NONE}, NULL},
};

/* --- the store, in the worker's process --- */

struct states {
	struct world_shared *shared;
};

static struct states store;

struct states *states_new(int socket)
{
	(void)socket;
	return &store;
}

void states_free(struct states *states)
{
	(void)states;
}

static struct sync_state *find_state(struct world_shared *shared, uint64_t id, enum repos_part part)
{
	for (uint32_t i = 0; i < shared->state_count; i++) {
		if (shared->states[i].id == id && shared->states[i].part == part)
			return &shared->states[i];
	}
	return NULL;
}

size_t states_get(struct states *states, const struct state_key *keys, size_t count,
		  struct sync_state found[SYNC_STATES_MAX])
{
	size_t known = 0;

	assert_true(count <= SYNC_STATES_MAX);
	for (size_t i = count; i-- > 0;) {
		struct sync_state *state = find_state(states->shared, keys[i].id, keys[i].part);
		if (state)
			found[known++] = *state;
	}
	return known;
}

static bool is_after(const struct sync_state *state, struct state_key after)
{
	return state->id > after.id || (state->id == after.id && state->part > after.part);
}

/* Slow, but as the real one: by id and part. */
size_t states_list(struct states *states, struct state_key after,
		   struct sync_state found[SYNC_STATES_MAX])
{
	struct world_shared *shared = states->shared;
	size_t count = 0;

	while (count < SYNC_STATES_MAX) {
		const struct sync_state *next = NULL;
		for (uint32_t i = 0; i < shared->state_count; i++) {
			const struct sync_state *state = &shared->states[i];
			struct state_key best =
				next ? (struct state_key){next->id, next->part} : after;
			if (is_after(state, after) && (!next || !is_after(state, best)))
				next = state;
		}
		if (!next)
			break;
		found[count++] = *next;
		after = (struct state_key){next->id, next->part};
	}
	return count;
}

void states_put(struct states *states, const struct sync_state *state)
{
	struct world_shared *shared = states->shared;
	struct sync_state *old = find_state(shared, state->id, state->part);

	if (!old)
		old = &shared->states[shared->state_count++];
	*old = *state;
	shared->flushed = false;
}

void states_drop(struct states *states, struct state_key key)
{
	struct world_shared *shared = states->shared;
	struct sync_state *old = find_state(shared, key.id, key.part);

	if (old)
		*old = shared->states[--shared->state_count];
}

int states_flush(struct states *states, struct failure *failure)
{
	(void)failure;
	states->shared->flushed = true;
	return 0;
}

struct sync_state *world_state(struct world *world, uint64_t id)
{
	return find_state(world->shared, id, REPOS_CODE);
}

/* --- GitHub --- */

static void append_log(struct world *world, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
static void append_log(struct world *world, const char *format, ...)
{
	size_t used = strlen(world->log);
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(world->log + used, sizeof(world->log) - used, format, arguments);
	va_end(arguments);
}

static struct world_repo *find_repo(struct world *world, const char *owner, const char *name)
{
	char full[256];

	snprintf(full, sizeof(full), "%s/%s", owner, name);
	for (uint32_t i = 0; i < world->repo_count; i++) {
		if (strcmp(world->repos[i].full_name, full) == 0)
			return &world->repos[i];
	}
	return NULL;
}

static int object(const struct world_repo *repo, char *text, size_t size)
{
	return snprintf(text, size,
			"{\"id\":%llu,\"full_name\":\"%s\",\"private\":true,\"default_branch\":"
			"\"%s\",\"pushed_at\":\"%s\",\"size\":7%s}",
			(unsigned long long)repo->id, repo->called ? repo->called : repo->full_name,
			repo->branch ? repo->branch : "main",
			repo->pushed_at ? repo->pushed_at : "2026-01-02T03:04:05Z",
			repo->extra ? repo->extra : "");
}

struct reply {
	uint16_t status;
	char body[1 << 20], link[512];
};

static void reply_page(struct world *world, const struct operation_arguments *arguments,
		       struct reply *reply)
{
	uint32_t page = (uint32_t)strtoul(arguments->values[PARAMETER_PAGE], NULL, 10), listed = 0;
	uint32_t last = (world->repo_count + PER_PAGE - 1) / PER_PAGE;
	size_t used = 1;

	assert_string_equal(arguments->values[PARAMETER_PER_PAGE], "100");
	if (page == 2 && world->list_status)
		reply->status = world->list_status;
	strcpy(reply->body, "[");
	for (uint32_t i = (page - 1) * PER_PAGE; i < world->repo_count && i < page * PER_PAGE;
	     i++) {
		if (world->repos[i].unlisted)
			continue;
		reply->body[used] = ',';
		used += listed++ > 0;
		used += (size_t)object(&world->repos[i], reply->body + used,
				       sizeof(reply->body) - used);
	}
	strcpy(reply->body + used, "]");
	if (page < last)
		snprintf(reply->link, sizeof(reply->link),
			 "<https://api.github.com/x?page=%u>; rel=\"next\", "
			 "<https://api.github.com/x?page=%u>; rel=\"last\"",
			 page + 1, last);
}

static void reply_repo(struct world *world, enum operation_id operation,
		       const struct operation_arguments *arguments, struct reply *reply)
{
	const struct world_repo *repo = find_repo(world, arguments->values[PARAMETER_OWNER],
						  arguments->values[PARAMETER_REPO]);

	reply->status = !repo ? 404 : repo->status ? repo->status : 200;
	if (reply->status != 200)
		strcpy(reply->body, "{\"message\":\"No.\"}");
	else if (operation == OPERATION_REPO_GET)
		object(repo, reply->body, sizeof(reply->body));
	else
		strcpy(reply->body, repo->refs ? repo->refs : REF);
}

static void ask_github(struct world *world, enum operation_id operation,
		       const struct operation_arguments *arguments, struct reply *reply)
{
	reply->status = 200;
	switch (operation) {
	case OPERATION_USER:
		snprintf(reply->body, sizeof(reply->body), "{\"login\":\"%s\"}", world->login);
		break;
	case OPERATION_REPOS_LIST_OWN:
		assert_string_equal(arguments->values[PARAMETER_AFFILIATION], "owner");
		reply_page(world, arguments, reply);
		break;
	case OPERATION_REPOS_LIST_ORG:
	case OPERATION_REPOS_LIST_USER:
		reply_page(world, arguments, reply);
		break;
	case OPERATION_REPO_GET:
	case OPERATION_GIT_LS_REFS:
		reply_repo(world, operation, arguments, reply);
		break;
	default:
		fail_msg("%s is asked", operation_get(operation)->id);
	}
}

/* --- the broker --- */

/* Answers that are held back until nothing more is asked: the last question is answered first. */
struct broker {
	struct world *world;
	int socket;
	struct ipc_message *answers[QUESTIONS_MAX];
	unsigned waiting, calls, orders;
};

static int body_of(const char *text)
{
	int fd = memfd_create("body", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	assert_int_equal(io_write_full(fd, text, strlen(text)), 0);
	assert_int_equal(fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE), 0);
	return fd;
}

static void hold(struct broker *broker, struct ipc_message *message)
{
	assert_true(broker->waiting < QUESTIONS_MAX);
	broker->answers[broker->waiting++] = message;
}

static void hear_call(struct broker *broker, struct ipc_incoming *in)
{
	static struct reply reply;
	struct world *world = broker->world;
	struct operation_arguments arguments;
	enum operation_parameter wrong;
	enum operation_id operation = (enum operation_id)ipc_get_enum(in, OPERATIONS);

	ipc_get_u32(in);
	protocol_get_arguments(in, &arguments);
	assert_int_equal(ipc_end(in), 0);
	assert_int_equal(operation_check(operation, &arguments, &wrong), 0);
	world->calls[operation]++;
	broker->calls++;
	if (broker->calls > world->most_calls)
		world->most_calls = broker->calls;
	memset(&reply, 0, sizeof(reply));
	ask_github(world, operation, &arguments, &reply);
	world->answers++;
	struct ipc_message *message = ipc_new(MESSAGE_CALL_RESULT, in->id);
	protocol_put_response(message, &(struct response){.status = reply.status,
							  .body_size = strlen(reply.body),
							  .limit = RESPONSE_NUMBER_ABSENT,
							  .remaining = RESPONSE_NUMBER_ABSENT,
							  .used = RESPONSE_NUMBER_ABSENT,
							  .reset = RESPONSE_NUMBER_ABSENT,
							  .retry_after = RESPONSE_NUMBER_ABSENT,
							  .date = RESPONSE_NUMBER_ABSENT,
							  .link = reply.link});
	ipc_put_fd(message, body_of(reply.body));
	hold(broker, message);
}

static void hear_order(struct broker *broker, struct ipc_incoming *in)
{
	static const char *const actions[] = {"clone", "fetch", "verify", "remove"};
	struct world *world = broker->world;
	struct sync_result result = {.note = "", .bytes = 1000, .milliseconds = 20};
	struct sync_order order;

	protocol_get_sync_order(in, &order);
	assert_int_equal(ipc_end(in), 0);
	const struct world_repo *repo = find_repo(world, order.owner, order.name);
	append_log(world, "%s %s/%s %s%s%s%s%s\n", actions[order.action], order.owner, order.name,
		   order.why, *order.old_owner ? " from " : "", order.old_owner,
		   *order.old_owner ? "/" : "", order.old_name);
	world->orders++;
	broker->orders++;
	if (broker->orders > world->most_orders)
		world->most_orders = broker->orders;
	result.action = order.action;
	if (repo && repo->fails != FAILURE_NONE)
		failure_set(&result.failure, repo->fails, "", "it went wrong");
	result.outcome = repo ? repo->outcome : SYNC_CHANGED;
	memset(result.digest, 7, sizeof(result.digest));
	struct ipc_message *message = ipc_new(MESSAGE_SYNCED, in->id);
	protocol_put_sync_result(message, &result);
	hold(broker, message);
}

static bool is_among(const char *names, const char *owner, const char *name)
{
	char wanted[256];

	snprintf(wanted, sizeof(wanted), " %s/%s ", owner, name);
	return names && strstr(names, wanted);
}

static void hear_look(struct broker *broker, struct ipc_incoming *in)
{
	const struct world *world = broker->world;
	uint8_t found[256];

	ipc_get_enum(in, REPOS_MODES);
	unsigned count = ipc_get_u16(in);
	assert_in_range(count, 1, 100);
	for (unsigned i = 0; i < count; i++) {
		const char *owner = ipc_get_string(in), *name = ipc_get_string(in);
		found[i] = is_among(world->foreign, owner, name)		  ? TREE_FOREIGN
			   : !world->there || is_among(world->there, owner, name) ? TREE_PRESENT
										  : TREE_ABSENT;
	}
	assert_int_equal(ipc_end(in), 0);
	struct ipc_message *message = ipc_new(MESSAGE_LOOKED, 0);
	ipc_put_bytes(message, found, count);
	hold(broker, message);
}

static void hear_unchanged(struct broker *broker, struct ipc_incoming *in)
{
	unsigned count = ipc_get_u16(in);

	assert_in_range(count, 1, 100);
	for (unsigned i = 0; i < count; i++) {
		const char *owner = ipc_get_string(in), *name = ipc_get_string(in);
		append_log(broker->world, "unchanged %s/%s %s\n", owner, name,
			   ipc_get_enum(in, UNCHANGED_BYS) == UNCHANGED_BY_HINT ? "hint"
										: "digest");
	}
	assert_int_equal(ipc_end(in), 0);
}

static void hear_prune(struct broker *broker, struct ipc_incoming *in)
{
	uint32_t count = ipc_get_u32(in);

	append_log(broker->world, "prune %u %s\n", count, ipc_get_string(in));
	assert_int_equal(ipc_end(in), 0);
	struct ipc_message *message = ipc_new(MESSAGE_PRUNE_DECIDED, 0);
	ipc_put_u8(message, broker->world->agrees);
	hold(broker, message);
}

static void hear_note(struct broker *broker, struct ipc_incoming *in)
{
	char *notes = broker->world->notes;
	size_t used = strlen(notes);

	snprintf(notes + used, sizeof(broker->world->notes) - used, "%s\n", ipc_get_string(in));
	assert_int_equal(ipc_end(in), 0);
}

static void hear(struct broker *broker, struct ipc_incoming *in)
{
	switch (in->type) {
	case MESSAGE_CALL:
		hear_call(broker, in);
		break;
	case MESSAGE_SYNC:
		hear_order(broker, in);
		break;
	case MESSAGE_LOOK:
		hear_look(broker, in);
		break;
	case MESSAGE_UNCHANGED:
		hear_unchanged(broker, in);
		break;
	case MESSAGE_PRUNE:
		hear_prune(broker, in);
		break;
	case MESSAGE_NOTE:
		hear_note(broker, in);
		break;
	default:
		broker->world->progress++;
		ipc_get_u32(in);
		ipc_get_u32(in);
		ipc_get_u32(in);
		assert_int_equal(ipc_end(in), 0);
		break;
	}
}

static void answer_last(struct broker *broker)
{
	struct ipc_message *message = broker->answers[--broker->waiting];
	uint16_t type;

	assert_int_equal(ipc_seal(message), 0);
	memcpy(&type, message->bytes, sizeof(type));
	broker->calls -= type == MESSAGE_CALL_RESULT;
	broker->orders -= type == MESSAGE_SYNCED;
	assert_int_equal(ipc_send_blocking(broker->socket, message), 0);
}

static void send_names(struct broker *broker)
{
	char *names = strdup(broker->world->listed ? broker->world->listed : ""), *save = NULL;

	for (char *full = strtok_r(names, " ", &save); full; full = strtok_r(NULL, " ", &save)) {
		struct ipc_message *message = ipc_new(MESSAGE_REPOSITORIES, 0);
		char *slash = strchr(full, '/');
		*slash = 0;
		ipc_put_u16(message, 1);
		ipc_put_string(message, full);
		ipc_put_string(message, slash + 1);
		assert_int_equal(ipc_send_blocking(broker->socket, message), 0);
	}
	free(names);
}

static void serve(struct broker *broker)
{
	uint8_t *buffer = ipc_buffer_new();
	struct ipc_incoming in;
	int got = 1;

	send_names(broker);
	while (got > 0) {
		struct pollfd ready = {.fd = broker->socket, .events = POLLIN};
		if (broker->waiting && poll(&ready, 1, 1) == 0) {
			answer_last(broker);
			continue;
		}
		got = ipc_receive(broker->socket, buffer, permits,
				  sizeof(permits) / sizeof(permits[0]), &in);
		if (got > 0)
			hear(broker, &in);
	}
	assert_true(got == 0 || errno == ECONNRESET);
	while (broker->waiting)
		ipc_free(broker->answers[--broker->waiting]);
	free(buffer);
}

/* --- the worker --- */

static _Noreturn void work(struct world *world, int socket, int output)
{
	static struct job job;

	if (dup2(socket, FD_CHANNEL) < 0)
		_exit(99);
	store.shared = world->shared;
	job.api_url = "https://api.github.com";
	job.in_flight = world->in_flight;
	job.patience_ms = 1000;
	job.request = world->request;
	job.sweep_s = 3600;
	job.output.fd = output;
	job.store = -1;
	job.calls = calls_new(job.in_flight);
	if (job.request.kind == JOB_REPOS_LIST)
		repos_list_run(&job);
	else if (job.request.kind == JOB_REPOS_SYNC)
		repos_sync_run(&job);
	else if (job.request.kind == JOB_REPOS_STATUS)
		repos_status_run(&job);
	else
		repos_verify_run(&job);
	output_flush(&job.output);
	calls_free(job.calls);
	world->shared->failure = job.failure;
	world->shared->items = job.items;
	exit(0);
}

static void take_output(struct world *world, int output)
{
	off_t size = lseek(output, 0, SEEK_END);

	free(world->output);
	world->output = calloc(1, (size_t)size + 1);
	assert_int_equal(io_pread_full(output, world->output, (size_t)size, 0), size);
	close(output);
}

void world_run(struct world *world)
{
	struct broker broker = {.world = world};
	int ends[2], status, output;
	struct rusage usage;

	/* The worker's channel is where the tests' own files may be. */
	while ((output = memfd_create("output", MFD_CLOEXEC)) <= FD_CHANNEL)
		assert_true(output >= 0);
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
	pid_t worker = fork();
	assert_true(worker >= 0);
	if (worker == 0) {
		close(ends[0]);
		work(world, ends[1], output);
	}
	close(ends[1]);
	broker.socket = ends[0];
	serve(&broker);
	close(ends[0]);
	assert_int_equal(wait4(worker, &status, 0, &usage), worker);
	assert_int_equal(status, 0);
	world->peak_kb = usage.ru_maxrss;
	take_output(world, output);
}

struct world *world_new(enum job_kind kind, struct world_repo *repos, uint32_t count)
{
	struct world *world = calloc(1, sizeof(*world));

	assert_non_null(world);
	world->repos = repos;
	world->repo_count = count;
	world->in_flight = 8;
	world->login = "octocat";
	world->there = "";
	world->request.kind = kind;
	world->request.format = OUTPUT_LINES;
	world->request.arguments.values[PARAMETER_ORG] = "acme";
	world->request.repos = (struct repos_request){.workers = 4,
						      .destination = "/srv/mirrors",
						      .include = "",
						      .exclude = "",
						      .topic = "",
						      .language = ""};
	world->shared = mmap(NULL, sizeof(*world->shared), PROT_READ | PROT_WRITE,
			     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	assert_true(world->shared != MAP_FAILED);
	return world;
}

void world_forget(struct world *world)
{
	memset(world->calls, 0, sizeof(world->calls));
	world->most_calls = world->most_orders = world->orders = world->progress = 0;
	world->answers = 0;
	world->log[0] = world->notes[0] = 0;
}

void world_free(struct world *world)
{
	munmap(world->shared, sizeof(*world->shared));
	free(world->output);
	free(world);
}
