/* A repository as GitHub's lists show it. */
#include "lib/github/repository.h"

#include "lib/sanitize/sanitize.h"

#include <stdio.h>
#include <string.h>

static bool is_set(const struct cJSON *repository, const char *key)
{
	return cJSON_IsTrue(json_member(repository, key));
}

static bool read_name(const struct cJSON *repository, struct repository_view *view)
{
	const char *full = json_get_text(repository, "full_name");
	const char *slash = strchr(full, '/');

	if (!slash)
		return false;
	size_t length = (size_t)(slash - full);
	const char *name = slash + 1;
	if (!validate_param(VALIDATE_OWNER, full, length) ||
	    !validate_param(VALIDATE_REPO, name, strlen(name)))
		return false;
	snprintf(view->owner, sizeof(view->owner), "%.*s", (int)length, full);
	snprintf(view->name, sizeof(view->name), "%s", name);
	return true;
}

/* Servers from before there were internal repositories only say whether it is private. */
static enum repository_visibility visibility_of(const struct cJSON *repository)
{
	const char *word = json_get_text(repository, "visibility");

	if (strcmp(word, "internal") == 0)
		return REPOSITORY_INTERNAL;
	bool private = *word ? strcmp(word, "private") == 0 : is_set(repository, "private");
	return private ? REPOSITORY_PRIVATE : REPOSITORY_PUBLIC;
}

/* As a person can read it: not every valid ref is. */
static bool is_branch(const char *text)
{
	char shown[VALIDATE_REF_MAX + 1];
	size_t length = strlen(text);

	return length == 0 || (validate_param(VALIDATE_REF, text, length) &&
			       sanitize_field(shown, sizeof(shown), text, length) == length &&
			       memcmp(shown, text, length) == 0);
}

static bool is_time(const char *text)
{
	size_t length = strlen(text);

	return length <= REPOSITORY_TIME_MAX && strspn(text, "0123456789-+:.TZ") == length;
}

const char *repository_read(const struct cJSON *repository, struct repository_view *view)
{
	*view = (struct repository_view){
		.default_branch = json_get_text(repository, "default_branch"),
		.pushed_at = json_get_text(repository, "pushed_at"),
		.language = json_get_text(repository, "language"),
		.topics = json_get_array(repository, "topics"),
		.visibility = visibility_of(repository),
		.archived = is_set(repository, "archived"),
		.disabled = is_set(repository, "disabled"),
		.fork = is_set(repository, "fork"),
		.has_wiki = is_set(repository, "has_wiki"),
	};
	if (!json_get_u64(repository, "id", &view->id) || view->id == 0 ||
	    view->id > REPOSITORY_ID_MAX)
		return "it has no id";
	if (!read_name(repository, view))
		return "its name is not one";
	if (!is_branch(view->default_branch))
		return "its default branch is not a name of one";
	if (!is_time(view->pushed_at))
		view->pushed_at = "";
	if (!json_get_u64(repository, "size", &view->size_kb))
		view->size_kb = 0;
	return NULL;
}
