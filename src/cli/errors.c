/* Errors and notes on standard error. */
#include "cli/errors.h"

#include "lib/base/io.h"
#include "lib/json/write.h"
#include "lib/sanitize/sanitize.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* A sanitised byte takes four at most ("\xNN"). */
#define CLEAN_MAX (sizeof(((struct failure *)0)->message) * 4 + 1)

static void put_clean(char clean[CLEAN_MAX], const char *text)
{
	sanitize_text(clean, CLEAN_MAX, text, strlen(text));
}

static void member(struct json_writer *writer, const char *key, const char *text)
{
	char clean[CLEAN_MAX];

	json_key(writer, key);
	if (!*text) {
		json_null(writer);
		return;
	}
	put_clean(clean, text);
	json_string_n(writer, clean, strlen(clean));
}

static size_t format_json(const struct failure *failure, const char *job, char *text)
{
	struct json_writer writer;
	size_t length = 0;

	json_writer_init(&writer, text, ERRORS_TEXT_MAX - 1);
	json_object_begin(&writer);
	json_key(&writer, "error");
	json_object_begin(&writer);
	member(&writer, "kind", failure_name(failure->kind));
	member(&writer, "message", failure->message);
	json_key(&writer, "status");
	if (failure->status)
		json_u64(&writer, failure->status);
	else
		json_null(&writer);
	member(&writer, "request_id", failure->request_id);
	member(&writer, "hint", failure->hint);
	member(&writer, "job", job);
	json_object_end(&writer);
	json_object_end(&writer);
	if (json_finish(&writer, &length) < 0)
		return 0;
	text[length] = '\n';
	return length + 1;
}

/* Appends a line; the buffer holds every failure at its longest. */
__attribute__((format(printf, 3, 4))) static void line(char *text, size_t *used, const char *format,
						       ...)
{
	va_list arguments;

	va_start(arguments, format);
	int length = vsnprintf(text + *used, ERRORS_TEXT_MAX - *used, format, arguments);
	va_end(arguments);
	if (length > 0 && (size_t)length < ERRORS_TEXT_MAX - *used)
		*used += (size_t)length;
}

static size_t format_text(const struct failure *failure, const char *job, char *text)
{
	char clean[CLEAN_MAX], other[CLEAN_MAX];
	size_t used = 0;

	put_clean(clean, failure->message);
	line(text, &used, "ghward: %s\n", clean);
	if (*failure->hint) {
		put_clean(clean, failure->hint);
		line(text, &used, "ghward: %s\n", clean);
	}
	put_clean(clean, failure->request_id);
	put_clean(other, job);
	if (*clean && *other)
		line(text, &used, "ghward: request id %s, job %s\n", clean, other);
	else if (*other)
		line(text, &used, "ghward: job %s\n", other);
	return used;
}

size_t errors_format(const struct failure *failure, const char *job, enum errors_form form,
		     char text[ERRORS_TEXT_MAX])
{
	return form == ERRORS_JSON ? format_json(failure, job, text)
				   : format_text(failure, job, text);
}

/* Where standard error itself fails there is nobody left to tell. */
static void emit(const char *text, size_t length)
{
	if (io_write_full(STDERR_FILENO, text, length) < 0)
		return;
}

int errors_report(const struct failure *failure, const char *job, enum errors_form form)
{
	char text[ERRORS_TEXT_MAX];

	if (failure->kind != FAILURE_NONE)
		emit(text, errors_format(failure, job, form, text));
	return failure_exit_code(failure->kind);
}

void errors_note(enum errors_form form, const char *format, ...)
{
	char raw[1024], clean[sizeof(raw) * 4 + 1], text[sizeof(clean) + 16];
	va_list arguments;

	if (form == ERRORS_JSON)
		return;
	va_start(arguments, format);
	vsnprintf(raw, sizeof(raw), format, arguments);
	va_end(arguments);
	sanitize_text(clean, sizeof(clean), raw, strlen(raw));
	int length = snprintf(text, sizeof(text), "ghward: note: %s\n", clean);
	if (length > 0)
		emit(text, (size_t)length);
}

void errors_job_note(enum errors_form form, const char *job, const char *text)
{
	char line[ERRORS_TEXT_MAX];
	struct json_writer writer;
	size_t length = 0;

	if (form == ERRORS_TEXT) {
		errors_note(form, "%s", text);
		return;
	}
	json_writer_init(&writer, line, sizeof(line) - 1);
	json_object_begin(&writer);
	json_key(&writer, "note");
	json_object_begin(&writer);
	member(&writer, "message", text);
	member(&writer, "job", job);
	json_object_end(&writer);
	json_object_end(&writer);
	if (json_finish(&writer, &length) < 0)
		return;
	line[length] = '\n';
	emit(line, length + 1);
}
