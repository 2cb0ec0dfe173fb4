/* Writing HTML. */
#include "worker/html.h"

#include <stdio.h>
#include <string.h>

void html_raw(struct output *output, const char *markup)
{
	output_text(output, markup);
}

static const char *entity(char c)
{
	switch (c) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return "&quot;";
	case '\'':
		return "&#39;";
	default:
		return "";
	}
}

void html_text(struct output *output, const char *text)
{
	while (*text) {
		size_t plain = strcspn(text, "&<>\"'");
		output_field_n(output, text, plain);
		text += plain;
		if (*text)
			output_text(output, entity(*text++));
	}
}

void html_digits(struct output *output, uint64_t number)
{
	char digits[24];

	snprintf(digits, sizeof(digits), "%llu", (unsigned long long)number);
	output_text(output, digits);
}

void html_number(struct output *output, uint64_t number)
{
	char digits[24];
	size_t length =
		(size_t)snprintf(digits, sizeof(digits), "%llu", (unsigned long long)number);

	for (size_t i = 0; i < length; i++) {
		if (i && (length - i) % 3 == 0)
			output_text(output, ",");
		output_bytes(output, &digits[i], 1);
	}
}

void html_counted(struct output *output, uint64_t number, const char *noun)
{
	html_number(output, number);
	output_text(output, " ");
	output_text(output, noun);
	output_text(output, number == 1 ? "" : "s");
}

void html_time(struct output *output, const char *time)
{
	char text[24];

	if (!*time)
		return;
	snprintf(text, sizeof(text), "%.10s %.8s", time, strlen(time) > 11 ? time + 11 : "");
	html_raw(output, "<time datetime=\"");
	html_text(output, time);
	html_raw(output, "\">");
	html_text(output, text);
	html_raw(output, "</time>");
}
