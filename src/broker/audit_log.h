/* The broker's end of the audit writer: what is appended, and who waits until it is durable. */
#ifndef GHWARD_BROKER_AUDIT_LOG_H
#define GHWARD_BROKER_AUDIT_LOG_H

#include "broker/broker.h"

struct audit_log;
struct audit_wait;

/* `durable` is false when the record could not be written: whatever it announces must not happen.
 */
typedef void audit_durable_fn(void *context, bool durable);

struct audit_log *audit_log_new(struct broker *, int fd) __attribute__((nonnull, returns_nonnull));

/* Appends; the callback comes later, never from within. */
struct audit_wait *audit_log_append(struct audit_log *, const struct audit_event *,
				    audit_durable_fn *, void *context)
	__attribute__((nonnull(1, 2, 3), returns_nonnull));

/* The callback will not come any more; the record stays. NULL is ignored. */
void audit_log_forget(struct audit_wait *);

/* Appends something that nobody waits for. */
void audit_log_note(struct audit_log *, const struct audit_event *) __attribute__((nonnull));

/* For the member `closes` of the result that ends what this intent begins. */
uint32_t audit_log_id(const struct audit_wait *) __attribute__((nonnull));

/* Asks for a signed checkpoint over everything that is durable by now; the callback gets the note,
 * or NULL when there can be none. audit_log_unask() makes what a context has asked forgotten. */
typedef void audit_checkpoint_fn(void *context, const char *note);
void audit_log_ask_checkpoint(struct audit_log *, audit_checkpoint_fn *, void *context)
	__attribute__((nonnull));
void audit_log_unask(struct audit_log *, const void *context) __attribute__((nonnull(1)));

/* Tells the writer the settings and rules, which it awaits before anything else. */
void audit_log_configure(struct audit_log *) __attribute__((nonnull));

/* Why nothing can be written, or NULL while all is well. */
const char *audit_log_broken(const struct audit_log *) __attribute__((nonnull));

/* Why a record could not be written. */
const char *audit_log_reason(const struct audit_log *) __attribute__((nonnull, returns_nonnull));

/* True while so much is waiting that nothing new should begin. */
bool audit_log_behind(const struct audit_log *) __attribute__((nonnull));

/* True when nothing is waiting to become durable. */
bool audit_log_idle(const struct audit_log *) __attribute__((nonnull));

#endif
