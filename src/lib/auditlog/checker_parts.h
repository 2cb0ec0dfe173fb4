/* What checker.c and checker_keys.c share. */
#ifndef GHWARD_AUDITLOG_CHECKER_PARTS_H
#define GHWARD_AUDITLOG_CHECKER_PARTS_H

#include "lib/auditlog/checker.h"

/* The first damage is the verdict; `segment` is the number in a file's name, or 0. Returns -1. */
int checker_damage_in(struct auditlog_checker *, enum auditlog_damage, uint64_t seq,
		      uint64_t segment) __attribute__((nonnull));

/* Damage in the file `retired`. Returns -1. */
int checker_damage_retired(struct auditlog_checker *, enum auditlog_damage, uint64_t seq)
	__attribute__((nonnull));

/* A new key: is it the one that the one before, or the reviewer, vouches for? */
bool checker_accept_key(struct auditlog_checker *, const struct auditlog_segment *)
	__attribute__((warn_unused_result, nonnull));

/* Adds a line to a hash over lines. */
void checker_add_hash(struct auditlog_position *lines, const char *line, size_t length)
	__attribute__((nonnull));

#endif
