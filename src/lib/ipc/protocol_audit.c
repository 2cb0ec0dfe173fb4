/* Put/get pairs of the messages about rules and incidents. */
#include "lib/ipc/protocol.h"

#include <stdio.h>
#include <string.h>

static uint32_t get_number(struct ipc_incoming *in, uint32_t min, uint32_t max)
{
	uint32_t number = ipc_get_u32(in);

	if (number < min || number > max)
		in->reader.poisoned = true;
	return number;
}

static void put_rule(struct ipc_message *message, const struct audit_rule *rule)
{
	ipc_put_string(message, rule->name);
	ipc_put_string(message, rule->type);
	ipc_put_string(message, rule->event);
	ipc_put_string(message, rule->outcome);
	ipc_put_u8(message, (uint8_t)rule->phase);
	ipc_put_u8(message, (uint8_t)rule->at_least);
	ipc_put_u8(message, (uint8_t)rule->per);
	ipc_put_u32(message, rule->threshold);
	ipc_put_u32(message, rule->window_s);
	ipc_put_u8(message, (uint8_t)rule->severity);
	ipc_put_u8(message, rule->actions);
}

static void get_rule(struct ipc_incoming *in, struct audit_rule *rule)
{
	ipc_get_text(in, rule->name, sizeof(rule->name));
	ipc_get_text(in, rule->type, sizeof(rule->type));
	ipc_get_text(in, rule->event, sizeof(rule->event));
	ipc_get_text(in, rule->outcome, sizeof(rule->outcome));
	rule->phase = (enum audit_phase)ipc_get_enum(in, AUDIT_PHASES + 1);
	rule->at_least = (enum audit_severity)ipc_get_enum(in, AUDIT_SEVERITIES);
	rule->per = (enum rule_per)ipc_get_enum(in, RULE_PERS);
	rule->threshold = get_number(in, 1, RULE_THRESHOLD_MAX);
	rule->window_s = get_number(in, 1, RULE_WINDOW_MAX);
	rule->severity = (enum audit_severity)ipc_get_enum(in, AUDIT_SEVERITIES);
	rule->actions = (uint8_t)ipc_get_enum(in, 1u << RULE_ACTIONS);
}

void protocol_put_rules(struct ipc_message *message, const struct audit_rules *rules)
{
	ipc_put_u8(message, (uint8_t)rules->count);
	for (unsigned i = 0; i < rules->count; i++)
		put_rule(message, &rules->list[i]);
}

void protocol_get_rules(struct ipc_incoming *in, struct audit_rules *rules)
{
	memset(rules, 0, sizeof(*rules));
	rules->count = ipc_get_enum(in, RULES_MAX + 1);
	for (unsigned i = 0; i < rules->count; i++)
		get_rule(in, &rules->list[i]);
}

void protocol_put_incident(struct ipc_message *message, const struct incident *incident)
{
	ipc_put_u8(message, (uint8_t)incident->news);
	ipc_put_string(message, incident->id);
	ipc_put_string(message, incident->rule);
	ipc_put_string(message, incident->type);
	ipc_put_string(message, incident->subject);
	ipc_put_string(message, incident->records);
	ipc_put_u8(message, (uint8_t)incident->per);
	ipc_put_u8(message, (uint8_t)incident->severity);
	ipc_put_u8(message, incident->actions);
	ipc_put_u8(message, incident->done);
	ipc_put_u32(message, incident->count);
	ipc_put_u32(message, incident->window_s);
	ipc_put_u64(message, incident->opened_us);
}

/* A text that its receiver has so much room for. */
static const char *get_string(struct ipc_incoming *in, size_t max)
{
	const char *text = ipc_get_string(in);

	if (strlen(text) <= max)
		return text;
	in->reader.poisoned = true;
	return "";
}

void protocol_get_incident(struct ipc_incoming *in, struct incident *incident)
{
	memset(incident, 0, sizeof(*incident));
	incident->news = (enum incident_news)ipc_get_enum(in, INCIDENT_NEWS);
	incident->id = get_string(in, INCIDENT_ID_LENGTH);
	incident->rule = get_string(in, RULE_NAME_MAX);
	incident->type = get_string(in, RULE_NAME_MAX);
	incident->subject = get_string(in, INCIDENT_SUBJECT_MAX);
	incident->records = get_string(in, INCIDENT_RECORDS_MAX);
	incident->per = (enum rule_per)ipc_get_enum(in, RULE_PERS);
	incident->severity = (enum audit_severity)ipc_get_enum(in, AUDIT_SEVERITIES);
	incident->actions = (uint8_t)ipc_get_enum(in, 1u << RULE_ACTIONS);
	incident->done = (uint8_t)ipc_get_enum(in, 1u << RULE_ACTIONS);
	incident->count = ipc_get_u32(in);
	incident->window_s = ipc_get_u32(in);
	incident->opened_us = ipc_get_u64(in);
}
