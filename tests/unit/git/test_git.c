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

static const char refs_of_server[] = "git -C server for-each-ref --format='%(objectname) %(refname)' "
				     "refs/heads refs/tags refs/notes";
static const char refs_of_mirror[] = "git -C mirror for-each-ref --format='%(objectname) %(refname)'";

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
		places_ask(places,
			   "git -C server for-each-ref --format='%(objectname) %(refname)' "
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
	places_do(places, "git -C mirror fsck --full --strict && test -z \"$(find mirror/refs -type f)\"");

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_a_mirror, places_make, places_remove),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
