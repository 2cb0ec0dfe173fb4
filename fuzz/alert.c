/* Alerts of arbitrary JSON: what is read of them, and what --json writes of them. */
#include "lib/github/alert.h"
#include "lib/github/fields.h"
#include "lib/json/write.h"
#include "worker/alert_json.h"

#include "fuzz.h"
#include "output.h"

#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

static struct job job;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	job.output.fd = memfd_create("output", MFD_CLOEXEC);
	return job.output.fd < 0;
}

static struct cJSON *parse(const char *text, size_t length)
{
	const struct json_limits limits = {100000, 10000, JSON_NO_COMMENTS};
	struct json_where where;
	enum json_fault fault;

	return json_parse(text, length, &limits, &fault, &where);
}

/* One of the strings that the tree itself has, or "". */
static void check_text(const char *text)
{
	size_t characters;

	require(text && validate_utf8(text, strlen(text), &characters));
}

static void check_view(const struct cJSON *tree)
{
	struct alert_view view;
	uint64_t number;

	if (!alert_read(tree, &view)) {
		require(!json_get_u64(tree, "number", &number) || number == 0);
		return;
	}
	require(cJSON_IsObject(tree));
	require(view.number > 0 && view.number <= UINT64_C(1) << 53);
	require(view.start_line <= UINT64_C(1) << 53);
	const char *const texts[] = {view.state,
				     view.severity,
				     view.rule_id,
				     view.tool,
				     view.tool_version,
				     view.rule_description,
				     view.path,
				     view.ref,
				     view.message,
				     view.created_at,
				     view.updated_at,
				     view.html_url,
				     view.dismissed_at,
				     view.dismissed_by,
				     view.dismissed_reason,
				     view.repository,
				     view.dismissed_comment};
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		check_text(texts[i]);
	static const char words[] = " critical high medium low ";
	char word[16];
	snprintf(word, sizeof(word), " %s ", view.severity);
	require(!*view.severity || strstr(words, word));
}

static void check_cwe(const char *tag)
{
	char cwe[ALERT_CWE_SIZE], again[ALERT_CWE_SIZE];

	if (!alert_cwe(tag, cwe))
		return;
	size_t digits = strspn(cwe + 4, "0123456789");
	require(memcmp(cwe, "CWE-", 4) == 0 && cwe[4] != '0');
	require(digits > 0 && digits <= 6 && cwe[4 + digits] == 0);
	/* The normal form is its own. */
	require(alert_cwe(cwe, again) && strcmp(cwe, again) == 0);
}

/* Written, it is JSON on one line that cannot act on a terminal; read and written again, the same.
 */
static void check_value(const struct cJSON *tree)
{
	size_t length, length_again;

	json_value_write(&job.output, tree);
	char *text = take_output(&job.output, &length);
	require_harmless(text, length, "");
	struct cJSON *read = parse(text, length);
	require(read != NULL);
	json_value_write(&job.output, read);
	char *again = take_output(&job.output, &length_again);
	require(length == length_again && memcmp(text, again, length) == 0);
	cJSON_Delete(read);
	free(again);
	free(text);
}

/* The chosen fields in their order, each with a value. */
static void check_fields(const struct cJSON *tree, const uint8_t *data, size_t size)
{
	const struct cJSON *member;
	unsigned number = 0;
	size_t length;

	/* --json names no field twice. */
	job.request.field_count = 0;
	for (size_t i = 0; i < size && job.request.field_count < ALERT_FIELDS; i++) {
		uint8_t field = data[i] % ALERT_FIELDS;
		if (!memchr(job.request.fields, field, job.request.field_count))
			job.request.fields[job.request.field_count++] = field;
	}
	unsigned count = job.request.field_count ? job.request.field_count : ALERT_FIELDS;
	alert_json_write(&job, tree);
	char *text = take_output(&job.output, &length);
	require_harmless(text, length, "");
	struct cJSON *object = parse(text, length);
	require(cJSON_IsObject(object));
	cJSON_ArrayForEach(member, object)
	{
		unsigned field = job.request.field_count ? job.request.fields[number] : number;
		require(strcmp(member->string, field_name(FIELD_SET_ALERT, field)) == 0);
		require(field_index(FIELD_SET_ALERT, member->string, strlen(member->string)) ==
			(int)field);
		number++;
	}
	require(number == count);
	cJSON_Delete(object);
	free(text);
}

/* The first byte says how many of the following choose fields; the rest is the alert. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t fields = size ? (size_t)(data[0] & 15) + 1 : 1;

	if (size < fields)
		return 0;
	size_t length = size - fields;
	char *text = malloc(length + 1);
	require(text != NULL);
	memcpy(text, data + fields, length);
	text[length] = 0;
	check_cwe(text);
	struct cJSON *tree = parse(text, length);
	if (tree) {
		check_view(tree);
		check_value(tree);
		check_fields(tree, data + 1, fields - 1);
	}
	cJSON_Delete(tree);
	free(text);
	return 0;
}
