/* Bundles: nothing but records of the log whose key is known is ever good. */
#include "verify/bundle.h"

#include "fuzz.h"
#include "made_log.h"

static struct made_log good;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	if (auditlog_init() < 0)
		return -1;
	made_whole(&good, "0123456789ab", 60, 20);
	return 0;
}

/* Is the line one of the log's? */
static bool is_ours(const char *line, size_t length)
{
	for (unsigned i = 0; i < good.segment_count; i++) {
		const struct made_segment *segment = &good.segments[i];
		if (memmem(segment->text, segment->length, line, length))
			return true;
	}
	return false;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1), *at = text;
	struct bundle bundle;
	int status = 0;

	require(text != NULL);
	memcpy(text, data, size);
	text[size] = 0;
	bundle_begin(&bundle, &good.first_key);
	while (at < text + size && status == 0) {
		char *end = memchr(at, '\n', (size_t)(text + size - at));
		size_t length = (size_t)((end ? end : text + size) - at);
		uint64_t before = bundle.records;
		status = length < AUDITLOG_LINE_MAX ? bundle_line(&bundle, at, length) : -1;
		if (status == 0 && bundle.place == BUNDLE_AT_PATH)
			require(before == bundle.records);
		/* Behind a good checkpoint, a line is taken only with its path. */
		if (status == 0 && bundle.place == BUNDLE_AT_RECORDS && bundle.records > before)
			require(bundle.seq <= bundle.checkpoint.size);
		at += length + 1;
	}
	if (status == 0)
		status = bundle_finish(&bundle);
	require((status < 0) == (*bundle.error != 0) || size == 0 || status < 0);
	if (status == 0) {
		at = text;
		while (at < text + size) {
			char *line = take_line(&at);
			require(*line != '{' || is_ours(line, strlen(line)));
		}
	}
	free(text);
	return 0;
}
