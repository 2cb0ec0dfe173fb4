/* A secret on its way from standard input to the broker. */
#include "cli/feed.h"

#include "lib/base/io.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* At a time; a pipe that can be written to has room for it. */
#define PIECE ((size_t)PIPE_BUF)

void feed_init(struct feed *feed)
{
	*feed = (struct feed){.pipe = -1};
}

void feed_begin(struct feed *feed, int pipe)
{
	feed_end(feed);
	feed->pipe = pipe;
	feed->whole = false;
}

struct pollfd feed_watch(const struct feed *feed)
{
	if (feed->pipe < 0)
		return (struct pollfd){.fd = -1};
	if (feed->full)
		return (struct pollfd){.fd = feed->pipe, .events = POLLOUT};
	return (struct pollfd){.fd = STDIN_FILENO, .events = POLLIN};
}

/* For what cannot be spliced, such as /dev/null. */
static ssize_t copy(int pipe)
{
	char bytes[512];
	ssize_t got = read(STDIN_FILENO, bytes, sizeof(bytes));

	if (got > 0 && io_write_full(pipe, bytes, (size_t)got) < 0)
		got = -1;
	explicit_bzero(bytes, sizeof(bytes));
	return got;
}

void feed_move(struct feed *feed)
{
	ssize_t moved = splice(STDIN_FILENO, NULL, feed->pipe, NULL, PIECE, SPLICE_F_NONBLOCK);

	if (moved < 0 && errno == EINVAL)
		moved = copy(feed->pipe);
	/* Input there was, so room it is that is missing; and then the other way round. */
	if (moved < 0 && errno == EAGAIN)
		feed->full = !feed->full;
	else if (moved > 0)
		feed->full = false;
	else if (moved == 0 || errno != EINTR) {
		feed->whole = moved == 0;
		feed_end(feed);
	}
}

void feed_end(struct feed *feed)
{
	io_close(&feed->pipe);
	feed->full = false;
}
