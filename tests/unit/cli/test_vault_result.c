/* What the broker says about the vault: collected whole, and printed so that no text of it acts on
 * a terminal. */
#include "cli/vault_result.h"
#include "lib/github/fields.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define DAY_S (UINT64_C(24) * 60 * 60)
/* 2026-11-21T10:00:00Z */
#define NOW_S UINT64_C(1795255200)

static const struct vault_entry entry = {
	.name = "work",
	.kind = "classic",
	.origin = "https://ghe.example.com/api/v3",
	.owner = "acme",
	.account = "",
	.scopes = "repo,security_events",
	.fingerprint = "0123456789abcdef",
	.created = NOW_S - DAY_S,
	.expires = NOW_S + DAY_S,
	.last_used = NOW_S,
};

static const struct vault_facts facts = {
	.generation = 7, .entries = 3, .term = 2, .id = "abc", .sources = "key file, passphrase"};

static struct vault_result result;

static int take(struct ipc_message *message)
{
	struct ipc_incoming in = {0};

	assert_int_equal(ipc_seal(message), 0);
	assert_int_equal(ipc_parse(&in, message->bytes, message->used), 0);
	int status = vault_result_take(&result, &in);
	ipc_free(message);
	return status;
}

static int take_entry(const struct vault_entry *put)
{
	struct ipc_message *message = ipc_new(MESSAGE_ENTRY, 0);

	protocol_put_entry(message, put);
	return take(message);
}

static int take_facts(void)
{
	struct ipc_message *message = ipc_new(MESSAGE_VAULT, 0);

	protocol_put_vault(message, &facts);
	return take(message);
}

static int take_address(void)
{
	struct ipc_message *message = ipc_new(MESSAGE_LOGIN_CODE, 0);
	char url[3073];

	memset(url, 'a', sizeof(url));
	url[sizeof(url) - 1] = 0;
	ipc_put_string(message, "");
	ipc_put_string(message, url);
	ipc_put_u32(message, 600);
	return take(message);
}

static int take_code(void)
{
	struct ipc_message *message = ipc_new(MESSAGE_LOGIN_CODE, 0);

	ipc_put_string(message, "ABCD-\x1b[2J\"");
	ipc_put_string(message, "https://github.com/login/device");
	ipc_put_u32(message, 900);
	return take(message);
}

static int set_up(void **state)
{
	(void)state;
	memset(&result, 0, sizeof(result));
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	vault_result_free(&result);
	return 0;
}

/* What `print` writes to a descriptor. */
static const char *written(int fd, void (*print)(void))
{
	static char text[8192];
	FILE *file = tmpfile();
	int saved = dup(fd);

	assert_non_null(file);
	fflush(NULL);
	assert_true(dup2(fileno(file), fd) == fd);
	print();
	fflush(NULL);
	assert_true(dup2(saved, fd) == fd);
	close(saved);
	rewind(file);
	text[fread(text, 1, sizeof(text) - 1, file)] = 0;
	fclose(file);
	return text;
}

/* --- collecting --- */

static void test_entries_are_kept(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 100; i++)
		assert_int_equal(take_entry(&entry), 0);
	assert_int_equal(result.count, 100);
	for (unsigned i = 0; i < 100; i++) {
		const struct vault_entry *kept = &result.entries[i];
		assert_string_equal(kept->name, entry.name);
		assert_string_equal(kept->kind, entry.kind);
		assert_string_equal(kept->origin, entry.origin);
		assert_string_equal(kept->owner, entry.owner);
		assert_string_equal(kept->account, entry.account);
		assert_string_equal(kept->scopes, entry.scopes);
		assert_string_equal(kept->fingerprint, entry.fingerprint);
		assert_int_equal(kept->expires, entry.expires);
	}
}

static void test_facts_come_once(void **state)
{
	(void)state;
	assert_false(result.told);
	assert_int_equal(take_facts(), 0);
	assert_true(result.told);
	assert_string_equal(result.facts.id, "abc");
	assert_string_equal(result.facts.sources, "key file, passphrase");
	assert_int_equal(take_facts(), -1);
}

static void test_malformed_words(void **state)
{
	static const uint16_t types[] = {MESSAGE_ENTRY, MESSAGE_VAULT, MESSAGE_LOGIN_CODE,
					 MESSAGE_NOTE};

	(void)state;
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		assert_int_equal(take(ipc_new(types[i], 0)), -1);
	assert_int_equal(result.count, 0);
	assert_false(result.told);
}

static void say_code(void)
{
	assert_int_equal(take_code(), 0);
}

static void say_address(void)
{
	assert_int_equal(take_address(), 0);
}

/* A whole one, however long. */
static void test_an_address_to_log_in_at(void **state)
{
	(void)state;
	const char *text = written(STDERR_FILENO, say_address);
	assert_int_equal(strspn(text + strlen("Open "), "a"), 3072);
	assert_non_null(strstr(text, "paste"));
	assert_non_null(strstr(text, "10 minutes"));
	assert_null(strstr(text, "enter the code"));
}

static void test_a_code_is_shown_at_once(void **state)
{
	(void)state;
	const char *text = written(STDERR_FILENO, say_code);
	assert_non_null(strstr(text, "https://github.com/login/device"));
	assert_non_null(strstr(text, "ABCD-\\x1b[2J\""));
	assert_non_null(strstr(text, "15 minutes"));
	assert_null(strchr(text, '\x1b'));
	result.errors = ERRORS_JSON;
	assert_string_equal(written(STDOUT_FILENO, say_code),
			    "{\"login\":{\"code\":\"ABCD-\\u001b[2J\\\"\",\"url\":\"https://"
			    "github.com/login/device\",\"seconds\":900}}\n");
}

/* --- states --- */

static void test_states(void **state)
{
	static const struct {
		uint64_t expires;
		const char *name;
	} cases[] = {
		{0, "usable"},
		{1, "expired"},
		{NOW_S, "expired"},
		{NOW_S + 1, "expiring"},
		{NOW_S + 14 * DAY_S, "expiring"},
		{NOW_S + 14 * DAY_S + 1, "usable"},
		{UINT64_MAX, "usable"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct vault_entry one = {.expires = cases[i].expires};
		assert_string_equal(vault_entry_state_name(vault_entry_state(&one, NOW_S)),
				    cases[i].name);
	}
}

/* --- printing --- */

static struct job_request request;

static void print_json(void)
{
	vault_print_list_json(&result, &request, NOW_S, false);
}

static void print_lines(void)
{
	vault_print_list(&result, NOW_S, false);
}

static void print_table(void)
{
	vault_print_list(&result, NOW_S, true);
}

static void print_facts(void)
{
	vault_print_facts_json(&result.facts, false);
}

static void print_entry(void)
{
	vault_print_entry_json(&result.entries[0], NOW_S, false);
}

#define WHOLE                                                                                      \
	"{\"name\":\"work\",\"kind\":\"classic\",\"host\":\"ghe.example.com\",\"origin\":"         \
	"\"https://ghe.example.com/api/v3\",\"owner\":\"acme\",\"account\":null,\"scopes\":["      \
	"\"repo\",\"security_events\"],\"created\":\"2026-11-20T10:00:00Z\",\"expires\":"          \
	"\"2026-11-22T10:00:00Z\",\"last_used\":\"2026-11-21T10:00:00Z\",\"fingerprint\":"         \
	"\"0123456789abcdef\",\"state\":\"expiring\"}"

static void test_every_field_as_json(void **state)
{
	(void)state;
	memset(&request, 0, sizeof(request));
	assert_string_equal(written(STDOUT_FILENO, print_json), "[]\n");
	assert_int_equal(take_entry(&entry), 0);
	assert_string_equal(written(STDOUT_FILENO, print_json), "[" WHOLE "]\n");
	assert_string_equal(written(STDOUT_FILENO, print_entry), WHOLE "\n");
}

static void test_what_is_unknown_is_null(void **state)
{
	const struct vault_entry bare = {.name = "n",
					 .kind = "k",
					 .origin = "",
					 .owner = "",
					 .account = "",
					 .scopes = "",
					 .fingerprint = "f",
					 .expires = UINT64_MAX};

	(void)state;
	memset(&request, 0, sizeof(request));
	assert_int_equal(take_entry(&bare), 0);
	assert_string_equal(written(STDOUT_FILENO, print_json),
			    "[{\"name\":\"n\",\"kind\":\"k\",\"host\":null,\"origin\":null,"
			    "\"owner\":null,\"account\":null,\"scopes\":[],\"created\":null,"
			    "\"expires\":null,\"last_used\":null,\"fingerprint\":\"f\","
			    "\"state\":\"usable\"}]\n");
}

static void test_chosen_fields(void **state)
{
	(void)state;
	request = (struct job_request){.field_count = 2,
				       .fields = {ENTRY_FIELD_STATE, ENTRY_FIELD_NAME}};
	assert_int_equal(take_entry(&entry), 0);
	assert_int_equal(take_entry(&entry), 0);
	assert_string_equal(written(STDOUT_FILENO, print_json),
			    "[{\"name\":\"work\",\"state\":\"expiring\"},"
			    "{\"name\":\"work\",\"state\":\"expiring\"}]\n");
}

/* More than any buffer of ours holds. */
static void test_a_long_list(void **state)
{
	(void)state;
	memset(&request, 0, sizeof(request));
	for (unsigned i = 0; i < 5000; i++)
		assert_int_equal(take_entry(&entry), 0);
	assert_memory_equal(written(STDOUT_FILENO, print_json), "[" WHOLE "," WHOLE ",", 600);
}

static void test_lines_for_a_pipe(void **state)
{
	(void)state;
	assert_int_equal(take_entry(&entry), 0);
	assert_string_equal(
		written(STDOUT_FILENO, print_lines),
		"work\tclassic\tghe.example.com\tacme\trepo,security_events\t2026-11-20T10:00:00Z"
		"\t2026-11-22T10:00:00Z\t2026-11-21T10:00:00Z\t0123456789abcdef\texpiring\n");
}

static void test_a_table_for_people(void **state)
{
	struct vault_entry hostile = entry;

	(void)state;
	hostile.owner = "a\tb\x1b]0;x\n";
	assert_int_equal(take_entry(&hostile), 0);
	const char *text = written(STDOUT_FILENO, print_table);
	assert_non_null(strstr(text, "NAME  KIND"));
	assert_non_null(strstr(text, "  2026-11-22  "));
	assert_null(strstr(text, "T10:00"));
	assert_null(strchr(text, '\x1b'));
	assert_null(strchr(text, '\t'));
}

static void test_facts_as_json(void **state)
{
	(void)state;
	assert_int_equal(take_facts(), 0);
	assert_string_equal(written(STDOUT_FILENO, print_facts),
			    "{\"id\":\"abc\",\"generation\":7,\"term\":2,\"entries\":3,"
			    "\"sources\":[\"key file\",\"passphrase\"]}\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_entries_are_kept, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_facts_come_once, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_malformed_words, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_an_address_to_log_in_at, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_a_code_is_shown_at_once, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_states, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_every_field_as_json, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_what_is_unknown_is_null, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_chosen_fields, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_a_long_list, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_lines_for_a_pipe, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_a_table_for_people, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_facts_as_json, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
