/* Addresses of repositories. */
#include "lib/validate/repository_url.h"

#include <stdio.h>
#include <string.h>

#define HTTPS "https://"
#define SSH "ssh://"
#define SCP "git@"

/* Where a port is blocked, GitHub takes ssh on that of https. */
#define SSH_OVER_HTTPS "ssh.github.com"

/* "HOST[:PORT]" and nothing before it. Returns 0, or -1. */
static int take_host(const char *text, size_t length, struct repository_url *url)
{
	struct validate_origin origin;
	char whole[320];
	const char *why;

	if (length >= sizeof(whole) - sizeof(HTTPS))
		return -1;
	size_t used = (size_t)snprintf(whole, sizeof(whole), HTTPS "%.*s", (int)length, text);
	if (used != length + strlen(HTTPS) || validate_api_url(whole, used, &origin, &why) < 0 ||
	    *origin.path)
		return -1;
	memcpy(url->host, origin.host, sizeof(url->host));
	url->port = origin.port;
	return 0;
}

static int take_path(const char *text, size_t length, bool has_suffix, struct repository_url *url,
		     const char **why)
{
	struct validate_repo_spec spec;

	if (has_suffix && length > 4 && memcmp(text + length - 4, ".git", 4) == 0)
		length -= 4;
	if (validate_repo_spec(text, length, &spec) < 0 || *spec.host) {
		*why = *url->host ? "OWNER/REPO behind the host and nothing else"
				  : "OWNER/REPO, or an address with https:// or ssh:// or git@";
		return -1;
	}
	if (!validate_param(VALIDATE_OWNER, spec.owner, strlen(spec.owner))) {
		*why = validate_expectation(VALIDATE_OWNER);
		return -1;
	}
	if (!validate_param(VALIDATE_REPO, spec.repo, strlen(spec.repo))) {
		*why = validate_expectation(VALIDATE_REPO);
		return -1;
	}
	memcpy(url->owner, spec.owner, sizeof(url->owner));
	memcpy(url->repo, spec.repo, sizeof(url->repo));
	return 0;
}

static bool begins(const char *text, size_t length, const char *word)
{
	return length >= strlen(word) && memcmp(text, word, strlen(word)) == 0;
}

/* Behind the scheme: the host up to a separator, then OWNER/REPO. */
static int take_address(const char *text, size_t length, char separator, struct repository_url *url,
			const char **why)
{
	const char *mark = memchr(text, separator, length);
	size_t host = mark ? (size_t)(mark - text) : length;

	if (take_host(text, host, url) < 0) {
		*why = memchr(text, '@', host) ? "no user in front of the host, but for git@ of ssh"
					       : "a host name, perhaps with a port";
		return -1;
	}
	return take_path(mark ? mark + 1 : "", mark ? length - host - 1 : 0, true, url, why);
}

static int take_ssh(const char *text, size_t length, char separator, struct repository_url *url,
		    const char **why)
{
	int status = take_address(text, length, separator, url, why);

	url->port = 0;
	if (strcmp(url->host, SSH_OVER_HTTPS) == 0)
		snprintf(url->host, sizeof(url->host), "github.com");
	return status;
}

int repository_url_parse(const char *text, size_t length, struct repository_url *url,
			 const char **why)
{
	memset(url, 0, sizeof(*url));
	*why = "text without NUL";
	if (memchr(text, 0, length))
		return -1;
	if (memchr(text, '?', length) || memchr(text, '#', length)) {
		*why = "no query and no fragment";
		return -1;
	}
	if (begins(text, length, HTTPS))
		return take_address(text + strlen(HTTPS), length - strlen(HTTPS), '/', url, why);
	if (begins(text, length, SCP))
		return take_ssh(text + strlen(SCP), length - strlen(SCP), ':', url, why);
	if (begins(text, length, SSH)) {
		size_t skip = strlen(SSH);
		if (begins(text + skip, length - skip, SCP))
			skip += strlen(SCP);
		return take_ssh(text + skip, length - skip, '/', url, why);
	}
	if (memchr(text, ':', length)) {
		/* An error that is shown has what could be a password of an address masked. */
		*why = "https://HOST/OWNER/REPO, git@HOST:OWNER/REPO or ssh://HOST/OWNER/REPO";
		return -1;
	}
	return take_path(text, length, false, url, why);
}

bool repository_url_is_at(const struct repository_url *url, const char *base)
{
	struct validate_origin origin;
	const char *why;

	if (!*url->host)
		return true;
	return validate_api_url(base, strlen(base), &origin, &why) == 0 &&
	       strcmp(url->host, origin.host) == 0 && (!url->port || url->port == origin.port);
}
