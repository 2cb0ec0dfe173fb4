/* Log lines of a confined process. */
#include "lib/base/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static char job_prefix[32];

void log_set_job(const char *job)
{
	snprintf(job_prefix, sizeof(job_prefix), "%s%s", job ? job : "", job && *job ? ": " : "");
}

__attribute__((format(printf, 2, 0))) static void write_line(enum log_level level,
							     const char *format, va_list arguments)
{
	char line[LOG_LINE_MAX];
	int prefix = snprintf(line, sizeof(line), "<%d>%s", (int)level, job_prefix);
	size_t used = prefix > 0 ? (size_t)prefix : 0;
	int text = vsnprintf(line + used, sizeof(line) - used - 1, format, arguments);

	if (text > 0) {
		size_t room = sizeof(line) - used - 2;
		used += (size_t)text < room ? (size_t)text : room;
	}
	line[used++] = '\n';
	ssize_t written;
	do {
		written = write(STDERR_FILENO, line, used);
	} while (written < 0 && errno == EINTR);
}

void log_write(enum log_level level, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	write_line(level, format, arguments);
	va_end(arguments);
}

void fatal(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	write_line(LOG_LEVEL_ERROR, format, arguments);
	va_end(arguments);
	_exit(EXIT_FAILURE);
}
