/* Fields of the vault's file. */
#include "lib/vault/wire.h"

#include <string.h>

static const uint8_t nothing[64];

const uint8_t *wire_get_bytes(struct wire_reader *reader, size_t length)
{
	const uint8_t *bytes = reader->at;

	if (reader->poisoned || length > (size_t)(reader->end - reader->at)) {
		reader->poisoned = true;
		return nothing;
	}
	reader->at += length;
	return bytes;
}

uint64_t wire_get(struct wire_reader *reader, unsigned bytes)
{
	const uint8_t *at = wire_get_bytes(reader, bytes);
	uint64_t value = 0;

	for (unsigned i = bytes; i > 0; i--)
		value = value << 8 | at[i - 1];
	return value;
}

void wire_get_text(struct wire_reader *reader, char *text, size_t size)
{
	size_t length = (size_t)wire_get(reader, 2);
	const uint8_t *bytes = wire_get_bytes(reader, length);

	if (reader->poisoned || length >= size || memchr(bytes, 0, length)) {
		reader->poisoned = true;
		length = 0;
	}
	memcpy(text, bytes, length);
	text[length] = 0;
}

void wire_put_bytes(struct wire_writer *writer, const void *bytes, size_t length)
{
	memcpy(writer->at, bytes, length);
	writer->at += length;
}

void wire_put(struct wire_writer *writer, uint64_t value, unsigned bytes)
{
	for (unsigned i = 0; i < bytes; i++)
		*writer->at++ = (uint8_t)(value >> 8 * i);
}

void wire_put_text(struct wire_writer *writer, const char *text)
{
	size_t length = strlen(text);

	wire_put(writer, length, 2);
	wire_put_bytes(writer, text, length);
}

size_t wire_text_size(const char *text)
{
	return 2 + strlen(text);
}
