/* What git says: its requests, its lists of refs, its last words. The first byte says which of
 * these, and how large the pieces are that it comes in. */
#include "fuzz.h"

#include "git/frame.h"
#include "git/outcome.h"
#include "git/refs.h"

#include <stdlib.h>

enum { REQUESTS, REFS, WORDS, KINDS };

/* What became of it all, for comparison. */
struct course {
	unsigned lines, requests;
	uint64_t bytes;
	enum frame_event last;
};

static enum frame_event take_all(struct frame *frame, struct course *course)
{
	const uint8_t *bytes;
	size_t length;

	for (;;) {
		enum frame_event event = frame_take(frame, &bytes, &length);
		require((event == FRAME_BAD) == (frame->wrong != NULL));
		if (event == FRAME_MORE || event == FRAME_OVER || event == FRAME_BAD)
			return event;
		require(length >= 4 && length <= PKTLINE_MAX);
		require(frame->command < GIT_COMMANDS);
		course->bytes += length;
		course->lines++;
		course->requests += event == FRAME_DONE;
	}
}

static struct course read_requests(const uint8_t *data, size_t size, size_t piece)
{
	struct frame *frame = calloc(1, sizeof(*frame));
	struct course course = {.last = FRAME_MORE};
	size_t room;

	while (size && course.last == FRAME_MORE) {
		uint8_t *to = frame_room(frame, &room);
		require(room >= PKTLINE_MAX);
		size_t part = size < piece ? size : piece;
		part = part < room ? part : room;
		memcpy(to, data, part);
		frame_add(frame, part);
		data += part;
		size -= part;
		course.last = take_all(frame, &course);
	}
	free(frame);
	return course;
}

static void try_requests(const uint8_t *data, size_t size, size_t piece)
{
	struct course once = read_requests(data, size, SIZE_MAX);
	struct course parts = read_requests(data, size, piece);
	uint8_t offer[256];

	require(frame_advertisement(offer, 2 * piece) <= 2 * piece);

	require(once.lines == parts.lines && once.requests == parts.requests);
	require(once.bytes == parts.bytes && once.last == parts.last);
}

static int read_refs(const uint8_t *data, size_t size, size_t piece,
		     uint8_t digest[SYNC_DIGEST_SIZE])
{
	struct refs refs;

	refs_begin(&refs);
	refs_rename(&refs, "refs/remotes/origin/", "refs/heads/");
	for (size_t at = 0; at < size; at += piece)
		refs_feed(&refs, (const char *)data + at, size - at < piece ? size - at : piece);
	return refs_end(&refs, digest);
}

static void try_refs(const uint8_t *data, size_t size, size_t piece)
{
	uint8_t once[SYNC_DIGEST_SIZE], parts[SYNC_DIGEST_SIZE];

	require(read_refs(data, size, size + 1, once) == read_refs(data, size, piece, parts));
	require(memcmp(once, parts, sizeof(once)) == 0);
}

/* The byte before the words is the status. */
static void try_words(const uint8_t *data, size_t size, size_t piece)
{
	static const struct git_work work = {.address_space = 1u << 30, .file_size = 1u << 20};
	struct outcome outcome = {.status = size ? (int8_t)data[0] : 0};
	struct failure failure = {0};

	for (size_t at = 1; at < size; at += piece)
		outcome_feed(&outcome, (const char *)data + at,
			     size - at < piece ? size - at : piece);
	outcome_feed(&outcome, "\n", 1);
	if (!outcome_is_good(&outcome)) {
		outcome_failure(&outcome, "fetch", &work, &failure);
		require(failure.kind != FAILURE_NONE && failure.message[0]);
	}
	for (const char *at = failure.message; *at; at++)
		require((unsigned char)*at >= ' ' && *at != 0x7f);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static void (*const tries[KINDS])(const uint8_t *, size_t, size_t) = {
		[REQUESTS] = try_requests, [REFS] = try_refs, [WORDS] = try_words};

	if (size)
		tries[data[0] % KINDS](data + 1, size - 1, data[0] / KINDS + 1);
	return 0;
}
