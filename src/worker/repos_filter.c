/* Which repositories of a list are meant. */
#include "worker/repos_filter.h"

#include "lib/auditlog/match.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

/* ASCII is all that names have. */
static void fold(char *text)
{
	for (; *text; text++) {
		if (*text >= 'A' && *text <= 'Z')
			*text = (char)(*text | 0x20);
	}
}

/* The next word of a list with commas between, folded; false at its end. */
static bool next_word(const char **list, char word[REPOS_PATTERNS_MAX + 1])
{
	do {
		size_t length = strcspn(*list, ",");
		if (!**list)
			return false;
		snprintf(word, REPOS_PATTERNS_MAX + 1, "%.*s", (int)length, *list);
		*list += length + ((*list)[length] == ',');
	} while (!*word);
	fold(word);
	return true;
}

static bool match_patterns(const char *patterns, const char *full)
{
	const char *name = strchr(full, '/') + 1;
	char pattern[REPOS_PATTERNS_MAX + 1];

	while (next_word(&patterns, pattern)) {
		const char *text = strchr(pattern, '/') ? full : name;
		if (auditlog_glob(pattern, (struct auditlog_text){text, strlen(text)}))
			return true;
	}
	return false;
}

static bool has_word(const char *list, const char *text)
{
	char word[REPOS_PATTERNS_MAX + 1];

	while (next_word(&list, word)) {
		if (strcasecmp(word, text) == 0)
			return true;
	}
	return false;
}

static bool match_topics(const char *list, const struct cJSON *topics)
{
	const struct cJSON *topic;

	cJSON_ArrayForEach(topic, topics)
	{
		if (cJSON_IsString(topic) && has_word(list, topic->valuestring))
			return true;
	}
	return false;
}

static bool match_with(enum repos_with with, bool has)
{
	return with == REPOS_WITH || has == (with == REPOS_ONLY);
}

static bool match_visibility(uint8_t wanted, enum repository_visibility visibility)
{
	static const uint8_t bits[] = {
		[REPOSITORY_PUBLIC] = REPOS_PUBLIC,
		[REPOSITORY_PRIVATE] = REPOS_PRIVATE,
		[REPOSITORY_INTERNAL] = REPOS_INTERNAL,
	};

	return !wanted || (wanted & bits[visibility]);
}

static bool match_size(const struct repos_request *request, uint64_t size_kb)
{
	return size_kb >= request->size_min_kb &&
	       (!request->size_max_kb || size_kb <= request->size_max_kb);
}

bool repos_filter_name(const struct repos_request *request, const char *owner, const char *name)
{
	char full[VALIDATE_OWNER_MAX + VALIDATE_REPO_MAX + 2];

	snprintf(full, sizeof(full), "%s/%s", owner, name);
	fold(full);
	return (!*request->include || match_patterns(request->include, full)) &&
	       !match_patterns(request->exclude, full);
}

bool repos_filter_match(const struct repos_request *request,
			const struct repository_view *repository)
{
	return repos_filter_name(request, repository->owner, repository->name) &&
	       (!*request->topic || match_topics(request->topic, repository->topics)) &&
	       (!*request->language || has_word(request->language, repository->language)) &&
	       match_with(request->archived, repository->archived) &&
	       match_with(request->forks, repository->fork) &&
	       match_visibility(request->visibility, repository->visibility) &&
	       match_size(request, repository->size_kb);
}

bool repos_filter_is_set(const struct repos_request *request)
{
	return *request->include || *request->exclude || *request->topic || *request->language ||
	       request->archived != REPOS_WITH || request->forks != REPOS_WITH ||
	       request->visibility || request->size_min_kb || request->size_max_kb;
}
