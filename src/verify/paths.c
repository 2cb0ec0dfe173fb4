/* Inclusion paths of chosen leaves. */
#include "verify/paths.h"

#include <stdlib.h>
#include <string.h>

#define HASH AUDITLOG_TREE_HASH_SIZE

static uint8_t *find_node(const struct paths *paths, unsigned level, uint64_t index, bool **known)
{
	const struct paths_level *nodes = &paths->levels[level];

	if (index < nodes->first || index - nodes->first >= nodes->count)
		return NULL;
	*known = &nodes->known[index - nodes->first];
	return nodes->nodes[index - nodes->first];
}

static void put_node(struct paths *paths, unsigned level, uint64_t index, const uint8_t hash[HASH])
{
	bool *known;
	uint8_t *node = find_node(paths, level, index, &known);

	if (node) {
		memcpy(node, hash, HASH);
		*known = true;
	}
}

static const uint8_t *get_node(const struct paths *paths, unsigned level, uint64_t index)
{
	bool *known;
	uint8_t *node = find_node(paths, level, index, &known);

	return node && *known ? node : NULL;
}

/* Every node of the levels above `from` whose two halves are known. */
static void grow(struct paths *paths, unsigned from, unsigned to)
{
	uint8_t node[HASH];

	for (unsigned level = from; level < to; level++) {
		const struct paths_level *nodes = &paths->levels[level];
		for (uint64_t i = nodes->first; i + 1 < nodes->first + nodes->count; i += 2) {
			const uint8_t *left = get_node(paths, level, i);
			const uint8_t *right = get_node(paths, level, i + 1);
			if (!left || !right)
				continue;
			auditlog_tree_node(left, right, node);
			put_node(paths, level + 1, i / 2, node);
		}
	}
}

/* What is known of the leaves before the first one that is there. */
static void put_base(struct paths *paths, unsigned from, unsigned to)
{
	const struct auditlog_tree *base = &paths->base;
	uint64_t at = 0;

	for (unsigned i = 0; i < base->count; i++) {
		unsigned level = 63u - (unsigned)__builtin_clzll(base->end - at);
		if (level >= from && level < to)
			put_node(paths, level, at >> level, base->peaks[i]);
		at += UINT64_C(1) << level;
	}
}

/* Nodes of a level from the one that has leaf `begin`, or its left sibling, to the end. */
static int make_level(struct paths *paths, unsigned level, uint64_t begin, uint64_t end)
{
	struct paths_level *nodes = &paths->levels[level];

	nodes->first = begin >> level & ~UINT64_C(1);
	nodes->count = (size_t)((end >> level) + 1 - nodes->first);
	nodes->nodes = calloc(nodes->count, sizeof(*nodes->nodes));
	nodes->known = calloc(nodes->count, sizeof(*nodes->known));
	return nodes->nodes && nodes->known ? 0 : -1;
}

int paths_begin(struct paths *paths, const struct auditlog_tree *base,
		const struct auditlog_tree *tree)
{
	memset(paths, 0, sizeof(*paths));
	paths->base = *base;
	paths->tree = *tree;
	for (unsigned level = 0; level < PATHS_BLOCK_LEVELS; level++) {
		if (make_level(paths, level, 0, PATHS_BLOCK) < 0)
			return -1;
	}
	for (unsigned level = PATHS_BLOCK_LEVELS; level <= AUDITLOG_TREE_LEVELS; level++) {
		if (make_level(paths, level, base->end, tree->end) < 0)
			return -1;
	}
	put_base(paths, PATHS_BLOCK_LEVELS, AUDITLOG_TREE_LEVELS + 1);
	return 0;
}

void paths_whole_block(struct paths *paths, uint64_t block, const uint8_t root[HASH])
{
	put_node(paths, PATHS_BLOCK_LEVELS, block, root);
}

void paths_ready(struct paths *paths)
{
	grow(paths, PATHS_BLOCK_LEVELS, AUDITLOG_TREE_LEVELS);
}

void paths_free(struct paths *paths)
{
	for (unsigned level = 0; level <= AUDITLOG_TREE_LEVELS; level++) {
		free(paths->levels[level].nodes);
		free(paths->levels[level].known);
	}
}

/* --- blocks --- */

void paths_begin_block(struct paths *paths, uint64_t block)
{
	paths->block = block;
	for (unsigned level = 0; level < PATHS_BLOCK_LEVELS; level++) {
		struct paths_level *nodes = &paths->levels[level];
		nodes->first = block << (PATHS_BLOCK_LEVELS - level);
		memset(nodes->known, 0, nodes->count * sizeof(*nodes->known));
	}
	put_base(paths, 0, PATHS_BLOCK_LEVELS);
}

void paths_leaf(struct paths *paths, uint64_t index, const uint8_t leaf[HASH])
{
	put_node(paths, 0, index, leaf);
}

void paths_end_block(struct paths *paths)
{
	grow(paths, 0, PATHS_BLOCK_LEVELS - 1);
}

/* --- paths --- */

/* The right edge of the tree: what its last peaks amount to, from a leaf on. */
static void right_edge(const struct auditlog_tree *tree, uint64_t begin, uint8_t hash[HASH])
{
	struct auditlog_tree edge = {0};
	uint64_t at = 0;

	for (unsigned i = 0; i < tree->count; i++) {
		if (at >= begin)
			memcpy(edge.peaks[edge.count++], tree->peaks[i], HASH);
		at += UINT64_C(1) << (63u - (unsigned)__builtin_clzll(tree->end - at));
	}
	auditlog_tree_root(&edge, hash);
}

size_t paths_get(const struct paths *paths, uint64_t index,
		 uint8_t path[AUDITLOG_TREE_LEVELS][HASH])
{
	uint64_t size = paths->tree.end;
	size_t length = 0;

	for (unsigned level = 0; (size - 1) >> level; level++) {
		uint64_t sibling = (index >> level) ^ 1;
		if (sibling << level >= size)
			continue;
		if ((sibling + 1) << level > size) {
			right_edge(&paths->tree, sibling << level, path[length++]);
			continue;
		}
		const uint8_t *node = get_node(paths, level, sibling);
		if (node)
			memcpy(path[length], node, HASH);
		else
			memset(path[length], 0, HASH);
		length++;
	}
	return length;
}
