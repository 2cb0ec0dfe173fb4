/* A file of repositories: whatever is accepted is a name that the broker would accept, too. */
#include "fuzz.h"

#include "cli/repository_list.h"
#include "lib/ipc/protocol.h"

#include <strings.h>

static void check_names(const struct repository_list *list)
{
	require(list->count <= REPOS_LISTED_MAX);
	for (uint32_t i = 0; i < list->count; i++) {
		const struct repository_name *name = &list->names[i];
		require(validate_param(VALIDATE_OWNER, name->owner, strlen(name->owner)));
		require(validate_param(VALIDATE_REPO, name->repo, strlen(name->repo)));
	}
}

static bool is_same(const struct repository_name *one, const struct repository_name *other)
{
	return strcasecmp(one->owner, other->owner) == 0 && strcasecmp(one->repo, other->repo) == 0;
}

/* Each that was there still is, once. */
static void check_unique(const struct repository_list *list, const struct repository_name *before,
			 uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		unsigned found = 0;
		for (uint32_t k = 0; k < list->count; k++)
			found += is_same(&before[i], &list->names[k]);
		require(found == 1);
	}
}

static void check_messages(const struct repository_list *list)
{
	struct ipc_message *message;
	uint32_t next = 0;

	while ((message = repository_list_message(list, &next))) {
		require(ipc_seal(message) == 0 && message->used <= 60u * 1024);
		ipc_free(message);
	}
	require(next == list->count);
}

static void check_list(const char *text, size_t size)
{
	struct repository_list list = {.count = 0};
	struct failure failure = {.kind = FAILURE_NONE};

	if (repository_list_parse(&list, "f", text, size, &failure) < 0) {
		require(failure.kind == FAILURE_USAGE && strncmp(failure.message, "f:", 2) == 0);
	} else {
		uint32_t count = list.count;
		struct repository_name *before = malloc((count + 1) * sizeof(*before));
		require(before);
		if (count)
			memcpy(before, list.names, count * sizeof(*before));
		check_names(&list);
		repository_list_unique(&list);
		if (count < 1000)
			check_unique(&list, before, count);
		check_messages(&list);
		free(before);
	}
	repository_list_free(&list);
}

/* Of one line, what the host of an accepted address is. */
static void check_url(const char *text, size_t size)
{
	struct repository_url url;
	const char *why;

	if (repository_url_parse(text, size, &url, &why) < 0) {
		require(*why);
		return;
	}
	require(validate_param(VALIDATE_OWNER, url.owner, strlen(url.owner)));
	require(validate_param(VALIDATE_REPO, url.repo, strlen(url.repo)));
	if (!*url.host) {
		require(!memchr(text, ':', size) && !url.port);
		require(repository_url_is_at(&url, "https://github.com"));
		return;
	}
	require(strlen(url.host) < size && !strpbrk(url.host, "/@?#%\\ []"));
	require(repository_url_is_at(&url, "https://github.com") ==
		(strcmp(url.host, "github.com") == 0 && (!url.port || url.port == 443)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* Without room behind it, so that a sanitizer sees who reads past the end. */
	char *text = malloc(size ? size : 1);

	if (!text)
		return 0;
	memcpy(text, data, size);
	check_list(text, size);
	check_url(text, size);
	free(text);
	return 0;
}
