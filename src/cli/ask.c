/* Asking a person for what must not be seen. */
#include "cli/ask.h"

#include "lib/base/io.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <termios.h>
#include <unistd.h>

struct question {
	const char *prompt;
	int terminal, signals;
	struct termios before;
	char *line;
	size_t size, used;
};

bool ask_possible(void)
{
	return isatty(STDIN_FILENO) || isatty(STDERR_FILENO);
}

static int fail(struct failure *failure, const char *what)
{
	failure_set(failure, FAILURE_INTERNAL, "", "cannot ask on the terminal: %s: %m", what);
	return -1;
}

/* Of what is typed only the line feed shows. What was typed before was shown, and is forgotten. */
static int begin(const struct question *question)
{
	struct termios silent = question->before;

	silent.c_lflag &= ~(tcflag_t)ECHO;
	silent.c_lflag |= ICANON | ISIG | ECHONL;
	if (tcsetattr(question->terminal, TCSAFLUSH, &silent) < 0)
		return -1;
	return io_write_full(question->terminal, question->prompt, strlen(question->prompt));
}

static void end(const struct question *question)
{
	tcsetattr(question->terminal, TCSAFLUSH, &question->before);
}

/* Ctrl-Z: the terminal belongs to the shell until somebody comes back. */
static int lend_terminal(struct question *question)
{
	end(question);
	raise(SIGSTOP);
	explicit_bzero(question->line, question->size);
	question->used = 0;
	return begin(question);
}

/* Nobody has ended the line of the question. */
static int give_up(const struct question *question, struct failure *failure, const char *why)
{
	if (io_write_full(question->terminal, "\n", 1) < 0)
		return fail(failure, "writing");
	failure_set(failure, FAILURE_INTERRUPTED, "", "%s", why);
	return -1;
}

static int take_signal(struct question *question, struct failure *failure)
{
	struct signalfd_siginfo signal;

	if (read(question->signals, &signal, sizeof(signal)) != (ssize_t)sizeof(signal))
		return 0;
	if (signal.ssi_signo == SIGTSTP)
		return lend_terminal(question) < 0 ? fail(failure, "setting it") : 0;
	return give_up(question, failure, "interrupted");
}

/* Returns 1 when the line is whole, 0 when there is more to come, -1 with a failure. */
static int take_line(struct question *question, struct failure *failure)
{
	ssize_t got = read(question->terminal, question->line + question->used,
			   question->size - question->used);

	if (got < 0 && (errno == EINTR || errno == EAGAIN))
		return 0;
	if (got <= 0)
		return give_up(question, failure, "nothing was entered");
	question->used += (size_t)got;
	if (question->line[question->used - 1] == '\n') {
		question->line[--question->used] = 0;
		return 1;
	}
	if (question->used < question->size)
		return 0;
	failure_set(failure, FAILURE_USAGE, "", "what was entered is longer than %zu bytes",
		    question->size - 1);
	return -1;
}

static int converse(struct question *question, struct failure *failure)
{
	struct pollfd watched[] = {{.fd = question->signals, .events = POLLIN},
				   {.fd = question->terminal, .events = POLLIN}};
	int status = 0;

	while (status == 0) {
		if (poll(watched, 2, -1) < 0) {
			if (errno != EINTR)
				return fail(failure, "waiting");
			continue;
		}
		if (watched[0].revents)
			status = take_signal(question, failure);
		else if (watched[1].revents)
			status = take_line(question, failure);
	}
	return status < 0 ? -1 : 0;
}

static int ask(struct question *question, struct failure *failure)
{
	if (tcgetattr(question->terminal, &question->before) < 0)
		return fail(failure, "looking at it");
	int status =
		begin(question) < 0 ? fail(failure, "setting it") : converse(question, failure);
	end(question);
	return status;
}

int ask_secret(const char *prompt, char *line, size_t size, size_t *length, struct failure *failure)
{
	static const int numbers[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP};
	struct question question = {.prompt = prompt, .line = line, .size = size};
	sigset_t watched, before;

	sigemptyset(&watched);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		sigaddset(&watched, numbers[i]);
	IO_AUTOCLOSE int terminal = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
	IO_AUTOCLOSE int signals = signalfd(-1, &watched, SFD_CLOEXEC | SFD_NONBLOCK);
	if (terminal < 0 || signals < 0)
		return fail(failure, "opening it");
	question.terminal = terminal;
	question.signals = signals;
	sigprocmask(SIG_BLOCK, &watched, &before);
	int status = ask(&question, failure);
	sigprocmask(SIG_SETMASK, &before, NULL);
	*length = question.used;
	if (status < 0)
		explicit_bzero(line, size);
	return status;
}
