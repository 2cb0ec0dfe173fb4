/* alerts dismiss, reopen, assign, unassign: read the alert, change it, look at what came of it. */
#include "lib/github/alert.h"
#include "worker/alert_json.h"
#include "worker/ask.h"
#include "worker/calls.h"
#include "worker/classify.h"
#include "worker/logins.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct update {
	struct job *job;
	struct cJSON *tree; /* the alert before the change, then after it */
	struct alert_view alert;
	char assignees[VALIDATE_LOGINS_MAX + 1]; /* before the change */
	struct operation_arguments change;
	bool needless; /* the alert is already as it should be */
};

static const char *argument(const struct update *update, enum operation_parameter parameter)
{
	const char *value = update->job->request.arguments.values[parameter];

	return value ? value : "";
}

static const char *number_of(const struct update *update)
{
	return argument(update, PARAMETER_ALERT_NUMBER);
}

__attribute__((format(printf, 3, 4))) static bool conflict(struct update *update, const char *hint,
							   const char *format, ...)
{
	char message[sizeof(update->job->failure.message)];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(message, sizeof(message), format, arguments);
	va_end(arguments);
	failure_set(&update->job->failure, FAILURE_CONFLICT, hint, "alert %s %s", number_of(update),
		    message);
	return false;
}

/* --- reading --- */

static bool take_alert(struct update *update, struct cJSON *tree)
{
	cJSON_Delete(update->tree);
	update->tree = tree;
	if (!tree)
		return false;
	if (alert_read(tree, &update->alert))
		return true;
	failure_set(&update->job->failure, FAILURE_MALFORMED, CLASSIFY_HINT,
		    "the answer cannot be used: it is not an alert");
	return false;
}

static bool read_alert(struct update *update)
{
	struct operation_arguments which = {0};

	which.values[PARAMETER_OWNER] = argument(update, PARAMETER_OWNER);
	which.values[PARAMETER_REPO] = argument(update, PARAMETER_REPO);
	which.values[PARAMETER_ALERT_NUMBER] = number_of(update);
	return take_alert(update, ask_json(update->job, OPERATION_ALERTS_GET, &which));
}

/* --- what is to be changed --- */

static bool plan_dismissal(struct update *update)
{
	const struct alert_view *alert = &update->alert;

	if (strcmp(alert->state, "fixed") == 0)
		return conflict(update, "Only what the scanner still finds can be dismissed.",
				"is fixed and cannot be dismissed");
	update->needless = strcmp(alert->state, "dismissed") == 0 &&
			   strcmp(alert->dismissed_reason,
				  argument(update, PARAMETER_DISMISSED_REASON)) == 0 &&
			   strcmp(alert->dismissed_comment,
				  argument(update, PARAMETER_DISMISSED_COMMENT)) == 0;
	update->change.values[PARAMETER_NEW_STATE] = "dismissed";
	return true;
}

static bool plan_reopening(struct update *update)
{
	if (strcmp(update->alert.state, "fixed") == 0)
		return conflict(update,
				"GitHub reopens it by itself if the scanner finds it again.",
				"is fixed and cannot be reopened");
	update->needless = strcmp(update->alert.state, "open") == 0;
	update->change.values[PARAMETER_NEW_STATE] = "open";
	return true;
}

/* With the state as it was read, since Enterprise Server wants one with every change; a fixed alert
 * has none that could be sent. */
static bool plan_assignment(struct update *update)
{
	const struct alert_view *alert = &update->alert;
	const char *wanted = argument(update, PARAMETER_ASSIGNEES);
	const char **values = update->change.values;

	if (!logins_of(update->tree, update->assignees, sizeof(update->assignees)))
		return conflict(update, CLASSIFY_HINT, "has more assignees than GitHub allows");
	update->needless = logins_contain(wanted, update->assignees) &&
			   logins_contain(update->assignees, wanted);
	values[PARAMETER_ASSIGNEES] = wanted;
	if (strcmp(alert->state, "open") == 0)
		values[PARAMETER_NEW_STATE] = "open";
	if (strcmp(alert->state, "dismissed") != 0)
		return true;
	values[PARAMETER_NEW_STATE] = "dismissed";
	values[PARAMETER_DISMISSED_REASON] = alert->dismissed_reason;
	if (*alert->dismissed_comment)
		values[PARAMETER_DISMISSED_COMMENT] = alert->dismissed_comment;
	return true;
}

static bool plan(struct update *update)
{
	enum operation_parameter wrong;
	bool planned = false;

	/* Nothing stays of an earlier plan: its texts went with the tree that it was made of. */
	update->change = update->job->request.arguments;
	switch (update->job->request.kind) {
	case JOB_ALERTS_DISMISS:
		planned = plan_dismissal(update);
		break;
	case JOB_ALERTS_REOPEN:
		planned = plan_reopening(update);
		break;
	default:
		planned = plan_assignment(update);
		break;
	}
	/* What was read goes back as it was, or not at all. */
	if (planned && operation_check(OPERATION_ALERTS_UPDATE, &update->change, &wrong) < 0)
		return conflict(update, "Change it on the web.",
				"has a %s that cannot be sent back unchanged",
				operation_parameter_name(wrong));
	return planned;
}

/* --- agreement --- */

static void describe(const struct update *update, char *text, size_t size)
{
	const struct alert_view *alert = &update->alert;

	snprintf(text, size, "alert %s: %.120s, %s, %.20s, %.300s", number_of(update),
		 alert->rule_id, *alert->severity ? alert->severity : "no severity", alert->state,
		 *alert->path ? alert->path : "no location");
	if (alert->start_line && *alert->path) {
		size_t used = strlen(text);
		snprintf(text + used, size - used, ":%llu", (unsigned long long)alert->start_line);
	}
	if (*update->assignees) {
		size_t used = strlen(text);
		snprintf(text + used, size - used, ", assigned to %.300s", update->assignees);
	}
}

/* Whether the second reading shows what the first one did, in all that the change rests on. */
static bool is_same(const struct alert_view *one, const char *assignees,
		    const struct alert_view *other, const char *other_assignees)
{
	return strcmp(one->state, other->state) == 0 &&
	       strcmp(one->updated_at, other->updated_at) == 0 &&
	       strcmp(one->dismissed_reason, other->dismissed_reason) == 0 &&
	       strcmp(one->dismissed_comment, other->dismissed_comment) == 0 &&
	       strcmp(assignees, other_assignees) == 0;
}

/* A person may think for an hour: what was agreed to must still be there. */
static bool is_unchanged(struct update *update)
{
	struct alert_view before = update->alert;
	struct cJSON *tree = update->tree; /* with the texts of `before` */
	char old_assignees[VALIDATE_LOGINS_MAX + 1], assignees[VALIDATE_LOGINS_MAX + 1];

	update->tree = NULL;
	bool unchanged = read_alert(update);
	if (unchanged && (!logins_of(tree, old_assignees, sizeof(old_assignees)) ||
			  !logins_of(update->tree, assignees, sizeof(assignees)) ||
			  !is_same(&before, old_assignees, &update->alert, assignees)))
		unchanged = conflict(update,
				     "Nothing was sent. Look at it again, and repeat the command.",
				     "changed since it was read: it was %.20s (%.40s), now it is "
				     "%.20s (%.40s)",
				     before.state, before.updated_at, update->alert.state,
				     update->alert.updated_at);
	cJSON_Delete(tree);
	return unchanged;
}

/* The change refers to texts of the tree that is_unchanged() replaces: it is planned anew, and the
 * broker holds it against what was agreed to. */
static bool agree(struct update *update)
{
	struct calls *calls = update->job->calls;
	char subject[1024];

	if (update->job->request.consent == CONSENT_GIVEN)
		return true;
	describe(update, subject, sizeof(subject));
	calls_propose(calls, OPERATION_ALERTS_UPDATE, &update->change, subject);
	if (update->job->request.consent == CONSENT_DRY_RUN)
		return false;
	calls_wait_confirmed(calls);
	return is_unchanged(update) && plan(update);
}

/* --- what came of it --- */

static void say(struct update *update, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static void say(struct update *update, const char *format, ...)
{
	struct output *output = &update->job->output;
	bool terminal = update->job->request.format == OUTPUT_TABLE;
	bool colour = terminal && update->job->request.colour;
	char text[3 * VALIDATE_LOGINS_MAX], place[64 + VALIDATE_OWNER_MAX + VALIDATE_REPO_MAX];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	snprintf(place, sizeof(place), "%s/%s#%s ", argument(update, PARAMETER_OWNER),
		 argument(update, PARAMETER_REPO), number_of(update));
	if (terminal)
		output_text(output, colour ? "\x1b[32m\xe2\x9c\x93\x1b[0m " : "\xe2\x9c\x93 ");
	output_text(output, place);
	output_field(output, text);
	output_text(output, "\n");
}

static void say_dismissed(struct update *update)
{
	const char *reason = argument(update, PARAMETER_DISMISSED_REASON);

	if (update->needless)
		say(update, "is dismissed as %s already; nothing was sent", reason);
	else if (*argument(update, PARAMETER_CREATE_REQUEST) &&
		 strcmp(update->alert.state, "dismissed") != 0)
		say(update, "has a request for dismissal as %s", reason);
	else
		say(update, "dismissed as %s", reason);
}

static void say_assigned(struct update *update)
{
	const char *wanted = argument(update, PARAMETER_ASSIGNEES);
	char removed[sizeof(update->assignees)];

	logins_without(update->assignees, wanted, removed, sizeof(removed));
	if (update->needless && !*wanted)
		say(update, "has no assignees; nothing was sent");
	else if (update->needless)
		say(update, "is assigned to %s already; nothing was sent", wanted);
	else if (!*wanted)
		say(update, "unassigned; removed %s", removed);
	else
		say(update, "assigned to %s%s%s", wanted, *removed ? "; removed " : "", removed);
}

static void report(struct update *update)
{
	struct job *job = update->job;

	job->items = 1;
	if (job->request.format == OUTPUT_JSON) {
		alert_json_write(job, update->tree);
		output_text(&job->output, "\n");
	} else if (job->request.kind == JOB_ALERTS_DISMISS) {
		say_dismissed(update);
	} else if (job->request.kind == JOB_ALERTS_REOPEN) {
		say(update, update->needless ? "is open already; nothing was sent" : "reopened");
	} else {
		say_assigned(update);
	}
}

/* GitHub can say yes and do less: wait for an approval, or leave out who has no access. */
static bool is_done(struct update *update)
{
	const char *state = update->change.values[PARAMETER_NEW_STATE];
	const char *wanted = update->change.values[PARAMETER_ASSIGNEES];
	bool requested = *argument(update, PARAMETER_CREATE_REQUEST);
	char assigned[VALIDATE_LOGINS_MAX + 1], missing[VALIDATE_LOGINS_MAX + 1];

	if (state && !requested && strcmp(update->alert.state, state) != 0)
		return conflict(update,
				update->job->request.kind == JOB_ALERTS_DISMISS
					? "An approval may be needed: add --request."
					: "Look at it on the web before you repeat this.",
				"is still %.20s, although GitHub took the change",
				*update->alert.state ? update->alert.state : "in an unknown state");
	if (!wanted || !logins_of(update->tree, assigned, sizeof(assigned)))
		return true;
	logins_without(wanted, assigned, missing, sizeof(missing));
	if (*missing)
		return conflict(update, "Only people with write access can be assigned.",
				"is not assigned to %.300s, although GitHub took the change",
				missing);
	return true;
}

static void add_hint(struct failure *failure)
{
	if (failure->kind == FAILURE_SERVER || failure->kind == FAILURE_MALFORMED)
		snprintf(failure->hint, sizeof(failure->hint),
			 "The change may have been made all the same: look before you repeat it.");
}

static bool send_change(struct update *update)
{
	bool answered =
		take_alert(update, ask_json(update->job, OPERATION_ALERTS_UPDATE, &update->change));

	if (!answered)
		add_hint(&update->job->failure);
	return answered && is_done(update);
}

void update_run(struct job *job)
{
	struct update update = {.job = job, .change = job->request.arguments};

	if (ask_supported(job, OPERATION_ALERTS_UPDATE, &update.change) && read_alert(&update) &&
	    plan(&update) && (update.needless || (agree(&update) && send_change(&update))))
		report(&update);
	cJSON_Delete(update.tree);
}
