/* A subverted worker. The job names the act: by its first assignee, or by its comment. */
#include "rogue/rogue.h"

#include <string.h>

#define ESCAPES                                                                                    \
	"\x1b[2J\x1b]0;owned\x07\xc2\x9b"                                                          \
	"31m\r\nSend this? [y/N] \xe2\x80\xae"

struct rogue {
	struct job_request request;
	struct operation_arguments change; /* what its job would be allowed */
};

static struct ipc_message *proposal(enum operation_id operation,
				    const struct operation_arguments *arguments,
				    const char *subject)
{
	struct ipc_message *message = ipc_new(MESSAGE_PROPOSE, 0);

	ipc_put_u8(message, (uint8_t)operation);
	protocol_put_arguments(message, arguments);
	ipc_put_string(message, subject);
	return message;
}

static void propose(const struct rogue *rogue, const char *subject)
{
	rogue_send(proposal(OPERATION_ALERTS_UPDATE, &rogue->change, subject));
}

static void change(const struct rogue *rogue, uint32_t id)
{
	rogue_call(id, OPERATION_ALERTS_UPDATE, &rogue->change);
}

/* --- acts --- */

static void call_unasked(struct rogue *rogue)
{
	change(rogue, 1);
}

static void call_unconfirmed(struct rogue *rogue)
{
	propose(rogue, "");
	change(rogue, 1);
}

static void call_twice(struct rogue *rogue)
{
	if (rogue->request.consent == CONSENT_ASK) {
		propose(rogue, "");
		rogue_wait_for(MESSAGE_CONFIRMED);
	}
	change(rogue, 1);
	change(rogue, 2);
}

static void call_again_after_the_answer(struct rogue *rogue)
{
	propose(rogue, "");
	rogue_wait_for(MESSAGE_CONFIRMED);
	change(rogue, 1);
	rogue_wait_for(MESSAGE_CALL_RESULT);
	change(rogue, 2);
}

static void call_another_body(struct rogue *rogue)
{
	propose(rogue, "");
	rogue_wait_for(MESSAGE_CONFIRMED);
	rogue->change.values[PARAMETER_NEW_STATE] = "dismissed";
	rogue->change.values[PARAMETER_DISMISSED_REASON] = "won't fix";
	change(rogue, 1);
}

static void call_less(struct rogue *rogue)
{
	propose(rogue, "");
	rogue_wait_for(MESSAGE_CONFIRMED);
	rogue->change.values[PARAMETER_NEW_STATE] = NULL;
	change(rogue, 1);
}

/* Each takes one liberty with what the job fixes; the grant refuses them with and without consent.
 */
static void call_another_alert(struct rogue *rogue)
{
	rogue->change.values[PARAMETER_ALERT_NUMBER] = "2";
	change(rogue, 1);
}

static void call_another_repository(struct rogue *rogue)
{
	rogue->change.values[PARAMETER_REPO] = "site";
	change(rogue, 1);
}

static void call_other_assignees(struct rogue *rogue)
{
	rogue->change.values[PARAMETER_ASSIGNEES] = "mallory";
	change(rogue, 1);
}

static void call_another_comment(struct rogue *rogue)
{
	rogue->change.values[PARAMETER_DISMISSED_COMMENT] = "harmless";
	change(rogue, 1);
}

static void call_another_reason(struct rogue *rogue)
{
	rogue->change.values[PARAMETER_DISMISSED_REASON] = "false positive";
	change(rogue, 1);
}

static void call_another_state(struct rogue *rogue)
{
	rogue->change.values[PARAMETER_NEW_STATE] = "open";
	change(rogue, 1);
}

static void call_with_a_request(struct rogue *rogue)
{
	rogue->change.values[PARAMETER_CREATE_REQUEST] = "true";
	change(rogue, 1);
}

static void call_with_a_query(struct rogue *rogue)
{
	rogue->change.values[PARAMETER_PAGE] = "1";
	change(rogue, 1);
}

static void call_a_list(struct rogue *rogue)
{
	struct operation_arguments list = {0};

	list.values[PARAMETER_OWNER] = rogue->change.values[PARAMETER_OWNER];
	list.values[PARAMETER_REPO] = rogue->change.values[PARAMETER_REPO];
	rogue_call(1, OPERATION_ALERTS_LIST, &list);
}

static void read_without_end(struct rogue *rogue)
{
	struct operation_arguments alert = {0};

	alert.values[PARAMETER_OWNER] = rogue->change.values[PARAMETER_OWNER];
	alert.values[PARAMETER_REPO] = rogue->change.values[PARAMETER_REPO];
	alert.values[PARAMETER_ALERT_NUMBER] = rogue->change.values[PARAMETER_ALERT_NUMBER];
	for (uint32_t id = 1;; id++) {
		rogue_call(id, OPERATION_ALERTS_GET, &alert);
		rogue_wait_for(MESSAGE_CALL_RESULT);
	}
}

static void propose_a_read(struct rogue *rogue)
{
	struct operation_arguments alert = rogue->change;

	for (unsigned i = 0; i < PARAMETERS; i++) {
		if (i != PARAMETER_OWNER && i != PARAMETER_REPO && i != PARAMETER_ALERT_NUMBER)
			alert.values[i] = NULL;
	}
	rogue_send(proposal(OPERATION_ALERTS_GET, &alert, ""));
}

static void propose_twice(struct rogue *rogue)
{
	propose(rogue, "");
	propose(rogue, "");
}

static void propose_another_alert(struct rogue *rogue)
{
	rogue->change.values[PARAMETER_ALERT_NUMBER] = "2";
	propose(rogue, "");
}

static void propose_an_unknown_operation(struct rogue *rogue)
{
	rogue_send(proposal((enum operation_id)200, &rogue->change, ""));
}

static void propose_with_bytes_behind(struct rogue *rogue)
{
	struct ipc_message *message = proposal(OPERATION_ALERTS_UPDATE, &rogue->change, "");

	ipc_put_u8(message, 0);
	rogue_send(message);
}

static void propose_at_length(struct rogue *rogue)
{
	static char subject[1026];

	memset(subject, 'x', sizeof(subject) - 1);
	propose(rogue, subject);
}

static void propose_without_end(struct rogue *rogue)
{
	static char subject[60000];

	memset(subject, 'x', sizeof(subject) - 1);
	propose(rogue, subject);
}

static void propose_escapes(struct rogue *rogue)
{
	propose(rogue, ESCAPES);
}

/* Nothing wrong with it, but then it says nothing more. */
static void propose_and_wait(struct rogue *rogue)
{
	propose(rogue, "");
}

static void confirm_itself(struct rogue *rogue)
{
	propose(rogue, "");
	rogue_send(ipc_new(MESSAGE_CONFIRM, 0));
}

#define ACT(name)                                                                                  \
	{                                                                                          \
#name, name                                                                        \
	}
static const struct {
	const char *name;
	void (*run)(struct rogue *);
} acts[] = {
	ACT(call_unasked),
	ACT(call_unconfirmed),
	ACT(call_twice),
	ACT(call_again_after_the_answer),
	ACT(call_another_body),
	ACT(call_less),
	ACT(call_another_alert),
	ACT(call_another_repository),
	ACT(call_other_assignees),
	ACT(call_another_comment),
	ACT(call_another_reason),
	ACT(call_another_state),
	ACT(call_with_a_request),
	ACT(call_with_a_query),
	ACT(call_a_list),
	ACT(read_without_end),
	ACT(propose_a_read),
	ACT(propose_twice),
	ACT(propose_another_alert),
	ACT(propose_an_unknown_operation),
	ACT(propose_with_bytes_behind),
	ACT(propose_at_length),
	ACT(propose_without_end),
	ACT(propose_escapes),
	ACT(propose_and_wait),
	ACT(confirm_itself),
};

static void run(struct rogue *rogue, const char *name)
{
	for (size_t i = 0; i < sizeof(acts) / sizeof(acts[0]); i++) {
		if (strcmp(acts[i].name, name) == 0) {
			acts[i].run(rogue);
			return;
		}
	}
	fatal("the rogue worker knows no %s", name);
}

static void wait_for_work(struct rogue *rogue)
{
	static const struct ipc_permit permits[] = {
		{MESSAGE_WORK, IPC_ONCE, 0, 16384, {IPC_FD_PIPE_WRITE}, NULL},
	};
	struct ipc_incoming in;

	uint8_t *buffer = ipc_buffer_new(); /* the request's strings live there */
	if (ipc_receive(FD_CHANNEL, buffer, permits, 1, &in) <= 0)
		exit(EXIT_SUCCESS);
	ipc_get_string(&in); /* job, address, limits of requests, retries and waits */
	ipc_get_string(&in);
	for (int i = 0; i < 3; i++)
		ipc_get_u32(&in);
	protocol_get_facts(&in, &(struct credential_facts){0});
	protocol_get_request(&in, &rogue->request);
	if (ipc_end(&in) < 0)
		fatal("the broker sent malformed work");
}

int main(void)
{
	static struct rogue rogue;

	rogue_enter();
	wait_for_work(&rogue);
	rogue.change = rogue.request.arguments;
	const char *name = rogue.change.values[PARAMETER_ASSIGNEES];
	if (name)
		rogue.change.values[PARAMETER_NEW_STATE] = "open";
	else
		name = rogue.change.values[PARAMETER_DISMISSED_COMMENT];
	run(&rogue, name ? name : "");
	/* It stays, so that it has to be ended. */
	rogue_wait_for(UINT16_MAX);
	return EXIT_SUCCESS;
}
