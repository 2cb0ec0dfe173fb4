/* Reading a list page by page. */
#include "worker/pages.h"

#include "lib/github/link.h"
#include "worker/body.h"
#include "worker/calls.h"
#include "worker/classify.h"

#include <stdio.h>
#include <string.h>

/* Below so many requests that are left of the limit, a list is read one page at a time. */
#define REMAINING_LOW 100u

/* Questions about a page that was read before are numbered downwards from here. */
#define CHECK_ID UINT32_MAX

/* A page that is read again at the end, to see whether it is still what it was. */
struct check {
	uint32_t page; /* 0 for none */
	uint64_t digest;
};

struct reading {
	struct job *job;
	enum operation_id operation;
	const struct operation_arguments *arguments;
	uint32_t per_page, page_limit;	 /* pages that can matter under the user's limit */
	uint32_t asked, delivered, last; /* page numbers */
	uint32_t window, credit;	 /* pages that may fly together; answers towards one more */
	unsigned repeats;		 /* of the page that is waited for */
	bool low;			 /* few requests are left, and the user knows */
	struct check checks[2];		 /* the first page and the last one */
	struct answer early;		 /* the last page, until its turn has come */
	char after[LINK_CURSOR_MAX + 1]; /* of the next page, where the list goes by cursor */
	pages_element_fn *element;
	void *context;
};

enum taken { TAKEN, TAKE_AGAIN, TAKE_NO_MORE };

static void ask_as(struct reading *reading, uint32_t id, uint32_t page, uint32_t delay_ms)
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
	calls_ask(reading->job->calls, id, reading->operation, &arguments, delay_ms);
}

static void ask_next(struct reading *reading)
{
	uint32_t page = ++reading->asked;

	if (page != reading->early.id)
		ask_as(reading, page, page, 0);
}

/* --- one page --- */

/* Returns false at an error or when an element wants no more. */
static bool deliver(struct reading *reading, const struct cJSON *list)
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
		if (!reading->element(job, element, reading->context))
			return false;
	}
	return true;
}

/* A cursor can only be followed where the operation takes one. */
static bool can_follow(const struct reading *reading, const struct link_pages *pages)
{
	return pages->next_page || !*pages->next_after ||
	       (operation_get(reading->operation)->query &
		OPERATION_PARAMETER_BIT(PARAMETER_AFTER));
}

static bool follow(struct reading *reading, const struct answer *answer, struct link_pages *pages)
{
	const char *header = answer->response.link;
	struct failure *failure = &reading->job->failure;

	switch (link_parse(header, strlen(header), reading->job->api_url, pages)) {
	case LINK_FINE:
		if (can_follow(reading, pages))
			return true;
		failure_set(failure, FAILURE_MALFORMED, CLASSIFY_HINT,
			    "the answer cannot be used: this list has pages, not cursors");
		break;
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
	return false;
}

static enum taken take_list(struct reading *reading, const struct answer *answer, bool *more)
{
	struct job *job = reading->job;
	struct link_pages pages;

	struct cJSON *list =
		follow(reading, answer, &pages) ? classify_json(answer, &job->failure) : NULL;
	bool fine = list && deliver(reading, list);
	cJSON_Delete(list);
	if (job->failure.kind != FAILURE_NONE)
		classify_origin(&answer->response, &job->failure);
	if (!list)
		return TAKE_NO_MORE;
	reading->delivered++;
	*more = pages.has_next;
	job->listed = (struct listed){
		.more = pages.has_next, .page = reading->delivered, .last = pages.last_page};
	if (pages.last_page > reading->last)
		reading->last = pages.last_page;
	snprintf(reading->after, sizeof(reading->after), "%s",
		 pages.next_page ? "" : pages.next_after);
	return fine ? TAKEN : TAKE_NO_MORE;
}

/* One page: judged, followed, delivered; or to be asked for again. */
static enum taken take_page(struct reading *reading, const struct answer *answer, bool *more)
{
	struct job *job = reading->job;
	uint32_t page = reading->delivered + 1, delay_ms;

	if (classify_answer(answer, reading->operation, &job->failure) == 0) {
		reading->repeats = 0;
		return take_list(reading, answer, more);
	}
	if (!classify_repeats(answer, reading->operation, &job->failure, job, reading->repeats,
			      &delay_ms))
		return TAKE_NO_MORE;
	memset(&job->failure, 0, sizeof(job->failure));
	reading->repeats++;
	ask_as(reading, page, page, delay_ms);
	return TAKE_AGAIN;
}

/* --- how many at a time --- */

/* Half as many at the first sign of trouble, one more after a whole window without. */
static void adapt(struct reading *reading, const struct answer *answer, enum taken taken)
{
	if (taken == TAKE_AGAIN || answer->response.attempts > 1) {
		reading->window = reading->window > 1 ? reading->window / 2 : 1;
		reading->credit = 0;
	} else if (++reading->credit >= reading->window &&
		   reading->window < reading->job->in_flight) {
		reading->window++;
		reading->credit = 0;
	}
}

static void mind_the_limit(struct reading *reading, const struct answer *answer)
{
	const struct response *response = &answer->response;
	char text[128];

	if (reading->low || response->remaining == RESPONSE_NUMBER_ABSENT ||
	    response->remaining >= REMAINING_LOW || reading->last <= reading->delivered)
		return;
	reading->low = true;
	snprintf(text, sizeof(text),
		 "%llu requests are left of GitHub's rate limit; reading one page at a time",
		 (unsigned long long)response->remaining);
	calls_note(reading->job->calls, text);
}

/* Pages whose numbers are known fly together; beyond the last known one there is only the next. */
static void ask_ahead(struct reading *reading, bool more)
{
	uint32_t last = reading->last < reading->page_limit ? reading->last : reading->page_limit;
	uint32_t window = reading->low ? 1 : reading->window;
	while (!*reading->after && reading->asked < last &&
	       reading->asked - reading->delivered < window)
		ask_next(reading);
	if (more && reading->asked == reading->delivered && reading->asked < reading->page_limit)
		ask_next(reading);
}

/* --- whether the list held still --- */

/* FNV-1a of the body; 0 where it cannot be read. */
static uint64_t digest_of(const struct answer *answer)
{
	uint64_t digest = UINT64_C(0xcbf29ce484222325);
	struct failure ignored;
	struct body body;

	if (answer->body < 0 || body_read(answer->body, answer->response.body_size,
					  answer->response.gzip, &body, &ignored) < 0)
		return 0;
	for (size_t i = 0; i < body.length; i++)
		digest = (digest ^ (unsigned char)body.text[i]) * UINT64_C(0x100000001b3);
	body_free(&body);
	return digest;
}

/* A repository that a moving list has hidden comes with the next run; the pages are all that one
 * without changes costs. */
static bool is_checked(enum operation_id operation)
{
	return operation != OPERATION_REPOS_LIST_ORG && operation != OPERATION_REPOS_LIST_USER &&
	       operation != OPERATION_REPOS_LIST_OWN;
}

/* The last page is read behind the first, before all others: these two stand for what is between
 * them, as whatever enters or leaves the list meanwhile moves what follows. Returns false at an
 * error. */
static bool begin_checks(struct reading *reading, const struct answer *first)
{
	struct job *job = reading->job;
	uint32_t last = reading->last, delay_ms = 0;

	if (last < 2 || reading->page_limit != UINT32_MAX || !is_checked(reading->operation))
		return true;
	reading->checks[0] = (struct check){1, digest_of(first)};
	for (unsigned repeats = 0; last > 2; repeats++) {
		ask_as(reading, last, last, delay_ms);
		calls_wait(job->calls, last, &reading->early);
		if (classify_answer(&reading->early, reading->operation, &job->failure) == 0)
			break;
		bool again = classify_repeats(&reading->early, reading->operation, &job->failure,
					      job, repeats, &delay_ms);
		answer_free(&reading->early);
		if (!again)
			return false;
		memset(&job->failure, 0, sizeof(job->failure));
	}
	if (last > 2)
		reading->checks[1] = (struct check){last, digest_of(&reading->early)};
	return true;
}

enum checked { UNCHANGED, UNKNOWN, CHANGED };

static enum checked finish_check(struct reading *reading, const struct check *check)
{
	struct answer answer;

	calls_wait(reading->job->calls, CHECK_ID - check->page, &answer);
	uint64_t digest = answer.response.status == 200 ? digest_of(&answer) : 0;
	answer_free(&answer);
	if (!digest)
		return UNKNOWN;
	return digest == check->digest ? UNCHANGED : CHANGED;
}

static void finish_checks(struct reading *reading)
{
	static const char *const notes[] = {
		[UNKNOWN] = "whether the list changed while it was read could not be checked: "
			    "something may be missing or out of date; run the command again to be "
			    "sure",
		[CHANGED] = "the list changed while it was read: something may be missing or out "
			    "of date; run the command again to be sure",
	};
	const size_t count = sizeof(reading->checks) / sizeof(reading->checks[0]);
	bool together = reading->window > 1 && !reading->low;
	enum checked worst = UNCHANGED;
	size_t asked = 0;

	for (size_t i = 0; i < count && reading->checks[i].page; i++) {
		for (; asked < count && (together || asked == i); asked++) {
			uint32_t page = reading->checks[asked].page;
			if (page)
				ask_as(reading, CHECK_ID - page, page, 0);
		}
		enum checked found = finish_check(reading, &reading->checks[i]);
		worst = found > worst ? found : worst;
	}
	if (worst != UNCHANGED)
		calls_note(reading->job->calls, notes[worst]);
}

/* --- the list --- */

/* An error in the middle says how much of the list there is. */
static void add_progress(struct reading *reading)
{
	struct failure *failure = &reading->job->failure;
	size_t used = strlen(failure->message);

	if (reading->delivered > 0 && reading->last > 1)
		snprintf(failure->message + used, sizeof(failure->message) - used,
			 " (after %u of %u pages)", reading->delivered, reading->last);
}

static void wait_for_page(struct reading *reading, uint32_t page, struct answer *answer)
{
	if (page != reading->early.id) {
		calls_wait(reading->job->calls, page, answer);
		return;
	}
	*answer = reading->early;
	reading->early = (struct answer){.body = -1};
}

static bool next_page(struct reading *reading, bool *more, pages_end_fn *page_end)
{
	struct job *job = reading->job;
	uint32_t page = reading->delivered + 1;
	struct answer answer;

	wait_for_page(reading, page, &answer);
	enum taken taken = take_page(reading, &answer, more);
	adapt(reading, &answer, taken);
	if (taken == TAKEN)
		mind_the_limit(reading, &answer);
	if (taken == TAKEN && page == 1 && !begin_checks(reading, &answer))
		taken = TAKE_NO_MORE;
	answer_free(&answer);
	if (taken != TAKE_AGAIN && job->failure.kind == FAILURE_NONE)
		page_end(job, reading->context);
	return taken != TAKE_NO_MORE;
}

void pages_progress(struct job *job)
{
	const struct listed *listed = &job->listed;

	calls_progress(job->calls, listed->page, listed->last > 1 ? listed->last : 0, job->items);
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
		.window = job->in_flight,
		.early = {.body = -1},
		.element = element,
		.context = context,
	};
	bool go_on = true, more = true;

	while (go_on && !job->output.closed) {
		ask_ahead(&reading, more);
		if (reading.asked == reading.delivered) {
			finish_checks(&reading);
			break;
		}
		go_on = next_page(&reading, &more, page_end);
	}
	answer_free(&reading.early);
	if (job->failure.kind != FAILURE_NONE)
		add_progress(&reading);
}
