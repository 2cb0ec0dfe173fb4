/* A destination for tests, and a shell in it. */
#ifndef GHWARD_TESTS_TREE_SCRATCH_H
#define GHWARD_TESTS_TREE_SCRATCH_H

#include <stdbool.h>
#include <sys/types.h>

struct scratch {
	char path[64];
	int fd; /* O_PATH */
};

/* For cmocka: *state is a struct scratch of an empty directory. */
int scratch_set_up(void **state);
int scratch_tear_down(void **state);

/* Runs a command of the shell in the directory. Returns its exit status. */
int scratch_run(const struct scratch *, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* A process that exchanges two entries for ever, at changing speed; ended by scratch_end_swapping.
 */
pid_t scratch_start_swapping(const struct scratch *, const char *one, const char *other);
/* Returns 0. */
int scratch_end_swapping(pid_t);

bool scratch_has(const struct scratch *, const char *path);

#endif
