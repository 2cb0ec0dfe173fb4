/* How far a long job has come, in one line on standard error that vanishes again. */
#ifndef GHWARD_CLI_PROGRESS_H
#define GHWARD_CLI_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct progress {
	bool wanted;	/* standard error is a terminal */
	bool visible;	/* the line stands there now */
	unsigned width; /* columns */
	uint64_t begun_ms, shown_ms;
};

/* Looks at standard error; before the sandbox. */
void progress_begin(struct progress *) __attribute__((nonnull));

/* Draws, unless the job is still young or the line was drawn a moment ago. `total` is 0 while
 * nobody knows it. */
void progress_show(struct progress *, uint32_t done, uint32_t total, uint32_t items)
	__attribute__((nonnull));

/* The same for bytes: "checked 412 of 5120 MB". */
void progress_show_bytes(struct progress *, uint64_t done, uint64_t total) __attribute__((nonnull));

/* Repositories: how many are done, of how many (0: unknown), and what was received for them. */
struct progress_repositories {
	uint32_t done, total, failed;
	uint64_t bytes;
};

/* The same for those, with a bar, the rate and the time that is left. */
void progress_show_repositories(struct progress *, const struct progress_repositories *)
	__attribute__((nonnull));

/* Takes the line away until it is drawn again. */
void progress_clear(struct progress *) __attribute__((nonnull));

/* Takes the line away, for good. */
void progress_end(struct progress *) __attribute__((nonnull));

/* The line itself, cut to the width: "page 37 of 100, 3700 read". */
void progress_line(char *line, size_t size, uint32_t done, uint32_t total, uint32_t items,
		   unsigned width) __attribute__((nonnull));

/* "[=====     ] 250 of 500 repositories, 2 failed, 1.5 MB/s, 1:40 left"; the bar is as long as
 * there is room, and missing where there is little. */
void progress_repositories_line(char *line, size_t size, const struct progress_repositories *,
				uint64_t elapsed_ms, unsigned width) __attribute__((nonnull));

#endif
