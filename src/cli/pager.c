/* The user's pager. */
#include "cli/pager.h"

#include "cli/places.h"
#include "lib/base/io.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

const char *pager_command(const struct environment *environment)
{
	static const char *const names[] = {"GHWARD_PAGER", "GH_PAGER", "PAGER"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		/* An empty one says that none is wanted. */
		const char *command = environment->lookup(environment->context, names[i]);
		if (command)
			return *command && strcmp(command, "cat") != 0 ? command : NULL;
	}
	return NULL;
}

/* Returns false when only a shell can make sense of the command. */
static bool split(struct pager *pager)
{
	unsigned count = 0;
	char *rest = NULL;

	if (strpbrk(pager->text, "|&;<>()$`\\\"'*?[]#~=%{}!\n"))
		return false;
	for (char *word = strtok_r(pager->text, " \t", &rest); word;
	     word = strtok_r(NULL, " \t", &rest)) {
		if (count == PAGER_WORDS_MAX)
			return false;
		pager->words[count++] = word;
	}
	return count > 0;
}

static void use_shell(struct pager *pager, const char *command)
{
	static char shell[] = "sh", option[] = "-c";

	snprintf(pager->path, sizeof(pager->path), "/bin/sh");
	snprintf(pager->text, sizeof(pager->text), "%s", command);
	memset(pager->words, 0, sizeof(pager->words));
	pager->words[0] = shell;
	pager->words[1] = option;
	pager->words[2] = pager->text;
}

int pager_find(struct pager *pager, const struct environment *environment, const char *command)
{
	memset(pager, 0, sizeof(*pager));
	if (strlen(command) >= sizeof(pager->text)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	snprintf(pager->text, sizeof(pager->text), "%s", command);
	if (!split(pager)) {
		use_shell(pager, command);
		return 0;
	}
	if (!strchr(pager->words[0], '/'))
		return places_find_program(environment, pager->words[0], pager->path);
	snprintf(pager->path, sizeof(pager->path), "%s", pager->words[0]);
	return access(pager->path, X_OK);
}

/* In place of a pager that cannot be executed after all. */
static void copy_through(void)
{
	char buffer[16384];
	ssize_t got;

	while ((got = read(STDIN_FILENO, buffer, sizeof(buffer))) != 0) {
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0 || io_write_full(STDOUT_FILENO, buffer, (size_t)got) < 0)
			return;
	}
}

/* Returns false when there will not be any. */
static bool wait_for_text(void)
{
	struct pollfd text = {.fd = STDIN_FILENO, .events = POLLIN};

	while (poll(&text, 1, -1) < 0) {
		if (errno != EINTR)
			return false;
	}
	return text.revents & POLLIN;
}

/* A process of the user's own: it holds the pipe and the terminal, and looks at neither. */
static _Noreturn void become_pager(const struct pager *pager, enum errors_form form, int input)
{
	/* Until the pager is there, Ctrl-C is for the command. */
	__sighandler_t former = signal(SIGINT, SIG_IGN);
	sigset_t none;

	prctl(PR_SET_NAME, "ghward-pager");
	if (dup2(input, STDIN_FILENO) < 0 || io_close_from(STDERR_FILENO + 1) < 0 ||
	    !wait_for_text())
		_exit(EXIT_FAILURE);
	signal(SIGINT, former);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	/* What gh and git set: quit if it fits one screen, show colours, leave the screen as it is.
	 */
	setenv("LESS", "FRX", 0);
	setenv("LV", "-c", 0);
	execv(pager->path, pager->words);
	errors_note(form, "cannot start the pager %s: %m", pager->path);
	copy_through();
	_exit(EXIT_FAILURE);
}

/* Returns when the child has closed all that is not its own: nothing of ours leaks, and no end of
 * file is kept from anybody. */
static void wait_until_closed(int ready)
{
	char nothing;

	while (read(ready, &nothing, 1) < 0 && errno == EINTR)
		;
}

static pid_t start(const struct pager *pager, enum errors_form form)
{
	int text[2], ready[2] = {-1, -1};
	pid_t pid = -1;

	if (pipe2(text, O_CLOEXEC) < 0)
		return -1;
	if (pipe2(ready, O_CLOEXEC) == 0)
		pid = fork();
	if (pid == 0)
		become_pager(pager, form, text[0]);
	io_close(&ready[1]);
	if (pid > 0) {
		wait_until_closed(ready[0]);
		if (dup2(text[1], STDOUT_FILENO) < 0)
			pid = -1;
	}
	io_close(&ready[0]);
	io_close(&text[0]);
	io_close(&text[1]);
	return pid;
}

pid_t pager_start(const struct environment *environment, const char *command, enum errors_form form)
{
	struct pager pager;
	pid_t pid = pager_find(&pager, environment, command) < 0 ? -1 : start(&pager, form);

	if (pid < 0) {
		errors_note(form, "cannot start the pager \"%s\": %m", command);
		return 0;
	}
	return pid;
}

void pager_wait(pid_t pid)
{
	fflush(stdout);
	close(STDOUT_FILENO);
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
}
