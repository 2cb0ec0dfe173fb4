/* Alerts. */
#include "broker/alert.h"

#include "broker/upstream.h"
#include "lib/base/clock.h"
#include "lib/base/io.h"
#include "lib/base/memory.h"
#include "lib/json/write.h"
#include "lib/rules/rules.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* At a time, and for each. */
#define DELIVERIES_MAX 4u
#define ATTEMPTS_MAX 5u

/* How long an end waits for them. */
#define PATIENCE_MS 5000u

#define BODY_MAX 4096u

struct alert_delivery {
	struct broker *broker;
	struct known_incident *incident;
	struct bearer *bearer;
	struct upstream_request *request;
	struct loop_timer *timer;
	unsigned attempts;
	char body[BODY_MAX];
	size_t length;
};

static void send_now(void *context);

static unsigned count(const struct broker *broker, enum alert_state state)
{
	unsigned found = 0;

	for (const struct known_incident *at = broker->incidents; at; at = at->next)
		found += at->alert == state;
	return found;
}

/* --- what is said --- */

/* Slack reads <...> and &...; as commands: "<!channel>" would call everybody. */
static void put_escaped(struct json_writer *writer, const char *key, const char *text)
{
	char escaped[INCIDENT_SUBJECT_MAX * 5 + 512];
	size_t used = 0;

	for (; *text && used + 6 < sizeof(escaped); text++) {
		const char *word = *text == '&'	  ? "&amp;"
				   : *text == '<' ? "&lt;"
				   : *text == '>' ? "&gt;"
						  : NULL;
		if (word)
			used += (size_t)snprintf(escaped + used, sizeof(escaped) - used, "%s",
						 word);
		else
			escaped[used++] = *text;
	}
	json_key(writer, key);
	json_string_n(writer, escaped, used);
}

static void put_field(struct json_writer *writer, const char *title, const char *value)
{
	json_object_begin(writer);
	put_escaped(writer, "title", title);
	put_escaped(writer, "value", value);
	json_key(writer, "short");
	json_bool(writer, true);
	json_object_end(writer);
}

static void put_fields(struct json_writer *writer, const struct known_incident *incident)
{
	char counted[64], opened[CLOCK_RFC3339_SIZE], actions[RULES_ACTIONS_SIZE];

	snprintf(counted, sizeof(counted), "%" PRIu32 " in %" PRIu32 " s", incident->told.count,
		 incident->told.window_s);
	clock_rfc3339(opened, incident->told.opened_us);
	rules_put_actions(incident->told.actions, actions);
	json_key(writer, "fields");
	json_array_begin(writer);
	put_field(writer, "Incident", incident->id);
	put_field(writer, "Type", incident->type);
	put_field(writer, "Severity", rules_severities[incident->told.severity]);
	put_field(writer, rules_pers[incident->told.per], incident->subject);
	put_field(writer, "Rule", incident->rule);
	put_field(writer, "Records", counted);
	put_field(writer, "Numbers", incident->records);
	put_field(writer, "Opened", opened);
	put_field(writer, "Responses", actions);
	json_array_end(writer);
}

static void write_body(struct alert_delivery *delivery)
{
	static const char *const colours[AUDIT_SEVERITIES] = {"good", "warning", "danger"};
	const struct known_incident *incident = delivery->incident;
	struct json_writer writer;
	char text[INCIDENT_SUBJECT_MAX + 256];

	snprintf(text, sizeof(text),
		 "ghward: security incident %s: %s (%s), %s. Look into it: ghward audit incidents "
		 "show %s",
		 incident->id, incident->type, rules_severities[incident->told.severity],
		 incident->subject, incident->id);
	json_writer_init(&writer, delivery->body, sizeof(delivery->body));
	json_object_begin(&writer);
	put_escaped(&writer, "text", text);
	json_key(&writer, "attachments");
	json_array_begin(&writer);
	json_object_begin(&writer);
	json_key(&writer, "color");
	json_string(&writer, colours[incident->told.severity]);
	put_fields(&writer, incident);
	json_object_end(&writer);
	json_array_end(&writer);
	json_object_end(&writer);
	if (json_finish(&writer, &delivery->length) < 0)
		fatal("an alert grew past its limit");
}

/* --- sending --- */

static void begin_next(struct broker *broker);

static void end(struct alert_delivery *delivery)
{
	struct broker *broker = delivery->broker;

	delivery->incident->delivery = NULL;
	delivery->incident->alert = ALERT_OVER;
	upstream_cancel(delivery->request);
	loop_cancel(delivery->timer);
	bearer_release(delivery->bearer);
	loop_defer_free(broker->loop, delivery);
	begin_next(broker);
	broker_progress(broker);
}

/* Only the webhook's origin is named: its path may be a secret. */
static void give_up(struct alert_delivery *delivery, const char *outcome, const char *why)
{
	struct broker *broker = delivery->broker;
	char text[240];

	snprintf(
		text, sizeof(text),
		"the alert about %s could not be sent to %.80s (%.48s); the next agent tries again",
		delivery->incident->id, delivery->bearer->base, why);
	log_write(broker_error_level(broker), "%s", text);
	for (struct job *job = broker->jobs; job; job = job->next)
		job_note(job, text);
	incidents_record(delivery->incident, broker, RULE_ALERT, outcome, why);
	end(delivery);
}

static void try_again(struct alert_delivery *delivery, const char *outcome, const char *why)
{
	const struct settings *settings = &delivery->broker->settings;
	uint64_t wait_ms = (uint64_t)settings->backoff_base_ms << (delivery->attempts - 1);

	if (delivery->attempts == ATTEMPTS_MAX) {
		give_up(delivery, outcome, why);
		return;
	}
	if (wait_ms > settings->max_backoff_ms)
		wait_ms = settings->max_backoff_ms;
	delivery->timer = loop_after(delivery->broker->loop, wait_ms, send_now, delivery);
}

static bool may_pass(unsigned status)
{
	return status >= 500 || status == 408 || status == 429;
}

static void answered(void *context, const struct response *response, int body)
{
	struct alert_delivery *delivery = context;
	char status[24];

	io_close(&body);
	delivery->request = NULL;
	snprintf(status, sizeof(status), "status %u", response->status);
	if (response->status >= 200 && response->status < 300) {
		incidents_record(delivery->incident, delivery->broker, RULE_ALERT, "done", NULL);
		end(delivery);
	} else if (may_pass(response->status)) {
		try_again(delivery, "refused", status);
	} else {
		give_up(delivery, "refused", status);
	}
}

static void failed(void *context, const struct failure *failure, bool sent)
{
	struct alert_delivery *delivery = context;

	(void)sent;
	delivery->request = NULL;
	try_again(delivery, failure_name(failure->kind), failure_name(failure->kind));
}

static void send_now(void *context)
{
	static const struct upstream_callbacks callbacks = {.answered = answered, .failed = failed};
	struct alert_delivery *delivery = context;
	const struct upstream_order order = {
		.method = METHOD_POST,
		.retry = RETRY_NEVER,
		.url = delivery->broker->settings.audit.webhook,
		.body = delivery->body,
		.body_length = delivery->length,
	};

	delivery->timer = NULL;
	delivery->attempts++;
	delivery->request = upstream_send(delivery->bearer, &order, &callbacks, delivery);
}

static void begin_delivery(struct broker *broker, struct known_incident *incident)
{
	struct alert_delivery *delivery = memory_new(sizeof(*delivery));
	char origin[VALIDATE_ORIGIN_MAX + 1];

	if (validate_webhook(broker->settings.audit.webhook, origin) < 0)
		fatal("the webhook's address is not usable");
	delivery->broker = broker;
	delivery->incident = incident;
	delivery->bearer = bearer_nobody(broker, origin);
	write_body(delivery);
	incident->alert = ALERT_UNDER_WAY;
	incident->delivery = delivery;
	/* In a turn of its own: its record is what was handled last. */
	delivery->timer = loop_after(broker->loop, 0, send_now, delivery);
}

static void begin_next(struct broker *broker)
{
	unsigned under_way = count(broker, ALERT_UNDER_WAY);

	for (struct known_incident *at = broker->incidents; at; at = at->next) {
		if (at->alert != ALERT_WAITING || under_way >= DELIVERIES_MAX)
			continue;
		begin_delivery(broker, at);
		under_way++;
	}
}

void alert_begin(struct broker *broker, struct known_incident *incident)
{
	if (!((incident->told.actions & ~incident->told.done) >> RULE_ALERT & 1))
		return;
	if (!*broker->settings.audit.webhook) {
		/* Once is enough; with a webhook it would be sent even later. */
		if (incident->told.news == INCIDENT_OPENED)
			incidents_record(incident, broker, RULE_ALERT, "unsent",
					 "there is no audit.webhook");
		return;
	}
	incident->alert = ALERT_WAITING;
	begin_next(broker);
}

void alert_stop(struct broker *broker, struct known_incident *incident)
{
	incident->alert = ALERT_OVER;
	if (incident->delivery)
		end(incident->delivery);
	(void)broker;
}

static void patience_over(void *context)
{
	struct broker *broker = context;

	broker->alerting = NULL;
	broker->alerted = true;
	for (struct known_incident *at = broker->incidents; at; at = at->next) {
		if (at->alert == ALERT_WAITING)
			at->alert = ALERT_OVER;
	}
	for (struct known_incident *at = broker->incidents; at; at = at->next) {
		if (at->delivery)
			give_up(at->delivery, "timeout", "no answer within 5 seconds");
	}
	broker_progress(broker);
}

bool alert_outlasts(struct broker *broker)
{
	bool pending = count(broker, ALERT_WAITING) + count(broker, ALERT_UNDER_WAY) > 0;

	if (!pending || broker->alerted || audit_log_broken(broker->audit))
		return false;
	if (!broker->alerting)
		broker->alerting = loop_after(broker->loop, PATIENCE_MS, patience_over, broker);
	return true;
}
