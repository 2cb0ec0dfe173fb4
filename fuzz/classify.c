/* Answers of any status with any headers and any body: what the user is told, and whether the
 * broker asks again. */
#include "broker/retry.h"
#include "worker/classify.h"

#include "fuzz.h"

#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>
#include <zlib.h>

static int body_fd;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	body_fd = memfd_create("body", MFD_CLOEXEC);
	return body_fd < 0;
}

static void set_body(struct answer *answer, const void *bytes, size_t length, bool gzip)
{
	require(ftruncate(body_fd, 0) == 0);
	require(pwrite(body_fd, bytes, length, 0) == (ssize_t)length);
	answer->body = body_fd;
	answer->response.body_size = length;
	answer->response.gzip = gzip;
}

/* Texts from outside were sanitised, and nothing is longer than the user can use. */
static void check_failure(const struct failure *failure, uint16_t status)
{
	size_t message = strnlen(failure->message, sizeof(failure->message));
	size_t hint = strnlen(failure->hint, sizeof(failure->hint));
	size_t id = strnlen(failure->request_id, sizeof(failure->request_id));

	require(failure->kind > FAILURE_NONE && failure->kind < FAILURE_KINDS);
	require(failure->status == status);
	require(message > 0 && message < sizeof(failure->message));
	require(hint > 0 && hint < sizeof(failure->hint));
	require(id < sizeof(failure->request_id));
	require_harmless(failure->message, message, "");
	require_harmless(failure->hint, hint, "");
	require_harmless(failure->request_id, id, "");
	require_no_token(failure->message);
}

/* "... until 2026-01-02T03:04:05Z" */
static void check_time(const char *message)
{
	static const char form[] = "dddd-dd-ddTdd:dd:ddZ";
	const char *at = strstr(message, "until ");

	require(at != NULL);
	at += strlen("until ");
	for (size_t i = 0; i < sizeof(form) - 1; i++)
		require(form[i] == 'd' ? at[i] >= '0' && at[i] <= '9' : at[i] == form[i]);
}

static enum failure_kind kind_of(uint16_t status, enum failure_kind got)
{
	switch (status) {
	case 401:
		return FAILURE_AUTHENTICATION;
	case 403:
		return got == FAILURE_RATE_LIMITED ? got : FAILURE_PERMISSION;
	case 404:
	case 410:
		return FAILURE_NOT_FOUND;
	case 422:
		return FAILURE_VALIDATION;
	case 429:
		return FAILURE_RATE_LIMITED;
	default:
		return status >= 500		       ? FAILURE_SERVER
		       : status >= 300 && status < 400 ? FAILURE_REDIRECT
						       : FAILURE_MALFORMED;
	}
}

static void check_answer(const struct answer *answer, enum operation_id id, struct failure *failure)
{
	const struct response *response = &answer->response;
	bool fine = response->status >= 200 && response->status < 300;

	memset(failure, 0, sizeof(*failure));
	require((classify_answer(answer, id, failure) == 0) == fine);
	if (fine) {
		require(failure->kind == FAILURE_NONE);
		return;
	}
	check_failure(failure, response->status);
	require(failure->kind == kind_of(response->status, failure->kind));
	if (failure->kind == FAILURE_RATE_LIMITED)
		check_time(failure->message);
	if (response->status == 403 &&
	    (response->remaining == 0 || response->retry_after != RESPONSE_NUMBER_ABSENT))
		require(failure->kind == FAILURE_RATE_LIMITED);
}

static void check_json(const struct answer *answer)
{
	struct failure failure = {.kind = FAILURE_NONE};
	struct cJSON *root = classify_json(answer, &failure);

	require((root == NULL) == (failure.kind == FAILURE_MALFORMED));
	if (!root)
		check_failure(&failure, answer->response.status);
	cJSON_Delete(root);
}

/* What the message says must not depend on how the body travelled. The seconds may have moved. */
static void check_compressed(struct answer *answer, enum operation_id id, const char *body,
			     size_t length, const struct failure *plain)
{
	unsigned char packed[8192];
	struct failure failure;
	z_stream stream = {.next_in = (unsigned char *)(uintptr_t)body,
			   .avail_in = (unsigned)length,
			   .next_out = packed,
			   .avail_out = sizeof(packed)};

	if (length > 4096 ||
	    deflateInit2(&stream, 1, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY) != Z_OK)
		return;
	require(deflate(&stream, Z_FINISH) == Z_STREAM_END);
	set_body(answer, packed, stream.total_out, true);
	deflateEnd(&stream);
	check_answer(answer, id, &failure);
	require(failure.kind == plain->kind);
	if (failure.kind != FAILURE_RATE_LIMITED)
		require(strcmp(failure.message, plain->message) == 0);
}

static void check_retry(const struct response *response, enum operation_retry class,
			uint32_t random)
{
	static const uint64_t now_s = 1800000000;
	struct settings settings;
	uint64_t wait_ms = UINT64_MAX;

	settings_defaults(&settings);
	settings.max_retries = random % 21;
	settings.backoff_base_ms = random % 3600001;
	settings.max_backoff_ms = (random >> 8) % 3600001;
	struct retry_attempt attempt = {
		.number = random % 23, .class = class, .response = response, .sent = true};
	if (retry_decide(&attempt, &settings, random, now_s, &wait_ms) == RETRY_AFTER_WAIT) {
		require(wait_ms <= settings.max_backoff_ms);
		require(attempt.number < settings.max_retries);
		require(class == RETRY_ALWAYS);
		require(response->status == 429 || response->status >= 500);
		if (response->retry_after != RESPONSE_NUMBER_ABSENT)
			require(wait_ms == response->retry_after * 1000);
	}
	/* No answer at all. */
	attempt = (struct retry_attempt){.number = random % 23,
					 .class = class,
					 .failure = (enum failure_kind)(random % FAILURE_KINDS),
					 .sent = random & 1};
	if (retry_decide(&attempt, &settings, random, now_s, &wait_ms) == RETRY_AFTER_WAIT) {
		require(wait_ms <= settings.max_backoff_ms);
		require(attempt.failure == FAILURE_NETWORK);
		require(class == RETRY_ALWAYS || !attempt.sent);
	}
}

static uint64_t number(const uint8_t *at, bool there)
{
	uint64_t value;

	memcpy(&value, at, sizeof(value));
	return there ? value : RESPONSE_NUMBER_ABSENT;
}

#define FIXED_SIZE 32u

/* Two bytes for the status, one each for the operation, which numbers there are, and what the
 * transport said; 24 for the numbers; three to spare; request id and location; the body. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct parts parts = {data + FIXED_SIZE, size - FIXED_SIZE};
	struct failure failure;
	size_t length;
	uint32_t random;

	if (size < FIXED_SIZE)
		return 0;
	char *request_id = next_part(&parts, &length), *location = next_part(&parts, &length);
	enum operation_id id = (enum operation_id)(data[2] % OPERATIONS);
	struct answer answer = {
		.body = -1,
		.response = {.status = (uint16_t)(100 + ((data[0] | data[1] << 8) % 500)),
			     .remaining = number(data + 5, data[3] & 1),
			     .reset = number(data + 13, data[3] & 2),
			     .retry_after = number(data + 21, data[3] & 4),
			     .limit = RESPONSE_NUMBER_ABSENT,
			     .used = RESPONSE_NUMBER_ABSENT,
			     .request_id = request_id ? request_id : "",
			     .location = location ? location : "",
			     .link = "",
			     .content_type = "",
			     .resource = ""}};

	memcpy(&random, data + 28, sizeof(random));
	check_retry(&answer.response, operation_get(id)->retry, random);
	check_answer(&answer, id, &failure);
	const char *body = (const char *)parts.at;
	set_body(&answer, body, parts.left, false);
	check_answer(&answer, id, &failure);
	check_json(&answer);
	check_compressed(&answer, id, body, parts.left, &failure);
	/* A call that had no answer fails as the transport said. */
	answer.failure.kind = (enum failure_kind)(data[4] % FAILURE_KINDS);
	if (answer.failure.kind) {
		require(classify_answer(&answer, id, &failure) < 0);
		require(memcmp(&failure, &answer.failure, sizeof(failure)) == 0);
	}
	free(request_id);
	free(location);
	return 0;
}
