/* ghward audit verify. */
#include "cli/commands.h"
#include "cli/output.h"
#include "cli/places.h"
#include "cli/report.h"
#include "cli/session.h"
#include "cli/supplies.h"
#include "lib/ipc/protocol.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What the verifier may say: its greeting, then the result or why there is none. */
static const struct ipc_permit permits[] = {
	{MESSAGE_HELLO, IPC_ONCE, 0, 4096, {IPC_FD_NONE}, NULL},
	{MESSAGE_VERIFIED, IPC_ONCE, 0, 4096, {IPC_FD_NONE}, NULL},
	{MESSAGE_JOB_DONE, IPC_ONCE, 0, 2048, {IPC_FD_NONE}, NULL},
};

/* Returns 0 with a result whose strings are the session's, or -1 with a failure. */
static int ask(struct session *session, struct verify_result *result, struct session_end *end)
{
	struct ipc_message *order = ipc_new(MESSAGE_VERIFY, 1);
	struct ipc_incoming in;
	struct sandbox_report report;

	ipc_put_u8(order, OUTPUT_JSON);
	if (session_send(order, &end->failure) < 0)
		return -1;
	do {
		if (session_receive(session, permits, sizeof(permits) / sizeof(permits[0]), &in,
				    &end->failure) < 0)
			return -1;
		if (in.type == MESSAGE_HELLO)
			protocol_get_report(&in, &report);
	} while (in.type == MESSAGE_HELLO && ipc_end(&in) == 0);
	if (in.type == MESSAGE_JOB_DONE) {
		session_get_end(&in, end);
	} else if (in.type == MESSAGE_VERIFIED) {
		protocol_get_verify_result(&in, result);
		if (ipc_end(&in) == 0)
			return 0;
	}
	if (end->failure.kind == FAILURE_NONE)
		failure_set(&end->failure, FAILURE_INTERNAL, "",
			    "the verifier's answer is malformed");
	return -1;
}

static void print_json(const struct verify_result *result, bool terminal)
{
	struct report_json json;
	struct json_writer *writer = &json.writer;

	report_json_begin(&json, terminal);
	json_object_begin(writer);
	json_key(writer, "ok");
	json_bool(writer, result->ok);
	json_key(writer, "records");
	json_u64(writer, result->records);
	json_key(writer, "segments");
	json_u64(writer, result->segments);
	json_key(writer, "first_bad");
	if (result->ok) {
		json_null(writer);
	} else {
		json_object_begin(writer);
		json_key(writer, "segment");
		json_string(writer, result->bad_segment);
		json_key(writer, "seq");
		json_u64(writer, result->bad_seq);
		json_key(writer, "kind");
		json_string(writer, result->bad_kind);
		json_object_end(writer);
	}
	json_key(writer, "last_hash");
	json_string(writer, result->last_hash);
	json_object_end(writer);
	report_json_end(&json);
}

/* File names of a directory that anybody may have filled. */
static void print_text(const struct verify_result *result)
{
	char segment[1024], kind[256], hash[256];

	sanitize_text(segment, sizeof(segment), result->bad_segment, strlen(result->bad_segment));
	sanitize_text(kind, sizeof(kind), result->bad_kind, strlen(result->bad_kind));
	sanitize_text(hash, sizeof(hash), result->last_hash, strlen(result->last_hash));
	if (result->ok)
		printf("ok: %" PRIu64 " records in %" PRIu64 " segments, last hash %s\n",
		       result->records, result->segments, *hash ? hash : "none");
	else
		printf("DAMAGED: %s at seq %" PRIu64 " in %s; the %" PRIu64
		       " records before it are whole\n",
		       kind, result->bad_seq, segment, result->records);
}

static int verify(struct session *session, const struct invocation *invocation)
{
	struct sandbox_report report;
	struct verify_result result;
	struct session_end end = {.job = ""};
	/* Asked now, as the sandbox refuses the question. */
	bool terminal = isatty(STDOUT_FILENO);
	int status;

	if (session_confine(FD_CHANNEL, &report, &end.failure) < 0 ||
	    ask(session, &result, &end) < 0) {
		status = errors_report(&end.failure, end.job, invocation->errors);
	} else {
		if (invocation->options.values[OPTION_JSON_WHOLE])
			print_json(&result, terminal);
		else
			print_text(&result);
		status = output_finish(
			failure_exit_code(result.ok ? FAILURE_NONE : FAILURE_INTEGRITY));
	}
	session_close(session);
	return status;
}

int audit_verify(const struct invocation *invocation)
{
	struct environment_api none = {.url = ""};
	struct launch launch = {.environment = &environment_own,
				.api = &none,
				.token = LAUNCH_WITHOUT_TOKEN,
				.errors = invocation->errors};
	struct failure failure;
	struct session session;
	const char *named = invocation->options.values[OPTION_DIR];
	char path[ENVIRONMENT_PATH_MAX];

	if (!named && supplies_audit_path(&launch, path, &failure) < 0)
		return errors_report(&failure, "", invocation->errors);
	int directory = places_open_evidence(&environment_own, named ? named : path, &failure);
	if (directory < 0 || session_open_verify(&session, &launch, directory, &failure) < 0)
		return errors_report(&failure, "", invocation->errors);
	return verify(&session, invocation);
}
