/* The doctor's findings about secrets: each of them warns when it should, and only then. */
#include "cli/doctor_health.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define DAY_S (UINT64_C(24) * 60 * 60)
#define NOW_S UINT64_C(1795255200)
#define USER 1000u

static struct doctor_health health;

static int set_up(void **state)
{
	(void)state;
	memset(&health, 0, sizeof(health));
	return 0;
}

static int take(struct ipc_message *message)
{
	struct ipc_incoming in = {0};

	assert_int_equal(ipc_seal(message), 0);
	assert_int_equal(ipc_parse(&in, message->bytes, message->used), 0);
	int status = health_take(&health, &in, NOW_S);
	ipc_free(message);
	return status;
}

static int take_health(enum vault_state vault, const char *memory, const char *source)
{
	struct ipc_message *message = ipc_new(MESSAGE_HEALTH, 0);

	ipc_put_u8(message, (uint8_t)vault);
	ipc_put_string(message, memory);
	ipc_put_string(message, source);
	return take(message);
}

static void take_entry(uint64_t created, uint64_t expires, uint64_t last_used)
{
	const struct vault_entry entry = {.name = "work",
					  .kind = "",
					  .origin = "",
					  .owner = "",
					  .account = "",
					  .scopes = "",
					  .fingerprint = "",
					  .created = created,
					  .expires = expires,
					  .last_used = last_used};
	struct ipc_message *message = ipc_new(MESSAGE_ENTRY, 0);

	protocol_put_entry(message, &entry);
	assert_int_equal(take(message), 0);
}

static const char *file_advice(mode_t mode, uid_t owner, enum health_rule rule)
{
	const struct stat status = {.st_mode = mode, .st_uid = owner};

	health.finding_count = 0;
	health_add_file(&health, "file", "/f", &status, rule, USER);
	assert_int_equal(health.finding_count, 1);
	return health.findings[0].advice;
}

static void test_files(void **state)
{
	static const struct {
		mode_t mode;
		uid_t owner;
		bool private_ok, settings_ok;
	} cases[] = {
		{S_IFREG | 0600, USER, true, true},
		{S_IFREG | 0400, USER, true, true},
		{S_IFDIR | 0700, USER, true, true},
		{S_IFREG | 0640, USER, false, false},
		{S_IFREG | 0604, USER, false, false},
		{S_IFREG | 0620, USER, false, false},
		{S_IFDIR | 0711, USER, false, false},
		{S_IFREG | 0600, 0, true, true},
		/* /etc/ghward/config.json */
		{S_IFREG | 0644, 0, false, true},
		{S_IFREG | 0664, 0, false, false},
		{S_IFREG | 0600, USER + 1, false, false},
		{S_IFLNK | 0777, USER, false, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *advice = file_advice(cases[i].mode, cases[i].owner, HEALTH_PRIVATE);
		if (!*advice != cases[i].private_ok)
			fail_msg("case %zu, private: \"%s\"", i, advice);
		advice = file_advice(cases[i].mode, cases[i].owner, HEALTH_SETTINGS);
		if (!*advice != cases[i].settings_ok)
			fail_msg("case %zu, settings: \"%s\"", i, advice);
	}
	assert_string_equal(health.findings[0].value, "/f, mode 0777");
}

static void assert_found(unsigned count, const char *value)
{
	if (health.finding_count != count)
		fail_msg("%u findings, the first \"%s\"", health.finding_count,
			 health.findings[0].value);
	if (count == 0)
		return;
	assert_string_equal(health.findings[count - 1].value, value);
	assert_true(*health.findings[count - 1].advice);
	health.finding_count = 0;
}

static void test_memory_and_keys(void **state)
{
	(void)state;
	assert_int_equal(take_health(VAULT_STATE_OPEN, "memfd_secret", "key file"), 0);
	assert_found(0, "");
	assert_true(health.told);
	/* Said once. */
	assert_int_equal(take_health(VAULT_STATE_OPEN, "memfd_secret", "key file"), -1);
	health.told = false;
	assert_int_equal(take_health(VAULT_STATE_ABSENT, "locked", ""), 0);
	assert_found(1, "locked");
	health.told = false;
	assert_int_equal(take_health(VAULT_STATE_OPEN, "memfd_secret", "passphrase"), 0);
	assert_found(1, "passphrase");
	health.told = false;
	assert_int_equal(take_health(VAULT_STATE_FAULTY, "memfd_secret", ""), 0);
	assert_found(1, "faulty");
	health.told = false;
	assert_int_equal(take_health(VAULT_STATES, "memfd_secret", ""), -1);
	health_add_key_in_environment(&health);
	assert_found(1, "TOKEN_ENCRYPTION_KEY");
}

static void test_credentials(void **state)
{
	(void)state;
	take_entry(NOW_S - DAY_S, 0, 0);
	take_entry(NOW_S - 90 * DAY_S, NOW_S + 15 * DAY_S, 0);
	take_entry(NOW_S - 365 * DAY_S, 0, NOW_S - 90 * DAY_S);
	/* Of which nothing is known, and a clock that was wrong. */
	take_entry(0, 0, 0);
	take_entry(NOW_S + DAY_S, 0, NOW_S + DAY_S);
	assert_found(0, "");
	take_entry(NOW_S, NOW_S - 1, 0);
	assert_found(1, "work, expired");
	take_entry(NOW_S, NOW_S + 14 * DAY_S, 0);
	assert_found(1, "work, expires in 14 days");
	take_entry(NOW_S - 91 * DAY_S, 0, 0);
	assert_found(1, "work, unused for 91 days");
	take_entry(NOW_S - 500 * DAY_S, 0, NOW_S - 100 * DAY_S);
	assert_found(1, "work, unused for 100 days");
	take_entry(NOW_S - 366 * DAY_S, 0, NOW_S);
	assert_found(1, "work, 366 days old");
	take_entry(NOW_S - 366 * DAY_S, 1, NOW_S);
	assert_found(2, "work, 366 days old");
}

static void test_malformed_words(void **state)
{
	static const uint16_t types[] = {MESSAGE_HEALTH, MESSAGE_VAULT, MESSAGE_ENTRY};

	(void)state;
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		assert_int_equal(take(ipc_new(types[i], 0)), -1);
	assert_int_equal(health.finding_count, 0);
}

static void test_more_than_there_is_room_for(void **state)
{
	(void)state;
	for (unsigned i = 0; i < HEALTH_FINDINGS_MAX + 3; i++)
		take_entry(NOW_S, 1, NOW_S);
	assert_int_equal(health.finding_count, HEALTH_FINDINGS_MAX);
	assert_int_equal(health.left_out, 3);
}

static void test_as_json(void **state)
{
	struct ipc_message *message = ipc_new(MESSAGE_VAULT, 0);
	const struct vault_facts facts = {.entries = 2, .id = "", .sources = ""};
	struct json_writer writer;
	char text[2048];
	size_t length;

	(void)state;
	json_writer_init(&writer, text, sizeof(text));
	health_put_json(&health, &writer);
	assert_int_equal(json_finish(&writer, &length), 0);
	text[length] = 0;
	assert_string_equal(text, "{\"vault\":null,\"memory\":null,\"key_source\":null,"
				  "\"entries\":null,\"findings\":[],\"left_out\":0}");
	protocol_put_vault(message, &facts);
	assert_int_equal(take(message), 0);
	assert_int_equal(take_health(VAULT_STATE_OPEN, "memfd_secret", "key file"), 0);
	file_advice(S_IFREG | 0600, USER, HEALTH_PRIVATE);
	json_writer_init(&writer, text, sizeof(text));
	health_put_json(&health, &writer);
	assert_int_equal(json_finish(&writer, &length), 0);
	text[length] = 0;
	assert_string_equal(text, "{\"vault\":\"open\",\"memory\":\"memfd_secret\","
				  "\"key_source\":\"key file\",\"entries\":2,\"findings\":[{"
				  "\"subject\":\"file\",\"value\":\"/f, mode 0600\",\"ok\":true,"
				  "\"advice\":null}],\"left_out\":0}");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_files, set_up),
		cmocka_unit_test_setup(test_memory_and_keys, set_up),
		cmocka_unit_test_setup(test_credentials, set_up),
		cmocka_unit_test_setup(test_malformed_words, set_up),
		cmocka_unit_test_setup(test_more_than_there_is_room_for, set_up),
		cmocka_unit_test_setup(test_as_json, set_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
