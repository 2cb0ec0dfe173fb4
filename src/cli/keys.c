/* The keys of the vault on their way to the broker. */
#include "cli/keys.h"

#include "cli/ask.h"
#include "cli/key_file.h"
#include "cli/keyring.h"
#include "lib/base/io.h"
#include "lib/base/memory.h"
#include "lib/ipc/protocol.h"
#include "lib/validate/validate.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CREDENTIAL_NAME "ghward-vault-key"

/* Six sources may open a vault and three be new, of which one is asked for twice. */
#define PLACES 10u

struct key {
	enum key_use use;
	enum key_form form;
	const char *source;
	struct key_text text;
};

struct gathering {
	const struct environment *environment;
	const struct keys_order *order;
	const struct keys_scene *scene;
	struct failure *failure;
	unsigned count;
	struct key keys[PLACES];
};

/* The next place for a key, which is taken by counting it. */
static struct key *place(struct gathering *gathering, enum key_use use, enum key_form form,
			 const char *source)
{
	struct key *key = &gathering->keys[gathering->count];

	*key = (struct key){.use = use, .form = form, .source = source};
	return key;
}

/* --- sources in the environment --- */

static int add_file(struct gathering *gathering, enum key_use use, const char *path)
{
	struct key *key = place(gathering, use, KEY_BASE64, "key file");

	if (key_file_read(path, KEY_FILE_OWN, &key->text, gathering->failure) < 0)
		return -1;
	gathering->count++;
	return 0;
}

static int add_variable(struct gathering *gathering, enum key_use use)
{
	const char *value = environment_get(gathering->environment, "TOKEN_ENCRYPTION_KEY");
	struct key *key = place(gathering, use, KEY_BASE64, "TOKEN_ENCRYPTION_KEY");

	if (!value)
		return 0;
	key->text.length = strlen(value);
	if (key->text.length > sizeof(key->text.bytes)) {
		failure_set(gathering->failure, FAILURE_USAGE,
			    "It must be 32 bytes in base64: 44 characters.",
			    "TOKEN_ENCRYPTION_KEY is longer than %u bytes", KEY_MATERIAL_MAX);
		return -1;
	}
	memcpy(key->text.bytes, value, key->text.length);
	gathering->count++;
	return 0;
}

/* The path of systemd's credential, if there is one; see systemd.exec(5). */
static bool find_credential(const struct environment *environment, char path[ENVIRONMENT_PATH_MAX])
{
	const char *directory = environment_get(environment, "CREDENTIALS_DIRECTORY");

	if (!directory)
		return false;
	int length = snprintf(path, ENVIRONMENT_PATH_MAX, "%s/" CREDENTIAL_NAME, directory);
	return length > 0 && (size_t)length < ENVIRONMENT_PATH_MAX && access(path, F_OK) == 0;
}

static int add_credential(struct gathering *gathering, enum key_use use)
{
	char path[ENVIRONMENT_PATH_MAX];
	struct key *key = place(gathering, use, KEY_BASE64, "systemd credential");

	if (!find_credential(gathering->environment, path))
		return 0;
	if (key_file_read(path, KEY_FILE_DELIVERED, &key->text, gathering->failure) < 0)
		return -1;
	gathering->count++;
	return 0;
}

static int add_environment(struct gathering *gathering, enum key_use use)
{
	const char *path = environment_get(gathering->environment, "GHWARD_KEY_FILE");

	if (path && add_file(gathering, use, path) < 0)
		return -1;
	return add_variable(gathering, use) < 0 || add_credential(gathering, use) < 0 ? -1 : 0;
}

bool keys_in_environment(const struct environment *environment)
{
	char path[ENVIRONMENT_PATH_MAX];

	return environment_get(environment, "GHWARD_KEY_FILE") ||
	       environment_get(environment, "TOKEN_ENCRYPTION_KEY") ||
	       find_credential(environment, path);
}

/* --- the kernel's keyring --- */

static int add_from_keyring(struct gathering *gathering, enum key_use use, const char *description)
{
	struct key *key = place(gathering, use, KEY_BASE64, "kernel keyring");
	ssize_t length = keyring_read(description, key->text.bytes, sizeof(key->text.bytes));

	if (length < 0) {
		failure_set(gathering->failure, FAILURE_INTERNAL,
			    "\"keyctl show @u\" shows it, \"keyctl purge user %s\" removes it.",
			    "cannot read the key \"%s\" of the kernel's keyring: %m", description);
		return -1;
	}
	key->text.length = (size_t)length;
	gathering->count += length > 0;
	return 0;
}

/* A key of that name is taken as it is, like a key file that is there: of a new vault it is the
 * current one; of one that is rekeyed the next one, which an earlier try may have left. */
static int add_new_to_keyring(struct gathering *gathering, const char *description)
{
	unsigned before = gathering->count;

	if (add_from_keyring(gathering, KEY_NEW, description) < 0)
		return -1;
	if (gathering->count > before)
		return 0;
	struct key *key = place(gathering, KEY_NEW, KEY_BASE64, "kernel keyring");
	if (key_text_make(&key->text, gathering->failure) < 0)
		return -1;
	if (keyring_store(description, key->text.bytes, key->text.length) < 0) {
		failure_set(gathering->failure, FAILURE_USAGE,
			    "Containers and some hosts forbid keyrings: use --key-file.",
			    "cannot put a key into the kernel's keyring: %m");
		return -1;
	}
	gathering->count++;
	return 0;
}

/* --- the passphrase --- */

struct passphrase_lines {
	char text[2 * KEY_MATERIAL_MAX + 4]; /* one byte more than is allowed */
	char *lines[2];
	unsigned count;
};

static int wrong_descriptor(struct gathering *gathering, const char *value, const char *why)
{
	failure_set(gathering->failure, FAILURE_USAGE,
		    "It is the number of a descriptor that has the passphrase in one line, or that "
		    "and the new one in two.",
		    "GHWARD_PASSPHRASE_FD is \"%s\": %s", value, why);
	return -1;
}

/* Reads the descriptor to its end, and closes it. */
static int read_descriptor(struct gathering *gathering, struct passphrase_lines *lines)
{
	const char *value = environment_get(gathering->environment, "GHWARD_PASSPHRASE_FD");
	uint32_t number;

	if (!value)
		return 0;
	if (validate_parse_u32(value, strlen(value), 0, INT_MAX, &number) < 0 ||
	    fcntl((int)number, F_GETFD) < 0)
		return wrong_descriptor(gathering, value, "not an open descriptor");
	IO_AUTOCLOSE int fd = (int)number;
	ssize_t got = io_read_full(fd, lines->text, sizeof(lines->text) - 1);
	if (got < 0)
		return wrong_descriptor(gathering, value, "it cannot be read");
	if (memchr(lines->text, 0, (size_t)got))
		return wrong_descriptor(gathering, value, "it has a NUL");
	lines->text[got] = 0;
	for (char *at = lines->text; *at; lines->count++) {
		if (lines->count == 2)
			return wrong_descriptor(gathering, value, "it has more than two lines");
		size_t length = strcspn(at, "\n");
		if (length == 0 || length > KEY_MATERIAL_MAX)
			return wrong_descriptor(gathering, value,
						"a passphrase has 1 to 1024 bytes");
		lines->lines[lines->count] = at;
		at += length;
		if (*at == '\n')
			*at++ = 0;
	}
	return lines->count ? 0 : wrong_descriptor(gathering, value, "it is empty");
}

static void add_passphrase(struct gathering *gathering, enum key_use use, const char *line)
{
	struct key *key = place(gathering, use, KEY_PASSPHRASE, "passphrase");

	key->text.length = strlen(line);
	memcpy(key->text.bytes, line, key->text.length);
	gathering->count++;
}

static int ask(struct gathering *gathering, enum key_use use, const char *prompt)
{
	char line[KEY_MATERIAL_MAX + 1];
	size_t length;

	if (ask_secret(prompt, line, sizeof(line), &length, gathering->failure) < 0)
		return -1;
	if (length > 0)
		add_passphrase(gathering, use, line);
	else
		failure_set(gathering->failure, FAILURE_USAGE, "", "the passphrase is empty");
	explicit_bzero(line, sizeof(line));
	return length > 0 ? 0 : -1;
}

static int ask_twice(struct gathering *gathering)
{
	const struct key *first = &gathering->keys[gathering->count];

	if (!ask_possible()) {
		failure_set(gathering->failure, FAILURE_USAGE,
			    "GHWARD_PASSPHRASE_FD names a descriptor to read it from.",
			    "nobody can be asked for the new passphrase");
		return -1;
	}
	if (ask(gathering, KEY_NEW, "New passphrase of the vault: ") < 0 ||
	    ask(gathering, KEY_NEW, "The same again: ") < 0)
		return -1;
	const struct key *second = &gathering->keys[--gathering->count];
	if (first->text.length == second->text.length &&
	    memcmp(first->text.bytes, second->text.bytes, first->text.length) == 0)
		return 0;
	failure_set(gathering->failure, FAILURE_USAGE, "", "the two passphrases differ");
	return -1;
}

/* --- all of them --- */

static int add_opening(struct gathering *gathering, const struct passphrase_lines *lines)
{
	bool renewed = gathering->order->purpose == KEYS_REKEY && gathering->order->passphrase;
	const char *configured = gathering->scene->configured;

	if (add_environment(gathering, KEY_OPENS) < 0)
		return -1;
	if (gathering->count == 0 && *configured && add_file(gathering, KEY_OPENS, configured) < 0)
		return -1;
	if (add_from_keyring(gathering, KEY_OPENS, KEYRING_CURRENT) < 0 ||
	    add_from_keyring(gathering, KEY_OPENS, KEYRING_NEXT) < 0)
		return -1;
	if (lines->count > renewed)
		add_passphrase(gathering, KEY_OPENS, lines->lines[0]);
	if (gathering->count > 0 || gathering->order->purpose == KEYS_QUIET ||
	    !gathering->scene->vault_exists || !ask_possible())
		return 0;
	return ask(gathering, KEY_OPENS, "Passphrase of the vault: ");
}

static int add_new(struct gathering *gathering, const struct passphrase_lines *lines)
{
	static const char ways[] = "--key-file FILE makes one; or --keyring, --passphrase.";
	const struct keys_order *order = gathering->order;
	bool init = order->purpose == KEYS_INIT;
	unsigned before = gathering->count;

	if (order->file && (key_file_make(order->file, gathering->failure) < 0 ||
			    add_file(gathering, KEY_NEW, order->file) < 0))
		return -1;
	if (order->keyring &&
	    add_new_to_keyring(gathering, init ? KEYRING_CURRENT : KEYRING_NEXT) < 0)
		return -1;
	if (order->passphrase && lines->count)
		add_passphrase(gathering, KEY_NEW, lines->lines[lines->count - 1]);
	else if (order->passphrase && ask_twice(gathering) < 0)
		return -1;
	if (gathering->count == before && init && add_environment(gathering, KEY_NEW) < 0)
		return -1;
	if (gathering->count > before && gathering->count <= KEYS_MAX)
		return 0;
	if (gathering->count > before) {
		failure_set(gathering->failure, FAILURE_USAGE, "Unset those that are not needed.",
			    "there are more than %u keys", KEYS_MAX);
		return -1;
	}
	failure_set(gathering->failure, FAILURE_USAGE, ways,
		    init ? "what shall open the vault? Neither an option nor GHWARD_KEY_FILE, "
			   "TOKEN_ENCRYPTION_KEY or a credential of systemd says so"
			 : "what shall open the vault from now on?");
	return -1;
}

static int gather(struct gathering *gathering, struct passphrase_lines *lines)
{
	enum keys_purpose purpose = gathering->order->purpose;
	bool exists = gathering->scene->vault_exists;

	if (purpose == KEYS_NONE || (!exists && purpose != KEYS_INIT && purpose != KEYS_SERVE))
		return 0;
	if (exists && purpose == KEYS_INIT) {
		failure_set(gathering->failure, FAILURE_USAGE,
			    "\"ghward vault rekey\" gives it another key; to begin anew, move it "
			    "away.",
			    "there is a vault already: %s", gathering->scene->vault);
		return -1;
	}
	if (purpose == KEYS_QUIET) {
		/* Who only looks tells of a source that cannot be used in another way. */
		if (read_descriptor(gathering, lines) == 0)
			(void)add_opening(gathering, lines);
		return 0;
	}
	if (read_descriptor(gathering, lines) < 0 ||
	    (purpose != KEYS_INIT && add_opening(gathering, lines) < 0))
		return -1;
	return purpose == KEYS_INIT || purpose == KEYS_REKEY ? add_new(gathering, lines) : 0;
}

static struct ipc_message *write_message(const struct gathering *gathering)
{
	struct ipc_message *message = ipc_new(MESSAGE_KEYS, 0);

	ipc_put_u8(message, (uint8_t)gathering->count);
	for (unsigned i = 0; i < gathering->count; i++) {
		const struct key *key = &gathering->keys[i];
		ipc_put_u8(message, (uint8_t)key->use);
		ipc_put_u8(message, (uint8_t)key->form);
		ipc_put_string(message, key->source);
		ipc_put_bytes(message, key->text.bytes, key->text.length);
	}
	return message;
}

struct ipc_message *keys_gather(const struct environment *environment,
				const struct keys_order *order, const struct keys_scene *scene,
				struct failure *failure)
{
	struct gathering *gathering = memory_new(sizeof(*gathering));
	struct passphrase_lines lines = {.count = 0};
	struct ipc_message *message = NULL;

	gathering->environment = environment;
	gathering->order = order;
	gathering->scene = scene;
	gathering->failure = failure;
	if (gather(gathering, &lines) == 0)
		message = write_message(gathering);
	explicit_bzero(&lines, sizeof(lines));
	explicit_bzero(gathering, sizeof(*gathering));
	free(gathering);
	return message;
}
