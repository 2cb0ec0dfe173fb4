/* Whole jobs about repositories whose questions get arbitrary answers: what reaches the user, what
 * is ordered, and what is remembered. This file stands in for worker/calls.c and worker/states.c.
 */
#include "lib/base/clock.h"
#include "lib/base/io.h"
#include "lib/json/parse.h"
#include "lib/validate/validate.h"
#include "worker/calls.h"
#include "worker/job.h"
#include "worker/states.h"

#include "fuzz.h"
#include "output.h"

#include <sys/mman.h>
#include <unistd.h>

static struct job job;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	job.output.fd = memfd_create("output", MFD_CLOEXEC);
	return job.output.fd < 0;
}

/* --- the store --- */

#define STATES_MAX 4096u

struct states {
	struct sync_state list[STATES_MAX];
	size_t count;
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

static struct sync_state *find_state(struct state_key key)
{
	for (size_t i = 0; i < store.count; i++) {
		if (store.list[i].id == key.id && store.list[i].part == key.part)
			return &store.list[i];
	}
	return NULL;
}

size_t states_get(struct states *states, const struct state_key *keys, size_t count,
		  struct sync_state found[SYNC_STATES_MAX])
{
	size_t known = 0;

	(void)states;
	require(count <= SYNC_STATES_MAX);
	for (size_t i = 0; i < count; i++) {
		const struct sync_state *state = find_state(keys[i]);
		if (state)
			found[known++] = *state;
	}
	return known;
}

static int compare(struct state_key one, struct state_key other)
{
	if (one.id != other.id)
		return one.id < other.id ? -1 : 1;
	return (int)one.part - (int)other.part;
}

size_t states_list(struct states *states, struct state_key after,
		   struct sync_state found[SYNC_STATES_MAX])
{
	size_t count = 0;

	(void)states;
	for (; count < 2; count++) {
		const struct sync_state *next = NULL;
		for (size_t i = 0; i < store.count; i++) {
			const struct sync_state *state = &store.list[i];
			struct state_key key = {state->id, state->part};
			if (compare(key, after) > 0 &&
			    (!next || compare(key, (struct state_key){next->id, next->part}) < 0))
				next = state;
		}
		if (!next)
			break;
		found[count] = *next;
		after = (struct state_key){next->id, next->part};
	}
	return count;
}

static void require_name(const char *full)
{
	const char *slash = strchr(full, '/');

	require(slash && validate_param(VALIDATE_OWNER, full, (size_t)(slash - full)));
	require(validate_param(VALIDATE_REPO, slash + 1, strlen(slash + 1)));
}

/* What the real one would not take ends the job. */
void states_put(struct states *states, const struct sync_state *state)
{
	struct sync_state *old = find_state((struct state_key){state->id, state->part});

	(void)states;
	require(state->id && state->bytes <= INT64_MAX && state->mode < REPOS_MODES);
	require_name(state->name);
	require_harmless(state->branch, strlen(state->branch), "");
	require_harmless(state->pushed_at, strlen(state->pushed_at), "");
	if (!old && store.count == STATES_MAX)
		return;
	*(old ? old : &store.list[store.count++]) = *state;
}

void states_drop(struct states *states, struct state_key key)
{
	struct sync_state *old = find_state(key);

	(void)states;
	require(old != NULL);
	*old = store.list[--store.count];
}

int states_flush(struct states *states, struct failure *failure)
{
	(void)states;
	(void)failure;
	return 0;
}

/* --- the broker's side --- */

#define ORDERS_MAX REPOS_WORKERS_MAX

struct order {
	uint32_t id;
	enum sync_action action;
};

/* What worker/calls.h leaves open. */
struct calls {
	struct parts answers;
	const struct calls_listener *listener;
	uint32_t asked[CALLS_MAX];
	unsigned waiting;
	struct order orders[ORDERS_MAX];
	unsigned order_count, looked;
	uint32_t names_told;
	bool pruning, agrees;
	uint8_t results[2];
	unsigned turn;
};

void calls_listen(struct calls *calls, const struct calls_listener *listener)
{
	calls->listener = listener;
}

uint32_t calls_room(const struct calls *calls)
{
	return job.in_flight - calls->waiting;
}

void calls_ask(struct calls *calls, uint32_t id, enum operation_id operation,
	       const struct operation_arguments *arguments, uint32_t delay_ms)
{
	enum operation_parameter wrong;

	while (!calls_room(calls))
		calls_turn(calls);
	require(delay_ms <= job.patience_ms);
	for (unsigned i = 0; i < calls->waiting; i++)
		require(calls->asked[i] != id);
	require(operation_get(operation)->class == CLASS_READ);
	require(operation_check(operation, arguments, &wrong) == 0);
	calls->asked[calls->waiting++] = id;
}

void calls_note(struct calls *calls, const char *text)
{
	(void)calls;
	require_harmless(text, strlen(text), "");
}

void calls_progress(struct calls *calls, uint32_t done, uint32_t total, uint32_t items)
{
	(void)calls;
	(void)items;
	require(job.request.kind == JOB_REPOS_LIST || done <= total);
}

static void take_question(struct calls *calls, uint32_t id)
{
	unsigned at = 0;

	while (at < calls->waiting && calls->asked[at] != id)
		at++;
	require(at < calls->waiting);
	calls->asked[at] = calls->asked[--calls->waiting];
}

static void set_response(struct answer *answer, char flags, const char *link)
{
	static const uint16_t statuses[] = {200, 200, 401, 403, 404, 500, 204, 301};

	answer->body = memfd_create("body", MFD_CLOEXEC);
	require(answer->body >= 0);
	answer->response = (struct response){.status = statuses[flags & 7],
					     .attempts = flags & 16 ? 2 : 1,
					     .limit = RESPONSE_NUMBER_ABSENT,
					     .remaining = flags & 8 ? 50 : RESPONSE_NUMBER_ABSENT,
					     .used = RESPONSE_NUMBER_ABSENT,
					     .reset = RESPONSE_NUMBER_ABSENT,
					     .retry_after = flags & 32 ? 2 : RESPONSE_NUMBER_ABSENT,
					     .date = RESPONSE_NUMBER_ABSENT,
					     .request_id = "",
					     .link = link,
					     .content_type = "",
					     .resource = "",
					     .location = "",
					     .scopes = "",
					     .accepted_scopes = "",
					     .accepted_permissions = "",
					     .token_expiration = ""};
}

/* Each part is an answer: a byte for status, attempts and limits, Link up to the line's end, the
 * body. */
static void make_answer(struct calls *calls, uint32_t id, struct answer *answer)
{
	size_t length = 0;
	char *part = next_part(&calls->answers, &length);

	*answer = (struct answer){.id = id, .body = -1, .text = part};
	if (!part || !length) {
		failure_set(&answer->failure, FAILURE_NETWORK, "", "no answer");
		return;
	}
	char *line = part + 1, *body = line + strcspn(line, "\n");
	if (*body)
		*body++ = 0;
	set_response(answer, *part, line);
	answer->response.body_size = strlen(body);
	require(io_write_full(answer->body, body, strlen(body)) == 0);
}

void calls_wait(struct calls *calls, uint32_t id, struct answer *answer)
{
	take_question(calls, id);
	make_answer(calls, id, answer);
}

void answer_free(struct answer *answer)
{
	io_close(&answer->body);
	free(answer->text);
	answer->text = NULL;
}

static void tell(struct calls *calls, struct ipc_message *message)
{
	struct ipc_incoming in;

	require(ipc_seal(message) == 0);
	require(ipc_parse(&in, message->bytes, message->used) == 0);
	calls->listener->message(calls->listener->context, &in);
	ipc_free(message);
}

static void tell_looked(struct calls *calls)
{
	struct ipc_message *message = ipc_new(MESSAGE_LOOKED, 0);
	uint8_t found[256];

	for (unsigned i = 0; i < calls->looked; i++)
		found[i] = (uint8_t)((calls->results[0] >> i % 7) % TREE_FOUNDS);
	ipc_put_bytes(message, found, calls->looked);
	calls->looked = 0;
	tell(calls, message);
}

static void tell_synced(struct calls *calls)
{
	struct order order = calls->orders[--calls->order_count];
	struct ipc_message *message = ipc_new(MESSAGE_SYNCED, order.id);
	struct sync_result result = {.action = order.action, .bytes = 5, .note = ""};
	unsigned fate = calls->results[1] >> calls->turn % 5;

	result.outcome = (enum sync_outcome)(fate % SYNC_OUTCOMES);
	result.digest[0] = (uint8_t)(fate & 1);
	if (fate & 4)
		failure_set(&result.failure,
			    fate & 8	? FAILURE_NETWORK
			    : fate & 16 ? FAILURE_NOT_FOUND
					: FAILURE_INTEGRITY,
			    "", "it went wrong");
	protocol_put_sync_result(message, &result);
	tell(calls, message);
}

static bool is_listened(uint32_t id)
{
	return id - CALLS_LISTENED < CALLS_LISTENED_COUNT;
}

/* One of whatever is waited for; there is always something. */
void calls_turn(struct calls *calls)
{
	struct answer answer;

	require(calls->listener != NULL);
	calls->turn++;
	if (calls->looked && calls->turn % 2) {
		tell_looked(calls);
		return;
	}
	for (unsigned i = calls->waiting; i-- > 0;) {
		uint32_t id = calls->asked[i];
		if (!is_listened(id))
			continue;
		take_question(calls, id);
		make_answer(calls, id, &answer);
		calls->listener->answer(calls->listener->context, &answer);
		answer_free(&answer);
		return;
	}
	if (calls->order_count) {
		tell_synced(calls);
		return;
	}
	require(calls->looked);
	tell_looked(calls);
}

static void hear_order(struct calls *calls, struct ipc_incoming *in)
{
	struct sync_order order;

	protocol_get_sync_order(in, &order);
	require(calls->order_count < job.request.repos.workers);
	require(validate_param(VALIDATE_OWNER, order.owner, strlen(order.owner)));
	require(validate_param(VALIDATE_REPO, order.name, strlen(order.name)));
	require(!*order.branch || validate_param(VALIDATE_REF, order.branch, strlen(order.branch)));
	require(!*order.old_owner == !*order.old_name && *order.why);
	/* Nothing goes without the user's word. */
	require(order.action != SYNC_REMOVE || calls->agrees);
	calls->orders[calls->order_count++] = (struct order){in->id, order.action};
}

static void hear_names(struct ipc_incoming *in, bool with_reason)
{
	unsigned count = ipc_get_u16(in);

	require(count >= 1 && count <= 100);
	for (unsigned i = 0; i < count; i++) {
		const char *owner = ipc_get_string(in), *name = ipc_get_string(in);
		require(validate_param(VALIDATE_OWNER, owner, strlen(owner)));
		require(validate_param(VALIDATE_REPO, name, strlen(name)));
		if (with_reason)
			ipc_get_enum(in, UNCHANGED_BYS);
	}
}

void calls_send(struct calls *calls, struct ipc_message *message)
{
	struct ipc_incoming in;

	require(ipc_seal(message) == 0);
	require(ipc_parse(&in, message->bytes, message->used) == 0);
	if (in.type == MESSAGE_SYNC) {
		hear_order(calls, &in);
	} else if (in.type == MESSAGE_LOOK) {
		require(!calls->looked);
		ipc_get_enum(&in, REPOS_MODES);
		calls->looked = (unsigned)(in.reader.at[0] | in.reader.at[1] << 8);
		hear_names(&in, false);
	} else if (in.type == MESSAGE_UNCHANGED) {
		hear_names(&in, true);
	} else {
		require(in.type == MESSAGE_PRUNE && job.request.repos.prune && !calls->pruning);
		require(ipc_get_u32(&in) > 0);
		const char *names = ipc_get_string(&in);
		require_harmless(names, strlen(names), "\n");
		calls->pruning = true;
	}
	require(ipc_end(&in) == 0);
	ipc_free(message);
}

/* What calls_receive() hands out lives until the next one. */
void calls_receive(struct calls *calls, const struct ipc_permit *permitted, size_t count,
		   struct ipc_incoming *in)
{
	static struct ipc_message *message;

	require(count == 1);
	ipc_free(message);
	message = ipc_new(permitted->type, 0);
	if (permitted->type == MESSAGE_PRUNE_DECIDED) {
		require(calls->pruning);
		ipc_put_u8(message, calls->agrees);
	} else {
		static const char *const names[] = {"shop", "shirts", "hats"};
		ipc_put_u16(message, 1);
		ipc_put_string(message, "acme");
		ipc_put_string(message, names[calls->names_told++ % 3]);
	}
	require(ipc_seal(message) == 0);
	require(ipc_parse(in, message->bytes, message->used) == 0);
}

/* --- what came of it --- */

static void check_lines(char *text)
{
	const struct json_limits limits = {1000000, 100000, JSON_NO_COMMENTS};
	uint32_t rows = 0;
	bool total = false;

	while (*text) {
		struct json_where where;
		enum json_fault fault;
		char *line = take_line(&text);
		struct cJSON *root = json_parse(line, strlen(line), &limits, &fault, &where);
		require(root != NULL && !total);
		total = json_get_object(root, "total") != NULL;
		rows += !total;
		cJSON_Delete(root);
	}
	require(total && rows == job.items);
}

static void check_output(void)
{
	bool streamed = job.request.kind == JOB_REPOS_SYNC || job.request.kind == JOB_REPOS_VERIFY;
	size_t length;
	char *text = take_output(&job.output, &length);

	require_harmless(text, length, job.request.format == OUTPUT_LINES ? "\n\t" : "\n");
	require(job.failure.kind == FAILURE_NONE || *job.failure.message);
	require_harmless(job.failure.message, strlen(job.failure.message), "");
	if (streamed && job.request.format == OUTPUT_JSON)
		check_lines(text);
	free(text);
}

#define REQUEST_SIZE 8u

static void choose_request(const uint8_t data[REQUEST_SIZE])
{
	static const enum job_kind kinds[] = {JOB_REPOS_SYNC, JOB_REPOS_LIST, JOB_REPOS_STATUS,
					      JOB_REPOS_VERIFY};
	static const char *const filters[] = {"", "s*", "acme/*,x", "*-*"};
	struct job_request *request = &job.request;

	memset(request, 0, sizeof(*request));
	request->kind = kinds[data[0] & 3];
	request->format = (enum output_format)((data[0] >> 2) % OUTPUT_FORMATS);
	request->api_url = request->filter = request->credential = request->operation = "";
	request->width = data[1];
	request->limit = data[2] & 7;
	request->repos = (struct repos_request){
		.mode = data[3] & 1 ? REPOS_WORKTREE : REPOS_MIRROR,
		.workers = (uint8_t)(data[2] >> 3) % REPOS_WORKERS_MAX + 1,
		.full = data[3] >> 1 & 1,
		.wiki = data[3] >> 2 & 1,
		.prune = data[3] >> 3 & 1,
		.destination = "/srv",
		.include = filters[data[4] & 3],
		.exclude = filters[data[4] >> 2 & 3],
		.topic = data[4] & 16 ? "web,ci" : "",
		.language = data[4] & 32 ? "c,go" : "",
		.archived = (enum repos_with)(data[4] >> 6 & 1),
	};
	if (request->kind != JOB_REPOS_LIST && request->kind != JOB_REPOS_STATUS)
		request->limit = 0;
	if (data[5] % 3 == 0)
		request->arguments.values[PARAMETER_ORG] = "acme";
	else if (data[5] % 3 == 1)
		request->arguments.values[PARAMETER_USERNAME] = "acme";
	else
		request->repos.listed = data[5] / 3 % 5;
}

static void choose_states(unsigned count)
{
	static const char *const names[] = {"acme/shop", "acme/shirts", "acme/old", "other/shop"};
	/* SHA-256 of an empty list of refs. */
	static const uint8_t of_nothing[SYNC_DIGEST_SIZE] = {
		0xe3, 0xb0, 0xc4, 0x42, 0x98, 0xfc, 0x1c, 0x14, 0x9a, 0xfb, 0xf4,
		0xc8, 0x99, 0x6f, 0xb9, 0x24, 0x27, 0xae, 0x41, 0xe4, 0x64, 0x9b,
		0x93, 0x4c, 0xa4, 0x95, 0x99, 0x1b, 0x78, 0x52, 0xb8, 0x55};

	store.count = 0;
	for (unsigned i = 0; i < count; i++) {
		struct sync_state *state = &store.list[store.count++];
		*state = (struct sync_state){.id = i / 2 + 1,
					     .part = (enum repos_part)(i & 1),
					     .branch = "main",
					     .pushed_at = "2026-01-02T03:04:05Z",
					     .checked_s = i & 2 ? clock_wall_s() : 0,
					     .synced_s = i & 1 || i & 4 ? 5 : 0,
					     .failed_s = i & 8 ? 5 : 0,
					     .mode = i & 16 ? REPOS_WORKTREE : REPOS_MIRROR};
		memcpy(state->digest, of_nothing, sizeof(of_nothing));
		snprintf(state->name, sizeof(state->name), "%s%s", names[i / 2 % 4],
			 i & 1 ? ".wiki" : "");
	}
}

static void run(void)
{
	switch (job.request.kind) {
	case JOB_REPOS_LIST:
		repos_list_run(&job);
		break;
	case JOB_REPOS_SYNC:
		repos_sync_run(&job);
		break;
	case JOB_REPOS_STATUS:
		repos_status_run(&job);
		break;
	default:
		repos_verify_run(&job);
		break;
	}
}

/* Eight bytes for the request: kind and format, width, limit and workers, mode and flags, filters,
 * whose, what becomes of looks and orders. Then the answers. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < REQUEST_SIZE)
		return 0;
	struct calls calls = {.answers = {data + REQUEST_SIZE, size - REQUEST_SIZE},
			      .agrees = data[3] >> 4 & 1,
			      .results = {data[6], data[7]}};
	choose_request(data);
	choose_states(data[3] >> 5 ? (data[3] >> 5) * 5 : 0);
	job.calls = &calls;
	job.api_url = "https://api.github.com";
	job.in_flight = data[2] % 8 + 1;
	job.max_retries = 2;
	job.patience_ms = 30000;
	job.sweep_s = data[1] & 1 ? 0 : 3600;
	job.store = -1;
	job.items = 0;
	job.output.closed = false;
	memset(&job.listed, 0, sizeof(job.listed));
	memset(&job.failure, 0, sizeof(job.failure));
	run();
	require(!calls.listener && !calls.order_count && !calls.looked);
	check_output();
	return 0;
}
