/* ghward audit checkpoint: the signed note, printed and kept where the log's owner has no hand. */
#include "cli/broker_job.h"
#include "cli/commands.h"
#include "cli/output.h"
#include "cli/report.h"
#include "lib/base/io.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define NOTE_MAX 1024u

/* What stays open in the sandbox, from FD_CHANNEL + 1 on. */
enum { FD_KEPT = FD_CHANNEL + 1, FD_SYSLOG };

struct keeping {
	char note[NOTE_MAX];
	int file, syslog; /* -1 where it is not asked for */
};

static int take(void *context, struct ipc_incoming *in)
{
	struct keeping *keeping = context;

	if (in->type != MESSAGE_CHECKPOINT)
		return -1;
	snprintf(keeping->note, sizeof(keeping->note), "%s", ipc_get_string(in));
	return ipc_end(in);
}

/* Appended to, so that a file of somebody else keeps what it has. */
static int open_file(const char *name, struct failure *failure)
{
	int fd = open(name, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, 0644);

	if (fd < 0)
		failure_set(failure, FAILURE_USAGE,
			    "Name a file that this user may append to, or may make.",
			    "cannot open \"%.200s\": %s", name, strerror(errno));
	return fd;
}

static int open_syslog(struct failure *failure)
{
	static const struct sockaddr_un log = {.sun_family = AF_UNIX, .sun_path = "/dev/log"};
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd >= 0 && connect(fd, (const struct sockaddr *)&log, sizeof(log)) == 0)
		return fd;
	failure_set(failure, FAILURE_USAGE, "Is a syslog daemon running?",
		    "cannot connect to /dev/log: %s", strerror(errno));
	io_close(&fd);
	return -1;
}

/* Moves a descriptor to the number that it keeps. */
static int place(int *fd, int number)
{
	int kept = *fd < 0 ? open("/dev/null", O_WRONLY | O_CLOEXEC) : *fd;
	int placed = kept == number ? kept : dup3(kept, number, O_CLOEXEC);

	if (kept != number)
		io_close(&kept);
	if (*fd >= 0)
		*fd = placed;
	return placed;
}

/* Once the agent is there, the numbers behind FD_CHANNEL are free. */
static int prepare(struct broker_job *job, struct failure *failure)
{
	struct keeping *keeping = job->context;
	const struct options *options = &job->invocation->options;
	const char *name = options->values[OPTION_NOTE_FILE];

	if ((name && (keeping->file = open_file(name, failure)) < 0) ||
	    (options->values[OPTION_SYSLOG] && (keeping->syslog = open_syslog(failure)) < 0))
		return -1;
	/* High first, so that neither is in the other's way. */
	int file = fcntl(keeping->file, F_DUPFD_CLOEXEC, FD_SYSLOG + 1);
	int syslog = fcntl(keeping->syslog, F_DUPFD_CLOEXEC, FD_SYSLOG + 1);
	io_close(&keeping->file);
	io_close(&keeping->syslog);
	keeping->file = file;
	keeping->syslog = syslog;
	if (place(&keeping->file, FD_KEPT) >= 0 && place(&keeping->syslog, FD_SYSLOG) >= 0)
		return 0;
	failure_set(failure, FAILURE_INTERNAL, "", "cannot arrange descriptors: %m");
	return -1;
}

/* RFC 3164, facility "log audit": the note in one line, with a space for each line feed. */
static int send_syslog(int fd, const char *note)
{
	char line[NOTE_MAX + 64];
	int length = snprintf(line, sizeof(line), "<109>ghward: audit checkpoint: %s", note);

	for (int i = 0; i < length; i++) {
		if (line[i] == '\n')
			line[i] = ' ';
	}
	return write(fd, line, (size_t)length) == length ? 0 : -1;
}

static int keep(const struct keeping *keeping, struct failure *failure)
{
	if (keeping->file >= 0 &&
	    io_write_full(keeping->file, keeping->note, strlen(keeping->note)) < 0) {
		failure_set(failure, FAILURE_INTERNAL, "", "the note cannot be written: %s",
			    strerror(errno));
		return -1;
	}
	if (keeping->syslog >= 0 && send_syslog(keeping->syslog, keeping->note) < 0) {
		failure_set(failure, FAILURE_INTERNAL, "", "the note cannot be sent to syslog: %s",
			    strerror(errno));
		return -1;
	}
	return 0;
}

static void print_json(const char *note, bool terminal)
{
	struct report_json json;

	report_json_begin(&json, terminal);
	json_object_begin(&json.writer);
	json_key(&json.writer, "note");
	json_string(&json.writer, note);
	json_object_end(&json.writer);
	report_json_end(&json);
}

int audit_checkpoint(const struct invocation *invocation)
{
	struct keeping keeping = {.file = -1, .syslog = -1};
	struct broker_job job;
	int begun = broker_job_begin(&job, invocation, JOB_AUDIT_CHECKPOINT);

	job.take = take;
	job.context = &keeping;
	job.prepare = prepare;
	job.last_fd = FD_SYSLOG;
	if (invocation->options.values[OPTION_PUSH])
		job.request.operation = CHECKPOINT_PUSH;
	if (begun == 0 && broker_job_run(&job) == 0 && keep(&keeping, &job.end.failure) == 0) {
		if (job.request.format == OUTPUT_JSON)
			print_json(keeping.note, job.terminal);
		else
			fputs(keeping.note, stdout);
	}
	return broker_job_end(&job);
}
