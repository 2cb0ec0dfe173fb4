/* Grants. */
#include "broker/grant.h"

#include "lib/base/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define BIT(parameter) OPERATION_PARAMETER_BIT(PARAMETER_##parameter)

/* What a worker may choose itself: where in a list it reads. */
#define PAGING (BIT(PAGE) | BIT(PER_PAGE) | BIT(BEFORE) | BIT(AFTER))

#define ALERT (BIT(OWNER) | BIT(REPO) | BIT(ALERT_NUMBER))

/* Reads before a write: the alert as it is, and once more after a person has looked at it. */
#define READS_BEFORE_WRITE 2u

/* What a client names for a write, what the job adds, and what the worker fills in as it was read:
 * GitHub wants the state with every change. */
struct write {
	operation_parameters must, may;
	const char *state;     /* NULL where it stays */
	const char *assignees; /* likewise */
	operation_parameters holes;
};

static const struct write *write_of(enum job_kind kind)
{
	static const operation_parameters as_read =
		BIT(NEW_STATE) | BIT(DISMISSED_REASON) | BIT(DISMISSED_COMMENT);
	static const struct write dismiss = {
		.must = ALERT | BIT(DISMISSED_REASON) | BIT(DISMISSED_COMMENT),
		.may = BIT(CREATE_REQUEST),
		.state = "dismissed",
	};
	static const struct write reopen = {.must = ALERT, .state = "open"};
	static const struct write assign = {.must = ALERT | BIT(ASSIGNEES), .holes = as_read};
	static const struct write unassign = {.must = ALERT, .assignees = "", .holes = as_read};

	switch (kind) {
	case JOB_ALERTS_DISMISS:
		return &dismiss;
	case JOB_ALERTS_REOPEN:
		return &reopen;
	case JOB_ALERTS_ASSIGN:
		return &assign;
	case JOB_ALERTS_UNASSIGN:
		return &unassign;
	default:
		return NULL;
	}
}

bool grant_operation(const struct job_request *request, enum operation_id *operation)
{
	const char *const *values = request->arguments.values;

	switch (request->kind) {
	case JOB_ALERTS_LIST:
		*operation = values[PARAMETER_ORG]	    ? OPERATION_ALERTS_LIST_ORG
			     : values[PARAMETER_ENTERPRISE] ? OPERATION_ALERTS_LIST_ENTERPRISE
							    : OPERATION_ALERTS_LIST;
		return true;
	case JOB_ALERTS_VIEW:
		*operation = OPERATION_ALERTS_GET;
		return true;
	case JOB_ALERTS_INSTANCES:
		*operation = OPERATION_ALERTS_INSTANCES;
		return true;
	case JOB_ALERTS_DISMISS:
	case JOB_ALERTS_REOPEN:
	case JOB_ALERTS_ASSIGN:
	case JOB_ALERTS_UNASSIGN:
		*operation = OPERATION_ALERTS_UPDATE;
		return true;
	case JOB_RATE_LIMIT:
		*operation = OPERATION_RATE_LIMIT;
		return true;
	case JOB_AUTH_STATUS:
		/* Whom it is about decides which credential it is. */
		*operation = values[PARAMETER_OWNER] ? OPERATION_REPO_GET
			     : values[PARAMETER_ORG] ? OPERATION_ALERTS_LIST_ORG
						     : OPERATION_USER;
		return true;
	case JOB_AUTH_CHECK:
		*operation = OPERATION_REPO_GET;
		return true;
	case JOB_REPOS_LIST:
	case JOB_REPOS_SYNC:
		*operation = values[PARAMETER_ORG]	  ? OPERATION_REPOS_LIST_ORG
			     : values[PARAMETER_USERNAME] ? OPERATION_REPOS_LIST_USER
							  : OPERATION_REPO_GET;
		return true;
	default:
		break;
	}
	return false;
}

bool grant_allows_filter(const struct job_request *request)
{
	enum operation_id operation;

	if (!*request->filter)
		return true;
	if (request->format != OUTPUT_JSON || request->kind == JOB_REPOS_SYNC)
		return false;
	return request->kind == JOB_REPOS_STATUS || (grant_operation(request, &operation) &&
						     operation_get(operation)->class == CLASS_READ);
}

static int set_value(struct grant *grant, enum operation_parameter parameter, const char *value)
{
	grant->values[parameter] = strdup(value);
	return grant->values[parameter] ? 0 : -1;
}

/* A read takes what the operation takes, but a client may not choose pages: the list would look
 * whole and not be. A write takes what its kind says and no more. */
static int take_values(struct grant *grant, const struct job_request *request,
		       const struct write *write, enum operation_parameter *wrong)
{
	operation_parameters must = write ? write->must : 0;
	operation_parameters may = write ? write->must | write->may : ~PAGING;

	for (unsigned i = 0; i < PARAMETERS; i++) {
		const char *value = request->arguments.values[i];
		operation_parameters bit = OPERATION_PARAMETER_BIT(i);
		if (value ? !(may & bit) || (!*value && (must & bit)) : (must & bit) != 0) {
			*wrong = (enum operation_parameter)i;
			return -1;
		}
		if (value && set_value(grant, (enum operation_parameter)i, value) < 0)
			return -1;
	}
	if (write && write->state && set_value(grant, PARAMETER_NEW_STATE, write->state) < 0)
		return -1;
	if (write && write->assignees &&
	    set_value(grant, PARAMETER_ASSIGNEES, write->assignees) < 0)
		return -1;
	return 0;
}

static operation_parameters given(const struct grant *grant)
{
	operation_parameters set = 0;

	for (unsigned i = 0; i < PARAMETERS; i++)
		set |= grant->values[i] ? OPERATION_PARAMETER_BIT(i) : 0;
	return set;
}

static void add_rule(struct grant *grant, enum operation_id operation, operation_parameters fixed,
		     operation_parameters holes, uint32_t calls)
{
	grant->rules[grant->rule_count++] = (struct grant_rule){
		.operation = operation, .fixed = fixed, .holes = holes, .calls_left = calls};
}

static void add_rules(struct grant *grant, const struct job_request *request,
		      enum operation_id operation, const struct write *write)
{
	const struct operation_arguments *asked = &request->arguments;

	if (write) {
		add_rule(grant, OPERATION_ALERTS_GET, ALERT, 0, READS_BEFORE_WRITE + GRANT_REPEATS);
		add_rule(grant, operation, given(grant), write->holes,
			 request->consent == CONSENT_DRY_RUN ? 0 : 1);
	} else if (request->kind == JOB_AUTH_STATUS) {
		add_rule(grant, OPERATION_USER, 0, 0, 1 + GRANT_REPEATS);
		add_rule(grant, OPERATION_RATE_LIMIT, 0, 0, 1 + GRANT_REPEATS);
	} else {
		operation_parameters holes = PAGING & operation_get(operation)->query;
		add_rule(grant, operation, given(grant), holes,
			 holes ? GRANT_CALLS_MAX : 1 + GRANT_REPEATS);
	}
	/* What a token is worth shows by what GitHub lets it read. */
	if (request->kind == JOB_AUTH_CHECK) {
		add_rule(grant, OPERATION_USER, 0, 0, 1 + GRANT_REPEATS);
		add_rule(grant, OPERATION_ALERTS_LIST, given(grant), BIT(PER_PAGE),
			 1 + GRANT_REPEATS);
	}
	/* Whether this server knows it is asked of the server itself. */
	if (operation_ghes_since(operation, asked))
		add_rule(grant, OPERATION_META, 0, 0, 1 + GRANT_REPEATS);
}

int grant_make(struct grant *grant, const struct job_request *request,
	       enum operation_parameter *wrong)
{
	const struct write *write = write_of(request->kind);
	struct operation_arguments arguments;
	enum operation_id operation;

	memset(grant, 0, sizeof(*grant));
	*wrong = PARAMETERS;
	if (!grant_operation(request, &operation) || take_values(grant, request, write, wrong) < 0)
		return -1;
	for (unsigned i = 0; i < PARAMETERS; i++)
		arguments.values[i] = grant->values[i];
	if (operation_check(operation, &arguments, wrong) < 0)
		return -1;
	add_rules(grant, request, operation, write);
	grant->bytes_left = GRANT_BYTES_MAX;
	grant->expires_boottime_ms = clock_boottime_ms() + GRANT_LIFETIME_MS +
				     (request->wait ? 2 * GRANT_PATIENCE_MS : 0);
	return 0;
}

/* Who owns the repositories, or a single one's name, for whom to ask and with what. */
static int take_owner(struct grant *grant, const struct job_request *request, struct listed *listed,
		      enum operation_parameter *wrong)
{
	static const enum operation_parameter owners[] = {PARAMETER_ORG, PARAMETER_USERNAME};
	const char *owner = listed_owner(listed), *name = listed_single(listed);

	for (unsigned i = 0; i < PARAMETERS; i++) {
		*wrong = (enum operation_parameter)i;
		if (request->arguments.values[i] && *wrong != owners[0] && *wrong != owners[1])
			return -1;
	}
	for (size_t i = 0; i < sizeof(owners) / sizeof(owners[0]); i++) {
		const char *value = request->arguments.values[owners[i]];
		*wrong = owners[i];
		if (!value)
			continue;
		if (!validate_param(operation_parameter_validator(owners[i]), value,
				    strlen(value)) ||
		    set_value(grant, owners[i], value) < 0)
			return -1;
		grant->owner = grant->values[owners[i]];
	}
	*wrong = PARAMETERS;
	grant->listed = grant->owner ? NULL : listed;
	return !name || (set_value(grant, PARAMETER_OWNER, owner) == 0 &&
			 set_value(grant, PARAMETER_REPO, name) == 0)
		       ? 0
		       : -1;
}

int grant_make_repos(struct grant *grant, const struct job_request *request, struct listed *listed,
		     enum operation_parameter *wrong)
{
	static const operation_parameters one = BIT(OWNER) | BIT(REPO);

	memset(grant, 0, sizeof(*grant));
	if (take_owner(grant, request, listed, wrong) < 0)
		return -1;
	/* What is here needs nobody's leave but the user's. */
	if (request->kind == JOB_REPOS_STATUS || request->kind == JOB_REPOS_VERIFY)
		return 0;
	if (grant->values[PARAMETER_ORG]) {
		add_rule(grant, OPERATION_REPOS_LIST_ORG, BIT(ORG), BIT(PAGE) | BIT(PER_PAGE),
			 GRANT_CALLS_MAX);
	} else if (grant->values[PARAMETER_USERNAME]) {
		/* Of one's own there are more than others see. */
		if (set_value(grant, PARAMETER_AFFILIATION, "owner") < 0)
			return -1;
		add_rule(grant, OPERATION_USER, 0, 0, 1 + GRANT_REPEATS);
		add_rule(grant, OPERATION_REPOS_LIST_USER, BIT(USERNAME), BIT(PAGE) | BIT(PER_PAGE),
			 GRANT_CALLS_MAX);
		add_rule(grant, OPERATION_REPOS_LIST_OWN, BIT(AFFILIATION),
			 BIT(PAGE) | BIT(PER_PAGE), GRANT_CALLS_MAX);
	}
	add_rule(grant, OPERATION_REPO_GET, 0, one, GRANT_REPOS_CALLS_MAX);
	if (request->kind == JOB_REPOS_SYNC) {
		add_rule(grant, OPERATION_GIT_LS_REFS, 0, one, GRANT_REPOS_CALLS_MAX);
		/* For git, whose requests are no calls of the worker's. */
		add_rule(grant, OPERATION_GIT_FETCH, 0, one, 0);
	}
	grant->bytes_left = GRANT_BYTES_MAX;
	grant->expires_boottime_ms = clock_boottime_ms() + GRANT_REPOS_LIFETIME_MS;
	return 0;
}

void grant_free(struct grant *grant)
{
	for (unsigned i = 0; i < PARAMETERS; i++) {
		free(grant->values[i]);
		grant->values[i] = NULL;
	}
}

static const struct grant_rule *find_rule(const struct grant *grant, enum operation_id operation)
{
	for (unsigned i = 0; i < grant->rule_count; i++) {
		if (grant->rules[i].operation == operation)
			return &grant->rules[i];
	}
	return NULL;
}

static bool is_covered(const struct grant *grant, const struct grant_rule *rule, unsigned parameter,
		       const char *value)
{
	operation_parameters bit = OPERATION_PARAMETER_BIT(parameter);

	if (rule->fixed & bit)
		return value && strcmp(grant->values[parameter], value) == 0;
	return !value || (rule->holes & bit);
}

/* GitHub does not tell letters by their case. */
static bool is_among(const struct grant *grant, const struct operation_arguments *arguments)
{
	const char *owner = arguments->values[PARAMETER_OWNER];
	const char *name = arguments->values[PARAMETER_REPO];

	if (!owner || !name)
		return true;
	if (grant->owner)
		return strcasecmp(grant->owner, owner) == 0;
	return !grant->listed || listed_has(grant->listed, owner, name);
}

bool grant_has_expired(const struct grant *grant)
{
	return clock_boottime_ms() >= grant->expires_boottime_ms;
}

const char *grant_covers(const struct grant *grant, enum operation_id operation,
			 const struct operation_arguments *arguments)
{
	const struct grant_rule *rule = find_rule(grant, operation);
	enum operation_parameter wrong;

	if (!rule)
		return "another operation than the one granted";
	for (unsigned i = 0; i < PARAMETERS; i++) {
		if (!is_covered(grant, rule, i, arguments->values[i]))
			return "another value than the one granted";
	}
	if (!is_among(grant, arguments))
		return "a repository that is not meant";
	if (operation_check(operation, arguments, &wrong) < 0)
		return "a malformed parameter";
	if (grant_has_expired(grant))
		return "the grant has expired";
	return NULL;
}

const char *grant_take(struct grant *grant, enum operation_id operation,
		       const struct operation_arguments *arguments)
{
	const char *refused = grant_covers(grant, operation, arguments);

	if (refused)
		return refused;
	for (unsigned i = 0; i < grant->rule_count; i++) {
		struct grant_rule *rule = &grant->rules[i];
		if (rule->operation != operation)
			continue;
		if (!rule->calls_left)
			return "more calls than granted";
		rule->calls_left--;
	}
	return NULL;
}

int grant_take_bytes(struct grant *grant, uint64_t bytes)
{
	if (bytes > grant->bytes_left)
		return -1;
	grant->bytes_left -= bytes;
	return 0;
}

void grant_target(const struct grant *grant, char *text, size_t size)
{
	const char *owner = grant->values[PARAMETER_OWNER];
	const char *number = grant->values[PARAMETER_ALERT_NUMBER];
	const char *wide = grant->owner			  ? grant->owner
			   : grant->values[PARAMETER_ORG] ? grant->values[PARAMETER_ORG]
							  : grant->values[PARAMETER_ENTERPRISE];

	if (owner)
		snprintf(text, size, "%s/%s%s%s", owner, grant->values[PARAMETER_REPO],
			 number ? "#" : "", number ? number : "");
	else
		snprintf(text, size, "%s", wide ? wide : "");
}

/* "contents:write" holds what "contents:read" does. */
static bool is_held(const char *list, const char *permission)
{
	size_t name = strcspn(permission, ":");

	while (*list) {
		size_t length = strcspn(list, ",");
		if (length > name && memcmp(list, permission, name + 1) == 0)
			return true;
		list += length;
		list += *list == ',';
	}
	return false;
}

void grant_permissions(const struct grant *grant, char *list, size_t size)
{
	size_t used = 0;

	list[0] = 0;
	/* Writes first, as each level holds those below. */
	for (unsigned class = CLASS_WRITE + 1; class -- > CLASS_READ;) {
		for (unsigned i = 0; i < grant->rule_count; i++) {
			const struct operation *operation =
				operation_get(grant->rules[i].operation);
			if (operation->class != class || is_held(list, operation->permission) ||
			    strcmp(operation->permission, "none") == 0)
				continue;
			used += (size_t)snprintf(list + used, size - used, "%s%s", used ? "," : "",
						 operation->permission);
		}
	}
}
