/* A job: decided, recorded, worked on, recorded. */
#include "broker/job.h"

#include "broker/alert.h"
#include "broker/app.h"
#include "broker/call.h"
#include "broker/doctor.h"
#include "broker/environment.h"
#include "broker/errand.h"
#include "broker/filter.h"
#include "broker/policy.h"
#include "broker/review.h"
#include "broker/sync.h"
#include "broker/upstream.h"
#include "broker/work.h"
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
		[JOB_AUDIT_INCIDENTS_CLOSE] = "audit.incidents.close",
		[JOB_AUDIT_CHECKPOINT] = "audit.sign",
		[JOB_DOCTOR] = "doctor.run",
		[JOB_AUDIT_SEARCH] = "audit.search",
		[JOB_AUDIT_TAIL] = "audit.tail",
		[JOB_AUDIT_STATS] = "audit.stats",
		[JOB_AUDIT_EXPORT] = "audit.export",
		[JOB_AUDIT_INCIDENTS_LIST] = "audit.incidents.list",
		[JOB_AUDIT_INCIDENTS_SHOW] = "audit.incidents.show",
		[JOB_AUDIT_REPORT] = "audit.report",
		[JOB_REPOS_LIST] = "repos.list",
		[JOB_REPOS_SYNC] = "repos.sync",
		[JOB_REPOS_STATUS] = "repos.status",
		[JOB_REPOS_VERIFY] = "repos.verify",
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
	bearer_release(job->git_bearer);
	filter_free(job->filter);
	review_free(job->review);
	sync_free(job->sync);
	free(job->plan);
	job->plan = NULL;
	loop_defer_free(broker->loop, job);
	broker_progress(broker);
}

static void part(struct job *job)
{
	job->parting = false;
	client_job_done(job->client, job->id, &job->failure);
	forget_job(job);
}

void job_part_all(struct broker *broker)
{
	for (struct job *job = broker->jobs; job; job = job->next) {
		if (!job->parting || alert_outlasts(broker))
			continue;
		/* Which calls this for those that remain. */
		part(job);
		return;
	}
}

static void result_durable(void *context, bool durable)
{
	struct job *job = context;
	job->waiting = NULL;
	/* An answer that is not on record must not look like one. */
	if (!durable && job->failure.kind != FAILURE_AUDIT && job->request.kind != JOB_DOCTOR)
		failure_set(&job->failure, FAILURE_AUDIT,
			    "Check the audit directory's permissions and free space.", "%s",
			    audit_log_reason(job->broker->audit));
	/* A command's agent ends with its only job: what that has led to is told while somebody
	 * listens. */
	if (job->broker->mode == MODE_PRIVATE && alert_outlasts(job->broker))
		job->parting = true;
	else
		part(job);
}

static void record_result(struct job *job)
{
	char items[16], duration[24], credential[CHOICE_CREDENTIAL_SIZE];
	struct audit_event event = job_event(job, job_name(job->request.kind), AUDIT_RESULT);

	event.closes = job->intent;
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
	if (job->review)
		review_describe_result(job->review, &event);
	if (job->bearer) {
		choice_credential(&job->choice, credential);
		event.details[event.detail_count].key = "credential";
		event.details[event.detail_count++].value = credential;
	}
	if (job->failure.kind != FAILURE_NONE) {
		event.details[event.detail_count].key = "message";
		event.details[event.detail_count++].value = job->failure.message;
	}
	job->waiting = audit_log_append(job->broker->audit, &event, result_durable, job);
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
	work_release(job);
	filter_stop(job->filter);
	review_stop(job->review);
	sync_stop(job->sync);
	io_close(&job->output);
	doctor_stop(job->doctor);
	job->doctor = NULL;
	errand_stop(job->errand);
	job->errand = NULL;
	bearer_forget(job->preparing);
	job->preparing = NULL;
	record_result(job);
}

void job_fail(struct job *job, enum failure_kind kind, const char *hint, const char *message)
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
		job_fail(job, FAILURE_INTERRUPTED, "", "interrupted");
}

void job_abandon(struct job *job)
{
	job->client = NULL;
	job_fail(job, FAILURE_INTERRUPTED, "", "the client has gone");
}

/* --- the work --- */

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
	if (job->sync)
		sync_begin(job->sync);
	work_send(job);
}

/* Work begins when there is a token for it. */
static void begin_work(struct job *job)
{
	if (bearer_is_ready(job->bearer))
		bearer_ready(job, NULL);
	else
		job->preparing = bearer_prepare(job->bearer, bearer_ready, job);
}

/* What is known of repositories here needs no token. */
static void begin_offline(struct job *job)
{
	sync_begin(job->sync);
	work_send(job);
}

static void intent_durable(void *context, bool durable)
{
	struct job *job = context;

	job->waiting = NULL;
	/* Looking at the confinement needs no token, and may tell what is wrong. */
	if (!durable && job->request.kind == JOB_DOCTOR) {
		job_note(job, audit_log_reason(job->broker->audit));
	} else if (!durable) {
		job_fail(job, FAILURE_AUDIT,
			 "Check the audit directory's permissions and free space.",
			 audit_log_reason(job->broker->audit));
		return;
	}
	if (job->review) {
		review_begin(job->review);
		return;
	}
	job->granted = true;
	if (job->request.kind == JOB_DOCTOR) {
		job->doctor = doctor_start(job);
		return;
	}
	if (job->errand)
		errand_start(job->errand);
	else if (job->bearer)
		begin_work(job);
	else
		begin_offline(job);
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
	char credential[CHOICE_CREDENTIAL_SIZE];

	event.decision = failure->kind == FAILURE_NONE ? "allow" : "deny";
	event.rule = rule;
	/* Chosen is chosen, also where an incident keeps it from being used. */
	if (*job->choice.source) {
		choice_credential(&job->choice, credential);
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
	if (job->review)
		review_describe(job->review, &event);
	if (job->sync)
		sync_describe(job->sync, &event);
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
		job->intent = audit_log_id(job->waiting);
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
	job->request.review = (struct review_request){0};
	job->request.repos = (struct repos_request){0};
	job->uid = client->uid;
	memcpy(job->actor, client->actor, sizeof(job->actor));
	snprintf(job->operation, sizeof(job->operation), "%s", request->operation);
	name_job(job);
	if (*request->filter)
		job->filter = filter_new(job, request->filter);
	if (review_is(request->kind))
		job->review = review_new(job, request);
	if (sync_is(request->kind))
		job->sync = sync_new(job, request, client_take_listed(client));
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
	if (job->bearer || job->sync || (job->review && review_has_worker(job->review)))
		work_start(job);
	if (job->bearer || job->sync || job->review)
		start_output(job);
	if (job->bearer)
		upstream_ensure(job->bearer);
	if (job->git_bearer)
		upstream_ensure(job->git_bearer);
	if (job->review)
		review_prepare(job->review);
	if (job->sync)
		sync_prepare(job->sync);
	/* There will be no other job, so what gh would say is of no use. */
	if (job->broker->mode == MODE_PRIVATE)
		environment_token_drop(job->broker->environment);
	return job;
}
