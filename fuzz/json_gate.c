/* The JSON gate: what it lets through cJSON reads, without duplicate keys; and what the writer
 * writes passes. */
#include "fuzz.h"

#include "lib/github/alert.h"
#include "lib/json/parse.h"
#include "lib/json/write.h"

static enum json_fault gate(const char *text, size_t length, enum json_comments comments)
{
	const struct json_limits limits = {100000, 10000, comments};
	struct json_where where;
	enum json_fault fault = json_gate(text, length, &limits, &where);

	require(where.offset <= length && where.line > 0 && where.column > 0);
	require(fault < JSON_FAULTS && fault != JSON_NO_MEMORY);
	return fault;
}

/* "CWE-79", however the tag writes it. */
static void check_weakness(const char *tag)
{
	char cwe[ALERT_CWE_SIZE];

	if (!alert_cwe(tag, cwe))
		return;
	require(memchr(cwe, 0, sizeof(cwe)) && strncmp(cwe, "CWE-", 4) == 0);
	require(cwe[4] && cwe[4 + strspn(cwe + 4, "0123456789")] == 0);
}

/* Recursion is bounded by the gate. */
static void check_tree(const struct cJSON *tree, unsigned depth)
{
	const struct cJSON *child, *other;

	require(depth <= JSON_DEPTH_MAX);
	if (cJSON_IsString(tree))
		check_weakness(tree->valuestring);
	if (cJSON_IsNumber(tree))
		require(tree->valuedouble - tree->valuedouble == 0.0); /* finite */
	cJSON_ArrayForEach(child, tree)
	{
		check_tree(child, depth + 1);
		if (!cJSON_IsObject(tree))
			continue;
		for (other = child->next; other; other = other->next)
			require(strcmp(child->string, other->string) != 0);
	}
}

/* The text lies in memory of its exact size. */
static void check_text(const char *text, size_t length)
{
	const struct json_limits limits = {100000, 10000, JSON_NO_COMMENTS};
	struct json_where where;
	struct alert_view view;
	enum json_fault fault;

	enum json_fault expected = gate(text, length, JSON_NO_COMMENTS);
	struct cJSON *tree = json_parse(text, length, &limits, &fault, &where);
	require(fault == expected);
	require((tree != NULL) == (fault == JSON_FINE));
	if (!tree)
		return;
	check_tree(tree, 0);
	if (alert_read(tree, &view))
		require(view.number > 0 && view.state && view.severity && view.path);
	char *printed = cJSON_PrintUnformatted(tree);
	/* cJSON rounds the largest double up to what is none. */
	if (printed) {
		fault = gate(printed, strlen(printed), JSON_NO_COMMENTS);
		require(fault == JSON_FINE || fault == JSON_NUMBER);
	}
	cJSON_free(printed);
	cJSON_Delete(tree);
}

/* With comments more is accepted, and when they are blanked the rest is plain JSON on the same
 * lines. */
static void check_comments(char *text, size_t length)
{
	if (gate(text, length, JSON_NO_COMMENTS) == JSON_FINE)
		require(gate(text, length, JSON_COMMENTS) == JSON_FINE);
	enum json_fault fault = gate(text, length, JSON_COMMENTS);
	unsigned lines = json_line_of(text, length);
	json_blank_comments(text, length); /* must be safe on anything */
	require(json_line_of(text, length) == lines);
	if (fault == JSON_FINE)
		require(gate(text, length, JSON_NO_COMMENTS) == JSON_FINE);
}

/* Writes a document whose shape the bytes choose. */
static void write_document(struct json_writer *writer, const char *text, size_t length)
{
	json_object_begin(writer);
	json_key(writer, "text");
	json_string_n(writer, text, length);
	json_key(writer, "list");
	json_array_begin(writer);
	for (size_t i = 0; i < length; i++) {
		switch (text[i] & 7) {
		case 0:
			json_array_begin(writer);
			json_array_end(writer);
			break;
		case 1:
			json_object_begin(writer);
			json_key(writer, "k");
			json_string_n(writer, text + i, length - i < 8 ? length - i : 8);
			json_object_end(writer);
			break;
		case 2:
			json_bool(writer, text[i] & 8);
			break;
		case 3:
			json_null(writer);
			break;
		case 4:
			json_i64(writer, -(int64_t)i);
			break;
		default:
			json_u64(writer, UINT64_MAX - i);
			break;
		}
	}
	json_array_end(writer);
	json_object_end(writer);
}

static void check_writer(const char *text, size_t length, size_t cap)
{
	struct json_writer writer;
	size_t written;
	char *out = malloc(cap);

	if (!out)
		return;
	json_writer_init(&writer, out, cap);
	write_document(&writer, text, length);
	bool fits = json_finish(&writer, &written) == 0;
	require(written <= cap);
	require(fits || cap < 64 + length * 66);
	if (fits)
		require(gate(out, written, JSON_NO_COMMENTS) == JSON_FINE);
	free(out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size ? size : 1);

	if (!text)
		return 0;
	memcpy(text, data, size);
	check_text(text, size);
	if (size <= 4096) {
		check_writer(text, size, 64 + size * 66);
		check_writer(text, size, size);
	}
	check_comments(text, size);
	free(text);
	return 0;
}
