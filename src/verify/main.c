/* ghward-verify: one question about a directory, one answer; or a bundle, for whoever has one. */
#include "lib/auditlog/auditlog.h"
#include "lib/base/log.h"
#include "lib/ipc/channel.h"
#include "lib/sandbox/roles.h"
#include "verify/answer.h"
#include "verify/bundle_check.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>

/* A filter's texts and a note; longer ones are no question. */
#define QUESTION_MAX 16384u

static const struct ipc_permit permits[] = {
	{MESSAGE_VERIFY, IPC_ONCE, 2, QUESTION_MAX, {IPC_FD_NONE}, NULL},
	{MESSAGE_BUNDLE, IPC_ONCE, 2, QUESTION_MAX, {IPC_FD_PIPE_WRITE}, NULL},
};

static void send_or_die(struct ipc_message *message)
{
	if (ipc_send_blocking(FD_CHANNEL, message) < 0)
		fatal("cannot answer: %m");
}

static void greet(const struct sandbox_report *report)
{
	struct ipc_message *hello = ipc_new(MESSAGE_HELLO, 0);

	protocol_put_report(hello, report);
	send_or_die(hello);
}

/* Nobody may ask: the doctor only looks. */
static void serve(struct pool *pool)
{
	uint8_t *buffer = ipc_buffer_new();
	struct ipc_incoming in;
	int got;

	do {
		got = ipc_receive(FD_CHANNEL, buffer, permits, sizeof(permits) / sizeof(permits[0]),
				  &in);
	} while (got < 0 && errno == EINTR);
	if (got < 0)
		fatal("a malformed question");
	if (got > 0)
		send_or_die(answer_question(&in, FD_VERIFY_DIRECTORY, FD_CHANNEL, pool));
	free(buffer);
}

int main(int argc, char **argv)
{
	struct sandbox_report report;
	struct pool pool;

	if (auditlog_init() < 0)
		fatal("the hash library does not start");
	/* By ghward it is started with a channel, and without words. */
	if (argc > 1 || fcntl(FD_CHANNEL, F_GETFD) < 0)
		return bundle_main(argc, argv);
	if (sandbox_close_above(FD_VERIFY_DIRECTORY) < 0)
		fatal("the descriptors of ghward-verify are not as expected: %m");
	pool_start(&pool, FD_VERIFY_DIRECTORY);
	const struct sandbox_variables variables = {.last_fd = FD_VERIFY_DIRECTORY + pool.count};
	if (sandbox_enter_role("verify", &variables, &report) < 0)
		fatal("cannot confine ghward-verify at %s: %m", sandbox_failed_step());
	greet(&report);
	serve(&pool);
	pool_end(&pool);
	return EXIT_SUCCESS;
}
