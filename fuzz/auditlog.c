/* The reader of audit lines, and the writer: what the writer makes of any text, the reader accepts.
 */
#include "lib/auditlog/auditlog.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	return auditlog_init();
}

static void write_and_read(const char *text)
{
	static char body[AUDITLOG_LINE_MAX], line[AUDITLOG_LINE_MAX + 1];
	const struct auditlog_stamp stamp = {1, 1, "boot"};
	const struct audit_event event = {.actor = text,
					  .event = text,
					  .target = text,
					  .detail_count = 1,
					  .details = {{text, text}}};
	struct auditlog_position position = {0};
	struct auditlog_frame frame;

	size_t size = auditlog_format_body(body, sizeof(body), &event, &stamp);
	size_t length = auditlog_format_line(line, sizeof(line), body, size, &position);
	if (!length || memchr(line, '\n', length) != line + length - 1 ||
	    auditlog_parse(line, length - 1, &frame) < 0 || frame.seq != 1)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct auditlog_frame frame;
	struct auditlog_position position;

	if (auditlog_parse((const char *)data, size, &frame) == 0) {
		bool is_list = memmem(data, size, ",\"event\":\"alerts.list\",", 23) != NULL;
		if (frame.seq == 0 || frame.event_length > size)
			abort();
		if (auditlog_is_event(&frame, "alerts.list") && !is_list)
			abort();
	}
	(void)!auditlog_parse_head((const char *)data, size, &position);
	char *text = size < 2048 ? malloc(size + 1) : NULL;
	if (text) {
		memcpy(text, data, size);
		text[size] = 0;
		write_and_read(text);
		free(text);
	}
	return 0;
}
