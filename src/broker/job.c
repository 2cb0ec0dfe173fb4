/* A job: decided, recorded, worked on, recorded. */
#include "broker/job.h"

#include "broker/app.h"
#include "broker/call.h"
#include "broker/doctor.h"
#include "broker/environment.h"
#include "broker/errand.h"
#include "broker/filter.h"
#include "broker/plan.h"
#include "broker/policy.h"
#include "broker/upstream.h"
#include "broker/violations.h"
#include "lib/base/clock.h"
#include "lib/base/io.h"
#include "lib/base/log.h"
#include "lib/base/memory.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

/* Between the last word of a worker and its end. */
#define FAREWELL_MS 3000u

#define PROGRESS_INTERVAL_MS 80u

#define NOTES_MAX 16u

static const char *job_name(enum job_kind kind)
{
	static const char *const names[JOB_KINDS] = {
		[JOB_ALERTS_LIST] = "alerts.list",
		[JOB_ALERTS_VIEW] = "alerts.view",
		[JOB_ALERTS_INSTANCES] = "alerts.instances",
		[JOB_ALERTS_DISMISS] = "alerts.dismiss",
		[JOB_ALERTS_REOPEN] = "alerts.reopen",
		[JOB_ALERTS_ASSIGN] = "alerts.assign",
		[JOB_ALERTS_UNASSIGN] = "alerts.unassign",
		[JOB_RATE_LIMIT] = "rate_limit.view",
		[JOB_AUTH_STATUS] = "auth.status",
		[JOB_AUTH_CHECK] = "auth.check",
		[JOB_AUTH_LOGIN] = "auth.login",
		[JOB_AUTH_LOGOUT] = "auth.logout",
		[JOB_VAULT_INIT] = "vault.init",
		[JOB_VAULT_ADD] = "vault.add",
		[JOB_VAULT_LIST] = "vault.list",
		[JOB_VAULT_REMOVE] = "vault.remove",
		[JOB_VAULT_ROTATE] = "vault.rotate",
		[JOB_VAULT_REKEY] = "vault.rekey",
		[JOB_VAULT_VERIFY] = "vault.verify",
		[JOB_DOCTOR] = "doctor.run",
	};

	return names[kind];
}

struct audit_event job_event(const struct job *job, const char *event, enum audit_phase phase)
{
	return (struct audit_event){
		.actor = job->actor,
		.job = job->id,
		.event = event,
		.target = job->target,
		.phase = phase,
		.severity = AUDIT_INFO,
	};
}

uint64_t job_patience_ms(const struct job *job)
{
	return job->request.wait ? GRANT_PATIENCE_MS : job->broker->settings.max_backoff_ms;
}

void job_note(struct job *job, const char *text)
{
	if (!job->client || job->notes == NOTES_MAX || strcmp(job->last_note, text) == 0)
		return;
	job->notes++;
	snprintf(job->last_note, sizeof(job->last_note), "%s", text);
	struct ipc_message *message = ipc_new(MESSAGE_NOTE, 0);
	ipc_put_string(message, text);
	ipc_send(job->client->channel, message);
}

/* --- the end --- */

static void forget_job(struct job *job)
{
	struct broker *broker = job->broker;

	for (struct job **at = &broker->jobs; *at; at = &(*at)->next) {
		if (*at == job) {
			*at = job->next;
			break;
		}
	}
	grant_free(&job->grant);
	bearer_release(job->bearer);
	filter_free(job->filter);
	free(job->plan);
	job->plan = NULL;
	loop_defer_free(broker->loop, job);
	broker_progress(broker);
}

static void result_durable(void *context, bool durable)
{
	struct job *job = context;
	const char *reason = audit_log_broken(job->broker->audit);

	job->waiting = NULL;
	/* An answer that is not on record must not look like one. */
	if (!durable && job->failure.kind != FAILURE_AUDIT)
		failure_set(&job->failure, FAILURE_AUDIT,
			    "Check the audit directory's permissions and free space.", "%s",
			    reason ? reason : "the audit log cannot be written");
	client_job_done(job->client, job->id, &job->failure);
	forget_job(job);
}

static void record_result(struct job *job)
{
	char items[16], duration[24];
	struct audit_event event = job_event(job, job_name(job->request.kind), AUDIT_RESULT);

	event.outcome =
		job->failure.kind == FAILURE_NONE ? "done" : failure_name(job->failure.kind);
	event.request_id = job->failure.request_id;
	if (job->failure.kind == FAILURE_DENIED || job->failure.kind == FAILURE_INTERNAL)
		event.severity = AUDIT_WARNING;
	log_write(LOG_LEVEL_INFO, "%s: %s %s for %s: %s (%u items, status %u, request id %s)",
		  job->id, event.event, job->target, job->actor, event.outcome, job->items,
		  job->failure.status, *event.request_id ? event.request_id : "none");
	snprintf(items, sizeof(items), "%u", job->items);
	snprintf(duration, sizeof(duration), "%llu",
		 (unsigned long long)(clock_monotonic_ms() - job->started_ms));
	event.details[event.detail_count].key = "items";
	event.details[event.detail_count++].value = items;
	event.details[event.detail_count].key = "duration_ms";
	event.details[event.detail_count++].value = duration;
	if (job->failure.kind != FAILURE_NONE) {
		event.details[event.detail_count].key = "message";
		event.details[event.detail_count++].value = job->failure.message;
	}
	job->waiting = audit_log_append(job->broker->audit, &event, result_durable, job);
}

/* One that has said its last word ends by itself; any other one is ended. */
static void release_worker(struct job *job)
{
	loop_cancel(job->farewell);
	job->farewell = NULL;
	ipc_channel_close(job->channel);
	job->channel = NULL;
	process_kill(job->worker);
	job->worker = NULL;
}

void job_end(struct job *job, const struct failure *failure)
{
	if (job->ending)
		return;
	job->ending = true;
	if (failure != &job->failure)
		job->failure = *failure;
	call_cancel_all(job);
	audit_log_forget(job->waiting);
	job->waiting = NULL;
	release_worker(job);
	filter_stop(job->filter);
	io_close(&job->output);
	doctor_stop(job->doctor);
	job->doctor = NULL;
	errand_stop(job->errand);
	job->errand = NULL;
	bearer_forget(job->preparing);
	job->preparing = NULL;
	record_result(job);
}

static void end_with(struct job *job, enum failure_kind kind, const char *hint, const char *message)
{
	struct failure failure;

	failure_set(&failure, kind, hint, "%s", message);
	job_end(job, &failure);
}

void job_cancel(struct job *job)
{
	struct failure fine = {.kind = FAILURE_NONE};

	if (job->doctor)
		job_end(job, &fine);
	else
		end_with(job, FAILURE_INTERRUPTED, "", "interrupted");
}

void job_abandon(struct job *job)
{
	job->client = NULL;
	end_with(job, FAILURE_INTERRUPTED, "", "the client has gone");
}

/* --- the worker --- */

static void pace(struct job *job)
{
	/* One call each always goes, so that nobody waits for others who wait for hours. */
	if (job->channel)
		ipc_channel_hold(job->channel,
				 job->calls_in_flight > 0 && job->broker->calls >= CALLS_MAX);
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
		end_with(job, FAILURE_DENIED, "Run the command again.",
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
	if (filter_outlasts(job->filter, &failure))
		release_worker(job);
	else
		job_end(job, &failure);
	return 0;
}

static int handle_hello(void *owner, struct ipc_incoming *in)
{
	struct sandbox_report report;

	(void)owner;
	protocol_get_report(in, &report);
	return ipc_end(in);
}

static const struct ipc_permit permits[] = {
	{MESSAGE_HELLO, IPC_ONCE, 0, 4096, {IPC_FD_NONE}, handle_hello},
	{MESSAGE_CALL, IPC_PERMIT, 0, 8192, {IPC_FD_NONE}, handle_call},
	{MESSAGE_NOTE, IPC_PERMIT, 0, 256, {IPC_FD_NONE}, handle_note},
	{MESSAGE_PROGRESS, IPC_PERMIT, 12, 12, {IPC_FD_NONE}, handle_progress},
	{MESSAGE_PROPOSE, IPC_ONCE, 0, 8192, {IPC_FD_NONE}, handle_propose},
	{MESSAGE_WORK_DONE, IPC_ONCE, 0, 2048, {IPC_FD_NONE}, handle_work_done},
};

/* Its end is no news any more, but it does not come. */
static void farewell_over(void *context)
{
	struct job *job = context;

	job->farewell = NULL;
	end_with(job, FAILURE_INTERNAL, "Run the command again; if it recurs, report it.",
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
	end_with(job, FAILURE_INTERNAL, "Run the command again; if it recurs, report it.",
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

static void start_worker(struct job *job)
{
	int ends[2];

	if (ipc_pair(ends) < 0)
		fatal("cannot make a socket pair: %m");
	job->channel = ipc_channel_new(job->broker->loop, ends[0], permits,
				       sizeof(permits) / sizeof(permits[0]), channel_ended, job);
	ipc_channel_in_step(job->channel);
	job->worker = process_start(job->broker, ROLE_WORKER, &ends[1], 1, worker_ended, job);
}

/* The pipe between worker and client, with a filter in between if there is one; the broker keeps no
 * end of it. */
static void start_output(struct job *job)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		fatal("cannot make a pipe: %m");
	job->output = job->filter ? filter_start(job->filter, ends[1]) : ends[1];
	struct ipc_message *message = ipc_new(MESSAGE_JOB_STARTED, 0);
	ipc_put_string(message, job->id);
	ipc_put_fd(message, ends[0]);
	ipc_send(job->client->channel, message);
}

static void send_work(struct job *job)
{
	struct ipc_message *message = ipc_new(MESSAGE_WORK, 0);
	struct job_request request = job->request;
	struct credential_facts facts;

	request.api_url = request.credential = "";
	request.operation = job->operation;
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
	ipc_send(job->channel, message);
}

static void bearer_ready(void *context, const struct failure *failure)
{
	struct job *job = context;

	job->preparing = NULL;
	if (failure) {
		job_end(job, failure);
		return;
	}
	if (job->choice.kind == ENTRY_APP)
		app_describe(job->bearer, &job->choice);
	send_work(job);
}

/* Work begins when there is a token for it. */
static void begin_work(struct job *job)
{
	if (bearer_is_ready(job->bearer))
		bearer_ready(job, NULL);
	else
		job->preparing = bearer_prepare(job->bearer, bearer_ready, job);
}

static void intent_durable(void *context, bool durable)
{
	struct job *job = context;

	job->waiting = NULL;
	if (!durable) {
		const char *reason = audit_log_broken(job->broker->audit);
		end_with(job, FAILURE_AUDIT,
			 "Check the audit directory's permissions and free space.",
			 reason ? reason : "the audit log cannot be written");
		return;
	}
	job->granted = true;
	if (job->request.kind == JOB_DOCTOR) {
		job->doctor = doctor_start(job);
		return;
	}
	if (job->errand)
		errand_start(job->errand);
	else
		begin_work(job);
}

/* --- the beginning --- */

static const char *consent_name(enum consent consent)
{
	static const char *const names[CONSENTS] = {
		[CONSENT_GIVEN] = "given",
		[CONSENT_ASK] = "asked",
		[CONSENT_DRY_RUN] = "dry run",
	};

	return names[consent];
}

static void record_intent(struct job *job, const char *rule, const struct failure *failure)
{
	const struct broker *broker = job->broker;
	struct audit_event event = job_event(job, job_name(job->request.kind), AUDIT_INTENT);
	char credential[160];

	event.decision = failure->kind == FAILURE_NONE ? "allow" : "deny";
	event.rule = rule;
	if (job->bearer) {
		snprintf(credential, sizeof(credential), "%s%s%s", job->choice.source,
			 job->choice.from_vault ? ":" : "", job->choice.name);
		event.detail_count = 3;
		event.details[0].key = "api";
		event.details[0].value = job->choice.origin;
		event.details[1].key = "credential";
		event.details[1].value = credential;
		event.details[2].key = "token";
		event.details[2].value = job->choice.kind_name;
	}
	if (job->errand && errand_api(job->errand)) {
		event.details[event.detail_count].key = "api";
		event.details[event.detail_count++].value = errand_api(job->errand);
	}
	if (job->filter) {
		event.details[event.detail_count].key = "filter";
		event.details[event.detail_count++].value = filter_text(job->filter);
	}
	struct validate_proxy proxy;
	char proxy_name[UPSTREAM_PROXY_NAME_MAX];
	if (job->bearer && upstream_proxy(broker, job->bearer->base, &proxy)) {
		upstream_proxy_name(&proxy, proxy_name);
		event.details[event.detail_count].key = "proxy";
		event.details[event.detail_count++].value = proxy_name;
	}
	explicit_bzero(&proxy, sizeof(proxy));
	if (policy_writes(&job->request)) {
		event.details[event.detail_count].key = "consent";
		event.details[event.detail_count++].value = consent_name(job->request.consent);
	}
	if (failure->kind != FAILURE_NONE) {
		event.severity = AUDIT_WARNING;
		audit_log_note(broker->audit, &event);
	} else {
		job->waiting = audit_log_append(broker->audit, &event, intent_durable, job);
	}
}

static void name_job(struct job *job)
{
	unsigned char random[8];

	if (getrandom(random, sizeof(random), 0) != (ssize_t)sizeof(random))
		fatal("no random bytes: %m");
	int used = snprintf(job->id, sizeof(job->id), "j-");
	for (size_t i = 0; i < sizeof(random); i++)
		used += snprintf(job->id + used, sizeof(job->id) - (size_t)used, "%02x", random[i]);
}

struct job *job_start(struct client *client, const struct job_request *request)
{
	struct job *job = memory_new(sizeof(*job));
	struct failure failure;

	job->broker = client->broker;
	job->client = client;
	job->output = -1;
	job->started_ms = clock_monotonic_ms();
	job->request = *request;
	job->request.api_url = job->request.filter = "";
	job->request.credential = job->request.operation = "";
	job->request.entry = (struct entry_request){0};
	memset(&job->request.arguments, 0, sizeof(job->request.arguments));
	job->uid = client->uid;
	memcpy(job->actor, client->actor, sizeof(job->actor));
	snprintf(job->operation, sizeof(job->operation), "%s", request->operation);
	name_job(job);
	if (*request->filter)
		job->filter = filter_new(job, request->filter);
	job->next = job->broker->jobs;
	job->broker->jobs = job;

	const char *rule = policy_decide(job, request, &failure);
	if (errand_is(request->kind) && failure.kind == FAILURE_NONE)
		job->errand = errand_new(job, request);
	record_intent(job, rule, &failure);
	if (failure.kind != FAILURE_NONE) {
		job_end(job, &failure);
		return job;
	}
	/* While the intent becomes durable, the processes that will be needed start. */
	if (job->bearer) {
		start_worker(job);
		start_output(job);
		upstream_ensure(job->bearer);
	}
	/* There will be no other job, so what gh would say is of no use. */
	if (job->broker->mode == MODE_PRIVATE)
		environment_token_drop(job->broker->environment);
	return job;
}
