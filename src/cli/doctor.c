/* ghward doctor: asks an agent for all of its processes, looks at them, and at itself last. */
#include "cli/commands.h"
#include "cli/doctor_print.h"
#include "cli/job.h"
#include "cli/output.h"
#include "cli/places.h"
#include "cli/supplies.h"
#include "lib/base/clock.h"
#include "lib/base/io.h"
#include "lib/ipc/protocol.h"

#include <cap-ng.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#define PROC_FILE_MAX 16384u

/* Files about this process, opened before its sandbox and read inside. */
enum { FD_OWN_STATUS = FD_CHANNEL + 1, FD_OWN_LIMITS };

/* --- /proc --- */

/* "" when it cannot be read. */
static void read_fd(int fd, char text[PROC_FILE_MAX])
{
	ssize_t got = fd < 0 ? -1 : io_read_full(fd, text, PROC_FILE_MAX - 1);

	text[got > 0 ? got : 0] = 0;
}

static int open_proc(pid_t pid, const char *name)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
	return open(path, O_RDONLY | O_CLOEXEC);
}

static void read_proc(pid_t pid, const char *name, char text[PROC_FILE_MAX])
{
	IO_AUTOCLOSE int fd = open_proc(pid, name);

	read_fd(fd, text);
}

/* The kernel gives the files of a process that is not dumpable to root. */
static enum doctor_dumpable judge_owner(pid_t pid, uid_t uid)
{
	char path[64];
	struct stat status;

	snprintf(path, sizeof(path), "/proc/%d/environ", (int)pid);
	if (stat(path, &status) < 0)
		return DOCTOR_DUMPABLE_UNKNOWN;
	return status.st_uid != uid ? DOCTOR_NOT_DUMPABLE : DOCTOR_IS_DUMPABLE;
}

/* Of root's own processes root owns the files anyway; but without capabilities it may not open this
 * one unless the process is dumpable and has no capabilities either. */
static enum doctor_dumpable judge_access(const struct doctor_process *process)
{
	const struct doctor_cell *caps = doctor_cell(process, "caps");
	IO_AUTOCLOSE int fd = open_proc(process->pid, "environ");

	if (fd >= 0)
		return DOCTOR_IS_DUMPABLE;
	if (!caps || !caps->ok)
		return DOCTOR_DUMPABLE_UNKNOWN;
	return errno == EACCES || errno == EPERM ? DOCTOR_NOT_DUMPABLE : DOCTOR_DUMPABLE_UNKNOWN;
}

static void drop_capabilities(void)
{
	capng_clear(CAPNG_SELECT_CAPS);
	capng_apply(CAPNG_SELECT_CAPS);
}

static enum doctor_dumpable judge(const struct doctor_process *process, const char *status)
{
	uint64_t uid;

	if (doctor_status_number(status, "Uid", 10, &uid) < 0)
		return DOCTOR_DUMPABLE_UNKNOWN;
	return uid == 0 ? judge_access(process) : judge_owner(process->pid, (uid_t)uid);
}

static void examine(struct doctor_process *process, unsigned filters)
{
	char text[PROC_FILE_MAX];

	read_proc(process->pid, "status", text);
	doctor_add_status(process, text, filters);
	doctor_add_dumpable(process, judge(process, text));
	read_proc(process->pid, "limits", text);
	doctor_add_limits(process, text);
	doctor_add_report(process);
}

static unsigned filters_of(pid_t pid)
{
	char text[PROC_FILE_MAX];
	uint64_t number = 0;

	read_proc(pid, "status", text);
	return doctor_status_number(text, "Seccomp_filters", 10, &number) < 0 ? 0
									      : (unsigned)number;
}

/* Filters add up from parent to child; only a surplus proves that a process has loaded its own. */
static void examine_all(struct doctor_findings *findings, unsigned before_agent)
{
	unsigned before_child = before_agent + 1;

	for (unsigned i = 0; i < findings->process_count; i++) {
		if (findings->processes[i].role == ROLE_AGENT)
			before_child = filters_of(findings->processes[i].pid);
	}
	if (geteuid() == 0)
		drop_capabilities();
	for (unsigned i = 0; i < findings->process_count; i++) {
		struct doctor_process *process = &findings->processes[i];
		examine(process, 1 + (process->role == ROLE_AGENT ? before_agent : before_child));
	}
}

/* --- the agent --- */

static const struct ipc_permit permits[] = {
	{MESSAGE_NOTE, IPC_PERMIT, 0, 512, {IPC_FD_NONE}, NULL},
	{MESSAGE_PROCESS, IPC_PERMIT, 0, 4096, {IPC_FD_NONE}, NULL},
	{MESSAGE_HEALTH, IPC_ONCE, 0, 256, {IPC_FD_NONE}, NULL},
	{MESSAGE_VAULT, IPC_ONCE, 0, 1024, {IPC_FD_NONE}, NULL},
	{MESSAGE_ENTRY, IPC_PERMIT, 0, 8192, {IPC_FD_NONE}, NULL},
	{MESSAGE_PROCESSES_READY, IPC_ONCE, 0, 0, {IPC_FD_NONE}, NULL},
	{MESSAGE_JOB_DONE, IPC_ONCE, 0, 2048, {IPC_FD_NONE}, NULL},
};

static int receive(struct session *session, struct ipc_incoming *in, struct session_end *end)
{
	if (session_receive(session, permits, sizeof(permits) / sizeof(permits[0]), in,
			    &end->failure) < 0)
		return -1;
	if (in->type != MESSAGE_JOB_DONE)
		return 0;
	session_get_end(in, end);
	return -1;
}

static int malformed(struct session_end *end)
{
	failure_set(&end->failure, FAILURE_INTERNAL, "", "the agent's list is malformed");
	return -1;
}

static int add_process(struct doctor_findings *findings, struct ipc_incoming *in,
		       struct session_end *end)
{
	struct doctor_process process = {.role = (enum role)ipc_get_enum(in, ROLES)};

	process.pid = (pid_t)ipc_get_u32(in);
	protocol_get_report(in, &process.report);
	/* The last place is this command's own. */
	if (ipc_end(in) < 0 || process.pid <= 0 || findings->process_count >= ROLES - 1)
		return malformed(end);
	findings->processes[findings->process_count++] = process;
	return 0;
}

static int add_health(struct doctor_findings *findings, struct ipc_incoming *in,
		      struct session_end *end)
{
	uint64_t now_s = clock_wall_s();

	return health_take(&findings->health, in, now_s) < 0 ? malformed(end) : 0;
}

/* What is wrong with the agent itself, such as an audit log that cannot be written. */
static int show_note(struct ipc_incoming *in, enum errors_form form, struct session_end *end)
{
	const char *text = ipc_get_string(in);

	if (ipc_end(in) < 0)
		return malformed(end);
	errors_job_note(form, end->job, text);
	return 0;
}

static int take(struct doctor_findings *findings, struct ipc_incoming *in, enum errors_form form,
		struct session_end *end)
{
	switch (in->type) {
	case MESSAGE_NOTE:
		return show_note(in, form, end);
	case MESSAGE_PROCESS:
		return add_process(findings, in, end);
	default:
		return add_health(findings, in, end);
	}
}

/* Returns 0 once all processes stand there to be looked at, -1 with a failure in *end. */
static int collect(struct session *session, struct doctor_findings *findings, enum errors_form form,
		   struct session_end *end)
{
	struct job_request request = {.kind = JOB_DOCTOR, .api_url = ""};
	struct ipc_message *message = ipc_new(MESSAGE_JOB, 1);
	struct ipc_incoming in;

	protocol_put_request(message, &request);
	if (session_send(message, &end->failure) < 0)
		return -1;
	for (;;) {
		if (receive(session, &in, end) < 0)
			break;
		if (in.type == MESSAGE_PROCESSES_READY)
			return ipc_end(&in);
		if (take(findings, &in, form, end) < 0)
			return -1;
	}
	if (end->failure.kind == FAILURE_NONE)
		failure_set(&end->failure, FAILURE_INTERNAL, "", "the agent ended the job early");
	return -1;
}

/* --- this process --- */

static int keep(const char *name, int target)
{
	int fd = open_proc(getpid(), name);

	if (fd < 0 || fd == target)
		return fd < 0 ? -1 : 0;
	int status = dup3(fd, target, O_CLOEXEC);
	io_close(&fd);
	return status < 0 ? -1 : 0;
}

static int examine_self(struct doctor_findings *findings, struct session_end *end)
{
	struct doctor_process *self = &findings->processes[findings->process_count++];
	unsigned before = filters_of(getpid());
	char text[PROC_FILE_MAX];

	self->role = ROLE_CLI;
	self->pid = getpid();
	if (keep("status", FD_OWN_STATUS) < 0 || keep("limits", FD_OWN_LIMITS) < 0) {
		failure_set(&end->failure, FAILURE_INTERNAL, "Is /proc mounted?",
			    "cannot read about this process: %m");
		return -1;
	}
	if (session_confine(FD_OWN_LIMITS, &self->report, &end->failure) < 0)
		return -1;
	read_fd(FD_OWN_STATUS, text);
	doctor_add_status(self, text, before + 1);
	read_fd(FD_OWN_LIMITS, text);
	doctor_add_limits(self, text);
	doctor_add_dumpable(self,
			    prctl(PR_GET_DUMPABLE) == 0 ? DOCTOR_NOT_DUMPABLE : DOCTOR_IS_DUMPABLE);
	doctor_add_report(self);
	return 0;
}

/* --- files --- */

static void look_at(struct doctor_health *health, const char *subject, const char *path,
		    enum health_rule rule)
{
	struct stat status;

	if (*path && lstat(path, &status) == 0)
		health_add_file(health, subject, path, &status, rule, geteuid());
}

/* The first one that is there, as places_open_config() takes it. */
static bool find_config(char path[ENVIRONMENT_PATH_MAX])
{
	for (unsigned i = 0; environment_config_file(&environment_own, i, path) > 0; i++) {
		if (access(path, F_OK) == 0)
			return true;
	}
	*path = 0;
	return false;
}

static void look_at_key_file(struct doctor_health *health, const struct launch *launch,
			     bool configured)
{
	const char *path = environment_get(&environment_own, "GHWARD_KEY_FILE");
	struct settings settings;
	struct failure ignored;

	if (path)
		look_at(health, "key file", path, HEALTH_PRIVATE);
	else if (configured && !keys_in_environment(&environment_own) &&
		 supplies_settings(launch, &settings, &ignored) == 0)
		look_at(health, "key file", settings.key_file, HEALTH_PRIVATE);
}

/* Before the environment is cleared of secrets. */
static void look_at_places(struct doctor_health *health, const struct launch *launch)
{
	char path[ENVIRONMENT_PATH_MAX];
	struct failure ignored;
	bool configured = find_config(path);

	look_at(health, "configuration", path, HEALTH_SETTINGS);
	if (supplies_audit_path(launch, path, &ignored) == 0)
		look_at(health, "audit log", path, HEALTH_PRIVATE);
	if (places_store_path(&environment_own, path) == 0)
		look_at(health, "search index", path, HEALTH_PRIVATE);
	if (places_vault_path(&environment_own, launch->vault, path) == 0)
		look_at(health, "vault", path, HEALTH_PRIVATE);
	look_at_key_file(health, launch, configured);
	if (environment_get(&environment_own, "TOKEN_ENCRYPTION_KEY"))
		health_add_key_in_environment(health);
}

/* --- the whole --- */

static void finish_job(struct session *session, struct session_end *end)
{
	struct ipc_incoming in;

	if (session_send(ipc_new(MESSAGE_CANCEL, 0), &end->failure) == 0 &&
	    receive(session, &in, end) == 0)
		failure_set(&end->failure, FAILURE_INTERNAL, "",
			    "the agent went on after the job's end");
}

static void find_kernel(struct doctor_findings *findings)
{
	struct utsname name;

	if (uname(&name) < 0)
		return;
	snprintf(findings->release, sizeof(findings->release), "%s", name.release);
	snprintf(findings->machine, sizeof(findings->machine), "%s", name.machine);
}

static void run(struct session *session, struct doctor_findings *findings, enum errors_form form,
		struct session_end *end)
{
	/* What a running agent had inherited nobody knows any more. */
	unsigned before_agent = session_is_private(session) ? filters_of(getpid()) : 0;

	find_kernel(findings);
	findings->landlock_abi = landlock_abi();
	if (collect(session, findings, form, end) < 0)
		return;
	examine_all(findings, before_agent);
	if (examine_self(findings, end) == 0)
		finish_job(session, end);
}

static int print(const struct doctor_findings *findings, const struct invocation *invocation,
		 bool terminal)
{
	if (invocation->options.values[OPTION_JSON_WHOLE])
		doctor_print_json(findings, terminal);
	else
		doctor_print_table(findings, terminal);
	return output_finish(doctor_findings_ok(findings) ? EXIT_SUCCESS : EXIT_FAILURE);
}

int doctor_run(const struct invocation *invocation)
{
	struct doctor_findings *findings = calloc(1, sizeof(*findings));
	struct session_end end = {.job = ""};
	struct environment_api api;
	struct session session;
	/* Asked now, as the sandbox refuses the question. */
	bool terminal = isatty(STDOUT_FILENO);

	if (!findings)
		return EXIT_FAILURE;
	if (environment_find_api(&environment_own, NULL, &api, &end.failure) == 0) {
		struct launch launch;
		job_launch(invocation, &api, &launch);
		launch.keys.purpose = KEYS_QUIET;
		look_at_places(&findings->health, &launch);
		if (session_open(&session, &launch, job_agent(invocation), &end.failure) == 0) {
			run(&session, findings, invocation->errors, &end);
			session_close(&session);
		}
	}
	int status = end.failure.kind == FAILURE_NONE
			     ? print(findings, invocation, terminal)
			     : errors_report(&end.failure, end.job, invocation->errors);
	free(findings);
	return status;
}
