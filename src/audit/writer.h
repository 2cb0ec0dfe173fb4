/* What waits to be written, and how it becomes durable: several records with one write and one
 * sync, checkpoints and new segments in between, what a dead writer left. No messages, no timers.
 */
#ifndef GHWARD_AUDIT_WRITER_H
#define GHWARD_AUDIT_WRITER_H

#include "audit/batch.h"
#include "audit/monitor.h"

/* How long segments grow and stay. */
struct writer_limits {
	uint64_t segment_size;	 /* bytes */
	uint32_t segment_age_s;	 /* seconds */
	uint32_t retention_days; /* 0: for ever */
	bool hold;		 /* nothing is removed */
	bool known;		 /* false: these are defaults, so nothing is removed */
};

struct pending;

struct writer {
	struct log log;
	struct batch batch;
	struct intents intents;
	struct monitor *monitor; /* owned */
	struct {
		uint32_t id;
		uint64_t seq;
	} * begun; /* the broker's intents without result; INTENTS_MAX of them */
	size_t begun_count;
	struct writer_limits limits;
	const char *boot_id;
	struct pending *first, **last;
	size_t waiting_bytes;
	bool appended;	   /* at least one record by this writer */
	bool finished;	   /* what it had begun is closed */
	bool found;	   /* the log's end has been looked for */
	bool seal_wanted;  /* a checkpoint, even if nothing else waits */
	bool check_age;	   /* whether segments are to be removed */
	uint64_t retiring; /* number of the first that stays, once that is on record; else 0 */
};

void writer_init(struct writer *, int directory, const char *boot_id) __attribute__((nonnull));

/* A record with an id that is not 0, which writer_take_durable() gives back. Returns 0, or -1 if it
 * is malformed. */
int writer_add(struct writer *, uint32_t id, const struct audit_event *)
	__attribute__((warn_unused_result, nonnull));

/* Is there anything to commit? */
bool writer_has_work(const struct writer *) __attribute__((nonnull));

/* Under the lock, writes some of what waits and makes it durable. Returns 0, or -1 with log.error:
 * nothing more can be written. `durable` is called for each record with an id, in order. */
typedef void writer_durable_fn(void *context, uint32_t id);
int writer_commit(struct writer *, writer_durable_fn *, void *context)
	__attribute__((warn_unused_result, nonnull(1, 2)));

/* Nothing more is added: what this writer has begun ends as unknown, and a checkpoint comes last.
 */
void writer_finish(struct writer *) __attribute__((nonnull));

void writer_close(struct writer *) __attribute__((nonnull));

#endif
