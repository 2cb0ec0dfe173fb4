/* The query of a callback. */
#include "lib/base/percent.h"
#include "lib/oauth/oauth.h"
#include "lib/sanitize/sanitize.h"
#include "lib/validate/validate.h"

#include <stdbool.h>
#include <string.h>

/* GitHub's descriptions are a sentence or two. */
#define VALUE_MAX 1024u

enum parameter { STATE, CODE, ERROR, DESCRIPTION, OTHERS, PARAMETERS };

struct values {
	char texts[PARAMETERS][VALUE_MAX + 1];
	bool given[PARAMETERS];
};

static enum parameter find(const char *name)
{
	static const char *const names[OTHERS] = {
		[STATE] = "state",
		[CODE] = "code",
		[ERROR] = "error",
		[DESCRIPTION] = "error_description",
	};

	for (unsigned i = 0; i < OTHERS; i++) {
		if (strcmp(name, names[i]) == 0)
			return (enum parameter)i;
	}
	return OTHERS;
}

/* "name=value". Those of others have to be written well, too. */
static enum oauth_fault take_pair(const char *pair, size_t length, struct values *values)
{
	const char *equals = memchr(pair, '=', length);
	size_t name_length = equals ? (size_t)(equals - pair) : length;
	char name[VALUE_MAX + 1];

	if (percent_decode(pair, name_length, name, sizeof(name)) < 0)
		return OAUTH_ENCODING;
	enum parameter parameter = find(name);
	if (parameter != OTHERS && values->given[parameter])
		return OAUTH_TWICE;
	values->given[parameter] = true;
	if (equals && percent_decode(equals + 1, length - name_length - 1, values->texts[parameter],
				     sizeof(values->texts[parameter])) < 0)
		return OAUTH_ENCODING;
	return OAUTH_FINE;
}

static enum oauth_fault take_pairs(const char *query, size_t length, struct values *values)
{
	while (length > 0) {
		const char *end = memchr(query, '&', length);
		size_t pair = end ? (size_t)(end - query) : length;
		enum oauth_fault fault = take_pair(query, pair, values);
		if (fault)
			return fault;
		query += pair;
		length -= pair;
		if (end) {
			query++;
			length--;
		}
	}
	return OAUTH_FINE;
}

/* As encode() of oauth.c makes them. */
static bool is_state(const char *text)
{
	static const char characters[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

	return strlen(text) == OAUTH_RANDOM_LENGTH &&
	       strspn(text, characters) == OAUTH_RANDOM_LENGTH;
}

static enum oauth_fault take_values(const struct values *values, struct oauth_callback *callback)
{
	const char *code = values->texts[CODE], *error = values->texts[ERROR];
	const char *description = values->texts[DESCRIPTION];

	if (!is_state(values->texts[STATE]))
		return OAUTH_BAD_STATE;
	memcpy(callback->state, values->texts[STATE], sizeof(callback->state));
	if (values->given[ERROR]) {
		if (values->given[CODE])
			return OAUTH_BAD_CODE;
		if (!*error)
			return OAUTH_BAD_ERROR;
		sanitize_text(callback->error, sizeof(callback->error), error, strlen(error));
		sanitize_text(callback->description, sizeof(callback->description), description,
			      strlen(description));
		return OAUTH_FINE;
	}
	size_t length = strlen(code);
	if (length > OAUTH_CODE_MAX || !validate_param(VALIDATE_OPAQUE, code, length))
		return OAUTH_BAD_CODE;
	memcpy(callback->code, code, length + 1);
	return OAUTH_FINE;
}

static bool is_blank(char character)
{
	return character == ' ' || (character >= '\t' && character <= '\r');
}

const char *oauth_find_query(const char *text, size_t *length)
{
	const char *end = text + *length;

	while (text < end && is_blank(*text))
		text++;
	while (end > text && is_blank(end[-1]))
		end--;
	const char *fragment = memchr(text, '#', (size_t)(end - text));
	if (fragment)
		end = fragment;
	const char *mark = memchr(text, '?', (size_t)(end - text));
	if (mark)
		text = mark + 1;
	*length = (size_t)(end - text);
	return text;
}

enum oauth_fault oauth_read_callback(const char *query, size_t length,
				     struct oauth_callback *callback)
{
	struct values values = {0};
	enum oauth_fault fault = OAUTH_TOO_LONG;

	memset(callback, 0, sizeof(*callback));
	if (length <= OAUTH_QUERY_MAX)
		fault = take_pairs(query, length, &values);
	if (!fault)
		fault = take_values(&values, callback);
	if (fault)
		explicit_bzero(callback, sizeof(*callback));
	explicit_bzero(&values, sizeof(values));
	return fault;
}

const char *oauth_fault_text(enum oauth_fault fault)
{
	static const char *const texts[OAUTH_FAULTS] = {
		[OAUTH_FINE] = "it is fine",
		[OAUTH_TOO_LONG] = "it is longer than 4096 characters",
		[OAUTH_ENCODING] = "a parameter is too long or not percent-encoded as it has to be",
		[OAUTH_TWICE] = "a parameter is there twice",
		[OAUTH_BAD_STATE] = "the state is missing or not of the form of ghward's",
		[OAUTH_BAD_CODE] = "the code is missing, beside an error, or not of a code's form",
		[OAUTH_BAD_ERROR] = "the error has no name",
	};

	return fault < OAUTH_FAULTS ? texts[fault] : "it is wrong in an unknown way";
}
