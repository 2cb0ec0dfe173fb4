/* The Link header. */
#include "lib/github/link.h"

#include "lib/validate/validate.h"

#include <string.h>

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

/* Below the base, behind a path separator: "https://api.github.com.evil" is not. */
static bool is_below(struct span url, const char *base)
{
	size_t length = strlen(base);

	return url.length > length && memcmp(url.at, base, length) == 0 && url.at[length] == '/';
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)(c | 0x20);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
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
			int high = i + 2 < text.length ? hex_digit(text.at[i + 1]) : -1;
			int low = i + 2 < text.length ? hex_digit(text.at[i + 2]) : -1;
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
	char after[LINK_CURSOR_MAX + 1];
};

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
		if (equals(name, "page") &&
		    validate_parse_u32(value.at, value.length, 1, 1000000, &target->page) < 0)
			return false;
		if (equals(name, "after") && !decode_cursor(value, target->after))
			return false;
		query = skip(query, ampersand ? part + 1 : part);
	}
	return true;
}

static bool take(struct link_pages *pages, struct span relation, const struct target *target)
{
	if (equals(relation, "last"))
		pages->last_page = target->page;
	if (!equals(relation, "next"))
		return true;
	if (pages->has_next || (!target->page && !*target->after))
		return false; /* two of them, or one that leads nowhere */
	pages->has_next = true;
	pages->next_page = target->page;
	memcpy(pages->next_after, target->after, sizeof(pages->next_after));
	return true;
}

/* `; rel="next"` and other parameters, up to a comma. Leaves *text behind it. */
static bool read_relation(struct span *text, struct span *relation)
{
	*relation = (struct span){"", 0};
	for (;;) {
		*text = skip_space(*text);
		if (!text->length || *text->at == ',')
			return relation->length > 0;
		if (*text->at != ';')
			return false;
		*text = skip_space(skip(*text, 1));
		const char *quote = memchr(text->at, '"', text->length);
		size_t name = quote ? (size_t)(quote - text->at) : 0;
		if (!quote || name < 2 || text->at[name - 1] != '=')
			return false;
		const char *close = memchr(quote + 1, '"', text->length - name - 1);
		if (!close)
			return false;
		if (equals((struct span){text->at, name}, "rel="))
			*relation = (struct span){quote + 1, (size_t)(close - quote) - 1};
		*text = skip(*text, (size_t)(close - text->at) + 1);
	}
}

enum link_result link_parse(const char *header, size_t length, const char *base,
			    struct link_pages *pages)
{
	struct span text = skip_space((struct span){header, length});
	struct target target;
	struct span relation;

	memset(pages, 0, sizeof(*pages));
	while (text.length) {
		const char *close = memchr(text.at, '>', text.length);
		if (*text.at != '<' || !close)
			return LINK_MALFORMED;
		struct span url = {text.at + 1, (size_t)(close - text.at) - 1};
		if (!is_below(url, base))
			return LINK_FOREIGN;
		text = skip(text, url.length + 2);
		if (!read_query(url, &target) || !read_relation(&text, &relation) ||
		    !take(pages, relation, &target))
			return LINK_MALFORMED;
		if (text.length) {
			text = skip_space(skip(text, 1));
			if (!text.length)
				return LINK_MALFORMED;
		}
	}
	return LINK_FINE;
}
