/* What an answer of GitHub means for the job. */
#include "worker/classify.h"

#include "lib/base/clock.h"
#include "lib/github/limit.h"
#include "lib/sanitize/sanitize.h"
#include "worker/body.h"
#include "worker/rights.h"
#include "worker/when.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#define MESSAGE_MAX 256u

/* GitHub's `message` and, for a 422, the first of its `errors`; "" where there is none. */
static void read_message(const struct answer *answer, char message[MESSAGE_MAX])
{
	const struct json_limits limits = {1000, 1000, JSON_NO_COMMENTS};
	struct failure ignored;
	struct json_where where;
	enum json_fault fault;
	struct body body;

	message[0] = 0;
	if (answer->body < 0 || body_read(answer->body, answer->response.body_size,
					  answer->response.gzip, &body, &ignored) < 0)
		return;
	struct cJSON *root = json_parse(body.text, body.length, &limits, &fault, &where);
	const char *text = json_get_string(root, "message");
	const struct cJSON *error = cJSON_GetArrayItem(json_get_array(root, "errors"), 0);
	const char *field = json_get_string(error, "field");
	const char *detail = json_get_string(error, "message");
	char joined[MESSAGE_MAX];
	if (text)
		snprintf(joined, sizeof(joined), "%s%s%s%s%s", text, field ? " field " : "",
			 field ? field : "", detail ? ": " : "", detail ? detail : "");
	if (text)
		sanitize_text(message, MESSAGE_MAX, joined, strlen(joined));
	cJSON_Delete(root);
	body_free(&body);
}

static bool mentions(const char *text, const char *words)
{
	return strcasestr(text, words) != NULL;
}

static bool is_rate_limit(const struct response *response, const char *message)
{
	return response->status == 429 || response->remaining == 0 ||
	       response->retry_after != RESPONSE_NUMBER_ABSENT || mentions(message, "rate limit");
}

bool classify_repeats(const struct answer *answer, enum operation_id id,
		      const struct failure *failure, const struct job *job, unsigned repeats,
		      uint32_t *delay_ms)
{
	uint64_t now_s = clock_wall_s();

	if (failure->kind != FAILURE_RATE_LIMITED || answer->response.status != 403 ||
	    operation_get(id)->class != CLASS_READ || repeats >= job->max_retries)
		return false;
	/* One that has ended still needs a moment. */
	uint64_t wait_s = limit_wait_s(&answer->response, repeats, now_s);
	if (wait_s == 0)
		wait_s = 1;
	*delay_ms = wait_s > job->patience_ms / 1000 ? 0 : (uint32_t)wait_s * 1000;
	return *delay_ms > 0;
}

static void fail_rate_limited(const struct response *response, const char *message,
			      struct failure *failure)
{
	char until[WHEN_SIZE];
	uint64_t now_s = clock_wall_s();
	uint64_t at = now_s + limit_wait_s(response, 0, now_s);

	if (at > CLOCK_RFC3339_MAX_S)
		at = CLOCK_RFC3339_MAX_S;
	when_write(until, at);
	failure_set(failure, FAILURE_RATE_LIMITED,
		    "ghward rate-limit shows all limits; --wait waits until then.",
		    "GitHub's rate limit is exhausted until %s%s%s", until, *message ? ": " : "",
		    message);
}

static void fail_forbidden(enum operation_id id, const char *message, struct failure *failure)
{
	const struct operation *operation = operation_get(id);
	char hint[256], scopes[RIGHTS_TEXT_MAX];

	rights_scopes_text(operation->scopes, scopes);
	if (strcmp(operation->permission, "none") == 0)
		snprintf(hint, sizeof(hint), "Check what the token may do.");
	else
		snprintf(hint, sizeof(hint),
			 "The token needs %s (classic: %s; organisations may also require SSO "
			 "authorisation).",
			 operation->permission, scopes);
	failure_set(failure, FAILURE_PERMISSION, hint, "GitHub refuses this to the token%s%s",
		    *message ? ": " : "", message);
}

static void fail_redirected(const struct response *response, struct failure *failure)
{
	char location[200];

	sanitize_text(location, sizeof(location), response->location, strlen(response->location));
	failure_set(failure, FAILURE_REDIRECT,
		    "Redirects are not followed, so that the token stays where it belongs; use the "
		    "repository's new name.",
		    "the server answers with a redirect (%u) to %s", response->status,
		    *location ? location : "nowhere");
}

static void fail_by_status(const struct response *response, enum operation_id id,
			   const char *message, struct failure *failure)
{
	const char *separator = *message ? ": " : "";
	unsigned status = response->status;

	if (status >= 300 && status < 400)
		fail_redirected(response, failure);
	else if (status == 401)
		failure_set(failure, FAILURE_AUTHENTICATION,
			    "Check that the token is complete, not expired and for this host.",
			    "GitHub does not accept the token%s%s", separator, message);
	else if (status == 429 || (status == 403 && is_rate_limit(response, message)))
		fail_rate_limited(response, message, failure);
	else if (status == 403)
		fail_forbidden(id, message, failure);
	else if (status == 404 || status == 410)
		failure_set(failure, FAILURE_NOT_FOUND,
			    "Check the name; what the token may not see looks the same.",
			    "not found%s%s", separator, message);
	else if (status == 422)
		failure_set(failure, FAILURE_VALIDATION,
			    "Correct what GitHub names, and send it again.",
			    "GitHub refuses the request%s%s", separator, message);
	else if (status >= 500)
		failure_set(failure, FAILURE_SERVER, "Try again later; see GitHub's status page.",
			    "the server failed with status %u%s%s", status, separator, message);
	else
		failure_set(failure, FAILURE_MALFORMED, CLASSIFY_HINT,
			    "the server answered with status %u%s%s", status, separator, message);
}

bool classify_is_unlimited(const struct failure *failure)
{
	return failure->kind == FAILURE_NOT_FOUND &&
	       mentions(failure->message, "Rate limiting is not enabled");
}

void classify_origin(const struct response *response, struct failure *failure)
{
	failure->status = response->status;
	sanitize_text(failure->request_id, sizeof(failure->request_id), response->request_id,
		      strlen(response->request_id));
}

int classify_answer(const struct answer *answer, enum operation_id id, struct failure *failure)
{
	const struct response *response = &answer->response;
	char message[MESSAGE_MAX];

	if (answer->failure.kind != FAILURE_NONE) {
		*failure = answer->failure;
		return -1;
	}
	if (response->status >= 200 && response->status < 300)
		return 0;
	read_message(answer, message);
	fail_by_status(response, id, message, failure);
	classify_origin(response, failure);
	return -1;
}

struct cJSON *classify_json(const struct answer *answer, struct failure *failure)
{
	const struct json_limits limits = JSON_LIMITS_ANSWER;
	struct json_where where;
	enum json_fault fault;
	struct body body;

	if (body_read(answer->body, answer->response.body_size, answer->response.gzip, &body,
		      failure) < 0) {
		classify_origin(&answer->response, failure);
		return NULL;
	}
	struct cJSON *root = json_parse(body.text, body.length, &limits, &fault, &where);
	if (!root) {
		bool html = body.length && body.text[0] == '<';
		failure_set(failure, FAILURE_MALFORMED,
			    html ? "Is the API address right? A proxy or login page may answer."
				 : CLASSIFY_HINT,
			    "the answer cannot be used: %s (at byte %zu)",
			    html ? "it is HTML, not JSON" : json_fault_text(fault), where.offset);
		classify_origin(&answer->response, failure);
	}
	body_free(&body);
	return root;
}
