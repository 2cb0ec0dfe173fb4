/* A directory for a test: a server's repository in it, and places to keep it. */
#ifndef GHWARD_TESTS_PLACES_H
#define GHWARD_TESTS_PLACES_H

#include <stdbool.h>
#include <stddef.h>

struct places {
	char top[64];
	char server[96];   /* with two commits on main, one on side, a tag and a note */
	char mirror[96];   /* bare, empty */
	char worktree[96]; /* with nothing in it, and */
	char git[96];	   /* where git keeps its own of it */
};

int places_make(void **state);
int places_remove(void **state);

/* Runs a shell in the directory `top`, with the test's own git. Fails the test if that fails. */
void places_do(const struct places *, const char *script);
/* What it prints, without the last line's end. */
const char *places_ask(const struct places *, const char *script);
bool places_succeeds(const struct places *, const char *script);

#endif
