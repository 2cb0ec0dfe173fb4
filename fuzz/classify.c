/* Refusals and answers: the first line has the status, retry-after, remaining and reset ("-" for
 * absent ones) and by how much the body is shorter than announced, the second the location and the
 * third the request id; the rest is the body. */
#include "fuzz.h"

#include "worker/classify.h"

#include <sys/mman.h>
#include <unistd.h>

static void check_words(const char *text, size_t size)
{
	require(memchr(text, 0, size));
	require_harmless(text, strlen(text), "");
}

static uint64_t take_number(char **at)
{
	char *end;
	uint64_t number = strtoull(*at, &end, 10);

	if (end == *at) {
		number = RESPONSE_NUMBER_ABSENT;
		end += strcspn(end, " ");
	}
	*at = end + (*end == ' ');
	return number;
}

static bool kind_fits(unsigned status, enum failure_kind kind)
{
	if (status >= 300 && status < 400)
		return kind == FAILURE_REDIRECT;
	if (status >= 500)
		return kind == FAILURE_SERVER;
	switch (status) {
	case 401:
		return kind == FAILURE_AUTHENTICATION;
	case 403:
		return kind == FAILURE_PERMISSION || kind == FAILURE_RATE_LIMITED;
	case 404:
	case 410:
		return kind == FAILURE_NOT_FOUND;
	case 422:
		return kind == FAILURE_VALIDATION;
	case 429:
		return kind == FAILURE_RATE_LIMITED;
	default:
		return kind == FAILURE_MALFORMED;
	}
}

/* "until 2026-01-02T03:04:05Z" */
static void require_time(const char *message)
{
	static const char form[] = "dddd-dd-ddTdd:dd:ddZ";
	const char *at = strstr(message, "until ");

	require(at && strlen(at) >= 6 + strlen(form));
	at += 6;
	for (size_t i = 0; form[i]; i++)
		require(form[i] == 'd' ? at[i] >= '0' && at[i] <= '9' : at[i] == form[i]);
}

static void check(const struct answer *answer, const char *body, bool whole)
{
	const unsigned status = answer->response.status;
	const struct json_limits limits = JSON_LIMITS_ANSWER;
	struct failure failure = {.kind = FAILURE_NONE};
	struct json_where where;

	for (unsigned id = 0; id < OPERATIONS; id++) {
		int result = classify_answer(answer, (enum operation_id)id, &failure);
		require((result == 0) == (status >= 200 && status < 300));
		if (result == 0)
			continue;
		require(kind_fits(status, failure.kind) && failure.status == status);
		require(*failure.message && *failure.hint);
		check_words(failure.message, sizeof(failure.message));
		check_words(failure.hint, sizeof(failure.hint));
		check_words(failure.request_id, sizeof(failure.request_id));
		if (failure.kind == FAILURE_RATE_LIMITED)
			require_time(failure.message);
	}
	struct cJSON *tree = classify_json(answer, &failure);
	if (!answer->response.gzip)
		require((tree != NULL) == (whole && json_gate(body, answer->response.body_size,
							      &limits, &where) == JSON_FINE));
	if (!tree)
		require(failure.kind == FAILURE_MALFORMED && *failure.message);
	cJSON_Delete(tree);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static int file = -1;
	struct answer answer = {.failure = {.kind = FAILURE_NONE}};
	struct response *response = &answer.response;
	char *text = malloc(size + 1);

	if (file < 0)
		file = memfd_create("body", MFD_CLOEXEC);
	if (!text || file < 0)
		abort();
	memcpy(text, data, size);
	text[size] = 0;
	char *at = text, *numbers = take_line(&at);
	response->status = (uint16_t)take_number(&numbers);
	response->retry_after = take_number(&numbers);
	response->remaining = take_number(&numbers);
	response->reset = take_number(&numbers);
	uint64_t missing = take_number(&numbers);
	response->limit = response->used = response->date = RESPONSE_NUMBER_ABSENT;
	response->location = take_line(&at);
	response->request_id = take_line(&at);
	response->link = response->content_type = response->resource = "";
	size_t length = (size_t)(text + size - at);
	response->body_size = length;
	bool whole = missing == 0 || missing == RESPONSE_NUMBER_ABSENT;
	if (!whole && __builtin_add_overflow(response->body_size, missing, &response->body_size))
		response->body_size = UINT64_MAX;
	response->gzip = length > 1 && memcmp(at, "\x1f\x8b", 2) == 0;
	answer.body = file;
	if (ftruncate(file, 0) < 0 || pwrite(file, at, length, 0) != (ssize_t)length)
		abort();
	check(&answer, at, whole);
	free(text);
	return 0;
}
