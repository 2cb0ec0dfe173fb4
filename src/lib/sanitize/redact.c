/* Finding secrets in text. Every matcher looks at one position; the caller moves on. Where the end
 * of a secret is unclear, too much is hidden rather than too little. */
#include "lib/sanitize/redact.h"

#include <stdbool.h>
#include <string.h>

struct text {
	const char *bytes;
	size_t length;
};

static const struct redact_match nothing = {0, 0};

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_alnum(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* The byte at a position, 0 behind the end. */
static char byte_at(struct text text, size_t at)
{
	return at < text.length ? text.bytes[at] : 0;
}

static bool is_any(char c, const char *characters)
{
	return c && strchr(characters, c);
}

static size_t skip_any(struct text text, size_t at, const char *characters)
{
	while (is_any(byte_at(text, at), characters))
		at++;
	return at;
}

static size_t until_any(struct text text, size_t at, const char *characters)
{
	while (at < text.length && !is_any(text.bytes[at], characters))
		at++;
	return at;
}

/* The position behind a word in any case, 0 when another stands there. An underscore of the word
 * may also be a hyphen, or missing: private_key, private-key, privateKey. */
static size_t behind_word(struct text text, size_t at, const char *word)
{
	for (; *word; word++) {
		char c = lower(byte_at(text, at));
		if (c == *word || (*word == '_' && c == '-'))
			at++;
		else if (*word != '_')
			return 0;
	}
	return at;
}

/* --- tokens --- */

/* Behind characters that may belong to a token, base64 and base64url included. */
static size_t behind_token(struct text text, size_t at)
{
	while (at < text.length && (is_alnum(text.bytes[at]) || is_any(text.bytes[at], "._-~+/=")))
		at++;
	return at;
}

/* "ghp_..." and its kin. A short rest may be the head of a token that was cut, so it goes as well.
 */
static struct redact_match find_token(struct text text, size_t at)
{
	static const char third[] = "pousr";

	size_t start = behind_word(text, at, "github_pat");
	if (!start && behind_word(text, at, "gh") && is_any(lower(byte_at(text, at + 2)), third))
		start = at + 3;
	if (!start || byte_at(text, start) != '_')
		return nothing;
	start++;
	return (struct redact_match){start - at, behind_token(text, start) - start};
}

/* Shortest word behind "Bearer" that is taken for a credential and not for prose. */
#define CREDENTIAL_MIN 16u

static struct redact_match find_scheme(struct text text, size_t at)
{
	static const char *const schemes[] = {"bearer", "basic", "token"};

	for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
		size_t behind = behind_word(text, at, schemes[i]);
		size_t start = skip_any(text, behind, " \t");
		if (!behind || start == behind)
			continue;
		size_t end = behind_token(text, start);
		if (end - start >= CREDENTIAL_MIN)
			return (struct redact_match){start - at, end - start};
	}
	return nothing;
}

/* --- PEM --- */

/* The only secret of several lines: up to the end line, or to the end of a text that was cut. */
static size_t pem_end(struct text text, size_t at)
{
	static const char mark[] = "-----END ";
	const char *end = memmem(text.bytes + at, text.length - at, mark, sizeof(mark) - 1);

	return end ? (size_t)(end - text.bytes) : text.length;
}

static struct redact_match find_pem(struct text text, size_t at)
{
	size_t start = behind_word(text, at, "-----begin ");

	if (!start)
		return nothing;
	return (struct redact_match){start - at, pem_end(text, start) - start};
}

/* What was found otherwise, key="-----BEGIN ...", may hide the first line of a PEM block and no
 * more. */
static struct redact_match extend_over_pem(struct text text, size_t at, struct redact_match match)
{
	static const char mark[] = "-----BEGIN";
	size_t start = at + match.keep, end = start + match.hide;

	if (memmem(text.bytes + start, match.hide, mark, sizeof(mark) - 1))
		match.hide = pem_end(text, end) - start;
	return match;
}

/* --- names with values --- */

/* A quotation mark, perhaps behind the backslashes of JSON that stands inside of JSON. */
struct quote {
	char mark; /* 0 for none */
	size_t backslashes;
};

/* The quote at a position; *at moves behind it. */
static struct quote open_quote(struct text text, size_t *at)
{
	size_t mark = skip_any(text, *at, "\\");
	struct quote quote = {byte_at(text, mark), mark - *at};

	if (!is_any(quote.mark, "\"'`"))
		return (struct quote){0, 0};
	*at = mark + 1;
	return quote;
}

/* Where a quoted value ends: at a mark that is not escaped more deeply than the opening one. A
 * value without an end does not reach into the next line and swallow the name of another secret
 * there. */
static size_t close_quote(struct text text, size_t at, struct quote quote)
{
	size_t backslashes = 0;

	for (; at < text.length && !is_any(text.bytes[at], "\r\n"); at++) {
		bool closes = backslashes <= quote.backslashes ||
			      (quote.backslashes == 0 && backslashes % 2 == 0);
		if (text.bytes[at] == quote.mark && closes)
			return at - backslashes;
		backslashes = text.bytes[at] == '\\' ? backslashes + 1 : 0;
	}
	return at;
}

/* What stands between a name and its value. */
struct separator {
	size_t end;  /* 0 when there is none */
	bool quoted; /* the name has a closing quote: data, not prose */
	bool colon;
};

/* "=", ":", "=>", in URLs "%3D"; with `comma`, also the comma of a list of quoted words. Before it
 * the name may end: user[password]=, "password":. */
static struct separator find_separator(struct text text, size_t at, bool comma)
{
	size_t end = skip_any(text, at, "\\\"'`] \t");
	struct separator separator = {.quoted = end > at && is_any(text.bytes[at], "\\\"'`")};

	while (behind_word(text, end, "%5d") || behind_word(text, end, "%22"))
		end += 3;
	char c = byte_at(text, end);
	separator.colon = c == ':' && byte_at(text, end + 1) != '=';
	if (c == '=' || c == ':')
		separator.end = skip_any(text, end, "=:> \t");
	else if (behind_word(text, end, "%3d") || behind_word(text, end, "%3a"))
		separator.end = end + 3;
	else if (c == ',' && comma && separator.quoted)
		separator.end = skip_any(text, end + 1, " \t");
	return separator;
}

/* The quote around a whole header line, as on a command line: -H "Authorization: ...". */
static struct quote quote_before(struct text text, size_t at)
{
	if (at == 0 || !is_any(text.bytes[at - 1], "\"'`"))
		return (struct quote){0, 0};
	return (struct quote){text.bytes[at - 1], at > 1 && text.bytes[at - 2] == '\\'};
}

/* "Authorization: Bearer x" up to the end of the line or of the quoted string. */
static struct redact_match find_header(struct text text, size_t at)
{
	static const char *const names[] = {"authorization", "x_api_key", "cookie"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		size_t name = behind_word(text, at, names[i]);
		struct separator separator = find_separator(text, name, true);
		if (!name || !separator.end)
			continue;
		size_t start = separator.end;
		struct quote quote = open_quote(text, &start);
		if (!quote.mark && !separator.quoted)
			quote = quote_before(text, at);
		size_t end = quote.mark ? close_quote(text, start, quote)
					: until_any(text, start, "\r\n");
		return (struct redact_match){start - at, end - start};
	}
	return nothing;
}

/* Shortest word with a digit in it that is taken for a secret behind "token:". */
#define ODD_WORD_MIN 8u

/* Behind "token:" there may be prose: "token: expected one of", "token: 401". */
static bool is_prose(struct text text, size_t start, size_t end)
{
	if (end - start >= CREDENTIAL_MIN)
		return false;
	return end - start < ODD_WORD_MIN ||
	       until_any((struct text){text.bytes, end}, start, "0123456789") == end;
}

/* The value of a pair at `start`. */
static struct redact_match hide_value(struct text text, size_t at, size_t start, bool may_be_prose)
{
	size_t end;
	struct quote quote = open_quote(text, &start);

	if (quote.mark)
		end = close_quote(text, start, quote);
	else
		end = until_any(text, start, " \t\r\n\"&");
	if (may_be_prose && !quote.mark && is_prose(text, start, end))
		return nothing;
	return (struct redact_match){start - at, end - start};
}

/* key=value, key: value, "key": "value", also as the end of a longer name: client_secret,
 * accessToken. */
static struct redact_match find_pair(struct text text, size_t at)
{
	static const struct {
		const char *name;
		bool in_prose;
	} keys[] = {
		{"password", false},   {"passwd", false},  {"passphrase", false},
		{"secret_key", false}, {"api_key", false}, {"private_key", false},
		{"access_key", false}, {"secret", true},   {"token", true},
	};

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		size_t name = behind_word(text, at, keys[i].name);
		if (!name)
			continue;
		struct separator separator = find_separator(text, name, false);
		if (!separator.end)
			continue;
		bool may_be_prose = keys[i].in_prose && separator.colon && !separator.quoted;
		struct redact_match match = hide_value(text, at, separator.end, may_be_prose);
		if (match.hide)
			return match;
	}
	return nothing;
}

/* --- URLs --- */

/* How far behind an authority an '@' is searched for, where a password has a raw slash. */
#define ODD_USERINFO_MAX 256u

static struct redact_match find_userinfo(struct text text, size_t at)
{
	size_t start = behind_word(text, at, "://");

	if (!start)
		return nothing;
	size_t end = until_any(text, start, "/?# \t\r\n\"'<>");
	const char *found = memrchr(text.bytes + start, '@', end - start);
	const char *colon = memchr(text.bytes + start, ':', end - start);
	/* "https://user:pa/ss@host": what follows the colon is no port. */
	if (!found && colon && text.bytes[start] != '[' &&
	    !is_digit(byte_at(text, (size_t)(colon - text.bytes) + 1))) {
		struct text near = {text.bytes, text.length};
		if (near.length - end > ODD_USERINFO_MAX)
			near.length = end + ODD_USERINFO_MAX;
		end = until_any(near, start, " \t\r\n\"'<>");
		found = memrchr(text.bytes + start, '@', end - start);
	}
	return (struct redact_match){start - at, found ? (size_t)(found - text.bytes) - start : 0};
}

static struct redact_match find_named(struct text text, size_t at)
{
	struct redact_match match = find_header(text, at);

	if (!match.hide)
		match = find_pair(text, at);
	if (!match.hide && (at == 0 || !is_alnum(text.bytes[at - 1])))
		match = find_scheme(text, at);
	return match;
}

struct redact_match redact_find(const char *whole, size_t at, size_t length)
{
	struct text text = {whole, length};

	switch (lower(whole[at])) {
	case 'g':
		return extend_over_pem(text, at, find_token(text, at));
	case ':':
		return extend_over_pem(text, at, find_userinfo(text, at));
	case '-':
		return find_pem(text, at);
	case 'a':
	case 'b':
	case 'c':
	case 'p':
	case 's':
	case 't':
	case 'x':
		return extend_over_pem(text, at, find_named(text, at));
	default:
		return nothing;
	}
}
