/* Clones, fetches, working trees and checks, by the real ghward-git and the real git. */
#include "fakebroker.h"
#include "places.h"

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include <cmocka.h>

static const char refs_of_server[] =
	"git -C server for-each-ref --format='%(objectname) %(refname)' "
	"refs/heads refs/tags refs/notes";
static const char refs_of_mirror[] =
	"git -C mirror for-each-ref --format='%(objectname) %(refname)'";

static struct fakebroker run(const struct places *places, enum sync_action action,
			     enum repos_mode mode)
{
	struct git_work work = fakebroker_work(action, mode);
	bool bare = mode == REPOS_MIRROR;

	return fakebroker_run(places->server, bare ? places->mirror : places->git,
			      bare ? NULL : places->worktree, &work);
}

static void expect(const struct fakebroker *broker, enum sync_outcome outcome)
{
	assert_true(broker->done);
	assert_string_equal(broker->result.failure.message, "");
	assert_int_equal(broker->result.failure.kind, FAILURE_NONE);
	assert_int_equal(broker->result.outcome, outcome);
	assert_int_equal(broker->status, 0);
}

static void expect_same_refs(const struct places *places)
{
	char server[4096];

	snprintf(server, sizeof(server), "%s", places_ask(places, refs_of_server));
	assert_string_equal(places_ask(places, refs_of_mirror), server);
}

static void expect_digest(const struct places *places, const struct fakebroker *broker)
{
	char text[2 * SYNC_DIGEST_SIZE + 1];

	for (size_t i = 0; i < SYNC_DIGEST_SIZE; i++)
		snprintf(text + 2 * i, 3, "%02x", broker->result.digest[i]);
	assert_string_equal(
		places_ask(places, "git -C server for-each-ref --format='%(objectname) %(refname)' "
				   "refs/heads refs/tags refs/notes | sha256sum | cut -d' ' -f1"),
		text);
}

static void test_a_mirror(void **state)
{
	const struct places *places = *state;
	struct fakebroker broker = run(places, SYNC_CLONE, REPOS_MIRROR);

	expect(&broker, SYNC_CHANGED);
	expect_same_refs(places);
	expect_digest(places, &broker);
	assert_int_equal(broker.requests, 2);
	assert_true(broker.result.bytes > 500);
	places_do(places,
		  "git -C mirror fsck --full --strict && test -z \"$(find mirror/refs -type f)\"");

	broker = run(places, SYNC_FETCH, REPOS_MIRROR);
	expect(&broker, SYNC_UNCHANGED);
	assert_int_equal(broker.requests, 1);

	places_do(places, "cd server && echo 3 >c && git add c && git commit -qm three && "
			  "git branch -qD side && git branch new && git tag -d v1 >/dev/null");
	broker = run(places, SYNC_FETCH, REPOS_MIRROR);
	expect(&broker, SYNC_CHANGED);
	expect_same_refs(places);
	expect_digest(places, &broker);
}

static void test_a_shallow_mirror_and_the_whole_one(void **state)
{
	const struct places *places = *state;
	struct git_work work = fakebroker_work(SYNC_CLONE, REPOS_MIRROR);
	struct fakebroker broker;

	work.depth = 1;
	broker = fakebroker_run(places->server, places->mirror, NULL, &work);
	expect(&broker, SYNC_CHANGED);
	assert_string_equal(places_ask(places, "git -C mirror rev-list --count main"), "1");
	work.action = SYNC_FETCH;
	places_do(places, "cd server && git commit -q --allow-empty -m three");
	broker = fakebroker_run(places->server, places->mirror, NULL, &work);
	expect(&broker, SYNC_CHANGED);
	assert_string_equal(places_ask(places, "git -C mirror rev-list --count main"), "1");
	work.depth = 0;
	broker = fakebroker_run(places->server, places->mirror, NULL, &work);
	expect(&broker, SYNC_UNCHANGED);
	assert_string_equal(places_ask(places, "git -C mirror rev-list --count main"), "3");
}

static void test_a_partial_mirror(void **state)
{
	const struct places *places = *state;
	struct git_work work = fakebroker_work(SYNC_CLONE, REPOS_MIRROR);
	struct fakebroker broker;

	work.partial = REPOS_BLOBLESS;
	broker = fakebroker_run(places->server, places->mirror, NULL, &work);
	expect(&broker, SYNC_CHANGED);
	places_do(places, "test $(git -C mirror -c remote.x.promisor=true rev-list --objects --all "
			  "--missing=print | grep -c '^?') -gt 0");
	places_do(places, "! grep -q promisor mirror/config");
	work.action = SYNC_FETCH;
	places_do(places, "cd server && echo new >d && git add d && git commit -qm three");
	broker = fakebroker_run(places->server, places->mirror, NULL, &work);
	expect(&broker, SYNC_CHANGED);
	work.action = SYNC_VERIFY;
	broker = fakebroker_run(places->server, places->mirror, NULL, &work);
	expect(&broker, SYNC_UNCHANGED);
}

static void test_an_empty_repository(void **state)
{
	const struct places *places = *state;
	struct fakebroker broker;

	places_do(places, "mv server full && git init -q -b main server");
	broker = run(places, SYNC_CLONE, REPOS_MIRROR);
	expect(&broker, SYNC_EMPTY);
	expect_digest(places, &broker);
	broker = run(places, SYNC_FETCH, REPOS_MIRROR);
	expect(&broker, SYNC_EMPTY);
	broker = run(places, SYNC_VERIFY, REPOS_MIRROR);
	expect(&broker, SYNC_EMPTY);
	broker = run(places, SYNC_CLONE, REPOS_WORKTREE);
	expect(&broker, SYNC_EMPTY);
	places_do(places, "rm -rf server && mv full server");
	broker = run(places, SYNC_FETCH, REPOS_WORKTREE);
	expect(&broker, SYNC_CHANGED);
	places_do(places, "test two = \"$(cat worktree/a)\"");
}

static void test_a_working_tree_goes_forward(void **state)
{
	const struct places *places = *state;
	struct fakebroker broker = run(places, SYNC_CLONE, REPOS_WORKTREE);

	expect(&broker, SYNC_CHANGED);
	expect_digest(places, &broker);
	places_do(places, "test two = \"$(cat worktree/a)\"");
	assert_string_equal(places_ask(places, "git -C git symbolic-ref HEAD"), "refs/heads/main");
	assert_string_equal(
		places_ask(places, "git --git-dir=git --work-tree=worktree status --porcelain"),
		"");

	broker = run(places, SYNC_FETCH, REPOS_WORKTREE);
	expect(&broker, SYNC_UNCHANGED);
	/* What is only here stays. */
	places_do(places,
		  "cd server && echo three >a && git commit -qam three && git tag v2 && cd .. && "
		  "echo mine >worktree/mine && echo changed >>worktree/b && git -C git tag own "
		  "main && "
		  "git -C git update-ref refs/notes/own main");
	broker = run(places, SYNC_FETCH, REPOS_WORKTREE);
	expect(&broker, SYNC_CHANGED);
	places_do(
		places,
		"test three = \"$(cat worktree/a)\" && test mine = \"$(cat worktree/mine)\" && "
		"grep -q changed worktree/b && git -C git rev-parse -q --verify own >/dev/null && "
		"git -C git rev-parse -q --verify v2 >/dev/null && git -C git rev-parse -q "
		"--verify refs/notes/own >/dev/null");
}

static void expect_left_alone(const struct places *places, const char *script, const char *note)
{
	char before[4096];
	const char *look = "git --git-dir=git --work-tree=worktree status --porcelain -b; "
			   "git -C git rev-parse HEAD; cat worktree/*";

	places_do(places, script);
	snprintf(before, sizeof(before), "%s", places_ask(places, look));
	struct git_work work = fakebroker_work(SYNC_FETCH, REPOS_WORKTREE);
	struct fakebroker broker = {.server = places->server};
	fakebroker_start(&broker, places->git, places->worktree);
	fakebroker_order(&broker, &work);
	while (fakebroker_receive(&broker))
		;
	expect(&broker, SYNC_LEFT_ALONE);
	assert_string_equal(broker.note, note);
	assert_string_equal(places_ask(places, look), before);
}

#define AS_SOMEBODY                                                                                \
	"export GIT_DIR=$PWD/git GIT_WORK_TREE=$PWD/worktree; cd worktree; "                       \
	"git config user.name n; git config user.email e@x; "
#define SERVER_MOVES                                                                               \
	"(cd server && date +%N >a && echo x >$(date +%N) && git add . && git commit -qm more); "

static void test_a_working_tree_that_somebody_works_in(void **state)
{
	const struct places *places = *state;
	struct fakebroker broker = run(places, SYNC_CLONE, REPOS_WORKTREE);

	expect(&broker, SYNC_CHANGED);
	expect_left_alone(places, SERVER_MOVES "echo mine >>worktree/a",
			  "left as it is: local changes to 1 file");
	expect_left_alone(places,
			  "(cd server && echo s >untracked && git add . && git commit -qm u);"
			  "git --git-dir=git --work-tree=worktree checkout -q a; echo mine "
			  ">worktree/untracked",
			  "left as it is: 1 untracked file would be overwritten");
	/* Ignoring a file does not make it worthless. */
	expect_left_alone(places, "mkdir -p git/info; echo untracked >git/info/exclude",
			  "left as it is: 1 untracked file would be overwritten");
	expect_left_alone(places, "rm worktree/untracked;" AS_SOMEBODY "git checkout -q --detach",
			  "left as it is: HEAD is detached");
	expect_left_alone(places, AS_SOMEBODY "git checkout -q -b mine",
			  "left as it is: on branch mine, not main");
	expect_left_alone(places,
			  AS_SOMEBODY
			  "git checkout -q main; echo m >n; git add n; git commit -qm mine",
			  "left as it is: its commits are not in the server's history");
	expect_left_alone(places,
			  AS_SOMEBODY
			  "git reset -q --hard refs/remotes/origin/main; echo m >n; git add n; "
			  "git commit -qm mine",
			  "left as it is: local commits");
	expect_left_alone(places, "cd server && git branch -m main trunk",
			  "left as it is: the server does not have its default branch");
}

static void test_links_and_submodules_stay_texts_and_places(void **state)
{
	const struct places *places = *state;
	struct fakebroker broker;

	places_do(places,
		  "cd server && ln -s /etc/passwd link && "
		  "git config -f .gitmodules submodule.sub.path sub && "
		  "git config -f .gitmodules submodule.sub.url https://example.invalid/x.git && "
		  "git add . && "
		  "git update-index --add --cacheinfo 160000,$(git rev-parse HEAD),sub && "
		  "git commit -qm links");
	broker = run(places, SYNC_CLONE, REPOS_WORKTREE);
	expect(&broker, SYNC_CHANGED);
	places_do(places,
		  "test ! -L worktree/link && test /etc/passwd = \"$(cat worktree/link)\" && "
		  "test -d worktree/sub && test -z \"$(ls worktree/sub)\"");
}

/* Everything that a planted configuration could start would leave a file. */
static void test_a_planted_configuration_starts_nothing(void **state)
{
	static const char plant[] =
		"P=$PWD/ran; E=\"touch $P\"; "
		"for d in mirror git; do c=\"git config -f $d/config\"; "
		"$c core.fsmonitor \"$E\"; $c core.sshCommand \"$E\"; $c core.gitProxy \"$E\"; $c "
		"core.pager \"$E\"; "
		"$c core.hooksPath $PWD/hooks; $c core.alternateRefsCommand \"$E\"; $c core.editor "
		"\"$E\"; "
		"$c filter.f.process \"$E\"; $c filter.f.smudge \"$E\"; $c filter.f.clean \"$E\"; "
		"$c diff.f.textconv \"$E\"; $c diff.external \"$E\"; $c merge.f.driver \"$E\"; "
		"$c remote.origin.url fd::3; $c remote.origin.uploadpack \"$E\"; $c "
		"remote.fd::3.uploadpack \"$E\"; "
		"$c remote.fd::3.proxy http://127.0.0.1:1; $c remote.fd::3.vcs ext; "
		"$c alias.fetch \"!$E\"; $c alias.merge \"!$E\"; $c gpg.program \"$E\"; $c "
		"commit.gpgSign true; "
		"$c merge.verifySignatures true; $c http.proxy http://127.0.0.1:1; $c "
		"credential.helper \"!$E\"; "
		"$c uploadpack.packObjectsHook \"$E\"; $c trailer.x.command \"$E\"; $c "
		"protocol.ext.allow always; "
		"$c submodule.recurse true; $c gc.auto 1; $c fetch.fsckObjects false; $c "
		"core.symlinks true; "
		"mkdir -p $d/hooks $d/info; echo '* filter=f diff=f merge=f' >$d/info/attributes; "
		"done; "
		"mkdir hooks; for d in hooks mirror/hooks git/hooks; do for h in "
		"reference-transaction post-merge "
		"post-checkout pre-merge-commit post-index-change pre-auto-gc fsmonitor-watchman; "
		"do "
		"printf '#!/bin/sh\\ntouch %s\\n' $P >$d/$h; chmod +x $d/$h; done; done";
	const struct places *places = *state;
	struct git_work work = fakebroker_work(SYNC_CLONE, REPOS_MIRROR);
	struct fakebroker broker;

	places_do(places, plant);
	(void)fakebroker_run(places->server, places->mirror, NULL, &work);
	work.action = SYNC_FETCH;
	(void)fakebroker_run(places->server, places->mirror, NULL, &work);
	work.action = SYNC_VERIFY;
	(void)fakebroker_run(places->server, places->mirror, NULL, &work);
	places_do(places, "git config -f git/config --unset-all remote.fd::3.vcs");
	broker = run(places, SYNC_CLONE, REPOS_WORKTREE);
	assert_true(broker.done);
	places_do(places, "cd server && echo three >a && git commit -qam three");
	broker = run(places, SYNC_FETCH, REPOS_WORKTREE);
	assert_true(broker.done);
	places_do(places, "test ! -e ran");
	/* The plant is one: a git that nobody confines runs it. */
	places_do(places,
		  "git --git-dir=git --work-tree=worktree status >/dev/null 2>&1; test -e ran");
}

static void test_addresses_of_a_planted_configuration_lead_nowhere(void **state)
{
	static const char *const plants[] = {"url.ext::sh.insteadOf fd::",
					     "url.file:///.insteadOf fd::3",
					     "url./etc.insteadOf fd::3",
					     "url.ssh://127.0.0.1/x.insteadOf fd::3",
					     "url.git://127.0.0.1/x.insteadOf fd::3",
					     "include.path /etc/passwd"};
	const struct places *places = *state;
	char script[256];

	for (size_t i = 0; i < sizeof(plants) / sizeof(plants[0]); i++) {
		snprintf(script, sizeof(script),
			 "cp -r mirror kept && git config -f mirror/config %s", plants[i]);
		places_do(places, script);
		struct fakebroker broker = run(places, SYNC_FETCH, REPOS_MIRROR);
		assert_true(broker.done);
		assert_int_not_equal(broker.result.failure.kind, FAILURE_NONE);
		assert_int_equal(broker.requests, 0);
		places_do(places, "rm -rf mirror && mv kept mirror");
	}
}

static void test_alternates_show_nothing(void **state)
{
	const struct places *places = *state;

	places_do(places, "echo $PWD/server/.git/objects >mirror/objects/info/alternates");
	struct fakebroker broker = run(places, SYNC_CLONE, REPOS_MIRROR);
	assert_true(broker.done);
	places_do(places, "rm mirror/objects/info/alternates; "
			  "test ! -e mirror/packed-refs || git -C mirror fsck --full --strict");
}

static void test_damage_is_found(void **state)
{
	const struct places *places = *state;
	struct fakebroker broker = run(places, SYNC_CLONE, REPOS_MIRROR);

	expect(&broker, SYNC_CHANGED);
	broker = run(places, SYNC_VERIFY, REPOS_MIRROR);
	expect(&broker, SYNC_UNCHANGED);
	expect_digest(places, &broker);
	assert_int_equal(broker.requests, 0);
	places_do(places, "p=$(ls mirror/objects/pack/*.pack); chmod u+w $p; "
			  "printf 'xxxx' | dd of=$p bs=1 seek=200 conv=notrunc 2>/dev/null");
	broker = run(places, SYNC_VERIFY, REPOS_MIRROR);
	assert_int_equal(broker.result.failure.kind, FAILURE_INTEGRITY);
	assert_non_null(
		strstr(broker.result.failure.message, "the repository is damaged: error: "));
}

static void test_without_a_working_tree_there_is_none(void **state)
{
	const struct places *places = *state;
	struct git_work work = fakebroker_work(SYNC_CLONE, REPOS_WORKTREE);
	struct fakebroker broker = fakebroker_run(places->server, places->mirror, NULL, &work);

	assert_int_equal(broker.result.failure.kind, FAILURE_CONFLICT);
	assert_int_equal(broker.requests, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, places_make, places_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_a_mirror),
		TEST(test_a_shallow_mirror_and_the_whole_one),
		TEST(test_a_partial_mirror),
		TEST(test_an_empty_repository),
		TEST(test_a_working_tree_goes_forward),
		TEST(test_a_working_tree_that_somebody_works_in),
		TEST(test_links_and_submodules_stay_texts_and_places),
		TEST(test_a_planted_configuration_starts_nothing),
		TEST(test_addresses_of_a_planted_configuration_lead_nowhere),
		TEST(test_alternates_show_nothing),
		TEST(test_damage_is_found),
		TEST(test_without_a_working_tree_there_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
