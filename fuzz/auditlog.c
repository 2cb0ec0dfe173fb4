/* The audit log: its reader on arbitrary lines, its writer on arbitrary texts, and the checker on
 * arbitrary logs, where several who read pieces must come to what one comes to who reads all; and
 * on a good log that was tampered with, which always shows. */
#include "feed.h"

#include "fuzz.h"
#include "lib/auditlog/match.h"

#define RECORDS 40u

static struct made_log good;
static struct auditlog_known good_known;
static struct auditlog_checker checkers[FEED_WAYS];

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	if (auditlog_init() < 0)
		return -1;
	made_whole(&good, "0123456789ab", RECORDS, 15);
	good_known = feed_known(&good);
	return 0;
}

/* --- the reader --- */

static size_t put_text(char *line, size_t used, const char *before, struct auditlog_text text,
		       const char *after)
{
	return used +
	       (size_t)sprintf(line + used, "%s%.*s%s", before, (int)text.length, text.text, after);
}

/* One content has one form: the line can be told from what was read. */
static void check_one_form(const struct auditlog_record *record, const char *text, size_t size)
{
	static const char *const phases[] = {"intent", "result", "note"};
	static const char *const severities[] = {"info", "warning", "critical"};
	char hex[AUDITLOG_HEX_SIZE], *line = malloc(size + 256);
	size_t used = (size_t)sprintf(line, "{\"seq\":%llu", (unsigned long long)record->seq);

	used = put_text(line, used, ",\"time\":\"", record->time, "\"");
	used = put_text(line, used, ",\"boot\":\"", record->boot, "\"");
	used += (size_t)sprintf(line + used, ",\"mono\":%llu", (unsigned long long)record->mono_us);
	used = put_text(line, used, ",\"actor\":\"", record->actor, "\"");
	used = put_text(line, used, ",\"job\":\"", record->job, "\"");
	used = put_text(line, used, ",\"event\":\"", record->event, "\"");
	used += (size_t)sprintf(line + used, ",\"phase\":\"%s\"", phases[record->phase]);
	used = put_text(line, used, ",\"target\":\"", record->target, "\"");
	used = put_text(line, used, ",\"decision\":\"", record->decision, "\"");
	used = put_text(line, used, ",\"rule\":\"", record->rule, "\"");
	used = put_text(line, used, ",\"outcome\":\"", record->outcome, "\"");
	used = put_text(line, used, ",\"request_id\":\"", record->request_id, "\"");
	used += (size_t)sprintf(line + used, ",\"severity\":\"%s\",\"details\":{",
				severities[record->severity]);
	for (unsigned i = 0; i < record->detail_count; i++) {
		used = put_text(line, used, i ? ",\"" : "\"", record->details[i].key, "\"");
		used = put_text(line, used, ":\"", record->details[i].value, "\"");
	}
	used = put_text(line, used, "},\"session\":\"", record->session, "\"");
	auditlog_hex(record->prev, hex);
	used += (size_t)sprintf(line + used, ",\"prev\":\"%s\"}", hex);
	require(used == size && memcmp(line, text, size) == 0);
	free(line);
}

static void check_markers(const struct auditlog_record *record)
{
	struct auditlog_checkpoint checkpoint;
	struct auditlog_segment segment;
	uint64_t first;

	if (auditlog_get_segment(record, &segment) == 0) {
		require(segment.tree.end == record->seq - 1);
		require(auditlog_tree_check(&segment.tree) == 0);
	}
	if (auditlog_get_checkpoint(record, good.origin, &checkpoint) == 0) {
		require(checkpoint.note.size == record->seq - 1);
		require(auditlog_tree_check(&checkpoint.tree) == 0);
		(void)!note_checkpoint_verify(&good.first_key, &checkpoint.note);
	}
	if (auditlog_get_retention(record, &first) == 0)
		require(first > 0 && first <= record->seq);
}

static void check_filter(const struct auditlog_record *record, const char *text, size_t size)
{
	static const struct review_filter all = {
		.actor = "", .event = "", .outcome = "", .repository = "", .job = "", .text = ""};
	struct review_filter filter = all;

	require(auditlog_match(&filter, record, text, size));
	filter.since_us = record->time_us;
	filter.until_us = record->time_us + 1;
	filter.severities = (uint8_t)(1u << record->severity);
	filter.actor = filter.event = filter.outcome = filter.repository = "*";
	filter.text = "\"seq\":";
	require(auditlog_match(&filter, record, text, size));
	filter.severities ^= 7;
	require(!auditlog_match(&filter, record, text, size));
	filter.severities = 0;
	filter.until_us--;
	require(!auditlog_match(&filter, record, text, size) || !filter.until_us);
	/* What no record has. */
	const char **const fields[] = {&filter.actor,	   &filter.event, &filter.outcome,
				       &filter.repository, &filter.job,	  &filter.text};
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		filter = all;
		*fields[i] = i < 4 ? "a*d*\x01*s*t" : "no such\x01";
		require(!auditlog_match(&filter, record, text, size));
	}
}

static void check_record(const char *text, size_t size)
{
	struct auditlog_record record;
	char plain[64];

	if (auditlog_parse(text, size, &record) < 0)
		return;
	require(record.seq > 0 && record.seq <= AUDITLOG_SEQ_MAX);
	require_harmless(text, size, "");
	check_one_form(&record, text, size);
	check_markers(&record);
	check_filter(&record, text, size);
	require(auditlog_unescape(record.target, plain, sizeof(plain)) < sizeof(plain));
	require_harmless(plain, strlen(plain), "");
	require(!auditlog_detail(&record, "no such").text);
}

/* These have one spelling each. */
static void check_small(const char *text, size_t size)
{
	char slot[AUDITLOG_SLOT_SIZE + 1], name[AUDITLOG_NAME_SIZE], hex[AUDITLOG_HEX_SIZE];
	char peaks[AUDITLOG_PEAKS_SIZE];
	struct auditlog_position position;
	uint8_t hash[AUDITLOG_HASH_SIZE];
	struct auditlog_tree tree;
	uint64_t number;

	if (auditlog_parse_slot(text, size, &position) == 0) {
		auditlog_format_slot(slot, &position);
		require(memcmp(slot, text, size) == 0);
	}
	if (auditlog_unhex(text, size, hash) == 0) {
		auditlog_hex(hash, hex);
		require(memcmp(hex, text, size) == 0);
	}
	if (strlen(text) == size && auditlog_segment_number(text, &number) == 0) {
		auditlog_segment_name(name, number);
		require(strcmp(name, text) == 0);
	}
	tree.begin = size ? (uint8_t)text[0] : 0;
	tree.end = size > 1 ? (uint8_t)text[1] : UINT64_MAX;
	tree.count = size % 8;
	if (auditlog_tree_check(&tree) == 0)
		require(tree.begin <= tree.end && (tree.count > 0) == (tree.begin < tree.end));
	if (auditlog_tree_parse(text, size, size % 16, &tree) == 0) {
		auditlog_tree_format(&tree, peaks);
		require(strlen(peaks) == size && memcmp(peaks, text, size) == 0);
	}
}

/* --- the writer --- */

static void check_writer(struct parts parts)
{
	static char body[AUDITLOG_LINE_MAX], line[AUDITLOG_LINE_MAX + 1];
	const struct auditlog_stamp stamp = {1000003, 17, "boot"};
	struct auditlog_position position = {.seq = 6};
	char *texts[3] = {NULL};
	struct auditlog_record record;
	size_t length;

	for (unsigned i = 0; i < 3; i++)
		texts[i] = next_part(&parts, &length);
	const char *detail = texts[2] ? texts[2] : "";
	const struct audit_event event = {
		.event = texts[0],
		.actor = texts[1],
		.target = detail,
		.phase = (enum audit_phase)(strlen(detail) % AUDIT_PHASES),
		.detail_count = texts[2] ? 2 : 0,
		.details = {{texts[0], detail}, {detail, texts[0]}},
	};
	size_t size = auditlog_format_body(body, sizeof(body), &event, &stamp);
	/* Two details of one name are all that is ever refused. */
	require(size > 0 || event.detail_count > 1);
	length = auditlog_format_line(line, sizeof(line), body, size, strlen(detail) % 3,
				      "0123456789ab-01234567", &position);
	require((length > 0) == (size > 0));
	if (length) {
		require(memchr(line, '\n', length) == line + length - 1);
		line[length - 1] = 0;
		require(auditlog_parse(line, length - 1, &record) == 0 && record.seq == 7);
		require_no_token(line);
	}
	for (unsigned i = 0; i < 3; i++)
		free(texts[i]);
}

/* --- arbitrary logs --- */

/* Lines that begin with these are no records: what the other files say, and the reviewer. */
enum { HEAD = 'H', SEAL = 'S', RETIRED = 'R', KEY = 'K', NOTE = 'N', SEGMENT = 'G' };

static const char *line_end(const char *text, const char *end)
{
	const char *newline = memchr(text, '\n', (size_t)(end - text));

	return newline ? newline : end;
}

static void read_note(const char *text, size_t length, struct auditlog_known *known)
{
	char *note = malloc(length + 1);

	require(note != NULL);
	for (size_t i = 0; i < length; i++)
		note[i] = text[i] == '\t' ? '\n' : text[i];
	known->has_checkpoint = note_checkpoint_parse(note, length, &known->checkpoint) == 0;
	free(note);
}

static struct auditlog_known read_known(const char *text, const char *end)
{
	struct auditlog_known known = {0};

	for (; text < end; text = line_end(text, end) + 1) {
		size_t length = (size_t)(line_end(text, end) - text);
		/* A slot has its newline. */
		if (length && *text == HEAD)
			known.has_head = auditlog_parse_slot(text + 1, length, &known.head) == 0;
		if (length && *text == KEY)
			known.has_first_key =
				note_key_parse(text + 1, length - 1, &known.first_key) == 0;
		if (length && *text == NOTE)
			read_note(text + 1, length - 1, &known);
	}
	return known;
}

static bool is_record(const char *text, const char *end)
{
	return text < end && *text == '{';
}

/* A segment and the lines that follow it. */
static int feed_segment(struct auditlog_checker *checker, const char **at, const char *end,
			enum feed_way way)
{
	const char *begin = line_end(*at, end);
	uint64_t number = strtoull(*at + 1, NULL, 10);

	begin += begin < end;
	const char *last = begin;
	while (is_record(last, end)) {
		last = line_end(last, end);
		last += last < end;
	}
	*at = last;
	if (number == 0 || number > AUDITLOG_SEQ_MAX)
		return 0;
	return auditlog_checker_segment(checker, number) < 0
		       ? -1
		       : feed_text(checker, begin, (size_t)(last - begin), way);
}

static uint64_t first_segment(const char *text, const char *end)
{
	for (; text < end; text = line_end(text, end) + 1) {
		if (*text == SEGMENT)
			return strtoull(text + 1, NULL, 10);
	}
	return 0;
}

static int feed_any(struct auditlog_checker *checker, const char *text, const char *end,
		    enum feed_way way)
{
	uint64_t first = first_segment(text, end);
	const char *seal = end;
	int status = 0;

	for (const char *at = text; at < end && status == 0;) {
		const char *next = line_end(at, end);
		if (*at == SEGMENT) {
			status = feed_segment(checker, &at, end, way);
			continue;
		}
		if (*at == RETIRED && !checker->segment)
			status = auditlog_checker_retired(checker, first, at + 1,
							  (size_t)(next - at) - 1);
		if (*at == SEAL)
			seal = at + 1;
		at = next + 1;
	}
	if (status == 0)
		status = auditlog_checker_finish(checker);
	return status < 0 ? status : auditlog_checker_seal(checker, seal, (size_t)(end - seal));
}

static void check_log(const char *text, size_t size)
{
	struct auditlog_known known = read_known(text, text + size);

	for (unsigned way = 0; way < FEED_WAYS; way++) {
		struct auditlog_checker *checker = &checkers[way];
		auditlog_checker_init(checker, &known);
		int status = feed_any(checker, text, text + size, (enum feed_way)way);
		require((status < 0) == (checker->verdict.damage != AUDITLOG_WHOLE));
		(void)auditlog_damage_meaning(checker->verdict.damage);
	}
	require(memcmp(&checkers[0].verdict, &checkers[1].verdict, sizeof(checkers[0].verdict)) ==
		0);
	require(checkers[0].log.findings.listed == checkers[1].log.findings.listed);
	for (unsigned i = 0; i < AUDITLOG_FINDING_KINDS; i++)
		(void)auditlog_finding_name((enum auditlog_finding_kind)i);
}

/* --- a good log --- */

/* The start of line `number` of a segment. */
static size_t line_start(const struct made_segment *segment, unsigned number)
{
	size_t at = 0;

	while (number-- && at < segment->length)
		at = (size_t)((const char *)memchr(segment->text + at, '\n', segment->length - at) -
			      segment->text) +
		     1;
	return at < segment->length ? at : 0;
}

/* What somebody with the files could do. Returns false where it changes nothing. */
static bool tamper(struct made_segment *segment, const uint8_t *choice)
{
	size_t line = line_start(segment, choice[1] % 15u);
	size_t length = (size_t)(line_end(segment->text + line, segment->text + segment->length) -
				 segment->text) +
			1 - line;

	switch (choice[0] & 3) {
	case 0: /* another byte */
		segment->text[(line + choice[2] * 7u) % segment->length] ^=
			(char)((choice[0] >> 3) | 1);
		return true;
	case 1: /* cut */
		segment->length = line + choice[2] % length;
		return true;
	case 2: /* a line cut out */
		memmove(segment->text + line, segment->text + line + length,
			segment->length - line - length);
		segment->length -= length;
		return true;
	default: /* a line twice */
		memmove(segment->text + line + length, segment->text + line,
			segment->length - line);
		segment->length += length;
		return true;
	}
}

static void check_tampered(const uint8_t *choice)
{
	static char text[65536];
	struct made_log log = good;
	struct made_segment *segment = &log.segments[choice[0] >> 6];

	if (choice[0] >> 6 >= log.segment_count)
		return;
	require(2 * segment->length < sizeof(text));
	memcpy(text, segment->text, segment->length);
	segment->text = text;
	if (tamper(segment, choice))
		require(feed_log(&checkers[0], &log, &good_known, FEED_PIECES) < 0);
}

/* As a whole it is a line, a slot, a name, or a log, see check_log(); and its first bytes choose
 * how to tamper with a good log. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);

	require(text != NULL);
	memcpy(text, data, size);
	text[size] = 0;
	check_record(text, size);
	check_small(text, size);
	check_log(text, size);
	check_writer((struct parts){data, size});
	if (size > 2 && size < 64)
		check_tampered(data);
	free(text);
	return 0;
}
