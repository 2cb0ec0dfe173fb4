/* Whole jobs about the audit log, in every format, over lines that anybody may have written: what
 * reaches a terminal, a spreadsheet, a browser or another program. */
#include "lib/auditlog/record.h"
#include "lib/base/io.h"
#include "lib/json/parse.h"
#include "markup/markup.h"
#include "worker/job.h"

#include "fuzz.h"
#include "output.h"

#include <sys/mman.h>
#include <unistd.h>

#define CHOICE_SIZE 6u

static struct job job;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	job.output.fd = memfd_create("output", MFD_CLOEXEC);
	job.records = memfd_create("records", MFD_CLOEXEC);
	return job.output.fd < 0 || job.records < 0 || auditlog_init() < 0;
}

/* --- lines --- */

/* "actor|job|event|phase|target|decision|rule|outcome|request id|severity|key|value..." becomes the
 * record that ghward would make of it, so that a fuzzer need not find the way past the parser; what
 * begins with a brace is a line as it is. */
static struct audit_event read_event(char *text)
{
	const char *fields[10 + 2 * AUDIT_DETAILS_MAX];
	unsigned count = 0;
	struct audit_event event = {0};

	while (text && count < sizeof(fields) / sizeof(fields[0]))
		fields[count++] = strsep(&text, "|");
	while (count < 10)
		fields[count++] = "";
	event = (struct audit_event){
		.actor = fields[0],
		.job = fields[1],
		.event = fields[2],
		.phase = (enum audit_phase)((unsigned char)*fields[3] % AUDIT_PHASES),
		.target = fields[4],
		.decision = fields[5],
		.rule = fields[6],
		.outcome = fields[7],
		.request_id = fields[8],
		.severity = (enum audit_severity)((unsigned char)*fields[9] % AUDIT_SEVERITIES)};
	for (unsigned i = 10; i + 1 < count; i += 2) {
		event.details[event.detail_count].key = fields[i];
		event.details[event.detail_count++].value = fields[i + 1];
	}
	return event;
}

static void write_event(char *text, struct auditlog_position *position, uint64_t step_us)
{
	static char body[AUDITLOG_LINE_MAX], line[AUDITLOG_LINE_MAX];
	const struct auditlog_stamp stamp = {.wall_us = UINT64_C(1767323045000000) +
							position->seq * step_us,
					     .boottime_us = position->seq,
					     .boot_id = "9f0c6d7e"};
	struct audit_event event = read_event(text);
	size_t length = auditlog_format_body(body, sizeof(body), &event, &stamp);

	if (length)
		length = auditlog_format_line(line, sizeof(line), body, length, 0,
					      "0a1b2c3d4e5f-01234567", position);
	require(io_write_full(job.records, line, length) == 0);
}

static void write_lines(const uint8_t *data, size_t size, uint64_t step_us)
{
	struct auditlog_position position = {0};
	char *text = malloc(size + 1), *at = text;

	require(text && ftruncate(job.records, 0) == 0 && lseek(job.records, 0, SEEK_SET) == 0);
	memcpy(text, data, size);
	text[size] = 0;
	while (at < text + size) {
		size_t length = strcspn(at, "\n");
		bool ended = at + length < text + size && at[length] == '\n';
		at[length] = 0;
		if (*at == '{' || !*at) {
			require(io_write_full(job.records, at, length) == 0);
			require(!ended || io_write_full(job.records, "\n", 1) == 0);
		} else {
			write_event(at, &position, step_us);
		}
		at += length + 1;
	}
	free(text);
	require(lseek(job.records, 0, SEEK_SET) == 0);
}

/* --- what came of it --- */

static void drop_colours(char *text)
{
	for (char *at = text; (at = strstr(at, "\x1b["));) {
		size_t length = 2 + strspn(at + 2, "0123456789;");
		require(at[length] == 'm');
		memset(at, ' ', length + 1);
	}
}

static size_t count_of(const char *text, char c)
{
	size_t count = 0;

	for (; (text = strchr(text, c)); text++)
		count++;
	return count;
}

static void check_json(const char *text, size_t length, bool array)
{
	const struct json_limits limits = {4000000, 200000, JSON_NO_COMMENTS};
	struct json_where where;
	enum json_fault fault;
	struct cJSON *root = json_parse(text, length, &limits, &fault, &where);

	require(root != NULL);
	require(array ? cJSON_IsArray(root) && cJSON_GetArraySize(root) == (int)job.items
		      : cJSON_IsObject(root));
	cJSON_Delete(root);
}

static void check_documents(char *text)
{
	for (size_t i = 0; i < job.items; i++) {
		char *line = take_line(&text);
		check_json(line, strlen(line), false);
	}
	require(!*text);
}

/* Returns what follows a cell. None begins with what a spreadsheet runs. */
static const char *skip_cell(const char *at)
{
	bool quoted = *at == '"';
	const char *text = at + quoted;

	require(!strchr("=+-@\t", text[strspn(text, " ")]) || !text[strspn(text, " ")]);
	for (at = text; quoted ? *at != '"' || at[1] == '"' : !strchr(",\r", *at); at++) {
		require(*at != 0);
		at += quoted && *at == '"';
	}
	return at + quoted;
}

static void check_csv(const char *at)
{
	size_t rows = 0;

	for (; *at; rows++) {
		for (unsigned cell = 0; cell < 16; cell++) {
			at = skip_cell(at);
			require(*at == (cell == 15 ? '\r' : ','));
			at++;
		}
		require(*at++ == '\n');
	}
	require(rows == job.items + 1u);
}

static bool is_summed_up(void)
{
	return job.request.kind == JOB_AUDIT_STATS || job.request.kind == JOB_AUDIT_REPORT;
}

static bool is_page(void)
{
	return job.request.kind == JOB_AUDIT_REPORT && job.request.review.format == REVIEW_HTML;
}

static bool is_about_incidents(void)
{
	return job.request.kind == JOB_AUDIT_INCIDENTS_LIST ||
	       job.request.kind == JOB_AUDIT_INCIDENTS_SHOW;
}

static void check_incidents(const char *text, size_t length)
{
	bool lists = job.request.kind == JOB_AUDIT_INCIDENTS_LIST;

	if (job.request.review.format == REVIEW_JSON) {
		check_json(text, length, lists);
	} else if (lists && job.request.review.format != REVIEW_TABLE) {
		require(count_of(text, '\t') == job.items * 14u);
		require(count_of(text, '\n') == job.items);
	}
}

static void check_whole(char *text, size_t length)
{
	enum review_format format = job.request.review.format;

	if (is_about_incidents()) {
		check_incidents(text, length);
	} else if (is_page()) {
		require(markup_fault(text) == NULL);
		require(strstr(text, "</html>\n") != NULL);
	} else if (job.request.kind == JOB_AUDIT_REPORT) {
		check_json(text, length, false);
	} else if (job.request.kind == JOB_AUDIT_STATS) {
		if (format == REVIEW_JSON || format == REVIEW_JSONL)
			check_json(text, length, false);
	} else if (format == REVIEW_JSON) {
		check_json(text, length, true);
	} else if (format == REVIEW_OCSF || format == REVIEW_ECS || format == REVIEW_JSONL) {
		check_documents(text);
	} else if (format == REVIEW_CSV) {
		check_csv(text);
	} else if (format == REVIEW_LINES) {
		require(count_of(text, '\t') == job.items * 15u);
		require(count_of(text, '\n') == job.items);
	} else if (format == REVIEW_CEF) {
		require(count_of(text, '\n') == job.items);
	}
}

static void check_output(void)
{
	enum review_format format = job.request.review.format;
	size_t length;
	char *text = take_output(&job.output, &length);

	if (job.request.colour)
		drop_colours(text);
	/* JSON lines are the log's own bytes, and whoever shows them makes them harmless. */
	if (format != REVIEW_JSONL || is_summed_up() || is_about_incidents())
		require_harmless(text, length, format == REVIEW_CSV ? "\t\r\n" : "\t\n");
	require(job.failure.kind == FAILURE_NONE || *job.failure.message);
	bool whole = job.failure.kind == FAILURE_NONE || job.failure.kind == FAILURE_INTEGRITY;
	if (whole && length)
		check_whole(text, length);
	free(text);
}

/* What a verifier may say, whose strings are partly out of the log. */
static void set_verified(uint8_t number, uint8_t how)
{
	static const char *const texts[] = {"", "changed", "<b>&\"'"};
	const char *text = texts[how / 8 % 3];

	job.verified = (struct verify_result){
		.ok = how >> 2 & 1,
		.records = number,
		.signed_records = number / 2,
		.epochs = number % 3,
		.segments = number,
		.bad_seq = number,
		.bad_kind = text,
		.bad_segment = text,
		.bad_meaning = text,
		.last_hash = text,
		.origin = text,
		.first_key = text,
		.root = text,
		.note = *text ? "a\n<b>\n\n" : "",
		.kind_count = how & 1 ? 2 : 0,
		.kinds = {{text, number}, {text, 1}},
		.finding_count = how & 1 ? 3 : 0,
		.findings = {{0, number, text}, {1, 2, text}, {9, 3, text}},
	};
}

/* Incidents have a few numbers at the end. */
static void choose_kind(uint8_t number)
{
	static const enum job_kind jobs[] = {JOB_AUDIT_SEARCH, JOB_AUDIT_TAIL, JOB_AUDIT_STATS,
					     JOB_AUDIT_EXPORT, JOB_AUDIT_REPORT};
	static const char *const states[] = {INCIDENTS_OPEN, INCIDENTS_CLOSED, INCIDENTS_ALL};

	job.request.kind = number < 250	   ? jobs[number % 5]
			   : number == 253 ? JOB_AUDIT_INCIDENTS_SHOW
					   : JOB_AUDIT_INCIDENTS_LIST;
	job.request.review.name = "SEC-20260102-0123abcd";
	job.request.review.text = states[number % 3];
}

/* As the broker lets it pass. */
static void choose(const uint8_t data[CHOICE_SIZE])
{
	choose_kind(data[0]);
	job.request.review.format = (enum review_format)(data[1] % REVIEW_FORMATS);
	job.request.colour = data[2] & 1;
	job.request.review.follow = data[2] >> 1 & 1;
	job.request.width = data[3];
	job.request.review.filter.since_us = data[4] & 1 ? UINT64_C(1767300000000000) : 0;
	job.request.review.filter.until_us = data[4] & 2 ? UINT64_C(1767400000000000) : 0;
	set_verified(data[3], data[4]);
}

/* Six bytes: job, format, colour and following, width, period and verdict, and hours between
 * records. Then lines. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < CHOICE_SIZE)
		return 0;
	choose(data);
	job.items = 0;
	job.output.closed = false;
	memset(&job.output.colour, 0, sizeof(job.output.colour));
	memset(&job.failure, 0, sizeof(job.failure));
	write_lines(data + CHOICE_SIZE, size - CHOICE_SIZE, data[5] * UINT64_C(3600000000));
	review_run(&job);
	check_output();
	return 0;
}
