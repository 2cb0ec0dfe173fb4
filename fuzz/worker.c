/* Whole jobs of a worker whose questions get arbitrary answers: what reaches the user's terminal,
 * and what is asked of GitHub. This file stands in for worker/calls.c. */
#include "broker/grant.h"
#include "lib/base/io.h"
#include "lib/github/fields.h"
#include "lib/json/parse.h"
#include "worker/calls.h"
#include "worker/job.h"

#include "fuzz.h"

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
};

void calls_ask(struct calls *calls, uint32_t id, enum operation_id operation,
	       const struct operation_arguments *arguments)
{
	enum operation_parameter wrong;

	require(calls->waiting < job.in_flight);
	for (unsigned i = 0; i < calls->waiting; i++)
		require(calls->asked[i] != id);
	calls->asked[calls->waiting++] = id;
	/* An honest worker stays within what its job may say. */
	require(operation_check(operation, arguments, &wrong) == 0);
	require(grant_take(&calls->grant, operation, arguments) == NULL);
}

static void set_response(struct answer *answer, char flags, const char *link)
{
	static const uint16_t statuses[] = {200, 200, 200, 403, 404, 500, 204, 301};

	answer->body = memfd_create("body", MFD_CLOEXEC);
	require(answer->body >= 0);
	answer->response = (struct response){.status = statuses[flags & 7],
					     .limit = RESPONSE_NUMBER_ABSENT,
					     .remaining = RESPONSE_NUMBER_ABSENT,
					     .used = RESPONSE_NUMBER_ABSENT,
					     .reset = RESPONSE_NUMBER_ABSENT,
					     .retry_after = RESPONSE_NUMBER_ABSENT,
					     .request_id = "",
					     .link = link,
					     .content_type = "",
					     .resource = "",
					     .location = ""};
}

/* Each part is an answer: a byte for the status, the Link header up to the line's end, the body. */
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
	if (!part || !length) {
		failure_set(&answer->failure, FAILURE_NETWORK, "", "no more answers");
		return;
	}
	char *link = part + 1, *body = link + strcspn(link, "\n");
	if (*body)
		*body++ = 0;
	set_response(answer, *part, link);
	answer->response.body_size = strlen(body);
	require(io_write_full(answer->body, body, strlen(body)) == 0);
}

void answer_free(struct answer *answer)
{
	io_close(&answer->body);
	free(answer->text);
}

/* --- what came of it --- */

static char *written(size_t *length)
{
	output_flush(&job.output);
	require(!job.output.closed);
	off_t size = lseek(job.output.fd, 0, SEEK_CUR);
	require(size >= 0);
	*length = (size_t)size;
	char *text = malloc(*length + 1);
	require(text && pread(job.output.fd, text, *length, 0) == size);
	text[*length] = 0;
	require(ftruncate(job.output.fd, 0) == 0 && lseek(job.output.fd, 0, SEEK_SET) == 0);
	return text;
}

/* Our own colours; what is left has to be harmless. */
static void drop_colours(char *text)
{
	static const char *const colours[] = {"\x1b[0m",  "\x1b[1m",  "\x1b[31m", "\x1b[32m",
					      "\x1b[33m", "\x1b[35m", "\x1b[90m"};

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

static void check_json(const char *text, size_t length)
{
	const struct json_limits limits = {1000000, 100000, JSON_NO_COMMENTS};
	struct json_where where;
	enum json_fault fault;

	require(length > 0 && text[length - 1] == '\n');
	struct cJSON *root = json_parse(text, length, &limits, &fault, &where);
	require(root != NULL);
	if (job.request.kind == JOB_ALERTS_LIST)
		require(cJSON_IsArray(root) && cJSON_GetArraySize(root) == (int)job.items);
	else
		require(cJSON_IsObject(root));
	cJSON_Delete(root);
}

static void check_output(void)
{
	const struct job_request *request = &job.request;
	bool fine = job.failure.kind == FAILURE_NONE;
	size_t length;
	char *text = written(&length);

	if (request->colour)
		drop_colours(text);
	require_harmless(text, length, request->format == OUTPUT_LINES ? "\n\t" : "\n");
	require(!request->limit || request->kind != JOB_ALERTS_LIST || job.items <= request->limit);
	require(fine || *job.failure.message);
	if (fine && request->format == OUTPUT_JSON)
		check_json(text, length);
	if (request->format == OUTPUT_LINES && request->kind == JOB_ALERTS_LIST)
		require(count_lines(text) == job.items);
	if (fine)
		require(job.calls->waiting == 0 || request->limit);
	free(text);
}

static void choose_fields(const uint8_t *data, size_t size)
{
	struct job_request *request = &job.request;
	unsigned known = field_count(request->kind == JOB_RATE_LIMIT ? FIELD_SET_RATE_LIMIT
								     : FIELD_SET_ALERT);

	for (size_t i = 0; i < size; i++) {
		uint8_t field = (uint8_t)(data[i] - 1) % known;
		if (data[i] && !memchr(request->fields, field, request->field_count))
			request->fields[request->field_count++] = field;
	}
}

/* A request as the broker has let it pass. */
static void choose_request(const uint8_t data[8])
{
	struct job_request *request = &job.request;
	const char **values = request->arguments.values;

	memset(request, 0, sizeof(*request));
	request->kind = (enum job_kind)(data[0] % JOB_DOCTOR);
	request->format = (enum output_format)(data[0] / 3 % OUTPUT_FORMATS);
	request->colour = data[0] >> 7;
	request->width = data[1];
	request->limit = data[2];
	request->api_url = "";
	choose_fields(data + 4, 4);
	if (request->kind == JOB_RATE_LIMIT)
		return;
	if (request->kind == JOB_ALERTS_LIST && data[3] & 64) {
		values[data[3] & 128 ? PARAMETER_ENTERPRISE : PARAMETER_ORG] = "acme";
		return;
	}
	values[PARAMETER_OWNER] = "acme";
	values[PARAMETER_REPO] = "shop";
	if (request->kind == JOB_ALERTS_VIEW)
		values[PARAMETER_ALERT_NUMBER] = "7";
}

static void run(void)
{
	if (job.request.kind == JOB_ALERTS_LIST)
		list_run(&job);
	else if (job.request.kind == JOB_ALERTS_VIEW)
		view_run(&job);
	else
		rate_limit_run(&job);
}

/* Eight bytes for the request: kind, format and colour; width; limit; how many calls in flight and
 * what is listed; fields. Then the answers. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct calls calls = {.answers = {data + 8, size - 8}};
	enum operation_parameter wrong;

	if (size < 8)
		return 0;
	choose_request(data);
	job.api_url = "https://api.github.com";
	job.in_flight = data[3] % 63 + 1;
	job.items = 0;
	job.output.closed = false;
	memset(&job.failure, 0, sizeof(job.failure));
	job.calls = &calls;
	require(grant_make(&calls.grant, &job.request, &wrong) == 0);
	run();
	check_output();
	grant_free(&calls.grant);
	return 0;
}
