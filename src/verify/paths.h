/* Inclusion paths of chosen leaves of a tree that is too large for memory: its leaves are read in
 * blocks; the hash of each block is kept, and that of each leaf of the block at hand. */
#ifndef GHWARD_VERIFY_PATHS_H
#define GHWARD_VERIFY_PATHS_H

#include "lib/auditlog/tree.h"

#include <stdbool.h>
#include <stddef.h>

/* Leaves of a block, and blocks at most: 2^30 leaves. */
#define PATHS_BLOCK_LEVELS 12u
#define PATHS_BLOCK (UINT64_C(1) << PATHS_BLOCK_LEVELS)
#define PATHS_BLOCKS_MAX (UINT64_C(1) << 18)

/* Nodes of one level, from an even index on; those that nobody knows are not needed. */
struct paths_level {
	uint64_t first;
	size_t count;
	uint8_t (*nodes)[AUDITLOG_TREE_HASH_SIZE];
	bool *known;
};

struct paths {
	struct auditlog_tree base, tree; /* before the first leaf that is there; and all of it */
	uint64_t block;			 /* number of the one at hand */
	struct paths_level levels[AUDITLOG_TREE_LEVELS + 1]; /* 0: leaves of the block at hand */
};

/* Returns 0, or -1 without memory; paths_free() in any case. The hashes of all whole blocks follow,
 * from the one on that has the first leaf behind `base`, then paths_ready(). */
int paths_begin(struct paths *, const struct auditlog_tree *base, const struct auditlog_tree *tree)
	__attribute__((warn_unused_result, nonnull));
void paths_whole_block(struct paths *, uint64_t block, const uint8_t root[AUDITLOG_TREE_HASH_SIZE])
	__attribute__((nonnull));
void paths_ready(struct paths *) __attribute__((nonnull));
void paths_free(struct paths *) __attribute__((nonnull));

/* Goes to a block; its leaves follow, then paths_end_block(). */
void paths_begin_block(struct paths *, uint64_t block) __attribute__((nonnull));
void paths_leaf(struct paths *, uint64_t index, const uint8_t leaf[AUDITLOG_TREE_HASH_SIZE])
	__attribute__((nonnull));
void paths_end_block(struct paths *) __attribute__((nonnull));

/* The path of a leaf of this block, from its sibling upwards. Returns its length. */
size_t paths_get(const struct paths *, uint64_t index,
		 uint8_t path[AUDITLOG_TREE_LEVELS][AUDITLOG_TREE_HASH_SIZE])
	__attribute__((nonnull));

#endif
