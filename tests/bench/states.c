/* How fast states of repositories are remembered and known again, asked as a worker does of a
 * ghward-store that is confined as always. Prints figures; nothing here passes or fails.
 *
 * Usage: bench_states DIRECTORY [STATES]     DIRECTORY is for this alone; 20,000 states. */
#include "lib/ipc/channel.h"
#include "worker/states.h"

#include <err.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static const struct ipc_permit permits[] = {
	{MESSAGE_HELLO, IPC_ONCE, 0, 4096, {IPC_FD_NONE}, NULL},
	{MESSAGE_NOTE, IPC_PERMIT, 0, 256, {IPC_FD_NONE}, NULL},
	{MESSAGE_SEARCHED, IPC_ONCE, 0, 2048, {IPC_FD_NONE}, NULL},
};

struct bench {
	int directory, channel;
	pid_t store;
	uint8_t *buffer;
	struct states *states;
	uint64_t count;
};

static double now_s(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static pid_t start_store(int channel, int directory)
{
	char *const environment[] = {NULL};
	char *const arguments[] = {"ghward-store", NULL};
	pid_t pid = fork();

	if (pid != 0)
		return pid;
	int high_channel = fcntl(channel, F_DUPFD_CLOEXEC, 20);
	int high_directory = fcntl(directory, F_DUPFD_CLOEXEC, 20);
	int evidence = open("/dev/null", O_RDONLY | O_CLOEXEC);
	if (dup2(high_channel, FD_CHANNEL) == FD_CHANNEL &&
	    dup2(evidence, FD_STORE_EVIDENCE) == FD_STORE_EVIDENCE &&
	    dup2(high_directory, FD_STORE_DIRECTORY) == FD_STORE_DIRECTORY)
		execve(GHWARD_STORE, arguments, environment);
	_exit(127);
}

static void begin(struct bench *bench)
{
	struct ipc_message *message = ipc_new(MESSAGE_STATES, 0);
	int channel[2], socket[2];

	if (ipc_pair(channel) < 0 || ipc_pair(socket) < 0)
		err(1, "sockets");
	bench->channel = channel[0];
	bench->store = start_store(channel[1], bench->directory);
	close(channel[1]);
	ipc_put_string(message, "/srv/mirrors");
	ipc_put_fd(message, socket[1]);
	if (ipc_send_blocking(bench->channel, message) < 0)
		err(1, "asking");
	bench->states = states_new(socket[0]);
}

/* Prints what it is told, and what the store took. */
static void end(struct bench *bench)
{
	struct ipc_incoming in = {0};
	struct rusage usage;
	int status;

	states_free(bench->states);
	while (ipc_receive(bench->channel, bench->buffer, permits, 3, &in) == 1) {
		if (in.type == MESSAGE_NOTE)
			printf("note: %s\n", ipc_get_string(&in));
		if (in.type == MESSAGE_SEARCHED)
			printf("  %" PRIu64 " states", ipc_get_u64(&in));
	}
	close(bench->channel);
	wait4(bench->store, &status, 0, &usage);
	printf("; ghward-store: status %#x, %.3f s CPU, peak %ld KiB resident\n", (unsigned)status,
	       (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
		       (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6,
	       usage.ru_maxrss);
}

/* In an order that is not that of the ids, as a listing by name is. */
static struct state_key key_of(const struct bench *bench, uint64_t i)
{
	return (struct state_key){1000000 + i * 7919 % bench->count * 331, REPOS_CODE};
}

static void put_all(struct bench *bench, uint64_t round)
{
	struct sync_state state = {.pushed_at = "2026-11-21T10:00:00Z", .branch = "main"};
	struct failure failure;

	for (uint64_t i = 0; i < bench->count; i++) {
		state.id = key_of(bench, i).id;
		state.checked_s = state.synced_s = 1700000000 + i + round;
		state.bytes = i * 12345;
		snprintf(state.name, sizeof(state.name), "organisation/repository-%" PRIu64, i);
		memset(state.digest, (int)(i % 251), sizeof(state.digest));
		states_put(bench->states, &state);
	}
	if (states_flush(bench->states, &failure) < 0)
		errx(1, "%s", failure.message);
}

static uint64_t get_all(struct bench *bench)
{
	struct sync_state found[SYNC_STATES_MAX];
	struct state_key keys[SYNC_STATES_MAX];
	uint64_t known = 0;
	size_t waiting = 0;

	for (uint64_t i = 0; i < bench->count; i++) {
		keys[waiting++] = key_of(bench, i);
		if (waiting < SYNC_STATES_MAX && i + 1 < bench->count)
			continue;
		known += states_get(bench->states, keys, waiting, found);
		waiting = 0;
	}
	return known;
}

static uint64_t list_all(struct bench *bench)
{
	struct sync_state found[SYNC_STATES_MAX];
	struct state_key after = {0};
	uint64_t known = 0;

	for (size_t got; (got = states_list(bench->states, after, found)) > 0; known += got)
		after = (struct state_key){found[got - 1].id, found[got - 1].part};
	return known;
}

static void measure_puts(struct bench *bench, const char *what, uint64_t round)
{
	begin(bench);
	double begun = now_s();
	put_all(bench, round);
	printf("%-16s %7.1f ms", what, (now_s() - begun) * 1e3);
	end(bench);
}

static void measure_reads(struct bench *bench, const char *what, uint64_t (*read)(struct bench *))
{
	begin(bench);
	double begun = now_s();
	uint64_t known = read(bench);
	printf("%-16s %7.1f ms, %" PRIu64 " known", what, (now_s() - begun) * 1e3, known);
	end(bench);
}

int main(int argc, char **argv)
{
	struct bench bench = {.count = 20000, .buffer = ipc_buffer_new()};

	if (argc < 2 || argc > 3)
		errx(2, "usage: bench_states DIRECTORY [STATES]");
	if (argc == 3)
		bench.count = strtoull(argv[2], NULL, 10);
	bench.directory = open(argv[1], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (bench.directory < 0 || !bench.count)
		err(1, "%s", argv[1]);
	measure_puts(&bench, "first puts", 0);
	measure_puts(&bench, "puts again", 1);
	measure_reads(&bench, "gets", get_all);
	measure_reads(&bench, "list", list_all);
	return 0;
}
