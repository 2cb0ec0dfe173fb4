/* Reading a list page by page. */
#include "worker/pages.h"

#include "lib/github/link.h"
#include "worker/calls.h"
#include "worker/classify.h"

#include <stdio.h>
#include <string.h>

struct reading {
	struct job *job;
	enum operation_id operation;
	const struct operation_arguments *arguments;
	uint32_t per_page, page_limit;	 /* pages that can matter under the user's limit */
	uint32_t asked, delivered, last; /* page numbers */
	char after[LINK_CURSOR_MAX + 1]; /* of the next page, where the list goes by cursor */
	pages_element_fn *element;
	void *context;
};

static void ask(struct reading *reading, uint32_t page)
{
	struct operation_arguments arguments = *reading->arguments;
	char number[16], size[16];

	snprintf(number, sizeof(number), "%u", page);
	snprintf(size, sizeof(size), "%u", reading->per_page);
	arguments.values[PARAMETER_PER_PAGE] = size;
	if (*reading->after)
		arguments.values[PARAMETER_AFTER] = reading->after;
	else
		arguments.values[PARAMETER_PAGE] = number;
	calls_ask(reading->job->calls, page, reading->operation, &arguments);
	reading->asked = page;
}

/* Returns false at an error or when an element wants no more. */
static bool deliver(struct reading *reading, const struct cJSON *list, bool *stopped)
{
	struct job *job = reading->job;
	const struct cJSON *element;

	if (!cJSON_IsArray(list)) {
		failure_set(&job->failure, FAILURE_MALFORMED,
			    "Is the API address right? Another service may answer.",
			    "the answer cannot be used: page %u is %s where a list should be",
			    reading->delivered + 1, cJSON_IsObject(list) ? "an object" : "a value");
		return false;
	}
	cJSON_ArrayForEach(element, list)
	{
		if (!reading->element(job, element, reading->context)) {
			*stopped = true;
			return false;
		}
	}
	return true;
}

static bool follow(struct reading *reading, const struct answer *answer, struct link_pages *pages)
{
	const char *header = answer->response.link;
	struct failure *failure = &reading->job->failure;

	switch (link_parse(header, strlen(header), reading->job->api_url, pages)) {
	case LINK_FINE:
		return true;
	case LINK_FOREIGN:
		failure_set(
			failure, FAILURE_REDIRECT,
			"Nothing was sent there. Check the API address, and who answers for it.",
			"the list's next page is on another server");
		break;
	case LINK_MALFORMED:
		failure_set(failure, FAILURE_MALFORMED, CLASSIFY_HINT,
			    "the answer cannot be used: its Link header is malformed");
		break;
	}
	failure->status = answer->response.status;
	return false;
}

/* One page: judged, followed, delivered. Returns true to go on. */
static bool take_page(struct reading *reading, const struct answer *answer, bool *more)
{
	struct job *job = reading->job;
	struct link_pages pages;
	bool stopped = false;

	if (classify_answer(answer, reading->operation, &job->failure) < 0 ||
	    !follow(reading, answer, &pages))
		return false;
	struct cJSON *list = classify_json(answer, &job->failure);
	if (!list)
		return false;
	bool fine = deliver(reading, list, &stopped);
	cJSON_Delete(list);
	reading->delivered++;
	*more = pages.has_next;
	job->listed = (struct listed){.more = pages.has_next, .last = pages.last_page};
	if (pages.last_page > reading->last)
		reading->last = pages.last_page;
	snprintf(reading->after, sizeof(reading->after), "%s",
		 pages.next_page ? "" : pages.next_after);
	return fine && !stopped;
}

/* Pages whose numbers are known fly together; beyond the last known one there is only the next. */
static void ask_ahead(struct reading *reading, bool more)
{
	uint32_t last = reading->last < reading->page_limit ? reading->last : reading->page_limit;

	while (!*reading->after && reading->asked < last &&
	       reading->asked - reading->delivered < reading->job->in_flight)
		ask(reading, reading->asked + 1);
	if (more && reading->asked == reading->delivered && reading->asked < reading->page_limit)
		ask(reading, reading->asked + 1);
}

void pages_read(struct job *job, enum operation_id operation,
		const struct operation_arguments *arguments, uint32_t per_page,
		pages_element_fn *element, pages_end_fn *page_end, void *context)
{
	uint32_t limit = job->request.limit;
	struct reading reading = {
		.job = job,
		.operation = operation,
		.arguments = arguments,
		.per_page = per_page,
		/* One page more than the limit needs, as pages can repeat elements when the list
		   shifts. */
		.page_limit = limit ? (limit - 1) / per_page + 2 : UINT32_MAX,
		.last = 1,
		.element = element,
		.context = context,
	};
	bool go_on = true, more = true;

	while (go_on && !job->output.closed) {
		struct answer answer;
		ask_ahead(&reading, more);
		if (reading.asked == reading.delivered)
			break;
		calls_wait(job->calls, reading.delivered + 1, &answer);
		go_on = take_page(&reading, &answer, &more);
		answer_free(&answer);
		calls_progress(job->calls, reading.delivered, reading.last > 1 ? reading.last : 0,
			       job->items);
		if (go_on || job->failure.kind == FAILURE_NONE)
			page_end(job, context);
	}
}
