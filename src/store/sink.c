/* Lines into a pipe. */
#include "store/sink.h"

#include "lib/base/io.h"

#include <string.h>

void sink_flush(struct sink *sink)
{
	if (!sink->closed && io_write_full(sink->fd, sink->buffer, sink->used) < 0)
		sink->closed = true;
	sink->used = 0;
}

static void put(struct sink *sink, const char *bytes, size_t length)
{
	while (length > 0) {
		size_t room = sizeof(sink->buffer) - sink->used;
		size_t part = length < room ? length : room;
		memcpy(sink->buffer + sink->used, bytes, part);
		sink->used += part;
		bytes += part;
		length -= part;
		if (sink->used == sizeof(sink->buffer))
			sink_flush(sink);
	}
}

void sink_line(struct sink *sink, const char *text, size_t length)
{
	put(sink, text, length);
	put(sink, "\n", 1);
	sink->lines++;
}
