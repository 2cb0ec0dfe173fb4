/* What a process that breaks its protocol cannot reach in a job about repositories. */
#include "scene.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

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
	struct ipc_message *message = ipc_new(MESSAGE_EXITED, order);
	ipc_put_u8(message, ROLE_GIT);
	ipc_put_u32(message, order);
	ipc_put_u8(message, PROCESS_SIGNALLED);
	ipc_put_u32(message, 9);
	peers_say(&scene.peers.all[0], message);
	SERVE_UNTIL(&scene.peers, scene.tree->heard == MESSAGE_TREE_ABORT);
	assert_int_equal(scene.tree->heard, MESSAGE_TREE_ABORT);
	scene_tree_done(scene.tree, 5, FAILURE_NONE, "");
	SERVE_UNTIL(&scene.peers, scene.worker->heard == MESSAGE_SYNCED);
	assert_int_equal(scene.worker->synced.failure.kind, FAILURE_INTERNAL);
	assert_false(scene.client->done);
	scene_end(&scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_git_that_breaks_its_protocol_is_awaited),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
