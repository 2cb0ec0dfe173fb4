/* Repositories named one by one. */
#include "cli/repository_list.h"

#include "lib/base/io.h"
#include "lib/base/memory.h"
#include "lib/ipc/protocol.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

/* In one message, which stays below 60 KiB with the longest names. */
#define MESSAGE_NAMES 380u

#define FIRST_ROOM 64u

/* Of a line that a message shows. */
#define SHOWN_MAX 100

/* --- one by one --- */

static void make_room(struct repository_list *list)
{
	uint32_t room = list->room ? list->room * 2 : FIRST_ROOM;
	struct repository_name *names = memory_new(room * sizeof(*names));

	if (list->count)
		memcpy(names, list->names, list->count * sizeof(*names));
	free(list->names);
	list->names = names;
	list->room = room;
}

int repository_list_add(struct repository_list *list, const char *owner, const char *repo,
			struct failure *failure)
{
	if (list->count == REPOS_LISTED_MAX)
		return failure_usage(failure, "more than %u repositories are named",
				     REPOS_LISTED_MAX);
	if (list->count == list->room)
		make_room(list);
	struct repository_name *name = &list->names[list->count++];
	snprintf(name->owner, sizeof(name->owner), "%s", owner);
	snprintf(name->repo, sizeof(name->repo), "%s", repo);
	return 0;
}

void repository_list_free(struct repository_list *list)
{
	free(list->names);
	*list = (struct repository_list){.count = 0};
}

/* --- a file --- */

/* Where the parser is. */
struct reader {
	struct repository_list *list;
	const char *file;
	unsigned line;
	struct failure *failure;
};

static int note_host(struct reader *reader, const struct repository_url *url)
{
	struct repository_list *list = reader->list;

	if (!*list->named.host) {
		list->named = *url;
		list->named_line = reader->line;
		return 0;
	}
	if (strcmp(list->named.host, url->host) != 0)
		return failure_usage(
			reader->failure, "%.200s:%u: %s is another host than %s of line %u",
			reader->file, reader->line, url->host, list->named.host, list->named_line);
	if (!url->port)
		return 0;
	if (list->named.port && list->named.port != url->port)
		return failure_usage(reader->failure,
				     "%.200s:%u: %s has another port than in a line above, %u",
				     reader->file, reader->line, url->host, list->named.port);
	list->named.port = url->port;
	return 0;
}

/* A line with a user may have a password, too: it is not shown. */
static int refuse_line(struct reader *reader, const char *line, size_t length, const char *why)
{
	int shown = length > SHOWN_MAX ? SHOWN_MAX : (int)length;

	if (memchr(line, '@', length))
		return failure_usage(reader->failure, "%.200s:%u: no repository: expected %s",
				     reader->file, reader->line, why);
	return failure_usage(reader->failure, "%.200s:%u: \"%.*s\" is no repository: expected %s",
			     reader->file, reader->line, shown, line, why);
}

static int take_line(struct reader *reader, const char *line, size_t length)
{
	struct repository_url url;
	const char *why;

	if (repository_url_parse(line, length, &url, &why) < 0)
		return refuse_line(reader, line, length, why);
	if (*url.host && note_host(reader, &url) < 0)
		return -1;
	return repository_list_add(reader->list, url.owner, url.repo, reader->failure);
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/* Without blanks around it, and without a comment. */
static size_t trim(const char **line, size_t length)
{
	const char *start = *line;

	for (size_t i = 0; i < length; i++) {
		if (start[i] == '#' && (i == 0 || is_blank(start[i - 1])))
			length = i;
	}
	while (length && is_blank(*start)) {
		start++;
		length--;
	}
	while (length && is_blank(start[length - 1]))
		length--;
	*line = start;
	return length;
}

int repository_list_parse(struct repository_list *list, const char *file, const char *text,
			  size_t length, struct failure *failure)
{
	struct reader reader = {.list = list, .file = file, .failure = failure};
	const char *end = text + length;

	while (text < end) {
		const char *feed = memchr(text, '\n', (size_t)(end - text));
		const char *line = text;
		size_t size = trim(&line, (size_t)((feed ? feed : end) - text));
		reader.line++;
		if (size && take_line(&reader, line, size) < 0)
			return -1;
		text = feed ? feed + 1 : end;
	}
	return 0;
}

static int read_whole(struct repository_list *list, int fd, const char *file,
		      struct failure *failure)
{
	char *text = memory_new(REPOSITORY_LIST_FILE_MAX + 1);
	ssize_t got = io_read_full(fd, text, REPOSITORY_LIST_FILE_MAX + 1);
	int status = -1;

	if (got < 0)
		failure_usage(failure, "cannot read %.200s: %s", file, strerror(errno));
	else if ((size_t)got > REPOSITORY_LIST_FILE_MAX)
		failure_usage(failure, "%.200s is longer than %zu bytes", file,
			      REPOSITORY_LIST_FILE_MAX);
	else
		status = repository_list_parse(list, file, text, (size_t)got, failure);
	free(text);
	return status;
}

int repository_list_read(struct repository_list *list, const char *file, struct failure *failure)
{
	if (strcmp(file, "-") == 0)
		return read_whole(list, STDIN_FILENO, "standard input", failure);
	IO_AUTOCLOSE int fd = open(file, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd < 0)
		return failure_usage(failure, "cannot open %.200s: %s", file, strerror(errno));
	return read_whole(list, fd, file, failure);
}

/* --- each once --- */

static int compare(const void *one, const void *other)
{
	const struct repository_name *a = *(const struct repository_name *const *)one;
	const struct repository_name *b = *(const struct repository_name *const *)other;
	int owners = strcasecmp(a->owner, b->owner);
	int repos = owners ? owners : strcasecmp(a->repo, b->repo);

	/* Of the same, the first one comes first. */
	return repos ? repos : (a > b) - (a < b);
}

static bool is_same(const struct repository_name *a, const struct repository_name *b)
{
	return strcasecmp(a->owner, b->owner) == 0 && strcasecmp(a->repo, b->repo) == 0;
}

void repository_list_unique(struct repository_list *list)
{
	struct repository_name **sorted;
	uint32_t kept = 0;

	if (!list->count)
		return;
	sorted = memory_new(list->count * sizeof(struct repository_name *));
	for (uint32_t i = 0; i < list->count; i++)
		sorted[i] = &list->names[i];
	qsort(sorted, list->count, sizeof(struct repository_name *), compare);
	/* From the end, so that the one before is still whole. */
	for (uint32_t i = list->count - 1; i > 0; i--) {
		if (is_same(sorted[i - 1], sorted[i]))
			*sorted[i]->owner = 0;
	}
	free(sorted);
	for (uint32_t i = 0; i < list->count; i++) {
		if (*list->names[i].owner)
			list->names[kept++] = list->names[i];
	}
	list->count = kept;
}

/* --- for the broker --- */

struct ipc_message *repository_list_message(const struct repository_list *list, uint32_t *next)
{
	uint32_t left = list->count - *next;
	uint32_t count = left < MESSAGE_NAMES ? left : MESSAGE_NAMES;

	if (!count)
		return NULL;
	struct ipc_message *message = ipc_new(MESSAGE_REPOSITORIES, 0);
	ipc_put_u16(message, (uint16_t)count);
	for (uint32_t i = 0; i < count; i++) {
		const struct repository_name *name = &list->names[(*next)++];
		ipc_put_string(message, name->owner);
		ipc_put_string(message, name->repo);
	}
	return message;
}
