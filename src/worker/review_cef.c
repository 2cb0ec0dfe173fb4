/* The audit log in ArcSight's Common Event Format, version 0: a header whose fields end with `|`,
 * then key=value pairs. */
#include "worker/meaning.h"
#include "worker/review.h"
#include "worker/visible.h"

#include "lib/base/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Writes a text with a backslash before each of the characters in `special`. There are no line ends
 * in a record. */
static void put_escaped(struct review *review, struct auditlog_text text, const char *special)
{
	struct output *output = &review->job->output;
	size_t plain = 0;

	text = visible_json(text, review->state);
	for (size_t i = 0; i < text.length; i++) {
		if (!strchr(special, text.text[i]))
			continue;
		output_bytes(output, text.text + plain, i - plain);
		output_text(output, "\\");
		plain = i;
	}
	output_bytes(output, text.text + plain, text.length - plain);
}

static struct auditlog_text whole(const char *text)
{
	return (struct auditlog_text){text, strlen(text)};
}

static void put_pair(struct review *review, const char *key, struct auditlog_text value)
{
	struct output *output = &review->job->output;

	if (!value.length)
		return;
	output_text(output, " ");
	output_text(output, key);
	output_text(output, "=");
	put_escaped(review, value, "\\=");
}

static void put_text(struct review *review, const char *key, const char *value)
{
	put_pair(review, key, whole(value));
}

/* A field without a meaning of its own has a label beside it. */
static void put_labelled(struct review *review, const char *key, const char *label,
			 struct auditlog_text value)
{
	char label_key[32];

	if (!value.length)
		return;
	snprintf(label_key, sizeof(label_key), "%sLabel", key);
	put_text(review, label_key, label);
	put_pair(review, key, value);
}

static void put_header(struct review *review, const struct record *record)
{
	static const char *const severities[AUDIT_SEVERITIES] = {
		[AUDIT_INFO] = "3", [AUDIT_WARNING] = "6", [AUDIT_CRITICAL] = "10"};
	struct output *output = &review->job->output;

	output_text(output, "CEF:0|ghward|ghward|" GHWARD_VERSION "|");
	put_escaped(review, whole(record->event), "\\|");
	output_text(output, "|");
	put_escaped(review, whole(record->event), "\\|");
	output_text(output, " ");
	output_text(output, record_phase(record->phase));
	output_text(output, "|");
	output_text(output, severities[record->severity]);
	output_text(output, "|");
}

static void put_extension(struct review *review, const struct record *record)
{
	bool person = strncmp(record->actor, "uid:", 4) == 0;
	char numbers[80];

	snprintf(numbers, sizeof(numbers), "rt=%llu externalId=%llu",
		 (unsigned long long)(record->time_us / 1000), (unsigned long long)record->seq);
	output_text(&review->job->output, numbers);
	put_text(review, "cat", record_phase(record->phase));
	put_text(review, "suser", record->actor);
	put_text(review, "suid", person ? record->actor + 4 : "");
	put_text(review, "act", record->decision);
	put_text(review, "outcome", record->outcome);
	put_text(review, "reason", record_detail(record, "message"));
	put_labelled(review, "cs1", "job", whole(record->job));
	put_labelled(review, "cs2", "target", whole(record->target));
	put_labelled(review, "cs3", "rule", whole(record->rule));
	put_labelled(review, "cs4", "session", whole(record->session));
	put_labelled(review, "cs5", "prev", whole(record->prev));
	put_labelled(review, "cs6", "details",
		     (struct auditlog_text){record->details_text, record->details_length});
	put_labelled(review, "flexString1", "requestId", whole(record->request_id));
}

static void begin(struct review *review)
{
	review->state = memory_new(VISIBLE_SIZE);
}

static void write_event(struct review *review, const struct record *record)
{
	put_header(review, record);
	put_extension(review, record);
	output_text(&review->job->output, "\n");
}

static void clean(struct review *review)
{
	free(review->state);
}

const struct review_format_ways review_cef = {
	.begin = begin, .record = write_event, .clean = clean};
