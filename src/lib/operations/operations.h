/* The operation table (operations.def) as data, and the only code that writes a URL. */
#ifndef GHWARD_OPERATIONS_OPERATIONS_H
#define GHWARD_OPERATIONS_OPERATIONS_H

#include "lib/validate/validate.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum operation_parameter {
#define PARAMETER(identifier, ...) PARAMETER_##identifier,
#define OPERATION(...)
#include "lib/operations/operations.def"
#undef PARAMETER
#undef OPERATION
	PARAMETERS
};

enum operation_id {
#define PARAMETER(...)
#define OPERATION(identifier, ...) OPERATION_##identifier,
#include "lib/operations/operations.def"
#undef PARAMETER
#undef OPERATION
	OPERATIONS
};

enum operation_method { METHOD_GET, METHOD_POST, METHOD_PUT, METHOD_PATCH, METHOD_DELETE };
enum operation_class { CLASS_READ, CLASS_WRITE };
enum operation_retry {
	RETRY_ALWAYS, /* may be sent again whatever happened */
	RETRY_NEVER,  /* sent on a fresh connection, at most once */
};

/* What a path is relative to: https://api.github.com, https://github.com, or git's repositories,
 * which are at the latter unless configured otherwise; and their like. */
enum operation_base { OPERATION_BASE_API, OPERATION_BASE_WEB, OPERATION_BASE_GIT };
/* Who speaks: the job's token, the App itself, or nobody in particular. */
enum operation_authority { AUTHORITY_TOKEN, AUTHORITY_APP, AUTHORITY_NOBODY };
enum operation_answer {
	ANSWER_OPEN,
	ANSWER_SECRET, /* only ghward-mint may read it */
	ANSWER_GIT,    /* of git's protocol */
	ANSWER_STREAM, /* the same into a pipe, while it comes */
	ANSWERS
};

/* A set of parameters, one bit each. */
typedef uint64_t operation_parameters;
#define OPERATION_PARAMETER_BIT(parameter) (UINT64_C(1) << (parameter))

struct operation {
	const char *id;
	const char *path;		  /* GitHub's template, relative to the API's base URL */
	operation_parameters query, body; /* those in the path stand in the template */
	const char *permission;
	const char *ghes_since;
	const char *scopes; /* "security_events|repo": one of them, "": none; NULL where not used */
	enum operation_method method;
	enum operation_class class;
	enum operation_retry retry;
	enum operation_base base;
	enum operation_authority authority;
	enum operation_answer answer;
};

/* Parameter values by number; NULL where absent. The strings belong to somebody else. */
struct operation_arguments {
	const char *values[PARAMETERS];
};

const struct operation *operation_get(enum operation_id) __attribute__((returns_nonnull));

/* By id ("alerts.update"), or by the name of a command that comes down to one ("alerts.dismiss").
 * Returns false for anything else. */
bool operation_find(const char *name, enum operation_id *) __attribute__((nonnull));

/* Whether `auth check` has a verdict for it: a user's token does it, rather than the broker for
 * itself. */
bool operation_is_checkable(enum operation_id);

/* Whether its path has this parameter in it. */
bool operation_is_about(enum operation_id, enum operation_parameter);

const char *operation_method_name(enum operation_method) __attribute__((returns_nonnull));
const char *operation_parameter_name(enum operation_parameter) __attribute__((returns_nonnull));
enum validate_kind operation_parameter_validator(enum operation_parameter);
/* As in struct operation. */
const char *operation_parameter_ghes_since(enum operation_parameter);

/* Checks that every path parameter is there, that nothing is there which the operation does not
 * know, and each value's form. Returns 0, or -1 with the parameter at fault in *wrong. */
int operation_check(enum operation_id, const struct operation_arguments *,
		    enum operation_parameter *wrong) __attribute__((warn_unused_result, nonnull));

/* Longest URL ever built. */
#define OPERATION_URL_MAX 4096u

/* Writes base + path + query into url. The arguments must have passed operation_check(); every
 * value is percent-encoded nevertheless. Returns 0, or -1 if it does not fit. */
int operation_url(enum operation_id, const struct operation_arguments *, const char *base,
		  char url[OPERATION_URL_MAX]) __attribute__((warn_unused_result, nonnull));

/* Longest body ever built: a token of 8 KiB and what stands around it. */
#define OPERATION_BODY_MAX 9216u

/* Writes the JSON object of the body parameters that are given: lists as arrays, permissions as an
 * object, booleans as such, all else as strings. Of git's own protocol, the one request that ghward
 * makes itself. *length is 0 for an operation without a body, or with one that git makes. The
 * arguments must have passed operation_check(). Returns 0, or -1 if it does not fit. */
int operation_body(enum operation_id, const struct operation_arguments *,
		   char body[OPERATION_BODY_MAX], size_t *length)
	__attribute__((warn_unused_result, nonnull));

/* --- GitHub Enterprise Server --- */

#define OPERATION_GHES_NEVER "none"

/* The least version that knows the operation and every argument given; OPERATION_GHES_NEVER when
 * none does, NULL when every one does. */
const char *operation_ghes_since(enum operation_id, const struct operation_arguments *)
	__attribute__((nonnull));

/* Whether "3.19.2" is at least "3.19". A version that is not of that form is not. */
bool operation_ghes_at_least(const char *version, const char *least) __attribute__((nonnull));

#endif
