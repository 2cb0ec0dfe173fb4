/* Repositories come into place, are renamed, prepared, put back and removed; a git that ran in
 * between, and somebody else at work in the destination, are played by a shell. */
#include "tree/tree.h"

#include "scratch.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define GIT "env -i PATH=/usr/bin:/bin HOME=/nonexistent GIT_CONFIG_NOSYSTEM=1 git "

static struct tree tree;
static struct tree_outcome outcome;

static void open_as(const struct scratch *scratch, enum repos_mode mode)
{
	const struct tree_options options = {.mode = mode, .url = "https://github.com"};
	struct failure failure = {.kind = FAILURE_NONE};

	memset(&tree, 0, sizeof(tree));
	assert_int_equal(tree_open(&tree, scratch->fd, &options, &failure), 0);
}

static int open_mirror(void **state)
{
	if (scratch_set_up(state) < 0)
		return -1;
	open_as(*state, REPOS_MIRROR);
	return 0;
}

static int open_worktree(void **state)
{
	if (scratch_set_up(state) < 0)
		return -1;
	open_as(*state, REPOS_WORKTREE);
	return 0;
}

static int tear_down(void **state)
{
	tree_close(&tree, 5000);
	return scratch_tear_down(state);
}

/* As after a SIGKILL: nothing is put back. */
static void crash_and_reopen(const struct scratch *scratch)
{
	enum repos_mode mode = tree.mode;

	for (size_t i = 0; i < REPOS_WORKERS_MAX; i++) {
		if (tree.begun[i].used)
			close(tree.begun[i].git);
	}
	close(tree.lock);
	open_as(scratch, mode);
}

static struct tree_begun *begin_named(enum sync_action action, const char *owner, const char *name,
				      const char *old_owner, const char *old_name)
{
	const struct tree_question question = {action, owner, name, old_owner, old_name, "main"};
	static uint32_t id;

	return tree_begin(&tree, ++id, &question, &outcome);
}

static struct tree_begun *begin(enum sync_action action, const char *name)
{
	return begin_named(action, "acme", name, "", "");
}

static struct tree_begun *begin_well(enum sync_action action, const char *name)
{
	struct tree_begun *begun = begin(action, name);

	if (!begun)
		fail_msg("%s", outcome.failure.message);
	return begun;
}

static void commit(struct tree_begun *begun)
{
	tree_commit(&tree, begun, "main", &outcome);
}

static void commit_well(struct tree_begun *begun)
{
	commit(begun);
	if (outcome.failure.kind != FAILURE_NONE)
		fail_msg("%s", outcome.failure.message);
}

static void clone(const char *name)
{
	struct tree_begun *begun = begin_well(SYNC_CLONE, name);

	assert_int_equal(begun->action, SYNC_CLONE);
	commit_well(begun);
}

static void assert_refused(enum failure_kind kind, const char *refused)
{
	assert_int_equal(outcome.failure.kind, kind);
	assert_string_equal(outcome.refused, refused);
	assert_true(*outcome.failure.message);
}

static void sweep_all(void)
{
	while (tree_sweep(&tree, 1000))
		;
}

static enum tree_found look(const char *name)
{
	struct layout layout;

	layout_of(tree.mode, "acme", name, &layout);
	return tree_look(tree.destination, tree.mode, &layout);
}

/* --- opening --- */

static void test_only_one_works_in_a_destination(void **state)
{
	const struct scratch *scratch = *state;
	const struct tree_options options = {.url = ""};
	struct failure failure;
	struct tree other = {0};

	assert_int_equal(tree_open(&other, scratch->fd, &options, &failure), -1);
	assert_int_equal(failure.kind, FAILURE_CONFLICT);
	assert_string_equal(failure.message, "another ghward works in this directory");
	close(other.lock);
	/* A process that dies leaves no lock. */
	crash_and_reopen(scratch);
}

static void test_a_destination_that_anybody_may_write_to_is_refused(void **state)
{
	const struct scratch *scratch = *state;
	const struct tree_options options = {.url = ""};
	struct failure failure;
	struct tree other = {0};

	assert_int_equal(scratch_run(scratch, "chmod o+w ."), 0);
	assert_int_equal(tree_open(&other, scratch->fd, &options, &failure), -1);
	assert_int_equal(failure.kind, FAILURE_DENIED);
	assert_false(scratch_has(scratch, ".ghward"));
	assert_int_equal(scratch_run(scratch, "chmod +t ."), 0);
	assert_int_equal(tree_open(&other, scratch->fd, &options, &failure), 0);
	close(other.lock);
	assert_int_equal(scratch_run(scratch, "chmod o-w . && chmod go+w .ghward"), 0);
	assert_int_equal(tree_open(&other, scratch->fd, &options, &failure), -1);
	assert_int_equal(failure.kind, FAILURE_DENIED);
}

static void test_hidden_directories_that_lead_away_are_refused(void **state)
{
	static const char *const plants[] = {
		"ln -s '%s.outside' .ghward",
		"mkdir -m 700 .ghward; ln -s '%s.outside' .ghward/tmp",
		"mkdir -m 700 .ghward; ln -s '%s.outside/new' .ghward/lock",
		"mkdir -m 700 .ghward; ln -s '%s.outside' .ghward/aside"};
	const struct scratch *scratch = *state;
	const struct tree_options options = {.url = ""};
	struct failure failure;

	assert_int_equal(scratch_run(scratch, "mkdir '%s.outside'", scratch->path), 0);
	for (size_t i = 0; i < sizeof(plants) / sizeof(plants[0]); i++) {
		struct tree other = {0};
		assert_int_equal(scratch_run(scratch, "rm -rf .ghward"), 0);
		const char *at = strstr(plants[i], "%s");
		assert_int_equal(scratch_run(scratch, "%.*s%s%s", (int)(at - plants[i]), plants[i],
					     scratch->path, at + 2),
				 0);
		assert_int_equal(tree_open(&other, scratch->fd, &options, &failure), -1);
		assert_int_equal(failure.kind, FAILURE_DENIED);
	}
	assert_int_equal(scratch_run(scratch, "[ -z \"$(ls -A '%s.outside')\" ]", scratch->path),
			 0);
}

static void test_what_an_earlier_run_left_is_removed(void **state)
{
	const struct scratch *scratch = *state;

	assert_non_null(begin(SYNC_CLONE, "shop"));
	assert_int_equal(scratch_run(scratch, "[ $(ls .ghward/tmp | wc -l) = 1 ]"), 0);
	crash_and_reopen(scratch);
	assert_int_equal(scratch_run(scratch, "[ $(ls .ghward/tmp | wc -l) = 0 ]"), 0);
}

/* --- mirrors --- */

static void test_a_mirror_appears_when_it_is_whole(void **state)
{
	const struct scratch *scratch = *state;
	struct tree_begun *begun = begin_well(SYNC_FETCH, "shop");
	int git, worktree;

	assert_int_equal(begun->action, SYNC_CLONE);
	assert_int_equal(tree_places(&tree, begun, &git, &worktree), 0);
	assert_int_equal(fcntl(git, F_GETFL) & O_PATH, O_PATH);
	assert_int_equal(worktree, -1);
	close(git);
	assert_int_equal(look("shop"), TREE_ABSENT);
	assert_false(scratch_has(scratch, "acme"));
	sweep_all();
	tree_commit(&tree, begun, "trunk", &outcome);
	assert_int_equal(outcome.failure.kind, FAILURE_NONE);
	assert_int_equal(look("shop"), TREE_PRESENT);
	assert_int_equal(scratch_run(scratch, "[ $(" GIT "-C acme/shop.git symbolic-ref HEAD) = "
					      "refs/heads/trunk ] && [ $(" GIT
					      "-C acme/shop.git config remote.origin.url) = "
					      "https://github.com/acme/shop.git ]"),
			 0);
	sweep_all();
	assert_int_equal(scratch_run(scratch, "[ -z \"$(ls .ghward/tmp)\" ]"), 0);
}

static void test_an_aborted_clone_leaves_nothing(void **state)
{
	const struct scratch *scratch = *state;
	struct tree_begun *begun = begin_well(SYNC_CLONE, "shop");

	tree_abort(&tree, begun, &outcome);
	assert_int_equal(outcome.failure.kind, FAILURE_NONE);
	sweep_all();
	assert_int_equal(scratch_run(scratch, "[ -z \"$(ls)\" ] && [ -z \"$(ls .ghward/tmp)\" ]"),
			 0);
}

static void test_nothing_that_exists_is_replaced(void **state)
{
	const struct scratch *scratch = *state;
	struct tree_begun *begun = begin_well(SYNC_CLONE, "shop");

	assert_int_equal(scratch_run(scratch, "mkdir -p acme/shop.git/precious"), 0);
	commit(begun);
	assert_refused(FAILURE_CONFLICT, "");
	sweep_all();
	assert_true(scratch_has(scratch, "acme/shop.git/precious"));
	assert_int_equal(look("shop"), TREE_FOREIGN);
	assert_null(begin(SYNC_FETCH, "shop"));
	assert_refused(FAILURE_CONFLICT, "");
	/* A file, too. */
	assert_int_equal(scratch_run(scratch, "echo >acme/pay.git"), 0);
	assert_null(begin(SYNC_CLONE, "pay"));
	assert_refused(FAILURE_CONFLICT, "");
	tree_remove(&tree, "acme", "shop", &outcome);
	assert_refused(FAILURE_CONFLICT, "");
	assert_true(scratch_has(scratch, "acme/shop.git/precious"));
}

static void test_paths_that_lead_away_are_refused_by_name(void **state)
{
	const struct scratch *scratch = *state;

	clone("real");
	assert_int_equal(scratch_run(scratch,
				     "mkdir -p '%s.outside/shop.git' && ln -s '%s.outside' evil && "
				     "ln -s '%s.outside/shop.git' acme/shop.git && "
				     "ln -s nowhere acme/pay.git",
				     scratch->path, scratch->path, scratch->path),
			 0);
	assert_null(begin(SYNC_FETCH, "shop"));
	assert_refused(FAILURE_DENIED, "acme/shop.git");
	assert_null(begin(SYNC_CLONE, "pay"));
	assert_refused(FAILURE_DENIED, "acme/pay.git");
	assert_null(begin_named(SYNC_CLONE, "evil", "shop", "", ""));
	assert_refused(FAILURE_DENIED, "evil/shop.git");
	assert_null(begin_named(SYNC_CLONE, "evil", "new", "", ""));
	assert_refused(FAILURE_DENIED, "evil/new.git");
	tree_remove(&tree, "evil", "shop", &outcome);
	assert_refused(FAILURE_DENIED, "evil/shop.git");
	/* Nothing is renamed from there, but cloned. */
	assert_int_equal(begin_named(SYNC_FETCH, "acme", "new", "evil", "shop")->action,
			 SYNC_CLONE);
	assert_int_equal(scratch_run(scratch,
				     "[ \"$(ls -A '%s.outside')\" = shop.git ] && [ -z "
				     "\"$(ls -A '%s.outside/shop.git')\" ]",
				     scratch->path, scratch->path),
			 0);
}

static void test_a_redirection_inside_is_refused_by_name(void **state)
{
	const struct scratch *scratch = *state;

	clone("shop");
	assert_int_equal(scratch_run(scratch, "mkdir acme/shop.git/objects/info && echo /etc "
					      ">acme/shop.git/objects/info/alternates"),
			 0);
	assert_null(begin(SYNC_FETCH, "shop"));
	assert_refused(FAILURE_DENIED, "acme/shop.git");
	assert_non_null(strstr(outcome.failure.message, "objects/info/alternates"));
}

/* What a git that was taken over may do within its directory, before it is put in place. */
static void test_what_git_plants_is_not_put_in_place(void **state)
{
	const struct scratch *scratch = *state;
	struct tree_begun *begun = begin_well(SYNC_CLONE, "shop");

	assert_int_equal(scratch_run(scratch, "cd .ghward/tmp/* && mkdir hooks && "
					      "echo 'touch /tmp/evil' >hooks/post-checkout && " GIT
					      "-C . config core.fsmonitor /tmp/evil"),
			 0);
	commit_well(begun);
	assert_false(scratch_has(scratch, "acme/shop.git/hooks"));
	assert_int_equal(scratch_run(scratch, "grep -q evil acme/shop.git/config"), 1);
	begun = begin_well(SYNC_CLONE, "pay");
	assert_int_equal(scratch_run(scratch, "echo / >%s/commondir", begun->new_git), 0);
	commit(begun);
	assert_int_equal(outcome.failure.kind, FAILURE_DENIED);
	assert_int_equal(look("pay"), TREE_ABSENT);
}

static void test_a_mirrors_configuration_is_made_anew(void **state)
{
	const struct scratch *scratch = *state;

	clone("shop");
	assert_int_equal(scratch_run(scratch, GIT "-C acme/shop.git config core.sshCommand evil"),
			 0);
	struct tree_begun *begun = begin_well(SYNC_CLONE, "shop");
	assert_int_equal(begun->action, SYNC_FETCH);
	assert_int_equal(scratch_run(scratch, "grep -q evil acme/shop.git/config"), 1);
	/* And again after git was there. */
	assert_int_equal(scratch_run(scratch, GIT "-C acme/shop.git config core.sshCommand evil"),
			 0);
	tree_commit(&tree, begun, "trunk", &outcome);
	assert_int_equal(scratch_run(scratch, "grep -q evil acme/shop.git/config"), 1);
	assert_int_equal(
		scratch_run(scratch, "grep -qx 'ref: refs/heads/trunk' acme/shop.git/HEAD"), 0);
}

static void test_hooks_of_a_mirror_are_out_of_gits_reach(void **state)
{
	const struct scratch *scratch = *state;

	clone("shop");
	assert_int_equal(scratch_run(scratch, "mkdir acme/shop.git/hooks; echo mine "
					      ">acme/shop.git/hooks/x"),
			 0);
	struct tree_begun *begun = begin_well(SYNC_FETCH, "shop");
	assert_false(scratch_has(scratch, "acme/shop.git/hooks"));
	assert_int_equal(scratch_run(scratch, "mkdir acme/shop.git/hooks; echo evil "
					      ">acme/shop.git/hooks/x"),
			 0);
	commit_well(begun);
	assert_int_equal(scratch_run(scratch, "grep -qx mine acme/shop.git/hooks/x"), 0);
}

static void test_a_directory_that_was_exchanged_is_not_put_in_place(void **state)
{
	const struct scratch *scratch = *state;
	struct tree_begun *begun = begin_well(SYNC_CLONE, "shop");

	assert_int_equal(
		scratch_run(scratch, "mv %s old && cp -a old %s", begun->new_git, begun->new_git),
		0);
	commit(begun);
	assert_refused(FAILURE_CONFLICT, "");
	assert_int_equal(look("shop"), TREE_ABSENT);
	begun = begin_well(SYNC_CLONE, "shop");
	assert_int_equal(scratch_run(scratch, "mv %s '%s.outside' && ln -s '%s.outside' %s",
				     begun->new_git, scratch->path, scratch->path, begun->new_git),
			 0);
	commit(begun);
	assert_refused(FAILURE_CONFLICT, "");
}

static void test_verifying_needs_a_repository(void **state)
{
	(void)state;
	assert_null(begin(SYNC_VERIFY, "shop"));
	assert_refused(FAILURE_NOT_FOUND, "");
	clone("shop");
	struct tree_begun *begun = begin_well(SYNC_VERIFY, "shop");
	assert_int_equal(begun->action, SYNC_VERIFY);
	commit_well(begun);
}

static void test_names_that_differ_in_case_are_one(void **state)
{
	const struct scratch *scratch = *state;

	clone("Shop");
	assert_null(begin(SYNC_CLONE, "shop"));
	assert_refused(FAILURE_CONFLICT, "");
	assert_null(begin_named(SYNC_CLONE, "ACME", "pay", "", ""));
	assert_refused(FAILURE_CONFLICT, "");
	assert_non_null(begin(SYNC_CLONE, "Pay"));
	assert_null(begin(SYNC_CLONE, "pay"));
	assert_refused(FAILURE_CONFLICT, "");
	/* But it may be renamed to that. */
	struct tree_begun *begun = begin_named(SYNC_FETCH, "acme", "shop", "acme", "Shop");
	assert_non_null(begun);
	commit_well(begun);
	assert_int_equal(look("shop"), TREE_PRESENT);
	assert_false(scratch_has(scratch, "acme/Shop.git"));
}

static void test_bad_names_are_refused(void **state)
{
	static const char *const names[] = {"",	     ".",     "..",	    "a/b",  ".git", ".GIT",
					    "x.git", "x.Git", "x.git.wiki", "a\nb", "../x", "x y"};
	const struct scratch *scratch = *state;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		assert_null(begin(SYNC_CLONE, names[i]));
		assert_int_equal(outcome.failure.kind, FAILURE_DENIED);
		assert_null(begin_named(SYNC_CLONE, names[i], "shop", "", ""));
		assert_int_equal(outcome.failure.kind, FAILURE_DENIED);
		if (!*names[i])
			continue;
		assert_null(begin_named(SYNC_CLONE, "acme", "shop", "acme", names[i]));
		assert_int_equal(outcome.failure.kind, FAILURE_DENIED);
		tree_remove(&tree, "acme", names[i], &outcome);
		assert_int_equal(outcome.failure.kind, FAILURE_DENIED);
	}
	assert_null(begin_named(SYNC_CLONE, ".ghward", "tmp", "", ""));
	assert_int_equal(scratch_run(scratch, "[ -z \"$(ls)\" ]"), 0);
	clone("shop.wiki");
	clone(".github");
	assert_true(scratch_has(scratch, "acme/shop.wiki.git"));
}

static void test_a_renamed_repository_moves(void **state)
{
	const struct scratch *scratch = *state;

	clone("shop");
	struct tree_begun *begun = begin_named(SYNC_FETCH, "corp", "store", "acme", "shop");
	assert_non_null(begun);
	assert_int_equal(begun->action, SYNC_FETCH);
	commit_well(begun);
	assert_true(scratch_has(scratch, "corp/store.git/HEAD"));
	/* Nothing else was in it. */
	assert_false(scratch_has(scratch, "acme"));
	assert_int_equal(scratch_run(scratch,
				     "[ $(" GIT "-C corp/store.git config remote.origin.url) = "
				     "https://github.com/corp/store.git ]"),
			 0);
	/* When both are there, the old one stays where it is. */
	clone("shop");
	begun = begin_named(SYNC_FETCH, "corp", "store", "acme", "shop");
	assert_non_null(begun);
	commit_well(begun);
	assert_int_equal(look("shop"), TREE_PRESENT);
}

static void test_removing(void **state)
{
	const struct scratch *scratch = *state;

	clone("shop");
	clone("pay");
	struct tree_begun *begun = begin_well(SYNC_FETCH, "pay");
	tree_remove(&tree, "acme", "pay", &outcome);
	assert_refused(FAILURE_CONFLICT, "");
	tree_abort(&tree, begun, &outcome);
	tree_remove(&tree, "acme", "pay", &outcome);
	assert_int_equal(outcome.failure.kind, FAILURE_NONE);
	assert_int_equal(look("pay"), TREE_ABSENT);
	assert_int_equal(look("shop"), TREE_PRESENT);
	/* Gone already: all the better. */
	tree_remove(&tree, "acme", "pay", &outcome);
	assert_int_equal(outcome.failure.kind, FAILURE_NONE);
	sweep_all();
	assert_int_equal(scratch_run(scratch, "[ -z \"$(ls .ghward/tmp)\" ]"), 0);
}

static void test_twenty_at_a_time(void **state)
{
	char name[16];

	(void)state;
	for (unsigned i = 0; i < REPOS_WORKERS_MAX; i++) {
		snprintf(name, sizeof(name), "r%u", i);
		begin_well(SYNC_CLONE, name);
	}
	assert_null(begin(SYNC_CLONE, "one-more"));
	assert_int_equal(outcome.failure.kind, FAILURE_NONE);
	for (unsigned i = 0; i < REPOS_WORKERS_MAX; i++)
		commit_well(&tree.begun[i]);
	clone("one-more");
}

/* --- working trees --- */

/* As ghward-git does it: a commit with a file, checked out. */
static void check_out(const struct scratch *scratch, const struct tree_begun *begun)
{
	assert_int_equal(scratch_run(scratch,
				     "export GIT_DIR=%s GIT_WORK_TREE=%s; echo 1 "
				     ">$GIT_WORK_TREE/f && "
				     "git add f && git -c user.name=x -c "
				     "user.email=x@x commit -qm x",
				     begun->new_git, begun->new_tree),
			 0);
}

static void clone_tree(const struct scratch *scratch, const char *name)
{
	struct tree_begun *begun = begin_well(SYNC_CLONE, name);
	int git, worktree;

	assert_int_equal(tree_places(&tree, begun, &git, &worktree), 0);
	assert_true(worktree >= 0);
	close(git);
	close(worktree);
	check_out(scratch, begun);
	commit_well(begun);
}

static void test_a_working_tree_works(void **state)
{
	const struct scratch *scratch = *state;

	clone_tree(scratch, "shop");
	assert_int_equal(look("shop"), TREE_PRESENT);
	assert_int_equal(scratch_run(scratch, "cd acme/shop && [ -z \"$(" GIT
					      "status --porcelain)\" ] && [ $(" GIT
					      "log -1 --format=%%s) = x ] && [ $(" GIT
					      "config branch.main.merge) = refs/heads/main ]"),
			 0);
}

static void test_the_users_configuration_rests_while_git_runs(void **state)
{
	const struct scratch *scratch = *state;

	clone_tree(scratch, "shop");
	assert_int_equal(scratch_run(scratch, "cd acme/shop && " GIT "config user.name Me && " GIT
					      "config core.fsmonitor ./evil && mkdir "
					      "../../.ghward/git/acme/shop.git/hooks"),
			 0);
	for (unsigned turn = 0; turn < 2; turn++) {
		struct tree_begun *begun = begin_well(SYNC_FETCH, "shop");
		assert_int_equal(begun->action, SYNC_FETCH);
		assert_int_equal(scratch_run(scratch, "grep -rq evil .ghward/git"), 1);
		assert_false(scratch_has(scratch, ".ghward/git/acme/shop.git/hooks"));
		assert_int_equal(scratch_run(scratch, "cd acme/shop && " GIT "status >/dev/null"),
				 0);
		if (turn == 0)
			commit_well(begun);
		else
			tree_abort(&tree, begun, &outcome);
		assert_int_equal(
			scratch_run(scratch, "cd acme/shop && [ $(" GIT "config user.name) = Me ]"),
			0);
		assert_true(scratch_has(scratch, ".ghward/git/acme/shop.git/hooks"));
	}
	/* After a crash it is put back at once. */
	begin_well(SYNC_FETCH, "shop");
	crash_and_reopen(scratch);
	assert_int_equal(scratch_run(scratch,
				     "cd acme/shop && [ $(" GIT "config user.name) = Me ] && "
				     "[ -z \"$(ls ../../.ghward/aside)\" ]"),
			 0);
	assert_true(scratch_has(scratch, ".ghward/git/acme/shop.git/hooks"));
}

static void test_a_working_tree_is_never_replaced_or_removed(void **state)
{
	const struct scratch *scratch = *state;
	struct tree_begun *begun = begin_well(SYNC_CLONE, "shop");

	check_out(scratch, begun);
	assert_int_equal(scratch_run(scratch, "mkdir -p acme/shop/precious"), 0);
	commit(begun);
	assert_refused(FAILURE_CONFLICT, "");
	assert_true(scratch_has(scratch, "acme/shop/precious"));
	assert_false(scratch_has(scratch, ".ghward/git/acme/shop.git"));
	assert_null(begin(SYNC_FETCH, "shop"));
	assert_refused(FAILURE_CONFLICT, "");
	clone_tree(scratch, "pay");
	tree_remove(&tree, "acme", "pay", &outcome);
	assert_refused(FAILURE_CONFLICT, "");
	assert_int_equal(look("pay"), TREE_PRESENT);
}

static void test_a_tree_of_the_users_own_is_foreign(void **state)
{
	const struct scratch *scratch = *state;

	clone_tree(scratch, "shop");
	assert_int_equal(scratch_run(scratch, "rm acme/shop/.git && " GIT "init -q acme/shop"), 0);
	assert_int_equal(look("shop"), TREE_FOREIGN);
	assert_null(begin(SYNC_FETCH, "shop"));
	assert_refused(FAILURE_CONFLICT, "");
}

static void test_a_lost_tree_is_not_made_anew(void **state)
{
	const struct scratch *scratch = *state;

	clone_tree(scratch, "shop");
	assert_int_equal(scratch_run(scratch, "rm -rf acme/shop"), 0);
	assert_null(begin(SYNC_CLONE, "shop"));
	assert_refused(FAILURE_CONFLICT, "");
	assert_int_equal(scratch_run(scratch, "rm -rf .ghward/git/acme/shop.git"), 0);
	clone_tree(scratch, "shop");
}

static void test_a_crash_between_the_steps_of_a_clone(void **state)
{
	const struct scratch *scratch = *state;
	struct tree_begun *begun = begin_well(SYNC_CLONE, "shop");

	/* The git directory is in place, the working tree is not. */
	check_out(scratch, begun);
	assert_int_equal(scratch_run(scratch,
				     "mkdir -p .ghward/git/acme && mv %s "
				     ".ghward/git/acme/shop.git",
				     begun->new_git),
			 0);
	crash_and_reopen(scratch);
	assert_int_equal(look("shop"), TREE_ABSENT);
	clone_tree(scratch, "shop");
	/* Both are, but the mark says otherwise. */
	assert_int_equal(
		scratch_run(scratch, "cd .ghward/git/acme/shop.git && mv ghward ghward.new"), 0);
	crash_and_reopen(scratch);
	assert_int_equal(look("shop"), TREE_PRESENT);
	begun = begin_well(SYNC_FETCH, "shop");
	assert_int_equal(begun->action, SYNC_FETCH);
	commit_well(begun);
	assert_true(scratch_has(scratch, ".ghward/git/acme/shop.git/ghward"));
}

static void test_a_renamed_working_tree_moves(void **state)
{
	const struct scratch *scratch = *state;
	const char *check = "cd corp/store && [ -z \"$(" GIT "status --porcelain)\" ] && [ -e f ]";

	clone_tree(scratch, "shop");
	struct tree_begun *begun = begin_named(SYNC_FETCH, "corp", "store", "acme", "shop");
	assert_non_null(begun);
	commit_well(begun);
	assert_int_equal(scratch_run(scratch, "%s", check), 0);
	assert_false(scratch_has(scratch, "acme"));
	/* A crash after the first step: the rest is done now. */
	assert_int_equal(scratch_run(scratch,
				     "mkdir -p acme && mv corp/store acme/shop && rmdir corp "
				     "&& echo 'gitdir: ../../.ghward/git/acme/shop.git' "
				     ">acme/shop/.git"),
			 0);
	begun = begin_named(SYNC_FETCH, "corp", "store", "acme", "shop");
	assert_non_null(begun);
	assert_int_equal(begun->action, SYNC_FETCH);
	commit_well(begun);
	assert_int_equal(scratch_run(scratch, "%s", check), 0);
}

static void test_a_planted_dot_git_directory_is_not_put_in_place(void **state)
{
	const struct scratch *scratch = *state;
	struct tree_begun *begun = begin_well(SYNC_CLONE, "shop");

	assert_int_equal(scratch_run(scratch, GIT "init -q %s", begun->new_tree), 0);
	commit(begun);
	assert_int_equal(outcome.failure.kind, FAILURE_CONFLICT);
	assert_false(scratch_has(scratch, "acme/shop"));
	begun = begin_well(SYNC_CLONE, "shop");
	assert_int_equal(scratch_run(scratch, "ln -s /etc/passwd %s/.git; echo mine >%s/ghward.tmp",
				     begun->new_tree, begun->new_tree),
			 0);
	commit_well(begun);
	assert_int_equal(
		scratch_run(scratch, "[ ! -L acme/shop/.git ] && [ -f acme/shop/ghward.tmp ]"), 0);
}

/* A git that was taken over would have the user's run what it likes. */
static void test_a_planted_dot_git_does_not_stay(void **state)
{
	const struct scratch *scratch = *state;

	clone_tree(scratch, "shop");
	for (unsigned turn = 0; turn < 2; turn++) {
		struct tree_begun *begun = begin_well(SYNC_FETCH, "shop");
		assert_int_equal(scratch_run(scratch,
					     "mkdir -p acme/shop/evil && echo 'gitdir: evil' "
					     ">acme/shop/.git"),
				 0);
		if (turn == 0)
			commit_well(begun);
		else
			tree_abort(&tree, begun, &outcome);
		assert_string_equal(outcome.refused, "acme/shop");
		assert_int_equal(scratch_run(scratch, "cd acme/shop && " GIT "log -1 >/dev/null"),
				 0);
	}
	struct tree_begun *begun = begin_well(SYNC_FETCH, "shop");
	assert_int_equal(scratch_run(scratch, "rm acme/shop/.git && " GIT "init -q acme/shop"), 0);
	commit(begun);
	assert_refused(FAILURE_CONFLICT, "acme/shop");
}

static void test_what_a_failed_git_plants_is_told(void **state)
{
	const struct scratch *scratch = *state;

	clone("shop");
	struct tree_begun *begun = begin_well(SYNC_FETCH, "shop");
	assert_int_equal(scratch_run(scratch, "echo ../../evil >acme/shop.git/commondir"), 0);
	tree_abort(&tree, begun, &outcome);
	assert_refused(FAILURE_DENIED, "acme/shop.git");
}

/* --- somebody else at work --- */

static void test_swapping_while_repositories_come_and_go(void **state)
{
	const struct scratch *scratch = *state;
	unsigned done = 0, refused = 0;

	assert_int_equal(scratch_run(scratch, "mkdir acme '%s.outside' && ln -s '%s.outside' evil",
				     scratch->path, scratch->path),
			 0);
	pid_t attacker = scratch_start_swapping(scratch, "acme", "evil");
	/* Both have to happen, or nothing was tried. */
	for (unsigned i = 0; i < 1000000 && (i < 500 || !done || !refused); i++) {
		char name[16];
		snprintf(name, sizeof(name), "r%u", i);
		struct tree_begun *begun = begin(SYNC_CLONE, name);
		if (begun)
			commit(begun);
		done += outcome.failure.kind == FAILURE_NONE;
		refused += *outcome.refused != 0;
		tree_remove(&tree, "acme", name, &outcome);
	}
	assert_int_equal(scratch_end_swapping(attacker), 0);
	assert_true(done > 0);
	assert_true(refused > 0);
	assert_int_equal(scratch_run(scratch, "[ -z \"$(ls -A '%s.outside')\" ]", scratch->path),
			 0);
}

#define IN_MIRROR(name) cmocka_unit_test_setup_teardown(name, open_mirror, tear_down)
#define IN_WORKTREE(name) cmocka_unit_test_setup_teardown(name, open_worktree, tear_down)
#define UNOPENED(name) cmocka_unit_test_setup_teardown(name, scratch_set_up, scratch_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_MIRROR(test_only_one_works_in_a_destination),
		UNOPENED(test_a_destination_that_anybody_may_write_to_is_refused),
		UNOPENED(test_hidden_directories_that_lead_away_are_refused),
		IN_MIRROR(test_what_an_earlier_run_left_is_removed),
		IN_MIRROR(test_a_mirror_appears_when_it_is_whole),
		IN_MIRROR(test_an_aborted_clone_leaves_nothing),
		IN_MIRROR(test_what_a_failed_git_plants_is_told),
		IN_MIRROR(test_nothing_that_exists_is_replaced),
		IN_MIRROR(test_paths_that_lead_away_are_refused_by_name),
		IN_MIRROR(test_a_redirection_inside_is_refused_by_name),
		IN_MIRROR(test_what_git_plants_is_not_put_in_place),
		IN_MIRROR(test_a_mirrors_configuration_is_made_anew),
		IN_MIRROR(test_hooks_of_a_mirror_are_out_of_gits_reach),
		IN_MIRROR(test_a_directory_that_was_exchanged_is_not_put_in_place),
		IN_MIRROR(test_verifying_needs_a_repository),
		IN_MIRROR(test_names_that_differ_in_case_are_one),
		IN_MIRROR(test_bad_names_are_refused),
		IN_MIRROR(test_a_renamed_repository_moves),
		IN_MIRROR(test_removing),
		IN_MIRROR(test_twenty_at_a_time),
		IN_WORKTREE(test_a_working_tree_works),
		IN_WORKTREE(test_the_users_configuration_rests_while_git_runs),
		IN_WORKTREE(test_a_working_tree_is_never_replaced_or_removed),
		IN_WORKTREE(test_a_tree_of_the_users_own_is_foreign),
		IN_WORKTREE(test_a_lost_tree_is_not_made_anew),
		IN_WORKTREE(test_a_crash_between_the_steps_of_a_clone),
		IN_WORKTREE(test_a_renamed_working_tree_moves),
		IN_WORKTREE(test_a_planted_dot_git_directory_is_not_put_in_place),
		IN_WORKTREE(test_a_planted_dot_git_does_not_stay),
		IN_MIRROR(test_swapping_while_repositories_come_and_go),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
