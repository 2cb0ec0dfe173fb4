/* The audit directory that is searched, and the lines of its segments. Whoever can write it can put
 * anything there. */
#ifndef GHWARD_STORE_EVIDENCE_H
#define GHWARD_STORE_EVIDENCE_H

#include "lib/auditlog/auditlog.h"

#include <sys/types.h>

struct evidence {
	int directory;
	uint64_t *segments; /* numbers of their first records, ascending; owned */
	size_t count;
};

/* A place in the log: the first byte of a line, or the end of what there is. */
struct evidence_place {
	uint64_t segment, offset;
};

/* Looks what segments there are. May be called again. Returns 0, or -1 with errno. */
int evidence_list(struct evidence *) __attribute__((warn_unused_result, nonnull));
void evidence_free(struct evidence *) __attribute__((nonnull));

/* Size in bytes and time of the last change in nanoseconds. Returns 0, or -1 with errno. */
int evidence_look(const struct evidence *, uint64_t segment, int64_t *size, int64_t *changed)
	__attribute__((warn_unused_result, nonnull));

/* A reader of lines. What it reads ahead grows while one line follows the other. */
struct lines {
	int fd; /* -1 for none */
	uint64_t segment;
	uint64_t start; /* offset of what is in the buffer */
	size_t used, ahead;
	char *buffer;
};

struct line {
	const char *text; /* without its newline; good until the next call */
	size_t length;
	uint64_t next;	/* offset behind it */
	bool continued; /* it is too long for a record, and not at its end yet */
};

void lines_init(struct lines *) __attribute__((nonnull));
void lines_free(struct lines *) __attribute__((nonnull));

/* Goes to a segment, unless it is there already. Returns 0, or -1 with errno. */
int lines_open(struct lines *, const struct evidence *, uint64_t segment)
	__attribute__((warn_unused_result, nonnull));

/* Forgets what was read, as a writer may have replaced the rest of a line since. */
void lines_forget(struct lines *) __attribute__((nonnull));

/* The line that begins there. Returns 1, 0 when there is no whole one (yet), or -1 with errno. */
int lines_at(struct lines *, uint64_t offset, struct line *)
	__attribute__((warn_unused_result, nonnull));

#endif
