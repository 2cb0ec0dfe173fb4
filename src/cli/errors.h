/* Errors and notes on standard error, for people or as a JSON object. */
#ifndef GHWARD_CLI_ERRORS_H
#define GHWARD_CLI_ERRORS_H

#include "lib/failure/failure.h"

#include <stddef.h>

enum errors_form { ERRORS_TEXT, ERRORS_JSON };

/* Longest error in either form. */
#define ERRORS_TEXT_MAX 8192u

/* Writes the failure as text lines, or as one line {"error":{...}}. Every string is sanitised.
 * Returns the length. `job` is "" where there is none. */
size_t errors_format(const struct failure *, const char *job, enum errors_form,
		     char text[ERRORS_TEXT_MAX]) __attribute__((nonnull));

/* Reports a failure (nothing for FAILURE_NONE) and returns the exit status. */
int errors_report(const struct failure *, const char *job, enum errors_form)
	__attribute__((nonnull));

/* A remark about a job's result, which a program may need as well: one line {"note":{...}} in JSON
 * form. */
void errors_job_note(enum errors_form, const char *job, const char *text) __attribute__((nonnull));

/* A remark for people; not in JSON form, where standard error is the error object's. */
void errors_note(enum errors_form, const char *format, ...)
	__attribute__((format(printf, 2, 3), nonnull(2)));

#endif
