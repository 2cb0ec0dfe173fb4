/* The errand of `ghward audit checkpoint`: a signed note over the whole log, to be kept elsewhere.
 */
#include "broker/client.h"
#include "broker/errand_parts.h"
#include "lib/base/io.h"
#include "lib/json/write.h"

#include <stdio.h>

#define BODY_MAX 2048u

static void tell(struct errand *errand, const char *note)
{
	struct ipc_message *message = ipc_new(MESSAGE_CHECKPOINT, 0);

	ipc_put_string(message, note);
	ipc_send(errand->job->client->channel, message);
	errand_end(errand, NULL);
}

/* Only the webhook's origin is named: its path may be a secret. */
static void fail(struct errand *errand, enum failure_kind kind, const char *why)
{
	char message[256];

	snprintf(message, sizeof(message), "the checkpoint could not be sent to %.100s: %.100s",
		 errand->site->base, why);
	errand_fail(errand, kind, "Look at audit.webhook in config.json, and try again.", message);
}

static void answered(void *context, const struct response *response, int body)
{
	struct errand *errand = context;
	char status[24];

	io_close(&body);
	errand->request = NULL;
	snprintf(status, sizeof(status), "status %u", response->status);
	if (response->status >= 200 && response->status < 300)
		tell(errand, errand->note);
	else
		fail(errand, response->status >= 500 ? FAILURE_SERVER : FAILURE_VALIDATION, status);
}

static void failed(void *context, const struct failure *failure, bool sent)
{
	struct errand *errand = context;

	(void)sent;
	errand->request = NULL;
	fail(errand, failure->kind, failure->message);
}

/* As an alert is sent: what reads those keeps the notes as well. */
static void push(struct errand *errand)
{
	static const struct upstream_callbacks callbacks = {.answered = answered, .failed = failed};
	const char *webhook = errand->broker->settings.audit.webhook;
	char origin[VALIDATE_ORIGIN_MAX + 1], body[BODY_MAX];
	struct upstream_order order = {
		.method = METHOD_POST, .retry = RETRY_NEVER, .url = webhook, .body = body};
	struct json_writer writer;

	json_writer_init(&writer, body, sizeof(body));
	json_object_begin(&writer);
	json_key(&writer, "text");
	json_string(&writer, errand->note);
	json_object_end(&writer);
	if (json_finish(&writer, &order.body_length) < 0 || validate_webhook(webhook, origin) < 0)
		fatal("a checkpoint cannot be sent");
	errand->site = bearer_nobody(errand->broker, origin);
	errand->request = upstream_send(errand->site, &order, &callbacks, errand);
}

static void have_note(void *context, const char *note)
{
	struct errand *errand = context;

	if (!note) {
		errand_fail(errand, FAILURE_AUDIT,
			    "Check the audit directory's permissions and free space.",
			    audit_log_reason(errand->broker->audit));
		return;
	}
	if (!errand->push) {
		tell(errand, note);
		return;
	}
	snprintf(errand->note, sizeof(errand->note), "%s", note);
	push(errand);
}

void errand_checkpoint(struct errand *errand)
{
	if (errand->push && !*errand->broker->settings.audit.webhook)
		errand_fail(errand, FAILURE_USAGE,
			    "Set audit.webhook in config.json, or take --output or --syslog.",
			    "there is no address to push checkpoints to");
	else
		audit_log_ask_checkpoint(errand->broker->audit, have_note, errand);
}
