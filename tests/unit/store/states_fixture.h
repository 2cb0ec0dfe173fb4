/* A store's directory, states to put into it, and what the user is told. */
#ifndef GHWARD_TESTS_STORE_STATES_FIXTURE_H
#define GHWARD_TESTS_STORE_STATES_FIXTURE_H

#include "store/sync_database.h"

#define STATES_DESTINATION "/srv/mirrors"

struct states_fixture {
	char path[64];
	int store; /* directory */
	char notes[512];
	char name[64]; /* of the database of STATES_DESTINATION, once there is one */
};

int states_set_up(void **state);
int states_tear_down(void **state);

/* A sync_note_fn whose context is the fixture. */
void states_take_note(void *fixture, const char *text);

/* Opens that of STATES_DESTINATION. Notes begin anew. */
struct sync_database *states_open(struct states_fixture *);

/* One with something in every field, all told by its id. */
struct sync_state states_made(uint64_t id, enum repos_part part);
void states_assert_equal(const struct sync_state *, const struct sync_state *);

/* Puts ids 1 to `count`, and flushes. */
void states_fill(struct sync_database *, uint64_t count);
/* Whether all of these are found as they were put. */
void states_check(struct sync_database *, uint64_t count);

#endif
