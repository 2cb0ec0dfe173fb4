/* alerts view: one alert in full. */
#include "lib/github/alert.h"
#include "worker/alert_json.h"
#include "worker/ask.h"
#include "worker/classify.h"
#include "worker/job.h"
#include "worker/lines.h"

#include <stdio.h>
#include <string.h>

#define LINES_MAX 20u

/* "a, b" of the logins or CWEs of an alert. */
static void join(char *text, size_t size, const char *item)
{
	size_t used = strlen(text);

	snprintf(text + used, size - used, "%s%s", used ? ", " : "", item);
}

static void join_assignees(const struct cJSON *alert, char *text, size_t size)
{
	const struct cJSON *assignee;

	text[0] = 0;
	cJSON_ArrayForEach(assignee, json_get_array(alert, "assignees"))
	{
		const char *login = json_get_string(assignee, "login");
		if (login)
			join(text, size, login);
	}
}

static void join_cwes(const struct cJSON *alert, char *text, size_t size)
{
	const struct cJSON *tags = json_get_array(json_get_object(alert, "rule"), "tags");
	const struct cJSON *tag;
	char cwe[ALERT_CWE_SIZE];

	text[0] = 0;
	cJSON_ArrayForEach(tag, tags)
	{
		if (cJSON_IsString(tag) && alert_cwe(tag->valuestring, cwe))
			join(text, size, cwe);
	}
}

static void write_alert(struct job *job, const struct cJSON *root, const struct alert_view *alert)
{
	char number[24], location[600], cwes[256], assignees[512], tool[300];
	size_t count = 0;

	snprintf(number, sizeof(number), "%llu", (unsigned long long)alert->number);
	snprintf(location, sizeof(location), "%s", alert->path);
	if (alert->start_line)
		snprintf(location, sizeof(location), "%s:%llu", alert->path,
			 (unsigned long long)alert->start_line);
	snprintf(tool, sizeof(tool), "%s%s%s", alert->tool, *alert->tool_version ? " " : "",
		 alert->tool_version);
	join_cwes(root, cwes, sizeof(cwes));
	join_assignees(root, assignees, sizeof(assignees));
	const struct line lines[LINES_MAX] = {
		{"number", number, LINE_TEXT},
		{"state", alert->state, LINE_STATE},
		{"severity", alert->severity, LINE_SEVERITY},
		{"rule", alert->rule_id, LINE_TEXT},
		{"description", alert->rule_description, LINE_TEXT},
		{"cwes", cwes, LINE_TEXT},
		{"tool", tool, LINE_TEXT},
		{"location", location, LINE_TEXT},
		{"ref", alert->ref, LINE_TEXT},
		{"message", alert->message, LINE_TEXT},
		{"assignees", assignees, LINE_TEXT},
		{"created", alert->created_at, LINE_TIME},
		{"updated", alert->updated_at, LINE_TIME},
		{"dismissed", alert->dismissed_at, LINE_TIME},
		{"dismissed by", alert->dismissed_by, LINE_TEXT},
		{"dismissed reason", alert->dismissed_reason, LINE_TEXT},
		{"dismissed comment", alert->dismissed_comment, LINE_TEXT},
		{"url", alert->html_url, LINE_TEXT},
	};
	while (count < LINES_MAX && lines[count].key)
		count++;
	lines_write(job, *alert->rule_description ? alert->rule_description : alert->rule_id, lines,
		    count);
}

static void render(struct job *job, const struct cJSON *root)
{
	struct alert_view alert;

	if (!alert_read(root, &alert)) {
		failure_set(&job->failure, FAILURE_MALFORMED, CLASSIFY_HINT,
			    "the answer cannot be used: it is not an alert");
		return;
	}
	if (job->request.format == OUTPUT_JSON) {
		alert_json_write(job, root);
		output_text(&job->output, "\n");
	} else {
		write_alert(job, root, &alert);
	}
	job->items = 1;
}

void view_run(struct job *job)
{
	struct cJSON *root = ask_json(job, OPERATION_ALERTS_GET, &job->request.arguments);

	if (root)
		render(job, root);
	cJSON_Delete(root);
}
