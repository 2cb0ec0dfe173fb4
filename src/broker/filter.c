/* The broker's half of ghward-jq. */
#include "broker/filter.h"

#include "broker/violations.h"
#include "lib/base/log.h"
#include "lib/base/memory.h"
#include "lib/sandbox/roles.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char report_it[] = "Run the command again; if it recurs, report it.";

struct filter {
	struct job *job;
	char *text;
	struct ipc_channel *channel;
	struct process *process;
	bool answered, worker_done;
	struct failure failure, of_worker;
	bool silent; /* the channel came to its end without an answer */
	bool ended;  /* the process did; how and with which number */
	enum process_end how;
	uint32_t number;
};

struct filter *filter_new(struct job *job, const char *program)
{
	struct filter *filter = memory_new(sizeof(*filter));

	filter->job = job;
	filter->text = strdup(program);
	if (!filter->text)
		fatal("out of memory");
	return filter;
}

const char *filter_text(const struct filter *filter)
{
	return filter->text;
}

/* --- two ends that make one --- */

/* Without its reader the worker does not get far, and says so: that is only how the filter's own
 * end looks from there. */
static bool says_more_than(const struct failure *of_worker)
{
	return of_worker->kind != FAILURE_NONE && of_worker->kind != FAILURE_INTERRUPTED;
}

static void settle(struct filter *filter, struct failure *outcome)
{
	if (filter->failure.kind != FAILURE_NONE)
		*outcome = filter->failure;
}

bool filter_outlasts(struct filter *filter, struct failure *of_worker)
{
	if (!filter || says_more_than(of_worker))
		return false;
	filter->worker_done = true;
	filter->of_worker = *of_worker;
	if (!filter->answered)
		return true;
	settle(filter, of_worker);
	return false;
}

static void conclude(struct filter *filter)
{
	filter->answered = true;
	if (filter->worker_done) {
		struct failure outcome = filter->of_worker;
		settle(filter, &outcome);
		job_end(filter->job, &outcome);
		return;
	}
	/* JSON that broke off has its reason with the worker, whose word is on the way. Any other
	 * failure makes the worker's work useless. */
	if (filter->failure.kind != FAILURE_NONE && filter->failure.kind != FAILURE_MALFORMED)
		job_end(filter->job, &filter->failure);
}

/* --- the process --- */

static void explain_signal(uint32_t number, struct failure *failure)
{
	static const char smaller[] =
		"Choose fewer fields with --json, or fewer items with --limit.";
	struct sandbox_spec spec = {0};

	if (number == SIGXCPU &&
	    sandbox_role_spec("jq", &(struct sandbox_variables){0}, &spec) == 0)
		failure_set(failure, FAILURE_FILTER, smaller,
			    "the jq program used more than %llu s of CPU time and was stopped",
			    (unsigned long long)spec.limits.cpu_seconds);
	else if (number == SIGSEGV)
		failure_set(failure, FAILURE_FILTER,
			    "Values nested tens of thousands deep are too much for libjq.",
			    "the jq program made libjq run out of its stack, or crash");
	else
		failure_set(failure, FAILURE_INTERNAL, report_it,
			    "the jq process was ended by signal %u", number);
}

/* The channel may still hold an answer when the agent's news of the end arrives, and may be closed
 * before that news: only both together say that there was none. */
static void conclude_without_answer(struct filter *filter)
{
	if (filter->answered || !filter->silent || !filter->ended)
		return;
	if (filter->how == PROCESS_SIGNALLED)
		explain_signal(filter->number, &filter->failure);
	else
		failure_set(&filter->failure, FAILURE_INTERNAL, report_it,
			    filter->how == PROCESS_VIOLATED_SANDBOX
				    ? "the jq process tried forbidden system call %d"
				    : "the jq process ended early with status %d",
			    (int)filter->number);
	conclude(filter);
}

/* Of anything else it cannot know. */
static bool is_its_own(enum failure_kind kind)
{
	return kind == FAILURE_NONE || kind == FAILURE_USAGE || kind == FAILURE_FILTER ||
	       kind == FAILURE_MALFORMED || kind == FAILURE_INTERRUPTED;
}

static int handle_filtered(void *owner, struct ipc_incoming *in)
{
	struct filter *filter = owner;

	protocol_get_failure(in, &filter->failure);
	if (ipc_end(in) < 0 || !is_its_own(filter->failure.kind))
		return -1;
	conclude(filter);
	return 0;
}

static const struct ipc_permit permits[] = {
	{MESSAGE_HELLO, IPC_ONCE, 0, 4096, {IPC_FD_NONE}, protocol_pass_over_hello},
	{MESSAGE_FILTERED, IPC_ONCE, 0, 2048, {IPC_FD_NONE}, handle_filtered},
};

static void channel_ended(void *owner, enum ipc_ending ending, const char *detail)
{
	struct filter *filter = owner;

	if (ending == IPC_PEER_CLOSED) {
		filter->silent = true;
		conclude_without_answer(filter);
		return;
	}
	violations_protocol(filter->job->broker, ROLE_JQ, filter->process, filter->job->actor,
			    detail);
	filter->process = NULL;
	failure_set(&filter->failure, FAILURE_INTERNAL, report_it,
		    "the jq process broke its protocol");
	conclude(filter);
}

static void process_ended(void *context, enum process_end how, uint32_t number)
{
	struct filter *filter = context;

	filter->process = NULL;
	filter->ended = true;
	filter->how = how;
	filter->number = number;
	conclude_without_answer(filter);
}

int filter_start(struct filter *filter, int output)
{
	struct broker *broker = filter->job->broker;
	int ends[2], input[2];

	if (ipc_pair(ends) < 0)
		fatal("cannot make a socket pair: %m");
	if (pipe2(input, O_CLOEXEC) < 0)
		fatal("cannot make a pipe: %m");
	filter->channel =
		ipc_channel_new(broker->loop, ends[0], permits,
				sizeof(permits) / sizeof(permits[0]), channel_ended, filter);
	filter->process = process_start(broker, ROLE_JQ, &ends[1], 1, process_ended, filter);
	struct ipc_message *message = ipc_new(MESSAGE_FILTER, 0);
	ipc_put_string(message, filter->text);
	ipc_put_fd(message, input[0]);
	ipc_put_fd(message, output);
	ipc_send(filter->channel, message);
	return input[1];
}

void filter_stop(struct filter *filter)
{
	if (!filter)
		return;
	ipc_channel_close(filter->channel);
	filter->channel = NULL;
	process_kill(filter->process);
	filter->process = NULL;
}

void filter_free(struct filter *filter)
{
	if (!filter)
		return;
	free(filter->text);
	loop_defer_free(filter->job->broker->loop, filter);
}
