/* What the broker says about the vault. */
#include "cli/vault_result.h"

#include "lib/base/memory.h"
#include "lib/sanitize/sanitize.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* More than a vault can hold. */
#define ENTRIES_MAX 65536u

/* One block of memory for several texts, which then are there; the first one is the block. */
static void keep_texts(const char **const *texts, size_t count)
{
	size_t size = 0;

	for (size_t i = 0; i < count; i++)
		size += strlen(*texts[i]) + 1;
	char *at = memory_new(size);
	for (size_t i = 0; i < count; i++) {
		size_t length = strlen(*texts[i]) + 1;
		*texts[i] = memcpy(at, *texts[i], length);
		at += length;
	}
}

static void drop_texts(const char *first)
{
	free((char *)(uintptr_t)first);
}

static void keep_entry(struct vault_result *result, const struct vault_entry *entry)
{
	if (result->count == result->capacity) {
		size_t capacity = result->capacity ? 2 * result->capacity : 16;
		struct vault_entry *entries = memory_new(capacity * sizeof(*entries));
		if (result->count)
			memcpy(entries, result->entries, result->count * sizeof(*entries));
		free(result->entries);
		result->entries = entries;
		result->capacity = capacity;
	}
	struct vault_entry *kept = &result->entries[result->count++];
	*kept = *entry;
	keep_texts((const char **const[]){&kept->name, &kept->kind, &kept->origin, &kept->owner,
					  &kept->account, &kept->scopes, &kept->fingerprint},
		   7);
}

static void keep_facts(struct vault_result *result, const struct vault_facts *facts)
{
	result->told = true;
	result->facts = *facts;
	keep_texts((const char **const[]){&result->facts.id, &result->facts.sources}, 2);
}

static void show_code_json(const char *code, const char *url, uint32_t seconds)
{
	char line[8192];
	struct json_writer writer;
	size_t length;

	json_writer_init(&writer, line, sizeof(line));
	json_object_begin(&writer);
	json_key(&writer, "login");
	json_object_begin(&writer);
	json_key(&writer, "code");
	json_string(&writer, code);
	json_key(&writer, "url");
	json_string(&writer, url);
	json_key(&writer, "seconds");
	json_u64(&writer, seconds);
	json_object_end(&writer);
	json_object_end(&writer);
	if (json_finish(&writer, &length) == 0)
		printf("%.*s\n", (int)length, line);
	/* Whoever reads it has to act before there is more. */
	fflush(stdout);
}

/* On standard error: standard output has the result and nothing else. */
static void show_code(const char *code, const char *url, uint32_t seconds)
{
	char clean_code[128], clean_url[4096];

	sanitize_field(clean_code, sizeof(clean_code), code, strlen(code));
	sanitize_field(clean_url, sizeof(clean_url), url, strlen(url));
	if (!*code)
		fprintf(stderr,
			"Open %s\nand log in. GitHub then leads the browser to a page that need "
			"not load: paste its address\nhere, where it does not show, within "
			"%u minutes.\n",
			clean_url, (unsigned)seconds / 60);
	else
		fprintf(stderr,
			"Open %s\nand enter the code %s\nIt is good for %u minutes. Waiting for "
			"GitHub ...\n",
			clean_url, clean_code, (unsigned)seconds / 60);
}

static int take_code(const struct vault_result *result, struct ipc_incoming *in)
{
	const char *code = ipc_get_string(in), *url = ipc_get_string(in);
	uint32_t seconds = ipc_get_u32(in);

	if (ipc_end(in) < 0)
		return -1;
	if (result->errors == ERRORS_JSON)
		show_code_json(code, url, seconds);
	else
		show_code(code, url, seconds);
	return 0;
}

int vault_result_take(void *context, struct ipc_incoming *in)
{
	struct vault_result *result = context;
	struct vault_entry entry;
	struct vault_facts facts;

	switch (in->type) {
	case MESSAGE_ENTRY:
		protocol_get_entry(in, &entry);
		if (ipc_end(in) < 0 || result->count == ENTRIES_MAX)
			return -1;
		keep_entry(result, &entry);
		return 0;
	case MESSAGE_VAULT:
		protocol_get_vault(in, &facts);
		if (ipc_end(in) < 0 || result->told)
			return -1;
		keep_facts(result, &facts);
		return 0;
	case MESSAGE_LOGIN_CODE:
		return take_code(result, in);
	default:
		return -1;
	}
}

void vault_result_free(struct vault_result *result)
{
	for (size_t i = 0; i < result->count; i++)
		drop_texts(result->entries[i].name);
	free(result->entries);
	if (result->told)
		drop_texts(result->facts.id);
	*result = (struct vault_result){.errors = result->errors};
}

/* --- what an entry is --- */

enum entry_state vault_entry_state(const struct vault_entry *entry, uint64_t now_s)
{
	if (!entry->expires)
		return ENTRY_USABLE;
	if (entry->expires <= now_s)
		return ENTRY_EXPIRED;
	return entry->expires - now_s <= ENTRY_EXPIRING_S ? ENTRY_EXPIRING : ENTRY_USABLE;
}

const char *vault_entry_state_name(enum entry_state state)
{
	static const char *const names[] = {
		[ENTRY_USABLE] = "usable",
		[ENTRY_EXPIRING] = "expiring",
		[ENTRY_EXPIRED] = "expired",
	};

	return names[state];
}
