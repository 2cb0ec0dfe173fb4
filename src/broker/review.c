/* The broker's half of a review: which process is told what, and how two ends make one. */
#include "broker/review_parts.h"

#include "broker/work.h"
#include "lib/base/io.h"
#include "lib/base/log.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

/* --- two ends that make one --- */

/* Records that break off have their reason with the store, whose word is on the way. */
static bool says_more_than(const struct failure *of_worker)
{
	return of_worker->kind != FAILURE_NONE && of_worker->kind != FAILURE_MALFORMED;
}

bool review_outlasts(struct review *review, struct failure *of_worker)
{
	if (!review || says_more_than(of_worker) || review->store.answered)
		return false;
	review->worker_done = true;
	review->of_worker = *of_worker;
	return true;
}

static void store_done(struct review *review, const struct failure *failure)
{
	review->store.answered = true;
	/* Without its reader the store does not get far; why there is none, the worker says. */
	if (failure->kind != FAILURE_NONE && failure->kind != FAILURE_INTERRUPTED)
		job_end(review->job, failure);
	else if (review->worker_done)
		job_end(review->job, &review->of_worker);
}

static void assistant_failed(struct assistant *assistant, const struct failure *failure)
{
	struct review *review = assistant->context;

	if (assistant == &review->store)
		store_done(review, failure);
	else
		job_end(review->job, failure);
}

/* --- the store --- */

static int handle_note(void *owner, struct ipc_incoming *in)
{
	struct assistant *store = owner;
	const char *text = ipc_get_string(in);

	if (ipc_end(in) < 0)
		return -1;
	job_note(store->job, text);
	return 0;
}

static int handle_searched(void *owner, struct ipc_incoming *in)
{
	struct assistant *store = owner;
	struct review *review = store->context;
	struct failure failure;

	review->records = ipc_get_u64(in);
	protocol_get_failure(in, &failure);
	/* Of anything else it cannot know. */
	if (ipc_end(in) < 0 || (failure.kind != FAILURE_NONE && failure.kind != FAILURE_AUDIT &&
				failure.kind != FAILURE_INTERRUPTED))
		return -1;
	store_done(review, &failure);
	return 0;
}

static const struct ipc_permit store_permits[] = {
	{MESSAGE_HELLO, IPC_ONCE, 0, 4096, {IPC_FD_NONE}, assistant_hello},
	{MESSAGE_NOTE, IPC_PERMIT, 0, 256, {IPC_FD_NONE}, handle_note},
	{MESSAGE_SEARCHED, IPC_ONCE, 0, 2048, {IPC_FD_NONE}, handle_searched},
};

/* Store and worker are told what they do, and get the two ends of one pipe. */
static void search(struct review *review)
{
	struct ipc_message *message = ipc_new(MESSAGE_SEARCH, 0);
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		fatal("cannot make a pipe: %m");
	protocol_put_review(message, &review->request);
	ipc_put_u32(message, review->job->request.limit);
	ipc_put_fd(message, ends[1]);
	ipc_send(review->store.channel, message);
	review->pipe = ends[0];
	work_send(review->job);
}

void review_put_work(struct review *review, struct ipc_message *message)
{
	ipc_put_u8(message, review->verified != NULL);
	if (review->verified)
		protocol_put_verify_result(message, review->verified);
	ipc_put_fd(message, review->pipe);
	review->pipe = -1;
}

/* --- the verifier --- */

/* Damage is what a report tells of, but no bundle can be made of. */
static void bundled(struct review *review, const struct verify_result *result)
{
	struct failure failure = {.kind = FAILURE_NONE};
	char text[128];

	review->records = result->bundled;
	review->job->items = result->bundled < UINT32_MAX ? (uint32_t)result->bundled : UINT32_MAX;
	if (!result->ok)
		failure_set(&failure, FAILURE_INTEGRITY,
			    "ghward audit verify says more; what was written is no bundle.",
			    "the audit log is damaged (%s) at record %llu", result->bad_kind,
			    (unsigned long long)result->bad_seq);
	if (result->ok && result->unsigned_left_out) {
		snprintf(text, sizeof(text),
			 "left out, as no checkpoint signs them yet: %llu of the chosen records",
			 (unsigned long long)result->unsigned_left_out);
		job_note(review->job, text);
	}
	job_end(review->job, &failure);
}

static int handle_verified(void *owner, struct ipc_incoming *in)
{
	struct assistant *verifier = owner;
	struct review *review = verifier->context;
	struct verify_result result;

	protocol_get_verify_result(in, &result);
	if (ipc_end(in) < 0)
		return -1;
	verifier->answered = true;
	if (!review_has_worker(review)) {
		bundled(review, &result);
		return 0;
	}
	/* Its strings are the message's, which is good until this returns. */
	review->verified = &result;
	search(review);
	review->verified = NULL;
	return 0;
}

static int handle_unverified(void *owner, struct ipc_incoming *in)
{
	struct assistant *verifier = owner;
	struct failure failure;

	(void)ipc_get_string(in);
	protocol_get_failure(in, &failure);
	if (ipc_end(in) < 0 || failure.kind == FAILURE_NONE)
		return -1;
	verifier->answered = true;
	job_end(verifier->job, &failure);
	return 0;
}

static const struct ipc_permit verifier_permits[] = {
	{MESSAGE_HELLO, IPC_ONCE, 0, 4096, {IPC_FD_NONE}, assistant_hello},
	{MESSAGE_VERIFIED, IPC_ONCE, 0, VERIFY_RESULT_MAX, {IPC_FD_NONE}, handle_verified},
	{MESSAGE_JOB_DONE, IPC_ONCE, 0, 2048, {IPC_FD_NONE}, handle_unverified},
};

static void verify(struct review *review)
{
	bool bundle = !review_has_worker(review);
	struct ipc_message *message = ipc_new(bundle ? MESSAGE_BUNDLE : MESSAGE_VERIFY, 0);
	const struct verify_question question = {.first_key = "", .checkpoint = ""};

	protocol_put_verify_question(message, &question);
	if (bundle) {
		protocol_put_review(message, &review->request);
		ipc_put_fd(message, review->job->output);
		review->job->output = -1;
	}
	ipc_send(review->verifier.channel, message);
}

/* What is checked is signed up to this very job. Without a note, damage will say why. */
static void take_checkpoint(void *context, const char *note)
{
	(void)note;
	verify(context);
}

static void begin_signed(struct review *review)
{
	/* The writer knows nothing of another log. */
	if (*review->request.directory)
		verify(review);
	else
		audit_log_ask_checkpoint(review->job->broker->audit, take_checkpoint, review);
}

/* --- the whole --- */

bool review_has_worker(const struct review *review)
{
	return review->request.format != REVIEW_BUNDLE;
}

static bool has_verifier(const struct review *review)
{
	return review->job->request.kind == JOB_AUDIT_REPORT || !review_has_worker(review);
}

static void start(struct review *review, struct assistant *assistant, enum role role,
		  const struct ipc_permit *permits, size_t permit_count)
{
	assistant->job = review->job;
	assistant->role = role;
	assistant->failed = assistant_failed;
	assistant->context = review;
	assistant_start(assistant, permits, permit_count);
}

void review_prepare(struct review *review)
{
	if (review_has_worker(review))
		start(review, &review->store, ROLE_STORE, store_permits,
		      sizeof(store_permits) / sizeof(store_permits[0]));
	if (has_verifier(review))
		start(review, &review->verifier, ROLE_VERIFY, verifier_permits,
		      sizeof(verifier_permits) / sizeof(verifier_permits[0]));
}

void review_begin(struct review *review)
{
	if (has_verifier(review))
		begin_signed(review);
	else
		search(review);
}

void review_stop(struct review *review)
{
	if (!review)
		return;
	audit_log_unask(review->job->broker->audit, review);
	assistant_stop(&review->store);
	assistant_stop(&review->verifier);
	io_close(&review->pipe);
}

void review_free(struct review *review)
{
	if (review)
		loop_defer_free(review->job->broker->loop, review);
}
