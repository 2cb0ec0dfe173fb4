/* Put/get pairs of the messages that carry structures. */
#include "lib/ipc/protocol.h"

#include <stdio.h>
#include <string.h>

const char *role_name(enum role role)
{
	static const char *const names[ROLES] = {
		[ROLE_CLI] = "cli",	  [ROLE_AGENT] = "agent",   [ROLE_CONFIG] = "config",
		[ROLE_BROKER] = "broker", [ROLE_AUDIT] = "audit",   [ROLE_NET] = "net",
		[ROLE_DIAL] = "dial",	  [ROLE_WORKER] = "worker", [ROLE_VERIFY] = "verify",
		[ROLE_JQ] = "jq",	  [ROLE_MINT] = "mint",	    [ROLE_STORE] = "store",
		[ROLE_TREE] = "tree",	  [ROLE_GIT] = "git",
	};

	return role < ROLES ? names[role] : "unknown";
}

void protocol_put_report(struct ipc_message *message, const struct sandbox_report *report)
{
	ipc_put_u32(message, report->landlock_abi);
	ipc_put_u64(message, report->landlock_fs);
	ipc_put_u64(message, report->landlock_net);
	ipc_put_u64(message, report->landlock_scope);
	ipc_put_u32(message, report->probes_done);
	ipc_put_u32(message, report->probes_blocked);
	ipc_put_u16(message, report->syscalls_allowed);
	ipc_put_string(message, report->objects);
}

void protocol_get_report(struct ipc_incoming *in, struct sandbox_report *report)
{
	memset(report, 0, sizeof(*report));
	report->landlock_abi = ipc_get_u32(in);
	report->landlock_fs = ipc_get_u64(in);
	report->landlock_net = ipc_get_u64(in);
	report->landlock_scope = ipc_get_u64(in);
	report->probes_done = ipc_get_u32(in);
	report->probes_blocked = ipc_get_u32(in);
	report->syscalls_allowed = ipc_get_u16(in);
	ipc_get_text(in, report->objects, sizeof(report->objects));
}

int protocol_pass_over_hello(void *owner, struct ipc_incoming *in)
{
	struct sandbox_report report;

	(void)owner;
	protocol_get_report(in, &report);
	return ipc_end(in);
}

void protocol_put_settings(struct ipc_message *message, const struct settings *settings)
{
	ipc_put_string(message, settings->api_url);
	ipc_put_string(message, settings->api_version);
	ipc_put_string(message, settings->proxy);
	ipc_put_string(message, settings->proxy_source);
	ipc_put_string(message, settings->no_proxy);
	ipc_put_u32(message, settings->max_retries);
	ipc_put_u32(message, settings->backoff_base_ms);
	ipc_put_u32(message, settings->max_backoff_ms);
	ipc_put_u32(message, settings->timeout_ms);
	ipc_put_u32(message, settings->idle_timeout_ms);
	ipc_put_u32(message, settings->in_flight);
	ipc_put_string(message, settings->client_id);
	ipc_put_string(message, settings->key_file);
	ipc_put_string(message, settings->audit_dir);
	ipc_put_string(message, settings->git.url);
	ipc_put_u32(message, settings->git.timeout_s);
	ipc_put_u32(message, settings->git.cpu_s);
	ipc_put_u32(message, settings->git.memory_mib);
	ipc_put_u32(message, settings->git.file_size_mib);
	ipc_put_u32(message, settings->git.receive_mib);
	ipc_put_u32(message, settings->git.processes);
	ipc_put_u32(message, settings->git.sweep_s);
	ipc_put_u32(message, settings->audit.segment_size);
	ipc_put_u32(message, settings->audit.segment_age_s);
	ipc_put_u32(message, settings->audit.retention_days);
	ipc_put_u8(message, settings->audit.hold);
	ipc_put_string(message, settings->audit.webhook);
}

void protocol_get_settings(struct ipc_incoming *in, struct settings *settings)
{
	memset(settings, 0, sizeof(*settings));
	ipc_get_text(in, settings->api_url, sizeof(settings->api_url));
	ipc_get_text(in, settings->api_version, sizeof(settings->api_version));
	ipc_get_text(in, settings->proxy, sizeof(settings->proxy));
	ipc_get_text(in, settings->proxy_source, sizeof(settings->proxy_source));
	ipc_get_text(in, settings->no_proxy, sizeof(settings->no_proxy));
	settings->max_retries = ipc_get_u32(in);
	settings->backoff_base_ms = ipc_get_u32(in);
	settings->max_backoff_ms = ipc_get_u32(in);
	settings->timeout_ms = ipc_get_u32(in);
	settings->idle_timeout_ms = ipc_get_u32(in);
	settings->in_flight = ipc_get_u32(in);
	ipc_get_text(in, settings->client_id, sizeof(settings->client_id));
	ipc_get_text(in, settings->key_file, sizeof(settings->key_file));
	ipc_get_text(in, settings->audit_dir, sizeof(settings->audit_dir));
	ipc_get_text(in, settings->git.url, sizeof(settings->git.url));
	settings->git.timeout_s = ipc_get_u32(in);
	settings->git.cpu_s = ipc_get_u32(in);
	settings->git.memory_mib = ipc_get_u32(in);
	settings->git.file_size_mib = ipc_get_u32(in);
	settings->git.receive_mib = ipc_get_u32(in);
	settings->git.processes = ipc_get_u32(in);
	settings->git.sweep_s = ipc_get_u32(in);
	settings->audit.segment_size = ipc_get_u32(in);
	settings->audit.segment_age_s = ipc_get_u32(in);
	settings->audit.retention_days = ipc_get_u32(in);
	settings->audit.hold = ipc_get_enum(in, 2) != 0;
	ipc_get_text(in, settings->audit.webhook, sizeof(settings->audit.webhook));
}

void protocol_put_failure(struct ipc_message *message, const struct failure *failure)
{
	ipc_put_u8(message, (uint8_t)failure->kind);
	ipc_put_u16(message, failure->status);
	ipc_put_string(message, failure->message);
	ipc_put_string(message, failure->hint);
	ipc_put_string(message, failure->request_id);
}

void protocol_get_failure(struct ipc_incoming *in, struct failure *failure)
{
	memset(failure, 0, sizeof(*failure));
	failure->kind = (enum failure_kind)ipc_get_enum(in, FAILURE_KINDS);
	failure->status = ipc_get_u16(in);
	ipc_get_text(in, failure->message, sizeof(failure->message));
	ipc_get_text(in, failure->hint, sizeof(failure->hint));
	ipc_get_text(in, failure->request_id, sizeof(failure->request_id));
}

void protocol_put_arguments(struct ipc_message *message,
			    const struct operation_arguments *arguments)
{
	unsigned count = 0;

	for (unsigned i = 0; i < PARAMETERS; i++)
		count += arguments->values[i] != NULL;
	ipc_put_u8(message, (uint8_t)count);
	for (unsigned i = 0; i < PARAMETERS; i++) {
		if (!arguments->values[i])
			continue;
		ipc_put_u8(message, (uint8_t)i);
		ipc_put_string(message, arguments->values[i]);
	}
}

void protocol_get_arguments(struct ipc_incoming *in, struct operation_arguments *arguments)
{
	unsigned count = ipc_get_u8(in);

	memset(arguments, 0, sizeof(*arguments));
	for (unsigned i = 0; i < count && !in->reader.poisoned; i++) {
		unsigned parameter = ipc_get_enum(in, PARAMETERS);
		/* A second value for one parameter would let two checks see two things. */
		if (arguments->values[parameter])
			in->reader.poisoned = true;
		arguments->values[parameter] = ipc_get_string(in);
	}
}

static void put_entry_request(struct ipc_message *message, const struct entry_request *entry)
{
	ipc_put_string(message, entry->name);
	ipc_put_string(message, entry->owner);
	ipc_put_string(message, entry->account);
	ipc_put_string(message, entry->scopes);
	ipc_put_u64(message, entry->expires);
	ipc_put_u8(message, (uint8_t)entry->form);
}

static void get_entry_request(struct ipc_incoming *in, struct entry_request *entry)
{
	entry->name = ipc_get_string(in);
	entry->owner = ipc_get_string(in);
	entry->account = ipc_get_string(in);
	entry->scopes = ipc_get_string(in);
	entry->expires = ipc_get_u64(in);
	entry->form = (enum secret_form)ipc_get_enum(in, SECRET_FORMS);
}

void protocol_put_review(struct ipc_message *message, const struct review_request *review)
{
	const struct review_filter *filter = &review->filter;

	ipc_put_u64(message, filter->since_us);
	ipc_put_u64(message, filter->until_us);
	ipc_put_string(message, filter->actor);
	ipc_put_string(message, filter->event);
	ipc_put_string(message, filter->outcome);
	ipc_put_string(message, filter->repository);
	ipc_put_string(message, filter->job);
	ipc_put_string(message, filter->text);
	ipc_put_u8(message, filter->severities);
	ipc_put_u8(message, (uint8_t)review->format);
	ipc_put_u8(message, review->follow);
	ipc_put_u8(message, review->newest);
	ipc_put_string(message, review->directory);
	ipc_put_string(message, review->name);
	ipc_put_string(message, review->text);
}

void protocol_get_review(struct ipc_incoming *in, struct review_request *review)
{
	struct review_filter *filter = &review->filter;

	filter->since_us = ipc_get_u64(in);
	filter->until_us = ipc_get_u64(in);
	filter->actor = ipc_get_string(in);
	filter->event = ipc_get_string(in);
	filter->outcome = ipc_get_string(in);
	filter->repository = ipc_get_string(in);
	filter->job = ipc_get_string(in);
	filter->text = ipc_get_string(in);
	filter->severities = (uint8_t)ipc_get_enum(in, 1u << AUDIT_SEVERITIES);
	review->format = (enum review_format)ipc_get_enum(in, REVIEW_FORMATS);
	review->follow = (uint8_t)ipc_get_enum(in, 2);
	review->newest = (uint8_t)ipc_get_enum(in, 2);
	review->directory = ipc_get_string(in);
	review->name = ipc_get_string(in);
	review->text = ipc_get_string(in);
}

void protocol_put_request(struct ipc_message *message, const struct job_request *request)
{
	ipc_put_u8(message, (uint8_t)request->kind);
	ipc_put_string(message, request->api_url);
	ipc_put_string(message, request->credential);
	put_entry_request(message, &request->entry);
	ipc_put_string(message, request->operation);
	protocol_put_arguments(message, &request->arguments);
	ipc_put_u32(message, request->limit);
	ipc_put_u8(message, request->wait);
	ipc_put_u8(message, (uint8_t)request->consent);
	ipc_put_u8(message, (uint8_t)request->grouping);
	ipc_put_u8(message, (uint8_t)request->format);
	ipc_put_u16(message, request->width);
	ipc_put_u8(message, request->colour);
	ipc_put_u8(message, request->field_count);
	for (unsigned i = 0; i < request->field_count; i++)
		ipc_put_u8(message, request->fields[i]);
	ipc_put_string(message, request->filter);
	protocol_put_review(message, &request->review);
	protocol_put_repos(message, &request->repos);
}

void protocol_get_request(struct ipc_incoming *in, struct job_request *request)
{
	memset(request, 0, sizeof(*request));
	request->kind = (enum job_kind)ipc_get_enum(in, JOB_KINDS);
	request->api_url = ipc_get_string(in);
	request->credential = ipc_get_string(in);
	get_entry_request(in, &request->entry);
	request->operation = ipc_get_string(in);
	protocol_get_arguments(in, &request->arguments);
	request->limit = ipc_get_u32(in);
	request->wait = (uint8_t)ipc_get_enum(in, 2);
	request->consent = (enum consent)ipc_get_enum(in, CONSENTS);
	request->grouping = (enum grouping)ipc_get_enum(in, GROUPINGS);
	request->format = (enum output_format)ipc_get_enum(in, OUTPUT_FORMATS);
	request->width = ipc_get_u16(in);
	request->colour = (uint8_t)ipc_get_enum(in, 2);
	request->field_count = (uint8_t)ipc_get_enum(in, JOB_FIELDS_MAX + 1);
	for (unsigned i = 0; i < request->field_count; i++)
		request->fields[i] = ipc_get_u8(in);
	request->filter = ipc_get_string(in);
	if (strlen(request->filter) > JOB_FILTER_MAX)
		in->reader.poisoned = true;
	protocol_get_review(in, &request->review);
	protocol_get_repos(in, &request->repos);
}

void protocol_put_response(struct ipc_message *message, const struct response *response)
{
	ipc_put_u16(message, response->status);
	ipc_put_u8(message, response->attempts);
	ipc_put_u8(message, response->gzip);
	ipc_put_u64(message, response->body_size);
	ipc_put_u64(message, response->limit);
	ipc_put_u64(message, response->remaining);
	ipc_put_u64(message, response->used);
	ipc_put_u64(message, response->reset);
	ipc_put_u64(message, response->retry_after);
	ipc_put_u64(message, response->date);
	ipc_put_string(message, response->request_id);
	ipc_put_string(message, response->link);
	ipc_put_string(message, response->content_type);
	ipc_put_string(message, response->resource);
	ipc_put_string(message, response->location);
	ipc_put_string(message, response->scopes);
	ipc_put_string(message, response->accepted_scopes);
	ipc_put_string(message, response->accepted_permissions);
	ipc_put_string(message, response->token_expiration);
}

void protocol_get_response(struct ipc_incoming *in, struct response *response)
{
	memset(response, 0, sizeof(*response));
	response->status = ipc_get_u16(in);
	response->attempts = ipc_get_u8(in);
	response->gzip = (uint8_t)ipc_get_enum(in, 2);
	response->body_size = ipc_get_u64(in);
	response->limit = ipc_get_u64(in);
	response->remaining = ipc_get_u64(in);
	response->used = ipc_get_u64(in);
	response->reset = ipc_get_u64(in);
	response->retry_after = ipc_get_u64(in);
	response->date = ipc_get_u64(in);
	response->request_id = ipc_get_string(in);
	response->link = ipc_get_string(in);
	response->content_type = ipc_get_string(in);
	response->resource = ipc_get_string(in);
	response->location = ipc_get_string(in);
	response->scopes = ipc_get_string(in);
	response->accepted_scopes = ipc_get_string(in);
	response->accepted_permissions = ipc_get_string(in);
	response->token_expiration = ipc_get_string(in);
}

void protocol_put_minted(struct ipc_message *message, const struct minted *minted)
{
	ipc_put_u8(message, (uint8_t)minted->kind);
	ipc_put_string(message, minted->secret);
	ipc_put_string(message, minted->refresh);
	ipc_put_string(message, minted->error);
	ipc_put_string(message, minted->message);
	ipc_put_string(message, minted->name);
	ipc_put_string(message, minted->url);
	ipc_put_string(message, minted->permissions);
	ipc_put_u64(message, minted->number);
	ipc_put_u64(message, minted->expires);
	ipc_put_u64(message, minted->refresh_expires);
	ipc_put_u32(message, minted->interval);
	ipc_put_u8(message, minted->suspended);
}

void protocol_get_minted(struct ipc_incoming *in, struct minted *minted)
{
	memset(minted, 0, sizeof(*minted));
	minted->kind = (enum mint_kind)ipc_get_enum(in, MINT_KINDS);
	minted->secret = ipc_get_string(in);
	minted->refresh = ipc_get_string(in);
	minted->error = ipc_get_string(in);
	minted->message = ipc_get_string(in);
	minted->name = ipc_get_string(in);
	minted->url = ipc_get_string(in);
	minted->permissions = ipc_get_string(in);
	minted->number = ipc_get_u64(in);
	minted->expires = ipc_get_u64(in);
	minted->refresh_expires = ipc_get_u64(in);
	minted->interval = ipc_get_u32(in);
	minted->suspended = (uint8_t)ipc_get_enum(in, 2);
}

void protocol_put_facts(struct ipc_message *message, const struct credential_facts *facts)
{
	ipc_put_string(message, facts->name);
	ipc_put_string(message, facts->source);
	ipc_put_string(message, facts->reason);
	ipc_put_string(message, facts->kind);
	ipc_put_string(message, facts->owner);
	ipc_put_string(message, facts->account);
	ipc_put_string(message, facts->permissions);
	ipc_put_u64(message, facts->expires);
}

void protocol_get_facts(struct ipc_incoming *in, struct credential_facts *facts)
{
	memset(facts, 0, sizeof(*facts));
	facts->name = ipc_get_string(in);
	facts->source = ipc_get_string(in);
	facts->reason = ipc_get_string(in);
	facts->kind = ipc_get_string(in);
	facts->owner = ipc_get_string(in);
	facts->account = ipc_get_string(in);
	facts->permissions = ipc_get_string(in);
	facts->expires = ipc_get_u64(in);
}

void protocol_put_entry(struct ipc_message *message, const struct vault_entry *entry)
{
	ipc_put_string(message, entry->name);
	ipc_put_string(message, entry->kind);
	ipc_put_string(message, entry->origin);
	ipc_put_string(message, entry->owner);
	ipc_put_string(message, entry->account);
	ipc_put_string(message, entry->scopes);
	ipc_put_string(message, entry->fingerprint);
	ipc_put_u64(message, entry->created);
	ipc_put_u64(message, entry->expires);
	ipc_put_u64(message, entry->refresh_expires);
	ipc_put_u64(message, entry->last_used);
}

void protocol_get_entry(struct ipc_incoming *in, struct vault_entry *entry)
{
	memset(entry, 0, sizeof(*entry));
	entry->name = ipc_get_string(in);
	entry->kind = ipc_get_string(in);
	entry->origin = ipc_get_string(in);
	entry->owner = ipc_get_string(in);
	entry->account = ipc_get_string(in);
	entry->scopes = ipc_get_string(in);
	entry->fingerprint = ipc_get_string(in);
	entry->created = ipc_get_u64(in);
	entry->expires = ipc_get_u64(in);
	entry->refresh_expires = ipc_get_u64(in);
	entry->last_used = ipc_get_u64(in);
}

void protocol_put_vault(struct ipc_message *message, const struct vault_facts *facts)
{
	ipc_put_u64(message, facts->generation);
	ipc_put_u64(message, facts->entries);
	ipc_put_u32(message, facts->term);
	ipc_put_string(message, facts->id);
	ipc_put_string(message, facts->sources);
}

void protocol_get_vault(struct ipc_incoming *in, struct vault_facts *facts)
{
	memset(facts, 0, sizeof(*facts));
	facts->generation = ipc_get_u64(in);
	facts->entries = ipc_get_u64(in);
	facts->term = ipc_get_u32(in);
	facts->id = ipc_get_string(in);
	facts->sources = ipc_get_string(in);
}

void protocol_put_event(struct ipc_message *message, const struct audit_event *event)
{
	ipc_put_string(message, event->actor);
	ipc_put_string(message, event->job);
	ipc_put_string(message, event->event);
	ipc_put_u8(message, (uint8_t)event->phase);
	ipc_put_string(message, event->target);
	ipc_put_string(message, event->decision);
	ipc_put_string(message, event->rule);
	ipc_put_string(message, event->outcome);
	ipc_put_string(message, event->request_id);
	ipc_put_u8(message, (uint8_t)event->severity);
	ipc_put_u32(message, event->closes);
	ipc_put_u8(message, (uint8_t)event->detail_count);
	for (unsigned i = 0; i < event->detail_count; i++) {
		ipc_put_string(message, event->details[i].key);
		ipc_put_string(message, event->details[i].value);
	}
}

void protocol_get_event(struct ipc_incoming *in, struct audit_event *event)
{
	memset(event, 0, sizeof(*event));
	event->actor = ipc_get_string(in);
	event->job = ipc_get_string(in);
	event->event = ipc_get_string(in);
	event->phase = (enum audit_phase)ipc_get_enum(in, AUDIT_PHASES);
	event->target = ipc_get_string(in);
	event->decision = ipc_get_string(in);
	event->rule = ipc_get_string(in);
	event->outcome = ipc_get_string(in);
	event->request_id = ipc_get_string(in);
	event->severity = (enum audit_severity)ipc_get_enum(in, AUDIT_SEVERITIES);
	event->closes = ipc_get_u32(in);
	event->detail_count = ipc_get_enum(in, AUDIT_DETAILS_MAX + 1);
	for (unsigned i = 0; i < event->detail_count; i++) {
		event->details[i].key = ipc_get_string(in);
		event->details[i].value = ipc_get_string(in);
	}
}
