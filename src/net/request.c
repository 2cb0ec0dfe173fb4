/* Requests. */
#include "net/request.h"

#include "lib/base/base64.h"
#include "lib/base/log.h"
#include "net/stream.h"

#include <string.h>

/* GitHub's pages for people (/login/) know no other name of JSON than the common one, which its API
 * takes as well. */
static char accept_json[] = "Accept: application/json";
static char accept_github_json[] = "Accept: application/vnd.github+json";
/* As a plain header, libcurl sends the encoding and never decodes: content stays closed here. */
static char accept_gzip[] = "Accept-Encoding: gzip";
static char json_type[] = "Content-Type: application/json";
static char accept_git[] = "Accept: " TRANSFER_GIT_TYPE;
static char git_type[] = "Content-Type: application/x-git-upload-pack-request";
static char git_version[] = "Git-Protocol: version=2";
/* Asking whether a body is welcome would cost a round trip. */
static char no_expectation[] = "Expect:";

/* Who sends a token to git's repositories is called so, whatever kind of token it is. */
#define GIT_USER "x-access-token:"

static void write_bearer(const struct transfer_order *order, char *text)
{
	memcpy(text, "Bearer ", 7);
	memcpy(text + 7, order->token, order->token_length);
	text[7 + order->token_length] = '\0';
}

static void write_basic(const struct transfer_order *order, char *text)
{
	uint8_t pair[sizeof(GIT_USER) - 1 + TRANSFER_TOKEN_MAX];

	memcpy(pair, GIT_USER, sizeof(GIT_USER) - 1);
	memcpy(pair + sizeof(GIT_USER) - 1, order->token, order->token_length);
	memcpy(text, "Basic ", 6);
	base64_encode(pair, sizeof(GIT_USER) - 1 + order->token_length, text + 6);
	explicit_bzero(pair, sizeof(pair));
}

static struct curl_slist *authorization(const struct transfer_order *order)
{
	static const char name[] = "Authorization: ";
	char line[sizeof(name) + sizeof("Basic ") +
		  BASE64_LENGTH(sizeof(GIT_USER) + TRANSFER_TOKEN_MAX)];

	memcpy(line, name, sizeof(name) - 1);
	if (transfer_is_git(order->answer))
		write_basic(order, line + sizeof(name) - 1);
	else
		write_bearer(order, line + sizeof(name) - 1);
	struct curl_slist *list = curl_slist_append(NULL, line);
	explicit_bzero(line, sizeof(line));
	if (!list)
		fatal("out of memory for a request");
	return list;
}

struct chain {
	struct curl_slist *first, *next; /* the next of the transfer's */
};

static void put(struct chain *chain, char *line)
{
	*chain->next = (struct curl_slist){.data = line, .next = chain->first};
	chain->first = chain->next++;
}

/* What this request has ahead of what all have. */
static struct curl_slist *chain_headers(struct transfer *transfer,
					const struct transfer_order *order,
					const struct origin *origin)
{
	struct chain chain = {.first = origin->headers, .next = transfer->headers_sent};

	switch (order->answer) {
	case ANSWER_OPEN:
		put(&chain, accept_github_json);
		put(&chain, accept_gzip);
		break;
	case ANSWER_GIT:
	case ANSWER_STREAM:
		chain.first = origin->common;
		put(&chain, accept_git);
		put(&chain, git_version);
		put(&chain, no_expectation);
		put(&chain, git_type);
		break;
	case ANSWER_SECRET: /* ghward-mint reads it as it comes */
	case ANSWERS:
		put(&chain, accept_json);
		break;
	}
	if (order->request_body_length && !transfer_is_git(order->answer))
		put(&chain, json_type);
	if (!order->token_length)
		return chain.first;
	transfer->authorization = authorization(order);
	transfer->authorization->next = chain.first;
	return transfer->authorization;
}

void request_set_options(struct transfer *transfer, const struct transfer_order *order,
			 const struct origin *origin, CURLcode *result)
{
	TRANSFER_SET(CURLOPT_URL, order->url);
	TRANSFER_SET(CURLOPT_PATH_AS_IS, 1L);
	TRANSFER_SET(CURLOPT_DISALLOW_USERNAME_IN_URL, 1L);
	TRANSFER_SET(CURLOPT_RESOLVE, origin->resolve);
	TRANSFER_SET(CURLOPT_HTTPHEADER, chain_headers(transfer, order, origin));
	if (order->answer == ANSWER_STREAM)
		stream_set_options(transfer, result);
	if (order->request_body_length) {
		TRANSFER_SET(CURLOPT_POSTFIELDSIZE, (long)order->request_body_length);
		TRANSFER_SET(CURLOPT_COPYPOSTFIELDS, order->request_body);
	}
	if (order->method != METHOD_GET)
		TRANSFER_SET(CURLOPT_CUSTOMREQUEST, operation_method_name(order->method));
}

/* libcurl sends a request again by itself when a used connection turns out dead: for what must be
 * sent at most once, no connection is ever used twice. Nor is one that has carried a secret besides
 * the token: an HTTP/2 connection keeps its buffers, and what was in them, as long as it lives.
 * What git asks is neither. */
enum transfer_connection request_connection(const struct transfer_order *order)
{
	bool has_secret = order->answer == ANSWER_SECRET ||
			  (order->request_body_length && !transfer_is_git(order->answer));

	return order->retry == RETRY_NEVER || has_secret ? TRANSFER_FRESH_CONNECTION
							 : TRANSFER_ANY_CONNECTION;
}

void request_free(struct transfer *transfer)
{
	if (!transfer->authorization)
		return;
	/* What follows it is not its own. */
	transfer->authorization->next = NULL;
	curl_slist_free_all(transfer->authorization);
}
