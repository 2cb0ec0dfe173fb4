/* Header sections of arbitrary servers: lines end at each newline, as libcurl delivers them. */
#include "fuzz.h"

#include "net/headers.h"

static void check_number(uint64_t number)
{
	require(number == HEADERS_NUMBER_ABSENT || number <= UINT64_C(9999999999999999999));
}

/* What was accepted is within what the header file promises. */
static void check_accepted(const struct headers *headers)
{
	require(headers->status >= 200 && headers->status <= 599);
	require(headers->bytes <= HEADERS_BYTES_MAX);
	require(strnlen(headers->link, sizeof(headers->link)) <= HEADERS_URL_MAX);
	require(strnlen(headers->location, sizeof(headers->location)) <= HEADERS_URL_MAX);
	require(strnlen(headers->request_id, sizeof(headers->request_id)) <= HEADERS_TEXT_MAX);
	require(strnlen(headers->content_type, sizeof(headers->content_type)) <= HEADERS_TEXT_MAX);
	require(strnlen(headers->resource, sizeof(headers->resource)) <= HEADERS_TEXT_MAX);
	require(strnlen(headers->scopes, sizeof(headers->scopes)) <= HEADERS_LIST_MAX);
	require(strnlen(headers->accepted_scopes, sizeof(headers->accepted_scopes)) <=
		HEADERS_LIST_MAX);
	require(strnlen(headers->accepted_permissions, sizeof(headers->accepted_permissions)) <=
		HEADERS_LIST_MAX);
	require(strnlen(headers->token_expiration, sizeof(headers->token_expiration)) <=
		HEADERS_TEXT_MAX);
	check_number(headers->content_length);
	check_number(headers->limit);
	check_number(headers->remaining);
	check_number(headers->used);
	check_number(headers->reset);
	check_number(headers->retry_after);
	require(headers->date == HEADERS_NUMBER_ABSENT || headers->date < UINT64_C(253402300801));
	require(!headers->chunked || headers->content_length == HEADERS_NUMBER_ABSENT);
	for (const char *at = headers->link; *at; at++)
		require((unsigned char)*at >= 0x20 || *at == '\t');
}

static bool same(const struct headers *one, const struct headers *other)
{
	return one->status == other->status && one->gzip == other->gzip &&
	       one->chunked == other->chunked && one->content_length == other->content_length &&
	       one->limit == other->limit && one->remaining == other->remaining &&
	       one->used == other->used && one->reset == other->reset &&
	       one->retry_after == other->retry_after && one->date == other->date &&
	       strcmp(one->link, other->link) == 0 && strcmp(one->location, other->location) == 0 &&
	       strcmp(one->request_id, other->request_id) == 0 &&
	       strcmp(one->content_type, other->content_type) == 0 &&
	       strcmp(one->resource, other->resource) == 0 &&
	       strcmp(one->scopes, other->scopes) == 0 &&
	       strcmp(one->accepted_scopes, other->accepted_scopes) == 0 &&
	       strcmp(one->accepted_permissions, other->accepted_permissions) == 0 &&
	       strcmp(one->token_expiration, other->token_expiration) == 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct headers headers, done;
	bool finished = false;

	headers_init(&headers);
	while (size > 0) {
		const uint8_t *newline = memchr(data, '\n', size);
		size_t length = newline ? (size_t)(newline - data) + 1 : size;
		/* A copy of exact size, so that a read past the line shows. */
		char *line = malloc(length);
		if (!line)
			return 0;
		memcpy(line, data, length);
		const char *wrong = headers_line(&headers, line, length);
		free(line);
		if (wrong)
			return 0;
		if (finished) {
			/* Trailers change nothing. */
			require(same(&done, &headers));
		} else if (headers.stage == HEADERS_DONE) {
			check_accepted(&headers);
			done = headers;
			finished = true;
		}
		data += length;
		size -= length;
	}
	return 0;
}
