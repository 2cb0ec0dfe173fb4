/* Operations with arbitrary arguments: the first line is an operation's id, each line behind it
 * "name=value", and lines without "=" belong to the value before them. */
#include "fuzz.h"

#include "lib/json/parse.h"
#include "lib/operations/operations.h"

static unsigned count(const char *text, size_t length, char wanted)
{
	unsigned found = 0;

	for (size_t i = 0; i < length; i++)
		found += text[i] == wanted;
	return found;
}

static unsigned count_given(operation_parameters set, const struct operation_arguments *arguments)
{
	unsigned given = 0;

	for (unsigned i = 0; i < PARAMETERS; i++)
		given += (set & OPERATION_PARAMETER_BIT(i)) && arguments->values[i];
	return given;
}

/* A name that is found is that of an operation, or of a command: no operation has that one. */
static enum operation_id find_operation(const char *name)
{
	enum operation_id id, own;

	if (!operation_find(name, &id))
		return (enum operation_id)((unsigned char)*name % OPERATIONS);
	require(id < OPERATIONS && operation_find(operation_get(id)->id, &own) && own == id);
	return id;
}

/* Two parameters may share a name; the operation's own comes first. */
static unsigned find_parameter(const struct operation *operation, const char *name, size_t length)
{
	unsigned found = PARAMETERS;

	for (unsigned i = PARAMETERS; i-- > 0;) {
		const char *candidate = operation_parameter_name((enum operation_parameter)i);
		bool own = (operation->query | operation->body) & OPERATION_PARAMETER_BIT(i);
		if (strlen(candidate) == length && memcmp(candidate, name, length) == 0 &&
		    (own || found == PARAMETERS))
			found = i;
	}
	return found;
}

static void read_arguments(char *text, const struct operation *operation,
			   struct operation_arguments *arguments)
{
	for (char *line = text; line;) {
		char *equals = strchr(line, '='), *next = equals;
		while ((next = next ? strchr(next, '\n') : NULL)) {
			size_t length = strcspn(next + 1, "\n");
			if (memchr(next + 1, '=', length))
				break;
			next++;
		}
		if (!equals)
			return;
		if (next)
			*next++ = 0;
		unsigned parameter = find_parameter(operation, line, (size_t)(equals - line));
		if (parameter < PARAMETERS)
			arguments->values[parameter] = equals + 1;
		line = next;
	}
}

/* No value adds a segment, a parameter, or a byte that is not meant for a URL. */
static void check_url(enum operation_id id, const struct operation_arguments *arguments,
		      const char *base, bool checked)
{
	static const char allowed[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~%/?&=";
	const struct operation *operation = operation_get(id);
	unsigned queries = count_given(operation->query, arguments);
	char url[OPERATION_URL_MAX];

	if (operation_url(id, arguments, base, url) < 0)
		return;
	require(memchr(url, 0, sizeof(url)) && strncmp(url, base, strlen(base)) == 0);
	const char *path = url + strlen(base), *query = path + strcspn(path, "?");
	size_t length = (size_t)(query - path);
	require(*path == '/' && strspn(path, allowed) == strlen(path));
	require(count(path, length, '/') == count(operation->path, strlen(operation->path), '/'));
	require(count(path, length, '&') == 0 && count(path, length, '=') == 0);
	require((*query == '?') == (queries > 0));
	if (queries > 0) {
		require(!strchr(query, '/') && !strchr(query + 1, '?'));
		require(count(query, strlen(query), '=') == queries);
		require(count(query, strlen(query), '&') == queries - 1);
	}
	if (checked)
		require(!memmem(path, length, "/./", 3) && !memmem(path, length, "/../", 4) &&
			!memmem(path, length, "//", 2) && !memmem(path, length, "%", 1));
}

static bool same_list(const struct cJSON *array, const char *list)
{
	const struct cJSON *item;

	cJSON_ArrayForEach(item, array)
	{
		size_t length = strcspn(list, ",");
		if (!cJSON_IsString(item) || strlen(item->valuestring) != length ||
		    memcmp(item->valuestring, list, length) != 0)
			return false;
		list += length;
		list += *list == ',';
	}
	return *list == 0;
}

/* "contents:read,issues:write" */
static bool same_pairs(const struct cJSON *object, const char *list)
{
	const struct cJSON *item;

	cJSON_ArrayForEach(item, object)
	{
		size_t name = strlen(item->string);
		if (strncmp(list, item->string, name) != 0 || list[name] != ':')
			return false;
		list += name + 1;
		size_t length = strcspn(list, ",");
		if (!cJSON_IsString(item) || strlen(item->valuestring) != length ||
		    memcmp(item->valuestring, list, length) != 0)
			return false;
		list += length;
		list += *list == ',';
	}
	return *list == 0;
}

/* The body is strict JSON with the given values and nothing else. */
static void check_body(enum operation_id id, const struct operation_arguments *arguments)
{
	const struct json_limits limits = {1000, 100, JSON_NO_COMMENTS};
	operation_parameters members = operation_get(id)->body;
	struct json_where where;
	enum json_fault fault;
	char body[OPERATION_BODY_MAX];
	size_t length;

	/* Of those that are the broker's own, several long ones need not fit. */
	if (operation_body(id, arguments, body, &length) < 0) {
		require(operation_get(id)->answer == ANSWER_SECRET);
		return;
	}
	require(length <= sizeof(body));
	if (!members) {
		require((length > 0) == (id == OPERATION_GIT_LS_REFS));
		return;
	}
	struct cJSON *root = json_parse(body, length, &limits, &fault, &where);
	require(root && cJSON_IsObject(root));
	require((unsigned)cJSON_GetArraySize(root) == count_given(members, arguments));
	for (unsigned i = 0; i < PARAMETERS; i++) {
		const char *value = arguments->values[i];
		if (!value || !(members & OPERATION_PARAMETER_BIT(i)))
			continue;
		const struct cJSON *member = cJSON_GetObjectItemCaseSensitive(
			root, operation_parameter_name((enum operation_parameter)i));
		if (cJSON_IsArray(member))
			require(same_list(member, value));
		else if (cJSON_IsObject(member))
			require(same_pairs(member, value));
		else if (cJSON_IsBool(member))
			require(strcmp(value, cJSON_IsTrue(member) ? "true" : "false") == 0);
		else
			require(cJSON_IsString(member) && strcmp(member->valuestring, value) == 0);
	}
	cJSON_Delete(root);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct operation_arguments arguments = {{NULL}};
	enum operation_parameter wrong = PARAMETERS;
	char *text = malloc(size + 1);

	if (!text)
		return 0;
	memcpy(text, data, size);
	text[size] = 0;
	char *rest = strchr(text, '\n');
	if (rest)
		*rest++ = 0;
	enum operation_id id = find_operation(text);
	if (rest)
		read_arguments(rest, operation_get(id), &arguments);

	bool checked = operation_check(id, &arguments, &wrong) == 0;
	require(checked || wrong < PARAMETERS);
	check_url(id, &arguments, "https://api.github.com", checked);
	check_url(id, &arguments, "https://ghes.example:8443/api/v3", checked);
	if (checked)
		check_body(id, &arguments);
	const char *since = operation_ghes_since(id, &arguments);
	require(!since || strcmp(since, OPERATION_GHES_NEVER) == 0 ||
		operation_ghes_at_least(since, "3.0"));
	free(text);
	return 0;
}
