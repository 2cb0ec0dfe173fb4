/* Questions to GitHub, asked of the broker; several at a time. */
#ifndef GHWARD_WORKER_CALLS_H
#define GHWARD_WORKER_CALLS_H

#include "lib/ipc/protocol.h"

/* Most questions at a time; the broker's limit is lower or the same. */
#define CALLS_MAX 64u

/* Copies of the opaque header strings live as long as the answer. */
struct answer {
	uint32_t id;
	struct response response; /* strings point into `text` */
	int body;		  /* sealed memfd, -1 for none */
	struct failure failure;	  /* of a call without an answer */
	char *text;
};

struct calls;

struct calls *calls_new(void) __attribute__((returns_nonnull));
void calls_free(struct calls *);

/* Asks, after a delay; the answer will carry this id. Ends the process if the broker has gone. */
void calls_ask(struct calls *, uint32_t id, enum operation_id, const struct operation_arguments *,
	       uint32_t delay_ms) __attribute__((nonnull));

/* Waits for the answer with this id, keeping others that arrive before it. The caller frees it. */
void calls_wait(struct calls *, uint32_t id, struct answer *) __attribute__((nonnull));

/* Tells the user something. */
void calls_note(struct calls *, const char *text) __attribute__((nonnull));

/* Tells how far a list has come, unless that was told a moment ago. */
void calls_progress(struct calls *, uint32_t done, uint32_t total, uint32_t items)
	__attribute__((nonnull));

/* Shows the client a write before it is asked for. `subject` is outside text about what is changed.
 */
void calls_propose(struct calls *, enum operation_id, const struct operation_arguments *,
		   const char *subject) __attribute__((nonnull));

/* Waits until the client has agreed; a refusal ends the process. No question may be open. */
void calls_wait_confirmed(struct calls *) __attribute__((nonnull));

void answer_free(struct answer *) __attribute__((nonnull));

#endif
