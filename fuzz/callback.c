/* Queries of callbacks, as any browser may bring them, and addresses that a person pastes. */
#include "lib/base/percent.h"
#include "lib/oauth/oauth.h"
#include "lib/validate/validate.h"

#include "fuzz.h"

static void check_refused(const struct oauth_callback *callback, enum oauth_fault fault)
{
	static const struct oauth_callback empty;

	require(memcmp(callback, &empty, sizeof(empty)) == 0);
	require(*oauth_fault_text(fault));
}

/* What was read, written again, is read as the same. */
static void check_again(const struct oauth_callback *callback)
{
	struct oauth_callback again;
	char query[OAUTH_QUERY_MAX];
	struct percent_text text = {.text = query, .size = sizeof(query)};

	percent_put_plain(&text, "code=", 5);
	percent_put(&text, callback->code);
	percent_put_plain(&text, "&state=", 7);
	percent_put(&text, callback->state);
	require(!text.overflow);
	require(oauth_read_callback(query, text.used, &again) == OAUTH_FINE);
	require(memcmp(callback, &again, sizeof(again)) == 0);
}

static void check_accepted(const struct oauth_callback *callback)
{
	size_t code = strlen(callback->code);

	require(strlen(callback->state) == OAUTH_RANDOM_LENGTH);
	require(validate_param(VALIDATE_OPAQUE, callback->state, OAUTH_RANDOM_LENGTH));
	require((code == 0) == (*callback->error != 0));
	require(strlen(callback->error) <= OAUTH_ERROR_MAX);
	require(strlen(callback->description) <= OAUTH_DESCRIPTION_MAX);
	require_harmless(callback->error, strlen(callback->error), "");
	require_harmless(callback->description, strlen(callback->description), "");
	require_no_token(callback->error);
	require_no_token(callback->description);
	if (code) {
		require(code <= OAUTH_CODE_MAX && !*callback->description);
		require(validate_param(VALIDATE_OPAQUE, callback->code, code));
		check_again(callback);
	}
}

/* The query is a part of what was pasted, without what an address has around it; once found, it is
 * found again. */
static void check_pasted(const char *text, size_t size)
{
	size_t length = size;
	const char *query = oauth_find_query(text, &length);
	size_t again = length;

	require(query >= text && length <= size && query + length <= text + size);
	require(!memchr(query, '#', length));
	if (!memchr(query, '?', length) && length && (unsigned char)query[0] > ' ' &&
	    (unsigned char)query[length - 1] > ' ')
		require(oauth_find_query(query, &again) == query && again == length);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct oauth_callback callback;
	/* A copy of exact size, so that a read past the end shows. */
	char *query = malloc(size ? size : 1);

	require(query != NULL);
	memcpy(query, data, size);
	check_pasted(query, size);
	enum oauth_fault fault = oauth_read_callback(query, size, &callback);
	free(query);
	require(size <= OAUTH_QUERY_MAX || fault == OAUTH_TOO_LONG);
	if (fault)
		check_refused(&callback, fault);
	else
		check_accepted(&callback);
	return 0;
}
