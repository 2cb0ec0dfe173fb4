/* What opens a vault: every source that there is, in order, and no use of one that others could
 * have read. The keyring and the person at the terminal are this test's. */
#include "cli/ask.h"
#include "cli/key_file.h"
#include "cli/keyring.h"
#include "cli/keys.h"
#include "lib/ipc/protocol.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char directory[] = "/tmp/ghward-keys-XXXXXX";

/* --- the keyring --- */

static char ring[2][KEY_MATERIAL_MAX];
static size_t ring_length[2];

static unsigned slot(const char *description)
{
	return strcmp(description, KEYRING_NEXT) == 0;
}

ssize_t keyring_read(const char *description, char *payload, size_t size)
{
	size_t length = ring_length[slot(description)];

	if (length > size)
		return -1;
	memcpy(payload, ring[slot(description)], length);
	return (ssize_t)length;
}

int keyring_store(const char *description, const char *payload, size_t length)
{
	memcpy(ring[slot(description)], payload, length);
	ring_length[slot(description)] = length;
	return 0;
}

static void put_into_ring(const char *description, const char *payload)
{
	assert_int_equal(keyring_store(description, payload, strlen(payload)), 0);
}

/* --- the person --- */

static const char *answers[4]; /* NULL behind the last */
static char asked[256];
static bool present;

bool ask_possible(void)
{
	return present;
}

int ask_secret(const char *prompt, char *line, size_t size, size_t *length, struct failure *failure)
{
	unsigned number = (unsigned)(strlen(asked) ? asked[0] - '0' : 0);

	assert_true(size > KEY_MATERIAL_MAX);
	snprintf(asked, sizeof(asked), "%u%s", number + 1, prompt);
	if (!answers[number]) {
		failure_set(failure, FAILURE_INTERRUPTED, "", "interrupted");
		return -1;
	}
	snprintf(line, size, "%s", answers[number]);
	*length = strlen(line);
	return 0;
}

/* --- the environment --- */

enum { FILE_, VARIABLE, CREDENTIALS, DESCRIPTOR, VARIABLES };
static const char *values[VARIABLES];

static const char *lookup(void *context, const char *name)
{
	static const char *const names[VARIABLES] = {"GHWARD_KEY_FILE", "TOKEN_ENCRYPTION_KEY",
						     "CREDENTIALS_DIRECTORY",
						     "GHWARD_PASSPHRASE_FD"};

	(void)context;
	for (size_t i = 0; i < VARIABLES; i++) {
		if (strcmp(names[i], name) == 0)
			return values[i];
	}
	return NULL;
}

static const struct environment environment = {.lookup = lookup};
static struct keys_order order;
static struct keys_scene scene;
static struct failure failure;
static char descriptor[16];

static int set_up(void **state)
{
	(void)state;
	memset(values, 0, sizeof(values));
	memset(ring_length, 0, sizeof(ring_length));
	memset(answers, 0, sizeof(answers));
	memset(asked, 0, sizeof(asked));
	memset(&failure, 0, sizeof(failure));
	present = false;
	order = (struct keys_order){.purpose = KEYS_OPEN};
	scene = (struct keys_scene){.vault = "/v", .vault_exists = true, .configured = ""};
	return 0;
}

static const char *in_directory(const char *name)
{
	static char paths[4][96];
	static unsigned next;
	char *path = paths[next++ % 4];

	snprintf(path, sizeof(paths[0]), "%s/%s", directory, name);
	return path;
}

static const char *make_file(const char *name, const char *text, mode_t mode)
{
	const char *path = in_directory(name);

	unlink(path);
	FILE *file = fopen(path, "w");
	assert_non_null(file);
	fputs(text, file);
	fclose(file);
	assert_int_equal(chmod(path, mode), 0);
	return path;
}

static void offer_lines(const char *text)
{
	int ends[2];

	assert_int_equal(pipe(ends), 0);
	assert_int_equal(write(ends[1], text, strlen(text)), strlen(text));
	close(ends[1]);
	snprintf(descriptor, sizeof(descriptor), "%d", ends[0]);
	values[DESCRIPTOR] = descriptor;
}

/* "opens base64 key file [k]" for each key of the message. */
static const char *gathered(void)
{
	static char text[4096];
	struct ipc_incoming in = {0};
	size_t used = 0;

	struct ipc_message *message = keys_gather(&environment, &order, &scene, &failure);
	if (!message)
		return NULL;
	assert_int_equal(ipc_seal(message), 0);
	assert_int_equal(ipc_parse(&in, message->bytes, message->used), 0);
	assert_int_equal(in.type, MESSAGE_KEYS);
	unsigned count = ipc_get_enum(&in, KEYS_MAX + 1);
	*text = 0;
	for (unsigned i = 0; i < count; i++) {
		unsigned use = ipc_get_enum(&in, KEY_USES), form = ipc_get_enum(&in, KEY_FORMS);
		const char *source = ipc_get_string(&in);
		size_t length;
		const uint8_t *material = ipc_get_bytes(&in, &length);
		used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%s %s %s [%.*s]",
					 i ? ", " : "", use == KEY_NEW ? "new" : "opens",
					 form == KEY_PASSPHRASE ? "phrase" : "base64", source,
					 (int)length, (const char *)material);
	}
	assert_int_equal(ipc_end(&in), 0);
	ipc_free(message);
	return text;
}

static void assert_gathered(const char *expected)
{
	const char *got = gathered();

	if (!got)
		fail_msg("%s", failure.message);
	assert_string_equal(got, expected);
}

static void assert_refused(enum failure_kind kind, const char *part)
{
	assert_null(gathered());
	assert_int_equal(failure.kind, kind);
	if (!strstr(failure.message, part))
		fail_msg("\"%s\" should mention \"%s\"", failure.message, part);
}

/* --- what opens it --- */

static void test_nothing_is_gathered_in_vain(void **state)
{
	(void)state;
	present = true;
	values[VARIABLE] = "v";
	order.purpose = KEYS_NONE;
	assert_gathered("");
	order.purpose = KEYS_OPEN;
	scene.vault_exists = false;
	assert_gathered("");
	assert_string_equal(asked, "");
}

static void test_every_source_in_order(void **state)
{
	(void)state;
	values[FILE_] = make_file("key", "f\n", 0400);
	values[VARIABLE] = "v";
	values[CREDENTIALS] = directory;
	make_file("ghward-vault-key", "c\n", 0440);
	put_into_ring(KEYRING_CURRENT, "r");
	put_into_ring(KEYRING_NEXT, "n");
	offer_lines("correct horse\n");
	scene.configured = in_directory("none");
	assert_gathered("opens base64 key file [f\n], opens base64 TOKEN_ENCRYPTION_KEY [v], "
			"opens base64 systemd credential [c\n], opens base64 kernel keyring [r], "
			"opens base64 kernel keyring [n], opens phrase passphrase [correct horse]");
	unlink(in_directory("ghward-vault-key"));
}

static void test_the_configuration_s_file_is_for_want_of_another(void **state)
{
	(void)state;
	scene.configured = make_file("configured", "c\n", 0400);
	assert_false(keys_in_environment(&environment));
	assert_gathered("opens base64 key file [c\n]");
	values[VARIABLE] = "v";
	assert_true(keys_in_environment(&environment));
	assert_gathered("opens base64 TOKEN_ENCRYPTION_KEY [v]");
	values[VARIABLE] = NULL;
	values[FILE_] = "x";
	assert_true(keys_in_environment(&environment));
	values[FILE_] = NULL;
	/* A directory without ours says nothing. */
	values[CREDENTIALS] = directory;
	assert_false(keys_in_environment(&environment));
	assert_gathered("opens base64 key file [c\n]");
}

static void test_a_source_that_cannot_be_used_is_an_error(void **state)
{
	char endless[KEY_MATERIAL_MAX + 2];

	(void)state;
	values[FILE_] = in_directory("none");
	assert_refused(FAILURE_USAGE, "No such file");
	values[FILE_] = make_file("key", "f\n", 0444);
	assert_refused(FAILURE_INTEGRITY, "open to others");
	/* The doctor has something to say, then. */
	order.purpose = KEYS_QUIET;
	assert_gathered("");
	order.purpose = KEYS_OPEN;
	values[FILE_] = NULL;
	scene.configured = make_file("key", "f\n", 0440);
	assert_refused(FAILURE_INTEGRITY, "open to others");
	scene.configured = "";
	values[CREDENTIALS] = directory;
	make_file("ghward-vault-key", "c\n", 0444);
	assert_refused(FAILURE_INTEGRITY, "open to others");
	unlink(in_directory("ghward-vault-key"));
	memset(endless, 'x', sizeof(endless) - 1);
	endless[sizeof(endless) - 1] = 0;
	values[VARIABLE] = endless;
	assert_refused(FAILURE_USAGE, "longer than 1024 bytes");
	endless[KEY_MATERIAL_MAX] = 0;
	assert_non_null(gathered());
	values[VARIABLE] = NULL;
	ring_length[0] = KEY_MATERIAL_MAX + 1;
	assert_refused(FAILURE_INTERNAL, KEYRING_CURRENT);
}

static void test_a_person_is_the_last_resort(void **state)
{
	(void)state;
	answers[0] = "correct horse";
	assert_gathered("");
	present = true;
	assert_gathered("opens phrase passphrase [correct horse]");
	assert_non_null(strstr(asked, "Passphrase of the vault: "));
	memset(asked, 0, sizeof(asked));
	order.purpose = KEYS_QUIET;
	assert_gathered("");
	order.purpose = KEYS_SERVE;
	assert_gathered("opens phrase passphrase [correct horse]");
	memset(asked, 0, sizeof(asked));
	scene.vault_exists = false;
	assert_gathered("");
	assert_string_equal(asked, "");
	values[VARIABLE] = "v";
	assert_gathered("opens base64 TOKEN_ENCRYPTION_KEY [v]");
	scene.vault_exists = true;
	assert_gathered("opens base64 TOKEN_ENCRYPTION_KEY [v]");
	assert_string_equal(asked, "");
}

static void test_a_person_who_says_nothing(void **state)
{
	(void)state;
	present = true;
	assert_refused(FAILURE_INTERRUPTED, "interrupted");
	answers[1] = "";
	assert_refused(FAILURE_USAGE, "empty");
}

static void test_what_is_no_passphrase(void **state)
{
	static char text[2 * KEY_MATERIAL_MAX];

	(void)state;
	values[DESCRIPTOR] = "x";
	assert_refused(FAILURE_USAGE, "GHWARD_PASSPHRASE_FD is \"x\"");
	values[DESCRIPTOR] = "1022";
	assert_refused(FAILURE_USAGE, "not an open descriptor");
	values[DESCRIPTOR] = "-1";
	assert_refused(FAILURE_USAGE, "not an open descriptor");
	offer_lines("");
	assert_refused(FAILURE_USAGE, "it is empty");
	offer_lines("\n");
	assert_refused(FAILURE_USAGE, "1 to 1024 bytes");
	offer_lines("one\n\n");
	assert_refused(FAILURE_USAGE, "1 to 1024 bytes");
	offer_lines("one\ntwo\nthree\n");
	assert_refused(FAILURE_USAGE, "more than two lines");
	memset(text, 'x', KEY_MATERIAL_MAX + 1);
	offer_lines(text);
	assert_refused(FAILURE_USAGE, "1 to 1024 bytes");
	text[KEY_MATERIAL_MAX] = 0;
	offer_lines(text);
	assert_non_null(gathered());
	/* It was taken, and is nobody else's any more. */
	assert_int_equal(fcntl(atoi(descriptor), F_GETFD), -1);
}

/* --- what shall open it --- */

static void test_a_new_vault_needs_a_key(void **state)
{
	(void)state;
	order.purpose = KEYS_INIT;
	assert_refused(FAILURE_USAGE, "there is a vault already: /v");
	scene.vault_exists = false;
	assert_refused(FAILURE_USAGE, "what shall open the vault?");
	/* These open vaults that there are. */
	scene.configured = make_file("configured", "c\n", 0400);
	put_into_ring(KEYRING_CURRENT, "r");
	assert_refused(FAILURE_USAGE, "what shall open the vault?");
	values[VARIABLE] = "v";
	assert_gathered("new base64 TOKEN_ENCRYPTION_KEY [v]");
	values[FILE_] = make_file("key", "f\n", 0400);
	assert_gathered("new base64 key file [f\n], new base64 TOKEN_ENCRYPTION_KEY [v]");
	/* An option says it exactly. */
	order.keyring = true;
	assert_gathered("new base64 kernel keyring [r]");
}

static void test_a_key_file_is_made(void **state)
{
	struct key_text key;
	char expected[128];

	(void)state;
	order.purpose = KEYS_INIT;
	order.file = in_directory("new");
	assert_refused(FAILURE_USAGE, "already");
	assert_int_equal(access(order.file, F_OK), -1);
	scene.vault_exists = false;
	const char *got = gathered();
	assert_non_null(got);
	assert_int_equal(key_file_read(order.file, KEY_FILE_OWN, &key, &failure), 0);
	snprintf(expected, sizeof(expected), "new base64 key file [%.*s]", (int)key.length,
		 key.bytes);
	assert_string_equal(got, expected);
	assert_gathered(expected);
	unlink(order.file);
}

static void test_a_keyring_s_key_is_made(void **state)
{
	char expected[128];

	(void)state;
	order.purpose = KEYS_INIT;
	order.keyring = true;
	scene.vault_exists = false;
	const char *got = gathered();
	assert_non_null(got);
	assert_int_equal(ring_length[0], 45);
	assert_int_equal(ring_length[1], 0);
	snprintf(expected, sizeof(expected), "new base64 kernel keyring [%.45s]", ring[0]);
	assert_string_equal(got, expected);
}

static void test_a_new_passphrase_is_given_twice(void **state)
{
	(void)state;
	order.purpose = KEYS_INIT;
	order.passphrase = true;
	scene.vault_exists = false;
	assert_refused(FAILURE_USAGE, "nobody can be asked");
	present = true;
	answers[0] = answers[1] = "same";
	assert_gathered("new phrase passphrase [same]");
	memset(asked, 0, sizeof(asked));
	answers[1] = "other";
	assert_refused(FAILURE_USAGE, "differ");
	memset(asked, 0, sizeof(asked));
	answers[1] = "samesame";
	assert_refused(FAILURE_USAGE, "differ");
	present = false;
	offer_lines("from a descriptor\n");
	assert_gathered("new phrase passphrase [from a descriptor]");
}

static void test_rekeying_keeps_the_old_key_until_it_is_done(void **state)
{
	char expected[256];

	(void)state;
	order.purpose = KEYS_REKEY;
	values[VARIABLE] = "v";
	assert_refused(FAILURE_USAGE, "from now on");
	put_into_ring(KEYRING_CURRENT, "old");
	order.keyring = true;
	const char *got = gathered();
	assert_non_null(got);
	assert_memory_equal(ring[0], "old", 3);
	assert_int_equal(ring_length[1], 45);
	snprintf(expected, sizeof(expected),
		 "opens base64 TOKEN_ENCRYPTION_KEY [v], opens base64 kernel keyring [old], "
		 "new base64 kernel keyring [%.45s]",
		 ring[1]);
	assert_string_equal(got, expected);
	/* Again, after a crash: either may be the one, and no third one comes. */
	snprintf(expected, sizeof(expected),
		 "opens base64 TOKEN_ENCRYPTION_KEY [v], opens base64 kernel keyring [old], "
		 "opens base64 kernel keyring [%.45s], new base64 kernel keyring [%.45s]",
		 ring[1], ring[1]);
	assert_gathered(expected);
}

static void test_of_two_lines_the_second_is_new(void **state)
{
	(void)state;
	order.purpose = KEYS_REKEY;
	order.passphrase = true;
	offer_lines("old\nnew\n");
	assert_gathered("opens phrase passphrase [old], new phrase passphrase [new]");
	values[VARIABLE] = "v";
	offer_lines("new");
	assert_gathered("opens base64 TOKEN_ENCRYPTION_KEY [v], new phrase passphrase [new]");
	order.passphrase = false;
	order.file = make_file("key", "f\n", 0400);
	offer_lines("old\n");
	assert_gathered("opens base64 TOKEN_ENCRYPTION_KEY [v], opens phrase passphrase [old], "
			"new base64 key file [f\n]");
}

static void test_more_than_a_vault_takes(void **state)
{
	(void)state;
	order = (struct keys_order){.purpose = KEYS_REKEY, .keyring = true, .passphrase = true};
	order.file = values[FILE_] = make_file("key", "f\n", 0400);
	values[VARIABLE] = "v";
	values[CREDENTIALS] = directory;
	make_file("ghward-vault-key", "c\n", 0440);
	put_into_ring(KEYRING_CURRENT, "r");
	offer_lines("old\nnew\n");
	assert_non_null(gathered());
	/* The next one of the keyring is there now. */
	offer_lines("old\nnew\n");
	assert_refused(FAILURE_USAGE, "more than 8 keys");
	unlink(in_directory("ghward-vault-key"));
}

static int make_directory(void **state)
{
	(void)state;
	return mkdtemp(directory) ? 0 : -1;
}

static int remove_directory(void **state)
{
	(void)state;
	unlink(in_directory("key"));
	unlink(in_directory("configured"));
	return rmdir(directory);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_nothing_is_gathered_in_vain, set_up),
		cmocka_unit_test_setup(test_every_source_in_order, set_up),
		cmocka_unit_test_setup(test_the_configuration_s_file_is_for_want_of_another,
				       set_up),
		cmocka_unit_test_setup(test_a_source_that_cannot_be_used_is_an_error, set_up),
		cmocka_unit_test_setup(test_a_person_is_the_last_resort, set_up),
		cmocka_unit_test_setup(test_a_person_who_says_nothing, set_up),
		cmocka_unit_test_setup(test_what_is_no_passphrase, set_up),
		cmocka_unit_test_setup(test_a_new_vault_needs_a_key, set_up),
		cmocka_unit_test_setup(test_a_key_file_is_made, set_up),
		cmocka_unit_test_setup(test_a_keyring_s_key_is_made, set_up),
		cmocka_unit_test_setup(test_a_new_passphrase_is_given_twice, set_up),
		cmocka_unit_test_setup(test_rekeying_keeps_the_old_key_until_it_is_done, set_up),
		cmocka_unit_test_setup(test_of_two_lines_the_second_is_new, set_up),
		cmocka_unit_test_setup(test_more_than_a_vault_takes, set_up),
	};

	return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
