/* Jobs about repositories, with a worker, a tree and a git that keep to their part, and some that
 * do not. */
#include "scene.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void test_a_clone(void **state)
{
	struct scene scene;

	(void)state;
	scene_begin(&scene, JOB_REPOS_SYNC, 0);
	struct peer *git = scene_working(&scene);
	scene_git_done(git, FAILURE_NONE);
	SERVE_UNTIL(&scene.peers, scene.tree->heard == MESSAGE_TREE_COMMIT);
	assert_int_equal(scene.tree->heard, MESSAGE_TREE_COMMIT);
	assert_int_not_equal(scene.worker->heard, MESSAGE_SYNCED);
	scene_tree_done(scene.tree, 5, FAILURE_NONE, "");
	SERVE_UNTIL(&scene.peers, scene.worker->heard == MESSAGE_SYNCED);
	assert_int_equal(scene.worker->heard_id, 5);
	assert_int_equal(scene.worker->synced.failure.kind, FAILURE_NONE);
	assert_int_equal(scene.worker->synced.digest[0], 7);
	assert_true(scene_has_record(&scene.peers, "repos.clone result done"));
	assert_int_equal(scene.peers.violations, 0);
	scene_end(&scene);
}

static void test_git_fails_and_nothing_is_kept(void **state)
{
	struct scene scene;

	(void)state;
	scene_begin(&scene, JOB_REPOS_SYNC, 0);
	scene_git_done(scene_working(&scene), FAILURE_MALFORMED);
	SERVE_UNTIL(&scene.peers, scene.tree->heard == MESSAGE_TREE_ABORT);
	assert_int_equal(scene.tree->heard, MESSAGE_TREE_ABORT);
	scene_tree_done(scene.tree, 5, FAILURE_NONE, "");
	SERVE_UNTIL(&scene.peers, scene.worker->heard == MESSAGE_SYNCED);
	assert_int_equal(scene.worker->synced.failure.kind, FAILURE_MALFORMED);
	assert_true(scene_has_record(&scene.peers, "repos.clone result malformed"));
	scene_end(&scene);
}

static void test_git_dies(void **state)
{
	struct scene scene;

	(void)state;
	scene_begin(&scene, JOB_REPOS_SYNC, 0);
	struct peer *git = scene_working(&scene);
	struct ipc_message *message = ipc_new(MESSAGE_EXITED, git->order);
	ipc_put_u8(message, ROLE_GIT);
	ipc_put_u32(message, git->order);
	ipc_put_u8(message, PROCESS_SIGNALLED);
	ipc_put_u32(message, 11);
	peers_say(&scene.peers.all[0], message);
	peers_hang_up(git);
	SERVE_UNTIL(&scene.peers, scene.tree->heard == MESSAGE_TREE_ABORT);
	assert_int_equal(scene.tree->heard, MESSAGE_TREE_ABORT);
	scene_tree_done(scene.tree, 5, FAILURE_NONE, "");
	SERVE_UNTIL(&scene.peers, scene.worker->heard == MESSAGE_SYNCED);
	assert_int_equal(scene.worker->synced.failure.kind, FAILURE_INTERNAL);
	assert_false(scene.client->done);
	scene_end(&scene);
}

/* What can still be written is not sent to anybody. */
static void test_git_asks_with_what_can_change(void **state)
{
	static const int seals[] = {F_SEAL_SHRINK | F_SEAL_GROW,
				    F_SEAL_SHRINK | F_SEAL_WRITE | F_SEAL_GROW};

	(void)state;
	for (size_t i = 0; i < sizeof(seals) / sizeof(seals[0]); i++) {
		struct scene scene;
		scene_begin(&scene, JOB_REPOS_SYNC, 0);
		scene.peers.net_mute = true;
		struct peer *git = scene_working(&scene);
		scene_git_asks(git, seals[i]);
		peers_serve(&scene.peers, QUIET_MS);
		assert_int_equal(scene.peers.violations, i == 0);
		assert_int_equal(scene.tree->heard,
				 i == 0 ? MESSAGE_TREE_ABORT : MESSAGE_TREE_BEGIN);
		if (i == 1)
			assert_int_equal(git->heard, MESSAGE_GIT_ANSWER);
		scene_end(&scene);
	}
}

static void test_a_verification_asks_nobody(void **state)
{
	struct scene scene;
	struct peer *git = NULL;

	(void)state;
	scene_begin(&scene, JOB_REPOS_VERIFY, 0);
	assert_null(peers_find(&scene.peers, PEER_NET, 0));
	scene_order(scene.worker, 1, SYNC_VERIFY, "acme", "shop");
	SERVE_UNTIL(&scene.peers, scene.tree->heard == MESSAGE_TREE_BEGIN);
	scene_ready(scene.tree, 1, SYNC_VERIFY, 1);
	SERVE_UNTIL(&scene.peers, (git = peers_find(&scene.peers, PEER_GIT, 0)) && git->heard);
	scene_git_asks(git, F_SEAL_SHRINK | F_SEAL_WRITE | F_SEAL_GROW);
	SERVE_UNTIL(&scene.peers, scene.peers.violations == 1);
	assert_int_equal(scene.peers.violations, 1);
	assert_null(peers_find(&scene.peers, PEER_NET, 0));
	scene_end(&scene);
}

/* --- workers that want more than is theirs --- */

static void expect_worker_ended(struct scene *scene)
{
	SERVE_UNTIL(&scene->peers, scene->client->done);
	assert_true(scene->client->done);
	assert_int_equal(scene->client->failure.kind, FAILURE_INTERNAL);
	assert_int_equal(scene->peers.violations, 1);
	assert_null(peers_find(&scene->peers, PEER_GIT, 0));
	scene->client->done = false;
	scene_end(scene);
}

static void test_somebody_elses_repository(void **state)
{
	struct scene scene;

	(void)state;
	scene_begin(&scene, JOB_REPOS_SYNC, 0);
	scene_order(scene.worker, 1, SYNC_CLONE, "zoo", "shop");
	expect_worker_ended(&scene);
}

static void test_names_that_climb(void **state)
{
	struct scene scene;

	(void)state;
	scene_begin(&scene, JOB_REPOS_SYNC, 0);
	scene_order(scene.worker, 1, SYNC_CLONE, "acme", "..");
	expect_worker_ended(&scene);
}

static void test_removing_without_being_asked(void **state)
{
	struct scene scene;

	(void)state;
	scene_begin(&scene, JOB_REPOS_SYNC, 0);
	scene_order(scene.worker, 1, SYNC_REMOVE, "acme", "shop");
	expect_worker_ended(&scene);
	/* Asked, and not answered yet. */
	scene_begin(&scene, JOB_REPOS_SYNC, 1);
	struct ipc_message *message = ipc_new(MESSAGE_PRUNE, 0);
	ipc_put_u32(message, 1);
	ipc_put_string(message, "acme/shop");
	peers_say(scene.worker, message);
	SERVE_UNTIL(&scene.peers, scene.client->heard == MESSAGE_PRUNE);
	assert_int_equal(scene.client->heard, MESSAGE_PRUNE);
	scene_order(scene.worker, 1, SYNC_REMOVE, "acme", "shop");
	expect_worker_ended(&scene);
}

static void begin_with_leave(struct scene *scene, uint32_t count, const char *names)
{
	scene_begin(scene, JOB_REPOS_SYNC, 1);
	struct ipc_message *message = ipc_new(MESSAGE_PRUNE, 0);
	ipc_put_u32(message, count);
	ipc_put_string(message, names);
	peers_say(scene->worker, message);
	SERVE_UNTIL(&scene->peers, scene->client->heard == MESSAGE_PRUNE);
	message = ipc_new(MESSAGE_PRUNE_DECIDED, 0);
	ipc_put_u8(message, 1);
	peers_say(scene->client, message);
	SERVE_UNTIL(&scene->peers, scene->worker->heard == MESSAGE_PRUNE_DECIDED);
}

/* The user was shown other names, or fewer. */
static void test_removing_more_than_was_shown(void **state)
{
	struct scene scene;

	(void)state;
	begin_with_leave(&scene, 2, "acme/shopping\nacme/sho");
	scene_order(scene.worker, 1, SYNC_REMOVE, "acme", "shop");
	expect_worker_ended(&scene);
	begin_with_leave(&scene, 2, "acme/shop");
	scene_order(scene.worker, 1, SYNC_REMOVE, "acme", "shop");
	SERVE_UNTIL(&scene.peers, scene.tree->heard_id == 1);
	scene_tree_done(scene.tree, 1, FAILURE_NONE, "");
	scene_order(scene.worker, 2, SYNC_REMOVE, "acme", "one-that-had-no-room");
	SERVE_UNTIL(&scene.peers, scene.tree->heard_id == 2);
	assert_int_equal(scene.tree->heard, MESSAGE_TREE_REMOVE);
	scene_tree_done(scene.tree, 2, FAILURE_NONE, "");
	scene_order(scene.worker, 3, SYNC_REMOVE, "acme", "third");
	expect_worker_ended(&scene);
}

static void test_removing_with_leave(void **state)
{
	struct scene scene;

	(void)state;
	begin_with_leave(&scene, 1, "acme/shop");
	scene_order(scene.worker, 1, SYNC_REMOVE, "acme", "shop");
	SERVE_UNTIL(&scene.peers, scene.tree->heard == MESSAGE_TREE_REMOVE);
	scene_tree_done(scene.tree, 1, FAILURE_NONE, "");
	SERVE_UNTIL(&scene.peers, scene.worker->heard == MESSAGE_SYNCED);
	assert_int_equal(scene.worker->synced.failure.kind, FAILURE_NONE);
	assert_true(scene_has_record(&scene.peers, "repos.remove result done"));
	scene_end(&scene);
}

static void test_more_than_its_number(void **state)
{
	struct scene scene;

	(void)state;
	scene_begin(&scene, JOB_REPOS_SYNC, 0);
	scene_order(scene.worker, 1, SYNC_CLONE, "acme", "a");
	scene_order(scene.worker, 2, SYNC_CLONE, "acme", "b");
	peers_serve(&scene.peers, QUIET_MS);
	assert_int_equal(scene.peers.violations, 0);
	scene_order(scene.worker, 3, SYNC_CLONE, "acme", "c");
	expect_worker_ended(&scene);
}

/* --- trees that do --- */

static void test_a_tree_that_answers_unasked(void **state)
{
	struct scene scene;

	(void)state;
	scene_begin(&scene, JOB_REPOS_SYNC, 0);
	scene_ready(scene.tree, 9, SYNC_CLONE, 1);
	expect_worker_ended(&scene);
	scene_begin(&scene, JOB_REPOS_SYNC, 0);
	scene_tree_done(scene.tree, 9, FAILURE_NONE, "");
	expect_worker_ended(&scene);
}

static void test_a_tree_with_a_directory_too_many(void **state)
{
	struct scene scene;

	(void)state;
	scene_begin(&scene, JOB_REPOS_SYNC, 0);
	scene_order(scene.worker, 5, SYNC_CLONE, "acme", "shop");
	SERVE_UNTIL(&scene.peers, scene.tree->heard == MESSAGE_TREE_BEGIN);
	scene_ready(scene.tree, 5, SYNC_CLONE, 2);
	expect_worker_ended(&scene);
}

static void test_a_path_is_refused(void **state)
{
	struct scene scene;

	(void)state;
	scene_begin(&scene, JOB_REPOS_SYNC, 0);
	scene_order(scene.worker, 5, SYNC_CLONE, "acme", "shop");
	SERVE_UNTIL(&scene.peers, scene.tree->heard == MESSAGE_TREE_BEGIN);
	scene_tree_done(scene.tree, 5, FAILURE_DENIED, "acme/shop.git");
	SERVE_UNTIL(&scene.peers, scene.worker->heard == MESSAGE_SYNCED);
	assert_int_equal(scene.worker->synced.failure.kind, FAILURE_DENIED);
	assert_true(scene_has_record(&scene.peers, "path.refused note escape"));
	assert_true(scene_has_record(&scene.peers, "repos.clone result denied"));
	scene_end(&scene);
}

/* --- the end --- */

static void test_what_is_interrupted_is_recorded(void **state)
{
	struct scene scene;

	(void)state;
	scene_begin(&scene, JOB_REPOS_SYNC, 0);
	scene_working(&scene);
	peers_say(scene.client, ipc_new(MESSAGE_CANCEL, 0));
	SERVE_UNTIL(&scene.peers, scene.client->done);
	assert_int_equal(scene.client->failure.kind, FAILURE_INTERRUPTED);
	assert_true(scene_has_record(&scene.peers, "repos.clone result interrupted"));
	assert_null(peers_find(&scene.peers, PEER_GIT, 0));
	scene.client->done = false;
	scene_end(&scene);
}

static void test_a_shared_agent_keeps_no_repositories(void **state)
{
	struct peers peers;

	(void)state;
	peers_start(&peers);
	peers_configure(&peers, 10, 30000);
	struct peer *client = peers_client(&peers);
	scene_ask(client, JOB_REPOS_SYNC, 0);
	SERVE_UNTIL(&peers, client->done);
	assert_int_equal(client->failure.kind, FAILURE_DENIED);
	assert_int_equal(peers_stop(&peers), 0);
}

static void test_system_directories_are_refused(void **state)
{
	static const char *const places[] = {"/", "/etc", "/usr/share/x", "relative", ""};

	(void)state;
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		struct scene scene = {0};
		struct job_request request = {.kind = JOB_REPOS_STATUS,
					      .repos = {.workers = 1, .destination = places[i]}};
		struct ipc_message *message = ipc_new(MESSAGE_JOB, 1);
		peers_start(&scene.peers);
		scene.peers.private = true;
		peers_configure(&scene.peers, 10, 30000);
		scene.client = peers_client(&scene.peers);
		protocol_put_request(message, &request);
		peers_say(scene.client, message);
		SERVE_UNTIL(&scene.peers, scene.client->done);
		assert_true(scene.client->done);
		assert_int_equal(scene.client->failure.kind,
				 *places[i] == '/' ? FAILURE_DENIED : FAILURE_USAGE);
		assert_int_equal(scene_has_record(&scene.peers, "path.refused note system"),
				 *places[i] == '/');
		assert_null(peers_find(&scene.peers, PEER_TREE, 0));
		scene.client->done = false;
		scene_end(&scene);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_clone),
		cmocka_unit_test(test_git_fails_and_nothing_is_kept),
		cmocka_unit_test(test_git_dies),
		cmocka_unit_test(test_git_asks_with_what_can_change),
		cmocka_unit_test(test_a_verification_asks_nobody),
		cmocka_unit_test(test_somebody_elses_repository),
		cmocka_unit_test(test_names_that_climb),
		cmocka_unit_test(test_removing_without_being_asked),
		cmocka_unit_test(test_removing_more_than_was_shown),
		cmocka_unit_test(test_removing_with_leave),
		cmocka_unit_test(test_more_than_its_number),
		cmocka_unit_test(test_a_tree_that_answers_unasked),
		cmocka_unit_test(test_a_tree_with_a_directory_too_many),
		cmocka_unit_test(test_a_path_is_refused),
		cmocka_unit_test(test_what_is_interrupted_is_recorded),
		cmocka_unit_test(test_a_shared_agent_keeps_no_repositories),
		cmocka_unit_test(test_system_directories_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
