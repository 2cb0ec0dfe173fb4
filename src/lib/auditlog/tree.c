/* The Merkle tree of RFC 6962, kept as its peaks. */
#include "lib/auditlog/tree.h"

#include "lib/auditlog/auditlog.h"

#include <psa/crypto.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define HASH AUDITLOG_TREE_HASH_SIZE
#define HASH_LENGTH (2 * HASH)

void auditlog_tree_node(const uint8_t left[HASH], const uint8_t right[HASH], uint8_t node[HASH])
{
	uint8_t bytes[1 + 2 * HASH] = {1};
	size_t written;

	memcpy(bytes + 1, left, HASH);
	memcpy(bytes + 1 + HASH, right, HASH);
	if (psa_hash_compute(PSA_ALG_SHA_256, bytes, sizeof(bytes), node, HASH, &written) !=
	    PSA_SUCCESS)
		abort(); /* without a hash there is no log */
}

/* The size of the peak that begins at `begin` and ends at or before `end`: as large as alignment
 * and end allow. */
static uint64_t peak_size(uint64_t begin, uint64_t end)
{
	uint64_t aligned = begin & -begin;
	uint64_t fits = UINT64_C(1) << (63 - __builtin_clzll(end - begin));

	return aligned && aligned < fits ? aligned : fits;
}

/* The last two peaks become one where they are the halves of an aligned subtree. */
static bool merge_last(struct auditlog_tree *tree, uint64_t size)
{
	uint64_t left = tree->end - 2 * size;

	if (tree->count < 2 || tree->end < tree->begin + 2 * size || left % (2 * size) != 0)
		return false;
	auditlog_tree_node(tree->peaks[tree->count - 2], tree->peaks[tree->count - 1],
			   tree->peaks[tree->count - 2]);
	tree->count--;
	return true;
}

/* A perfect, aligned subtree behind the others. */
static void add_peak(struct auditlog_tree *tree, const uint8_t peak[HASH], uint64_t size)
{
	memcpy(tree->peaks[tree->count++], peak, HASH);
	tree->end += size;
	while (merge_last(tree, size))
		size *= 2;
}

void auditlog_tree_add(struct auditlog_tree *tree, const uint8_t leaf[HASH])
{
	add_peak(tree, leaf, 1);
}

void auditlog_tree_join(struct auditlog_tree *tree, const struct auditlog_tree *part)
{
	uint64_t at = part->begin;

	for (unsigned i = 0; i < part->count; i++) {
		uint64_t size = peak_size(at, part->end);
		add_peak(tree, part->peaks[i], size);
		at += size;
	}
}

int auditlog_tree_check(const struct auditlog_tree *tree)
{
	unsigned count = 0;

	if (tree->begin > tree->end || tree->end >> AUDITLOG_TREE_LEVELS)
		return -1;
	for (uint64_t at = tree->begin; at < tree->end; count++)
		at += peak_size(at, tree->end);
	return count == tree->count ? 0 : -1;
}

void auditlog_tree_root(const struct auditlog_tree *tree, uint8_t root[HASH])
{
	size_t written;

	if (tree->count == 0) {
		if (psa_hash_compute(PSA_ALG_SHA_256, NULL, 0, root, HASH, &written) != PSA_SUCCESS)
			abort();
		return;
	}
	memcpy(root, tree->peaks[tree->count - 1], HASH);
	for (unsigned i = tree->count - 1; i-- > 0;)
		auditlog_tree_node(tree->peaks[i], root, root);
}

void auditlog_tree_format(const struct auditlog_tree *tree, char text[AUDITLOG_PEAKS_SIZE])
{
	*text = 0;
	for (unsigned i = 0; i < tree->count; i++) {
		if (i)
			*text++ = ',';
		auditlog_hex(tree->peaks[i], text);
		text += HASH_LENGTH;
	}
}

int auditlog_tree_parse(const char *text, size_t length, uint64_t size, struct auditlog_tree *tree)
{
	unsigned count = (unsigned)__builtin_popcountll(size);

	memset(tree, 0, sizeof(*tree));
	if (size >> AUDITLOG_TREE_LEVELS || length != (count ? count * (HASH_LENGTH + 1) - 1 : 0))
		return -1;
	for (unsigned i = 0; i < count; i++) {
		if ((i && text[-1] != ',') || auditlog_unhex(text, HASH_LENGTH, tree->peaks[i]) < 0)
			return -1;
		text += HASH_LENGTH + 1;
	}
	tree->end = size;
	tree->count = count;
	return 0;
}

int auditlog_tree_check_path(const uint8_t leaf[HASH], uint64_t index, uint64_t size,
			     const uint8_t (*path)[HASH], size_t length, const uint8_t root[HASH])
{
	uint64_t node = index, last = size - 1;
	uint8_t hash[HASH];

	if (index >= size)
		return -1;
	memcpy(hash, leaf, HASH);
	for (size_t i = 0; i < length; i++, node >>= 1, last >>= 1) {
		if (last == 0)
			return -1;
		if (!(node & 1) && node != last) {
			auditlog_tree_node(hash, path[i], hash);
			continue;
		}
		auditlog_tree_node(path[i], hash, hash);
		/* On the right edge, levels without a sibling are passed over. */
		while (!(node & 1) && node) {
			node >>= 1;
			last >>= 1;
		}
	}
	return last == 0 && memcmp(hash, root, HASH) == 0 ? 0 : -1;
}
