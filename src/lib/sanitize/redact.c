/* Finding secrets in text. Every matcher looks at one position; the caller moves on. */
#include "lib/sanitize/redact.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

struct text {
	const char *at;
	size_t left;
};

static bool is_alnum(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool starts_with(struct text text, const char *word)
{
	size_t length = strlen(word);

	return text.left >= length && strncasecmp(text.at, word, length) == 0;
}

/* Characters that may belong to a token, base64 and base64url included. */
static size_t token_run(struct text text)
{
	size_t run = 0;

	while (run < text.left &&
	       (is_alnum(text.at[run]) || (text.at[run] && strchr("._-~+/=", text.at[run]))))
		run++;
	return run;
}

/* "ghp_..." and its kin. A short rest may be the head of a token that was cut, so it goes as well. */
static struct redact_match find_token(struct text text)
{
	static const char *const prefixes[] = {"ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_"};

	if (text.left < 4 || (text.at[0] != 'g' && text.at[0] != 'G'))
		return (struct redact_match){0, 0};
	for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++) {
		size_t keep = strlen(prefixes[i]);
		if (!starts_with(text, prefixes[i]))
			continue;
		struct text rest = {text.at + keep, text.left - keep};
		return (struct redact_match){keep, token_run(rest)};
	}
	return (struct redact_match){0, 0};
}

static size_t skip_any(struct text text, size_t at, const char *characters)
{
	while (at < text.left && text.at[at] && strchr(characters, text.at[at]))
		at++;
	return at;
}

static size_t until_any(struct text text, size_t at, const char *characters)
{
	while (at < text.left && text.at[at] && !strchr(characters, text.at[at]))
		at++;
	return at;
}

/* "Authorization: Bearer x" up to the end of the line or of the quoted string. */
static struct redact_match find_header(struct text text)
{
	static const char *const names[] = {"authorization", "proxy-authorization", "x-api-key",
					    "cookie", "set-cookie"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (!starts_with(text, names[i]))
			continue;
		size_t at = skip_any(text, strlen(names[i]), "\"' \t");
		if (at >= text.left || (text.at[at] != ':' && text.at[at] != '='))
			continue;
		at = skip_any(text, at + 1, "\"' \t");
		return (struct redact_match){at, until_any(text, at, "\r\n\"'") - at};
	}
	return (struct redact_match){0, 0};
}

/* Shortest word behind "Bearer" that is taken for a credential and not for prose. */
#define CREDENTIAL_MIN 16u

static struct redact_match find_scheme(struct text text)
{
	static const char *const schemes[] = {"bearer", "basic", "token"};

	for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
		size_t at = strlen(schemes[i]);
		if (!starts_with(text, schemes[i]) || at >= text.left || text.at[at] != ' ')
			continue;
		at = skip_any(text, at, " ");
		size_t run = token_run((struct text){text.at + at, text.left - at});
		if (run >= CREDENTIAL_MIN)
			return (struct redact_match){at, run};
	}
	return (struct redact_match){0, 0};
}

/* key=value, key: value, "key": "value". Prose such as "token: expected ..." has a colon too, so without
 * quotes a colon needs something long behind it. */
static struct redact_match find_pair(struct text text)
{
	static const char *const keys[] = {"password", "passwd", "passphrase", "secret",
					   "token",    "api_key", "apikey",    "private_key"};

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		if (!starts_with(text, keys[i]))
			continue;
		size_t at = strlen(keys[i]);
		bool quoted = at < text.left && (text.at[at] == '"' || text.at[at] == '\'');
		at = skip_any(text, at, "\"' \t");
		if (at >= text.left || (text.at[at] != '=' && text.at[at] != ':'))
			continue;
		bool colon = text.at[at] == ':';
		at = skip_any(text, at + 1, " \t");
		if (at < text.left && (text.at[at] == '"' || text.at[at] == '\'')) {
			const char quote[] = {text.at[at], '\n', 0};
			return (struct redact_match){at + 1, until_any(text, at + 1, quote) - at - 1};
		}
		size_t end = until_any(text, at, " \t\r\n\"'&,;<>(){}[]");
		if (colon && !quoted && end - at < CREDENTIAL_MIN)
			continue;
		return (struct redact_match){at, end - at};
	}
	return (struct redact_match){0, 0};
}

/* Longest authority that is searched for an '@'. */
#define AUTHORITY_MAX 1024u

static struct redact_match find_userinfo(struct text text)
{
	if (!starts_with(text, "://"))
		return (struct redact_match){0, 0};
	struct text authority = {text.at, text.left < AUTHORITY_MAX ? text.left : AUTHORITY_MAX};
	size_t end = until_any(authority, 3, "/?# \t\r\n\"'<>");
	const char *at = memrchr(text.at + 3, '@', end - 3);
	return (struct redact_match){3, at ? (size_t)(at - text.at) - 3 : 0};
}

static struct redact_match find_pem(struct text text)
{
	static const char begin[] = "-----BEGIN ", end[] = "-----END ";

	if (text.left < sizeof(begin) - 1 || memcmp(text.at, begin, sizeof(begin) - 1) != 0)
		return (struct redact_match){0, 0};
	const char *found = memmem(text.at, text.left, end, sizeof(end) - 1);
	if (!found)
		return (struct redact_match){sizeof(begin) - 1, text.left - (sizeof(begin) - 1)};
	return (struct redact_match){sizeof(begin) - 1, (size_t)(found - text.at) - (sizeof(begin) - 1)};
}

struct redact_match redact_find(const char *whole, size_t at, size_t length)
{
	struct text text = {whole + at, length - at};
	bool word_start = at == 0 || !is_alnum(whole[at - 1]);
	struct redact_match match = find_token(text);

	if (!match.hide && text.at[0] == ':')
		match = find_userinfo(text);
	if (!match.hide && text.at[0] == '-')
		match = find_pem(text);
	if (!match.hide && word_start && is_alnum(text.at[0])) {
		match = find_header(text);
		if (!match.hide)
			match = find_scheme(text);
		if (!match.hide)
			match = find_pair(text);
	}
	return match;
}
