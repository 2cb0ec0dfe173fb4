/* Operations with arbitrary arguments: whatever a value is, the URL stays on its base and has the
 * template's segments, percent-decoding gives back each value where it belongs, and so does parsing
 * the body. */
#include "lib/json/parse.h"
#include "lib/operations/operations.h"

#include "fuzz.h"

static int unhex(char digit)
{
	return digit >= '0' && digit <= '9' ? digit - '0' : digit - 'A' + 10;
}

/* Whether text[0..length) is the encoded form of the value, in its one spelling. */
static bool decodes_to(const char *text, size_t length, const char *value)
{
	size_t i = 0;

	for (; *value; value++) {
		char byte = i < length ? text[i] : 0;
		size_t step = byte == '%' ? 3 : 1;
		if (step > length - i)
			return false;
		if (byte == '%')
			byte = (char)(unhex(text[i + 1]) << 4 | unhex(text[i + 2]));
		if (byte != *value)
			return false;
		i += step;
	}
	return i == length;
}

/* By GitHub's name; the templates name no parameter whose name stands in the table twice. */
static enum operation_parameter parameter_of(const char *name, size_t length)
{
	for (unsigned i = 0; i < PARAMETERS; i++) {
		const char *known = operation_parameter_name((enum operation_parameter)i);
		if (strlen(known) == length && memcmp(known, name, length) == 0)
			return (enum operation_parameter)i;
	}
	abort();
}

static bool is_dot_segment(const char *text, size_t length)
{
	return (length == 1 || length == 2) && strspn(text, ".") >= length;
}

/* Segment by segment beside the template. */
static void check_path(const char *path, size_t length, const char *template,
		       const struct operation_arguments *arguments, bool checked)
{
	const char *end = path + length;

	while (*template) {
		require(path < end && *path == '/' && *template == '/');
		path++;
		template ++;
		size_t wanted = strcspn(template, "/");
		const char *slash = memchr(path, '/', (size_t)(end - path));
		size_t got = (size_t)((slash ? slash : end) - path);
		if (*template == '{') {
			enum operation_parameter parameter = parameter_of(template + 1, wanted - 2);
			require(decodes_to(path, got, arguments->values[parameter]));
			if (checked)
				require(got > 0 && !is_dot_segment(path, got));
		} else {
			require(got == wanted && memcmp(path, template, got) == 0);
		}
		path += got;
		template += wanted;
	}
	require(path == end);
}

/* Every value of the query, once, in the table's order, and nothing else. */
static void check_query(const char *query, const struct operation *operation,
			const struct operation_arguments *arguments)
{
	char separator = '?';

	for (unsigned i = 0; i < PARAMETERS; i++) {
		if (!arguments->values[i] || !(operation->query & OPERATION_PARAMETER_BIT(i)))
			continue;
		const char *name = operation_parameter_name((enum operation_parameter)i);
		require(*query++ == separator);
		require(strncmp(query, name, strlen(name)) == 0);
		query += strlen(name);
		require(*query++ == '=');
		size_t length = strcspn(query, "&");
		require(decodes_to(query, length, arguments->values[i]));
		query += length;
		separator = '&';
	}
	require(*query == 0);
}

static void check_url(enum operation_id id, const struct operation_arguments *arguments,
		      const char *base, bool checked)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				    "0123456789-._~/?=&%";
	const struct operation *operation = operation_get(id);
	char *url = malloc(OPERATION_URL_MAX);

	require(url != NULL);
	require((strcmp(operation_method_name(operation->method), "GET") == 0) ==
		(operation->class == CLASS_READ));
	if (operation_url(id, arguments, base, url) == 0) {
		require(memchr(url, 0, OPERATION_URL_MAX) != NULL);
		require(strncmp(url, base, strlen(base)) == 0);
		const char *path = url + strlen(base);
		require(path[strspn(path, plain)] == 0);
		size_t length = strcspn(path, "?");
		check_path(path, length, operation->path, arguments, checked);
		check_query(path + length, operation, arguments);
	}
	free(url);
}

/* --- the body --- */

/* One string per login, as they stood between the commas. */
static void check_list(const struct cJSON *array, const char *list)
{
	const struct cJSON *element;

	require(cJSON_IsArray(array));
	cJSON_ArrayForEach(element, array)
	{
		size_t length = strcspn(list, ",");
		require(cJSON_IsString(element) && strlen(element->valuestring) == length);
		require(memcmp(element->valuestring, list, length) == 0);
		list += length;
		list += *list == ',';
	}
	require(!*list);
}

static void check_member(const struct cJSON *member, enum operation_parameter parameter,
			 const char *value)
{
	require(strcmp(member->string, operation_parameter_name(parameter)) == 0);
	switch (operation_parameter_validator(parameter)) {
	case VALIDATE_LOGINS:
		check_list(member, value);
		break;
	case VALIDATE_BOOLEAN:
		require(strcmp(value, "true") == 0 ? cJSON_IsTrue(member) : cJSON_IsFalse(member));
		break;
	default:
		require(cJSON_IsString(member) && strcmp(member->valuestring, value) == 0);
		break;
	}
}

/* Of arguments that were checked: it always fits, and has every member in the table's order. */
static void check_body(enum operation_id id, const struct operation_arguments *arguments)
{
	const struct json_limits limits = {100, 10, JSON_NO_COMMENTS};
	operation_parameters members = operation_get(id)->body;
	char *body = malloc(OPERATION_BODY_MAX);
	struct json_where where;
	enum json_fault fault;
	size_t length;

	require(body && operation_body(id, arguments, body, &length) == 0);
	require((length > 0) == (members != 0) && length <= OPERATION_BODY_MAX);
	struct cJSON *root = json_parse(body, length, &limits, &fault, &where);
	require(cJSON_IsObject(root) || !length);
	const struct cJSON *member = root ? root->child : NULL;
	for (unsigned i = 0; i < PARAMETERS; i++) {
		if (!arguments->values[i] || !(members & OPERATION_PARAMETER_BIT(i)))
			continue;
		require(member != NULL);
		check_member(member, (enum operation_parameter)i, arguments->values[i]);
		member = member->next;
	}
	require(!member);
	cJSON_Delete(root);
	free(body);
}

/* --- Enterprise Server --- */

static void check_versions(enum operation_id id, const struct operation_arguments *arguments,
			   const char *one, const char *other)
{
	bool is_one = operation_ghes_at_least(one, one);
	bool is_other = operation_ghes_at_least(other, other);
	bool above = operation_ghes_at_least(one, other),
	     below = operation_ghes_at_least(other, one);

	/* An order of those that are versions; what is none is neither. */
	require(is_one && is_other ? above || below : !above && !below);
	const char *since = operation_ghes_since(id, arguments);
	require(!since || strcmp(since, OPERATION_GHES_NEVER) == 0 ||
		operation_ghes_at_least(since, since));
	if (since && arguments->values[PARAMETER_CREATE_REQUEST])
		require(operation_ghes_at_least(since, "3.19"));
}

/* --- the arguments --- */

/* The parameters that a template has placeholders for. */
static operation_parameters required_by(const char *template)
{
	operation_parameters found = 0;

	while ((template = strchr(template, '{'))) {
		size_t length = strcspn(++template, "}");
		found |= OPERATION_PARAMETER_BIT(parameter_of(template, length));
	}
	return found;
}

static bool check_arguments(enum operation_id id, const struct operation_arguments *arguments)
{
	const struct operation *operation = operation_get(id);
	operation_parameters required = required_by(operation->path);
	enum operation_parameter wrong = PARAMETERS;
	bool accepted = operation_check(id, arguments, &wrong) == 0;

	for (unsigned i = 0; i < PARAMETERS; i++) {
		const char *value = arguments->values[i];
		operation_parameters bit = OPERATION_PARAMETER_BIT(i);
		bool known = (required | operation->query | operation->body) & bit;
		enum validate_kind kind =
			operation_parameter_validator((enum operation_parameter)i);
		bool fine = value ? known && validate_param(kind, value, strlen(value))
				  : !(required & bit);
		require(fine || !accepted);
		/* The first that is wrong is named. */
		if (!fine && !accepted) {
			require(wrong == i);
			break;
		}
	}
	require(accepted == (wrong == PARAMETERS));
	return accepted;
}

/* Without a value for one of its placeholders there is no URL. */
static bool is_complete(enum operation_id id, const struct operation_arguments *arguments)
{
	operation_parameters required = required_by(operation_get(id)->path);
	char url[OPERATION_URL_MAX];

	for (unsigned i = 0; i < PARAMETERS; i++) {
		if (!(required & OPERATION_PARAMETER_BIT(i)) || arguments->values[i])
			continue;
		require(operation_url(id, arguments, "https://api.github.com", url) < 0);
		return false;
	}
	return true;
}

/* Two bytes choose operation and base; each part is a parameter's number, as a byte from 'A' on,
 * and its value. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const bases[] = {"https://api.github.com",
					    "https://localhost:8443/api/v3", "https://[::1]:1"};
	char *parts[2 * PARAMETERS], *part;
	struct operation_arguments arguments = {0};
	unsigned count = 0;
	size_t length;

	if (size < 2)
		return 0;
	enum operation_id id = (enum operation_id)(data[0] % OPERATIONS);
	const char *base = bases[data[1] % (sizeof(bases) / sizeof(bases[0]))];
	struct parts input = {data + 2, size - 2};
	while (count < 2 * PARAMETERS && (part = next_part(&input, &length))) {
		parts[count++] = part;
		if (length)
			arguments.values[(uint8_t)(*part - 'A') % PARAMETERS] = part + 1;
	}
	bool accepted = check_arguments(id, &arguments);
	if (is_complete(id, &arguments))
		check_url(id, &arguments, base, accepted);
	if (accepted)
		check_body(id, &arguments);
	if (count > 0)
		check_versions(id, &arguments, parts[0], parts[count - 1]);
	while (count)
		free(parts[--count]);
	return 0;
}
