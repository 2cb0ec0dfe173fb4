/* A secret on its way from standard input to the broker. */
#include "cli/feed.h"

#include "lib/base/io.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

void feed_init(struct feed *feed)
{
	memset(feed, 0, sizeof(*feed));
	feed->pipe = -1;
}

void feed_begin(struct feed *feed, int pipe)
{
	feed_end(feed);
	feed->pipe = pipe;
}

struct pollfd feed_watch(const struct feed *feed)
{
	if (feed->pipe < 0)
		return (struct pollfd){.fd = -1};
	if (feed->start < feed->end)
		return (struct pollfd){.fd = feed->pipe, .events = POLLOUT};
	return (struct pollfd){.fd = STDIN_FILENO, .events = POLLIN};
}

static ssize_t fill(struct feed *feed)
{
	ssize_t got = read(STDIN_FILENO, feed->buffer, sizeof(feed->buffer));

	feed->start = 0;
	feed->end = got > 0 ? (size_t)got : 0;
	return got;
}

/* A pipe that can be written to has room for the whole buffer. */
static ssize_t drain(struct feed *feed)
{
	ssize_t written = write(feed->pipe, feed->buffer + feed->start, feed->end - feed->start);

	if (written > 0)
		feed->start += (size_t)written;
	return written;
}

void feed_move(struct feed *feed)
{
	ssize_t moved = feed->start < feed->end ? drain(feed) : fill(feed);

	if (moved < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	if (moved <= 0)
		feed_end(feed);
}

void feed_end(struct feed *feed)
{
	io_close(&feed->pipe);
	explicit_bzero(feed->buffer, sizeof(feed->buffer));
	feed->start = feed->end = 0;
}
