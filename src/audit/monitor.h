/* The security monitor: counts records of the log by rules, and says when that is an incident.
 *
 * It is the writer's, which calls, always with the lock of the directory held:
 *
 * 1. monitor_follow() each time it has looked where the log ends (after log_refresh(), once the
 *    rules are known and before the first record of its own). The monitor then reads for itself
 *    what it has not seen: from the file `incidents` on the first time, what others have appended
 *    later.
 * 2. monitor_see() for each record of its own that has become part of the log, in order, after the
 *    write was synced and before it is acknowledged.
 * 3. monitor_take() until it returns false, right after 1. and 2.: each event is appended as a
 *    record of the writer itself, synced, and seen like any other (2.). So a record is acknowledged
 *    only when the incident that it completes is on disk.
 * 4. monitor_tell() before it acknowledges anything: the broker knows of every incident before it
 *    hears that an intent is durable.
 * 5. monitor_save() before it gives the lock back: costs nothing unless there is something to keep.
 *
 * The log is the authority; the file only spares reading it. */
#ifndef GHWARD_AUDIT_MONITOR_H
#define GHWARD_AUDIT_MONITOR_H

#include "lib/auditlog/record.h"
#include "lib/ipc/channel.h"

struct monitor;

/* Of a directory that stays the caller's. Without rules nothing is followed, and nothing opened. */
struct monitor *monitor_new(int directory) __attribute__((returns_nonnull));
void monitor_free(struct monitor *) __attribute__((nonnull));

/* Once, before the first monitor_follow(). */
void monitor_set_rules(struct monitor *, const struct audit_rules *) __attribute__((nonnull));
bool monitor_has_rules(const struct monitor *) __attribute__((nonnull));

/* Reads what the log has up to `end` and the monitor has not seen. Returns 0, or -1 with errno when
 * the log cannot be read; EBADMSG: it is not whole. */
int monitor_follow(struct monitor *, const struct auditlog_position *end)
	__attribute__((warn_unused_result, nonnull));

/* One that was seen before is ignored. */
void monitor_see(struct monitor *, const struct auditlog_record *) __attribute__((nonnull));

/* The next incident that is to be opened, as a record `incident.open`; false when there is none.
 * Its strings live until the next call. */
bool monitor_take(struct monitor *, struct audit_event *)
	__attribute__((warn_unused_result, nonnull));

/* Tells the broker what is open and was not told; the first time also that this was all. */
void monitor_tell(struct monitor *, struct ipc_channel *broker) __attribute__((nonnull(1)));

enum monitor_saving {
	MONITOR_SAVE_CHANGES, /* if incidents were opened or closed, or much was seen */
	MONITOR_SAVE_ALL,     /* at the writer's end, so that the next one has little to read */
};

/* Writes the file `incidents`, unless it would say nothing new; `end` is where the log ends now. A
 * failure is logged and else without consequence. */
void monitor_save(struct monitor *, const struct auditlog_position *end, enum monitor_saving)
	__attribute__((nonnull));

/* Number of the first record that an open incident needs, UINT64_MAX for none: retention stops
 * before the segment that has it. */
uint64_t monitor_oldest(const struct monitor *) __attribute__((nonnull));

#endif
