/* What sync.c, sync_request.c, sync_item.c and sync_git.c share. */
#ifndef GHWARD_BROKER_SYNC_PARTS_H
#define GHWARD_BROKER_SYNC_PARTS_H

#include "broker/assistant.h"
#include "broker/sync.h"

struct sync_item;
struct transport;

struct sync {
	struct job *job;
	struct repos_request request; /* its strings are those below */
	char destination[REPOS_DESTINATION_MAX + 1];
	char include[REPOS_PATTERNS_MAX + 1], exclude[REPOS_PATTERNS_MAX + 1];
	char topic[REPOS_PATTERNS_MAX + 1], language[REPOS_PATTERNS_MAX + 1];
	struct listed *listed;
	struct assistant store, tree;
	int states; /* the worker's end of its socket to the store, until it is told */
	struct sync_item *items;
	unsigned item_count;
	uint64_t received; /* for what is over */
	bool looking;
	bool prune_asked, prune_agreed;
	uint32_t removals; /* that it was asked about and that are still to be ordered */
	char *removable;   /* their names, each with its line's end; NULL: not all were shown */
	char filters[256], how[128]; /* for the job's records */
};

#define SYNC_WHY_MAX 32u
#define SYNC_NOTE_MAX 255u

/* Where one repository is. */
enum item_stage {
	ITEM_RECORDING, /* the intent */
	ITEM_OPENING,
	ITEM_WORKING,
	ITEM_ENDING, /* its ghward-git, and with it all of git */
	ITEM_CLOSING,
	ITEM_RECORDED, /* the result is being */
};

/* When a job ends in the middle, the tree puts back what git cannot reach: once it sees the end of
 * its channel, and that has to be after git's. */
struct sync_parting {
	unsigned left; /* who may still write, and whoever is counting them */
	int tree;
};
void sync_parted(struct sync_parting *) __attribute__((nonnull));

struct sync_item {
	struct sync_item *next;
	struct sync *sync;
	uint32_t id; /* the worker's */
	enum item_stage stage;
	enum sync_action action;
	char target[SYNC_NAME_MAX + 2];
	char owner[VALIDATE_OWNER_MAX + 1], name[VALIDATE_REPO_MAX + 1];
	char old_owner[VALIDATE_OWNER_MAX + 1], old_name[VALIDATE_REPO_MAX + 1];
	char branch[VALIDATE_REF_MAX + 1];
	char why[SYNC_WHY_MAX + 1];
	struct audit_wait *waiting;
	uint32_t intent;
	struct assistant git;
	struct transport *transport;
	uint32_t request; /* id of git's that is under way */
	unsigned requests;
	uint64_t received, told; /* by finished answers; by ghward-git's own word */
	uint64_t started_ms;
	struct failure of_transport;
	struct sync_result result;
	char note[SYNC_NOTE_MAX + 1];
};

/* Begins what the worker has ordered. Returns -1 when it may not order that. */
int sync_item_start(struct sync *, uint32_t id, const struct sync_order *)
	__attribute__((nonnull, warn_unused_result));

/* Whether the job is about this repository. */
bool sync_is_meant(const struct job *, const char *owner, const char *name)
	__attribute__((nonnull, warn_unused_result));

/* Whether the user has agreed to the removal of this one, of which there may be no more than that.
 */
bool sync_takes_removal(struct sync *, const char *target)
	__attribute__((nonnull, warn_unused_result));

/* Answers of the tree, about the item of that id. Return -1 when it has nothing to answer. The
 * descriptors are taken. */
int sync_item_ready(struct sync *, uint32_t id, enum sync_action, const int *fds, unsigned fd_count)
	__attribute__((nonnull));
int sync_item_closed(struct sync *, uint32_t id, const struct failure *, const char *refused)
	__attribute__((nonnull));

/* The end of the work on one, well or with a failure: the tree is told as soon as nobody is at work
 * there any more, which sync_item_left() says. */
void sync_item_worked(struct sync_item *, const struct failure *) __attribute__((nonnull));
void sync_item_left(struct sync_item *) __attribute__((nonnull));

/* A place that nothing is put into: `system`, or `escape`. */
void sync_record_refused(const struct job *, const char *target, const char *outcome,
			 const char *path) __attribute__((nonnull));

/* Starts a ghward-git in these directories, which it takes, and tells it what to do. */
void sync_git_start(struct sync_item *, const int *fds, unsigned fd_count) __attribute__((nonnull));
/* Ends it, which is counted. */
void sync_git_stop(struct sync_item *, struct sync_parting *) __attribute__((nonnull));

/* It has nothing more to do. Returns whether it has ended; if not, sync_item_left() follows. */
bool sync_git_leave(struct sync_item *) __attribute__((nonnull));

/* Received for what is under way. */
uint64_t sync_items_received(const struct sync *) __attribute__((nonnull));

/* Drops all; what had begun is on record as interrupted. */
void sync_items_stop(struct sync *, struct sync_parting *) __attribute__((nonnull));

#endif
