/* Sliding windows: the newest records that each rule has counted, apart by subject. */
#ifndef GHWARD_AUDIT_WINDOWS_H
#define GHWARD_AUDIT_WINDOWS_H

#include "lib/ipc/protocol.h"

/* Subjects of all rules, and records of all subjects, that are remembered: beyond them the one goes
 * that was not hit for longest. */
#define WINDOWS_MAX 512u
#define WINDOWS_HITS_MAX 16384u

struct window_hit {
	uint64_t time_us, seq;
};

struct window {
	unsigned rule; /* its number */
	char subject[INCIDENT_SUBJECT_MAX + 1];
	char id[INCIDENT_ID_LENGTH + 1]; /* of the incident that is being opened, or "" */
	bool due;			 /* it is full: an incident */
	uint64_t touched;
	unsigned room, first, used; /* a ring */
	struct window_hit hits[];
};

struct windows {
	struct window *list[WINDOWS_MAX];
	unsigned count, hits;
	uint64_t clock;
};

void windows_free(struct windows *) __attribute__((nonnull));

/* NULL when there is none. */
struct window *windows_find(const struct windows *, unsigned rule, const char *subject)
	__attribute__((nonnull));

/* Counts one; does nothing when there is no room, which only incidents that wait can take. */
void windows_hit(struct windows *, unsigned rule, const struct audit_rule *, const char *subject,
		 struct window_hit) __attribute__((nonnull));

/* The hit so many after the oldest. */
struct window_hit window_at(const struct window *, unsigned index) __attribute__((nonnull));

void windows_drop(struct windows *, struct window *) __attribute__((nonnull));

#endif
