/* Checks the segments of an audit directory. */
#ifndef GHWARD_VERIFY_VERIFY_H
#define GHWARD_VERIFY_VERIFY_H

#include "lib/auditlog/checker.h"

struct verification {
	struct auditlog_checker checker;
	uint64_t segments;
	char bad_segment[AUDITLOG_NAME_SIZE];
};

/* Reads everything once, in constant memory. A writer may append meanwhile. Returns 0 when it could
 * be read, whatever was found, or -1 with errno. */
int verify_directory(int directory, struct verification *)
	__attribute__((warn_unused_result, nonnull));

#endif
