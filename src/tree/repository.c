/* Making git directories and their configuration. */
#include "tree/repository.h"

#include "lib/base/io.h"
#include "lib/validate/validate.h"
#include "tree/place.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define CONFIG_SIZE 4096u
#define HEAD_SIZE (VALIDATE_REF_MAX + 32)
#define HEADS "ref: refs/heads/"
/* Git's own word for the branch of a repository that has none yet. */
#define UNKNOWN_BRANCH "main"

static const struct {
	const char *word;   /* of the mark */
	const char *filter; /* gitrevisions' object filter */
} partials[REPOS_PARTIALS] = {
	[REPOS_WHOLE] = {"whole", NULL},
	[REPOS_BLOBLESS] = {"blobless", "blob:none"},
	[REPOS_TREELESS] = {"treeless", "tree:0"},
};

bool repository_leads_away(int error)
{
	return error == ELOOP || error == EXDEV;
}

int repository_failed(struct failure *failure, const char *what, const char *path)
{
	int error = errno;

	if (repository_leads_away(error))
		failure_set(
			failure, FAILURE_DENIED,
			"A symbolic link or a mount is on the way: put a plain directory in its "
			"place, or choose another --dest.",
			"cannot %s %s: it leads out of the destination", what, path);
	else if (error == ENOTDIR || error == EISDIR || error == EEXIST || error == EINVAL)
		failure_set(failure, FAILURE_CONFLICT, "Move it away, or choose another --dest.",
			    "cannot %s %s: something else is in its place", what, path);
	else
		failure_set(failure, FAILURE_CONFLICT,
			    error == ENOSPC || error == EDQUOT ? "Make room on the disk."
							       : "Check its permissions.",
			    "cannot %s %s: %s", what, path, strerror(error));
	return -1;
}

/* --- configuration --- */

/* A branch that needs no quoting in a section's name, where git wants some. */
static bool is_plain_branch(const char *branch)
{
	return validate_param(VALIDATE_REF, branch, strlen(branch)) && !strpbrk(branch, "\"\\");
}

__attribute__((format(printf, 2, 3))) static void put(char config[CONFIG_SIZE], const char *format,
						      ...)
{
	size_t used = strlen(config);
	va_list values;

	va_start(values, format);
	vsnprintf(config + used, CONFIG_SIZE - used, format, values);
	va_end(values);
}

static void put_remote(char *config, const struct repository *repository)
{
	const char *filter = partials[repository->partial].filter;

	if (!*repository->url && !filter)
		return;
	put(config, "[remote \"origin\"]\n");
	if (*repository->url)
		put(config, "\turl = %s\n", repository->url);
	if (repository->mode == REPOS_WORKTREE)
		put(config, "\tfetch = +refs/heads/*:refs/remotes/origin/*\n");
	else
		put(config,
		    "\tfetch = +refs/heads/*:refs/heads/*\n\tfetch = +refs/tags/*:refs/tags/*\n"
		    "\tfetch = +refs/notes/*:refs/notes/*\n");
	if (filter)
		put(config, "\tpromisor = true\n\tpartialclonefilter = %s\n", filter);
}

static void make_config(char config[CONFIG_SIZE], const struct repository *repository)
{
	bool partial = repository->partial != REPOS_WHOLE;

	*config = 0;
	put(config, "[core]\n\trepositoryformatversion = %s\n\tfilemode = true\n\tbare = %s\n",
	    partial ? "1" : "0", repository->mode == REPOS_WORKTREE ? "false" : "true");
	if (partial)
		put(config, "[extensions]\n\tpartialClone = origin\n");
	put_remote(config, repository);
	if (repository->mode == REPOS_WORKTREE && is_plain_branch(repository->branch))
		put(config, "[branch \"%s\"]\n\tremote = origin\n\tmerge = refs/heads/%s\n",
		    repository->branch, repository->branch);
}

static enum repos_partial read_mark(int git)
{
	char mark[16];

	if (place_read(git, REPOSITORY_MARK, mark, sizeof(mark)) < 0 &&
	    place_read(git, REPOSITORY_NEW, mark, sizeof(mark)) < 0)
		return REPOS_WHOLE;
	mark[strcspn(mark, "\n")] = 0;
	for (unsigned i = 0; i < REPOS_PARTIALS; i++) {
		if (strcmp(mark, partials[i].word) == 0)
			return (enum repos_partial)i;
	}
	return REPOS_WHOLE;
}

static int write_mark(int git, const char *name, enum repos_partial partial)
{
	char mark[16];

	snprintf(mark, sizeof(mark), "%s\n", partials[partial].word);
	return place_write(git, name, mark);
}

/* A file that is as it should be is left alone: most runs change nothing. */
static int write_if_different(int git, const char *name, const char *text)
{
	char there[CONFIG_SIZE];

	if (place_read(git, name, there, sizeof(there)) == 0 && strcmp(there, text) == 0)
		return 0;
	return place_write(git, name, text);
}

int repository_configure(int git, const char *shown, const struct repository *repository,
			 struct failure *failure)
{
	struct repository known = *repository;
	enum repos_partial was = read_mark(git);
	char config[CONFIG_SIZE];

	/* What is missing stays missing: git has to go on expecting that. */
	if (known.partial == REPOS_WHOLE)
		known.partial = was;
	else if (known.partial != was && write_mark(git, REPOSITORY_MARK, known.partial) < 0)
		return repository_failed(failure, "write to", shown);
	make_config(config, &known);
	return write_if_different(git, "config", config) < 0
		       ? repository_failed(failure, "configure", shown)
		       : 0;
}

int repository_set_head(int git, const char *shown, const char *branch, struct failure *failure)
{
	char head[HEAD_SIZE], there[HEAD_SIZE];
	bool valid = validate_param(VALIDATE_REF, branch, strlen(branch));

	/* One that a crash emptied is no HEAD any more. */
	if (!valid && place_read(git, "HEAD", there, sizeof(there)) == 0 &&
	    strncmp(there, HEADS, strlen(HEADS)) == 0)
		return 0;
	snprintf(head, sizeof(head), HEADS "%s\n", valid ? branch : UNKNOWN_BRANCH);
	return write_if_different(git, "HEAD", head) < 0
		       ? repository_failed(failure, "write to", shown)
		       : 0;
}

/* --- a new one --- */

int repository_make(int git, const char *shown, const struct repository *repository,
		    struct failure *failure)
{
	char config[CONFIG_SIZE];

	make_config(config, repository);
	/* The others git makes when it needs them. */
	if (place_make_new(git, "objects", 0777) < 0 || place_make_new(git, "refs", 0777) < 0 ||
	    write_mark(git, REPOSITORY_NEW, repository->partial) < 0 ||
	    place_write(git, "config", config) < 0)
		return repository_failed(failure, "make", shown);
	return repository_set_head(git, shown, repository->branch, failure);
}
