/* What a process that breaks its protocol cannot reach in a job about repositories. */
#include "scene.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void git_ended(struct scene *scene, uint32_t order)
{
	struct ipc_message *message = ipc_new(MESSAGE_EXITED, order);

	ipc_put_u8(message, ROLE_GIT);
	ipc_put_u32(message, order);
	ipc_put_u8(message, PROCESS_SIGNALLED);
	ipc_put_u32(message, 9);
	peers_say(&scene->peers.all[0], message);
}

/* A git that is about to die may still write: its directory is not touched before it has. */
static void test_a_git_that_breaks_its_protocol_is_awaited(void **state)
{
	struct scene scene;

	(void)state;
	scene_begin(&scene, JOB_REPOS_SYNC, 0);
	struct peer *git = scene_working(&scene);
	uint32_t order = git->order;
	scene.peers.hard_to_kill = true;
	scene_git_asks(git, F_SEAL_SHRINK | F_SEAL_GROW);
	SERVE_UNTIL(&scene.peers, git->killed);
	peers_serve(&scene.peers, QUIET_MS);
	assert_true(git->killed);
	assert_int_equal(scene.peers.violations, 1);
	assert_int_equal(scene.tree->heard, MESSAGE_TREE_BEGIN);
	scene.peers.hard_to_kill = false;
	git_ended(&scene, order);
	SERVE_UNTIL(&scene.peers, scene.tree->heard == MESSAGE_TREE_ABORT);
	assert_int_equal(scene.tree->heard, MESSAGE_TREE_ABORT);
	scene_tree_done(scene.tree, 5, FAILURE_NONE, "");
	SERVE_UNTIL(&scene.peers, scene.worker->heard == MESSAGE_SYNCED);
	assert_int_equal(scene.worker->synced.failure.kind, FAILURE_INTERNAL);
	assert_false(scene.client->done);
	scene_end(&scene);
}

/* So that nothing is written behind the back of a tree that tidies up. */
static void test_an_interrupted_git_ends_before_the_tree(void **state)
{
	struct scene scene;

	(void)state;
	scene_begin(&scene, JOB_REPOS_SYNC, 0);
	struct peer *git = scene_working(&scene);
	uint32_t order = git->order;
	scene.peers.hard_to_kill = true;
	peers_say(scene.client, ipc_new(MESSAGE_CANCEL, 0));
	SERVE_UNTIL(&scene.peers, scene.client->done);
	peers_serve(&scene.peers, QUIET_MS);
	assert_true(git->killed);
	assert_non_null(peers_find(&scene.peers, PEER_TREE, 0));
	git_ended(&scene, order);
	SERVE_UNTIL(&scene.peers, !peers_find(&scene.peers, PEER_TREE, 0));
	assert_null(peers_find(&scene.peers, PEER_TREE, 0));
	scene_end(&scene);
}

static void say_unchanged(struct peer *worker, unsigned count, const char *owner)
{
	struct ipc_message *message = ipc_new(MESSAGE_UNCHANGED, 0);

	ipc_put_u16(message, (uint16_t)count);
	for (unsigned i = 0; i < count; i++) {
		ipc_put_string(message, owner);
		ipc_put_string(message, "shop");
		ipc_put_u8(message, UNCHANGED_BY_HINT);
	}
	peers_say(worker, message);
}

/* The disk is slow and the list is long: a worker, even one that has ended, waits for the log. */
static void test_more_is_unchanged_than_the_log_takes_at_once(void **state)
{
	const unsigned messages = 30, each = 100;

	(void)state;
	for (unsigned ends = 0; ends < 2; ends++) {
		struct scene scene;
		scene_begin(&scene, JOB_REPOS_SYNC, 0);
		unsigned before = scene.peers.event_count;
		scene.peers.audit_deaf = true;
		for (unsigned i = 0; i < messages; i++)
			say_unchanged(scene.worker, each, "acme");
		if (ends) {
			peers_finish(scene.worker);
			peers_hang_up(scene.worker);
		}
		peers_serve(&scene.peers, QUIET_MS);
		assert_false(scene.peers.broker_gone);
		scene.peers.audit_deaf = false;
		SERVE_UNTIL(&scene.peers, scene.peers.event_count - before >= messages * each);
		assert_in_range(scene.peers.event_count - before, messages * each,
				messages * each + 1);
		if (ends) {
			SERVE_UNTIL(&scene.peers, scene.client->done);
			assert_int_equal(scene.client->failure.kind, FAILURE_NONE);
		}
		scene_end(&scene);
	}
}

static void test_what_is_unchanged_without_being_meant(void **state)
{
	struct scene scene;

	(void)state;
	scene_begin(&scene, JOB_REPOS_SYNC, 0);
	say_unchanged(scene.worker, 1, "zoo");
	SERVE_UNTIL(&scene.peers, scene.client->done);
	assert_int_equal(scene.peers.violations, 1);
	assert_false(scene_has_record(&scene.peers, "repos.unchanged note unchanged"));
	scene_end(&scene);
	scene_begin(&scene, JOB_REPOS_SYNC, 0);
	say_unchanged(scene.worker, 101, "acme");
	SERVE_UNTIL(&scene.peers, scene.client->done);
	assert_int_equal(scene.peers.violations, 1);
	scene_end(&scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_git_that_breaks_its_protocol_is_awaited),
		cmocka_unit_test(test_an_interrupted_git_ends_before_the_tree),
		cmocka_unit_test(test_more_is_unchanged_than_the_log_takes_at_once),
		cmocka_unit_test(test_what_is_unchanged_without_being_meant),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
