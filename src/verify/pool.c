/* Partners that read pieces of segments. */
#include "verify/pool.h"

#include "lib/auditlog/directory.h"
#include "lib/base/io.h"
#include "lib/base/log.h"
#include "lib/base/memory.h"
#include "lib/ipc/channel.h"
#include "lib/sandbox/roles.h"
#include "verify/reader.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* --- a partner --- */

static const struct ipc_permit order_permits[] = {
	{MESSAGE_PIECE, IPC_PERMIT, 24, 24, {IPC_FD_NONE}, NULL},
};

struct partner {
	int directory;
	uint64_t segment; /* that is open */
	struct reader reader;
	struct auditlog_stretch stretch;
};

static int take_line(void *context, const char *line, size_t length, uint64_t offset)
{
	(void)offset;
	return auditlog_stretch_line(context, line, length);
}

static int open_segment(struct partner *partner, uint64_t segment)
{
	if (partner->segment == segment && partner->reader.fd >= 0)
		return 0;
	io_close(&partner->reader.fd);
	partner->segment = segment;
	partner->reader.fd = auditlog_open_segment(partner->directory, segment, O_RDONLY);
	return partner->reader.fd < 0 ? -1 : 0;
}

/* An end within a line is the business of who reads on from there. */
static bool read_piece(struct partner *partner, const struct pool_piece *piece, uint64_t *begin)
{
	memset(&partner->stretch, 0, sizeof(partner->stretch));
	if (open_segment(partner, piece->segment) < 0 ||
	    reader_seek_line(&partner->reader, piece->begin) < 0)
		return false;
	*begin = partner->reader.offset;
	switch (reader_lines(&partner->reader, piece->end, take_line, &partner->stretch)) {
	case READER_REACHED:
	case READER_AT_END:
	case READER_TORN:
		return true;
	case READER_TOO_LONG:
	case READER_STOPPED:
	case READER_FAILED:
		break;
	}
	return false;
}

static void answer(struct partner *partner, int channel, const struct pool_piece *piece)
{
	struct ipc_message *message = ipc_new(MESSAGE_PIECE_READ, 0);
	uint64_t begin = 0;
	bool fine = read_piece(partner, piece, &begin);

	ipc_put_u64(message, begin);
	ipc_put_u64(message, partner->reader.offset);
	ipc_put_bytes(message, &partner->stretch, fine ? sizeof(partner->stretch) : 0);
	if (ipc_send_blocking(channel, message) < 0)
		exit(EXIT_FAILURE); /* the first process is gone */
}

static _Noreturn void be_partner(int channel, int directory)
{
	static struct partner partner;
	uint8_t *buffer = ipc_buffer_new();
	struct sandbox_report report;
	struct ipc_incoming in;

	partner.directory = directory;
	partner.reader.fd = -1;
	partner.reader.buffer = memory_new(READER_SIZE + AUDITLOG_LINE_MAX);
	if (sandbox_enter_role("verify", &(struct sandbox_variables){0}, &report) < 0)
		fatal("cannot confine a partner of ghward-verify at %s: %m", sandbox_failed_step());
	while (ipc_receive(channel, buffer, order_permits, 1, &in) > 0) {
		struct pool_piece piece;
		piece.segment = ipc_get_u64(&in);
		piece.begin = ipc_get_u64(&in);
		piece.end = ipc_get_u64(&in);
		if (ipc_end(&in) < 0)
			break;
		answer(&partner, channel, &piece);
	}
	exit(EXIT_SUCCESS);
}

/* --- the first process --- */

static const struct ipc_permit answer_permits[] = {
	{MESSAGE_PIECE_READ, IPC_PERMIT, 20, 20, {IPC_FD_NONE}, NULL},
	{MESSAGE_PIECE_READ,
	 IPC_PERMIT,
	 20 + sizeof(struct auditlog_stretch),
	 20 + sizeof(struct auditlog_stretch),
	 {IPC_FD_NONE},
	 NULL},
};

static unsigned count_processors(void)
{
	cpu_set_t set;
	int count = sched_getaffinity(0, sizeof(set), &set) < 0 ? 1 : CPU_COUNT(&set);

	if (count < 2)
		return 0;
	return (unsigned)count < POOL_PARTNERS_MAX ? (unsigned)count : POOL_PARTNERS_MAX;
}

static void start_partner(struct pool *pool, int directory)
{
	int ends[2];

	if (ipc_pair(ends) < 0)
		return;
	/* The sandbox wants no gap between descriptors. */
	pid_t pid = ends[0] == FD_VERIFY_PARTNERS + (int)pool->count ? fork() : -1;
	if (pid == 0) {
		/* As the sandbox wants them: its channel and the directory, nothing else. The
		 * agent's filter, which is inherited, knows dup2 only. */
		if (dup2(ends[1], FD_CHANNEL) < 0)
			fatal("cannot use the channel of a partner: %m");
		be_partner(FD_CHANNEL, directory);
	}
	io_close(&ends[1]);
	if (pid < 0) {
		io_close(&ends[0]);
		return;
	}
	pool->channels[pool->count] = ends[0];
	pool->pids[pool->count++] = pid;
}

void pool_start(struct pool *pool, int directory)
{
	unsigned wanted = count_processors();

	memset(pool, 0, sizeof(*pool));
	pool->buffer = ipc_buffer_new();
	/* Fewer than wanted are slower, not worse. */
	for (unsigned i = 0; i < wanted; i++)
		start_partner(pool, directory);
}

/* A partner that its filter ended is a violation of this process, too; another that is missing is
 * not missed. */
static void lose_partner(struct pool *pool, unsigned which)
{
	int status = 0;

	io_close(&pool->channels[which]);
	if (waitpid(pool->pids[which], &status, 0) > 0 && WIFEXITED(status) &&
	    WEXITSTATUS(status) == SANDBOX_EXIT_VIOLATION)
		exit(SANDBOX_EXIT_VIOLATION);
}

void pool_order(struct pool *pool, uint64_t number, const struct pool_piece *piece)
{
	unsigned which = pool->count ? (unsigned)(number % pool->count) : 0;

	if (!pool->count || pool->channels[which] < 0)
		return;
	struct ipc_message *message = ipc_new(MESSAGE_PIECE, 0);
	ipc_put_u64(message, piece->segment);
	ipc_put_u64(message, piece->begin);
	ipc_put_u64(message, piece->end);
	if (ipc_send_blocking(pool->channels[which], message) < 0)
		lose_partner(pool, which);
}

static int read_answer(struct ipc_incoming *in, struct pool_answer *answer)
{
	size_t size;

	answer->begin = ipc_get_u64(in);
	answer->end = ipc_get_u64(in);
	const uint8_t *bytes = ipc_get_bytes(in, &size);
	if (size != sizeof(answer->stretch) || ipc_end(in) < 0)
		return -1;
	memcpy(&answer->stretch, bytes, size);
	return auditlog_stretch_check(&answer->stretch);
}

int pool_take(struct pool *pool, uint64_t number, struct pool_answer *answer)
{
	unsigned which = pool->count ? (unsigned)(number % pool->count) : 0;
	struct ipc_incoming in;

	if (!pool->count || pool->channels[which] < 0)
		return -1;
	int got;
	do {
		got = ipc_receive(pool->channels[which], pool->buffer, answer_permits, 2, &in);
	} while (got < 0 && errno == EINTR);
	if (got > 0)
		return read_answer(&in, answer);
	lose_partner(pool, which);
	return -1;
}

void pool_end(struct pool *pool)
{
	for (unsigned i = 0; i < pool->count; i++) {
		if (pool->channels[i] >= 0)
			lose_partner(pool, i);
	}
	free(pool->buffer);
	pool->buffer = NULL;
	pool->count = 0;
}
