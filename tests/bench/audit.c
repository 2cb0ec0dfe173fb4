/* The audit writer's figures: records per second with so many in flight, how long one takes, and
 * the memory of ghward-audit, which runs confined as always.
 *
 * usage: bench_audit DIRECTORY IN_FLIGHT SECONDS
 * Prints: records, seconds, p50 and p99 of one record in microseconds, CPU seconds and peak
 * resident KiB of ghward-audit. */
#include "lib/ipc/channel.h"
#include "lib/ipc/protocol.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define SAMPLES (1u << 22)
#define IN_FLIGHT_MAX 1024u

static const struct ipc_permit permits[] = {
	{MESSAGE_HELLO, IPC_ONCE, 0, 4096, {IPC_FD_NONE}, NULL},
	{MESSAGE_AUDIT_DURABLE, IPC_PERMIT, 4, IPC_MESSAGE_MAX, {IPC_FD_NONE}, NULL},
	{MESSAGE_AUDIT_FAILED, IPC_ONCE, 5, 1024, {IPC_FD_NONE}, NULL},
	{MESSAGE_AUDIT_SPACE, IPC_PERMIT, 1, 1, {IPC_FD_NONE}, NULL},
};

struct bench {
	int channel;
	uint32_t sent, durable;
	uint64_t sent_ns[IN_FLIGHT_MAX];
	uint32_t *samples; /* nanoseconds */
	size_t count;
};

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static pid_t start_writer(int channel, int directory)
{
	char *const environment[] = {NULL};
	char *const arguments[] = {"ghward-audit", NULL};
	pid_t pid = fork();

	if (pid != 0)
		return pid;
	int high_channel = fcntl(channel, F_DUPFD_CLOEXEC, 20);
	int high_directory = fcntl(directory, F_DUPFD_CLOEXEC, 20);
	if (dup2(high_channel, FD_CHANNEL) == FD_CHANNEL &&
	    dup2(high_directory, FD_AUDIT_DIRECTORY) == FD_AUDIT_DIRECTORY)
		execve(GHWARD_AUDIT, arguments, environment);
	_exit(127);
}

static void fail(const char *what)
{
	perror(what);
	exit(EXIT_FAILURE);
}

/* A record as that of one answer of GitHub, every fourth an intent. */
static void send_record(struct bench *bench)
{
	uint32_t id = ++bench->sent;
	struct ipc_message *message = ipc_new(MESSAGE_AUDIT_APPEND, id);
	char target[32], job[32];

	snprintf(target, sizeof(target), "acme/repo-%u", id % 500);
	snprintf(job, sizeof(job), "j-%016x", id / 4);
	const struct audit_event event = {
		.actor = "uid:1000",
		.job = job,
		.event = "alerts.list",
		.target = target,
		.phase = id % 4 == 1 ? AUDIT_INTENT : AUDIT_RESULT,
		.decision = id % 4 == 1 ? "allow" : "",
		.rule = id % 4 == 1 ? "read.allowed" : "",
		.outcome = id % 4 == 1 ? "" : "answered",
		.request_id = id % 4 == 1 ? "" : "8E1A:2C5F:3B0D1E7:5A2F9C1:67400000",
		.closes = id % 4 == 0 ? id - 3 : 0,
		.detail_count = 2,
		.details = {{"status", "200"}, {"attempts", "1"}},
	};
	protocol_put_event(message, &event);
	bench->sent_ns[id % IN_FLIGHT_MAX] = now_ns();
	if (ipc_send_blocking(bench->channel, message) < 0)
		fail("send");
}

static void take_answer(struct bench *bench, struct ipc_incoming *in)
{
	uint64_t now = now_ns();

	if (in->type == MESSAGE_AUDIT_FAILED) {
		fprintf(stderr, "%s\n", ipc_get_string(in));
		exit(EXIT_FAILURE);
	}
	while (in->type == MESSAGE_AUDIT_DURABLE && in->reader.at < in->reader.end) {
		uint32_t id = ipc_get_u32(in);
		if (id != ++bench->durable)
			exit(EXIT_FAILURE);
		if (bench->count < SAMPLES)
			bench->samples[bench->count++] =
				(uint32_t)(now - bench->sent_ns[id % IN_FLIGHT_MAX]);
	}
}

static void run(struct bench *bench, unsigned in_flight, uint64_t end_ns)
{
	uint8_t *buffer = ipc_buffer_new();
	struct ipc_incoming in;

	for (bool going = true; going || bench->durable < bench->sent; going = now_ns() < end_ns) {
		while (going && bench->sent - bench->durable < in_flight)
			send_record(bench);
		if (ipc_receive(bench->channel, buffer, permits,
				sizeof(permits) / sizeof(permits[0]), &in) <= 0)
			fail("receive");
		take_answer(bench, &in);
	}
	free(buffer);
}

static int compare(const void *left, const void *right)
{
	uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;

	return (a > b) - (a < b);
}

int main(int argc, char **argv)
{
	struct bench bench = {0};
	struct rusage usage;
	int pair[2], status;

	if (argc != 4 || strtoul(argv[2], NULL, 10) > IN_FLIGHT_MAX)
		return EXIT_FAILURE;
	int directory = open(argv[1], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (directory < 0 || ipc_pair(pair) < 0)
		fail(argv[1]);
	pid_t pid = start_writer(pair[0], directory);
	close(pair[0]);
	bench.channel = pair[1];
	bench.samples = malloc(SAMPLES * sizeof(*bench.samples));
	uint64_t began = now_ns();
	run(&bench, (unsigned)strtoul(argv[2], NULL, 10),
	    began + strtoull(argv[3], NULL, 10) * 1000000000u);
	double seconds = (double)(now_ns() - began) / 1e9;
	close(bench.channel);
	if (wait4(pid, &status, 0, &usage) != pid || status != 0)
		fail("ghward-audit");
	qsort(bench.samples, bench.count, sizeof(*bench.samples), compare);
	printf("%u %.3f %.1f %.1f %.3f %ld\n", bench.durable, seconds,
	       bench.samples[bench.count / 2] / 1e3, bench.samples[bench.count / 100 * 99] / 1e3,
	       (double)usage.ru_utime.tv_sec + (double)usage.ru_utime.tv_usec / 1e6 +
		       (double)usage.ru_stime.tv_sec + (double)usage.ru_stime.tv_usec / 1e6,
	       usage.ru_maxrss);
	free(bench.samples);
	return EXIT_SUCCESS;
}
