/* The textual encoding of keys. */
#include "lib/pem/armour.h"

#include "lib/base/base64.h"

#include <stdbool.h>
#include <string.h>

#define BEGIN "-----BEGIN "
#define END "-----END "
#define DASHES "-----"

/* What is left of the text. */
struct cursor {
	const char *at, *end;
};

static bool starts_with(const struct cursor *text, const char *start)
{
	size_t length = strlen(start);

	return (size_t)(text->end - text->at) >= length && memcmp(text->at, start, length) == 0;
}

static bool take(struct cursor *text, const char *word)
{
	if (!starts_with(text, word))
		return false;
	text->at += strlen(word);
	return true;
}

/* A blank, or the two characters for one. */
static bool take_blank(struct cursor *text)
{
	if (text->at < text->end && *text->at && strchr(" \t\r\n", *text->at)) {
		text->at++;
		return true;
	}
	return take(text, "\\n") || take(text, "\\r");
}

static void skip_blanks(struct cursor *text)
{
	while (take_blank(text))
		;
}

/* Moves on to a word; false when it is not there. */
static bool find(struct cursor *text, const char *word)
{
	const char *found = memmem(text->at, (size_t)(text->end - text->at), word, strlen(word));

	text->at = found ? found : text->end;
	return found;
}

static const struct kind {
	const char *label;
	enum pem_fault fault;
	enum pem_form form;
} kinds[] = {
	{"RSA PRIVATE KEY", PEM_FINE, PEM_FORM_PKCS1},
	{"PRIVATE KEY", PEM_FINE, PEM_FORM_PKCS8},
	{"ENCRYPTED PRIVATE KEY", PEM_ENCRYPTED, 0},
	{"EC PRIVATE KEY", PEM_NOT_RSA, 0},
	{"DSA PRIVATE KEY", PEM_NOT_RSA, 0},
	{"OPENSSH PRIVATE KEY", PEM_NOT_RSA, 0},
	{"PUBLIC KEY", PEM_NOT_PRIVATE, 0},
	{"RSA PUBLIC KEY", PEM_NOT_PRIVATE, 0},
	{"CERTIFICATE", PEM_NOT_PRIVATE, 0},
	{"CERTIFICATE REQUEST", PEM_NOT_PRIVATE, 0},
};

/* The first block's label; what stands before it is for people. */
static enum pem_fault take_begin(struct cursor *text, const struct kind **kind)
{
	if (!find(text, BEGIN) || !take(text, BEGIN))
		return PEM_NOT_PEM;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		struct cursor behind = *text;
		if (!take(&behind, kinds[i].label) || !take(&behind, DASHES))
			continue;
		*text = behind;
		*kind = &kinds[i];
		return kinds[i].fault;
	}
	return PEM_NOT_RSA;
}

/* Headers stand in a block of old that is encrypted (RFC 1421). */
static enum pem_fault judge_headers(const struct cursor *text)
{
	struct cursor body = *text, behind = *text;

	find(&behind, END);
	body.end = behind.at;
	if (!memchr(body.at, ':', (size_t)(body.end - body.at)))
		return PEM_FINE;
	return find(&body, "ENCRYPTED") ? PEM_ENCRYPTED : PEM_DAMAGED;
}

/* Moves the characters up to the next dash to `to`, without the blanks. Returns their number. */
static size_t take_body(struct cursor *text, char *to)
{
	const char *start = to;

	while (text->at < text->end && *text->at != '-') {
		if (!take_blank(text))
			*to++ = *text->at++;
	}
	return (size_t)(to - start);
}

/* Bytes that so many characters stand for. */
static size_t decoded_size(const char *text, size_t length)
{
	size_t padding = 0;

	while (padding < 2 && padding < length && text[length - 1 - padding] == '=')
		padding++;
	return length / 4 * 3 - (length >= 4 ? padding : 0);
}

enum pem_fault pem_decode(uint8_t *bytes, size_t *length, enum pem_form *form)
{
	struct cursor text = {(const char *)bytes, (const char *)bytes + *length};
	const struct kind *kind;
	enum pem_fault fault = take_begin(&text, &kind);

	if (fault == PEM_FINE)
		fault = judge_headers(&text);
	if (fault != PEM_FINE)
		return fault;
	*form = kind->form;
	skip_blanks(&text);
	size_t characters = take_body(&text, (char *)bytes);
	if (!take(&text, END) || !take(&text, kind->label) || !take(&text, DASHES))
		return PEM_DAMAGED;
	skip_blanks(&text);
	if (text.at != text.end)
		return PEM_DAMAGED;
	*length = decoded_size((const char *)bytes, characters);
	return base64_decode((const char *)bytes, characters, bytes, *length) == 0 ? PEM_FINE
										   : PEM_DAMAGED;
}
