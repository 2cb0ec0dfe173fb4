/* The message codec and every structure of the protocol, on arbitrary datagrams. */
#include "fuzz.h"

#include "lib/ipc/protocol.h"
#include "lib/rules/rules.h"

#include <sys/mman.h>
#include <unistd.h>

#define STRUCTURES 21u

union structure {
	struct sandbox_report report;
	struct settings settings;
	struct failure failure;
	struct operation_arguments arguments;
	struct job_request request;
	struct response response;
	struct audit_event event;
	struct verify_result result;
	struct minted minted;
	struct credential_facts facts;
	struct vault_entry entry;
	struct vault_facts vault;
	struct audit_rules rules;
	struct incident incident;
	struct verify_question question;
	struct repos_request repos;
	struct sync_order order;
	struct sync_result synced;
	struct sync_state state;
	struct git_work work;
	struct state_key key;
};

static void get(struct ipc_incoming *in, union structure *target, unsigned which)
{
	switch (which) {
	case 0:
		return protocol_get_report(in, &target->report);
	case 1:
		return protocol_get_settings(in, &target->settings);
	case 2:
		return protocol_get_failure(in, &target->failure);
	case 3:
		return protocol_get_arguments(in, &target->arguments);
	case 4:
		return protocol_get_request(in, &target->request);
	case 5:
		return protocol_get_response(in, &target->response);
	case 6:
		return protocol_get_event(in, &target->event);
	case 7:
		return protocol_get_verify_result(in, &target->result);
	case 8:
		return protocol_get_minted(in, &target->minted);
	case 9:
		return protocol_get_facts(in, &target->facts);
	case 10:
		return protocol_get_entry(in, &target->entry);
	case 11:
		return protocol_get_vault(in, &target->vault);
	case 12:
		return protocol_get_rules(in, &target->rules);
	case 13:
		return protocol_get_incident(in, &target->incident);
	case 14:
		return protocol_get_verify_question(in, &target->question);
	case 15:
		return protocol_get_repos(in, &target->repos);
	case 16:
		return protocol_get_sync_order(in, &target->order);
	case 17:
		return protocol_get_sync_result(in, &target->synced);
	case 18:
		return protocol_get_sync_state(in, &target->state);
	case 19:
		return protocol_get_git_work(in, &target->work);
	default:
		target->key = protocol_get_state_key(in);
	}
}

static void put(struct ipc_message *message, const union structure *source, unsigned which)
{
	switch (which) {
	case 0:
		return protocol_put_report(message, &source->report);
	case 1:
		return protocol_put_settings(message, &source->settings);
	case 2:
		return protocol_put_failure(message, &source->failure);
	case 3:
		return protocol_put_arguments(message, &source->arguments);
	case 4:
		return protocol_put_request(message, &source->request);
	case 5:
		return protocol_put_response(message, &source->response);
	case 6:
		return protocol_put_event(message, &source->event);
	case 7:
		return protocol_put_verify_result(message, &source->result);
	case 8:
		return protocol_put_minted(message, &source->minted);
	case 9:
		return protocol_put_facts(message, &source->facts);
	case 10:
		return protocol_put_entry(message, &source->entry);
	case 11:
		return protocol_put_vault(message, &source->vault);
	case 12:
		return protocol_put_rules(message, &source->rules);
	case 13:
		return protocol_put_incident(message, &source->incident);
	case 14:
		return protocol_put_verify_question(message, &source->question);
	case 15:
		return protocol_put_repos(message, &source->repos);
	case 16:
		return protocol_put_sync_order(message, &source->order);
	case 17:
		return protocol_put_sync_result(message, &source->synced);
	case 18:
		return protocol_put_sync_state(message, &source->state);
	case 19:
		return protocol_put_git_work(message, &source->work);
	default:
		return protocol_put_state_key(message, source->key);
	}
}

/* Reads one structure; whether all of the message was one. What was accepted whole lies within the
 * message. */
static bool read_whole(const uint8_t *data, size_t size, union structure *target, unsigned which)
{
	struct ipc_incoming in = {.fd_count = 0};

	if (ipc_parse(&in, data, size) < 0)
		return false;
	get(&in, target, which);
	bool poisoned = in.reader.poisoned;
	require(poisoned || in.reader.at <= in.reader.end);
	bool whole = ipc_end(&in) == 0;
	require(!whole || !poisoned);
	return whole;
}

/* What was accepted can be sent on, and is read there as the same thing. Only arguments may come in
 * an order other than the writer's; their number of bytes is the same. */
static void check(const uint8_t *data, size_t size, unsigned which)
{
	union structure first, second;

	if (!read_whole(data, size, &first, which))
		return;
	struct ipc_message *one = ipc_new(1, 2), *two = ipc_new(1, 2);
	put(one, &first, which);
	require(ipc_seal(one) == 0 && one->used == size);
	require(read_whole(one->bytes, one->used, &second, which));
	put(two, &second, which);
	require(ipc_seal(two) == 0 && two->used == size);
	require(memcmp(one->bytes, two->bytes, size) == 0);
	if (which != 3 && which != 4)
		require(memcmp(one->bytes + IPC_HEADER_SIZE, data + IPC_HEADER_SIZE,
			       size - IPC_HEADER_SIZE) == 0);
	ipc_free(one);
	ipc_free(two);
}

static void copy(char *field, size_t size, const char *text)
{
	snprintf(field, size, "%s", text);
}

static void make(union structure *made, unsigned which, const char *text)
{
	memset(made, 0, sizeof(*made));
	switch (which) {
	case 0:
		return copy(made->report.objects, sizeof(made->report.objects), text);
	case 1:
		return copy(made->settings.api_url, sizeof(made->settings.api_url), text);
	case 2:
		return copy(made->failure.message, sizeof(made->failure.message), text);
	case 3:
		made->arguments.values[PARAMETERS - 1] = text;
		break;
	case 4:
		made->request.api_url = made->request.entry.scopes = text;
		made->request.arguments.values[0] = text;
		made->request.field_count = JOB_FIELDS_MAX;
		break;
	case 5:
		made->response.link = made->response.location = text;
		break;
	case 6:
		made->event.actor = text;
		made->event.detail_count = AUDIT_DETAILS_MAX;
		made->event.details[0].value = text;
		break;
	case 7:
		made->result.bad_segment = made->result.findings[0].detail = text;
		made->result.kind_count = made->result.finding_count = 1;
		break;
	case 8:
		made->minted.secret = made->minted.permissions = text;
		break;
	case 9:
		made->facts.reason = made->facts.permissions = text;
		break;
	case 10:
		made->entry.fingerprint = text;
		break;
	case 11:
		made->vault.sources = text;
		break;
	case 12:
		rules_defaults(&made->rules);
		copy(made->rules.list[0].event, sizeof(made->rules.list[0].event), text);
		break;
	case 13:
		made->incident.id = made->incident.rule = made->incident.type = "";
		made->incident.records = "1,2";
		made->incident.subject = strlen(text) <= INCIDENT_SUBJECT_MAX ? text : "";
		break;
	case 14:
		made->question.checkpoint = text;
		break;
	case 15:
		made->repos.destination = made->repos.topic =
			strlen(text) <= REPOS_PATTERNS_MAX ? text : "";
		made->repos.workers = REPOS_WORKERS_MAX;
		break;
	case 16:
		made->order.name = made->order.old_name = made->order.branch = text;
		break;
	case 17:
		copy(made->synced.failure.message, sizeof(made->synced.failure.message), text);
		made->synced.note = text;
		break;
	case 18:
		copy(made->state.name, sizeof(made->state.name), text);
		copy(made->state.error, sizeof(made->state.error), text);
		break;
	case 19:
		made->work.branch = strlen(text) <= SYNC_BRANCH_MAX ? text : "";
		break;
	default:
		made->key.id = strlen(text);
		break;
	}
}

/* What a process can say arrives, whatever the layout of the messages is at present. */
static void check_made(const char *text, unsigned which)
{
	struct ipc_message *message = ipc_new(1, 2);
	union structure made;

	make(&made, which, text);
	put(message, &made, which);
	require(ipc_seal(message) == 0);
	require(read_whole(message->bytes, message->used, &made, which));
	check(message->bytes, message->used, which);
	ipc_free(message);
}

/* As many descriptors as were announced, or nothing; what is too long is never sealed. */
static void check_limits(const uint8_t *data, size_t size)
{
	unsigned wanted = size ? data[0] % (IPC_FDS_MAX + 2) : 0;
	struct ipc_message *message = ipc_new(1, 2);

	ipc_put_bytes(message, data, size);
	for (unsigned i = 0; i < wanted; i++)
		ipc_put_fd(message, memfd_create("fuzz", MFD_CLOEXEC));
	bool fits = IPC_HEADER_SIZE + 4 + size <= IPC_MESSAGE_MAX && wanted <= IPC_FDS_MAX;
	require((ipc_seal(message) == 0) == fits);
	if (fits) {
		struct ipc_incoming in = {.fd_count = wanted};
		size_t length;
		memcpy(in.fds, message->fds, sizeof(in.fds));
		message->fd_count = 0;
		require(ipc_parse(&in, message->bytes, message->used) == 0);
		require(in.type == 1 && in.id == 2 && in.length == size + 4);
		const uint8_t *bytes = ipc_get_bytes(&in, &length);
		require(length == size && memcmp(bytes, data, size) == 0 && ipc_end(&in) == 0);
		require(ipc_take_fd(&in, wanted) == -1);
		int first = ipc_take_fd(&in, 0);
		require((first >= 0) == (wanted > 0));
		if (first >= 0)
			close(first);
		ipc_drop_fds(&in);
		in.fd_count++;
		require(ipc_parse(&in, message->bytes, message->used) < 0);
	}
	ipc_free(message);
}

/* The first byte chooses the structure; the rest is a payload behind an honest header, so that the
 * fuzzer need not guess lengths. The raw bytes are tried as a whole datagram too. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	check_limits(data, size);
	if (size < 1 || size > IPC_MESSAGE_MAX - IPC_HEADER_SIZE)
		return 0;
	unsigned which = data[0] % STRUCTURES;
	check(data + 1, size - 1, which);

	size_t payload = size - 1;
	char text[4096];
	if (payload < sizeof(text)) {
		memcpy(text, data + 1, payload);
		text[payload] = 0;
		check_made(text, which);
	}

	uint8_t *datagram = calloc(1, IPC_HEADER_SIZE + payload);
	if (!datagram)
		return 0;
	for (unsigned i = 0; i < 4; i++)
		datagram[8 + i] = (uint8_t)(payload >> (8 * i));
	memcpy(datagram + IPC_HEADER_SIZE, data + 1, payload);
	check(datagram, IPC_HEADER_SIZE + payload, which);
	free(datagram);
	return 0;
}
