/* What git says to the server by protocol version 2 (gitprotocol-v2), read line by line: requests
 * of two commands, of which only known lines are let through. */
#ifndef GHWARD_GIT_FRAME_H
#define GHWARD_GIT_FRAME_H

#include "lib/ipc/repositories.h"
#include "lib/pktline/pktline.h"

#include <stddef.h>
#include <stdint.h>

/* What a git asks that has and wants 300,000 refs. */
#define FRAME_REQUEST_MAX (UINT64_C(64) << 20)

enum frame_event {
	FRAME_MORE, /* read on */
	FRAME_LINE, /* part of a request */
	FRAME_DONE, /* its last part */
	FRAME_OVER, /* git has nothing to ask any more */
	FRAME_BAD,  /* `wrong` says what git may not say */
};

enum frame_part { FRAME_COMMAND, FRAME_CAPABILITIES, FRAME_ARGUMENTS };

struct frame {
	enum git_command command; /* of the request that is being read, or was */
	const char *wrong;
	/* private: */
	enum frame_part part;
	uint64_t size;	   /* of this request so far */
	size_t start, end; /* of what is not taken yet */
	uint8_t bytes[2 * PKTLINE_MAX];
};

/* Where to read to: at least one byte as long as frame_take() says FRAME_MORE. */
uint8_t *frame_room(struct frame *, size_t *room) __attribute__((nonnull, returns_nonnull));
void frame_add(struct frame *, size_t length) __attribute__((nonnull));

/* Takes the next line; of FRAME_LINE and FRAME_DONE *bytes is what the request goes on with, until
 * the next frame_room(). */
enum frame_event frame_take(struct frame *, const uint8_t **bytes, size_t *length)
	__attribute__((nonnull));

/* What a server would say first, of which git then asks no more than this: no other command, no
 * address that it could be sent to. Returns its size. */
size_t frame_advertisement(uint8_t *to, size_t room) __attribute__((nonnull));

#endif
