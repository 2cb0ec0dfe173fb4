/* The files of one database as SQLite sees them: an SQLite VFS that knows two descriptors and no
 * path.
 *
 * Every page carries a check sum in its last bytes, which SQLite leaves free for that. What was
 * changed, cut, or is not a database of ours is SQLITE_IOERR_DATA before SQLite looks at it. */
#ifndef GHWARD_STORE_PAGES_H
#define GHWARD_STORE_PAGES_H

#include <sqlite3.h>
#include <stdbool.h>

#define PAGES_SIZE_MAX 16384
#define PAGES_RESERVED 8

/* Both names are SQLite's; they mean nothing to the file system. */
#define PAGES_VFS_NAME "pages"
#define PAGES_NAME "index"

struct pages {
	int data, journal; /* journal is -1 when nothing may be written */
	int page_size;	   /* of this database, a power of two */
	bool writable;
	bool shared;  /* others may write: locks are taken as SQLite asks for them */
	bool damaged; /* a page was not as it was written */
	int error;    /* errno of the last failure */
};

/* Makes SQLite use these descriptors, which stay the caller's, from now on: one database at a time.
 * Returns an SQLite status. */
int pages_use(struct pages *) __attribute__((warn_unused_result, nonnull));

#endif
