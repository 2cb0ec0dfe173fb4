/* Comments of configuration files, gone before the parser sees the text. */
#include "lib/json/gate.h"

#include <string.h>

/* Behind the string whose opening quote is at `at`. */
static size_t skip_string(const char *text, size_t length, size_t at)
{
	for (at++; at < length && text[at] != '"'; at++)
		at += text[at] == '\\';
	return at + 1;
}

/* Behind the comment that starts at `at`. */
static size_t comment_end(const char *text, size_t length, size_t at)
{
	const char *end;

	if (at + 1 < length && text[at + 1] == '*') {
		end = memmem(text + at + 2, length - at - 2, "*/", 2);
		return end ? (size_t)(end - text) + 2 : length;
	}
	end = memchr(text + at, '\n', length - at);
	return end ? (size_t)(end - text) : length;
}

void json_blank_comments(char *text, size_t length)
{
	for (size_t at = 0; at < length;) {
		if (text[at] == '"') {
			at = skip_string(text, length, at);
			continue;
		}
		if (text[at] != '/') {
			at++;
			continue;
		}
		for (size_t end = comment_end(text, length, at); at < end; at++) {
			if (text[at] != '\n')
				text[at] = ' ';
		}
	}
}
