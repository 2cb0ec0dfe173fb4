/* The operation table, and the only code that writes a URL. */
#include "lib/operations/operations.h"

#include "lib/base/percent.h"

#include <stdbool.h>
#include <string.h>

#define P(parameter) OPERATION_PARAMETER_BIT(PARAMETER_##parameter)

static const struct {
	const char *name;
	enum validate_kind validator;
	const char *ghes_since;
} parameters[PARAMETERS] = {
#define PARAMETER(identifier, name, validator, ghes)                                               \
	[PARAMETER_##identifier] = {(name), (validator), (ghes)},
#define OPERATION(...)
#include "lib/operations/operations.def"
#undef PARAMETER
#undef OPERATION
};

static const struct operation operations[OPERATIONS] = {
#define PARAMETER(...)
#define OPERATION(identifier, id_, method_, path_, query_, body_, permission_, class_, retry_,     \
		  ghes_, base_, authority_, answer_, scopes_)                                      \
	[OPERATION_##identifier] = {                                                               \
		.id = (id_),                                                                       \
		.method = METHOD_##method_,                                                        \
		.path = (path_),                                                                   \
		.query = (query_),                                                                 \
		.body = (body_),                                                                   \
		.permission = (permission_),                                                       \
		.class = CLASS_##class_,                                                           \
		.retry = retry_,                                                                   \
		.ghes_since = (ghes_),                                                             \
		.base = OPERATION_BASE_##base_,                                                    \
		.authority = AUTHORITY_##authority_,                                               \
		.answer = ANSWER_##answer_,                                                        \
		.scopes = (scopes_),                                                               \
	},
#include "lib/operations/operations.def"
#undef PARAMETER
#undef OPERATION
};

_Static_assert(PARAMETERS <= 64, "operation_parameters is a 64-bit set");

const struct operation *operation_get(enum operation_id id)
{
	return &operations[id];
}

const char *operation_method_name(enum operation_method method)
{
	static const char *const names[] = {"GET", "POST", "PUT", "PATCH", "DELETE"};

	return names[method];
}

const char *operation_parameter_name(enum operation_parameter parameter)
{
	return parameters[parameter].name;
}

enum validate_kind operation_parameter_validator(enum operation_parameter parameter)
{
	return parameters[parameter].validator;
}

const char *operation_parameter_ghes_since(enum operation_parameter parameter)
{
	return parameters[parameter].ghes_since;
}

/* The parameter that "{name}" at `at` stands for; PARAMETERS when there is none. */
static enum operation_parameter placeholder(const char *at, size_t *length)
{
	const char *end = strchr(at, '}');

	*length = end ? (size_t)(end - at) + 1 : 0;
	for (unsigned i = 0; end && i < PARAMETERS; i++) {
		size_t name = strlen(parameters[i].name);
		if (name == *length - 2 && memcmp(parameters[i].name, at + 1, name) == 0)
			return (enum operation_parameter)i;
	}
	return PARAMETERS;
}

static operation_parameters path_parameters(const char *path)
{
	operation_parameters found = 0;

	for (const char *at = strchr(path, '{'); at; at = strchr(at + 1, '{')) {
		size_t length;
		enum operation_parameter parameter = placeholder(at, &length);
		if (parameter < PARAMETERS)
			found |= OPERATION_PARAMETER_BIT(parameter);
	}
	return found;
}

bool operation_is_checkable(enum operation_id id)
{
	return operations[id].scopes != NULL;
}

bool operation_is_about(enum operation_id id, enum operation_parameter parameter)
{
	return path_parameters(operations[id].path) & OPERATION_PARAMETER_BIT(parameter);
}

bool operation_find(const char *name, enum operation_id *id)
{
	static const struct {
		const char *command;
		enum operation_id id;
	} commands[] = {
		{"alerts.view", OPERATION_ALERTS_GET},
		{"alerts.dismiss", OPERATION_ALERTS_UPDATE},
		{"alerts.reopen", OPERATION_ALERTS_UPDATE},
		{"alerts.assign", OPERATION_ALERTS_UPDATE},
		{"alerts.unassign", OPERATION_ALERTS_UPDATE},
		{"rate-limit", OPERATION_RATE_LIMIT},
	};

	for (unsigned i = 0; i < OPERATIONS; i++) {
		*id = (enum operation_id)i;
		if (strcmp(operations[i].id, name) == 0)
			return true;
	}
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		*id = commands[i].id;
		if (strcmp(commands[i].command, name) == 0)
			return true;
	}
	return false;
}

int operation_check(enum operation_id id, const struct operation_arguments *arguments,
		    enum operation_parameter *wrong)
{
	const struct operation *operation = &operations[id];
	operation_parameters required = path_parameters(operation->path);
	operation_parameters known = required | operation->query | operation->body;

	for (unsigned i = 0; i < PARAMETERS; i++) {
		const char *value = arguments->values[i];
		operation_parameters bit = OPERATION_PARAMETER_BIT(i);
		bool fine = value ? (known & bit) && validate_param(parameters[i].validator, value,
								    strlen(value))
				  : !(required & bit);
		if (!fine) {
			*wrong = (enum operation_parameter)i;
			return -1;
		}
	}
	return 0;
}

static void append_path(struct percent_text *url, const char *path,
			const struct operation_arguments *arguments)
{
	while (*path) {
		size_t length = strcspn(path, "{");
		percent_put_plain(url, path, length);
		path += length;
		if (!*path)
			break;
		enum operation_parameter parameter = placeholder(path, &length);
		if (parameter == PARAMETERS || !arguments->values[parameter]) {
			url->overflow = true;
			return;
		}
		percent_put(url, arguments->values[parameter]);
		path += length;
	}
}

int operation_url(enum operation_id id, const struct operation_arguments *arguments,
		  const char *base, char text[OPERATION_URL_MAX])
{
	const struct operation *operation = &operations[id];
	struct percent_text url = {.text = text, .size = OPERATION_URL_MAX};
	char separator = '?';

	percent_put_plain(&url, base, strlen(base));
	append_path(&url, operation->path, arguments);
	for (unsigned i = 0; i < PARAMETERS; i++) {
		const char *value = arguments->values[i];
		if (!value || !(operation->query & OPERATION_PARAMETER_BIT(i)))
			continue;
		percent_put_plain(&url, &separator, 1);
		percent_put_plain(&url, parameters[i].name, strlen(parameters[i].name));
		percent_put_plain(&url, "=", 1);
		percent_put(&url, value);
		separator = '&';
	}
	return url.overflow ? -1 : 0;
}
