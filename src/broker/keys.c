/* The sources of keys. */
#include "broker/keys.h"

#include "lib/base/base64.h"
#include "lib/base/io.h"
#include "lib/base/log.h"
#include "lib/base/memory.h"
#include "lib/secret/heap.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* All sources together, as a message. */
#define MESSAGE_MAX 8192u

struct key {
	enum key_use use;
	enum key_form form;
	char source[64];
	struct sealed material;
};

struct keys {
	struct loop *loop;
	struct secrets *secrets;
	int pipe;
	struct loop_watch *watch;
	uint8_t *reading; /* MESSAGE_MAX + 1 bytes of the arena */
	size_t length;
	bool known;
	struct key list[KEYS_MAX];
	size_t count;
	void (*tell)(void *);
	void *context;
};

static bool get_key(struct keys *keys, struct ipc_incoming *in)
{
	struct key *key = &keys->list[keys->count];
	size_t length;

	key->use = (enum key_use)ipc_get_enum(in, KEY_USES);
	key->form = (enum key_form)ipc_get_enum(in, KEY_FORMS);
	snprintf(key->source, sizeof(key->source), "%s", ipc_get_string(in));
	const uint8_t *material = ipc_get_bytes(in, &length);
	if (in->reader.poisoned || length > KEY_MATERIAL_MAX)
		return false;
	if (sealed_make(keys->secrets->sealing_key, (struct crypto_bytes){material, length},
			&key->material) < 0)
		fatal("cannot keep the vault's keys");
	keys->count++;
	return true;
}

static bool get_all(struct keys *keys)
{
	struct ipc_incoming in = {0};

	if (keys->length > MESSAGE_MAX || ipc_parse(&in, keys->reading, keys->length) < 0 ||
	    in.type != MESSAGE_KEYS)
		return false;
	unsigned count = ipc_get_enum(&in, KEYS_MAX + 1);
	for (unsigned i = 0; i < count; i++) {
		if (!get_key(keys, &in))
			return false;
	}
	return ipc_end(&in) == 0;
}

static void pipe_ready(void *context, short revents)
{
	struct keys *keys = context;
	ssize_t got =
		read(keys->pipe, keys->reading + keys->length, MESSAGE_MAX + 1 - keys->length);

	(void)revents;
	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (got > 0) {
		keys->length += (size_t)got;
		if (keys->length <= MESSAGE_MAX)
			return;
	}
	if (!get_all(keys))
		fatal("the command sent malformed keys");
	loop_unwatch(keys->watch);
	keys->watch = NULL;
	io_close(&keys->pipe);
	secret_heap_free(keys->reading);
	keys->reading = NULL;
	keys->known = true;
	keys->tell(keys->context);
}

struct keys *keys_new(struct loop *loop, struct secrets *secrets, int pipe, void (*known)(void *),
		      void *context)
{
	struct keys *keys = memory_new(sizeof(*keys));

	if (io_set_nonblocking(pipe) < 0)
		fatal("cannot read the pipe of the vault's keys: %m");
	keys->loop = loop;
	keys->secrets = secrets;
	keys->pipe = pipe;
	keys->tell = known;
	keys->context = context;
	keys->reading = secret_heap_calloc(1, MESSAGE_MAX + 1);
	if (!keys->reading)
		fatal("no protected memory for the vault's keys");
	keys->watch = loop_watch(loop, pipe, POLLIN, pipe_ready, keys);
	return keys;
}

bool keys_are_known(const struct keys *keys)
{
	return keys->known;
}

size_t keys_count(const struct keys *keys, enum key_use use)
{
	size_t count = 0;

	for (size_t i = 0; i < keys->count; i++)
		count += keys->list[i].use == use;
	return count;
}

static const struct key *find(const struct keys *keys, enum key_use use, size_t index)
{
	for (size_t i = 0; i < keys->count; i++) {
		if (keys->list[i].use == use && index-- == 0)
			return &keys->list[i];
	}
	return NULL;
}

/* Makes 32 bytes of their text, in its place. */
static int decode(uint8_t *text, size_t *length)
{
	uint8_t bytes[CRYPTO_KEY_SIZE];

	if (*length && text[*length - 1] == '\n')
		--*length;
	int status = base64_decode((const char *)text, *length, bytes, sizeof(bytes));
	if (status == 0)
		memcpy(text, bytes, sizeof(bytes));
	*length = sizeof(bytes);
	explicit_bzero(bytes, sizeof(bytes));
	return status;
}

int keys_take(struct keys *keys, enum key_use use, size_t index, struct vault_source *source,
	      struct failure *failure)
{
	const struct key *key = find(keys, use, index);
	uint8_t *material = key ? secret_heap_calloc(1, KEY_MATERIAL_MAX) : NULL;
	size_t length = 0;

	*source = (struct vault_source){0};
	if (!material ||
	    sealed_open(keys->secrets->sealing_key, &key->material, material, &length) < 0) {
		secret_heap_free(material);
		failure_set(failure, FAILURE_INTERNAL, "Run the command again.",
			    "a key of the vault is not at hand");
		return -1;
	}
	source->label = key->source;
	source->kind = key->form == KEY_PASSPHRASE ? VAULT_SOURCE_PASSPHRASE : VAULT_SOURCE_KEY;
	if (key->form == KEY_BASE64 ? decode(material, &length) < 0 : length == 0) {
		secret_heap_free(material);
		failure_set(failure, FAILURE_USAGE,
			    "ghward vault init --key-file FILE makes one; so does: "
			    "head -c 32 /dev/urandom | base64",
			    key->form == KEY_BASE64
				    ? "the key (%s) is not the canonical base64 of 32 bytes"
				    : "the %s is empty",
			    key->source);
		return -1;
	}
	source->secret = (struct crypto_bytes){material, length};
	return 0;
}

void keys_drop(struct vault_source *source)
{
	secret_heap_free((void *)(uintptr_t)source->secret.bytes);
	source->secret = (struct crypto_bytes){0};
}
