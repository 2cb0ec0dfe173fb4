/* JSON from outside: the gate, then cJSON. */
#include "lib/json/parse.h"

struct cJSON *json_parse(const char *text, size_t length, const struct json_limits *limits,
			 enum json_fault *fault, struct json_where *where)
{
	*fault = json_gate(text, length, limits, where);
	if (*fault)
		return NULL;
	struct cJSON *tree = cJSON_ParseWithLength(text, length);
	/* What the gate lets through, cJSON reads, unless memory ran out. */
	if (!tree)
		*fault = JSON_NO_MEMORY;
	return tree;
}

const struct cJSON *json_member(const struct cJSON *object, const char *key)
{
	return cJSON_IsObject(object) ? cJSON_GetObjectItemCaseSensitive(object, key) : NULL;
}

const char *json_get_string(const struct cJSON *object, const char *key)
{
	const struct cJSON *member = json_member(object, key);

	return member && cJSON_IsString(member) ? member->valuestring : NULL;
}

const char *json_get_text(const struct cJSON *object, const char *key)
{
	const char *text = json_get_string(object, key);

	return text ? text : "";
}

const struct cJSON *json_get_object(const struct cJSON *object, const char *key)
{
	const struct cJSON *member = json_member(object, key);

	return cJSON_IsObject(member) ? member : NULL;
}

const struct cJSON *json_get_array(const struct cJSON *object, const char *key)
{
	const struct cJSON *member = json_member(object, key);

	return cJSON_IsArray(member) ? member : NULL;
}

bool json_get_u64(const struct cJSON *object, const char *key, uint64_t *value)
{
	const struct cJSON *member = json_member(object, key);

	if (!member || !cJSON_IsNumber(member) || !(member->valuedouble >= 0) ||
	    member->valuedouble > 9007199254740992.0)
		return false;
	*value = (uint64_t)member->valuedouble;
	return (double)*value >= member->valuedouble;
}
