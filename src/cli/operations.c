/* ghward operations: the operation table as it is compiled in. */
#include "cli/commands.h"
#include "cli/output.h"
#include "cli/report.h"
#include "lib/operations/operations.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *class_name(enum operation_class class)
{
	return class == CLASS_WRITE ? "write" : "read";
}

static void put_names(struct json_writer *writer, const char *key, operation_parameters set)
{
	json_key(writer, key);
	json_array_begin(writer);
	for (unsigned i = 0; i < PARAMETERS; i++) {
		if (set & OPERATION_PARAMETER_BIT(i))
			json_string(writer, operation_parameter_name((enum operation_parameter)i));
	}
	json_array_end(writer);
}

static const char *base_name(enum operation_base base)
{
	static const char *const names[] = {"api", "web", "git"};

	return names[base];
}

static const char *answer_name(enum operation_answer answer)
{
	static const char *const names[ANSWERS] = {"open", "secret", "git", "stream"};

	return names[answer];
}

static const char *authority_name(enum operation_authority authority)
{
	static const char *const names[] = {"token", "app", "nobody"};

	return names[authority];
}

/* "security_events|repo" as an array, NULL as null. */
static void put_scopes(struct json_writer *writer, const char *scopes)
{
	json_key(writer, "scopes");
	if (!scopes) {
		json_null(writer);
		return;
	}
	json_array_begin(writer);
	while (*scopes) {
		size_t length = strcspn(scopes, "|");
		json_string_n(writer, scopes, length);
		scopes += length + (scopes[length] != 0);
	}
	json_array_end(writer);
}

static void put_text(struct json_writer *writer, const char *key, const char *text)
{
	json_key(writer, key);
	if (text)
		json_string(writer, text);
	else
		json_null(writer);
}

static void print_json(void)
{
	struct report_json json;
	struct json_writer *writer = &json.writer;

	report_json_begin(&json, isatty(STDOUT_FILENO));
	json_array_begin(writer);
	for (unsigned i = 0; i < OPERATIONS; i++) {
		const struct operation *operation = operation_get((enum operation_id)i);
		json_object_begin(writer);
		put_text(writer, "id", operation->id);
		put_text(writer, "method", operation_method_name(operation->method));
		put_text(writer, "path", operation->path);
		put_names(writer, "query", operation->query);
		put_names(writer, "body", operation->body);
		put_text(writer, "permission", operation->permission);
		put_text(writer, "class", class_name(operation->class));
		put_text(writer, "ghes_since", operation->ghes_since);
		put_text(writer, "base", base_name(operation->base));
		put_text(writer, "authority", authority_name(operation->authority));
		put_text(writer, "answer", answer_name(operation->answer));
		put_scopes(writer, operation->scopes);
		json_object_end(writer);
	}
	json_array_end(writer);
	report_json_end(&json);
}

enum { COLUMN_ID, COLUMN_CLASS, COLUMN_METHOD, COLUMN_PATH, COLUMN_PERMISSION, COLUMNS };

static void print_table(void)
{
	const char *cells[(OPERATIONS + 1) * COLUMNS] = {"ID", "CLASS", "METHOD", "PATH",
							 "PERMISSION"};

	for (unsigned i = 0; i < OPERATIONS; i++) {
		const struct operation *operation = operation_get((enum operation_id)i);
		const char **row = cells + (size_t)(i + 1) * COLUMNS;
		row[COLUMN_ID] = operation->id;
		row[COLUMN_CLASS] = class_name(operation->class);
		row[COLUMN_METHOD] = operation_method_name(operation->method);
		row[COLUMN_PATH] = operation->path;
		row[COLUMN_PERMISSION] = operation->permission;
	}
	report_table(cells, OPERATIONS + 1, COLUMNS,
		     isatty(STDOUT_FILENO) ? REPORT_ALIGNED : REPORT_TABS);
}

int operations_run(const struct invocation *invocation)
{
	if (invocation->options.values[OPTION_JSON_WHOLE])
		print_json();
	else
		print_table();
	return output_finish(EXIT_SUCCESS);
}
