/* JSON from outside: the gate, then cJSON; and accessors for trees that may hold anything. */
#ifndef GHWARD_JSON_PARSE_H
#define GHWARD_JSON_PARSE_H

#include "lib/json/gate.h"

#include <cjson/cJSON.h>
#include <stdbool.h>

/* Returns the tree (cJSON_Delete it), or NULL with the fault and where. Comments must have been
 * blanked. */
struct cJSON *json_parse(const char *text, size_t length, const struct json_limits *,
			 enum json_fault *, struct json_where *)
	__attribute__((warn_unused_result, nonnull));

/* Members by exact name; NULL (or false) when absent, null or of another type. `object` may be
 * NULL. */
const struct cJSON *json_member(const struct cJSON *object, const char *key);
const char *json_get_string(const struct cJSON *object, const char *key);
/* The same, but "" instead of NULL. */
const char *json_get_text(const struct cJSON *object, const char *key)
	__attribute__((returns_nonnull));
const struct cJSON *json_get_object(const struct cJSON *object, const char *key);
const struct cJSON *json_get_array(const struct cJSON *object, const char *key);
/* Whole numbers from 0 to 2^53. */
bool json_get_u64(const struct cJSON *object, const char *key, uint64_t *value);

#endif
