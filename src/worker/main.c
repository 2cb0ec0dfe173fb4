/* ghward-worker: one job, then the end. */
#include "lib/base/log.h"
#include "lib/github/fields.h"
#include "lib/ipc/channel.h"
#include "lib/sandbox/roles.h"
#include "worker/alert_json.h"
#include "worker/calls.h"
#include "worker/job.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>

static const struct ipc_permit permits[] = {
	{MESSAGE_WORK, IPC_ONCE, 0, 16384, {IPC_FD_PIPE_WRITE}, NULL},
	{MESSAGE_WORK,
	 IPC_ONCE,
	 0,
	 16384 + VERIFY_RESULT_MAX,
	 {IPC_FD_PIPE_WRITE, IPC_FD_PIPE_READ},
	 NULL},
	{MESSAGE_WORK, IPC_ONCE, 0, 16384, {IPC_FD_PIPE_WRITE, IPC_FD_SEQPACKET}, NULL},
};

static void send_or_die(struct ipc_message *message)
{
	/* A broker that has gone has cancelled the job. */
	if (ipc_send_blocking(FD_CHANNEL, message) < 0)
		exit(EXIT_SUCCESS);
}

/* What comes with some kinds of job only. */
static void read_source(struct ipc_incoming *in, struct job *job)
{
	job->records = job->store = -1;
	switch (job->request.kind) {
	case JOB_REPOS_SYNC:
	case JOB_REPOS_STATUS:
	case JOB_REPOS_VERIFY:
		job->sweep_s = ipc_get_u32(in);
		job->store = ipc_take_fd(in, 1);
		break;
	default:
		job->records = ipc_take_fd(in, 1);
		if (job->records >= 0 && ipc_get_enum(in, 2))
			protocol_get_verify_result(in, &job->verified);
		break;
	}
}

/* The request's strings live in the returned buffer. NULL when no work came. */
static uint8_t *wait_for_work(struct job *job)
{
	uint8_t *buffer = ipc_buffer_new();
	struct ipc_incoming in;
	int got;

	do {
		got = ipc_receive(FD_CHANNEL, buffer, permits, sizeof(permits) / sizeof(permits[0]),
				  &in);
	} while (got < 0 && errno == EINTR);
	if (got < 0)
		fatal("the broker sent malformed work: %m");
	if (got == 0) {
		free(buffer);
		return NULL;
	}
	log_set_job(ipc_get_string(&in));
	job->api_url = ipc_get_string(&in);
	job->in_flight = ipc_get_u32(&in);
	job->max_retries = ipc_get_u32(&in);
	job->patience_ms = ipc_get_u32(&in);
	protocol_get_facts(&in, &job->facts);
	protocol_get_request(&in, &job->request);
	job->output.fd = ipc_take_fd(&in, 0);
	read_source(&in, job);
	if (ipc_end(&in) < 0 || job->in_flight == 0 || job->in_flight > CALLS_MAX)
		fatal("the broker sent malformed work");
	enum field_set set = json_fields_of(job->request.kind);
	for (unsigned i = 0; i < job->request.field_count; i++) {
		if (job->request.fields[i] >= field_count(set))
			fatal("the broker sent malformed work");
	}
	return buffer;
}

static void run_with_store(struct job *job)
{
	if (job->store < 0)
		fatal("the broker sent malformed work");
	if (job->request.kind == JOB_REPOS_SYNC)
		repos_sync_run(job);
	else if (job->request.kind == JOB_REPOS_STATUS)
		repos_status_run(job);
	else
		repos_verify_run(job);
}

static void run(struct job *job)
{
	switch (job->request.kind) {
	case JOB_ALERTS_LIST:
		list_run(job);
		break;
	case JOB_ALERTS_VIEW:
		view_run(job);
		break;
	case JOB_ALERTS_INSTANCES:
		instances_run(job);
		break;
	case JOB_ALERTS_DISMISS:
	case JOB_ALERTS_REOPEN:
	case JOB_ALERTS_ASSIGN:
	case JOB_ALERTS_UNASSIGN:
		update_run(job);
		break;
	case JOB_RATE_LIMIT:
		rate_limit_run(job);
		break;
	case JOB_AUTH_STATUS:
		auth_status_run(job);
		break;
	case JOB_AUTH_CHECK:
		auth_check_run(job);
		break;
	case JOB_AUDIT_SEARCH:
	case JOB_AUDIT_TAIL:
	case JOB_AUDIT_STATS:
	case JOB_AUDIT_EXPORT:
	case JOB_AUDIT_INCIDENTS_LIST:
	case JOB_AUDIT_INCIDENTS_SHOW:
	case JOB_AUDIT_REPORT:
		if (job->records < 0)
			fatal("the broker sent malformed work");
		review_run(job);
		break;
	case JOB_REPOS_LIST:
		repos_list_run(job);
		break;
	case JOB_REPOS_SYNC:
	case JOB_REPOS_STATUS:
	case JOB_REPOS_VERIFY:
		run_with_store(job);
		break;
	default:
		fatal("not a worker's job");
	}
}

int main(void)
{
	static struct job job;
	struct sandbox_report report;

	tzset(); /* would open a file later */
	if (sandbox_enter_role("worker", &(struct sandbox_variables){0}, &report) < 0)
		fatal("cannot confine ghward-worker at %s: %m", sandbox_failed_step());
	struct ipc_message *hello = ipc_new(MESSAGE_HELLO, 0);
	protocol_put_report(hello, &report);
	send_or_die(hello);

	uint8_t *buffer = wait_for_work(&job);
	if (!buffer)
		return EXIT_SUCCESS;
	job.output.coloured = job.request.format == OUTPUT_JSON && job.request.colour;
	job.calls = calls_new(job.in_flight);
	run(&job);
	output_flush(&job.output);
	/* A pager was left, or head has seen enough: nobody's fault, but not all of it was
	 * delivered. */
	if (job.output.closed && job.failure.kind == FAILURE_NONE)
		failure_set(&job.failure, FAILURE_INTERRUPTED, "", "the output was closed");
	struct ipc_message *done = ipc_new(MESSAGE_WORK_DONE, 0);
	ipc_put_u32(done, job.items);
	protocol_put_failure(done, &job.failure);
	send_or_die(done);
	calls_free(job.calls);
	free(buffer);
	return EXIT_SUCCESS;
}
