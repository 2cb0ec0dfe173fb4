/* GitHub's answers that have a secret in them, as the fields that the broker needs. */
#ifndef GHWARD_MINT_ANSWER_H
#define GHWARD_MINT_ANSWER_H

#include "lib/ipc/protocol.h"

/* Largest answer, which is what the pipe holds: an installation token with its permissions and a
 * few repositories in full. */
#define MINT_ANSWER_MAX 65536u

/* Limits of what is taken out of it. GitHub has some hundred permissions; a device code lives for a
 * quarter of an hour, a refresh token for half a year. */
#define MINT_ERROR_MAX 64u
#define MINT_MESSAGE_MAX 384u
#define MINT_NAME_MAX 100u
#define MINT_URL_MAX 256u
#define MINT_PERMISSIONS 256u
#define MINT_PERMISSIONS_MAX 8192u
#define MINT_INTERVAL_MAX 3600u
#define MINT_LIFETIME_MAX (UINT32_C(10) * 366 * 86400)

/* The strings of `minted` are in here, or constants. Holds secrets: to be wiped. */
struct mint_answer {
	struct minted minted;
	char secret[VALIDATE_OPAQUE_MAX + 1], refresh[VALIDATE_TOKEN_MAX + 1];
	char error[MINT_ERROR_MAX + 1], message[MINT_MESSAGE_MAX + 1];
	char name[MINT_NAME_MAX + 1], url[MINT_URL_MAX + 1];
	char permissions[MINT_PERMISSIONS_MAX + 1];
};

/* Reads an answer of this kind. An error that GitHub tells is none of ours: `error` or `message`
 * then says it, and nothing else is set but perhaps `interval`. Returns 0; or -1 with a
 * FAILURE_MALFORMED that says what is wrong with the answer and repeats nothing of it, and no
 * secret. What cJSON allocates meanwhile holds secrets: who calls this chooses its allocators. */
int mint_answer(enum mint_kind, const char *text, size_t length, struct mint_answer *,
		struct failure *) __attribute__((warn_unused_result, nonnull));

#endif
