/* From questions to answers: the messages of ghward-verify. */
#ifndef GHWARD_VERIFY_ANSWER_H
#define GHWARD_VERIFY_ANSWER_H

#include "lib/ipc/message.h"
#include "verify/pool.h"

/* Answers a MESSAGE_VERIFY or MESSAGE_BUNDLE about the directory: progress goes to `channel`, the
 * last word is returned. Ends the process on a malformed question. */
struct ipc_message *answer_question(struct ipc_incoming *, int directory, int channel,
				    struct pool *)
	__attribute__((warn_unused_result, nonnull, returns_nonnull));

#endif
