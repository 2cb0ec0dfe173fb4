/* A summary as members of a JSON object. */
#include "worker/summary_json.h"

#include "lib/base/log.h"

void json_stream_begin(struct json_stream *stream, struct output *output)
{
	stream->output = output;
	json_writer_init(&stream->writer, stream->text, sizeof(stream->text));
}

void json_stream_drain(struct json_stream *stream)
{
	size_t length;

	if (json_finish(&stream->writer, &length) < 0)
		fatal("a part of the answer does not fit its buffer");
	output_bytes(stream->output, stream->text, length);
	stream->writer.used = 0;
}

void json_stream_end(struct json_stream *stream)
{
	json_stream_drain(stream);
	output_text(stream->output, "\n");
}

static void put_number(struct json_stream *stream, const char *key, uint64_t number)
{
	json_key(&stream->writer, key);
	json_u64(&stream->writer, number);
}

static void put_counted(struct json_stream *stream, const char *name, uint64_t count)
{
	json_object_begin(&stream->writer);
	json_key(&stream->writer, "name");
	json_string(&stream->writer, name);
	put_number(stream, "count", count);
	json_object_end(&stream->writer);
	json_stream_drain(stream);
}

void summary_json_tally(struct json_stream *stream, const char *key, const struct tally *tally,
			unsigned shown)
{
	json_key(&stream->writer, key);
	json_object_begin(&stream->writer);
	json_key(&stream->writer, "listed");
	json_array_begin(&stream->writer);
	for (unsigned i = 0; i < tally->count && i < shown; i++)
		put_counted(stream, tally->entries[i].text, tally->entries[i].count);
	json_array_end(&stream->writer);
	put_number(stream, "other", tally_rest(tally, shown));
	json_object_end(&stream->writer);
}

static void put_end(struct json_stream *stream, const char *key, const struct summary_end *end)
{
	json_key(&stream->writer, key);
	if (!end->seq) {
		json_null(&stream->writer);
		return;
	}
	json_object_begin(&stream->writer);
	put_number(stream, "seq", end->seq);
	json_key(&stream->writer, "time");
	json_string(&stream->writer, end->time);
	json_object_end(&stream->writer);
}

static void put_severities(struct json_stream *stream, const uint64_t counts[AUDIT_SEVERITIES])
{
	for (unsigned i = 0; i < AUDIT_SEVERITIES; i++)
		put_number(stream, record_severity((enum audit_severity)i), counts[i]);
}

static void put_days(struct json_stream *stream, const struct summary *summary)
{
	char text[SUMMARY_DAY_SIZE];

	json_key(&stream->writer, "by_day");
	json_object_begin(&stream->writer);
	json_key(&stream->writer, "listed");
	json_array_begin(&stream->writer);
	for (unsigned i = 0; i < summary->day_count; i++) {
		summary_day_text(summary->days[i].day, text);
		json_object_begin(&stream->writer);
		json_key(&stream->writer, "day");
		json_string(&stream->writer, text);
		put_number(stream, "count", summary_day_total(&summary->days[i]));
		put_severities(stream, summary->days[i].counts);
		json_object_end(&stream->writer);
		json_stream_drain(stream);
	}
	json_array_end(&stream->writer);
	put_number(stream, "other", summary->other_days);
	json_object_end(&stream->writer);
}

void summary_json(struct json_stream *stream, const struct summary *summary, unsigned targets)
{
	put_number(stream, "records", summary->records);
	put_end(stream, "first", &summary->first);
	put_end(stream, "last", &summary->last);
	summary_json_tally(stream, "by_event", &summary->events, TALLY_MAX);
	summary_json_tally(stream, "by_actor", &summary->actors, TALLY_MAX);
	json_key(&stream->writer, "by_severity");
	json_object_begin(&stream->writer);
	put_severities(stream, summary->severities);
	json_object_end(&stream->writer);
	summary_json_tally(stream, "by_outcome", &summary->outcomes, TALLY_MAX);
	summary_json_tally(stream, "by_target", &summary->targets, targets);
	put_days(stream, summary);
	json_key(&stream->writer, "by_hour");
	json_array_begin(&stream->writer);
	for (unsigned i = 0; i < 24; i++)
		json_u64(&stream->writer, summary->hours[i]);
	json_array_end(&stream->writer);
	json_stream_drain(stream);
}
