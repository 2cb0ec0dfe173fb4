/* ghward-verify: one question, one answer. */
#include "verify/verify.h"

#include "lib/base/log.h"
#include "lib/ipc/channel.h"
#include "lib/sandbox/roles.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const struct ipc_permit permits[] = {
	{MESSAGE_VERIFY, IPC_ONCE, 1, 1, {IPC_FD_NONE}, NULL},
};

static void send_or_die(struct ipc_message *message)
{
	if (ipc_send_blocking(FD_CHANNEL, message) < 0)
		fatal("cannot answer: %m");
}

/* Returns false when nobody asks. */
static bool wait_for_question(void)
{
	struct ipc_incoming in;
	uint8_t *buffer = ipc_buffer_new();
	int got;

	do {
		got = ipc_receive(FD_CHANNEL, buffer, permits, 1, &in);
	} while (got < 0 && errno == EINTR);
	if (got > 0) {
		(void)ipc_get_enum(&in, OUTPUT_FORMATS);
		if (ipc_end(&in) < 0)
			got = -1;
	}
	if (got < 0)
		fatal("a malformed question");
	free(buffer);
	return got > 0;
}

static struct ipc_message *answer(void)
{
	struct verification verification;
	char last[AUDITLOG_HEX_SIZE] = "";
	struct failure failure;

	if (verify_directory(FD_VERIFY_DIRECTORY, &verification) < 0) {
		struct ipc_message *message = ipc_new(MESSAGE_JOB_DONE, 0);
		failure_set(&failure, FAILURE_AUDIT, "Check that you may read the directory.",
			    "the audit log cannot be read: %s", strerror(errno));
		ipc_put_string(message, "");
		protocol_put_failure(message, &failure);
		return message;
	}
	const struct auditlog_checker *checker = &verification.checker;
	if (checker->records)
		auditlog_hex(checker->position.hash, last);
	const struct verify_result result = {
		.ok = !checker->damage,
		.records = checker->records,
		.segments = verification.segments,
		.bad_seq = checker->damaged_seq,
		.bad_segment = verification.bad_segment,
		.bad_kind = checker->damage ? checker->damage : "",
		.last_hash = last,
	};
	struct ipc_message *message = ipc_new(MESSAGE_VERIFIED, 0);
	protocol_put_verify_result(message, &result);
	return message;
}

int main(void)
{
	struct sandbox_report report;

	if (auditlog_init() < 0)
		fatal("the hash library does not start");
	if (sandbox_enter_role("verify", &(struct sandbox_variables){0}, &report) < 0)
		fatal("cannot confine ghward-verify at %s: %m", sandbox_failed_step());
	struct ipc_message *hello = ipc_new(MESSAGE_HELLO, 0);
	protocol_put_report(hello, &report);
	send_or_die(hello);
	if (wait_for_question())
		send_or_die(answer());
	return EXIT_SUCCESS;
}
