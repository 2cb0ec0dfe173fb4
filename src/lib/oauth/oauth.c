/* Logins that have begun, and the address that they begin with. */
#include "lib/oauth/oauth.h"

#include "lib/base/base64.h"
#include "lib/base/percent.h"
#include "lib/crypto/crypto.h"
#include "lib/validate/validate.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum { RANDOM_SIZE = 32 };

_Static_assert(BASE64_URL_LENGTH(RANDOM_SIZE) == OAUTH_RANDOM_LENGTH, "32 bytes of random");
_Static_assert(CRYPTO_HASH_SIZE == RANDOM_SIZE, "a hash is as long");

/* base64_encode_url() wants room for the padding that it leaves away. */
static void encode(const uint8_t bytes[RANDOM_SIZE], char text[OAUTH_RANDOM_LENGTH + 1])
{
	char padded[BASE64_LENGTH(RANDOM_SIZE) + 1];

	base64_encode_url(bytes, RANDOM_SIZE, padded);
	memcpy(text, padded, OAUTH_RANDOM_LENGTH + 1);
	explicit_bzero(padded, sizeof(padded));
}

int oauth_state_new(oauth_random_fn *random, char state[OAUTH_RANDOM_LENGTH + 1])
{
	uint8_t bytes[RANDOM_SIZE];

	if (random(bytes, sizeof(bytes)) < 0)
		return -1;
	encode(bytes, state);
	explicit_bzero(bytes, sizeof(bytes));
	return 0;
}

int oauth_pkce_new(oauth_random_fn *random, struct oauth_pkce *pkce)
{
	uint8_t hash[CRYPTO_HASH_SIZE];

	if (oauth_state_new(random, pkce->verifier) < 0 ||
	    crypto_sha256((struct crypto_bytes){pkce->verifier, OAUTH_RANDOM_LENGTH}, hash) < 0)
		return -1;
	encode(hash, pkce->challenge);
	return 0;
}

/* --- the table --- */

static void forget(struct oauth_login *login)
{
	explicit_bzero(login, sizeof(*login));
}

static void drop_expired(struct oauth_logins *logins, uint64_t now_ms)
{
	for (size_t i = 0; i < OAUTH_LOGINS_MAX; i++) {
		if (now_ms >= logins->logins[i].expires_ms)
			forget(&logins->logins[i]);
	}
}

static struct oauth_login *find_free(struct oauth_logins *logins)
{
	for (size_t i = 0; i < OAUTH_LOGINS_MAX; i++) {
		if (!*logins->logins[i].state)
			return &logins->logins[i];
	}
	return NULL;
}

const struct oauth_login *oauth_begin(struct oauth_logins *logins, uint32_t owner, uint64_t now_ms,
				      oauth_random_fn *random)
{
	drop_expired(logins, now_ms);
	struct oauth_login *login = find_free(logins);
	if (!login)
		return NULL;
	if (oauth_state_new(random, login->state) < 0 || oauth_pkce_new(random, &login->pkce) < 0) {
		forget(login);
		return NULL;
	}
	login->owner = owner;
	login->expires_ms = now_ms + OAUTH_LIFETIME_MS;
	return login;
}

/* In the time that all of it takes, whatever differs. */
static bool is_same(const char one[OAUTH_RANDOM_LENGTH], const char other[OAUTH_RANDOM_LENGTH])
{
	volatile unsigned char difference = 0;

	for (size_t i = 0; i < OAUTH_RANDOM_LENGTH; i++)
		difference |= (unsigned char)(one[i] ^ other[i]);
	return difference == 0;
}

int oauth_take(struct oauth_logins *logins, const char *state, uint64_t now_ms,
	       struct oauth_login *taken)
{
	size_t found = OAUTH_LOGINS_MAX;

	memset(taken, 0, sizeof(*taken));
	drop_expired(logins, now_ms);
	/* An empty place of the table is no state either. */
	if (strlen(state) != OAUTH_RANDOM_LENGTH)
		return -1;
	for (size_t i = 0; i < OAUTH_LOGINS_MAX; i++) {
		if (is_same(state, logins->logins[i].state))
			found = i;
	}
	if (found == OAUTH_LOGINS_MAX)
		return -1;
	*taken = logins->logins[found];
	forget(&logins->logins[found]);
	return 0;
}

void oauth_drop(struct oauth_logins *logins, uint32_t owner)
{
	for (size_t i = 0; i < OAUTH_LOGINS_MAX; i++) {
		if (*logins->logins[i].state && logins->logins[i].owner == owner)
			forget(&logins->logins[i]);
	}
}

/* --- the address --- */

static bool is_loopback(const char *host)
{
	return strcmp(host, "localhost") == 0 || strcmp(host, "127.0.0.1") == 0 ||
	       strcmp(host, "::1") == 0;
}

/* GitHub sends the browser there with the code, so: by https, or to this very machine. */
static bool is_redirect(const char *address)
{
	static const char https[] = "https://", http[] = "http://";
	bool plain = strncmp(address, http, sizeof(http) - 1) == 0;
	struct validate_origin origin;
	const char *why;
	char server[320];

	if (!validate_param(VALIDATE_OPAQUE, address, strlen(address)) || strchr(address, '#') ||
	    (!plain && strncmp(address, https, sizeof(https) - 1) != 0))
		return false;
	const char *host = address + (plain ? sizeof(http) : sizeof(https)) - 1;
	int length =
		snprintf(server, sizeof(server), "%s%.*s", https, (int)strcspn(host, "/?"), host);
	return (size_t)length < sizeof(server) &&
	       validate_api_url(server, (size_t)length, &origin, &why) == 0 &&
	       (!plain || is_loopback(origin.host));
}

static void put_parameter(struct percent_text *url, const char *before, const char *value)
{
	percent_put_plain(url, before, strlen(before));
	percent_put(url, value);
}

int oauth_authorize_url(const struct oauth_request *request, const struct oauth_login *login,
			char text[OAUTH_URL_MAX])
{
	struct percent_text url = {.text = text, .size = OAUTH_URL_MAX};
	const char *client = request->client_id, *scopes = request->scopes, *why;
	struct validate_origin web;

	if (validate_api_url(request->web, strlen(request->web), &web, &why) < 0 ||
	    !validate_param(VALIDATE_CLIENT_ID, client, strlen(client)) ||
	    (*scopes && !validate_param(VALIDATE_SCOPES, scopes, strlen(scopes))) ||
	    !is_redirect(request->redirect_uri))
		return -1;
	percent_put_plain(&url, request->web, strlen(request->web));
	put_parameter(&url, "/login/oauth/authorize?client_id=", client);
	put_parameter(&url, "&redirect_uri=", request->redirect_uri);
	if (*scopes)
		put_parameter(&url, "&scope=", scopes);
	put_parameter(&url, "&state=", login->state);
	put_parameter(&url, "&code_challenge=", login->pkce.challenge);
	put_parameter(&url, "&code_challenge_method=", "S256");
	return url.overflow ? -1 : 0;
}
