/* Where people use the site whose API is asked. */
#ifndef GHWARD_GITHUB_WEB_H
#define GHWARD_GITHUB_WEB_H

#include <stddef.h>

/* Longest address of a site, with its NUL: scheme, host, port and path of an API base URL. */
#define GITHUB_WEB_URL_MAX 400u

/* https://github.com of https://api.github.com, https://SUB.ghe.com of https://api.SUB.ghe.com and
 * https://HOST of https://HOST/api/v3, with the port where one is given; of any other API its own
 * address. Returns 0, or -1 when `api_url` is no API base URL or the result does not fit. */
int github_web_url(const char *api_url, char *web, size_t size)
	__attribute__((warn_unused_result, nonnull));

#endif
