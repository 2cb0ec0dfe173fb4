/* A log, a directory for its index, and searches in it that are compared with the plain reading of
 * every line. */
#ifndef GHWARD_TESTS_STORE_FIXTURE_H
#define GHWARD_TESTS_STORE_FIXTURE_H

#include "logs/logs.h"
#include "store/search.h"

#define FIXTURE_LOG "0123456789ab"
#define FIXTURE_INDEX FIXTURE_LOG ".index"

struct fixture {
	char path[64];
	int log, store; /* directories */
	struct logs logs;
	uint64_t records;
	char notes[512]; /* of the last search, each with a line feed */
};

int fixture_set_up(void **state);
int fixture_tear_down(void **state);

/* Appends typical records. */
void fixture_grow(struct fixture *, unsigned records);

/* A filter that means everything. */
struct review_filter fixture_all(void);

/* What a search writes; to be freed. `limit` counts from the end. */
char *fixture_search(struct fixture *, const struct review_filter *, uint32_t limit);

/* Searches, and compares with what there is. Returns how many lines were found. */
size_t fixture_check(struct fixture *, const struct review_filter *, uint32_t limit);

/* The same with a filter of each kind. */
void fixture_check_all(struct fixture *);

/* The whole file, to be freed; and back. */
char *fixture_read(int directory, const char *name, size_t *length);
void fixture_write(int directory, const char *name, const char *bytes, size_t length);

#endif
