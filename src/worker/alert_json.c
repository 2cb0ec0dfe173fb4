/* --json of an alert. */
#include "worker/alert_json.h"

#include "lib/github/alert.h"
#include "lib/github/fields.h"
#include "lib/json/write.h"

#include <stdio.h>
#include <string.h>

enum field_set json_fields_of(enum job_kind kind)
{
	switch (kind) {
	case JOB_ALERTS_INSTANCES:
		return FIELD_SET_INSTANCE;
	case JOB_RATE_LIMIT:
		return FIELD_SET_RATE_LIMIT;
	case JOB_AUTH_STATUS:
		return FIELD_SET_AUTH_STATUS;
	case JOB_AUTH_CHECK:
		return FIELD_SET_AUTH_CHECK;
	case JOB_REPOS_LIST:
		return FIELD_SET_REPOSITORY;
	case JOB_REPOS_STATUS:
		return FIELD_SET_SYNC_STATE;
	default:
		return FIELD_SET_ALERT;
	}
}

void json_string_write(struct output *output, const char *text)
{
	char chunk[1024];
	size_t left = strlen(text);

	output_bytes(output, "\"", 1);
	while (left) {
		struct json_writer writer;
		size_t part = left < 128 ? left : 128, length;
		/* Never cut within a character: step back to where one starts. */
		while (part < left && part > 1 && ((unsigned char)text[part] & 0xc0) == 0x80)
			part--;
		json_writer_init(&writer, chunk, sizeof(chunk));
		json_string_n(&writer, text, part);
		/* 128 bytes are at most 768 escaped, so this cannot fail. */
		if (json_finish(&writer, &length) == 0)
			output_bytes(output, chunk + 1, length - 2);
		text += part;
		left -= part;
	}
	output_bytes(output, "\"", 1);
}

static void write_number(struct output *output, double value)
{
	char text[40];
	int length;

	/* Whole numbers as such: ids must not turn into 1.23e+09. */
	if (value >= -9007199254740992.0 && value <= 9007199254740992.0 &&
	    value >= (double)(long long)value && value <= (double)(long long)value)
		length = snprintf(text, sizeof(text), "%lld", (long long)value);
	else
		length = snprintf(text, sizeof(text), "%.17g", value);
	output_bytes(output, text, (size_t)length);
}

static void write_scalar(struct output *output, const struct cJSON *value)
{
	if (cJSON_IsString(value))
		json_string_write(output, value->valuestring);
	else if (cJSON_IsNumber(value))
		write_number(output, value->valuedouble);
	else
		output_text(output, cJSON_IsTrue(value)	   ? "true"
				    : cJSON_IsFalse(value) ? "false"
							   : "null");
}

static bool is_container(const struct cJSON *value)
{
	return cJSON_IsObject(value) || cJSON_IsArray(value);
}

/* Iterative, with the gate's depth as the stack's size. */
void json_value_write(struct output *output, const struct cJSON *root)
{
	const struct cJSON *stack[JSON_DEPTH_MAX] = {NULL};
	const struct cJSON *value = root;
	size_t depth = 0;

	for (;;) {
		if (depth && cJSON_IsObject(stack[depth - 1])) {
			json_string_write(output, value->string);
			output_text(output, ":");
		}
		if (is_container(value) && depth < JSON_DEPTH_MAX) {
			output_text(output, cJSON_IsObject(value) ? "{" : "[");
			if (value->child) {
				stack[depth++] = value;
				value = value->child;
				continue;
			}
			output_text(output, cJSON_IsObject(value) ? "}" : "]");
		} else {
			write_scalar(output, value);
		}
		while (depth && !value->next) {
			value = stack[--depth];
			output_text(output, cJSON_IsObject(value) ? "}" : "]");
		}
		if (!depth)
			return;
		output_text(output, ",");
		value = value->next;
	}
}

static void write_cwes(struct output *output, const struct cJSON *alert)
{
	const struct cJSON *tags = json_get_array(json_get_object(alert, "rule"), "tags");
	const struct cJSON *tag;
	const char *separator = "";
	char cwe[ALERT_CWE_SIZE];

	output_text(output, "[");
	cJSON_ArrayForEach(tag, tags)
	{
		if (!cJSON_IsString(tag) || !alert_cwe(tag->valuestring, cwe))
			continue;
		output_text(output, separator);
		json_string_write(output, cwe);
		separator = ",";
	}
	output_text(output, "]");
}

static void write_value(struct output *output, const struct cJSON *value)
{
	if (value)
		json_value_write(output, value);
	else
		output_text(output, "null");
}

static void write_alert_field(struct output *output, const struct cJSON *alert,
			      enum alert_field field)
{
	if (field == ALERT_FIELD_CWES)
		write_cwes(output, alert);
	else if (field != ALERT_FIELD_SEVERITY)
		write_value(output, json_member(alert, field_name(FIELD_SET_ALERT, field)));
	else if (*alert_severity(alert))
		json_string_write(output, alert_severity(alert));
	else
		output_text(output, "null");
}

void json_fields_write(struct job *job, enum field_set set, const struct cJSON *object)
{
	const struct job_request *request = &job->request;
	struct output *output = &job->output;
	unsigned count = request->field_count ? request->field_count : field_count(set);

	for (unsigned i = 0; i < count; i++) {
		unsigned field = request->field_count ? request->fields[i] : i;
		output_text(output, i ? "," : "{");
		json_string_write(output, field_name(set, field));
		output_text(output, ":");
		if (set == FIELD_SET_ALERT)
			write_alert_field(output, object, (enum alert_field)field);
		else
			write_value(output, json_member(object, field_name(set, field)));
	}
	output_text(output, "}");
}

void alert_json_write(struct job *job, const struct cJSON *alert)
{
	json_fields_write(job, FIELD_SET_ALERT, alert);
}
