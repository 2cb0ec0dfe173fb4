/* Standard output: what it is, and the way of the worker's text to it. */
#ifndef GHWARD_CLI_OUTPUT_H
#define GHWARD_CLI_OUTPUT_H

#include "cli/environment.h"
#include "cli/progress.h"
#include "lib/ipc/protocol.h"
#include "lib/sanitize/sanitize.h"

#include <signal.h>

/* What a shell shows for a process that died of SIGPIPE; the sandbox ignores that signal for good.
 */
#define OUTPUT_EXIT_READER_GONE (128 + SIGPIPE)

/* Most bytes taken from a job's pipe at once. */
#define OUTPUT_READ_MAX 65536u

struct output {
	bool terminal;
	bool paged;		  /* a pager stands before it */
	bool begun;		  /* something was written */
	bool within_line;	  /* and what came last was no line feed */
	struct progress progress; /* on standard error */
	bool waits;		  /* writing may wait for a reader: a pipe, a socket, a terminal */
	uint16_t width;		  /* columns */
	uint8_t colour;
	struct sanitize_stream filter; /* between what was read and a terminal */
	size_t raw_start, raw_end;     /* of what the filter has still to see */
	size_t start, end;	       /* of what is still to be written */
	char raw[OUTPUT_READ_MAX], pending[OUTPUT_READ_MAX];
};

/* Looks at descriptor 1 and at NO_COLOR, CLICOLOR_FORCE, TERM and COLUMNS. Never NULL: without
 * memory the process ends. */
struct output *output_new(const struct environment *) __attribute__((nonnull, returns_nonnull));

/* Whether what goes to descriptor 1 is to be coloured, by the same variables. */
bool output_wants_colour(const struct environment *, bool terminal) __attribute__((nonnull));

/* JSON if asked for, a table for a terminal, lines for anything else. */
enum output_format output_format(const struct output *, bool json) __attribute__((nonnull));

enum output_taken { OUTPUT_TAKEN, OUTPUT_TAKEN_ALL };

/* Reads from a job's pipe; only when nothing is pending. A terminal gets printable text and
 * colours, anything else the bytes as they are. */
enum output_taken output_take(struct output *, int pipe) __attribute__((nonnull));

bool output_is_pending(const struct output *) __attribute__((nonnull));

/* Forgets what is pending, and leaves no colour behind. */
void output_drop(struct output *) __attribute__((nonnull));

enum output_given { OUTPUT_GIVEN, OUTPUT_READER_GONE, OUTPUT_FAILED };

/* Writes some of what is pending: as much as does not wait, after poll(2) has said POLLOUT. */
enum output_given output_give(struct output *) __attribute__((nonnull));

/* Flushes what was printed with stdio. Returns the exit status: `status`, or 1 with a message if
 * the output is not complete. */
int output_finish(int status);

#endif
