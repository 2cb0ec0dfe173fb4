/* From libcurl's and mbedTLS's codes to failures. */
#include "net/explain.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define HINT_NETWORK "Try again; if it lasts, check the server and the network in between."
#define HINT_PROXY "Check that the address is that of an HTTP proxy, and ask who runs it."
#define HINT_API "Check that GITHUB_API_URL names a GitHub API and no other server or proxy."

/* Why a certificate is refused and what to do about it; the first flag that is set decides. */
static const struct {
	uint32_t flag;
	const char *reason, *hint;
} refusals[] = {
	{MBEDTLS_X509_BADCERT_EXPIRED, "it has expired",
	 "Check this machine's clock, and tell the "
	 "server's owner."},
	{MBEDTLS_X509_BADCERT_FUTURE, "it is not valid yet", "Check this machine's clock."},
	{MBEDTLS_X509_BADCERT_CN_MISMATCH, "it is for another name",
	 "Check the host in GITHUB_API_URL, or the proxy's; if it is right, somebody else answers "
	 "in "
	 "its place."},
	{MBEDTLS_X509_BADCERT_NOT_TRUSTED, "no trusted authority has signed it",
	 "If the server has a private authority, name its PEM file in GHWARD_CA_FILE."},
	{MBEDTLS_X509_BADCERT_BAD_MD, "it is signed with an outdated hash",
	 "The server needs a certificate signed with SHA-256 or better."},
	{MBEDTLS_X509_BADCERT_BAD_KEY, "its key is too short",
	 "The server needs an RSA key of 2048 bits or more, or an elliptic curve."},
};

/* Room for a host, a proxy and the words around them. */
#define PEER_MAX 640u

/* Whether everything so far was said between the proxy and us. */
static bool asks_proxy(const struct transfer *transfer, const struct origin *origin)
{
	long status = 0;

	return origin->proxy && !transfer->sent && transfer->stage == TRANSFER_ACTIVE &&
	       curl_easy_getinfo(transfer->curl, CURLINFO_HTTP_CONNECTCODE, &status) == CURLE_OK &&
	       status == 0;
}

/* Who is on the other end at this moment. */
static void describe_peer(const struct transfer *transfer, const struct origin *origin,
			  char text[PEER_MAX])
{
	if (asks_proxy(transfer, origin))
		snprintf(text, PEER_MAX, "the proxy %s", origin->proxy);
	else
		snprintf(text, PEER_MAX, "%s", origin->route);
}

static void explain_refusal(const char *peer, struct roots *roots, struct failure *failure)
{
	const char *reason = "it is not acceptable";
	const char *hint = "Check the server's certificate, and GHWARD_CA_FILE if that is set.";
	uint32_t flags = roots->refused;

	roots->refused = 0;
	for (size_t i = 0; i < sizeof(refusals) / sizeof(*refusals); i++) {
		if (!(flags & refusals[i].flag))
			continue;
		reason = refusals[i].reason;
		hint = refusals[i].hint;
		break;
	}
	failure_set(failure, FAILURE_TLS, hint,
		    "the certificate of %s is refused: %s (verification flags 0x%" PRIx32 ")", peer,
		    reason, flags);
}

/* libcurl's own words for this transfer, or in general. */
static const char *detail(const struct transfer *transfer, CURLcode result)
{
	/* How it puts an end of file within TLS. */
	if (strstr(transfer->error, "returned: (-0x0000)"))
		return "the server closed it";
	return transfer->error[0] ? transfer->error : curl_easy_strerror(result);
}

/* libcurl has one code for every handshake that ends badly; a connection that just breaks is no
 * matter of TLS, and worth another try. */
static bool broke_in_handshake(const struct transfer *transfer)
{
	return strstr(transfer->error, "failure: ") != NULL ||
	       strstr(transfer->error, "returned: (-0x7280)") !=
		       NULL; /* MBEDTLS_ERR_SSL_CONN_EOF */
}

/* How far the exchange came. */
static void describe_progress(const struct transfer *transfer, const struct origin *origin,
			      char *text, size_t size)
{
	if (transfer->headers.stage == HEADERS_DONE)
		snprintf(text, size, "after %" PRIu64 " bytes of the answer", transfer->body_size);
	else if (transfer->sent)
		snprintf(text, size, "before the answer came");
	else if (asks_proxy(transfer, origin))
		snprintf(text, size, "before it opened a way to %s", origin->name);
	else if (transfer->stage == TRANSFER_ACTIVE)
		snprintf(text, size, "during the TLS handshake");
	else
		snprintf(text, size, "before a connection was ready");
}

/* What a proxy said instead of opening a way; 0 when it said nothing, or yes. */
static long proxy_refusal(const struct transfer *transfer, const struct origin *origin)
{
	long status = 0;

	if (!origin->proxy || transfer->sent ||
	    curl_easy_getinfo(transfer->curl, CURLINFO_HTTP_CONNECTCODE, &status) != CURLE_OK ||
	    (status >= 200 && status < 300))
		return 0;
	return status;
}

/* Says nothing about the token, whatever the status: GitHub was not asked. */
static void explain_proxy(const struct origin *origin, long status, struct failure *failure)
{
	char hint[sizeof(failure->hint)];

	snprintf(hint, sizeof(hint), "%s USER:PASSWORD@ before its host in %s.",
		 origin->proxy_user ? "Correct" : "Put", origin->proxy_source);
	if (status == 407)
		failure_set(failure, FAILURE_NETWORK, hint, "the proxy %s wants %s (status 407)",
			    origin->proxy,
			    origin->proxy_user ? "another user or password"
					       : "a user and a password");
	else
		failure_set(failure, FAILURE_NETWORK,
			    "Ask who runs the proxy, or exempt the host with NO_PROXY.",
			    "the proxy %s opens no way to %s (status %ld)", origin->proxy,
			    origin->name, status);
	failure->status = (uint16_t)status;
}

/* What is known of the answer, however it ended. */
static void add_origin(const struct transfer *transfer, struct failure *failure)
{
	if (transfer->headers.stage == HEADERS_DONE)
		failure->status = transfer->headers.status;
	snprintf(failure->request_id, sizeof(failure->request_id), "%.*s",
		 (int)sizeof(failure->request_id) - 1, transfer->headers.request_id);
}

static void explain_code(const struct transfer *transfer, const struct origin *origin,
			 struct roots *roots, CURLcode result, struct failure *failure)
{
	const char *text = detail(transfer, result);
	char peer[PEER_MAX], progress[320];

	if (transfer->failure.kind != FAILURE_NONE) {
		*failure = transfer->failure;
		return;
	}
	long refusal = proxy_refusal(transfer, origin);
	if (refusal) {
		explain_proxy(origin, refusal, failure);
		return;
	}
	describe_peer(transfer, origin, peer);
	switch (result) {
	case CURLE_PEER_FAILED_VERIFICATION:
		explain_refusal(peer, roots, failure);
		return;
	case CURLE_SSL_CONNECT_ERROR:
	case CURLE_SSL_CIPHER:
		if (broke_in_handshake(transfer))
			break;
		failure_set(failure, FAILURE_TLS,
			    asks_proxy(transfer, origin)
				    ? "If it does not speak TLS, write http:// before its host."
				    : "The server must speak TLS 1.2 or 1.3 on this port.",
			    "no secure connection to %s: %s", peer, text);
		return;
	case CURLE_PARTIAL_FILE:
		failure_set(failure, FAILURE_NETWORK, HINT_NETWORK,
			    "the answer of %s was cut off after %" PRIu64 " bytes", peer,
			    transfer->body_size);
		return;
	case CURLE_GOT_NOTHING:
		failure_set(failure, FAILURE_NETWORK, HINT_NETWORK,
			    "%s closed the connection without an answer", peer);
		return;
	case CURLE_SEND_ERROR:
	case CURLE_RECV_ERROR:
	case CURLE_HTTP2_STREAM:
	case CURLE_COULDNT_CONNECT:
	case CURLE_OPERATION_TIMEDOUT:
	case CURLE_PROXY:
		break;
	case CURLE_OUT_OF_MEMORY:
	case CURLE_FAILED_INIT:
		failure_set(failure, FAILURE_INTERNAL, "Free some memory and try again.",
			    "cannot send the request to %s: %s", peer, text);
		return;
	default:
		/* What is left are ways of not speaking HTTP. Only a proxy has said anything before
		 * the request. */
		if (origin->proxy && !transfer->sent)
			failure_set(failure, FAILURE_NETWORK, HINT_PROXY,
				    "the answer of the proxy %s is not usable: %s", origin->proxy,
				    text);
		else
			failure_set(failure, FAILURE_MALFORMED, HINT_API,
				    "the answer of %s is not usable: %s", peer, text);
		return;
	}
	describe_progress(transfer, origin, progress, sizeof(progress));
	failure_set(failure, FAILURE_NETWORK, HINT_NETWORK, "the connection to %s broke %s: %s",
		    peer, progress, text);
}

void explain_result(const struct transfer *transfer, const struct origin *origin,
		    struct roots *roots, CURLcode result, struct failure *failure)
{
	explain_code(transfer, origin, roots, result, failure);
	add_origin(transfer, failure);
}

void explain_deadline(const struct transfer *transfer, const struct origin *origin,
		      struct failure *failure)
{
	char peer[PEER_MAX], progress[320];

	describe_peer(transfer, origin, peer);
	describe_progress(transfer, origin, progress, sizeof(progress));
	failure_set(failure, FAILURE_TIMEOUT,
		    "Try again; GHWARD_TIMEOUT gives a slow server more time.",
		    "%s did not answer in time: %" PRIu32 ".%03" PRIu32 " s passed %s", peer,
		    transfer->deadline_ms / 1000, transfer->deadline_ms % 1000, progress);
	add_origin(transfer, failure);
}

void explain_silence(const struct transfer *transfer, const struct origin *origin,
		     struct failure *failure)
{
	char peer[PEER_MAX], progress[320];

	describe_peer(transfer, origin, peer);
	describe_progress(transfer, origin, progress, sizeof(progress));
	failure_set(failure, FAILURE_TIMEOUT,
		    "Try again; GHWARD_TIMEOUT gives a slow server more time.",
		    "%s did not go on in time: nothing moved for %" PRIu32 ".%03" PRIu32 " s %s",
		    peer, transfer->idle_ms / 1000, transfer->idle_ms % 1000, progress);
	add_origin(transfer, failure);
}
