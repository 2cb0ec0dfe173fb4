/* git's command lines and its environment. */
#include "git/commands.h"

#include "lib/base/log.h"

#include <stdio.h>

/* On every command line, where it wins over any file. Nothing of this may name a program. */
static const char *const settings[] = {
	/* Programs that a configuration could name. */
	"core.hooksPath=/dev/null",
	"core.fsmonitor=false",
	"core.sshCommand=false",
	"core.gitProxy=",
	"core.askPass=",
	"core.alternateRefsCommand=",
	"core.pager=cat",
	"core.editor=false",
	"credential.helper=",
	"diff.external=",
	"gpg.program=false",
	"uploadpack.packObjectsHook=",
	/* Places that it could be sent to: there is only descriptor 3. */
	"protocol.version=2",
	"protocol.allow=never",
	"protocol.fd.allow=always",
	"transfer.bundleURI=false",
	"fetch.bundleURI=",
	"fetch.uriProtocols=",
	"http.proxy=",
	"submodule.recurse=false",
	"fetch.recurseSubmodules=false",
	"fetch.parallel=1",
	/* What a server may not plant. */
	"core.symlinks=false",
	"core.protectHFS=true",
	"core.protectNTFS=true",
	"core.attributesFile=/dev/null",
	"core.excludesFile=/dev/null",
	"core.precomposeUnicode=false",
	"fetch.fsckObjects=true",
	"transfer.fsckObjects=true",
	"fetch.unpackLimit=1",
	"transfer.unpackLimit=1",
	"merge.verifySignatures=false",
	"merge.autoStash=false",
	"log.showSignature=false",
	/* Nothing in the background, nothing within files that nobody asked for. */
	"gc.auto=0",
	"maintenance.auto=false",
	"fetch.writeCommitGraph=false",
	"fetch.showForcedUpdates=false",
	"core.commitGraph=false",
	"core.untrackedCache=false",
	"core.logAllRefUpdates=false",
	"core.createObject=rename",
	"advice.detachedHead=false",
	/* Packs that are larger than the address space. */
	"core.packedGitWindowSize=16m",
	"core.packedGitLimit=64m",
};

/* Faults that the history of well-known repositories has and that do no harm; whatever could act
 * on a file system or on a reader stays an error. */
static const char *const old_faults[] = {
	"missingEmail",
	"missingNameBeforeEmail",
	"missingSpaceBeforeEmail",
	"missingSpaceBeforeDate",
	"zeroPaddedDate",
	"badTimezone",
	"badDate",
	"badDateOverflow",
	"badEmail",
	"multipleAuthors",
	"zeroPaddedFilemode",
	"badFilemode",
	"missingTaggerEntry",
	"badTagName",
	"nulInCommit",
	"gitmodulesMissing",
	"nullSha1",
};

#define FAULTS (sizeof(old_faults) / sizeof(old_faults[0]))

static void add(struct command *command, const char *word)
{
	if (command->count == COMMAND_WORDS_MAX)
		fatal("a command line of git is too long");
	command->words[command->count++] = word;
}

static void add_all(struct command *command, const char *const *words)
{
	for (; *words; words++)
		add(command, *words);
}

static void add_setting(struct command *command, const char *setting)
{
	add(command, "-c");
	add(command, setting);
}

static void add_faults(struct command *command, const char *section)
{
	static char texts[2][FAULTS][64];
	unsigned which = command->kind == COMMAND_FSCK;

	for (size_t i = 0; i < FAULTS; i++) {
		snprintf(texts[which][i], sizeof(texts[which][i]), "%s.%s=warn", section,
			 old_faults[i]);
		add_setting(command, texts[which][i]);
	}
}

/* Of a partial clone the server is a promisor, by the name that git has for it. */
static void add_promise(struct command *command, enum repos_partial partial)
{
	if (partial == REPOS_WHOLE)
		return;
	add_setting(command, "remote.fd::3.promisor=true");
	add_setting(command, partial == REPOS_BLOBLESS ? "remote.fd::3.partialCloneFilter=blob:none"
						       : "remote.fd::3.partialCloneFilter=tree:0");
}

/* Tags and notes that are only here stay in a working tree, and those of the server never replace
 * notes of one's own. */
static void add_refspecs(struct command *command, enum repos_mode mode)
{
	static const char *const mirror[] = {"+refs/heads/*:refs/heads/*",
					     "+refs/tags/*:refs/tags/*",
					     "+refs/notes/*:refs/notes/*", NULL};
	static const char *const worktree[] = {"+refs/heads/*:refs/remotes/origin/*",
					       "+refs/notes/*:refs/notes/origin/*", NULL};

	add_all(command, mode == REPOS_MIRROR ? mirror : worktree);
}

static void add_fetch(struct command *command, const struct command_values *values)
{
	static const char *const options[] = {"fetch",
					      "--quiet",
					      "--prune",
					      "--no-write-fetch-head",
					      "--no-auto-maintenance",
					      "--no-recurse-submodules",
					      "--update-head-ok",
					      NULL};

	add_faults(command, "fetch.fsck");
	/* Its refs are written once more, into one file, and that is synced. */
	if (values->first)
		add_setting(command, "core.fsync=committed,-reference");
	add_all(command, options);
	if (values->mode == REPOS_MIRROR) {
		add(command, "--no-tags");
	} else {
		add(command, "--tags");
		add(command, "--force");
	}
	if (values->depth) {
		snprintf(command->depth, sizeof(command->depth), "--depth=%u", values->depth);
		add(command, command->depth);
	} else if (values->deepen) {
		add(command, "--unshallow");
	}
	if (values->partial == REPOS_BLOBLESS)
		add(command, "--filter=blob:none");
	else if (values->partial == REPOS_TREELESS)
		add(command, "--filter=tree:0");
	add(command, "--end-of-options");
	add(command, "fd::3");
	add_refspecs(command, values->mode);
}

static void add_list(struct command *command, enum command_refs refs)
{
	static const char *const spaces[][4] = {
		[REFS_OF_MIRROR] = {"refs/heads/", "refs/notes/", "refs/tags/", NULL},
		[REFS_HEADS] = {"refs/remotes/origin/", NULL},
		[REFS_NOTES] = {"refs/notes/origin/", NULL},
		[REFS_TAGS] = {"refs/tags/", NULL},
	};

	add(command, "for-each-ref");
	add(command, "--format=%(objectname) %(refname)");
	add(command, "--end-of-options");
	add_all(command, spaces[refs]);
}

static void add_words(struct command *command, const struct command_values *values)
{
	const char *local = command->local_branch, *server = command->server_branch;

	switch (command->kind) {
	case COMMAND_FETCH:
		add_fetch(command, values);
		return;
	case COMMAND_LIST_REFS:
		add_list(command, values->refs);
		return;
	case COMMAND_PACK_REFS:
		add_all(command, (const char *const[]){"pack-refs", "--all", NULL});
		return;
	case COMMAND_FSCK:
		add_faults(command, "fsck");
		add_all(command, (const char *const[]){"fsck", "--full", "--no-dangling",
						       "--no-reflogs", "--no-progress", NULL});
		return;
	case COMMAND_READ_HEAD:
		add_all(command, (const char *const[]){"symbolic-ref", "-q", "HEAD", NULL});
		return;
	case COMMAND_SET_HEAD:
		add_all(command, (const char *const[]){"symbolic-ref", "HEAD", local, NULL});
		return;
	case COMMAND_HAS_COMMIT:
		add_all(command,
			(const char *const[]){"rev-parse", "-q", "--verify", "HEAD", NULL});
		return;
	case COMMAND_HAS_BRANCH:
		add_all(command,
			(const char *const[]){"rev-parse", "-q", "--verify", server, NULL});
		return;
	case COMMAND_IS_BEHIND:
		add_all(command,
			(const char *const[]){"merge-base", "--is-ancestor", "HEAD", server, NULL});
		return;
	case COMMAND_IS_AHEAD:
		add_all(command,
			(const char *const[]){"merge-base", "--is-ancestor", server, "HEAD", NULL});
		return;
	case COMMAND_FAST_FORWARD:
		add_all(command,
			(const char *const[]){"merge", "-q", "--ff-only", "--no-overwrite-ignore",
					      "--no-stat", "--no-edit", server, NULL});
		return;
	}
}

void command_make(struct command *command, enum command_kind kind,
		  const struct command_values *values)
{
	*command = (struct command){.kind = kind};
	snprintf(command->local_branch, sizeof(command->local_branch), "refs/heads/%s",
		 values->branch);
	snprintf(command->server_branch, sizeof(command->server_branch), "refs/remotes/origin/%s",
		 values->branch);
	add(command, "git");
	for (size_t i = 0; i < sizeof(settings) / sizeof(settings[0]); i++)
		add_setting(command, settings[i]);
	add_promise(command, values->partial);
	add_words(command, values);
	command->words[command->count] = NULL;
}

void command_environment(const char *environment[COMMAND_ENVIRONMENT_MAX], enum repos_mode mode,
			 const char *directory, char room[COMMAND_PATH_MAX + 16])
{
	static const char *const fixed[] = {
		"PATH=/usr/bin",
		"HOME=/nonexistent",
		"XDG_CONFIG_HOME=/nonexistent",
		"LC_ALL=C",
		"TZ=UTC",
		"GIT_CONFIG_NOSYSTEM=1",
		"GIT_CONFIG_GLOBAL=/dev/null",
		"GIT_CONFIG_SYSTEM=/dev/null",
		"GIT_ATTR_NOSYSTEM=1",
		"GIT_TERMINAL_PROMPT=0",
		"GIT_ASKPASS=/bin/false",
		"GIT_EDITOR=/bin/false",
		"GIT_PAGER=cat",
		"GIT_ALLOW_PROTOCOL=fd",
		"GIT_PROTOCOL_FROM_USER=0",
		"GIT_NO_REPLACE_OBJECTS=1",
		"GIT_NO_LAZY_FETCH=1",
		"GIT_OPTIONAL_LOCKS=0",
		"GIT_ADVICE=0",
		/* Otherwise libc is asked who this is. */
		"GIT_AUTHOR_NAME=ghward",
		"GIT_AUTHOR_EMAIL=ghward@localhost",
		"GIT_COMMITTER_NAME=ghward",
		"GIT_COMMITTER_EMAIL=ghward@localhost",
		/* Each thread of index-pack would take its own from the address space. */
		"MALLOC_ARENA_MAX=2",
	};
	size_t count = sizeof(fixed) / sizeof(fixed[0]);

	for (size_t i = 0; i < count; i++)
		environment[i] = fixed[i];
	snprintf(room, COMMAND_PATH_MAX + 16, "GIT_DIR=%s", directory);
	environment[count++] = room;
	if (mode == REPOS_WORKTREE)
		environment[count++] = "GIT_WORK_TREE=.";
	environment[count] = NULL;
}
