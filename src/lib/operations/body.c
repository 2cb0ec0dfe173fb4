/* Bodies of requests: the only code that writes one. */
#include "lib/json/write.h"
#include "lib/operations/operations.h"
#include "lib/pktline/pktline.h"

#include <string.h>

static void put_list(struct json_writer *writer, const char *list)
{
	json_array_begin(writer);
	while (*list) {
		size_t length = strcspn(list, ",");
		json_string_n(writer, list, length);
		list += length;
		list += *list == ',';
	}
	json_array_end(writer);
}

/* "contents:read,issues:write" as an object. */
static void put_object(struct json_writer *writer, const char *list)
{
	json_object_begin(writer);
	while (*list) {
		size_t name = strcspn(list, ":"), length = strcspn(list, ",");
		json_key_n(writer, list, name);
		json_string_n(writer, list + name + 1, length - name - 1);
		list += length;
		list += *list == ',';
	}
	json_object_end(writer);
}

static void put_value(struct json_writer *writer, enum validate_kind kind, const char *value)
{
	if (kind == VALIDATE_LOGINS || kind == VALIDATE_REPOS || kind == VALIDATE_TOKENS)
		put_list(writer, value);
	else if (kind == VALIDATE_PERMISSIONS)
		put_object(writer, value);
	else if (kind == VALIDATE_BOOLEAN)
		json_bool(writer, strcmp(value, "true") == 0);
	else
		json_string(writer, value);
}

/* Which refs there are of those that ghward keeps (gitprotocol-v2). Where HEAD points to, GitHub's
 * API says. */
static size_t ask_for_refs(char body[OPERATION_BODY_MAX])
{
	static const char *const lines[] = {
		"command=ls-refs\n",	    "agent=ghward/" GHWARD_VERSION "\n",
		"object-format=sha1\n",	    NULL, /* and what is wanted: */
		"ref-prefix refs/heads/\n", "ref-prefix refs/notes/\n",
		"ref-prefix refs/tags/\n",
	};
	uint8_t *bytes = (uint8_t *)body;
	size_t used = 0;

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		if (lines[i]) {
			used += pktline_write(bytes + used, OPERATION_BODY_MAX - used, lines[i]);
		} else {
			memcpy(bytes + used, "0001", 4);
			used += 4;
		}
	}
	memcpy(bytes + used, "0000", 4);
	return used + 4;
}

int operation_body(enum operation_id id, const struct operation_arguments *arguments,
		   char body[OPERATION_BODY_MAX], size_t *length)
{
	operation_parameters members = operation_get(id)->body;
	struct json_writer writer;

	*length = id == OPERATION_GIT_LS_REFS ? ask_for_refs(body) : 0;
	if (!members)
		return 0;
	json_writer_init(&writer, body, OPERATION_BODY_MAX);
	json_object_begin(&writer);
	for (unsigned i = 0; i < PARAMETERS; i++) {
		enum operation_parameter parameter = (enum operation_parameter)i;
		if (!arguments->values[i] || !(members & OPERATION_PARAMETER_BIT(i)))
			continue;
		json_key(&writer, operation_parameter_name(parameter));
		put_value(&writer, operation_parameter_validator(parameter), arguments->values[i]);
	}
	json_object_end(&writer);
	return json_finish(&writer, length);
}
