/* Checks an audit directory. */
#ifndef GHWARD_VERIFY_VERIFY_H
#define GHWARD_VERIFY_VERIFY_H

#include "lib/auditlog/checker.h"
#include "verify/pool.h"

/* Called now and then with the bytes read so far and in all. */
typedef void verify_progress_fn(void *context, uint64_t done, uint64_t total);

/* Called for each record that is in its place: the checker's state is the one behind it. The line
 * begins at `offset` of the segment with the number checker->segment. */
typedef void verify_record_fn(void *context, const struct auditlog_checker *, const char *line,
			      size_t length, uint64_t offset);

/* All but the directory may be NULL. Without partners this process reads alone, as it does when
 * records are to be seen. */
struct verify_task {
	int directory;
	struct pool *pool;
	const struct auditlog_known *known; /* its head is not looked at */
	verify_progress_fn *progress;
	verify_record_fn *record;
	void *context;
};

struct verification {
	struct auditlog_checker checker;
	uint64_t segments, bytes;
};

/* Reads everything once, in constant memory. A writer may append meanwhile, and retention remove.
 * Returns 0 when it could be read, whatever was found, or -1 with errno. */
int verify_directory(const struct verify_task *, struct verification *)
	__attribute__((warn_unused_result, nonnull));

/* Reads only as far as the first key needs: what retention has kept of removed segments, and the
 * first record that is there. */
int verify_first_key(const struct verify_task *, struct verification *)
	__attribute__((warn_unused_result, nonnull));

#endif
