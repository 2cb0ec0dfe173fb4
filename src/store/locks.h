/* Locks between two stores on one database: of open file descriptions, each of one byte of the
 * file, where nothing has to stand. */
#ifndef GHWARD_STORE_LOCKS_H
#define GHWARD_STORE_LOCKS_H

#include <stdbool.h>

enum lock_byte {
	LOCK_WHOLE,   /* of a database that is not shared, as long as it is open */
	LOCK_CONTENT, /* of one that is: held to read together, or to write alone */
	LOCK_INTENT,  /* the same: held by the one who is going to write */
};

/* F_RDLCK, F_WRLCK or F_UNLCK, at once. Returns 0, or -1 with errno, EAGAIN if somebody else has
 * it: what was held before is held still. */
int lock_set(int fd, enum lock_byte, short type) __attribute__((warn_unused_result));

/* Whether somebody else has it. */
bool lock_is_taken(int fd, enum lock_byte);

#endif
