/* What the exit codes mean, for help and manual. */
#ifndef GHWARD_FAILURE_EXITS_H
#define GHWARD_FAILURE_EXITS_H

#include <stddef.h>

struct failure_exit {
	int code;
	const char *meaning;
};

/* One after the other, NULL at the end; each code of failure_exit_code() once. */
const struct failure_exit *failure_exit_at(size_t index);

#endif
