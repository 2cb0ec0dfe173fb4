/* A broker whose answers are written down. */
#include "answers.h"

#include "lib/base/io.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

void calls_ask(struct calls *calls, uint32_t id, enum operation_id operation,
	       const struct operation_arguments *arguments, uint32_t delay_ms)
{
	enum operation_parameter wrong;

	(void)id;
	(void)delay_ms;
	/* Nothing that changes anything is ever sent. */
	assert_int_equal(operation_get(operation)->class, CLASS_READ);
	assert_int_equal(operation_check(operation, arguments, &wrong), 0);
	calls->asked[operation]++;
	calls->open = operation;
}

static const char *text_of(const char *text)
{
	return text ? text : "";
}

static void fill(struct answer *answer, const struct canned *canned)
{
	const char *body = text_of(canned->body);

	if (!canned->status) {
		failure_set(&answer->failure, FAILURE_NETWORK, "", "no connection");
		return;
	}
	answer->response = (struct response){
		.status = canned->status,
		.body_size = strlen(body),
		.limit = RESPONSE_NUMBER_ABSENT,
		.remaining = RESPONSE_NUMBER_ABSENT,
		.used = RESPONSE_NUMBER_ABSENT,
		.reset = RESPONSE_NUMBER_ABSENT,
		.retry_after = RESPONSE_NUMBER_ABSENT,
		.date = RESPONSE_NUMBER_ABSENT,
		.request_id = "ABCD:1234",
		.link = "",
		.content_type = "",
		.resource = "",
		.location = "",
		.scopes = text_of(canned->scopes),
		.accepted_scopes = "",
		.accepted_permissions = text_of(canned->accepted),
		.token_expiration = text_of(canned->expiration),
	};
	answer->body = memfd_create("body", MFD_CLOEXEC);
	assert_int_equal(io_write_full(answer->body, body, strlen(body)), 0);
}

void calls_wait(struct calls *calls, uint32_t id, struct answer *answer)
{
	const struct canned *canned = calls->canned;

	*answer = (struct answer){.id = id, .body = -1};
	while (canned->operation != calls->open && (canned->status || canned->body))
		canned++;
	if (!canned->status && !canned->body)
		fail_msg("%s has no answer", operation_get(calls->open)->id);
	fill(answer, canned);
}

void answer_free(struct answer *answer)
{
	io_close(&answer->body);
}

struct job *answers_job(struct calls *calls, enum job_kind kind, const char *credential_kind,
			enum output_format format)
{
	struct job *job = calloc(1, sizeof(*job));

	assert_non_null(job);
	job->api_url = "https://api.github.com";
	job->calls = calls;
	job->patience_ms = 1000;
	job->facts = (struct credential_facts){.name = "work",
					       .source = "vault",
					       .reason = "it is for github.com",
					       .kind = credential_kind,
					       .owner = "",
					       .account = "",
					       .permissions = ""};
	job->request.kind = kind;
	job->request.format = format;
	job->request.operation = "";
	job->request.width = 200;
	job->output.fd = memfd_create("output", MFD_CLOEXEC);
	return job;
}

const char *answers_written(struct job *job)
{
	static char text[16384];

	output_flush(&job->output);
	ssize_t length = pread(job->output.fd, text, sizeof(text) - 1, 0);
	assert_true(length >= 0);
	text[length] = 0;
	return text;
}

void answers_free(struct job *job)
{
	close(job->output.fd);
	free(job);
}
