/* One request: its libcurl handle, what has come of its answer, and where that is written. */
#ifndef GHWARD_NET_TRANSFER_H
#define GHWARD_NET_TRANSFER_H

#include "lib/ipc/loop.h"
#include "lib/ipc/protocol.h"
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
	const uint8_t *request_body; /* JSON */
	size_t request_body_length;  /* 0 for none */
	const uint8_t *token;
	size_t token_length; /* 0: nobody in particular asks */
	enum operation_answer answer;
	uint32_t deadline_ms;
	uint64_t body_cap;
	/* For the answer's, and the transfer's from now on: a memfd; for a secret one a pipe that
	 * does not block, whose reader has to be there. */
	int body;
};

/* Longest token: GitHub's stateless installation tokens have about 520 characters. */
#define TRANSFER_TOKEN_MAX 8192u

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
	struct curl_slist *authorization;		  /* owned */
	struct curl_slist accept, encoding, content_type; /* ahead of the origin's headers */
	enum operation_answer answer;
	int body;
	uint64_t body_size, body_cap;
	uint32_t deadline_ms;
	struct loop_timer *deadline; /* the engine's */
	struct engine *engine;	     /* likewise */
	struct headers headers;
	struct failure failure; /* found by one of the callbacks; FAILURE_NONE otherwise */
	char error[CURL_ERROR_SIZE];
};

/* Returns NULL when libcurl refuses; the body is then closed. Origin and roots must outlive the
 * transfer. */
struct transfer *transfer_new(const struct transfer_order *, const struct origin *, struct roots *)
	__attribute__((nonnull));
/* The handle must not be in a multi handle any more. */
void transfer_free(struct transfer *) __attribute__((nonnull));

/* Forgets what an attempt that was turned away left behind. */
void transfer_reset(struct transfer *) __attribute__((nonnull));

/* The answer, with strings that live in the transfer. Only after success. */
void transfer_response(const struct transfer *, struct response *) __attribute__((nonnull));

#endif
