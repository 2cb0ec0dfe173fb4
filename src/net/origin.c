/* The credential's origin. */
#include "net/origin.h"

#include "lib/operations/operations.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool origin_is_visible(const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		if (text[i] < 0x21 || text[i] > 0x7e)
			return false;
	}
	return length > 0;
}

static int append(struct curl_slist **list, const char *line)
{
	struct curl_slist *longer = curl_slist_append(*list, line);

	if (!longer)
		return -1;
	*list = longer;
	return 0;
}

static int set_headers(struct origin *origin, const char *version)
{
	char version_line[64];

	snprintf(version_line, sizeof(version_line), "X-GitHub-Api-Version: %s", version);
	if (append(&origin->headers, version_line) < 0 ||
	    append(&origin->headers, "User-Agent: ghward/" GHWARD_VERSION) < 0)
		return -1;
	origin->common = origin->headers->next;
	return 0;
}

static bool is_literal(const char *host)
{
	struct in_addr address;

	return host[0] == '[' || inet_pton(AF_INET, host, &address) == 1;
}

/* The address stands for the socket that ghward-dial has connected already; nothing is ever sent to
 * it. */
static int set_resolve(struct origin *origin, const char *host, const char *name)
{
	char entry[512];

	if (is_literal(host))
		return 0;
	int length = snprintf(entry, sizeof(entry), "%s:127.0.0.1", name);
	if (length < 0 || (size_t)length >= sizeof(entry))
		return -1;
	return append(&origin->resolve, entry);
}

static int set_names(struct origin *origin, const char *base)
{
	CURLU *url = curl_url();
	char *scheme = NULL, *host = NULL, *port = NULL, *other = NULL;
	int result = -1;

	if (!url || curl_url_set(url, CURLUPART_URL, base, CURLU_DISALLOW_USER) != CURLUE_OK ||
	    curl_url_get(url, CURLUPART_SCHEME, &scheme, 0) != CURLUE_OK ||
	    curl_url_get(url, CURLUPART_HOST, &host, 0) != CURLUE_OK ||
	    curl_url_get(url, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT) != CURLUE_OK)
		goto out;
	if (strcmp(scheme, "https") != 0 ||
	    curl_url_get(url, CURLUPART_QUERY, &other, 0) != CURLUE_NO_QUERY ||
	    curl_url_get(url, CURLUPART_FRAGMENT, &other, 0) != CURLUE_NO_FRAGMENT)
		goto out;
	origin->base = strdup(base);
	if (!origin->base || asprintf(&origin->name, "%s:%s", host, port) < 0) {
		origin->name = NULL;
		goto out;
	}
	origin->route = strdup(origin->name);
	result = origin->route ? set_resolve(origin, host, origin->name) : -1;
out:
	curl_free(scheme);
	curl_free(host);
	curl_free(port);
	curl_free(other);
	curl_url_cleanup(url);
	return result;
}

int origin_set(struct origin *origin, const char *base, const char *version)
{
	size_t base_length = strlen(base);

	if (!origin_is_visible(base, base_length) || base[base_length - 1] == '/' ||
	    !origin_is_visible(version, strlen(version)) || strlen(version) > 16)
		return -1;
	if (set_names(origin, base) < 0 || set_headers(origin, version) < 0) {
		origin_free(origin);
		return -1;
	}
	return 0;
}

int origin_set_proxy(struct origin *origin, const struct origin_proxy *proxy)
{
	const char *url = proxy->url;
	const char *name = strstr(url, "://"), *port = name ? strrchr(name + 3, ':') : NULL;
	char host[272];

	if (!port || (size_t)(port - name) >= sizeof(host) || !origin_is_visible(url, strlen(url)))
		return -1;
	name += 3;
	snprintf(host, sizeof(host), "%.*s", (int)(port - name), name);
	/* libcurl looks for the proxy's address now, and never for the origin's. */
	curl_slist_free_all(origin->resolve);
	origin->resolve = NULL;
	free(origin->route);
	if (asprintf(&origin->route, "%s (through the proxy %s)", origin->name, url) < 0)
		origin->route = NULL;
	origin->proxy = strdup(url);
	origin->proxy_source = strdup(proxy->source);
	origin->proxy_user = *proxy->user ? strdup(proxy->user) : NULL;
	origin->proxy_password = *proxy->user ? strdup(proxy->password) : NULL;
	if (!origin->route || !origin->proxy || !origin->proxy_source ||
	    (*proxy->user && (!origin->proxy_user || !origin->proxy_password)))
		return -1;
	return set_resolve(origin, host, name);
}

static void wipe(char *text)
{
	if (text)
		explicit_bzero(text, strlen(text));
	free(text);
}

void origin_free(struct origin *origin)
{
	/* libcurl's allocator is ours and wipes what it frees. */
	curl_slist_free_all(origin->headers);
	curl_slist_free_all(origin->resolve);
	wipe(origin->proxy_user);
	wipe(origin->proxy_password);
	free(origin->proxy_source);
	free(origin->proxy);
	free(origin->base);
	free(origin->route);
	free(origin->name);
	*origin = (struct origin){0};
}

/* Whether a path, up to its query, has a segment "." or "..". */
static bool climbs(const char *path)
{
	const char *end = path + strcspn(path, "?");

	while (path < end) {
		path++; /* the slash */
		size_t length = strcspn(path, "/?");
		if ((length == 1 && path[0] == '.') ||
		    (length == 2 && path[0] == '.' && path[1] == '.'))
			return true;
		path += length;
	}
	return false;
}

bool origin_owns(const struct origin *origin, const char *url)
{
	size_t base = origin->base ? strlen(origin->base) : 0, length = strlen(url);

	return base > 0 && length < OPERATION_URL_MAX && strncmp(url, origin->base, base) == 0 &&
	       url[base] == '/' && origin_is_visible(url, length) && !strpbrk(url, "#\\") &&
	       !climbs(url + base);
}
