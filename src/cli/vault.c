/* ghward vault: the credentials that the broker keeps encrypted. */
#include "cli/broker_job.h"
#include "cli/commands.h"
#include "cli/entry_request.h"
#include "cli/keyring.h"
#include "cli/request.h"
#include "cli/secret_input.h"
#include "lib/base/clock.h"
#include "lib/base/io.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

/* The word to the child that makes the next key of the keyring the current one. */
#define FD_PROMOTER (FD_CHANNEL + 1)

/* --- what is printed --- */

static void say(const struct broker_job *job)
{
	const struct vault_facts *facts = &job->result.facts;
	const char *name = job->invocation->options.words[0];

	switch (job->request.kind) {
	case JOB_VAULT_INIT:
		printf("made a vault; what opens it: %s\n", facts->sources);
		break;
	case JOB_VAULT_ADD:
		printf("stored %s; credentials in the vault: %" PRIu64 "\n",
		       job->request.entry.name, facts->entries);
		break;
	case JOB_VAULT_REMOVE:
		printf("removed %s; credentials in the vault: %" PRIu64 "\n", name, facts->entries);
		break;
	case JOB_VAULT_REKEY:
		printf("what opens the vault from now on: %s\n", facts->sources);
		break;
	case JOB_VAULT_ROTATE:
		printf("encrypted again under term %" PRIu32 ": credentials: %" PRIu64 "\n",
		       facts->term, facts->entries);
		break;
	default:
		printf("ok: generation %" PRIu64 ", term %" PRIu32 ", credentials: %" PRIu64
		       ", what opens it: %s\n",
		       facts->generation, facts->term, facts->entries, facts->sources);
	}
}

static void print_facts(struct broker_job *job)
{
	if (!job->result.told)
		failure_set(&job->end.failure, FAILURE_INTERNAL,
			    "LOG_LEVEL=debug shows what its processes reported.",
			    "the agent did not say what became of the vault");
	else if (job->request.format == OUTPUT_JSON)
		vault_print_facts_json(&job->result.facts, job->terminal);
	else
		say(job);
}

static int run(struct broker_job *job)
{
	if (broker_job_run(job) == 0)
		print_facts(job);
	return broker_job_end(job);
}

/* --- the vault as a whole --- */

/* Its keys are not for an agent that serves others, too. */
static int begin_alone(struct broker_job *job, const struct invocation *invocation,
		       enum job_kind kind, enum keys_purpose purpose)
{
	const struct options *options = &invocation->options;
	int status = broker_job_begin(job, invocation, kind);

	job->agent = SESSION_PRIVATE;
	job->launch.keys = (struct keys_order){
		.purpose = purpose,
		.file = options->values[OPTION_KEY_FILE],
		.keyring = options->values[OPTION_KEYRING] != NULL,
		.passphrase = options->values[OPTION_PASSPHRASE] != NULL,
	};
	return status;
}

int vault_init(const struct invocation *invocation)
{
	struct broker_job job;

	if (begin_alone(&job, invocation, JOB_VAULT_INIT, KEYS_INIT) < 0)
		return broker_job_end(&job);
	return run(&job);
}

int vault_rotate(const struct invocation *invocation)
{
	struct broker_job job;

	if (begin_alone(&job, invocation, JOB_VAULT_ROTATE, KEYS_OPEN) < 0)
		return broker_job_end(&job);
	return run(&job);
}

int vault_verify(const struct invocation *invocation)
{
	struct broker_job job;

	if (begin_alone(&job, invocation, JOB_VAULT_VERIFY, KEYS_OPEN) < 0)
		return broker_job_end(&job);
	if (invocation->options.values[OPTION_ACCEPT])
		job.request.operation = VAULT_ACCEPT;
	return run(&job);
}

/* --- a new key in the kernel's keyring --- */

static int start_promoter(struct broker_job *job, struct failure *failure)
{
	int order = -1;

	job->helper = keyring_promoter_start(&order);
	if (job->helper > 0 && order != FD_PROMOTER) {
		int kept = dup3(order, FD_PROMOTER, O_CLOEXEC);
		io_close(&order);
		if (kept < 0)
			job->helper = -1;
	}
	if (job->helper > 0)
		return 0;
	failure_set(failure, FAILURE_INTERNAL, "", "cannot start a process: %m");
	return -1;
}

static void promote(const struct broker_job *job)
{
	int order = FD_PROMOTER;

	if (keyring_promoter_finish(job->helper, &order) < 0)
		errors_note(job->invocation->errors, "the vault has its new key, which the keyring "
						     "still has under the name " KEYRING_NEXT);
}

int vault_rekey(const struct invocation *invocation)
{
	struct broker_job job;

	if (begin_alone(&job, invocation, JOB_VAULT_REKEY, KEYS_REKEY) < 0)
		return broker_job_end(&job);
	if (job.launch.keys.keyring) {
		job.prepare = start_promoter;
		job.last_fd = FD_PROMOTER;
	}
	if (broker_job_run(&job) == 0) {
		if (job.launch.keys.keyring)
			promote(&job);
		print_facts(&job);
	}
	return broker_job_end(&job);
}

/* --- entries --- */

static int prepare_entry(struct broker_job *job, const char *name)
{
	const struct options *options = &job->invocation->options;
	struct failure *failure = &job->end.failure;

	if (environment_find_host(&environment_own, options->values[OPTION_HOST], &job->api,
				  failure) < 0 ||
	    entry_request_make(&job->request.entry, name, options, &environment_own, failure) < 0)
		return -1;
	job->request.api_url = job->api.url;
	job->secret = true;
	return secret_input_open(options, job->request.entry.form, failure);
}

int vault_add(const struct invocation *invocation)
{
	struct broker_job job;

	if (broker_job_begin(&job, invocation, JOB_VAULT_ADD) < 0 ||
	    prepare_entry(&job, invocation->options.words[0]) < 0)
		return broker_job_end(&job);
	return run(&job);
}

int vault_remove(const struct invocation *invocation)
{
	struct broker_job job;

	if (broker_job_begin(&job, invocation, JOB_VAULT_REMOVE) < 0)
		return broker_job_end(&job);
	job.request.credential = invocation->options.words[0];
	return run(&job);
}

int vault_list(const struct invocation *invocation)
{
	const char *fields = invocation->options.values[OPTION_JSON];
	uint64_t now_s = clock_wall_s();
	struct broker_job job;

	if (broker_job_begin(&job, invocation, JOB_VAULT_LIST) < 0 ||
	    (fields &&
	     request_set_fields(&job.request, FIELD_SET_ENTRY, fields, &job.end.failure) < 0) ||
	    broker_job_run(&job) < 0)
		return broker_job_end(&job);
	if (fields)
		vault_print_list_json(&job.result, &job.request, now_s, job.terminal);
	else if (job.terminal && job.result.count == 0)
		errors_note(invocation->errors, "the vault has no credential of yours; \"ghward "
						"vault add\" stores one");
	else
		vault_print_list(&job.result, now_s, job.terminal);
	return broker_job_end(&job);
}
