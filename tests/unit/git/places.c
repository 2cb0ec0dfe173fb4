/* Repositories made by git itself. */
#include "places.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char made[] =
	"git init -q -b main server && cd server && git config user.name n && git config "
	"user.email e@x && "
	"echo one >a && echo keep >b && git add . && git commit -qm one && echo two >a && git "
	"commit -qam two && "
	"git tag -a v1 -m v1 && git notes add -m noted && git branch side HEAD~1 && cd .. && "
	"git init -q --bare --template= -b main mirror && "
	"git init -q --bare --template= -b main git && git -C git config core.bare false && mkdir "
	"worktree";

static void compose(const struct places *places, const char *script, char *text, size_t size)
{
	int length = snprintf(text, size,
			      "export HOME=/nonexistent GIT_CONFIG_NOSYSTEM=1; cd '%s' && { %s\n}",
			      places->top, script);

	assert_in_range(length, 1, size - 1);
}

bool places_succeeds(const struct places *places, const char *script)
{
	char text[4096];

	compose(places, script, text, sizeof(text));
	return system(text) == 0;
}

void places_do(const struct places *places, const char *script)
{
	if (!places_succeeds(places, script))
		fail_msg("%s failed", script);
}

const char *places_ask(const struct places *places, const char *script)
{
	static char answer[8192];
	char text[4096];

	compose(places, script, text, sizeof(text));
	FILE *pipe = popen(text, "r");
	assert_non_null(pipe);
	size_t length = fread(answer, 1, sizeof(answer) - 1, pipe);
	assert_int_equal(pclose(pipe), 0);
	answer[length && answer[length - 1] == '\n' ? length - 1 : length] = 0;
	return answer;
}

int places_make(void **state)
{
	struct places *places = calloc(1, sizeof(*places));

	*state = places;
	snprintf(places->top, sizeof(places->top), "/tmp/ghward-git-XXXXXX");
	if (!mkdtemp(places->top))
		return -1;
	snprintf(places->server, sizeof(places->server), "%s/server", places->top);
	snprintf(places->mirror, sizeof(places->mirror), "%s/mirror", places->top);
	snprintf(places->worktree, sizeof(places->worktree), "%s/worktree", places->top);
	snprintf(places->git, sizeof(places->git), "%s/git", places->top);
	places_do(places, made);
	return 0;
}

int places_remove(void **state)
{
	struct places *places = *state;
	char text[192];

	snprintf(text, sizeof(text), "chmod -R u+w '%s'; rm -rf '%s'", places->top, places->top);
	int status = system(text);
	free(places);
	return status;
}
