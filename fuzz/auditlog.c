/* The audit log: its reader on arbitrary lines, its writer on arbitrary texts, and the checker,
 * which accepts what was written and nothing that was changed afterwards. */
#include "lib/auditlog/checker.h"

#include "fuzz.h"

#define RECORDS_MAX 5u

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	return auditlog_init();
}

static void check_reader(const char *text, size_t size)
{
	struct auditlog_position position;
	struct auditlog_frame frame;
	char head[AUDITLOG_HEAD_SIZE + 1], name[AUDITLOG_NAME_SIZE], hex[AUDITLOG_HEX_SIZE];
	uint8_t hash[AUDITLOG_HASH_SIZE];
	uint64_t number;

	if (auditlog_parse(text, size, &frame) == 0) {
		require(frame.seq > 0 && frame.seq <= AUDITLOG_SEQ_MAX);
		require(frame.event >= text && frame.event + frame.event_length < text + size);
		require_harmless(text, size, "");
	}
	/* These have one spelling each. */
	if (auditlog_parse_head(text, size, &position) == 0) {
		auditlog_format_head(head, &position);
		require(memcmp(head, text, size) == 0);
	}
	if (auditlog_unhex(text, size, hash) == 0) {
		auditlog_hex(hash, hex);
		require(memcmp(hex, text, size) == 0);
	}
	if (strlen(text) == size && auditlog_segment_number(text, &number) == 0) {
		auditlog_segment_name(name, number);
		require(strcmp(name, text) == 0);
	}
}

/* --- a log in memory --- */

struct record {
	char *line; /* without its newline */
	size_t length;
	uint64_t segment; /* the number in the name of its segment's file */
};

struct log {
	struct record records[RECORDS_MAX + 1];
	size_t count;
	struct auditlog_position head;
	uint64_t segment;
};

static void append(struct log *log, const struct audit_event *event)
{
	static char body[AUDITLOG_LINE_MAX], line[AUDITLOG_LINE_MAX + 1];
	const struct auditlog_stamp stamp = {log->count * 1000003, log->count, "boot"};
	struct record *record = &log->records[log->count];
	struct auditlog_frame frame;

	size_t size = auditlog_format_body(body, sizeof(body), event, &stamp);
	/* Two details of one name are all that is ever refused. */
	require(size > 0 || event->detail_count > 1);
	size_t length = auditlog_format_line(line, sizeof(line), body, size, &log->head);
	require((length > 0) == (size > 0));
	if (!length)
		return;
	require(memchr(line, '\n', length) == line + length - 1);
	*record = (struct record){malloc(length), length - 1, log->segment};
	require(record->line != NULL);
	memcpy(record->line, line, length);
	record->line[length - 1] = 0;
	require(auditlog_parse(record->line, record->length, &frame) == 0);
	require(frame.seq == ++log->count);
	require_no_token(record->line);
	if (auditlog_is_event(&frame, AUDITLOG_ROTATE))
		log->segment = frame.seq + 1;
}

static void write_log(struct log *log, struct parts *parts)
{
	char *texts[3] = {NULL};
	size_t length;

	*log = (struct log){.segment = 1};
	while (log->count < RECORDS_MAX && (texts[0] = next_part(parts, &length))) {
		texts[1] = next_part(parts, &length);
		texts[2] = next_part(parts, &length);
		const char *detail = texts[2] ? texts[2] : "";
		append(log, &(struct audit_event){
				    .event = texts[0],
				    .actor = texts[1],
				    .target = detail,
				    .phase = (enum audit_phase)(strlen(detail) % AUDIT_PHASES),
				    .severity = (enum audit_severity)(strlen(texts[0]) %
								      AUDIT_SEVERITIES),
				    .detail_count = texts[2] ? 2 : 0,
				    .details = {{texts[0], detail}, {detail, texts[0]}}});
		for (unsigned i = 0; i < 3; i++)
			free(texts[i]);
	}
}

/* --- and its checker --- */

static int check_records(struct auditlog_checker *checker, const struct log *log)
{
	uint64_t segment = 0;

	for (size_t i = 0; i < log->count; i++) {
		const struct record *record = &log->records[i];
		if (record->segment != segment &&
		    auditlog_checker_segment(checker, record->segment) < 0)
			return -1;
		segment = record->segment;
		if (auditlog_checker_line(checker, record->line, record->length) < 0)
			return -1;
	}
	return auditlog_checker_finish(checker);
}

/* Returns whether the log is whole. */
static bool is_whole(const struct log *log, const struct auditlog_position *head)
{
	struct auditlog_checker checker;

	auditlog_checker_init(&checker, head);
	int status = check_records(&checker, log);
	require((status < 0) == (checker.damage != NULL));
	return status == 0;
}

/* What somebody with the files could do to one record. Returns false where it changes nothing. */
static bool tamper(struct log *log, unsigned what, unsigned where)
{
	size_t at = where % log->count;
	struct record *record = &log->records[at], old = *record;

	switch (what & 7) {
	case 0: /* another byte */
		record->line[where % record->length] ^= (char)((what >> 3) | 1);
		return true;
	case 1: /* cut short */
		record->length -= 1 + where % record->length;
		return true;
	case 2: /* cut out */
		log->count--;
		memmove(record, record + 1, (log->count - at) * sizeof(*record));
		log->records[log->count] = old; /* for the one that frees it */
		return true;
	case 3: /* exchanged with the next one */
		if (at + 1 == log->count)
			return false;
		*record = record[1];
		record[1] = old;
		return true;
	case 4: /* twice */
		memmove(record + 1, record, (log->count - at) * sizeof(*record));
		log->count++;
		return true;
	case 5: /* all from here on */
		log->count = at;
		return true;
	case 6: /* moved to a segment of another name */
		record->segment += 1 + what;
		return true;
	default:
		return false;
	}
}

static void check_log(struct parts parts, unsigned what, unsigned where)
{
	struct auditlog_position older;
	struct log log;

	write_log(&log, &parts);
	require(is_whole(&log, &log.head));
	require(is_whole(&log, NULL) == (log.count == 0));
	struct log original = log;
	if (log.count) {
		/* The head may be behind, but not ahead. */
		older = (struct auditlog_position){0};
		require(is_whole(&log, &older));
		older = log.head;
		older.seq++;
		require(!is_whole(&log, &older));
		if (tamper(&log, what, where))
			require(!is_whole(&log, &log.head));
	}
	for (size_t i = 0; i < original.count; i++)
		free(original.records[i].line);
}

static void check_torn(const char *text, size_t length)
{
	struct auditlog_checker checker;

	auditlog_checker_init(&checker, NULL);
	(void)!auditlog_checker_segment(&checker, 1);
	(void)!auditlog_checker_line(&checker, text, length);
	require(auditlog_checker_torn(&checker) < 0 && checker.damage != NULL);
	require(auditlog_checker_segment(&checker, 0) < 0);
}

/* As a whole it is a line, a head or a name; and two bytes choose how to tamper with a log whose
 * events, actors and details the parts behind them are, in turn. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);

	require(text != NULL);
	memcpy(text, data, size);
	text[size] = 0;
	check_reader(text, size);
	check_torn(text, size);
	if (size > 2 && size < 4096)
		check_log((struct parts){data + 2, size - 2}, data[0], data[1]);
	free(text);
	return 0;
}
