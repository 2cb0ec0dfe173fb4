/* Feeds logs in memory to the checker. */
#include "feed.h"

#include <string.h>

/* Bytes of a piece, odd enough to end anywhere. */
#define PIECE ((size_t)3001)

struct auditlog_known feed_known(const struct made_log *log)
{
	struct auditlog_known known = {0};

	known.has_head = auditlog_parse_slot(log->head, strlen(log->head), &known.head) == 0;
	return known;
}

/* Feeds lines until `size` bytes are done; returns how many were, the rest of a line included. */
static int feed_lines(struct auditlog_checker *checker, const char *text, size_t length,
		      size_t size, size_t *done)
{
	*done = 0;
	while (*done < size) {
		const char *end = memchr(text + *done, '\n', length - *done);
		if (!end)
			return auditlog_checker_torn(checker);
		size_t line = (size_t)(end - text) - *done;
		if (line >= AUDITLOG_LINE_MAX)
			return auditlog_checker_torn(checker);
		if (auditlog_checker_line(checker, text + *done, line) < 0)
			return -1;
		*done += line + 1;
	}
	return 0;
}

/* Returns the bytes of the whole lines that were plainly fine, or 0. */
static size_t read_piece(struct auditlog_stretch *stretch, const char *text, size_t length,
			 size_t size)
{
	size_t done = 0;

	memset(stretch, 0, sizeof(*stretch));
	while (done < size) {
		const char *end = memchr(text + done, '\n', length - done);
		if (!end)
			break;
		size_t line = (size_t)(end - text) - done;
		if (auditlog_stretch_line(stretch, text + done, line) < 0)
			return 0;
		done += line + 1;
	}
	return auditlog_stretch_check(stretch) < 0 ? 0 : done;
}

int feed_text(struct auditlog_checker *checker, const char *text, size_t length, enum feed_way way)
{
	static struct auditlog_stretch stretch;
	size_t done;

	if (way == FEED_LINES)
		return feed_lines(checker, text, length, length, &done);
	if (feed_lines(checker, text, length, length ? 1 : 0, &done) < 0)
		return -1;
	for (size_t at = done; at < length; at += done) {
		size_t size = length - at < PIECE ? length - at : PIECE;
		done = read_piece(&stretch, text + at, length - at, size);
		if (done && auditlog_checker_join(checker, &stretch) == 0)
			continue;
		if (feed_lines(checker, text + at, length - at, size, &done) < 0)
			return -1;
	}
	return 0;
}

int feed_segments(struct auditlog_checker *checker, const struct made_log *log, unsigned from,
		  enum feed_way way)
{
	for (unsigned i = from; i < log->segment_count; i++) {
		const struct made_segment *segment = &log->segments[i];
		if (auditlog_checker_segment(checker, segment->first) < 0 ||
		    feed_text(checker, segment->text, segment->length, way) < 0)
			return -1;
	}
	if (auditlog_checker_finish(checker) < 0)
		return -1;
	return auditlog_checker_seal(checker, log->seal, strlen(log->seal));
}

int feed_log(struct auditlog_checker *checker, const struct made_log *log,
	     const struct auditlog_known *known, enum feed_way way)
{
	uint64_t first = log->segment_count ? log->segments[0].first : 0;
	const char *line = log->retired.text;
	size_t left = log->retired.length;

	auditlog_checker_init(checker, known);
	while (left) {
		size_t length = (size_t)((const char *)memchr(line, '\n', left) - line);
		if (auditlog_checker_retired(checker, first, line, length) < 0)
			return -1;
		line += length + 1;
		left -= length + 1;
	}
	return feed_segments(checker, log, 0, way);
}
