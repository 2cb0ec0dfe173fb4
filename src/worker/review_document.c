/* A JSON object for each record. */
#include "worker/review_document.h"

#include "lib/base/log.h"
#include "lib/base/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct document {
	struct json_writer writer;
	char text[REVIEW_DOCUMENT_SIZE];
};

void review_document_new(struct review *review)
{
	review->state = memory_new(sizeof(struct document));
}

void review_document_free(struct review *review)
{
	free(review->state);
}

struct json_writer *review_document_begin(struct review *review)
{
	struct document *document = review->state;

	json_writer_init(&document->writer, document->text, sizeof(document->text));
	json_object_begin(&document->writer);
	return &document->writer;
}

void review_document_end(struct review *review)
{
	struct document *document = review->state;
	size_t length;

	json_object_end(&document->writer);
	if (json_finish(&document->writer, &length) < 0)
		fatal("a record does not fit its document");
	output_bytes(&review->job->output, document->text, length);
	output_text(&review->job->output, "\n");
}

void review_put(struct json_writer *writer, const char *key, const char *text)
{
	if (!*text)
		return;
	json_key(writer, key);
	json_string(writer, text);
}

void review_put_number(struct json_writer *writer, const char *key, uint64_t number)
{
	json_key(writer, key);
	json_u64(writer, number);
}

void review_put_details(struct json_writer *writer, const char *key, const struct record *record)
{
	json_key(writer, key);
	json_object_begin(writer);
	for (unsigned i = 0; i < record->detail_count; i++) {
		json_key(writer, record->details[i].key);
		json_string(writer, record->details[i].value);
	}
	json_object_end(writer);
}

void review_uid(const struct record *record, uint64_t seq, char uid[REVIEW_UID_SIZE])
{
	char origin[RECORD_ORIGIN_SIZE];

	record_origin(record, origin);
	snprintf(uid, REVIEW_UID_SIZE, "%s#%llu", origin, (unsigned long long)seq);
}

void review_summary(const struct record *record, char text[REVIEW_SUMMARY_SIZE])
{
	const char *end = *record->outcome ? record->outcome : record->decision;

	snprintf(text, REVIEW_SUMMARY_SIZE, "%.800s%s%.800s by %.800s: %.800s%s%.400s",
		 record->event, *record->target ? " of " : "", record->target, record->actor,
		 record_phase(record->phase), *end ? ", " : "", end);
}

uint64_t review_status(const struct record *record)
{
	const char *status = record_detail(record, "status");
	size_t digits = strspn(status, "0123456789");

	if (digits != 3 || status[digits] || *status == '0')
		return 0;
	return strtoul(status, NULL, 10);
}
