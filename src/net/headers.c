/* Reading response headers. */
#include "net/headers.h"

#include "net/date.h"

#include <string.h>
#include <strings.h>

enum kind {
	KIND_NUMBER,   /* absent when it is not one */
	KIND_DATE,     /* likewise */
	KIND_LENGTH,   /* a number that must be one */
	KIND_TEXT,     /* cut at HEADERS_TEXT_MAX */
	KIND_LIST,     /* cut between items, below HEADERS_LIST_MAX */
	KIND_URL,      /* refused above HEADERS_URL_MAX */
	KIND_ENCODING, /* gzip or nothing */
	KIND_FLAG,     /* only whether it is there */
};

struct field {
	const char *name;
	size_t offset; /* in struct headers */
	enum kind kind;
};

#define FIELD(name, member, kind)                                                                  \
	{                                                                                          \
		name, offsetof(struct headers, member), kind                                       \
	}

static const struct field fields[] = {
	FIELD("content-encoding", gzip, KIND_ENCODING),
	FIELD("content-length", content_length, KIND_LENGTH),
	FIELD("content-type", content_type, KIND_TEXT),
	FIELD("date", date, KIND_DATE),
	FIELD("github-authentication-token-expiration", token_expiration, KIND_TEXT),
	FIELD("link", link, KIND_URL),
	FIELD("location", location, KIND_URL),
	FIELD("retry-after", retry_after, KIND_NUMBER),
	FIELD("transfer-encoding", chunked, KIND_FLAG),
	FIELD("x-accepted-github-permissions", accepted_permissions, KIND_LIST),
	FIELD("x-accepted-oauth-scopes", accepted_scopes, KIND_LIST),
	FIELD("x-github-request-id", request_id, KIND_TEXT),
	FIELD("x-oauth-scopes", scopes, KIND_LIST),
	FIELD("x-ratelimit-limit", limit, KIND_NUMBER),
	FIELD("x-ratelimit-remaining", remaining, KIND_NUMBER),
	FIELD("x-ratelimit-reset", reset, KIND_NUMBER),
	FIELD("x-ratelimit-resource", resource, KIND_TEXT),
	FIELD("x-ratelimit-used", used, KIND_NUMBER),
};

#define FIELDS (sizeof(fields) / sizeof(*fields))

static void forget_fields(struct headers *headers)
{
	size_t bytes = headers->bytes;

	memset(headers, 0, sizeof(*headers));
	headers->bytes = bytes;
	headers->content_length = headers->retry_after = HEADERS_NUMBER_ABSENT;
	headers->limit = headers->remaining = HEADERS_NUMBER_ABSENT;
	headers->used = headers->reset = headers->date = HEADERS_NUMBER_ABSENT;
}

void headers_init(struct headers *headers)
{
	headers->bytes = 0;
	forget_fields(headers);
}

static bool is_digit(char byte)
{
	return byte >= '0' && byte <= '9';
}

static bool is_blank(char byte)
{
	return byte == ' ' || byte == '\t';
}

/* Nineteen digits always fit into 64 bits. */
static uint64_t parse_number(const char *text, size_t length)
{
	uint64_t number = 0;

	if (length == 0 || length > 19)
		return HEADERS_NUMBER_ABSENT;
	for (size_t i = 0; i < length; i++) {
		if (!is_digit(text[i]))
			return HEADERS_NUMBER_ABSENT;
		number = number * 10 + (uint64_t)(text[i] - '0');
	}
	return number;
}

/* "HTTP/1.1 200 OK", "HTTP/2 200": a version, three digits, perhaps a reason. */
static const char *take_status(struct headers *headers, const char *line, size_t length)
{
	const char *space = memchr(line, ' ', length);
	size_t at = space ? (size_t)(space - line) + 1 : length;
	uint64_t status = length - at >= 3 ? parse_number(line + at, 3) : HEADERS_NUMBER_ABSENT;

	if (length < 5 || memcmp(line, "HTTP/", 5) != 0 || status < 100 || status > 599 ||
	    (length - at > 3 && line[at + 3] != ' '))
		return "does not begin with an HTTP status";
	forget_fields(headers);
	headers->status = (uint16_t)status;
	headers->stage = HEADERS_WANT_FIELDS;
	return NULL;
}

static const struct field *find_field(const char *name, size_t length)
{
	for (size_t i = 0; i < FIELDS; i++) {
		if (strlen(fields[i].name) == length &&
		    strncasecmp(fields[i].name, name, length) == 0)
			return &fields[i];
	}
	return NULL;
}

/* Printable ASCII, blanks, and the high bytes of UTF-8: what an opaque string may consist of. */
static bool is_clean(const char *value, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		unsigned char byte = (unsigned char)value[i];
		if ((byte < 0x20 && byte != '\t') || byte == 0x7f)
			return false;
	}
	return true;
}

static const char *store_number(uint64_t *slot, bool again, bool required, const char *value,
				size_t length)
{
	uint64_t number = parse_number(value, length);

	if (required && number == HEADERS_NUMBER_ABSENT)
		return "has a content-length that is not a number";
	if (again && number != *slot)
		return "has two different values for one header";
	*slot = number;
	return NULL;
}

static const char *store_text(char *slot, bool again, const char *value, size_t length)
{
	if (again && (strlen(slot) != length || memcmp(slot, value, length) != 0))
		return "has two different values for one header";
	memcpy(slot, value, length);
	slot[length] = '\0';
	return NULL;
}

/* Up to the last separator that leaves room; nothing where one item alone is too long. */
static size_t list_length(const char *value, size_t length)
{
	if (length <= HEADERS_LIST_MAX)
		return length;
	length = HEADERS_LIST_MAX + 1;
	while (length && !strchr(",;", value[length - 1]))
		length--;
	return length ? length - 1 : 0;
}

static const char *store(struct headers *headers, const struct field *field, const char *value,
			 size_t length)
{
	uint32_t bit = UINT32_C(1) << (field - fields);
	bool again = headers->seen & bit;
	char *slot = (char *)headers + field->offset;

	headers->seen |= bit;
	if (!is_clean(value, length))
		return "has control characters in a header";
	switch (field->kind) {
	case KIND_NUMBER:
	case KIND_LENGTH:
		return store_number((uint64_t *)(void *)slot, again, field->kind == KIND_LENGTH,
				    value, length);
	case KIND_DATE:
		*(uint64_t *)(void *)slot = date_parse(value, length);
		return NULL;
	case KIND_TEXT:
		return store_text(slot, again, value,
				  length < HEADERS_TEXT_MAX ? length : HEADERS_TEXT_MAX);
	case KIND_LIST:
		return store_text(slot, again, value, list_length(value, length));
	case KIND_URL:
		if (length > HEADERS_URL_MAX)
			return "has a link or location header that is too long";
		return store_text(slot, again, value, length);
	case KIND_ENCODING:
		if (again || length != 4 || strncasecmp(value, "gzip", 4) != 0)
			return "has a content encoding other than gzip";
		break;
	case KIND_FLAG:
		break;
	}
	*slot = true;
	return NULL;
}

static const char *take_field(struct headers *headers, const char *line, size_t length)
{
	const char *colon = memchr(line, ':', length);

	/* A line that goes on with the previous one is obsolete and a tool of smuggling (RFC 9112,
	 * section 5.2), and so is a name that ends in a blank (section 5.1). */
	if (!colon || colon == line || is_blank(line[0]) || is_blank(colon[-1]))
		return "has a malformed header line";
	const char *value = colon + 1, *end = line + length;
	while (value < end && is_blank(*value))
		value++;
	while (end > value && is_blank(end[-1]))
		end--;
	const struct field *field = find_field(line, (size_t)(colon - line));
	return field ? store(headers, field, value, (size_t)(end - value)) : NULL;
}

/* The empty line. */
static const char *finish(struct headers *headers)
{
	if (headers->status < 200) {
		headers->stage = HEADERS_WANT_STATUS;
		return NULL;
	}
	headers->stage = HEADERS_DONE;
	if (headers->chunked && headers->content_length != HEADERS_NUMBER_ABSENT)
		return "has both a content-length and a transfer-encoding";
	return NULL;
}

const char *headers_line(struct headers *headers, const char *line, size_t length)
{
	if (length > HEADERS_BYTES_MAX - headers->bytes)
		return "has more than 64 KiB of headers";
	headers->bytes += length;
	if (length > 0 && line[length - 1] == '\n')
		length--;
	if (length > 0 && line[length - 1] == '\r')
		length--;
	switch (headers->stage) {
	case HEADERS_WANT_STATUS:
		return take_status(headers, line, length);
	case HEADERS_WANT_FIELDS:
		return length ? take_field(headers, line, length) : finish(headers);
	case HEADERS_DONE:
		break;
	}
	/* Trailers: nothing in them may change what is known of the answer. */
	return NULL;
}
