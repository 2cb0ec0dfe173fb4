/* Taking a destination, and giving it up. */
#include "tree/tree.h"

#include "lib/base/io.h"
#include "tree/aside.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SWEEP_AT_OPEN_MS 2000u

static int check_owner(int fd, const char *what, struct failure *failure)
{
	struct stat status;

	if (fstat(fd, &status) < 0)
		return repository_failed(failure, "look at", what);
	if (!S_ISDIR(status.st_mode)) {
		failure_set(failure, FAILURE_USAGE, "Name a directory with --dest.",
			    "%s is not a directory", what);
		return -1;
	}
	if (!(status.st_mode & S_IWOTH) || status.st_mode & S_ISVTX)
		return 0;
	failure_set(failure, FAILURE_DENIED, "Take that right from them: chmod o-w DIR.",
		    "%s can be written by every user of this machine", what);
	return -1;
}

static int check_hidden(int destination, struct failure *failure)
{
	struct stat status;
	IO_AUTOCLOSE int hidden = place_directory(destination, LAYOUT_HIDDEN);

	if (hidden < 0 || fstat(hidden, &status) < 0)
		return repository_failed(failure, "open", LAYOUT_HIDDEN);
	if (status.st_uid == geteuid() && !(status.st_mode & (S_IWGRP | S_IWOTH)))
		return 0;
	failure_set(failure, FAILURE_DENIED,
		    "Use a destination of your own, or let nobody else write to that directory.",
		    LAYOUT_HIDDEN
		    " in the destination is another user's, or others can write to it");
	return -1;
}

static int make_hidden(int destination, struct failure *failure)
{
	static const char *const below[] = {LAYOUT_TEMPORARY, LAYOUT_ASIDE};

	if (place_make_new(destination, LAYOUT_HIDDEN, 0700) < 0 && errno != EEXIST)
		return repository_failed(failure, "make", LAYOUT_HIDDEN " in the destination");
	if (check_hidden(destination, failure) < 0)
		return -1;
	for (size_t i = 0; i < sizeof(below) / sizeof(below[0]); i++) {
		IO_AUTOCLOSE int made = place_make(destination, below[i]);
		if (made < 0)
			return repository_failed(failure, "make", below[i]);
	}
	return 0;
}

/* Of the open file, not of the process: it goes with the descriptor. */
static int take_lock(struct tree *tree, struct failure *failure)
{
	struct flock all = {.l_type = F_WRLCK, .l_whence = SEEK_SET};

	tree->lock = place_open(tree->destination, LAYOUT_LOCK, O_RDWR | O_CREAT);
	if (tree->lock < 0)
		return repository_failed(failure, "open", LAYOUT_LOCK);
	if (fcntl(tree->lock, F_OFD_SETLK, &all) == 0)
		return 0;
	if (errno != EAGAIN && errno != EACCES)
		return repository_failed(failure, "lock", LAYOUT_LOCK);
	failure_set(failure, FAILURE_CONFLICT, "Wait until it is done, or choose another --dest.",
		    "another ghward works in this directory");
	return -1;
}

static bool is_called(const char *temporary, const char *name)
{
	return *temporary && strcmp(temporary + strlen(LAYOUT_TEMPORARY "/"), name) == 0;
}

static bool is_under_way(void *context, const char *name)
{
	const struct tree *tree = context;

	for (size_t i = 0; i < REPOS_WORKERS_MAX; i++) {
		const struct tree_begun *begun = &tree->begun[i];
		if (begun->used &&
		    (is_called(begun->new_git, name) || is_called(begun->new_tree, name)))
			return true;
	}
	return false;
}

/* What a configuration file of git takes without quotes. */
static bool is_plain_url(const char *url)
{
	if (strlen(url) >= REPOSITORY_URL_SIZE - LAYOUT_PATH_SIZE)
		return false;
	for (; *url; url++) {
		if (*url <= ' ' || *url > '~' || strchr("\"\\#;", *url))
			return false;
	}
	return true;
}

int tree_open(struct tree *tree, int destination, const struct tree_options *options,
	      struct failure *failure)
{
	tree->destination = destination;
	tree->mode = options->mode;
	tree->partial = options->partial;
	tree->lock = -1;
	tree->sweep = (struct sweep){.root = destination,
				     .directory = LAYOUT_TEMPORARY,
				     .spare = is_under_way,
				     .context = tree};
	if (!is_plain_url(options->url)) {
		failure_set(failure, FAILURE_USAGE, "Check GHWARD_GIT_URL.",
			    "the address of the git server cannot be written to a configuration");
		return -1;
	}
	snprintf(tree->url, sizeof(tree->url), "%s", options->url);
	if (check_owner(destination, "the destination", failure) < 0 ||
	    make_hidden(destination, failure) < 0 || take_lock(tree, failure) < 0)
		return -1;
	tree->folds = place_kind(destination, ".GHWARD") != PLACE_ABSENT;
	aside_recover(destination, &tree->sweep);
	(void)tree_sweep(tree, SWEEP_AT_OPEN_MS);
	return 0;
}

bool tree_sweep(struct tree *tree, uint64_t milliseconds)
{
	return sweep_some(&tree->sweep, milliseconds);
}

void tree_close(struct tree *tree, uint64_t milliseconds)
{
	struct tree_outcome outcome;

	for (size_t i = 0; i < REPOS_WORKERS_MAX; i++) {
		if (tree->begun[i].used)
			tree_abort(tree, &tree->begun[i], &outcome);
	}
	(void)tree_sweep(tree, milliseconds);
	io_close(&tree->lock);
}
