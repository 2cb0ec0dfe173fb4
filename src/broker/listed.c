/* The repositories that a client names one by one. */
#include "broker/listed.h"

#include "lib/base/memory.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Of a message that passes some of them on. */
#define BATCH_BYTES 32768u

#define WIKI ".wiki"

struct pair {
	char *owner, *name; /* in one block, the owner's */
};

struct listed {
	struct pair *pairs;  /* in the order they came */
	struct pair *sorted; /* made when first needed */
	size_t count, capacity;
};

struct listed *listed_new(void)
{
	return memory_new(sizeof(struct listed));
}

void listed_free(struct listed *listed)
{
	if (!listed)
		return;
	for (size_t i = 0; i < listed->count; i++)
		free(listed->pairs[i].owner);
	free(listed->pairs);
	free(listed->sorted);
	free(listed);
}

size_t listed_count(const struct listed *listed)
{
	return listed->count;
}

static void add(struct listed *listed, const char *owner, const char *name)
{
	size_t owner_size = strlen(owner) + 1, name_size = strlen(name) + 1;

	if (listed->count == listed->capacity) {
		size_t capacity = listed->capacity ? listed->capacity * 2 : 16;
		struct pair *pairs = memory_new(capacity * sizeof(*pairs));
		if (listed->count)
			memcpy(pairs, listed->pairs, listed->count * sizeof(*pairs));
		free(listed->pairs);
		listed->pairs = pairs;
		listed->capacity = capacity;
	}
	char *text = memory_new(owner_size + name_size);
	memcpy(text, owner, owner_size);
	memcpy(text + owner_size, name, name_size);
	listed->pairs[listed->count++] = (struct pair){text, text + owner_size};
}

int listed_take(struct listed *listed, struct ipc_incoming *in)
{
	unsigned count = ipc_get_u16(in);

	for (unsigned i = 0; i < count && !in->reader.poisoned; i++) {
		const char *owner = ipc_get_string(in), *name = ipc_get_string(in);
		if (in->reader.poisoned || listed->count == REPOS_LISTED_MAX)
			return -1;
		add(listed, owner, name);
	}
	return ipc_end(in);
}

const char *listed_wrong(const struct listed *listed, enum validate_kind *kind)
{
	for (size_t i = 0; i < listed->count; i++) {
		const struct pair *pair = &listed->pairs[i];
		*kind = VALIDATE_OWNER;
		if (!validate_param(*kind, pair->owner, strlen(pair->owner)))
			return pair->owner;
		*kind = VALIDATE_REPO;
		if (!validate_param(*kind, pair->name, strlen(pair->name)))
			return pair->name;
	}
	return NULL;
}

static int compare(const void *left, const void *right)
{
	const struct pair *a = left, *b = right;
	int order = strcasecmp(a->owner, b->owner);

	return order ? order : strcasecmp(a->name, b->name);
}

static bool find(const struct listed *listed, const char *owner, const char *name)
{
	const struct pair wanted = {(char *)(uintptr_t)owner, (char *)(uintptr_t)name};

	return bsearch(&wanted, listed->sorted, listed->count, sizeof(wanted), compare) != NULL;
}

bool listed_has(struct listed *listed, const char *owner, const char *name)
{
	char code[VALIDATE_REPO_MAX + 1];
	size_t length = strlen(name), wiki = sizeof(WIKI) - 1;

	if (!listed->count)
		return false;
	if (!listed->sorted) {
		listed->sorted = memory_new(listed->count * sizeof(*listed->sorted));
		memcpy(listed->sorted, listed->pairs, listed->count * sizeof(*listed->sorted));
		qsort(listed->sorted, listed->count, sizeof(*listed->sorted), compare);
	}
	if (find(listed, owner, name))
		return true;
	if (length <= wiki || length - wiki >= sizeof(code) ||
	    strcmp(name + length - wiki, WIKI) != 0)
		return false;
	memcpy(code, name, length - wiki);
	code[length - wiki] = 0;
	return find(listed, owner, code);
}

const char *listed_owner(const struct listed *listed)
{
	for (size_t i = 1; i < listed->count; i++) {
		if (strcasecmp(listed->pairs[i].owner, listed->pairs[0].owner) != 0)
			return NULL;
	}
	return listed->count ? listed->pairs[0].owner : NULL;
}

const char *listed_single(const struct listed *listed)
{
	return listed->count == 1 ? listed->pairs[0].name : NULL;
}

/* How many from there on fit one message. */
static size_t batch(const struct listed *listed, size_t from)
{
	size_t bytes = 0, at = from;

	while (at < listed->count && at - from < UINT16_MAX && bytes < BATCH_BYTES) {
		bytes += strlen(listed->pairs[at].owner) + strlen(listed->pairs[at].name) + 10;
		at++;
	}
	return at - from;
}

void listed_send(const struct listed *listed, struct ipc_channel *channel)
{
	for (size_t at = 0; at < listed->count;) {
		struct ipc_message *message = ipc_new(MESSAGE_REPOSITORIES, 0);
		size_t end = at + batch(listed, at);
		ipc_put_u16(message, (uint16_t)(end - at));
		for (; at < end; at++) {
			ipc_put_string(message, listed->pairs[at].owner);
			ipc_put_string(message, listed->pairs[at].name);
		}
		ipc_send(channel, message);
	}
}
