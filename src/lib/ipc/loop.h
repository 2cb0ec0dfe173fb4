/* A single-threaded event loop on poll(2): one system call, no registration to forget. */
#ifndef GHWARD_IPC_LOOP_H
#define GHWARD_IPC_LOOP_H

#include <stdbool.h>
#include <stdint.h>

struct loop;
struct loop_watch;
struct loop_timer;

/* `revents` as poll(2) gives them. */
typedef void loop_ready_fn(void *context, short revents);
typedef void loop_timer_fn(void *context);

/* Ends the process when there is no memory: a process without its loop can do nothing. */
struct loop *loop_new(void) __attribute__((returns_nonnull));
void loop_free(struct loop *);

/* Watches fd, which stays the caller's. `events` may be 0: then only errors and hang-ups wake it.
 */
struct loop_watch *loop_watch(struct loop *, int fd, short events, loop_ready_fn *, void *context)
	__attribute__((nonnull(1, 4), returns_nonnull));
void loop_watch_events(struct loop_watch *, short events) __attribute__((nonnull));
/* No callback runs after this, not even one already due in this turn. NULL is ignored. */
void loop_unwatch(struct loop_watch *);

/* Calls once, `delay_ms` from now. The timer is gone when its callback starts. */
struct loop_timer *loop_after(struct loop *, uint64_t delay_ms, loop_timer_fn *, void *context)
	__attribute__((nonnull(1, 3), returns_nonnull));
void loop_cancel(struct loop_timer *);

/* Frees `memory` at the end of this turn: for objects whose callbacks may still be on the stack. */
void loop_defer_free(struct loop *, void *memory) __attribute__((nonnull(1)));

/* Runs until loop_stop(), or until nothing is watched and no timer is set. */
void loop_run(struct loop *) __attribute__((nonnull));
void loop_stop(struct loop *) __attribute__((nonnull));

#endif
