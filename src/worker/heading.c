/* The line above a list. */
#include "worker/heading.h"

#include <stdio.h>

static const char *value_of(const struct job *job, enum operation_parameter parameter)
{
	return job->request.arguments.values[parameter];
}

static void write_place(struct job *job)
{
	const char *org = value_of(job, PARAMETER_ORG);
	const char *wide = org ? org : value_of(job, PARAMETER_ENTERPRISE);

	output_text(&job->output, " in ");
	output_field(&job->output, wide ? wide : value_of(job, PARAMETER_OWNER));
	if (wide)
		return;
	output_text(&job->output, "/");
	output_field(&job->output, value_of(job, PARAMETER_REPO));
}

/* The state is in the sentence; any other filter is only mentioned. */
static bool has_filters(const struct job *job)
{
	static const enum operation_parameter filters[] = {
		PARAMETER_SEVERITY, PARAMETER_TOOL_NAME, PARAMETER_TOOL_GUID,
		PARAMETER_REF,	    PARAMETER_PR,	 PARAMETER_FILTER_ASSIGNEES,
	};

	for (size_t i = 0; i < sizeof(filters) / sizeof(filters[0]); i++) {
		if (value_of(job, filters[i]))
			return true;
	}
	return false;
}

static void write_subject(struct job *job, const char *what)
{
	const char *state = value_of(job, PARAMETER_STATE);

	output_text(&job->output, " ");
	output_field(&job->output, state ? state : "");
	output_text(&job->output, state ? " " : "");
	output_text(&job->output, what);
	write_place(job);
	output_text(&job->output, has_filters(job) ? " that match your search" : "");
}

void heading_write(struct job *job, const struct heading *heading)
{
	uint32_t limit = job->request.limit;
	bool whole = limit && heading->shown >= limit; /* no more rows will come */
	uint64_t most = (uint64_t)heading->last * heading->per_page;
	char count[80];

	if (!heading->more)
		most = heading->shown;
	if (!heading->more)
		snprintf(count, sizeof(count), "%u of %u", heading->shown, heading->shown);
	else if (whole && most)
		snprintf(count, sizeof(count), "%u of up to %llu", heading->shown,
			 (unsigned long long)most);
	else if (whole)
		snprintf(count, sizeof(count), "the first %u", heading->shown);
	else if (most || limit)
		snprintf(count, sizeof(count), "up to %llu",
			 (unsigned long long)(most && (!limit || most < limit) ? most : limit));
	else
		snprintf(count, sizeof(count), "all");
	output_text(&job->output, "\nShowing ");
	output_text(&job->output, count);
	write_subject(job, most == 1 ? "alert" : "alerts");
	output_text(&job->output, "\n\n");
}

void heading_write_empty(struct job *job)
{
	output_text(&job->output, "No");
	write_subject(job, "code scanning alerts");
	output_text(&job->output, ".\n");
}
