/* Whether a page of HTML is our markup and nothing else. */
#include "markup/markup.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

static const char elements[] =
	" !DOCTYPE html head meta title style body div header span h1 h2 h3 p strong main section "
	"svg circle path rect line g dl dt dd nav ol ul li a table caption thead tbody tr th td "
	"figure figcaption details summary footer code pre time ";

static const char attributes[] =
	" lang charset http-equiv content name class datetime viewBox aria-hidden aria-label role "
	"cx cy r d x y x1 x2 y1 y2 width height preserveAspectRatio href id scope colspan "
	"data-label ";

/* `words` has a blank before and behind each. */
static bool is_among(const char *words, const char *word, size_t length)
{
	char whole[32] = " ";

	if (length == 0 || length > sizeof(whole) - 3)
		return false;
	memcpy(whole + 1, word, length);
	memcpy(whole + 1 + length, " ", 2);
	return strstr(words, whole) != NULL;
}

/* Returns what follows the attribute at *at, or NULL with *at at the fault. */
static const char *skip_attribute(const char *at)
{
	size_t length = strcspn(at, "=> \n\"'<");

	if (!is_among(attributes, at, length) || strncmp(at + length, "=\"", 2) != 0)
		return NULL;
	const char *value = at + length + 2, *end = value + strcspn(value, "\"<>");
	if (*end != '"' || (length == 4 && strncmp(at, "href", 4) == 0 && *value != '#'))
		return NULL;
	return end + 1;
}

/* Returns what follows the tag's name and attributes and its bracket, or NULL. */
static const char *skip_tag(const char *tag)
{
	const char *name = tag + 1 + (tag[1] == '/' ? 1 : 0);
	size_t length = strcspn(name, " >\n/");
	const char *at = name + length;

	if (!is_among(elements, name, length))
		return NULL;
	if (strncmp(name, "!DOCTYPE html>", 14) == 0)
		return name + 14;
	for (;;) {
		at += strspn(at, " \n");
		if (*at == '>')
			return at + 1;
		if (strncmp(at, "/>", 2) == 0)
			return at + 2;
		at = skip_attribute(at);
		if (!at)
			return NULL;
	}
}

const char *markup_fault(const char *page)
{
	unsigned styles = 0;

	for (const char *at = page, *tag; (tag = strchr(at, '<'));) {
		at = skip_tag(tag);
		if (!at)
			return tag;
		if (strncmp(tag, "<style>", 7) == 0) {
			const char *end = strstr(at, "</style>");
			if (styles++ || !end)
				return tag;
			at = end;
		}
	}
	return NULL;
}
