/* Names and paths of repositories. */
#include "tree/layout.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#define WIKI ".wiki"

static bool ends_with(const char *text, size_t length, const char *end)
{
	return length >= strlen(end) && strcasecmp(text + length - strlen(end), end) == 0;
}

bool layout_is_name(const char *owner, const char *name)
{
	size_t length = strlen(name);

	/* ".GIT" is ".git" where the file system folds case. */
	if (!validate_param(VALIDATE_OWNER, owner, strlen(owner)) ||
	    ends_with(name, length, ".git"))
		return false;
	if (length > strlen(WIKI) && strcmp(name + length - strlen(WIKI), WIKI) == 0)
		length -= strlen(WIKI);
	return !ends_with(name, length, ".git") && validate_param(VALIDATE_REPO, name, length);
}

void layout_of(enum repos_mode mode, const char *owner, const char *name, struct layout *layout)
{
	*layout = (struct layout){.tree = ""};
	if (mode == REPOS_MIRROR) {
		snprintf(layout->git, sizeof(layout->git), "%s/%s.git", owner, name);
		memcpy(layout->shown, layout->git, sizeof(layout->shown));
		return;
	}
	snprintf(layout->git, sizeof(layout->git), LAYOUT_HIDDEN "/git/%s/%s.git", owner, name);
	snprintf(layout->tree, sizeof(layout->tree), "%s/%s", owner, name);
	memcpy(layout->shown, layout->tree, sizeof(layout->shown));
	snprintf(layout->link, sizeof(layout->link), "gitdir: ../../%s\n", layout->git);
}
