/* Git directories: git takes what is made here for its own; what would lead it away is refused. */
#include "tree/repository.h"
#include "tree/place.h"

#include "scratch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#include <cmocka.h>

#define GIT "env -i PATH=/usr/bin:/bin HOME=/nonexistent GIT_CONFIG_NOSYSTEM=1 git "

static int make(const struct scratch *scratch, const struct repository *repository)
{
	struct failure failure;
	int git = place_make(scratch->fd, "r.git");

	assert_true(git >= 0);
	assert_int_equal(repository_make(git, "r.git", repository, &failure), 0);
	assert_int_equal(place_rename(git, REPOSITORY_NEW, REPOSITORY_MARK, PLACE_KEEP), 0);
	/* As git leaves it. */
	assert_int_equal(scratch_run(scratch, "cd r.git && mkdir -p objects/info objects/pack "
					      "refs/heads refs/tags"),
			 0);
	return git;
}

static int make_mirror(const struct scratch *scratch)
{
	const struct repository mirror = {.url = "", .branch = ""};

	return make(scratch, &mirror);
}

static void assert_config(const struct scratch *scratch, const char *key, const char *value)
{
	assert_int_equal(scratch_run(scratch,
				     "[ \"$(" GIT "-C r.git config --get-all %s | paste -sd ,)\" = "
				     "'%s' ]",
				     key, value),
			 0);
}

static void test_git_takes_it_for_a_bare_repository(void **state)
{
	const struct scratch *scratch = *state;
	const struct repository mirror = {.url = "https://github.com/acme/shop.git",
					  .branch = "trunk"};

	close(make(scratch, &mirror));
	assert_int_equal(scratch_run(scratch,
				     "[ $(" GIT "-C r.git rev-parse --is-bare-repository) = "
				     "true ] && " GIT "-C r.git fsck 2>/dev/null"),
			 0);
	assert_int_equal(scratch_run(scratch, "[ $(" GIT "-C r.git symbolic-ref HEAD) = "
					      "refs/heads/trunk ]"),
			 0);
	assert_config(scratch, "remote.origin.url", "https://github.com/acme/shop.git");
	assert_config(scratch, "remote.origin.fetch",
		      "+refs/heads/*:refs/heads/*,+refs/tags/*:refs/tags/*,"
		      "+refs/notes/*:refs/notes/*");
}

static void test_git_fetches_into_it(void **state)
{
	const struct scratch *scratch = *state;

	close(make_mirror(scratch));
	assert_int_equal(scratch_run(scratch, GIT
				     "init -q -b main o && " GIT
				     "-C o -c user.name=x -c user.email=x@x commit -q "
				     "--allow-empty -m x && " GIT
				     "-C r.git fetch -q ../o '+refs/heads/*:refs/heads/*' && " GIT
				     "-C r.git log -1 --format=%%s | grep -qx x"),
			 0);
}

static void test_git_takes_it_for_a_partial_clone(void **state)
{
	const struct scratch *scratch = *state;
	const struct repository partial = {.partial = REPOS_BLOBLESS, .url = "", .branch = ""};

	close(make(scratch, &partial));
	assert_config(scratch, "extensions.partialclone", "origin");
	assert_config(scratch, "remote.origin.promisor", "true");
	assert_config(scratch, "remote.origin.partialclonefilter", "blob:none");
	assert_int_equal(scratch_run(scratch, GIT "-C r.git rev-parse --git-dir >/dev/null"), 0);
}

static void test_what_was_partial_stays_so(void **state)
{
	const struct scratch *scratch = *state;
	const struct repository whole = {.url = "", .branch = ""};
	const struct repository treeless = {.partial = REPOS_TREELESS, .url = "", .branch = ""};
	struct failure failure;
	int git = make(scratch, &whole);

	assert_int_equal(repository_configure(git, "r.git", &treeless, &failure), 0);
	assert_config(scratch, "remote.origin.partialclonefilter", "tree:0");
	assert_int_equal(repository_configure(git, "r.git", &whole, &failure), 0);
	assert_config(scratch, "remote.origin.partialclonefilter", "tree:0");
	close(git);
}

static void test_a_planted_configuration_is_gone(void **state)
{
	const struct scratch *scratch = *state;
	const struct repository mirror = {.url = "", .branch = ""};
	struct failure failure;
	int git = make_mirror(scratch);

	assert_int_equal(scratch_run(scratch,
				     GIT "-C r.git config core.fsmonitor /tmp/evil && " GIT
					 "-C r.git config core.sshCommand /tmp/evil && " GIT
					 "-C r.git config include.path /tmp/evil"),
			 0);
	assert_int_equal(repository_configure(git, "r.git", &mirror, &failure), 0);
	assert_int_equal(scratch_run(scratch, "grep -q evil r.git/config"), 1);
	/* As long as one may be, a fifo, a link. */
	assert_int_equal(scratch_run(scratch, "yes evil | head -c 100000 >r.git/config"), 0);
	assert_int_equal(repository_configure(git, "r.git", &mirror, &failure), 0);
	assert_int_equal(scratch_run(scratch, "grep -q evil r.git/config"), 1);
	close(git);
}

static void test_a_working_trees_branch_follows_its_origin(void **state)
{
	const struct scratch *scratch = *state;
	const struct repository tree = {
		.mode = REPOS_WORKTREE, .url = "https://x/a/b.git", .branch = "topic/[1]"};
	const struct repository odd = {
		.mode = REPOS_WORKTREE, .url = "https://x/a/b.git", .branch = "q\"]\n[core]"};
	const struct repository plain = {
		.mode = REPOS_WORKTREE, .url = "https://x/a/b.git", .branch = "dev"};
	struct failure failure;
	int git = make(scratch, &plain);

	assert_config(scratch, "core.bare", "false");
	assert_config(scratch, "branch.dev.merge", "refs/heads/dev");
	assert_config(scratch, "remote.origin.fetch", "+refs/heads/*:refs/remotes/origin/*");
	/* Neither is a ref. */
	assert_int_equal(repository_configure(git, "r.git", &odd, &failure), 0);
	assert_int_equal(repository_configure(git, "r.git", &tree, &failure), 0);
	assert_int_equal(scratch_run(scratch, "grep -q branch r.git/config"), 1);
	close(git);
}

static void test_head_follows_and_heals(void **state)
{
	const struct scratch *scratch = *state;
	struct failure failure;
	char head[64];
	int git = make_mirror(scratch);

	assert_int_equal(place_read(git, "HEAD", head, sizeof(head)), 0);
	assert_string_equal(head, "ref: refs/heads/main\n");
	assert_int_equal(repository_set_head(git, "r.git", "trunk", &failure), 0);
	assert_int_equal(repository_set_head(git, "r.git", "../../evil", &failure), 0);
	assert_int_equal(repository_set_head(git, "r.git", "x\nevil", &failure), 0);
	assert_int_equal(repository_set_head(git, "r.git", "", &failure), 0);
	assert_int_equal(place_read(git, "HEAD", head, sizeof(head)), 0);
	assert_string_equal(head, "ref: refs/heads/trunk\n");
	assert_int_equal(scratch_run(scratch, ": >r.git/HEAD"), 0);
	assert_int_equal(repository_set_head(git, "r.git", "", &failure), 0);
	assert_int_equal(place_read(git, "HEAD", head, sizeof(head)), 0);
	assert_string_equal(head, "ref: refs/heads/main\n");
	close(git);
}

/* --- what is refused --- */

static void test_what_leads_git_away_is_refused(void **state)
{
	static const struct {
		const char *command, *named;
	} plants[] = {
		{"echo / >r.git/commondir", "r.git/commondir"},
		{"echo / >r.git/gitdir", "r.git/gitdir"},
		{"echo >r.git/config.worktree", "r.git/config.worktree"},
		{"mkdir r.git/reftable", "r.git/reftable"},
		{"echo /etc >r.git/objects/info/alternates", "r.git/objects/info/alternates"},
		{"ln -s /etc/passwd r.git/objects/info/alternates",
		 "r.git/objects/info/alternates"},
		{"echo http://x >r.git/objects/info/http-alternates",
		 "r.git/objects/info/http-alternates"},
		{"ln -s nowhere r.git/commondir", "r.git/commondir"},
		{"rm r.git/HEAD; ln -s /etc/passwd r.git/HEAD", "r.git/HEAD"},
		{"rm r.git/HEAD; mkfifo r.git/HEAD", "r.git/HEAD"},
		{"rm r.git/HEAD", "r.git/HEAD"},
		{"rm r.git/config; ln -s /etc/passwd r.git/config", "r.git/config"},
		{"mv r.git/objects x; ln -s ../x r.git/objects", "r.git/objects"},
		{"mv r.git/objects/pack x; ln -s ../../x r.git/objects/pack", "r.git/objects/pack"},
		{"ln -s /tmp r.git/objects/ab", "r.git/objects/ab"},
		{"mv r.git/refs x; ln -s ../x r.git/refs", "r.git/refs"},
		{"ln -s /etc/passwd r.git/packed-refs", "r.git/packed-refs"},
		{"ln -s /etc/passwd r.git/index", "r.git/index"},
		{"ln -s /etc/passwd r.git/FETCH_HEAD", "r.git/FETCH_HEAD"},
		{"mkdir r.git/shallow", "r.git/shallow"},
	};
	const struct scratch *scratch = *state;
	struct failure failure;

	for (size_t i = 0; i < sizeof(plants) / sizeof(plants[0]); i++) {
		int git = make_mirror(scratch);
		assert_int_equal(repository_inspect(git, "r.git", &failure), 0);
		assert_int_equal(scratch_run(scratch, "%s", plants[i].command), 0);
		assert_int_equal(repository_inspect(git, "r.git", &failure), -1);
		assert_int_equal(failure.kind, FAILURE_DENIED);
		assert_int_equal(strncmp(failure.message, plants[i].named, strlen(plants[i].named)),
				 0);
		assert_true(*failure.hint);
		close(git);
		assert_int_equal(scratch_run(scratch, "rm -rf r.git x"), 0);
	}
}

static void test_what_cannot_act_may_stay(void **state)
{
	const struct scratch *scratch = *state;
	struct failure failure;
	int git = make_mirror(scratch);

	assert_int_equal(scratch_run(scratch, "mkdir r.git/hooks r.git/info; echo >r.git/hooks/x; "
					      "echo '* filter=x' >r.git/info/attributes; "
					      "echo >r.git/description"),
			 0);
	assert_int_equal(repository_inspect(git, "r.git", &failure), 0);
	close(git);
}

/* --- what a killed git left --- */

#define LEFTOVERS                                                                                  \
	"r.git/HEAD.lock r.git/config.lock r.git/packed-refs.lock r.git/shallow.lock "             \
	"r.git/index.lock r.git/gc.pid r.git/refs/heads/a/b/c.lock r.git/refs/tags/v1.lock "       \
	"r.git/objects/pack/tmp_pack_x r.git/objects/pack/tmp_idx_y"

static int leave(const struct scratch *scratch)
{
	int git = make_mirror(scratch);

	assert_int_equal(scratch_run(scratch,
				     "mkdir -p r.git/refs/heads/a/b && touch " LEFTOVERS
				     " r.git/refs/heads/a/b/kept r.git/objects/pack/p.pack"),
			 0);
	return git;
}

static void assert_nothing_left(const struct scratch *scratch)
{
	assert_int_equal(scratch_run(scratch,
				     "for i in " LEFTOVERS "; do [ -e $i ] && exit 9; done; "
				     "[ -e r.git/refs/heads/a/b/kept ] && "
				     "[ -e r.git/objects/pack/p.pack ]"),
			 0);
}

static void test_leftovers_of_a_mirror_are_removed(void **state)
{
	const struct scratch *scratch = *state;
	struct failure failure;
	int git = leave(scratch);

	assert_int_equal(repository_unlock(git, "r.git", REPOS_MIRROR, &failure), 0);
	assert_nothing_left(scratch);
	close(git);
}

static void test_a_users_fresh_lock_is_respected(void **state)
{
	const struct scratch *scratch = *state;
	struct failure failure;
	int git = leave(scratch);

	assert_int_equal(repository_unlock(git, "r.git", REPOS_WORKTREE, &failure), -1);
	assert_int_equal(failure.kind, FAILURE_CONFLICT);
	assert_int_equal(scratch_run(scratch, "touch -d '11 minutes ago' " LEFTOVERS), 0);
	assert_int_equal(repository_unlock(git, "r.git", REPOS_WORKTREE, &failure), 0);
	assert_nothing_left(scratch);
	close(git);
}

static void test_locks_are_not_looked_for_behind_links(void **state)
{
	const struct scratch *scratch = *state;
	struct failure failure;
	int git = make_mirror(scratch);

	assert_int_equal(scratch_run(scratch, "mkdir x && touch x/a.lock && "
					      "ln -s ../../x r.git/refs/x && "
					      "ln -s ../../../x/a.lock r.git/refs/heads/b.lock"),
			 0);
	assert_int_equal(repository_unlock(git, "r.git", REPOS_MIRROR, &failure), 0);
	assert_true(scratch_has(scratch, "x/a.lock"));
	assert_false(scratch_has(scratch, "r.git/refs/heads/b.lock"));
	close(git);
}

static void test_many_and_deep_refs(void **state)
{
	const struct scratch *scratch = *state;
	struct failure failure;
	int git = make_mirror(scratch);

	assert_int_equal(
		scratch_run(scratch,
			    "for i in $(seq 400); do mkdir -p r.git/refs/heads/$i/x/y; touch "
			    "r.git/refs/heads/$i/x/y/z.lock; done; cd r.git/refs/tags && for "
			    "i in $(seq 1000); do mkdir dddddd && cd -P dddddd || exit 1; done"),
		0);
	assert_int_equal(repository_unlock(git, "r.git", REPOS_MIRROR, &failure), 0);
	assert_int_equal(scratch_run(scratch, "[ $(find r.git/refs/heads -type f | wc -l) = 0 ]"),
			 0);
	close(git);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, scratch_set_up, scratch_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_git_takes_it_for_a_bare_repository),
		TEST(test_git_fetches_into_it),
		TEST(test_git_takes_it_for_a_partial_clone),
		TEST(test_what_was_partial_stays_so),
		TEST(test_a_planted_configuration_is_gone),
		TEST(test_a_working_trees_branch_follows_its_origin),
		TEST(test_head_follows_and_heals),
		TEST(test_what_leads_git_away_is_refused),
		TEST(test_what_cannot_act_may_stay),
		TEST(test_leftovers_of_a_mirror_are_removed),
		TEST(test_a_users_fresh_lock_is_respected),
		TEST(test_locks_are_not_looked_for_behind_links),
		TEST(test_many_and_deep_refs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
