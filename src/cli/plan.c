/* A write that is shown before it is sent, or instead. */
#include "cli/plan.h"

#include "lib/sanitize/sanitize.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#define SUBJECT_SIZE 2048u

int plan_get(struct ipc_incoming *in, struct plan *plan)
{
	plan->method = ipc_get_string(in);
	plan->url = ipc_get_string(in);
	plan->body = ipc_get_string(in);
	plan->subject = ipc_get_string(in);
	return ipc_end(in);
}

static void print_subject(const struct plan *plan)
{
	char subject[SUBJECT_SIZE];

	sanitize_field(subject, sizeof(subject), plan->subject, strlen(plan->subject));
	fprintf(stderr, "%s\n", subject);
}

/* URL and body were escaped when they were built: they are plain text for any terminal. */
void plan_print(const struct plan *plan, enum output_format format)
{
	if (format == OUTPUT_JSON) {
		printf("{\"method\":\"%s\",\"url\":\"%s\",\"body\":%s}\n", plan->method, plan->url,
		       *plan->body ? plan->body : "null");
	} else {
		print_subject(plan);
		printf("%s %s\n%s%s", plan->method, plan->url, plan->body, *plan->body ? "\n" : "");
		fflush(stdout);
		fprintf(stderr, "Nothing was sent.\n");
	}
	fflush(stdout);
}

void plan_ask(const struct plan *plan)
{
	print_subject(plan);
	fprintf(stderr, "%s %s\n%s%sSend this? [y/N] ", plan->method, plan->url, plan->body,
		*plan->body ? "\n" : "");
}

bool plan_is_yes(const char *line, size_t length)
{
	while (length && line[length - 1] && strchr(" \t\r\n", line[length - 1]))
		length--;
	return (length == 1 && strncasecmp(line, "y", 1) == 0) ||
	       (length == 3 && strncasecmp(line, "yes", 3) == 0);
}
