/* Where a secret that is to be stored comes from. */
#include "cli/secret_input.h"

#include "cli/ask.h"
#include "cli/environment.h"
#include "lib/base/io.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int use(int fd, struct failure *failure)
{
	if (dup2(fd, STDIN_FILENO) >= 0)
		return 0;
	failure_set(failure, FAILURE_INTERNAL, "", "cannot use the input: %m");
	return -1;
}

static int use_file(const char *path, struct failure *failure)
{
	IO_AUTOCLOSE int fd = open(path, O_RDONLY | O_NOCTTY | O_CLOEXEC);
	struct stat status;

	if (fd >= 0 && fstat(fd, &status) == 0 && !S_ISDIR(status.st_mode))
		return use(fd, failure);
	if (fd >= 0)
		errno = EISDIR;
	failure_set(failure, FAILURE_USAGE, "--from-file names the file that has the secret.",
		    "cannot read %s: %m", path);
	return -1;
}

/* Nobody reads yet: what does not fit the pipe must fail instead of waiting. */
static int use_text(const char *text, size_t length, struct failure *failure)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0) {
		failure_set(failure, FAILURE_INTERNAL, "", "cannot make a pipe: %m");
		return -1;
	}
	int status = use(ends[0], failure);
	if (status == 0 &&
	    (io_set_nonblocking(ends[1]) < 0 || write(ends[1], text, length) != (ssize_t)length)) {
		failure_set(failure, FAILURE_USAGE, "No token and no key is that long.",
			    "cannot hand over a secret of %zu bytes", length);
		status = -1;
	}
	io_close(&ends[0]);
	io_close(&ends[1]);
	return status;
}

static int use_variable(const char *name, struct failure *failure)
{
	const char *value = environment_get(&environment_own, name);

	if (!value) {
		failure_set(failure, FAILURE_USAGE, "--from-env takes its name, without \"$\".",
			    "the environment variable %s is not set", name);
		return -1;
	}
	int status = use_text(value, strlen(value), failure);
	environment_forget(environ, name);
	return status;
}

static int use_terminal(enum secret_form form, struct failure *failure)
{
	char line[VALIDATE_TOKEN_MAX + 1];
	size_t length;

	if (form == SECRET_APP_KEY) {
		failure_set(failure, FAILURE_USAGE, "Add --from-file FILE, or < FILE.",
			    "a private key is not typed");
		return -1;
	}
	const char *prompt = form == SECRET_CLIENT ? "Client secret: " : "Token: ";
	if (ask_secret(prompt, line, sizeof(line), &length, failure) < 0)
		return -1;
	int status = use_text(line, length, failure);
	explicit_bzero(line, sizeof(line));
	return status;
}

int secret_input_open(const struct options *options, enum secret_form form, struct failure *failure)
{
	const char *file = options->values[OPTION_FROM_FILE];
	const char *variable = options->values[OPTION_FROM_ENV];

	if (file && variable) {
		failure_set(failure, FAILURE_USAGE, "",
			    "--from-file and --from-env exclude each other");
		return -1;
	}
	if (file)
		return use_file(file, failure);
	if (variable)
		return use_variable(variable, failure);
	return isatty(STDIN_FILENO) ? use_terminal(form, failure) : 0;
}
