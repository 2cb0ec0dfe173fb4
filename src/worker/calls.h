/* Questions to GitHub, asked of the broker; several at a time. */
#ifndef GHWARD_WORKER_CALLS_H
#define GHWARD_WORKER_CALLS_H

#include "lib/ipc/channel.h"
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

/* Ids of this range are a listener's: the answers are told to it whenever they arrive. */
#define CALLS_LISTENED 0x40000000u
#define CALLS_LISTENED_COUNT 0x40000000u

/* Hears of what arrives while something else may be waited for. Must not wait itself, and ask only
 * while calls_room() is not 0. */
struct calls_listener {
	/* The answer is freed behind it. */
	void (*answer)(void *context, struct answer *);
	/* MESSAGE_SYNCED or MESSAGE_LOOKED; it calls ipc_end(). */
	void (*message)(void *context, struct ipc_incoming *);
	void *context;
};

/* At most `limit` questions are open at a time. */
struct calls *calls_new(uint32_t limit) __attribute__((returns_nonnull));
void calls_free(struct calls *);

/* NULL: nobody, and whatever is not an answer is a violation. */
void calls_listen(struct calls *, const struct calls_listener *) __attribute__((nonnull(1)));

/* How many more questions may be open. */
uint32_t calls_room(const struct calls *) __attribute__((nonnull));

/* Waits for one message, which the listener hears of or calls_wait() will find. */
void calls_turn(struct calls *) __attribute__((nonnull));

/* Sends a message about repositories; waits for one that the table permits. */
void calls_send(struct calls *, struct ipc_message *) __attribute__((nonnull));
void calls_receive(struct calls *, const struct ipc_permit *, size_t count, struct ipc_incoming *)
	__attribute__((nonnull));

/* Asks, after a delay; the answer will carry this id. While there is no room it waits for some.
 * Ends the process if the broker has gone. */
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
