/* Jobs about repositories. */
#include "scene.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

void scene_ask(struct peer *client, enum job_kind kind, uint8_t prune)
{
	struct ipc_message *message = ipc_new(MESSAGE_JOB, 1);
	struct job_request request = {
		.kind = kind,
		.format = OUTPUT_JSON,
		.repos = {.workers = 2, .prune = prune, .destination = "/srv/mirrors"}};

	if (kind != JOB_REPOS_VERIFY)
		request.arguments.values[PARAMETER_ORG] = "acme";
	protocol_put_request(message, &request);
	peers_say(client, message);
}

void scene_begin(struct scene *scene, enum job_kind kind, uint8_t prune)
{
	memset(scene, 0, sizeof(*scene));
	scene->peers.private = true;
	peers_start(&scene->peers);
	scene->peers.private = true;
	peers_configure(&scene->peers, 10, 30000);
	scene->client = peers_client(&scene->peers);
	scene_ask(scene->client, kind, prune);
	SERVE_UNTIL(&scene->peers, (scene->worker = peers_find(&scene->peers, PEER_WORKER, 0)) &&
					   scene->worker->worked);
	assert_non_null(scene->worker);
	scene->tree = peers_find(&scene->peers, PEER_TREE, 0);
	scene->store = peers_find(&scene->peers, PEER_STORE, 0);
	assert_non_null(scene->tree);
	assert_non_null(scene->store);
	SERVE_UNTIL(&scene->peers, scene->tree->heard && scene->store->heard);
	assert_int_equal(scene->tree->heard, MESSAGE_TREE_OPEN);
	assert_int_equal(scene->store->heard, MESSAGE_STATES);
}

/* The client goes, and with it the broker. */
void scene_end(struct scene *scene)
{
	peers_hang_up(scene->client);
	for (int patience = 0; patience < 600 && !scene->peers.broker_gone; patience++)
		peers_serve(&scene->peers, 20);
	assert_int_equal(peers_stop(&scene->peers), 0);
}

bool scene_has_record(const struct peers *peers, const char *event)
{
	for (unsigned i = 0; i < 16; i++) {
		if (strcmp(peers->events[i], event) == 0)
			return true;
	}
	return false;
}

void scene_order(struct peer *worker, uint32_t id, enum sync_action action, const char *owner,
		 const char *name)
{
	struct ipc_message *message = ipc_new(MESSAGE_SYNC, id);
	const struct sync_order what = {.action = action,
					.owner = owner,
					.name = name,
					.old_owner = "",
					.old_name = "",
					.branch = "main",
					.why = "new"};

	protocol_put_sync_order(message, &what);
	peers_say(worker, message);
}

void scene_ready(struct peer *tree, uint32_t id, enum sync_action action, unsigned directories)
{
	struct ipc_message *message = ipc_new(MESSAGE_TREE_READY, id);

	ipc_put_u8(message, (uint8_t)action);
	for (unsigned i = 0; i < directories; i++)
		ipc_put_fd(message, open("/tmp", O_PATH | O_DIRECTORY | O_CLOEXEC));
	peers_say(tree, message);
}

void scene_tree_done(struct peer *tree, uint32_t id, enum failure_kind kind, const char *refused)
{
	struct ipc_message *message = ipc_new(MESSAGE_TREE_DONE, id);
	struct failure failure = {.kind = kind};

	protocol_put_failure(message, &failure);
	ipc_put_string(message, refused);
	peers_say(tree, message);
}

void scene_git_done(struct peer *git, enum failure_kind kind)
{
	struct ipc_message *message = ipc_new(MESSAGE_GIT_DONE, 0);
	const struct sync_result result = {
		.failure = {.kind = kind}, .digest = {7}, .note = "a note"};

	protocol_put_sync_result(message, &result);
	peers_say(git, message);
}

void scene_git_asks(struct peer *git, int seals)
{
	struct ipc_message *message = ipc_new(MESSAGE_GIT_REQUEST, 1);
	int fd = memfd_create("request", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	assert_int_equal(write(fd, "0000", 4), 4);
	assert_int_equal(fcntl(fd, F_ADD_SEALS, seals), 0);
	ipc_put_u8(message, GIT_FETCH);
	ipc_put_fd(message, fd);
	peers_say(git, message);
}

struct peer *scene_working(struct scene *scene)
{
	struct peer *git = NULL;

	scene_order(scene->worker, 5, SYNC_CLONE, "acme", "shop");
	SERVE_UNTIL(&scene->peers, scene->tree->heard == MESSAGE_TREE_BEGIN);
	assert_int_equal(scene->tree->heard_id, 5);
	scene_ready(scene->tree, 5, SYNC_CLONE, 1);
	SERVE_UNTIL(&scene->peers, (git = peers_find(&scene->peers, PEER_GIT, 0)) && git->heard);
	assert_non_null(git);
	assert_int_equal(git->heard, MESSAGE_GIT_WORK);
	return git;
}
