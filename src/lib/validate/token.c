/* Forms of GitHub's tokens. */
#include "lib/validate/validate.h"

#include <string.h>

static bool is_token_character(char c, const char *others)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c && strchr(others, c));
}

/* GitHub documents up to 255 characters for the prefixed forms; the stateless installation tokens
 * (ghs_APPID_JWT) are about 520 and may grow. */
#define PREFIXED_MAX 255u

static const struct {
	const char *prefix;
	enum validate_token_kind kind;
	const char *others;
	size_t max;
} forms[] = {
	{"ghp_", VALIDATE_TOKEN_CLASSIC, "", PREFIXED_MAX},
	{"github_pat_", VALIDATE_TOKEN_FINE_GRAINED, "_", PREFIXED_MAX},
	{"gho_", VALIDATE_TOKEN_OAUTH, "", PREFIXED_MAX},
	{"ghu_", VALIDATE_TOKEN_USER, "", PREFIXED_MAX},
	{"ghs_", VALIDATE_TOKEN_INSTALLATION, "._-", VALIDATE_TOKEN_MAX},
	{"ghr_", VALIDATE_TOKEN_REFRESH, "", PREFIXED_MAX},
};

/* Shortest part after a prefix. */
#define SECRET_MIN 36u

static bool is_legacy(const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		bool digit = text[i] >= '0' && text[i] <= '9';
		if (!digit && !(text[i] >= 'a' && text[i] <= 'f'))
			return false;
	}
	return length == 40;
}

enum validate_token_kind validate_token(const char *text, size_t length)
{
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		size_t prefix = strlen(forms[i].prefix);
		if (length < prefix || memcmp(text, forms[i].prefix, prefix) != 0)
			continue;
		if (length < prefix + SECRET_MIN || length > forms[i].max)
			return VALIDATE_TOKEN_INVALID;
		for (size_t at = prefix; at < length; at++) {
			if (!is_token_character(text[at], forms[i].others))
				return VALIDATE_TOKEN_INVALID;
		}
		return forms[i].kind;
	}
	return is_legacy(text, length) ? VALIDATE_TOKEN_LEGACY : VALIDATE_TOKEN_INVALID;
}

const char *validate_token_kind_name(enum validate_token_kind kind)
{
	static const char *const names[VALIDATE_TOKEN_KINDS] = {
		[VALIDATE_TOKEN_INVALID] = "invalid",
		[VALIDATE_TOKEN_CLASSIC] = "classic",
		[VALIDATE_TOKEN_FINE_GRAINED] = "fine-grained",
		[VALIDATE_TOKEN_OAUTH] = "oauth",
		[VALIDATE_TOKEN_USER] = "user-to-server",
		[VALIDATE_TOKEN_INSTALLATION] = "installation",
		[VALIDATE_TOKEN_REFRESH] = "refresh",
		[VALIDATE_TOKEN_LEGACY] = "legacy",
	};

	return kind < VALIDATE_TOKEN_KINDS ? names[kind] : names[VALIDATE_TOKEN_INVALID];
}
