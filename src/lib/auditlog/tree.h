/* An RFC 6962 Merkle tree as its peaks: enough to append, to tell the root, and to go on later. */
#ifndef GHWARD_AUDITLOG_TREE_H
#define GHWARD_AUDITLOG_TREE_H

#include <stddef.h>
#include <stdint.h>

/* Trees have fewer than 2^44 leaves. */
#define AUDITLOG_TREE_LEVELS 44u
#define AUDITLOG_TREE_HASH_SIZE ((size_t)32)

/* All zero is the empty tree. Or a part of a tree: leaves `begin` to `end`. */
struct auditlog_tree {
	uint64_t begin, end;
	unsigned
		count; /* of peaks: the largest perfect, aligned subtrees, in the order of leaves */
	uint8_t peaks[2 * AUDITLOG_TREE_LEVELS][AUDITLOG_TREE_HASH_SIZE];
};

/* Appends one leaf. */
void auditlog_tree_add(struct auditlog_tree *, const uint8_t leaf[AUDITLOG_TREE_HASH_SIZE])
	__attribute__((nonnull));

/* Appends a part that begins where this one ends. */
void auditlog_tree_join(struct auditlog_tree *, const struct auditlog_tree *part)
	__attribute__((nonnull));

/* Has a part that came from elsewhere as many peaks as its leaves need? Returns 0, or -1. */
int auditlog_tree_check(const struct auditlog_tree *) __attribute__((warn_unused_result, nonnull));

/* The root of a tree that begins at leaf 0; of the empty one the hash of nothing. */
void auditlog_tree_root(const struct auditlog_tree *, uint8_t root[AUDITLOG_TREE_HASH_SIZE])
	__attribute__((nonnull));

/* SHA-256(0x01 || left || right). */
void auditlog_tree_node(const uint8_t left[AUDITLOG_TREE_HASH_SIZE],
			const uint8_t right[AUDITLOG_TREE_HASH_SIZE],
			uint8_t node[AUDITLOG_TREE_HASH_SIZE]) __attribute__((nonnull));

/* Peaks in hexadecimal with commas between them, of a tree that begins at leaf 0. */
#define AUDITLOG_PEAKS_SIZE (AUDITLOG_TREE_LEVELS * 65u + 1u)
void auditlog_tree_format(const struct auditlog_tree *, char text[AUDITLOG_PEAKS_SIZE])
	__attribute__((nonnull));

/* The tree of this size with these peaks. Returns 0, or -1 if it is not the one form of them. */
int auditlog_tree_parse(const char *text, size_t length, uint64_t size, struct auditlog_tree *)
	__attribute__((warn_unused_result, nonnull));

/* RFC 9162, 2.1.3.2: is this the leaf with that index in the tree of this size and root? The path
 * is from the leaf's sibling upwards. Returns 0, or -1. */
int auditlog_tree_check_path(const uint8_t leaf[AUDITLOG_TREE_HASH_SIZE], uint64_t index,
			     uint64_t size, const uint8_t (*path)[AUDITLOG_TREE_HASH_SIZE],
			     size_t length, const uint8_t root[AUDITLOG_TREE_HASH_SIZE])
	__attribute__((warn_unused_result, nonnull(1, 6)));

#endif
