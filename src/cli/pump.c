/* Copying a job's output until it has ended. */
#include "cli/pump.h"

#include "cli/errors.h"
#include "cli/feed.h"
#include "cli/plan.h"
#include "cli/prune.h"
#include "lib/base/clock.h"
#include "lib/base/io.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

/* How long a cancelled job may take to say how it ended. */
#define CANCEL_PATIENCE_MS 1000u
/* How long the output of a finished job may stay silent without ending. */
#define SILENCE_PATIENCE_MS 2000u

#define EXIT_INTERRUPTED 130

static const char lost[] = "LOG_LEVEL=debug shows what its processes reported.";

enum asking { ASKING_NOTHING, ASKING_PLAN, ASKING_PRUNE };

struct pump {
	struct session *session;
	const struct job_request *request;
	struct output *output;
	const struct pump_extras *extras;
	struct session_end *end;
	struct feed feed;
	int signals, pipe;
	bool done;	    /* nothing more is to be heard of the job */
	bool told;	    /* `end` says how it ended */
	bool interrupted;   /* output is not wanted any more */
	enum asking asking; /* what somebody is to agree to */
	bool refused;	    /* a plan */
	struct progress_repositories repositories;
	uint64_t deadline_ms; /* 0 for none */
};

static void set_deadline(struct pump *pump, uint64_t patience_ms)
{
	pump->deadline_ms = clock_monotonic_ms() + patience_ms;
}

static int open_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	if (sigprocmask(SIG_BLOCK, &set, NULL) < 0)
		return -1;
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* Nobody has ended the line of the question. */
static void end_question(struct pump *pump)
{
	pump->asking = ASKING_NOTHING;
	fputc('\n', stderr);
}

static void interrupt(struct pump *pump)
{
	struct signalfd_siginfo signal;
	struct failure ignored;

	if (read(pump->signals, &signal, sizeof(signal)) != (ssize_t)sizeof(signal))
		return;
	/* It is for the pager, which shares the terminal once it has something to show. */
	if (pump->output->paged && pump->output->begun && signal.ssi_signo == SIGINT)
		return;
	if (pump->interrupted)
		_exit(EXIT_INTERRUPTED);
	pump->interrupted = true;
	if (pump->asking)
		end_question(pump);
	output_drop(pump->output);
	io_close(&pump->pipe);
	set_deadline(pump, CANCEL_PATIENCE_MS);
	/* An agent that does not listen will not answer either: the deadline sees to it. */
	if (!pump->done && session_send(ipc_new(MESSAGE_CANCEL, 0), &ignored) < 0)
		pump->done = true;
}

static const struct ipc_permit permits[] = {
	{MESSAGE_JOB_STARTED, IPC_ONCE, 0, 128, {IPC_FD_PIPE_READ}, NULL},
	{MESSAGE_NOTE, IPC_PERMIT, 0, 512, {IPC_FD_NONE}, NULL},
	{MESSAGE_PROGRESS, IPC_PERMIT, 12, 12, {IPC_FD_NONE}, NULL},
	{MESSAGE_SYNC_PROGRESS, IPC_PERMIT, 20, 20, {IPC_FD_NONE}, NULL},
	{MESSAGE_PLAN, IPC_ONCE, 0, 16384, {IPC_FD_NONE}, NULL},
	{MESSAGE_PRUNE, IPC_ONCE, 0, 16384, {IPC_FD_NONE}, NULL},
	{MESSAGE_SECRET_WANTED, IPC_ONCE, 0, 0, {IPC_FD_PIPE_WRITE}, NULL},
	{MESSAGE_ENTRY, IPC_PERMIT, 0, 8192, {IPC_FD_NONE}, NULL},
	{MESSAGE_VAULT, IPC_ONCE, 0, 1024, {IPC_FD_NONE}, NULL},
	{MESSAGE_LOGIN_CODE, IPC_PERMIT, 0, 8192, {IPC_FD_NONE}, NULL},
	{MESSAGE_CHECKPOINT, IPC_ONCE, 5, 1024, {IPC_FD_NONE}, NULL},
	{MESSAGE_JOB_DONE, IPC_ONCE, 0, 2048, {IPC_FD_NONE}, NULL},
};

static void take_start(struct pump *pump, struct ipc_incoming *in)
{
	snprintf(pump->end->job, sizeof(pump->end->job), "%s", ipc_get_string(in));
	int pipe = ipc_take_fd(in, 0);
	if (ipc_end(in) < 0 || pump->pipe >= 0 || pump->interrupted)
		io_close(&pipe);
	else
		pump->pipe = pipe;
}

static void malformed(struct pump *pump, const struct ipc_incoming *in)
{
	failure_set(&pump->end->failure, FAILURE_INTERNAL, lost,
		    "the agent's answer is malformed (message type %u)", in->type);
	pump->done = true;
}

static void take_plan(struct pump *pump, struct ipc_incoming *in)
{
	struct plan plan;

	if (plan_get(in, &plan) < 0) {
		malformed(pump, in);
	} else if (pump->request->consent == CONSENT_DRY_RUN) {
		plan_print(&plan, pump->request->format);
	} else if (!pump->interrupted) {
		progress_end(&pump->output->progress);
		plan_ask(&plan);
		pump->asking = ASKING_PLAN;
	}
}

static void decide_prune(struct pump *pump, bool yes)
{
	struct ipc_message *message = ipc_new(MESSAGE_PRUNE_DECIDED, 0);

	ipc_put_u8(message, yes);
	if (session_send(message, &pump->end->failure) < 0)
		pump->done = true;
}

static void take_prune(struct pump *pump, struct ipc_incoming *in)
{
	struct prune prune;

	if (prune_get(in, &prune) < 0) {
		malformed(pump, in);
	} else if (pump->request->consent == CONSENT_GIVEN) {
		decide_prune(pump, true);
	} else if (!pump->interrupted) {
		progress_clear(&pump->output->progress);
		prune_ask(&prune);
		pump->asking = ASKING_PRUNE;
	}
}

static void refuse(struct pump *pump)
{
	struct failure ignored;

	pump->refused = true;
	if (session_send(ipc_new(MESSAGE_CANCEL, 0), &ignored) < 0)
		pump->done = true;
	set_deadline(pump, CANCEL_PATIENCE_MS);
}

/* A terminal hands over whole lines. */
static void take_answer(struct pump *pump)
{
	enum asking asked = pump->asking;
	char line[64];
	ssize_t got = read(STDIN_FILENO, line, sizeof(line));

	if (got < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	bool yes = got > 0 && plan_is_yes(line, (size_t)got);
	if (got <= 0)
		end_question(pump);
	pump->asking = ASKING_NOTHING;
	if (asked == ASKING_PRUNE)
		decide_prune(pump, yes);
	else if (!yes)
		refuse(pump);
	else if (session_send(ipc_new(MESSAGE_CONFIRM, 0), &pump->end->failure) < 0)
		pump->done = true;
}

static void take_note(struct pump *pump, struct ipc_incoming *in)
{
	const char *text = ipc_get_string(in);

	if (ipc_end(in) < 0 || pump->interrupted)
		return;
	progress_clear(&pump->output->progress);
	errors_job_note(pump->request->format == OUTPUT_JSON ? ERRORS_JSON : ERRORS_TEXT,
			pump->end->job, text);
}

static void take_progress(struct pump *pump, struct ipc_incoming *in)
{
	uint32_t done = ipc_get_u32(in), total = ipc_get_u32(in), items = ipc_get_u32(in);

	if (ipc_end(in) == 0 && !pump->interrupted)
		progress_show(&pump->output->progress, done, total, items);
}

/* A bar between lines that go to the same terminal, but never within one of them. */
static void show_repositories(struct pump *pump)
{
	const struct output *output = pump->output;
	bool busy = output->terminal && (output->within_line || output_is_pending(output));

	if (pump->repositories.total && !busy && !pump->asking && !pump->interrupted)
		progress_show_repositories(&pump->output->progress, &pump->repositories);
}

static void take_sync_progress(struct pump *pump, struct ipc_incoming *in)
{
	struct progress_repositories *at = &pump->repositories;

	at->done = ipc_get_u32(in);
	at->total = ipc_get_u32(in);
	at->failed = ipc_get_u32(in);
	at->bytes = ipc_get_u64(in);
	if (ipc_end(in) == 0)
		show_repositories(pump);
}

/* Standard input is nobody's business but that of a command that says so. */
static void take_demand(struct pump *pump, struct ipc_incoming *in)
{
	int pipe = ipc_take_fd(in, 0);

	if (ipc_end(in) < 0 || !pump->extras->secret || pump->interrupted)
		io_close(&pipe);
	else
		feed_begin(&pump->feed, pipe);
}

static void take_extra(struct pump *pump, struct ipc_incoming *in)
{
	progress_end(&pump->output->progress);
	if (!pump->extras->take || pump->extras->take(pump->extras->context, in) < 0)
		malformed(pump, in);
}

static void take_message(struct pump *pump)
{
	struct ipc_incoming in;

	if (session_receive(pump->session, permits, sizeof(permits) / sizeof(permits[0]), &in,
			    &pump->end->failure) < 0) {
		pump->done = true;
	} else if (in.type == MESSAGE_JOB_STARTED) {
		take_start(pump, &in);
	} else if (in.type == MESSAGE_NOTE) {
		take_note(pump, &in);
	} else if (in.type == MESSAGE_PROGRESS) {
		take_progress(pump, &in);
	} else if (in.type == MESSAGE_SYNC_PROGRESS) {
		take_sync_progress(pump, &in);
	} else if (in.type == MESSAGE_PRUNE) {
		take_prune(pump, &in);
	} else if (in.type == MESSAGE_PLAN) {
		take_plan(pump, &in);
	} else if (in.type == MESSAGE_SECRET_WANTED) {
		take_demand(pump, &in);
	} else if (in.type != MESSAGE_JOB_DONE) {
		take_extra(pump, &in);
	} else {
		session_get_end(&in, pump->end);
		pump->done = pump->told = true;
		feed_end(&pump->feed);
	}
	if (pump->done && !pump->interrupted)
		set_deadline(pump, SILENCE_PATIENCE_MS);
}

static void take_output(struct pump *pump)
{
	if (output_take(pump->output, pump->pipe) == OUTPUT_TAKEN_ALL)
		io_close(&pump->pipe);
	if (pump->done)
		set_deadline(pump, SILENCE_PATIENCE_MS);
}

/* On a terminal the lines that come are progress enough, but for those of a synchronisation. */
static void make_way(struct pump *pump)
{
	if (!pump->output->terminal)
		return;
	if (pump->request->kind == JOB_REPOS_SYNC || pump->request->kind == JOB_REPOS_VERIFY)
		progress_clear(&pump->output->progress);
	else
		progress_end(&pump->output->progress);
}

/* Returns false when nothing more can be written. */
static bool give_output(struct pump *pump)
{
	make_way(pump);
	switch (output_give(pump->output)) {
	case OUTPUT_GIVEN:
		if (pump->done)
			set_deadline(pump, SILENCE_PATIENCE_MS);
		else
			show_repositories(pump);
		return true;
	case OUTPUT_READER_GONE:
		pump->end->reader_gone = true;
		return false;
	case OUTPUT_FAILED:
		break;
	}
	failure_set(&pump->end->failure, FAILURE_INTERNAL, "",
		    "cannot write to standard output: %m");
	return false;
}

static bool is_finished(const struct pump *pump)
{
	return pump->done && pump->pipe < 0 && !output_is_pending(pump->output);
}

/* Returns milliseconds for poll(2), -1 for ever, or 0 when patience has come to its end. While a
 * reader of ours is slow, nobody else is to blame. */
static int patience(const struct pump *pump)
{
	if (!pump->deadline_ms || output_is_pending(pump->output))
		return -1;
	uint64_t now = clock_monotonic_ms();
	return now >= pump->deadline_ms ? 0 : (int)(pump->deadline_ms - now);
}

enum { WATCH_SIGNALS, WATCH_CHANNEL, WATCH_PIPE, WATCH_OUTPUT, WATCH_ANSWER, WATCH_FEED, WATCHES };

static int wait_for_something(const struct pump *pump, struct pollfd watched[WATCHES])
{
	bool pending = output_is_pending(pump->output);
	int timeout = patience(pump);

	watched[WATCH_SIGNALS] = (struct pollfd){.fd = pump->signals, .events = POLLIN};
	watched[WATCH_CHANNEL] =
		(struct pollfd){.fd = pump->done ? -1 : FD_CHANNEL, .events = POLLIN};
	watched[WATCH_PIPE] = (struct pollfd){.fd = pending ? -1 : pump->pipe, .events = POLLIN};
	/* Without an event asked for, the hang-up of a reader still shows. */
	watched[WATCH_OUTPUT] =
		(struct pollfd){.fd = STDOUT_FILENO, .events = pending ? POLLOUT : 0};
	watched[WATCH_ANSWER] =
		(struct pollfd){.fd = pump->asking ? STDIN_FILENO : -1, .events = POLLIN};
	watched[WATCH_FEED] = feed_watch(&pump->feed);
	/* Of a job that is cancelled the pipe stays open: its end would be that of a secret. */
	if (pump->interrupted)
		watched[WATCH_FEED].fd = -1;
	if (timeout == 0)
		return 0;
	int ready;
	do {
		ready = poll(watched, WATCHES, timeout);
	} while (ready < 0 && errno == EINTR);
	return ready;
}

static void give_up(struct pump *pump)
{
	/* Cancelled is cancelled, whatever the agent makes of it. */
	if (!pump->interrupted && pump->end->failure.kind == FAILURE_NONE)
		failure_set(&pump->end->failure, FAILURE_INTERNAL, lost,
			    "the output did not come to its end");
}

/* The end of the pipe alone could be that of this process, in the middle of a secret. */
static void feed_secret(struct pump *pump)
{
	feed_move(&pump->feed);
	if (pump->feed.whole && session_send(ipc_new(MESSAGE_CONFIRM, 0), &pump->end->failure) < 0)
		pump->done = true;
}

static void run(struct pump *pump)
{
	struct pollfd watched[WATCHES];

	while (!is_finished(pump)) {
		if (wait_for_something(pump, watched) <= 0) {
			give_up(pump);
			return;
		}
		if (watched[WATCH_SIGNALS].revents)
			interrupt(pump);
		if (watched[WATCH_CHANNEL].revents)
			take_message(pump);
		if (watched[WATCH_ANSWER].revents && pump->asking)
			take_answer(pump);
		if (watched[WATCH_FEED].revents && pump->feed.pipe >= 0 && !pump->interrupted)
			feed_secret(pump);
		if (watched[WATCH_PIPE].revents && pump->pipe >= 0)
			take_output(pump);
		if (watched[WATCH_OUTPUT].revents & (POLLERR | POLLHUP)) {
			pump->end->reader_gone = true;
			return;
		}
		if (watched[WATCH_OUTPUT].revents && output_is_pending(pump->output) &&
		    !give_output(pump))
			return;
	}
}

/* Nobody shall repeat a change because Ctrl-C came a moment too late for it; what the broker says
 * about that stays. */
static void interrupted(const struct pump *pump)
{
	struct failure *failure = &pump->end->failure;
	char hint[sizeof(failure->hint)];

	if (!pump->told)
		snprintf(hint, sizeof(hint), "%s",
			 "How the job ended is not known: look before you repeat a change.");
	else if (failure->kind == FAILURE_NONE)
		snprintf(hint, sizeof(hint), "%s",
			 "The job had ended already: what it was to change is changed.");
	else
		memcpy(hint, failure->hint, sizeof(hint));
	failure_set(failure, FAILURE_INTERRUPTED, hint, "interrupted");
}

static int send_job(struct pump *pump)
{
	const struct repository_list *listed = pump->extras->listed;
	struct ipc_message *message;
	uint32_t next = 0;

	while (listed && (message = repository_list_message(listed, &next))) {
		if (session_send(message, &pump->end->failure) < 0)
			return -1;
	}
	message = ipc_new(MESSAGE_JOB, 1);
	protocol_put_request(message, pump->request);
	return session_send(message, &pump->end->failure);
}

void pump_run(struct session *session, const struct job_request *request, struct output *output,
	      const struct pump_extras *extras, struct session_end *end)
{
	struct pump pump = {.session = session,
			    .request = request,
			    .output = output,
			    .extras = extras,
			    .end = end,
			    .pipe = -1};

	memset(end, 0, sizeof(*end));
	feed_init(&pump.feed);
	if (send_job(&pump) < 0)
		return;
	pump.signals = open_signals();
	if (pump.signals < 0) {
		failure_set(&end->failure, FAILURE_INTERNAL, "", "cannot watch signals: %m");
		return;
	}
	run(&pump);
	progress_end(&output->progress);
	if (pump.refused)
		failure_set(&end->failure, FAILURE_INTERRUPTED, "",
			    "not confirmed; nothing was sent");
	else if (pump.interrupted)
		interrupted(&pump);
	feed_end(&pump.feed);
	io_close(&pump.pipe);
	io_close(&pump.signals);
}
