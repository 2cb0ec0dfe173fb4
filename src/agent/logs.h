/* Log lines of the children on their way to the agent's standard error. */
#ifndef GHWARD_AGENT_LOGS_H
#define GHWARD_AGENT_LOGS_H

#include "lib/base/log.h"
#include "lib/ipc/loop.h"
#include "lib/ipc/protocol.h"

#include <stdbool.h>
#include <sys/types.h>

enum log_format { LOG_FORMAT_TEXT, LOG_FORMAT_JSON };

struct log_style {
	enum log_level level; /* lines less severe than this are dropped */
	enum log_format format;
};

struct log_source;

/* Takes over the read end of a child's log pipe. */
struct log_source *log_source_new(struct loop *, int fd, enum role, pid_t, const struct log_style *)
	__attribute__((nonnull, returns_nonnull));
void log_source_free(struct log_source *);

/* Reads what the child left behind. */
void log_source_drain(struct log_source *) __attribute__((nonnull));

/* True if the child's SIGSYS handler reported a system call, with its number. */
bool log_source_violation(const struct log_source *, uint32_t *number) __attribute__((nonnull));

/* One line of the agent itself. */
void log_agent(const struct log_style *, enum log_level, const char *format, ...)
	__attribute__((format(printf, 3, 4), nonnull));

#endif
