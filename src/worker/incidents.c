/* audit incidents list and show: records about incidents in, incidents out. */
#include "worker/incidents.h"

#include "lib/base/log.h"
#include "lib/base/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct stories {
	struct incident_story *list;
	size_t count, capacity;
};

#define COPY(field, text) snprintf(field, sizeof(field), "%s", text)

static void begin(struct review *review)
{
	review->state = memory_new(sizeof(struct stories));
}

static void clean(struct review *review)
{
	struct stories *stories = review->state;

	for (size_t i = 0; i < stories->count; i++) {
		free(stories->list[i].reason);
		free(stories->list[i].responses);
	}
	free(stories->list);
	free(stories);
}

/* Most records are about one of the newest. */
static struct incident_story *find(const struct stories *stories, const char *id)
{
	for (size_t i = stories->count; i-- > 0;) {
		if (strcmp(stories->list[i].id, id) == 0)
			return &stories->list[i];
	}
	return NULL;
}

static void drop_oldest(struct stories *stories)
{
	free(stories->list[0].reason);
	free(stories->list[0].responses);
	memmove(stories->list, stories->list + 1, --stories->count * sizeof(*stories->list));
}

static struct incident_story *add(struct stories *stories)
{
	if (stories->count == INCIDENT_STORIES_MAX)
		drop_oldest(stories);
	if (stories->count == stories->capacity) {
		size_t capacity = stories->capacity ? stories->capacity * 2 : 16;
		struct incident_story *list = reallocarray(stories->list, capacity, sizeof(*list));
		if (!list)
			fatal("out of memory");
		stories->list = list;
		stories->capacity = capacity;
	}
	struct incident_story *story = &stories->list[stories->count++];
	memset(story, 0, sizeof(*story));
	return story;
}

static void take_open(struct stories *stories, const struct record *record)
{
	struct incident_story *story = add(stories);

	COPY(story->id, record_detail(record, "id"));
	COPY(story->type, record_detail(record, "type"));
	COPY(story->rule, record_detail(record, "rule"));
	COPY(story->per, record_detail(record, "per"));
	COPY(story->subject, record_detail(record, "subject"));
	COPY(story->records, record_detail(record, "records"));
	COPY(story->actions, record_detail(record, "actions"));
	COPY(story->opened, record->time);
	story->opened_us = record->time_us;
	story->severity = record->severity;
	story->count = strtoull(record_detail(record, "count"), NULL, 10);
	story->window_s = strtoull(record_detail(record, "window"), NULL, 10);
}

/* The newest of many. */
static void take_response(struct incident_story *story, const struct record *record)
{
	if (!story->responses)
		story->responses = memory_new(INCIDENT_RESPONSES_MAX * sizeof(*story->responses));
	if (story->response_count == INCIDENT_RESPONSES_MAX)
		memmove(story->responses, story->responses + 1,
			--story->response_count * sizeof(*story->responses));
	struct incident_response *response = &story->responses[story->response_count++];
	COPY(response->time, record->time);
	COPY(response->action, record_detail(record, "action"));
	COPY(response->outcome, record->outcome);
	COPY(response->message, record_detail(record, "message"));
}

static void take_close(struct incident_story *story, const struct record *record)
{
	if (*story->closed)
		return;
	COPY(story->closed, record->time);
	COPY(story->closed_by, record->actor);
	story->reason = strdup(record_detail(record, "reason"));
}

static void take(struct review *review, const struct record *record)
{
	struct stories *stories = review->state;
	const char *id = record_detail(record, "id");
	struct incident_story *story = find(stories, id);

	if (strcmp(record->event, "incident.open") == 0 && !story && *id)
		take_open(stories, record);
	else if (story && strcmp(record->event, "incident.respond") == 0)
		take_response(story, record);
	else if (story && strcmp(record->event, "incident.close") == 0)
		take_close(story, record);
}

/* --- what is shown --- */

/* Leaves those that are asked for. */
static void choose(struct stories *stories, const struct job_request *request)
{
	const char *state = request->review.text, *id = request->review.name;
	bool shows = request->kind == JOB_AUDIT_INCIDENTS_SHOW;
	size_t kept = 0;

	for (size_t i = 0; i < stories->count; i++) {
		struct incident_story *at = &stories->list[i];
		bool wanted = shows ? strcmp(at->id, id) == 0
				    : strcmp(state, INCIDENTS_ALL) == 0 ||
					      (*at->closed != 0) ==
						      (strcmp(state, INCIDENTS_CLOSED) == 0);
		if (wanted) {
			struct incident_story other = stories->list[kept];
			stories->list[kept++] = *at;
			*at = other;
		}
	}
	/* The others stay behind these, to be freed. */
	stories->capacity = stories->count;
	stories->count = kept;
}

static void put_json(struct output *output, const struct stories *stories)
{
	output_text(output, "[");
	for (size_t i = 0; i < stories->count; i++) {
		output_text(output, i ? ",\n" : "");
		incident_put_json(output, &stories->list[i]);
	}
	output_text(output, "]\n");
}

static void list(struct review *review, const struct stories *stories)
{
	struct output *output = &review->job->output;

	if (review->job->request.review.format == REVIEW_JSON) {
		put_json(output, stories);
	} else if (review->job->request.review.format == REVIEW_TABLE) {
		if (stories->count)
			incident_put_table(review, stories->list, stories->count);
		else
			output_text(output, "There is no such incident.\n");
	} else {
		for (size_t i = 0; i < stories->count; i++)
			incident_put_lines(output, &stories->list[i]);
	}
}

static void show(struct review *review, const struct stories *stories)
{
	struct job *job = review->job;

	if (!stories->count) {
		failure_set(&job->failure, FAILURE_NOT_FOUND,
			    "ghward audit incidents list --state all shows what there is.",
			    "there is no security incident %.32s", job->request.review.name);
	} else if (job->request.review.format == REVIEW_JSON) {
		incident_put_json(&job->output, &stories->list[0]);
		output_text(&job->output, "\n");
	} else {
		incident_put_one(&job->output, &stories->list[0]);
	}
}

static void end(struct review *review)
{
	struct stories *stories = review->state;
	size_t all = stories->count;

	choose(stories, &review->job->request);
	if (review->job->request.kind == JOB_AUDIT_INCIDENTS_SHOW)
		show(review, stories);
	else
		list(review, stories);
	review->job->items = (uint32_t)stories->count;
	stories->count = all;
}

const struct review_format_ways review_incidents = {
	.begin = begin, .record = take, .end = end, .clean = clean};
