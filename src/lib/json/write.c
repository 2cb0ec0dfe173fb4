/* The canonical JSON writer. */
#include "lib/json/write.h"

#include "lib/sanitize/character.h"

#include <stdio.h>
#include <string.h>

void json_writer_init(struct json_writer *writer, char *text, size_t cap)
{
	*writer = (struct json_writer){.text = text, .cap = cap};
}

static void append(struct json_writer *writer, const char *text, size_t length)
{
	if (writer->overflow || length > writer->cap - writer->used) {
		writer->overflow = true;
		return;
	}
	memcpy(writer->text + writer->used, text, length);
	writer->used += length;
}

static void begin_value(struct json_writer *writer)
{
	if (writer->comma)
		append(writer, ",", 1);
	writer->comma = true;
}

static void open_container(struct json_writer *writer, const char *bracket)
{
	begin_value(writer);
	append(writer, bracket, 1);
	writer->comma = false;
}

static void close_container(struct json_writer *writer, const char *bracket)
{
	append(writer, bracket, 1);
	writer->comma = true;
}

void json_object_begin(struct json_writer *writer)
{
	open_container(writer, "{");
}

void json_object_end(struct json_writer *writer)
{
	close_container(writer, "}");
}

void json_array_begin(struct json_writer *writer)
{
	open_container(writer, "[");
}

void json_array_end(struct json_writer *writer)
{
	close_container(writer, "]");
}

static void append_escape(struct json_writer *writer, uint32_t code)
{
	char escape[16];

	if (code >= 0x10000) {
		append_escape(writer, 0xd800 + ((code - 0x10000) >> 10));
		append_escape(writer, 0xdc00 + ((code - 0x10000) & 0x3ff));
		return;
	}
	snprintf(escape, sizeof(escape), "\\u%04x", (unsigned)code);
	append(writer, escape, 6);
}

static void append_character(struct json_writer *writer, const char *at,
			     struct sanitize_character character)
{
	static const char plain[] = "\b\f\n\r\t", letters[] = "bfnrt";

	if (!character.valid || character.code == 0) {
		append(writer, "\xef\xbf\xbd", 3);
		return;
	}
	if (*at == '"' || *at == '\\') {
		append(writer, "\\", 1);
		append(writer, at, 1);
		return;
	}
	const char *found = *at ? strchr(plain, *at) : NULL;
	if (found) {
		append(writer, "\\", 1);
		append(writer, &letters[found - plain], 1);
	} else if (sanitize_is_active(character.code)) {
		append_escape(writer, character.code);
	} else {
		append(writer, at, character.length);
	}
}

static void append_quoted(struct json_writer *writer, const char *text, size_t length)
{
	append(writer, "\"", 1);
	for (size_t i = 0; i < length && !writer->overflow;) {
		size_t run = i;
		while (run < length && text[run] >= ' ' && text[run] < 0x7f && text[run] != '"' &&
		       text[run] != '\\')
			run++;
		append(writer, text + i, run - i);
		i = run;
		if (i == length)
			break;
		struct sanitize_character character =
			sanitize_decode((const unsigned char *)text + i, length - i);
		append_character(writer, text + i, character);
		i += character.length;
	}
	append(writer, "\"", 1);
}

void json_key_n(struct json_writer *writer, const char *key, size_t length)
{
	begin_value(writer);
	append_quoted(writer, key, length);
	append(writer, ":", 1);
	writer->comma = false;
}

void json_key(struct json_writer *writer, const char *key)
{
	json_key_n(writer, key, strlen(key));
}

void json_string_n(struct json_writer *writer, const char *text, size_t length)
{
	begin_value(writer);
	append_quoted(writer, text, length);
}

void json_string(struct json_writer *writer, const char *text)
{
	json_string_n(writer, text, strlen(text));
}

void json_u64(struct json_writer *writer, uint64_t value)
{
	char digits[24];
	int length = snprintf(digits, sizeof(digits), "%llu", (unsigned long long)value);

	begin_value(writer);
	append(writer, digits, (size_t)length);
}

void json_milli(struct json_writer *writer, uint64_t value)
{
	char digits[32];
	int length = snprintf(digits, sizeof(digits), "%llu.%03u",
			      (unsigned long long)(value / 1000), (unsigned)(value % 1000));

	begin_value(writer);
	append(writer, digits, (size_t)length);
}

void json_i64(struct json_writer *writer, int64_t value)
{
	char digits[24];
	int length = snprintf(digits, sizeof(digits), "%lld", (long long)value);

	begin_value(writer);
	append(writer, digits, (size_t)length);
}

void json_bool(struct json_writer *writer, bool value)
{
	begin_value(writer);
	append(writer, value ? "true" : "false", value ? 4 : 5);
}

void json_null(struct json_writer *writer)
{
	begin_value(writer);
	append(writer, "null", 4);
}

int json_finish(const struct json_writer *writer, size_t *length)
{
	*length = writer->used;
	return writer->overflow ? -1 : 0;
}
