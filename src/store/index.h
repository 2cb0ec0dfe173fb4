/* The index of one log: which records there are, in blocks of columns. It can be deleted at any
 * time, and says where to look, never what is there: what is found is read from the segments. */
#ifndef GHWARD_STORE_INDEX_H
#define GHWARD_STORE_INDEX_H

#include "store/block.h"
#include "store/evidence.h"
#include "store/index_tables.h"

struct index;

/* Hears something that the user may want to know. */
typedef void index_note_fn(void *context, const char *text);

/* Opens the index of this log in the store's directory and brings it up to date as far as it may.
 * One that is damaged, of another log or not of these segments is made anew. Returns NULL when
 * there is none to be had, which is said in a note unless the log is empty. `lines` is used for
 * reading. */
struct index *index_open(int store, const struct evidence *, struct lines *, index_note_fn *,
			 void *context) __attribute__((nonnull(2, 3, 4)));
void index_close(struct index *);

/* Where the first record is that it does not know. */
struct evidence_place index_end(const struct index *) __attribute__((nonnull));

const struct terms *index_terms(const struct index *, enum term_kind)
	__attribute__((nonnull, returns_nonnull));

enum index_order { INDEX_OLDEST_FIRST, INDEX_NEWEST_FIRST };

/* Asks for the blocks that have records from `since_us` on and before `until_us` (0: without end).
 */
void index_ask(struct index *, uint64_t since_us, uint64_t until_us, enum index_order)
	__attribute__((nonnull));

/* The next of these blocks, without its columns; DATABASE_END behind the last one. */
enum database_status index_next(struct index *, struct block *)
	__attribute__((warn_unused_result, nonnull));

/* Reads one column of it. */
enum database_status index_column(struct index *, struct block *, enum block_column)
	__attribute__((warn_unused_result, nonnull));

/* It is not what the segments say: throws it away, for the next one who asks. */
void index_discard(struct index *) __attribute__((nonnull));

#endif
