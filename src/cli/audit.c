/* ghward audit verify and pubkey: questions to ghward-verify. */
#include "cli/commands.h"
#include "cli/output.h"
#include "cli/places.h"
#include "cli/report.h"
#include "cli/session.h"
#include "cli/supplies.h"
#include "cli/verify_print.h"
#include "lib/base/io.h"
#include "lib/ipc/protocol.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A key or a note with room to spare. */
#define KEPT_MAX 2048u

/* What the verifier may say: its greeting, how far it is, then the result or why there is none. */
static const struct ipc_permit permits[] = {
	{MESSAGE_HELLO, IPC_ONCE, 0, 4096, {IPC_FD_NONE}, NULL},
	{MESSAGE_VERIFYING, IPC_PERMIT, 16, 16, {IPC_FD_NONE}, NULL},
	{MESSAGE_VERIFIED, IPC_ONCE, 0, VERIFY_RESULT_MAX, {IPC_FD_NONE}, NULL},
	{MESSAGE_JOB_DONE, IPC_ONCE, 0, 2048, {IPC_FD_NONE}, NULL},
};

struct verification {
	const struct invocation *invocation;
	struct session session;
	struct session_end end;
	struct progress progress;
	bool terminal;
	char first_key[KEPT_MAX], checkpoint[KEPT_MAX];
	struct verify_question question;
	struct verify_result result;
};

/* --- what the reviewer kept --- */

/* The end of a file, as text. Returns 0, or -1 with a failure. */
static int read_kept(const char *name, const char *option, char text[KEPT_MAX],
		     struct failure *failure)
{
	struct stat status;
	IO_AUTOCLOSE int fd = open(name, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	ssize_t got = -1;

	if (fd >= 0 && fstat(fd, &status) == 0) {
		uint64_t size = (uint64_t)status.st_size;
		got = io_pread_full(fd, text, KEPT_MAX - 1,
				    size < KEPT_MAX ? 0 : size - (KEPT_MAX - 1));
	}
	if (got < 0) {
		failure_set(failure, FAILURE_USAGE, "", "cannot read \"%.200s\" (%s): %s", name,
			    option, strerror(errno));
		return -1;
	}
	text[got] = 0;
	if (got == 0 || strlen(text) != (size_t)got) {
		failure_set(failure, FAILURE_USAGE, "", "\"%.200s\" (%s) is %s", name, option,
			    got ? "no text" : "empty");
		return -1;
	}
	return 0;
}

/* A verifier key, not the name of a file: it has two plus signs behind the log's name. */
static bool is_key(const char *text)
{
	const char *plus = strchr(text, '+');

	return strncmp(text, "ghward-audit/", 13) == 0 && plus && strchr(plus + 1, '+');
}

static int take_first_key(struct verification *run, const char *given)
{
	if (!given)
		return 0;
	if (!is_key(given))
		return read_kept(given, "--from-key", run->first_key, &run->end.failure);
	if (strlen(given) >= sizeof(run->first_key)) {
		failure_set(&run->end.failure, FAILURE_USAGE, "", "--from-key is too long");
		return -1;
	}
	snprintf(run->first_key, sizeof(run->first_key), "%s", given);
	return 0;
}

/* Notes may have been appended to each other: the last one says most. */
static int take_checkpoint(struct verification *run, const char *given)
{
	static const char begin[] = "\nghward-audit/";
	char text[KEPT_MAX + 1] = "\n", *last = text, *next;

	if (!given)
		return 0;
	if (read_kept(given, "--checkpoint", run->checkpoint, &run->end.failure) < 0)
		return -1;
	snprintf(text + 1, sizeof(text) - 1, "%s", run->checkpoint);
	while ((next = strstr(last + 1, begin)))
		last = next;
	snprintf(run->checkpoint, sizeof(run->checkpoint), "%s", last + 1);
	return 0;
}

/* --- asking --- */

static int receive(struct verification *run)
{
	struct ipc_incoming in;
	struct sandbox_report report;

	for (;;) {
		if (session_receive(&run->session, permits, sizeof(permits) / sizeof(permits[0]),
				    &in, &run->end.failure) < 0)
			return -1;
		if (in.type == MESSAGE_HELLO) {
			protocol_get_report(&in, &report);
		} else if (in.type == MESSAGE_VERIFYING) {
			uint64_t done = ipc_get_u64(&in), total = ipc_get_u64(&in);
			progress_show_bytes(&run->progress, done, total);
		} else if (in.type == MESSAGE_JOB_DONE) {
			session_get_end(&in, &run->end);
			return -1;
		} else {
			protocol_get_verify_result(&in, &run->result);
			return ipc_end(&in);
		}
		if (ipc_end(&in) < 0)
			return -1;
	}
}

/* Returns 0 with a result whose strings are the session's, or -1 with a failure. */
static int ask(struct verification *run)
{
	struct ipc_message *order = ipc_new(MESSAGE_VERIFY, 1);

	protocol_put_verify_question(order, &run->question);
	if (session_send(order, &run->end.failure) < 0)
		return -1;
	int status = receive(run);
	progress_end(&run->progress);
	if (status < 0 && run->end.failure.kind == FAILURE_NONE)
		failure_set(&run->end.failure, FAILURE_INTERNAL, "",
			    "the verifier's answer is malformed");
	return status;
}

/* Returns the descriptor of the directory, or -1 with a failure. */
static int open_directory(const struct launch *launch, const char *named, struct failure *failure)
{
	char path[ENVIRONMENT_PATH_MAX];

	if (!named && supplies_audit_path(launch, path, failure) < 0)
		return -1;
	return places_open_evidence(&environment_own, named ? named : path, failure);
}

/* Starts the verifier, confines this process and asks. Returns 0 with a result, or -1 with a
 * failure; `opened` is whether there is a session to close. */
static int run_question(struct verification *run, bool *opened)
{
	struct environment_api none = {.url = ""};
	struct launch launch = {.environment = &environment_own,
				.api = &none,
				.token = LAUNCH_WITHOUT_TOKEN,
				.errors = run->invocation->errors};
	const char *named = run->invocation->options.values[OPTION_DIR];
	struct sandbox_report report;
	int directory = open_directory(&launch, named, &run->end.failure);

	*opened = directory >= 0 &&
		  session_open_verify(&run->session, &launch, directory, &run->end.failure) == 0;
	if (!*opened)
		return -1;
	/* Asked now, as the sandbox refuses the question. */
	run->terminal = isatty(STDOUT_FILENO);
	progress_begin(&run->progress);
	run->question.progress = run->progress.wanted;
	run->question.first_key = run->first_key;
	run->question.checkpoint = run->checkpoint;
	return session_confine(FD_CHANNEL, &report, &run->end.failure) < 0 ? -1 : ask(run);
}

typedef void print_fn(const struct verification *);

static int answer(struct verification *run, print_fn *print)
{
	bool opened = false;
	int status;

	if (run_question(run, &opened) < 0) {
		status = errors_report(&run->end.failure, run->end.job, run->invocation->errors);
	} else {
		print(run);
		status = output_finish(
			failure_exit_code(run->result.ok ? FAILURE_NONE : FAILURE_INTEGRITY));
	}
	if (opened)
		session_close(&run->session);
	return status;
}

/* --- commands --- */

static void print_result(const struct verification *run)
{
	if (run->invocation->options.values[OPTION_JSON_WHOLE])
		verify_print_json(&run->result, run->terminal);
	else
		verify_print_text(&run->result);
}

int audit_verify(const struct invocation *invocation)
{
	struct verification run = {.invocation = invocation, .end = {.job = ""}};
	const char *const *values = invocation->options.values;

	if (take_first_key(&run, values[OPTION_FROM_KEY]) < 0 ||
	    take_checkpoint(&run, values[OPTION_KEPT_CHECKPOINT]) < 0)
		return errors_report(&run.end.failure, "", invocation->errors);
	return answer(&run, print_result);
}

static void print_key(const struct verification *run)
{
	const struct verify_result *result = &run->result;
	struct report_json json;

	if (!result->ok) {
		print_result(run);
		return;
	}
	if (!run->invocation->options.values[OPTION_JSON_WHOLE]) {
		printf("%s\n", result->first_key);
		return;
	}
	report_json_begin(&json, run->terminal);
	json_object_begin(&json.writer);
	json_key(&json.writer, "key");
	json_string(&json.writer, result->first_key);
	json_key(&json.writer, "origin");
	json_string(&json.writer, result->origin);
	json_object_end(&json.writer);
	report_json_end(&json);
}

int audit_pubkey(const struct invocation *invocation)
{
	struct verification run = {
		.invocation = invocation, .end = {.job = ""}, .question = {.only_first_key = 1}};

	return answer(&run, print_key);
}
