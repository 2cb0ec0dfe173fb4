/* ghward-store: one search and the lines that it finds, or one job's states; then the end. */
#include "lib/auditlog/auditlog.h"
#include "lib/base/log.h"
#include "lib/ipc/channel.h"
#include "lib/ipc/protocol.h"
#include "lib/sandbox/roles.h"
#include "store/search.h"
#include "store/states.h"

#include <sqlite3.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const struct ipc_permit permits[] = {
	{MESSAGE_SEARCH, IPC_ONCE, 0, 8192, {IPC_FD_PIPE_WRITE}, NULL},
	{MESSAGE_STATES, IPC_ONCE, 0, 2048, {IPC_FD_SEQPACKET}, NULL},
};

static void send_or_die(struct ipc_message *message)
{
	/* A broker that has gone has cancelled the job. */
	if (ipc_send_blocking(FD_CHANNEL, message) < 0)
		exit(EXIT_SUCCESS);
}

static void tell(void *context, const char *text)
{
	struct ipc_message *message = ipc_new(MESSAGE_NOTE, 0);

	(void)context;
	ipc_put_string(message, text);
	send_or_die(message);
}

static void search(const struct review_request *review, uint32_t limit, struct sink *sink,
		   struct failure *failure)
{
	const struct search_question question = {
		.filter = &review->filter,
		.limit = limit,
		.newest = review->newest,
		.follow = review->follow,
		.evidence = FD_STORE_EVIDENCE,
		.store = FD_STORE_DIRECTORY,
		.life = FD_CHANNEL,
		.note = tell,
	};

	memset(failure, 0, sizeof(*failure));
	if (search_run(&question, sink) < 0)
		failure_set(failure, FAILURE_AUDIT, "Check that you may read its files.",
			    "the audit log cannot be read: %s", strerror(errno));
	else if (sink->closed)
		failure_set(failure, FAILURE_INTERRUPTED, "", "nobody reads the records");
}

static void conclude(uint64_t records, const struct failure *failure)
{
	struct ipc_message *message = ipc_new(MESSAGE_SEARCHED, 0);

	ipc_put_u64(message, records);
	protocol_put_failure(message, failure);
	send_or_die(message);
}

static void answer_search(struct ipc_incoming *in)
{
	static struct sink sink;
	struct review_request review;
	struct failure failure;

	protocol_get_review(in, &review);
	uint32_t limit = ipc_get_u32(in);
	sink.fd = ipc_take_fd(in, 0);
	if (ipc_end(in) < 0 || (review.newest && limit > SEARCH_NEWEST_MAX))
		fatal("the broker sent a malformed search");
	search(&review, limit, &sink, &failure);
	conclude(sink.lines, &failure);
}

static void answer_states(struct ipc_incoming *in)
{
	const struct states_question question = {
		.destination = ipc_get_string(in),
		.worker = ipc_take_fd(in, 0),
		.store = FD_STORE_DIRECTORY,
		.note = tell,
	};
	struct failure failure;

	if (ipc_end(in) < 0 || !*question.destination ||
	    strlen(question.destination) > REPOS_DESTINATION_MAX)
		fatal("the broker sent a malformed question");
	uint64_t records = states_serve(&question, &failure);
	conclude(records, &failure);
}

int main(void)
{
	struct sandbox_report report;
	struct ipc_incoming in;
	int got;

	/* Asks the system about itself. */
	if (sqlite3_config(SQLITE_CONFIG_SINGLETHREAD) != SQLITE_OK ||
	    sqlite3_initialize() != SQLITE_OK)
		fatal("SQLite does not start");
	if (sandbox_enter_role("store", &(struct sandbox_variables){0}, &report) < 0)
		fatal("cannot confine ghward-store at %s: %m", sandbox_failed_step());
	struct ipc_message *hello = ipc_new(MESSAGE_HELLO, 0);
	protocol_put_report(hello, &report);
	send_or_die(hello);

	uint8_t *buffer = ipc_buffer_new();
	do {
		got = ipc_receive(FD_CHANNEL, buffer, permits, sizeof(permits) / sizeof(permits[0]),
				  &in);
	} while (got < 0 && errno == EINTR);
	if (got < 0)
		fatal("the broker sent a malformed question: %m");
	if (got > 0 && in.type == MESSAGE_STATES)
		answer_states(&in);
	else if (got > 0)
		answer_search(&in);
	free(buffer);
	return EXIT_SUCCESS;
}
