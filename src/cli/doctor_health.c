/* What the doctor says about secrets at rest and in memory. */
#include "cli/doctor_health.h"

#include "cli/vault_result.h"
#include "lib/sanitize/sanitize.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define DAY_S (UINT64_C(24) * 60 * 60)

/* A token that nobody has used for so long is likely not needed, and one of that age has been in
 * many backups. */
#define UNUSED_DAYS 90u
#define OLD_DAYS 365u

static const char *const state_names[VAULT_STATES] = {
	[VAULT_STATE_ABSENT] = "absent",
	[VAULT_STATE_LOCKED] = "locked",
	[VAULT_STATE_OPEN] = "open",
	[VAULT_STATE_FAULTY] = "faulty",
};

__attribute__((format(printf, 4, 5))) static void
add(struct doctor_health *health, const char *subject, const char *advice, const char *format, ...)
{
	va_list arguments;

	if (health->finding_count == HEALTH_FINDINGS_MAX) {
		health->left_out++;
		return;
	}
	struct health_finding *finding = &health->findings[health->finding_count++];
	finding->subject = subject;
	snprintf(finding->advice, sizeof(finding->advice), "%s", advice);
	va_start(arguments, format);
	vsnprintf(finding->value, sizeof(finding->value), format, arguments);
	va_end(arguments);
}

/* --- files --- */

void health_add_file(struct doctor_health *health, const char *subject, const char *path,
		     const struct stat *status, enum health_rule rule, uid_t user)
{
	bool roots = status->st_uid == 0 && user != 0;
	mode_t refused = rule == HEALTH_SETTINGS && roots ? S_IWGRP | S_IWOTH : S_IRWXG | S_IRWXO;
	const char *advice = "";

	if (S_ISLNK(status->st_mode))
		advice = "it is a symbolic link: whoever made it decides what is read";
	else if (status->st_uid != user && !roots)
		advice = "it belongs to another user, who can change it";
	else if (status->st_mode & refused)
		advice = "others can read or change it: chmod go= on it";
	add(health, subject, advice, "%s, mode %04o", path, (unsigned)(status->st_mode & 07777));
}

/* --- keys --- */

void health_add_key_in_environment(struct doctor_health *health)
{
	add(health, "key",
	    "what starts ghward has the key in its environment, and so have its other children; "
	    "use a key file",
	    "TOKEN_ENCRYPTION_KEY");
}

static int take_health(struct doctor_health *health, struct ipc_incoming *in)
{
	health->vault = (enum vault_state)ipc_get_enum(in, VAULT_STATES);
	snprintf(health->memory, sizeof(health->memory), "%s", ipc_get_string(in));
	snprintf(health->key_source, sizeof(health->key_source), "%s", ipc_get_string(in));
	if (ipc_end(in) < 0 || health->told)
		return -1;
	health->told = true;
	if (strcmp(health->memory, "memfd_secret") != 0)
		add(health, "memory",
		    "this kernel has no memfd_secret(2), or it is turned off: root can read keys",
		    "%s", health->memory);
	if (health->vault == VAULT_STATE_FAULTY)
		add(health, "vault", "\"ghward vault verify\" says what is wrong with it",
		    "faulty");
	if (strcmp(health->key_source, "passphrase") == 0)
		add(health, "key",
		    "whoever gets the vault can try passphrases; a key file cannot be guessed",
		    "passphrase");
	return 0;
}

/* --- credentials --- */

static uint64_t days(uint64_t from, uint64_t to)
{
	return from && to > from ? (to - from) / DAY_S : 0;
}

static void add_entry(struct doctor_health *health, const struct vault_entry *entry, uint64_t now_s)
{
	uint64_t unused = days(entry->last_used ? entry->last_used : entry->created, now_s);
	enum entry_state state = vault_entry_state(entry, now_s);
	uint64_t age = days(entry->created, now_s);

	if (state == ENTRY_EXPIRED)
		add(health, "credential", "remove it, or store a new one", "%s, expired",
		    entry->name);
	else if (state == ENTRY_EXPIRING)
		add(health, "credential", "store a new one in time",
		    "%s, expires in %" PRIu64 " days", entry->name, days(now_s, entry->expires));
	if (unused > UNUSED_DAYS)
		add(health, "credential", "revoke it if nobody needs it",
		    "%s, unused for %" PRIu64 " days", entry->name, unused);
	else if (age > OLD_DAYS)
		add(health, "credential", "store a new one and revoke this one",
		    "%s, %" PRIu64 " days old", entry->name, age);
}

int health_take(struct doctor_health *health, struct ipc_incoming *in, uint64_t now_s)
{
	struct vault_entry entry;
	struct vault_facts facts;

	switch (in->type) {
	case MESSAGE_HEALTH:
		return take_health(health, in);
	case MESSAGE_VAULT:
		protocol_get_vault(in, &facts);
		health->counted = true;
		health->entries = facts.entries;
		return ipc_end(in);
	default:
		protocol_get_entry(in, &entry);
		if (ipc_end(in) < 0)
			return -1;
		add_entry(health, &entry, now_s);
		return 0;
	}
}

/* --- printing --- */

static void put_text(struct json_writer *writer, const char *key, const char *text)
{
	json_key(writer, key);
	if (*text)
		json_string(writer, text);
	else
		json_null(writer);
}

void health_put_json(const struct doctor_health *health, struct json_writer *writer)
{
	json_object_begin(writer);
	put_text(writer, "vault", health->told ? state_names[health->vault] : "");
	put_text(writer, "memory", health->memory);
	put_text(writer, "key_source", health->key_source);
	json_key(writer, "entries");
	if (health->counted)
		json_u64(writer, health->entries);
	else
		json_null(writer);
	json_key(writer, "findings");
	json_array_begin(writer);
	for (unsigned i = 0; i < health->finding_count; i++) {
		const struct health_finding *finding = &health->findings[i];
		json_object_begin(writer);
		put_text(writer, "subject", finding->subject);
		put_text(writer, "value", finding->value);
		json_key(writer, "ok");
		json_bool(writer, !*finding->advice);
		put_text(writer, "advice", finding->advice);
		json_object_end(writer);
	}
	json_array_end(writer);
	json_key(writer, "left_out");
	json_u64(writer, health->left_out);
	json_object_end(writer);
}

void health_print(const struct doctor_health *health)
{
	char clean[sizeof(health->findings[0].value) * 4 + 1];

	printf("\nHealth\n");
	if (health->told)
		printf("   vault: %s%s%s; keys in memory: %s\n", state_names[health->vault],
		       *health->key_source ? ", by " : "", health->key_source, health->memory);
	for (unsigned i = 0; i < health->finding_count; i++) {
		const struct health_finding *finding = &health->findings[i];
		sanitize_field(clean, sizeof(clean), finding->value, strlen(finding->value));
		printf("%s %s: %s%s%s\n", *finding->advice ? "!!" : "ok", finding->subject, clean,
		       *finding->advice ? "; " : "", finding->advice);
	}
	if (health->left_out)
		printf("   and %u more\n", health->left_out);
}
