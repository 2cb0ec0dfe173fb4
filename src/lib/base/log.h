/* Log lines of a confined process: one line per call on descriptor 2, read by the agent. */
#ifndef GHWARD_BASE_LOG_H
#define GHWARD_BASE_LOG_H

/* Severities are syslog's (RFC 5424, section 6.2.1), so that "<N>text" needs no translation. */
enum log_level {
	LOG_LEVEL_ERROR = 3,
	LOG_LEVEL_WARNING = 4,
	LOG_LEVEL_INFO = 6,
	LOG_LEVEL_DEBUG = 7,
};

/* Longest line written, prefix and newline included; longer text is cut. Below PIPE_BUF, so that a
 * line is never interleaved with another. */
#define LOG_LINE_MAX 1024

/* Writes "<level>text\n" to descriptor 2. The text is not yet sanitised: the agent, which trusts no
 * child, does that once for everybody. Never blocks for long; a full pipe loses the line. */
void log_write(enum log_level level, const char *format, ...)
	__attribute__((format(printf, 2, 3), nonnull));

/* From now on every line begins with this and a colon: for a process that serves one job, whose
 * lines the agent then shows under the job's id. NULL ends that. The text is copied and cut. */
void log_set_job(const char *job);

/* Logs an error and ends the process with status 1. For process loops, not for libraries. */
void fatal(const char *format, ...) __attribute__((noreturn, format(printf, 1, 2), nonnull));

#endif
