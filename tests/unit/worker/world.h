/* A job about repositories in a process of its own, and around it a broker with GitHub, a store and
 * a destination that are written down. */
#ifndef GHWARD_TESTS_UNIT_WORKER_WORLD_H
#define GHWARD_TESTS_UNIT_WORKER_WORLD_H

#include "worker/job.h"

#define WORLD_REPOS_MAX 20000u
#define WORLD_STATES_MAX 20000u
#define WORLD_LOG_MAX 65536u

/* How it is on GitHub, and what happens to it here. */
struct world_repo {
	uint64_t id;
	const char *full_name;
	const char *called;	 /* by its object; NULL: full_name */
	const char *branch;	 /* NULL: "main" */
	const char *pushed_at;	 /* NULL: a time */
	const char *refs;	 /* pkt-lines; NULL: one ref */
	const char *extra;	 /* of its object: ",\"disabled\":true" */
	uint16_t status;	 /* of questions for its refs and its object; 0: 200 */
	enum failure_kind fails; /* its orders */
	enum sync_outcome outcome;
	bool unlisted;
};

/* Where the worker's process can see it as well. */
struct world_shared {
	struct sync_state states[WORLD_STATES_MAX];
	uint32_t state_count;
	bool flushed;
	struct failure failure; /* of the job */
	uint32_t items;
};

struct world {
	struct job_request request;
	struct world_repo *repos;
	uint32_t repo_count;
	uint32_t in_flight;
	const char *login;    /* of GET /user */
	const char *listed;   /* "acme/shop acme/shirts" */
	const char *there;    /* names at the destination, with spaces around: " acme/shop " */
	const char *foreign;  /* likewise, something else */
	bool agrees;	      /* to prune */
	uint16_t list_status; /* of the second page; 0: 200 */

	/* What there was of it. */
	struct world_shared *shared;
	uint32_t calls[OPERATIONS], most_calls, most_orders, orders, progress;
	uint64_t answers;
	char log[WORLD_LOG_MAX]; /* "fetch acme/shop pushed_at\n" of orders, "unchanged NAME 0\n" */
	char notes[4096];
	char *output;
	long peak_kb; /* resident, of the worker */
};

/* One of kind for an organisation acme. */
struct world *world_new(enum job_kind, struct world_repo *, uint32_t count);
void world_run(struct world *);
void world_free(struct world *);

/* So that the next run counts anew; what is remembered stays. */
void world_forget(struct world *);

struct sync_state *world_state(struct world *, uint64_t id);

#endif
