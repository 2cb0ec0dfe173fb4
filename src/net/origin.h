/* The one origin that this process may talk to, and the headers that every request to it carries.
 */
#ifndef GHWARD_NET_ORIGIN_H
#define GHWARD_NET_ORIGIN_H

#include <curl/curl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct origin {
	char *base;	    /* "https://api.github.com", without a slash at its end */
	char *name;	    /* "api.github.com:443", for messages */
	char *route;	    /* the same with the proxy on the way, if there is one */
	char *proxy;	    /* "http://proxy:3128"; NULL for none */
	char *proxy_source; /* where it is set, for messages */
	char *proxy_user, *proxy_password; /* NULL without credentials */
	struct curl_slist *headers;	   /* of requests to the API: its version, and then: */
	struct curl_slist *common;	   /* of all; the end of that list */
	struct curl_slist
		*resolve; /* keeps libcurl from asking for an address; NULL for a literal */
};

/* Takes a base URL and the API's version. Returns 0, or -1 when one of them is not of its form; the
 * origin is then empty. */
int origin_set(struct origin *, const char *base, const char *version)
	__attribute__((warn_unused_result, nonnull));
struct origin_proxy {
	const char *url;	     /* without credentials */
	const char *user, *password; /* "" for none */
	const char *source;	     /* the variable or the file that names it */
};

/* Goes through a proxy. After origin_set(). Returns 0, or -1 when the URL is none. */
int origin_set_proxy(struct origin *, const struct origin_proxy *)
	__attribute__((warn_unused_result, nonnull));
/* Wipes the proxy's password. */
void origin_free(struct origin *) __attribute__((nonnull));

/* Visible ASCII and nothing else: no header can be ended or folded by it. */
bool origin_is_visible(const char *text, size_t length) __attribute__((nonnull));

/* True when the URL is the base followed by a path and perhaps a query, without a segment that
 * climbs. */
bool origin_owns(const struct origin *, const char *url) __attribute__((nonnull));

#endif
