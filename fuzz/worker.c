/* Whole jobs of a worker whose questions get arbitrary answers: what reaches the user's terminal,
 * and what is asked of GitHub. This file stands in for worker/calls.c. */
#include "broker/grant.h"
#include "lib/base/io.h"
#include "lib/github/fields.h"
#include "lib/json/parse.h"
#include "worker/alert_json.h"
#include "worker/calls.h"
#include "worker/job.h"

#include "fuzz.h"
#include "output.h"

#include <stdio.h>
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

/* --- the broker's side --- */

/* What worker/calls.h leaves open. */
struct calls {
	struct parts answers;
	struct grant grant;
	uint32_t asked[CALLS_MAX];
	unsigned waiting;
	struct ipc_message *proposed; /* a write as the user was shown it */
	bool confirmed, refused;
};

static struct ipc_message *encode(const struct operation_arguments *arguments)
{
	struct ipc_message *message = ipc_new(0, 0);

	protocol_put_arguments(message, arguments);
	require(ipc_seal(message) == 0);
	return message;
}

/* Exactly what was agreed to may be sent. */
static bool is_agreed(const struct calls *calls, const struct operation_arguments *arguments)
{
	if (job.request.consent == CONSENT_GIVEN)
		return true;
	require(calls->confirmed);
	struct ipc_message *message = encode(arguments);
	bool same = message->used == calls->proposed->used &&
		    memcmp(message->bytes, calls->proposed->bytes, message->used) == 0;
	ipc_free(message);
	return same;
}

void calls_ask(struct calls *calls, uint32_t id, enum operation_id operation,
	       const struct operation_arguments *arguments, uint32_t delay_ms)
{
	require(calls->waiting < job.in_flight);
	require(delay_ms <= job.patience_ms);
	for (unsigned i = 0; i < calls->waiting; i++)
		require(calls->asked[i] != id);
	calls->asked[calls->waiting++] = id;
	/* An honest worker stays within what its job may say, whatever it is told. */
	require(grant_take(&calls->grant, operation, arguments) == NULL);
	calls->refused =
		operation_get(operation)->class == CLASS_WRITE && !is_agreed(calls, arguments);
}

void calls_note(struct calls *calls, const char *text)
{
	(void)calls;
	require_harmless(text, strlen(text), "");
}

void calls_progress(struct calls *calls, uint32_t done, uint32_t total, uint32_t items)
{
	(void)calls;
	(void)done;
	(void)total;
	require(items == job.items);
}

void calls_propose(struct calls *calls, enum operation_id operation,
		   const struct operation_arguments *arguments, const char *subject)
{
	require(job.request.consent != CONSENT_GIVEN && !calls->proposed && calls->waiting == 0);
	require(grant_covers(&calls->grant, operation, arguments) == NULL);
	require(strlen(subject) < 1024);
	calls->proposed = encode(arguments);
}

void calls_wait_confirmed(struct calls *calls)
{
	require(job.request.consent == CONSENT_ASK && calls->proposed && calls->waiting == 0);
	calls->confirmed = true;
}

static bool is_about_token(void)
{
	return job.request.kind == JOB_AUTH_STATUS || job.request.kind == JOB_AUTH_CHECK;
}

/* The line for Link; where the job is about a token, "scopes|accepted permissions|expiry". */
static void set_headers(struct response *response, char *line)
{
	response->link = response->scopes = response->accepted_permissions = "";
	response->token_expiration = "";
	if (!is_about_token()) {
		response->link = line;
		return;
	}
	response->scopes = strsep(&line, "|");
	if (line)
		response->accepted_permissions = strsep(&line, "|");
	if (line)
		response->token_expiration = line;
}

static void set_response(struct answer *answer, char flags, char *line)
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
					     .content_type = "",
					     .resource = "",
					     .location = "",
					     .accepted_scopes = ""};
	set_headers(&answer->response, line);
}

/* Each part is an answer: a byte for status, attempts and limits, the headers up to the line's end,
 * the body. */
void calls_wait(struct calls *calls, uint32_t id, struct answer *answer)
{
	size_t length;
	unsigned at = 0;
	char *part = next_part(&calls->answers, &length);

	while (at < calls->waiting && calls->asked[at] != id)
		at++;
	require(at < calls->waiting);
	calls->asked[at] = calls->asked[--calls->waiting];
	*answer = (struct answer){.id = id, .body = -1, .text = part};
	if (calls->refused || !part || !length) {
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

void answer_free(struct answer *answer)
{
	io_close(&answer->body);
	free(answer->text);
	answer->text = NULL;
}

/* --- what came of it --- */

/* Our own colours; what is left has to be harmless. */
static void drop_colours(char *text)
{
	static const char *const colours[] = {"\x1b[0m",   "\x1b[1m",	"\x1b[31m", "\x1b[32m",
					      "\x1b[33m",  "\x1b[35m",	"\x1b[36m", "\x1b[90m",
					      "\x1b[1;4m", "\x1b[1;34m"};

	for (size_t i = 0; i < sizeof(colours) / sizeof(colours[0]); i++) {
		for (char *at = text; (at = strstr(at, colours[i]));)
			memset(at, ' ', strlen(colours[i]));
	}
}

static size_t count_lines(const char *text)
{
	size_t lines = 0;

	while ((text = strchr(text, '\n'))) {
		lines++;
		text++;
	}
	return lines;
}

static bool is_list(void)
{
	const struct job_request *request = &job.request;

	return request->kind == JOB_ALERTS_LIST || request->kind == JOB_AUTH_CHECK ||
	       (request->kind == JOB_ALERTS_INSTANCES && request->grouping == GROUP_NONE);
}

static void check_json(const char *text, size_t length)
{
	const struct json_limits limits = {1000000, 100000, JSON_NO_COMMENTS};
	struct json_where where;
	enum json_fault fault;

	require(length > 0 && text[length - 1] == '\n');
	struct cJSON *root = json_parse(text, length, &limits, &fault, &where);
	require(root != NULL);
	if (is_list())
		require(cJSON_IsArray(root) && cJSON_GetArraySize(root) == (int)job.items);
	else
		require(cJSON_IsObject(root));
	cJSON_Delete(root);
}

static void check_output(void)
{
	const struct job_request *request = &job.request;
	bool fine = job.failure.kind == FAILURE_NONE;
	bool sent = request->consent != CONSENT_DRY_RUN || job.items;
	size_t length;
	char *text = take_output(&job.output, &length);

	if (request->colour)
		drop_colours(text);
	require_harmless(text, length, request->format == OUTPUT_LINES ? "\n\t" : "\n");
	require(fine || *job.failure.message);
	if (fine && sent && request->format == OUTPUT_JSON)
		check_json(text, length);
	/* There is no limit to the operations of the table. */
	if (request->limit && request->kind != JOB_AUTH_CHECK &&
	    (is_list() || request->kind == JOB_ALERTS_INSTANCES))
		require(job.items <= request->limit);
	/* What is grouped is written at the end, or not at all. */
	bool lists = is_list() || (fine && request->kind == JOB_ALERTS_INSTANCES);
	if (request->format == OUTPUT_LINES && lists)
		require(count_lines(text) == job.items);
	free(text);
}

static void choose_fields(const uint8_t *data, size_t size)
{
	struct job_request *request = &job.request;
	unsigned known = field_count(json_fields_of(request->kind));

	for (size_t i = 0; i < size; i++) {
		uint8_t field = (uint8_t)(data[i] - 1) % known;
		if (data[i] && !memchr(request->fields, field, request->field_count))
			request->fields[request->field_count++] = field;
	}
}

/* `wide` chooses an organisation or an enterprise. */
static void choose_arguments(unsigned wide, bool approval)
{
	const char **values = job.request.arguments.values;

	if (job.request.kind == JOB_RATE_LIMIT || job.request.kind == JOB_AUTH_STATUS)
		return;
	if (job.request.kind == JOB_ALERTS_LIST && wide) {
		values[wide == 1 ? PARAMETER_ORG : PARAMETER_ENTERPRISE] = "acme";
		return;
	}
	values[PARAMETER_OWNER] = "acme";
	values[PARAMETER_REPO] = "shop";
	if (job.request.kind != JOB_ALERTS_LIST && job.request.kind != JOB_AUTH_CHECK)
		values[PARAMETER_ALERT_NUMBER] = "7";
	if (job.request.kind == JOB_ALERTS_ASSIGN)
		values[PARAMETER_ASSIGNEES] = "octocat,Hubot";
	if (job.request.kind != JOB_ALERTS_DISMISS)
		return;
	values[PARAMETER_DISMISSED_REASON] = "won't fix";
	values[PARAMETER_DISMISSED_COMMENT] = "not reachable";
	if (approval)
		values[PARAMETER_CREATE_REQUEST] = "true";
}

/* What a token may be, as the broker tells, and what is asked about it. */
static void choose_credential(unsigned kind, unsigned operation)
{
	static const char *const kinds[] = {"classic", "fine-grained", "app", "installation", ""};
	bool is_app = kind % 5 == 2;

	job.facts = (struct credential_facts){
		.name = "work",
		.source = "vault",
		.reason = "it is for the host",
		.kind = kinds[kind % 5],
		.owner = is_app ? "acme" : "",
		.account = is_app ? "12345" : "",
		.permissions = is_app ? "metadata:read,security_events:read" : "",
		.expires = is_app ? 1900000000 : 0,
	};
	if (job.request.kind == JOB_AUTH_CHECK && operation)
		job.request.operation =
			operation_get((enum operation_id)(operation % OPERATIONS))->id;
}

#define REQUEST_SIZE 12u

/* A request as the broker lets it pass. */
static void choose_request(const uint8_t data[REQUEST_SIZE])
{
	static const enum job_kind kinds[] = {
		JOB_ALERTS_LIST,   JOB_ALERTS_VIEW,   JOB_ALERTS_INSTANCES, JOB_ALERTS_DISMISS,
		JOB_ALERTS_REOPEN, JOB_ALERTS_ASSIGN, JOB_ALERTS_UNASSIGN,  JOB_RATE_LIMIT,
		JOB_AUTH_STATUS,   JOB_AUTH_CHECK,
	};
	struct job_request *request = &job.request;

	memset(request, 0, sizeof(*request));
	request->kind = kinds[data[0] % (sizeof(kinds) / sizeof(kinds[0]))];
	request->format = (enum output_format)(data[1] % OUTPUT_FORMATS);
	request->colour = data[2] & 1;
	request->wait = data[2] >> 1 & 1;
	request->width = data[3];
	request->limit = data[4];
	request->consent = (enum consent)(data[6] % CONSENTS);
	request->grouping = (enum grouping)(data[6] / CONSENTS % GROUPINGS);
	request->api_url = request->filter = request->credential = request->operation = "";
	if (request->kind < JOB_ALERTS_DISMISS || request->kind > JOB_ALERTS_UNASSIGN)
		request->consent = CONSENT_GIVEN;
	choose_fields(data + 8, 4);
	choose_credential(data[7], data[6]);
	choose_arguments(data[7] % 3, data[7] & 64);
}

static void run(void)
{
	switch (job.request.kind) {
	case JOB_ALERTS_LIST:
		list_run(&job);
		break;
	case JOB_ALERTS_VIEW:
		view_run(&job);
		break;
	case JOB_ALERTS_INSTANCES:
		instances_run(&job);
		break;
	case JOB_RATE_LIMIT:
		rate_limit_run(&job);
		break;
	case JOB_AUTH_STATUS:
		auth_status_run(&job);
		break;
	case JOB_AUTH_CHECK:
		auth_check_run(&job);
		break;
	default:
		update_run(&job);
		break;
	}
}

/* Twelve bytes for the request: kind, format, colour, width, limit, how many calls in flight,
 * consent and grouping or the operation that is checked, what is listed or asked or the kind of
 * token, and fields. Then the answers. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	enum operation_parameter wrong;

	if (size < REQUEST_SIZE)
		return 0;
	struct calls calls = {.answers = {data + REQUEST_SIZE, size - REQUEST_SIZE}};
	choose_request(data);
	job.calls = &calls;
	job.api_url = "https://api.github.com";
	job.in_flight = data[5] % CALLS_MAX + 1;
	job.max_retries = data[5] / CALLS_MAX;
	job.patience_ms = job.request.wait ? GRANT_PATIENCE_MS : 30000;
	job.items = 0;
	job.output.closed = false;
	job.output.coloured = job.request.colour && job.request.format == OUTPUT_JSON;
	memset(&job.output.colour, 0, sizeof(job.output.colour));
	memset(&job.listed, 0, sizeof(job.listed));
	memset(&job.failure, 0, sizeof(job.failure));
	require(grant_make(&calls.grant, &job.request, &wrong) == 0);
	run();
	check_output();
	grant_free(&calls.grant);
	ipc_free(calls.proposed);
	return 0;
}
