/* A job about repositories whose worker, tree, store and git the test plays. */
#ifndef GHWARD_TESTS_BROKER_SCENE_H
#define GHWARD_TESTS_BROKER_SCENE_H

#include "peers.h"

/* After this long nothing that should not come is waited for. */
#define QUIET_MS 60

#define SERVE_UNTIL(peers, condition)                                                              \
	for (int patience = 0; patience < 600 && !(condition) && !(peers)->broker_gone;            \
	     patience++)                                                                           \
	peers_serve(peers, 20)

struct scene {
	struct peers peers;
	struct peer *client, *worker, *tree, *store;
};

/* Asks for two at a time: all of acme's, or what is there for a verification. */
void scene_ask(struct peer *client, enum job_kind, uint8_t prune);
/* Until all have heard what their work is. */
void scene_begin(struct scene *, enum job_kind, uint8_t prune);
/* The client goes, and with it the broker. */
void scene_end(struct scene *);

/* "repos.clone result done" among the last records. */
bool scene_has_record(const struct peers *, const char *event);

/* What they say. */
void scene_order(struct peer *worker, uint32_t id, enum sync_action, const char *owner,
		 const char *name);
void scene_ready(struct peer *tree, uint32_t id, enum sync_action, unsigned directories);
void scene_tree_done(struct peer *tree, uint32_t id, enum failure_kind, const char *refused);
void scene_git_done(struct peer *git, enum failure_kind);
void scene_git_asks(struct peer *git, int seals);

/* The git of order 5, a clone of acme/shop. */
struct peer *scene_working(struct scene *);

#endif
