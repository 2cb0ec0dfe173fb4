/* Log lines of the children. The agent trusts none of them: every line is bounded and sanitised
 * here. */
#include "agent/logs.h"
#include "lib/base/memory.h"

#include "lib/base/clock.h"
#include "lib/base/io.h"
#include "lib/json/write.h"
#include "lib/sanitize/sanitize.h"
#include "lib/validate/validate.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Lines of one child in that time at most, except where everything is wanted: a child out of
 * control must not fill the disk. */
#define LINES_MAX 300u
#define LINES_MS 10000u

/* A sanitised byte takes four at most ("\xNN"). */
#define TEXT_MAX (LOG_LINE_MAX * 4 + 1)

struct log_source {
	const struct log_style *style;
	struct loop_watch *watch;
	int fd;
	enum role role;
	pid_t pid;
	size_t used;
	uint64_t counted_since_ms;
	unsigned lines, dropped;
	bool violated;
	uint32_t violation;
	char line[LOG_LINE_MAX];
};

static const char *level_name(enum log_level level)
{
	switch (level) {
	case LOG_LEVEL_ERROR:
		return "error";
	case LOG_LEVEL_WARNING:
		return "warning";
	case LOG_LEVEL_INFO:
		return "info";
	case LOG_LEVEL_DEBUG:
		break;
	}
	return "debug";
}

/* Standard error may be gone or full; a log line is never worth dying or waiting for. A pipe that
 * has room takes this much at once. */
static void emit(const char *text, size_t length)
{
	while (length > 0) {
		struct pollfd room = {.fd = STDERR_FILENO, .events = POLLOUT};
		size_t part = length < PIPE_BUF ? length : PIPE_BUF;

		if (poll(&room, 1, 0) != 1 || !(room.revents & POLLOUT) ||
		    io_write_full(STDERR_FILENO, text, part) < 0)
			return;
		text += part;
		length -= part;
	}
}

/* "j-0123456789abcdef: text" speaks of a job; returns where the text begins, 0 where it does not.
 */
static size_t skip_job(const char *text)
{
	const size_t length = 18;

	if (strncmp(text, "j-", 2) != 0 || strspn(text + 2, "0123456789abcdef") != length - 2 ||
	    strncmp(text + length, ": ", 2) != 0)
		return 0;
	return length + 2;
}

static void emit_json(enum log_level level, const char *process, pid_t pid, const char *text)
{
	char line[TEXT_MAX * 2 + 256];
	char now[CLOCK_RFC3339_SIZE];
	struct json_writer writer;

	clock_rfc3339(now, clock_wall_us());
	json_writer_init(&writer, line, sizeof(line) - 1);
	json_object_begin(&writer);
	json_key(&writer, "time");
	json_string_n(&writer, now, strlen(now));
	json_key(&writer, "level");
	json_string_n(&writer, level_name(level), strlen(level_name(level)));
	json_key(&writer, "process");
	json_string_n(&writer, process, strlen(process));
	json_key(&writer, "pid");
	json_u64(&writer, (uint64_t)pid);
	size_t skipped = skip_job(text);
	if (skipped) {
		json_key(&writer, "job");
		json_string_n(&writer, text, skipped - 2);
	}
	json_key(&writer, "message");
	json_string_n(&writer, text + skipped, strlen(text + skipped));
	json_object_end(&writer);
	size_t length;
	if (json_finish(&writer, &length) < 0)
		return;
	line[length] = '\n';
	emit(line, length + 1);
}

static void emit_line(const struct log_style *style, enum log_level level, const char *process,
		      pid_t pid, const char *raw, size_t raw_length)
{
	char text[TEXT_MAX];
	char line[TEXT_MAX + 64];

	if (level > style->level)
		return;
	sanitize_text(text, sizeof(text), raw, raw_length);
	if (style->format == LOG_FORMAT_JSON) {
		emit_json(level, process, pid, text);
		return;
	}
	int length = snprintf(line, sizeof(line), "ghward-%s[%d]: %s: %s\n", process, (int)pid,
			      level_name(level), text);
	if (length > 0 && (size_t)length < sizeof(line))
		emit(line, (size_t)length);
}

void log_agent(const struct log_style *style, enum log_level level, const char *format, ...)
{
	char text[LOG_LINE_MAX];
	va_list arguments;

	va_start(arguments, format);
	int length = vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	if (length > 0)
		emit_line(style, level, "agent", getpid(), text, strlen(text));
}

/* The fixed line of lib/sandbox/violation.c. */
static bool parse_violation(const char *line, size_t length, uint32_t *number)
{
	static const char prefix[] = "violation syscall=";
	size_t skip = sizeof(prefix) - 1;

	if (length <= skip || memcmp(line, prefix, skip) != 0)
		return false;
	const char *digits = line + skip;
	const char *end = memchr(digits, ' ', length - skip);
	size_t count = end ? (size_t)(end - digits) : length - skip;
	return validate_parse_u32(digits, count, 0, UINT32_MAX, number) == 0;
}

static void tell_dropped(struct log_source *source)
{
	char text[64];

	if (!source->dropped)
		return;
	int length = snprintf(text, sizeof(text), "%u more lines were dropped", source->dropped);
	emit_line(source->style, LOG_LEVEL_ERROR, role_name(source->role), source->pid, text,
		  (size_t)length);
	source->dropped = 0;
}

static bool is_too_much(struct log_source *source)
{
	uint64_t now = clock_monotonic_ms();

	if (source->style->level == LOG_LEVEL_DEBUG)
		return false;
	if (now - source->counted_since_ms >= LINES_MS) {
		tell_dropped(source);
		source->counted_since_ms = now;
		source->lines = 0;
	}
	if (source->lines < LINES_MAX) {
		source->lines++;
		return false;
	}
	source->dropped++;
	return true;
}

static void take_line(struct log_source *source, const char *line, size_t length)
{
	enum log_level level = LOG_LEVEL_ERROR;

	if (parse_violation(line, length, &source->violation))
		source->violated = true;
	/* "<4>text"; a line without a prefix comes from libc or a library and is worth reading. */
	if (length > 3 && line[0] == '<' && line[2] == '>' && line[1] >= '3' && line[1] <= '7') {
		level = (enum log_level)(line[1] - '0');
		line += 3;
		length -= 3;
	}
	if (level <= source->style->level && !is_too_much(source))
		emit_line(source->style, level, role_name(source->role), source->pid, line, length);
}

static void split_lines(struct log_source *source)
{
	char *start = source->line;
	size_t left = source->used;

	for (;;) {
		char *end = memchr(start, '\n', left);
		if (!end)
			break;
		size_t length = (size_t)(end - start);
		take_line(source, start, length);
		start = end + 1;
		left -= length + 1;
	}
	if (left == sizeof(source->line)) {
		take_line(source, start, left);
		left = 0;
	}
	memmove(source->line, start, left);
	source->used = left;
}

enum read_outcome { READ_MORE, READ_NOTHING_NOW, READ_END };

static enum read_outcome read_some(struct log_source *source)
{
	ssize_t got =
		read(source->fd, source->line + source->used, sizeof(source->line) - source->used);

	if (got < 0)
		return errno == EINTR ? READ_MORE : READ_NOTHING_NOW;
	if (got == 0)
		return READ_END;
	source->used += (size_t)got;
	split_lines(source);
	return READ_MORE;
}

static void log_ready(void *context, short revents)
{
	struct log_source *source = context;

	(void)revents;
	if (read_some(source) == READ_END) {
		loop_unwatch(source->watch);
		source->watch = NULL;
	}
}

struct log_source *log_source_new(struct loop *loop, int fd, enum role role, pid_t pid,
				  const struct log_style *style)
{
	struct log_source *source = memory_new(sizeof(*source));

	if (io_set_nonblocking(fd) < 0)
		fatal("cannot read the log of ghward-%s: %m", role_name(role));
	source->style = style;
	source->fd = fd;
	source->role = role;
	source->pid = pid;
	source->watch = loop_watch(loop, fd, POLLIN, log_ready, source);
	return source;
}

void log_source_drain(struct log_source *source)
{
	while (read_some(source) == READ_MORE)
		;
	if (source->used)
		take_line(source, source->line, source->used);
	source->used = 0;
	tell_dropped(source);
}

bool log_source_violation(const struct log_source *source, uint32_t *number)
{
	if (source->violated)
		*number = source->violation;
	return source->violated;
}

void log_source_free(struct log_source *source)
{
	if (!source)
		return;
	loop_unwatch(source->watch);
	io_close(&source->fd);
	free(source);
}
