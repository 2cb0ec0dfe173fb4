/* Lines of an audit log as anybody could write them. */
#include "made.h"

#include "lib/base/clock.h"
#include "lib/base/io.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#define OUTPUT_MAX ((size_t)16 << 20)

const char *const made_hostile[] = {
	"</td><script>alert(1)</script>",
	"\"><img src=x onerror=alert(1)>",
	"' onmouseover='x",
	"=cmd|' /C calc'!A0",
	"+1+1",
	"-1+1",
	"@SUM(1)",
	"  =1+1",
	"\xc2\xa0=1",
	"\xe3\x80\x80=1",
	"\xef\xbc\x9d"
	"1+1",
	"'=1",
	"\\x1b[31mred",
	"\xe2\x80\xae"
	"gnp.exe",
	"\xf3\xa0\x81\x81"
	"tag",
	"|pipe\\back=equals",
	"a,b;c\td",
	"--></style><style>*{display:none}",
	"${jndi:ldap://x}",
	"\xe6\x97\xa5\xe6\x9c\xac\xf0\x9f\x90\x9b",
	NULL,
};

void made_add_text(struct made *made, const char *text)
{
	size_t length = strlen(text);

	if (made->room - made->length < length + 1) {
		made->room = (made->room + length + 1) * 2;
		made->lines = realloc(made->lines, made->room);
		assert_non_null(made->lines);
	}
	memcpy(made->lines + made->length, text, length + 1);
	made->length += length;
}

static void add_string(struct made *made, const char *text)
{
	char one[3] = "";

	made_add_text(made, "\"");
	for (; text && *text; text++) {
		/* A tab could not be in a line. */
		one[0] = *text == '\t' ? ' ' : *text;
		if (*text == '"' || *text == '\\')
			made_add_text(made, "\\");
		made_add_text(made, one);
	}
	made_add_text(made, "\"");
}

static void add_member(struct made *made, const char *key, const char *text)
{
	made_add_text(made, ",\"");
	made_add_text(made, key);
	made_add_text(made, "\":");
	add_string(made, text);
}

static void add_head(struct made *made)
{
	char text[128], time[CLOCK_RFC3339_SIZE];

	clock_rfc3339(time, made->time_us);
	snprintf(text, sizeof(text), "{\"seq\":%llu,\"time\":\"%s\"", (unsigned long long)made->seq,
		 time);
	made_add_text(made, text);
	add_member(made, "boot", "9f0c6d7e-1c5a-4f0e-9a63-52a3d70f7f10");
	made_add_text(made, ",\"mono\":12345");
}

static void add_details(struct made *made, const struct audit_event *event)
{
	made_add_text(made, ",\"details\":{");
	for (unsigned i = 0; i < event->detail_count; i++) {
		made_add_text(made, i ? "," : "");
		add_string(made, event->details[i].key);
		made_add_text(made, ":");
		add_string(made, event->details[i].value);
	}
	made_add_text(made, "}");
}

void made_add(struct made *made, const struct audit_event *event)
{
	static const char *const phases[] = {"intent", "result", "note"};
	static const char *const severities[] = {"info", "warning", "critical"};

	made->seq += made->seq ? 0 : 1;
	made->time_us = made->time_us ? made->time_us : MADE_TIME;
	add_head(made);
	add_member(made, "actor", event->actor);
	add_member(made, "job", event->job);
	add_member(made, "event", event->event);
	add_member(made, "phase", phases[event->phase]);
	add_member(made, "target", event->target);
	add_member(made, "decision", event->decision);
	add_member(made, "rule", event->rule);
	add_member(made, "outcome", event->outcome);
	add_member(made, "request_id", event->request_id);
	add_member(made, "severity", severities[event->severity]);
	add_details(made, event);
	add_member(made, "session", "0a1b2c3d4e5f-01234567");
	add_member(made, "prev",
		   "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff");
	made_add_text(made, "}\n");
	made->seq++;
	made->time_us += 1000000;
}

struct job *made_job(enum job_kind kind, enum review_format format)
{
	struct job *job = calloc(1, sizeof(*job));

	assert_non_null(job);
	job->request.kind = kind;
	job->request.review.format = format;
	job->verified = (struct verify_result){.bad_segment = "", .bad_kind = "", .last_hash = ""};
	job->records = memfd_create("records", MFD_CLOEXEC);
	job->output.fd = memfd_create("output", MFD_CLOEXEC);
	return job;
}

const char *made_run(struct made *made, struct job *job)
{
	static char *text;

	assert_int_equal(io_write_full(job->records, made->lines ? made->lines : "", made->length),
			 0);
	assert_int_equal(lseek(job->records, 0, SEEK_SET), 0);
	free(made->lines);
	*made = (struct made){0};
	review_run(job);
	output_flush(&job->output);
	free(text);
	text = calloc(1, OUTPUT_MAX);
	assert_non_null(text);
	assert_true(pread(job->output.fd, text, OUTPUT_MAX - 1, 0) >= 0);
	return text;
}

void made_free(struct job *job)
{
	close(job->records);
	close(job->output.fd);
	free(job);
}
