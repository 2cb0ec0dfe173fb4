/* The worker of a job: what it may say, and how it ends. */
#include "broker/work.h"

#include "broker/call.h"
#include "broker/filter.h"
#include "broker/plan.h"
#include "broker/review.h"
#include "broker/sync.h"
#include "broker/violations.h"
#include "lib/base/clock.h"
#include "lib/base/log.h"

/* Between the last word of a worker and its end. */
#define FAREWELL_MS 3000u

#define PROGRESS_INTERVAL_MS 80u

static void pace(struct job *job)
{
	const struct broker *broker = job->broker;

	/* One call each always goes, so that nobody waits for others who wait for hours. */
	if (job->channel)
		ipc_channel_hold(job->channel,
				 (job->calls_in_flight > 0 && broker->calls >= CALLS_MAX) ||
					 audit_log_behind(broker->audit));
}

void job_pace_all(struct broker *broker)
{
	for (struct job *job = broker->jobs; job; job = job->next)
		pace(job);
}

static int handle_call(void *owner, struct ipc_incoming *in)
{
	struct job *job = owner;
	struct operation_arguments arguments;
	enum operation_id operation = (enum operation_id)ipc_get_enum(in, OPERATIONS);

	uint32_t delay_ms = ipc_get_u32(in);

	protocol_get_arguments(in, &arguments);
	if (ipc_end(in) < 0 || !job->granted ||
	    job->calls_in_flight >= job->broker->settings.in_flight)
		return -1;
	if (grant_has_expired(&job->grant)) {
		job_fail(job, FAILURE_DENIED, "Run the command again.",
			 "the job has taken longer than one job is granted");
		return 0;
	}
	if (call_start(job, in->id, operation, &arguments, delay_ms) < 0)
		return -1;
	pace(job);
	return 0;
}

static int handle_note(void *owner, struct ipc_incoming *in)
{
	const char *text = ipc_get_string(in);

	if (ipc_end(in) < 0)
		return -1;
	job_note(owner, text);
	return 0;
}

/* Numbers only, and no more often than anybody can read them. */
static int handle_progress(void *owner, struct ipc_incoming *in)
{
	struct job *job = owner;
	uint32_t done = ipc_get_u32(in), total = ipc_get_u32(in), items = ipc_get_u32(in);
	uint64_t now = clock_monotonic_ms();

	if (ipc_end(in) < 0)
		return -1;
	if (now - job->progress_ms < PROGRESS_INTERVAL_MS)
		return 0;
	job->progress_ms = now;
	if (job->sync && job->request.kind != JOB_REPOS_LIST) {
		sync_tell_progress(job->sync, done, total, items);
		return 0;
	}
	struct ipc_message *message = ipc_new(MESSAGE_PROGRESS, 0);
	ipc_put_u32(message, done);
	ipc_put_u32(message, total);
	ipc_put_u32(message, items);
	ipc_send(job->client->channel, message);
	return 0;
}

static int handle_propose(void *owner, struct ipc_incoming *in)
{
	struct job *job = owner;

	return job->granted ? plan_propose(job, in) : -1;
}

static int handle_work_done(void *owner, struct ipc_incoming *in)
{
	struct job *job = owner;
	struct failure failure;

	job->items = ipc_get_u32(in);
	protocol_get_failure(in, &failure);
	if (ipc_end(in) < 0)
		return -1;
	if (filter_outlasts(job->filter, &failure) || review_outlasts(job->review, &failure))
		work_release(job);
	else
		job_end(job, &failure);
	return 0;
}

static int handle_order(void *owner, struct ipc_incoming *in)
{
	return sync_take_order(owner, in);
}

static int handle_unchanged(void *owner, struct ipc_incoming *in)
{
	int status = sync_take_unchanged(owner, in);

	pace(owner);
	return status;
}

static int handle_look(void *owner, struct ipc_incoming *in)
{
	return sync_take_look(owner, in);
}

static int handle_prune(void *owner, struct ipc_incoming *in)
{
	return sync_take_prune(owner, in);
}

static const struct ipc_permit permits[] = {
	{MESSAGE_HELLO, IPC_ONCE, 0, 4096, {IPC_FD_NONE}, protocol_pass_over_hello},
	{MESSAGE_CALL, IPC_PERMIT, 0, 8192, {IPC_FD_NONE}, handle_call},
	{MESSAGE_NOTE, IPC_PERMIT, 0, 256, {IPC_FD_NONE}, handle_note},
	{MESSAGE_PROGRESS, IPC_PERMIT, 12, 12, {IPC_FD_NONE}, handle_progress},
	{MESSAGE_PROPOSE, IPC_ONCE, 0, 8192, {IPC_FD_NONE}, handle_propose},
	{MESSAGE_SYNC, IPC_PERMIT, 0, 2048, {IPC_FD_NONE}, handle_order},
	{MESSAGE_UNCHANGED, IPC_PERMIT, 2, 32768, {IPC_FD_NONE}, handle_unchanged},
	{MESSAGE_LOOK, IPC_PERMIT, 3, 32768, {IPC_FD_NONE}, handle_look},
	{MESSAGE_PRUNE, IPC_ONCE, 0, 16384, {IPC_FD_NONE}, handle_prune},
	{MESSAGE_WORK_DONE, IPC_ONCE, 0, 2048, {IPC_FD_NONE}, handle_work_done},
};

/* Its end is no news any more, but it does not come. */
static void farewell_over(void *context)
{
	struct job *job = context;

	job->farewell = NULL;
	job_fail(job, FAILURE_INTERNAL, "Run the command again; if it recurs, report it.",
		 "the worker process fell silent and did not end");
}

/* Its last message and the agent's word that it has ended come on two ways, in any order: only what
 * comes after both is missing. */
static void channel_ended(void *owner, enum ipc_ending ending, const char *detail)
{
	struct job *job = owner;

	job->channel_ended = true;
	if (ending == IPC_PEER_CLOSED) {
		if (!job->worker)
			job_end(job, &job->failure);
		else
			job->farewell =
				loop_after(job->broker->loop, FAREWELL_MS, farewell_over, job);
		return;
	}
	violations_protocol(job->broker, ROLE_WORKER, job->worker, job->actor, detail);
	job_fail(job, FAILURE_INTERNAL, "Run the command again; if it recurs, report it.",
		 "the worker process broke its protocol");
}

static void worker_ended(void *context, enum process_end how, uint32_t number)
{
	struct job *job = context;

	job->worker = NULL;
	failure_set(&job->failure, FAILURE_INTERNAL,
		    "Run the command again; if it recurs, report it.",
		    how == PROCESS_SIGNALLED ? "the worker process was ended by signal %d"
		    : how == PROCESS_VIOLATED_SANDBOX
			    ? "the worker process tried forbidden system call %d"
			    : "the worker process ended early with status %d",
		    (int)number);
	if (job->channel_ended)
		job_end(job, &job->failure);
}

void work_start(struct job *job)
{
	int ends[2];

	if (ipc_pair(ends) < 0)
		fatal("cannot make a socket pair: %m");
	job->channel = ipc_channel_new(job->broker->loop, ends[0], permits,
				       sizeof(permits) / sizeof(permits[0]), channel_ended, job);
	ipc_channel_in_step(job->channel);
	job->worker = process_start(job->broker, ROLE_WORKER, &ends[1], 1, worker_ended, job);
}

/* One that has said its last word ends by itself; any other one is ended. */
void work_release(struct job *job)
{
	loop_cancel(job->farewell);
	job->farewell = NULL;
	ipc_channel_close(job->channel);
	job->channel = NULL;
	process_kill(job->worker);
	job->worker = NULL;
}

void work_send(struct job *job)
{
	struct ipc_message *message = ipc_new(MESSAGE_WORK, 0);
	struct job_request request = job->request;
	struct credential_facts facts;

	request.api_url = request.credential = "";
	request.operation = job->operation;
	if (job->review)
		request.review = *review_request(job->review);
	if (job->sync)
		request.repos = *sync_request(job->sync);
	choice_facts(&job->choice, &facts);
	for (unsigned i = 0; i < PARAMETERS; i++)
		request.arguments.values[i] = job->grant.values[i];
	ipc_put_string(message, job->id);
	ipc_put_string(message, job->choice.origin);
	ipc_put_u32(message, job->broker->settings.in_flight);
	ipc_put_u32(message, job->broker->settings.max_retries);
	ipc_put_u32(message, (uint32_t)job_patience_ms(job));
	protocol_put_facts(message, &facts);
	protocol_put_request(message, &request);
	ipc_put_fd(message, job->output);
	job->output = -1;
	if (job->review)
		review_put_work(job->review, message);
	if (job->sync)
		sync_put_work(job->sync, message);
	ipc_send(job->channel, message);
	if (job->sync)
		sync_send_listed(job->sync);
}
