/* The token on its way to the broker. */
#include "cli/token.h"

#include "cli/places.h"
#include "lib/base/io.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* The broker's limit: GitHub's stateless tokens have about 520 characters. */
#define TOKEN_MAX 8192u

#define GH_PATIENCE_MS 5000

/* --- gh --- */

static _Noreturn void become_gh(char *path, const char *hostname, int out)
{
	char name[] = "gh", auth[] = "auth", token[] = "token", option[] = "--hostname";
	char host[264];
	char *const arguments[] = {name, auth, token, option, host, NULL};
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	snprintf(host, sizeof(host), "%s", hostname);
	if (null < 0 || dup2(null, STDIN_FILENO) < 0 || dup2(out, STDOUT_FILENO) < 0 ||
	    dup2(null, STDERR_FILENO) < 0)
		_exit(127);
	/* It asks nobody, so it needs no proxy's password either. */
	environment_forget_secrets(environ);
	execv(path, arguments);
	_exit(127);
}

/* Returns 0 when gh has written a token. */
static int ask_gh(char *path, const char *hostname, int out, enum errors_form form)
{
	int status = -1;
	pid_t pid = fork();

	if (pid == 0)
		become_gh(path, hostname, out);
	if (pid < 0)
		return -1;
	IO_AUTOCLOSE int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	struct pollfd end = {.fd = pidfd, .events = POLLIN};
	if (pidfd < 0 || poll(&end, 1, GH_PATIENCE_MS) != 1) {
		errors_note(form, "%s auth token does not answer; going on without it", path);
		kill(pid, SIGKILL);
	}
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : -1;
}

/* --- the pipe --- */

static int make_pipe(int ends[2], struct failure *failure)
{
	if (pipe2(ends, O_CLOEXEC) == 0)
		return 0;
	failure_set(failure, FAILURE_INTERNAL, "", "cannot make a pipe: %m");
	return -1;
}

int token_empty_pipe(const char **source, struct failure *failure)
{
	int ends[2];

	environment_forget_tokens(environ);
	*source = "";
	if (make_pipe(ends, failure) < 0)
		return -1;
	io_close(&ends[1]);
	return ends[0];
}

static int too_long(struct failure *failure, const char *source)
{
	failure_set(failure, FAILURE_AUTHENTICATION,
		    "No token of GitHub's is that long; check its "
		    "value.",
		    "the token from %s is longer than %u bytes", source, TOKEN_MAX);
	return -1;
}

static int fill_from_variable(int end, const struct environment_token *token,
			      struct failure *failure)
{
	size_t length = strlen(token->value);

	if (length > TOKEN_MAX)
		return too_long(failure, token->variable);
	/* Nobody reads yet: where the pipe is smaller than the token, waiting would not help. */
	if (io_set_nonblocking(end) < 0 || write(end, token->value, length) != (ssize_t)length) {
		failure_set(failure, FAILURE_INTERNAL, "", "cannot hand over the token: %m");
		return -1;
	}
	return 0;
}

/* Leaves an empty pipe where gh has no token. Returns 0, or -1 with a failure. */
static int fill_from_gh(const struct environment *environment, const struct environment_api *api,
			enum errors_form form, int ends[2], const char **source,
			struct failure *failure)
{
	char path[ENVIRONMENT_PATH_MAX];
	int size = 0;

	if (places_find_program(environment, "gh", path) < 0)
		return 0;
	if (ask_gh(path, api->hostname, ends[1], form) == 0) {
		*source = "gh auth token";
		if (ioctl(ends[0], FIONREAD, &size) == 0 && (size_t)size > TOKEN_MAX)
			return too_long(failure, *source);
		return 0;
	}
	/* Whatever a failed gh wrote is no token. */
	io_close(&ends[0]);
	io_close(&ends[1]);
	return make_pipe(ends, failure);
}

static void explain_choice(const struct environment_token *token, const struct environment_api *api,
			   const char *source, enum errors_form form)
{
	if (token->overruled)
		errors_note(form, "%s and %s differ; %s is used", token->variable, token->overruled,
			    token->variable);
	if (!*source && token->misplaced)
		errors_note(form, "%s is not used for %s; set %s", token->misplaced, api->hostname,
			    api->enterprise ? "GH_ENTERPRISE_TOKEN" : "GH_TOKEN");
}

/* --- gh, later --- */

/* What the other end writes to have gh asked. */
#define ORDER_ASK 'g'

/* Its own descriptor; standard error stays, for notes. */
#define FD_DEMAND (STDERR_FILENO + 1)

/* The token goes from gh to the socket within the kernel. */
static void pass_on(int pipe, int size)
{
	while (size > 0) {
		ssize_t passed = splice(pipe, NULL, FD_DEMAND, NULL, (size_t)size, 0);
		if (passed <= 0)
			return;
		size -= (int)passed;
	}
}

static void answer(char *path, const char *hostname, enum errors_form form)
{
	int ends[2], size = 0;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return;
	/* Whatever a failed gh wrote is no token. */
	if (ask_gh(path, hostname, ends[1], form) == 0 && ioctl(ends[0], FIONREAD, &size) == 0 &&
	    (size_t)size <= TOKEN_MAX)
		pass_on(ends[0], size);
}

/* The user's own process: it holds no secret, and nobody's file open. */
static _Noreturn void wait_for_demand(char *path, const char *hostname, int demand,
				      enum errors_form form)
{
	int null = open("/dev/null", O_RDWR);
	char order = 0;
	ssize_t got;

	prctl(PR_SET_NAME, "ghward-gh");
	environment_forget_secrets(environ);
	if (dup2(null, STDIN_FILENO) < 0 || dup2(null, STDOUT_FILENO) < 0 ||
	    dup2(demand, FD_DEMAND) < 0 || io_close_from(FD_DEMAND + 1) < 0 ||
	    fcntl(FD_DEMAND, F_SETFD, FD_CLOEXEC) < 0)
		_exit(EXIT_FAILURE);
	do {
		got = read(FD_DEMAND, &order, 1);
	} while (got < 0 && errno == EINTR);
	if (got == 1 && order == ORDER_ASK)
		answer(path, hostname, form);
	_exit(EXIT_SUCCESS);
}

static int start_waiting(char *path, const char *hostname, enum errors_form form,
			 struct failure *failure)
{
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0) {
		failure_set(failure, FAILURE_INTERNAL, "", "cannot make a socket pair: %m");
		return -1;
	}
	pid_t pid = fork();
	if (pid == 0)
		wait_for_demand(path, hostname, ends[1], form);
	io_close(&ends[1]);
	if (pid < 0) {
		failure_set(failure, FAILURE_INTERNAL, "", "cannot start a process: %m");
		io_close(&ends[0]);
	}
	return ends[0];
}

int token_on_demand(const struct environment *environment, const struct environment_api *api,
		    enum errors_form form, const char **source, struct failure *failure)
{
	char path[ENVIRONMENT_PATH_MAX];
	struct environment_token token;

	environment_find_token(environment, api, &token);
	if (token.variable || places_find_program(environment, "gh", path) < 0)
		return token_pipe(environment, api, form, source, failure);
	environment_forget_tokens(environ);
	*source = "gh auth token";
	return start_waiting(path, api->hostname, form, failure);
}

/* --- the token of the moment --- */

int token_pipe(const struct environment *environment, const struct environment_api *api,
	       enum errors_form form, const char **source, struct failure *failure)
{
	struct environment_token token;
	int ends[2] = {-1, -1};
	int status = make_pipe(ends, failure);

	environment_find_token(environment, api, &token);
	*source = token.variable ? token.variable : "";
	if (status == 0 && token.variable)
		status = fill_from_variable(ends[1], &token, failure);
	environment_forget_tokens(environ);
	if (status == 0 && !token.variable)
		status = fill_from_gh(environment, api, form, ends, source, failure);
	io_close(&ends[1]);
	if (status < 0) {
		io_close(&ends[0]);
		return -1;
	}
	explain_choice(&token, api, *source, form);
	return ends[0];
}
