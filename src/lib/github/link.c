/* The Link header. */
#include "lib/github/link.h"

#include "lib/base/percent.h"
#include "lib/validate/validate.h"

#include <string.h>
#include <strings.h>

/* As in the operation table. */
#define PAGE_MAX 1000000u

struct span {
	const char *at;
	size_t length;
};

static struct span skip(struct span text, size_t count)
{
	return (struct span){text.at + count, text.length - count};
}

static struct span skip_space(struct span text)
{
	while (text.length && (*text.at == ' ' || *text.at == '\t'))
		text = skip(text, 1);
	return text;
}

static bool equals(struct span text, const char *word)
{
	return text.length == strlen(word) && memcmp(text.at, word, text.length) == 0;
}

/* "https://host" and port of a URL, without the default port; empty when it has no such form. */
static struct span origin_of(struct span url)
{
	static const char scheme[] = "https://", port[] = ":443";
	const size_t skipped = sizeof(scheme) - 1, spare = sizeof(port) - 1;
	size_t end = skipped;

	if (url.length <= skipped || memcmp(url.at, scheme, skipped) != 0)
		return (struct span){url.at, 0};
	while (end < url.length && url.at[end] != '/' && url.at[end] != '?' && url.at[end] != '#')
		end++;
	if (end > skipped + spare && memcmp(url.at + end - spare, port, spare) == 0)
		end -= spare;
	return (struct span){url.at, end};
}

/* Hosts are equal in any case; a trailing "@evil.example" is part of what is compared. */
static bool has_origin(struct span url, struct span origin)
{
	struct span own = origin_of(url);

	return own.length > 0 && own.length == origin.length &&
	       strncasecmp(own.at, origin.at, own.length) == 0;
}

/* Percent-decodes a cursor; false when it is malformed or no cursor. */
static bool decode_cursor(struct span text, char out[LINK_CURSOR_MAX + 1])
{
	size_t used = 0;

	for (size_t i = 0; i < text.length; i++) {
		char c = text.at[i];
		if (used == LINK_CURSOR_MAX)
			return false;
		if (c == '%') {
			int high = i + 2 < text.length ? percent_digit(text.at[i + 1]) : -1;
			int low = i + 2 < text.length ? percent_digit(text.at[i + 2]) : -1;
			if (high < 0 || low < 0)
				return false;
			c = (char)(high << 4 | low);
			i += 2;
		}
		out[used++] = c;
	}
	out[used] = 0;
	return validate_param(VALIDATE_CURSOR, out, used);
}

/* What one URL's query says about paging. */
struct target {
	uint32_t page;
	char after[LINK_CURSOR_MAX + 1], before[LINK_CURSOR_MAX + 1];
};

/* An empty cursor is none: GitHub sends "after=X&before=". */
static bool read_cursor(struct span value, char out[LINK_CURSOR_MAX + 1])
{
	return !value.length || decode_cursor(value, out);
}

static bool read_parameter(struct span name, struct span value, struct target *target)
{
	if (equals(name, "page"))
		return validate_parse_u32(value.at, value.length, 1, PAGE_MAX, &target->page) == 0;
	if (equals(name, "after"))
		return read_cursor(value, target->after);
	return !equals(name, "before") || read_cursor(value, target->before);
}

static bool read_query(struct span url, struct target *target)
{
	const char *question = memchr(url.at, '?', url.length);

	memset(target, 0, sizeof(*target));
	if (!question)
		return true;
	struct span query = skip(url, (size_t)(question - url.at) + 1);
	while (query.length) {
		const char *ampersand = memchr(query.at, '&', query.length);
		size_t part = ampersand ? (size_t)(ampersand - query.at) : query.length;
		struct span pair = {query.at, part};
		const char *equal = memchr(pair.at, '=', pair.length);
		struct span name = {pair.at, equal ? (size_t)(equal - pair.at) : pair.length};
		struct span value = equal ? skip(pair, name.length + 1) : (struct span){pair.at, 0};
		if (!read_parameter(name, value, target))
			return false;
		query = skip(query, ampersand ? part + 1 : part);
	}
	return true;
}

/* False for a second link of a kind that leads to a page, or one that leads nowhere. */
static bool take(struct link_pages *pages, struct span relation, const struct target *target)
{
	if (equals(relation, "first"))
		pages->first_page = target->page;
	if (equals(relation, "last"))
		pages->last_page = target->page;
	if (equals(relation, "next")) {
		if (pages->has_next || (!target->page && !*target->after))
			return false;
		pages->has_next = true;
		pages->next_page = target->page;
		memcpy(pages->next_after, target->after, sizeof(pages->next_after));
	}
	if (equals(relation, "prev")) {
		if (pages->has_prev || (!target->page && !*target->before))
			return false;
		pages->has_prev = true;
		pages->prev_page = target->page;
		memcpy(pages->prev_before, target->before, sizeof(pages->prev_before));
	}
	return true;
}

/* Letters: enough for the attributes and relations that occur. */
static struct span take_word(struct span *text)
{
	struct span word = {text->at, 0};

	while (word.length < text->length &&
	       ((text->at[word.length] | 0x20) >= 'a' && (text->at[word.length] | 0x20) <= 'z'))
		word.length++;
	*text = skip(*text, word.length);
	return word;
}

/* name="value" or name=value. */
static bool read_attribute(struct span *text, struct span *name, struct span *value)
{
	*name = take_word(text);
	if (!name->length || !text->length || *text->at != '=')
		return false;
	*text = skip(*text, 1);
	if (!text->length || *text->at != '"') {
		*value = take_word(text);
		return value->length > 0;
	}
	const char *close = memchr(text->at + 1, '"', text->length - 1);
	if (!close)
		return false;
	*value = (struct span){text->at + 1, (size_t)(close - text->at) - 1};
	*text = skip(*text, value->length + 2);
	return true;
}

/* `; rel="next"` and other attributes, up to a comma. Leaves *text at the comma or the end. */
static bool read_relation(struct span *text, struct span *relation)
{
	struct span name, value;

	*relation = (struct span){"", 0};
	for (;;) {
		*text = skip_space(*text);
		if (!text->length || *text->at == ',')
			return relation->length > 0;
		if (*text->at != ';')
			return false;
		*text = skip_space(skip(*text, 1));
		if (!read_attribute(text, &name, &value))
			return false;
		if (equals(name, "rel") && !relation->length)
			*relation = value;
	}
}

/* One `<URL>; rel="..."`. */
static enum link_result read_link(struct span *text, struct span origin, struct link_pages *pages)
{
	const char *close = memchr(text->at, '>', text->length);
	struct span relation;
	struct target target;

	if (*text->at != '<' || !close)
		return LINK_MALFORMED;
	struct span url = {text->at + 1, (size_t)(close - text->at) - 1};
	if (!has_origin(url, origin))
		return LINK_FOREIGN;
	*text = skip(*text, url.length + 2);
	return read_query(url, &target) && read_relation(text, &relation) &&
			       take(pages, relation, &target)
		       ? LINK_FINE
		       : LINK_MALFORMED;
}

static enum link_result read_links(struct span text, struct span origin, struct link_pages *pages)
{
	for (text = skip_space(text); text.length;) {
		enum link_result result = read_link(&text, origin, pages);
		if (result != LINK_FINE || !text.length)
			return result;
		text = skip_space(skip(text, 1));
		if (!text.length)
			return LINK_MALFORMED;
	}
	return LINK_FINE;
}

enum link_result link_parse(const char *header, size_t length, const char *base,
			    struct link_pages *pages)
{
	struct span text = {header, length};
	struct span origin = origin_of((struct span){base, strlen(base)});

	memset(pages, 0, sizeof(*pages));
	enum link_result result = read_links(text, origin, pages);
	if (result != LINK_FINE)
		memset(pages, 0, sizeof(*pages));
	return result;
}
