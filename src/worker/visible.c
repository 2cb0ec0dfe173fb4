/* JSON from the audit log, made harmless. */
#include "worker/visible.h"

#include "lib/sanitize/character.h"

#include <stdio.h>
#include <string.h>

static bool is_ascii(struct auditlog_text text)
{
	unsigned char all = 0;

	for (size_t i = 0; i < text.length; i++)
		all |= (unsigned char)text.text[i];
	return all < 0x80;
}

static size_t escape(char *out, uint32_t code)
{
	if (code < 0x10000)
		return (size_t)snprintf(out, 13, "\\u%04x", (unsigned)code);
	code -= 0x10000;
	return (size_t)snprintf(out, 13, "\\u%04x\\u%04x", (unsigned)(0xd800 + (code >> 10)),
				(unsigned)(0xdc00 + (code & 0x3ff)));
}

struct auditlog_text visible_json(struct auditlog_text text, char out[VISIBLE_SIZE])
{
	size_t used = 0;

	if (is_ascii(text))
		return text;
	for (size_t at = 0; at < text.length;) {
		struct sanitize_character character =
			sanitize_decode((const unsigned char *)text.text + at, text.length - at);
		if (sanitize_is_active(character.code)) {
			used += escape(out + used, character.code);
		} else {
			memcpy(out + used, text.text + at, character.length);
			used += character.length;
		}
		at += character.length;
	}
	return (struct auditlog_text){out, used};
}
