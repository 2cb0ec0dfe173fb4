/* One request: its libcurl handle, what has come of its answer, and where that is written. */
#ifndef GHWARD_NET_TRANSFER_H
#define GHWARD_NET_TRANSFER_H

#include "lib/ipc/loop.h"
#include "lib/ipc/protocol.h"
#include "net/flow.h"
#include "net/headers.h"
#include "net/origin.h"
#include "net/roots.h"

#include <curl/curl.h>

/* Whether libcurl may use a connection that it has already. */
enum transfer_connection { TRANSFER_ANY_CONNECTION, TRANSFER_FRESH_CONNECTION };

/* What the broker asked for. */
struct transfer_order {
	uint32_t id;
	enum operation_method method;
	enum operation_retry retry;
	const char *url;	     /* this and the body are read while the transfer is made */
	const uint8_t *request_body; /* JSON, or of git's protocol */
	size_t request_body_length;  /* 0 for none */
	int request;		     /* of a stream: sealed memfd with its body, taken; else -1 */
	const uint8_t *token;
	size_t token_length; /* 0: nobody in particular asks */
	enum operation_answer answer;
	uint32_t deadline_ms, idle_ms;
	uint64_t body_cap;
	/* For the answer's, and the transfer's from now on: a memfd; for a secret one and a stream
	 * a pipe that does not block, whose reader has to be there. */
	int body;
};

/* Longest token: GitHub's stateless installation tokens have about 520 characters. */
#define TRANSFER_TOKEN_MAX 8192u

/* The only type of an answer that git's protocol has. */
#define TRANSFER_GIT_TYPE "application/x-git-upload-pack-result"

enum transfer_stage {
	TRANSFER_PARKED, /* waits for a connection */
	TRANSFER_ACTIVE, /* in libcurl's hands */
};

struct transfer {
	struct transfer *next;
	uint32_t id;
	enum transfer_connection connection;
	enum transfer_stage stage;
	bool promised;	  /* active, and a socket of the pool is meant for it */
	bool turned_away; /* libcurl wanted a new connection and there was none */
	bool sent;	  /* the server may have seen the request */
	CURL *curl;
	struct curl_slist *authorization;  /* owned */
	struct curl_slist headers_sent[4]; /* ahead of the origin's */
	enum operation_answer answer;
	int body;
	uint64_t body_size, body_cap;
	int request; /* of a stream, like the following */
	uint64_t request_size, request_at;
	bool is_git;	  /* the answer is what was asked for */
	size_t ahead;	  /* bytes in the pipe that libcurl will deliver once more */
	size_t discarded; /* bytes of an answer that is not git's */
	bool enough;	  /* there are too many of them */
	struct flow flow;
	uint32_t deadline_ms, idle_ms;
	struct loop_timer *deadline; /* the engine's */
	struct engine *engine;	     /* likewise */
	struct headers headers;
	struct failure failure; /* found by one of the callbacks; FAILURE_NONE otherwise */
	char error[CURL_ERROR_SIZE];
};

/* Whether the answer is of git's protocol. That is spoken over HTTP/1.1: a stream that is held
 * keeps its bytes in its own connection's socket then, where they cost no memory here and hold
 * nobody else up, and as many connections as there are streams are used again and again. */
bool transfer_is_git(enum operation_answer);

/* Returns NULL when libcurl refuses; the descriptors are then closed. Origin and roots must outlive
 * the transfer. */
struct transfer *transfer_new(const struct transfer_order *, const struct origin *, struct roots *)
	__attribute__((nonnull));
/* The handle must not be in a multi handle any more. */
void transfer_free(struct transfer *) __attribute__((nonnull));

/* Forgets what an attempt that was turned away left behind. */
void transfer_reset(struct transfer *) __attribute__((nonnull));

/* Fails it: the answer is larger than allowed. */
void transfer_refuse_size(struct transfer *) __attribute__((nonnull));

/* For options of its handle: the first one that libcurl refuses is kept in *result. */
#define TRANSFER_SET(option, value)                                                                \
	do {                                                                                       \
		if (*result == CURLE_OK)                                                           \
			*result = curl_easy_setopt(transfer->curl, option, value);                 \
	} while (0)

/* The answer, with strings that live in the transfer. Only after success. */
void transfer_response(const struct transfer *, struct response *) __attribute__((nonnull));

#endif
