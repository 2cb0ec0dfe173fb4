/* ghward audit search, tail, stats, export and report. */
#include "cli/commands.h"
#include "cli/job.h"
#include "cli/review_request.h"
#include "lib/base/clock.h"
#include "lib/base/io.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static int refuse(const struct invocation *invocation, struct failure *failure)
{
	if (!*failure->hint)
		snprintf(failure->hint, sizeof(failure->hint),
			 "ghward %s --help shows what it takes.", invocation->command->name);
	return errors_report(failure, "", invocation->errors);
}

/* Makes standard output a new file that only this user can read. */
static int redirect(const char *path, struct failure *failure)
{
	IO_AUTOCLOSE int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (fd >= 0 && dup2(fd, STDOUT_FILENO) == STDOUT_FILENO)
		return 0;
	if (errno == EEXIST)
		failure_set(failure, FAILURE_USAGE, "Name another file, or remove this one.",
			    "%s is there already and is not overwritten", path);
	else
		failure_set(failure, FAILURE_USAGE, "--output names a file that is to be made.",
			    "cannot make %s: %m", path);
	return -1;
}

static int review(const struct invocation *invocation, enum job_kind kind)
{
	const char *output = invocation->options.values[OPTION_OUTPUT];
	const char *directory = invocation->options.values[OPTION_DIR];
	char whole[PATH_MAX];
	struct job_request request;
	struct failure failure;

	if (review_request_make(&request, kind, &invocation->options,
				!output && isatty(STDOUT_FILENO), clock_wall_us(), &failure) < 0 ||
	    (output && redirect(output, &failure) < 0))
		return refuse(invocation, &failure);
	/* For the record. Whether it can be read shows when it is opened. */
	if (directory)
		request.review.directory = realpath(directory, whole) ? whole : directory;
	int status = job_run(invocation, &request, NULL);
	/* That of a damaged log is a whole report, too. */
	if (output && status != EXIT_SUCCESS && status != failure_exit_code(FAILURE_INTEGRITY))
		errors_note(invocation->errors, "%s is not complete", output);
	return status;
}

int audit_search(const struct invocation *invocation)
{
	return review(invocation, JOB_AUDIT_SEARCH);
}

int audit_tail(const struct invocation *invocation)
{
	return review(invocation, JOB_AUDIT_TAIL);
}

int audit_stats(const struct invocation *invocation)
{
	return review(invocation, JOB_AUDIT_STATS);
}

int audit_export(const struct invocation *invocation)
{
	return review(invocation, JOB_AUDIT_EXPORT);
}

int audit_report(const struct invocation *invocation)
{
	return review(invocation, JOB_AUDIT_REPORT);
}
