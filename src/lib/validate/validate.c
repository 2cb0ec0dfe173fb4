/* Validators of names, numbers and closed sets. */
#include "lib/validate/validate.h"

#include <string.h>

#define DEVICE_GRANT "urn:ietf:params:oauth:grant-type:device_code"

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_alnum(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_hex(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/* All characters alphanumeric or in `others`. */
static bool consists_of(const char *text, size_t length, const char *others)
{
	for (size_t i = 0; i < length; i++) {
		if (!is_alnum(text[i]) && (!text[i] || !strchr(others, text[i])))
			return false;
	}
	return true;
}

static bool is_one_of(const char *text, size_t length, const char *const *words)
{
	for (; *words; words++) {
		if (strlen(*words) == length && memcmp(*words, text, length) == 0)
			return true;
	}
	return false;
}

/* A login: no hyphen at either end, none doubled. An underscore appears before the short code of an
 * enterprise-managed user ("octocat_acme") and in old accounts. */
static bool is_login(const char *text, size_t length, size_t max)
{
	if (length == 0 || length > max || !consists_of(text, length, "-_"))
		return false;
	if (text[0] == '-' || text[0] == '_' || text[length - 1] == '-')
		return false;
	for (size_t i = 1; i < length; i++) {
		if (text[i] == '-' && text[i - 1] == '-')
			return false;
	}
	return true;
}

static bool is_repo(const char *text, size_t length)
{
	if (length == 0 || length > VALIDATE_REPO_MAX || !consists_of(text, length, "-_."))
		return false;
	if (text[0] == '.' && (length == 1 || (length == 2 && text[1] == '.')))
		return false;
	return !(length >= 4 && memcmp(text + length - 4, ".git", 4) == 0);
}

static bool is_printable_text(const char *text, size_t length, size_t max, const char *controls)
{
	size_t characters;

	if (!validate_utf8(text, length, &characters) || characters == 0 || characters > max)
		return false;
	for (size_t i = 0; i < length; i++) {
		unsigned char c = (unsigned char)text[i];
		if ((c < ' ' && !(c && strchr(controls, c))) || c == 0x7f)
			return false;
		/* C1 controls are 0xC2 0x80..0x9F in UTF-8. */
		if (c == 0xc2 && i + 1 < length && (unsigned char)text[i + 1] < 0xa0)
			return false;
	}
	return true;
}

/* Where a component of a ref may not start or end: "/.x", "x.lock/". */
static bool is_ref_component(const char *text, size_t length)
{
	return length > 0 && text[0] != '.' &&
	       !(length >= 5 && memcmp(text + length - 5, ".lock", 5) == 0);
}

/* git-check-ref-format(1), and no leading hyphen. Beyond ASCII, what is_printable_text() lets
 * through. */
static bool is_ref(const char *text, size_t length)
{
	size_t start = 0;

	if (!is_printable_text(text, length, VALIDATE_REF_MAX, "") || length > VALIDATE_REF_MAX ||
	    text[0] == '-' || text[length - 1] == '.' || (length == 1 && text[0] == '@'))
		return false;
	for (size_t i = 0; i < length; i++) {
		char c = text[i], next = i + 1 < length ? text[i + 1] : 0;
		if (strchr(" ~^:?*[\\", c) || (c == '.' && next == '.') ||
		    (c == '@' && next == '{'))
			return false;
		if (c != '/')
			continue;
		if (!is_ref_component(text + start, i - start))
			return false;
		start = i + 1;
	}
	return is_ref_component(text + start, length - start);
}

static bool is_sha(const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		if (!is_hex(text[i]))
			return false;
	}
	return length == 40 || length == 64;
}

/* 8-4-4-4-12 hexadecimal digits. */
static bool is_guid(const char *text, size_t length)
{
	if (length != 36)
		return false;
	for (size_t i = 0; i < length; i++) {
		bool hyphen = i == 8 || i == 13 || i == 18 || i == 23;
		if (hyphen ? text[i] != '-' : !is_hex(text[i]))
			return false;
	}
	return true;
}

/* Items with single separators between them. */
static bool is_list(const char *text, size_t length, char separator,
		    bool (*is_item)(const char *text, size_t length))
{
	for (;;) {
		const char *end = memchr(text, separator, length);
		size_t part = end ? (size_t)(end - text) : length;
		if (!is_item(text, part))
			return false;
		if (!end)
			return true;
		text += part + 1;
		length -= part + 1;
	}
}

static bool is_user(const char *text, size_t length)
{
	return is_login(text, length, VALIDATE_OWNER_MAX);
}

static bool is_login_list(const char *text, size_t length)
{
	return length <= VALIDATE_LOGINS_MAX && is_list(text, length, ',', is_user);
}

static bool is_one_token(const char *text, size_t length)
{
	return validate_token(text, length) != VALIDATE_TOKEN_INVALID;
}

static bool is_lower_name(const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		if (!(text[i] >= 'a' && text[i] <= 'z') && text[i] != '_')
			return false;
	}
	return length > 0 && length <= 64;
}

/* "contents:read" */
static bool is_permission(const char *text, size_t length)
{
	static const char *const levels[] = {"read", "write", "admin", NULL};
	const char *colon = memchr(text, ':', length);

	return colon && is_lower_name(text, (size_t)(colon - text)) &&
	       is_one_of(colon + 1, length - (size_t)(colon - text) - 1, levels);
}

/* Whether the list begins with an item of this name. */
static bool has_permission(const char *list, size_t length, const char *name, size_t name_length)
{
	while (length > name_length) {
		if (memcmp(list, name, name_length) == 0 && list[name_length] == ':')
			return true;
		const char *comma = memchr(list, ',', length);
		if (!comma)
			return false;
		length -= (size_t)(comma + 1 - list);
		list = comma + 1;
	}
	return false;
}

/* Each name once: it becomes the key of an object. */
static bool is_permission_list(const char *text, size_t length)
{
	if (length > VALIDATE_PERMISSIONS_MAX || !is_list(text, length, ',', is_permission))
		return false;
	for (const char *at = text, *comma; (comma = memchr(at, ',', length)); at = comma + 1) {
		const char *colon = memchr(at, ':', length);
		length -= (size_t)(comma + 1 - at);
		if (has_permission(comma + 1, length, at, (size_t)(colon - at)))
			return false;
	}
	return true;
}

static bool is_repo_list(const char *text, size_t length)
{
	size_t count = 1;

	if (length > VALIDATE_REPOS_MAX || !is_list(text, length, ',', is_repo))
		return false;
	for (size_t i = 0; i < length; i++)
		count += text[i] == ',';
	return count <= VALIDATE_REPOS_COUNT_MAX;
}

/* "security_events", "read:org" */
static bool is_scope(const char *text, size_t length)
{
	return length > 0 && length <= 64 && consists_of(text, length, "_:.-");
}

static bool is_opaque(const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		if (text[i] <= ' ' || text[i] > '~')
			return false;
	}
	return length > 0 && length <= VALIDATE_OPAQUE_MAX;
}

static bool is_id(const char *text, size_t length)
{
	uint64_t value = 0;

	if (length == 0 || length > 16 || text[0] == '0')
		return false;
	for (size_t i = 0; i < length; i++) {
		if (!is_digit(text[i]))
			return false;
		value = value * 10 + (uint64_t)(text[i] - '0');
	}
	return value < UINT64_C(1) << 53;
}

static bool is_number(const char *text, size_t length, uint32_t max)
{
	uint32_t value;

	return validate_parse_u32(text, length, 1, max, &value) == 0;
}

const char *const *validate_words(enum validate_kind kind)
{
	static const char *const states[] = {"open", "closed", "dismissed", "fixed", NULL};
	static const char *const severities[] = {"critical", "high",	"medium", "low",
						 "error",    "warning", "note",	  NULL};
	static const char *const sorts[] = {"created", "updated", NULL};
	static const char *const directions[] = {"asc", "desc", NULL};
	static const char *const write_states[] = {"open", "dismissed", NULL};
	static const char *const reasons[] = {"false positive", "won't fix", "used in tests",
					      "mitigated", NULL};
	static const char *const booleans[] = {"true", "false", NULL};
	static const char *const affiliations[] = {"owner", NULL};
	static const char *const entities[] = {"user", "org", NULL};
	static const char *const grants[] = {DEVICE_GRANT, "authorization_code", "refresh_token",
					     NULL};

	switch (kind) {
	case VALIDATE_ALERT_STATE:
		return states;
	case VALIDATE_ALERT_SEVERITY:
		return severities;
	case VALIDATE_SORT:
		return sorts;
	case VALIDATE_DIRECTION:
		return directions;
	case VALIDATE_AFFILIATION:
		return affiliations;
	case VALIDATE_ALERT_WRITE_STATE:
		return write_states;
	case VALIDATE_DISMISSED_REASON:
		return reasons;
	case VALIDATE_BOOLEAN:
		return booleans;
	case VALIDATE_ENTITY_TYPE:
		return entities;
	case VALIDATE_GRANT_TYPE:
		return grants;
	default:
		return NULL;
	}
}

bool validate_param(enum validate_kind kind, const char *text, size_t length)
{
	const char *const *words = validate_words(kind);

	if (words)
		return is_one_of(text, length, words);
	switch (kind) {
	case VALIDATE_OWNER:
		return is_login(text, length, VALIDATE_OWNER_MAX);
	case VALIDATE_ENTERPRISE:
		return is_login(text, length, VALIDATE_ENTERPRISE_MAX);
	case VALIDATE_REPO:
		return is_repo(text, length);
	case VALIDATE_ALERT_NUMBER:
	case VALIDATE_PR:
		return is_number(text, length, INT32_MAX);
	case VALIDATE_TOOL_NAME:
		return is_printable_text(text, length, VALIDATE_TOOL_NAME_MAX, "");
	case VALIDATE_TOOL_GUID:
		return is_guid(text, length);
	case VALIDATE_REF:
		return is_ref(text, length);
	case VALIDATE_ASSIGNEES:
		return (length == 1 && *text == '*') || is_login_list(text, length);
	case VALIDATE_LOGINS:
		return length == 0 || is_login_list(text, length);
	case VALIDATE_CURSOR:
		return length > 0 && length <= VALIDATE_CURSOR_MAX &&
		       consists_of(text, length, "=_+/:.-");
	case VALIDATE_PAGE:
		return is_number(text, length, 1000000);
	case VALIDATE_PER_PAGE:
		return is_number(text, length, 100);
	case VALIDATE_WORKER_COUNT:
		return is_number(text, length, 20);
	case VALIDATE_SHA:
		return is_sha(text, length);
	case VALIDATE_ID:
		return is_id(text, length);
	case VALIDATE_REPOS:
		return is_repo_list(text, length);
	case VALIDATE_PERMISSIONS:
		return is_permission_list(text, length);
	case VALIDATE_TOKENS:
		return length <= VALIDATE_TOKENS_MAX && is_list(text, length, ',', is_one_token);
	case VALIDATE_CLIENT_ID:
		return length > 0 && length <= VALIDATE_CLIENT_ID_MAX &&
		       consists_of(text, length, "._-");
	case VALIDATE_SCOPES:
		return length <= VALIDATE_SCOPES_MAX && is_list(text, length, ' ', is_scope);
	case VALIDATE_OPAQUE:
		return is_opaque(text, length);
	case VALIDATE_ENTRY_NAME:
		return length > 0 && length <= VALIDATE_ENTRY_NAME_MAX && text[0] != '-' &&
		       text[0] != '.' && consists_of(text, length, "._-");
	case VALIDATE_COMMENT:
		return is_printable_text(text, length, VALIDATE_COMMENT_MAX, "\r\n\t");
	default:
		return false;
	}
}

const char *validate_expectation(enum validate_kind kind)
{
	static const char *const texts[VALIDATE_KINDS] = {
		[VALIDATE_OWNER] =
			"a GitHub login (letters, digits and single hyphens, at most 39)",
		[VALIDATE_REPO] =
			"a repository name (letters, digits, '.', '_' and '-', at most 100)",
		[VALIDATE_ENTERPRISE] =
			"an enterprise slug (letters, digits and single hyphens, at most 60)",
		[VALIDATE_ALERT_NUMBER] = "an alert number from 1 to 2147483647",
		[VALIDATE_TOOL_NAME] = "a tool name of 1 to 128 printable characters",
		[VALIDATE_TOOL_GUID] = "a GUID such as 6ba7b810-9dad-11d1-80b4-00c04fd430c8",
		[VALIDATE_REF] = "a git ref such as main or refs/heads/main",
		[VALIDATE_PR] = "a pull request number from 1 to 2147483647",
		[VALIDATE_ALERT_STATE] = "open, closed, dismissed or fixed",
		[VALIDATE_ALERT_SEVERITY] = "critical, high, medium, low, error, warning or note",
		[VALIDATE_SORT] = "created or updated",
		[VALIDATE_DIRECTION] = "asc or desc",
		[VALIDATE_AFFILIATION] = "owner",
		[VALIDATE_ASSIGNEES] = "*, none or a comma-separated list of logins",
		[VALIDATE_LOGINS] = "a comma-separated list of logins",
		[VALIDATE_CURSOR] = "a cursor taken from a Link header",
		[VALIDATE_PAGE] = "a page number from 1 to 1000000",
		[VALIDATE_PER_PAGE] = "a page size from 1 to 100",
		[VALIDATE_ALERT_WRITE_STATE] = "open or dismissed",
		[VALIDATE_DISMISSED_REASON] =
			"\"false positive\", \"won't fix\", \"used in tests\" or \"mitigated\"",
		[VALIDATE_COMMENT] = "a comment of 1 to 280 characters",
		[VALIDATE_BOOLEAN] = "true or false",
		[VALIDATE_SHA] = "a commit of 40 or 64 hexadecimal digits",
		[VALIDATE_WORKER_COUNT] = "a number of workers from 1 to 20",
		[VALIDATE_ENTITY_TYPE] = "user or org",
		[VALIDATE_ID] = "a number that GitHub has given",
		[VALIDATE_REPOS] = "a comma-separated list of at most 500 repository names",
		[VALIDATE_PERMISSIONS] =
			"a comma-separated list of permissions such as contents:read",
		[VALIDATE_TOKENS] = "a token in a form that GitHub issues",
		[VALIDATE_CLIENT_ID] = "an App's number or client id",
		[VALIDATE_SCOPES] = "scopes with single spaces between them",
		[VALIDATE_GRANT_TYPE] = ("authorization_code, refresh_token or " DEVICE_GRANT),
		[VALIDATE_OPAQUE] = "1 to 8192 printable characters without spaces",
		[VALIDATE_ENTRY_NAME] =
			"a name of letters, digits, '.', '_' and '-', at most 64 characters",
	};

	return kind < VALIDATE_KINDS ? texts[kind] : "something known";
}

int validate_parse_u32(const char *text, size_t length, uint32_t min, uint32_t max, uint32_t *value)
{
	uint64_t parsed = 0;

	if (length == 0 || length > 10 || (length > 1 && text[0] == '0'))
		return -1;
	for (size_t i = 0; i < length; i++) {
		if (!is_digit(text[i]))
			return -1;
		parsed = parsed * 10 + (uint64_t)(text[i] - '0');
	}
	if (parsed < min || parsed > max)
		return -1;
	*value = (uint32_t)parsed;
	return 0;
}

/* Length of the UTF-8 sequence at `text`, 0 if malformed. Table 3-7 of the Unicode standard. */
static size_t utf8_sequence(const unsigned char *text, size_t left)
{
	unsigned char first = text[0];
	size_t length = first < 0x80   ? 1
			: first < 0xc2 ? 0
			: first < 0xe0 ? 2
			: first < 0xf0 ? 3
			: first < 0xf5 ? 4
				       : 0;

	if (length == 0 || length > left)
		return 0;
	for (size_t i = 1; i < length; i++) {
		if ((text[i] & 0xc0) != 0x80)
			return 0;
	}
	if ((first == 0xe0 && text[1] < 0xa0) || (first == 0xed && text[1] > 0x9f) ||
	    (first == 0xf0 && text[1] < 0x90) || (first == 0xf4 && text[1] > 0x8f))
		return 0;
	return length;
}

bool validate_utf8(const char *text, size_t length, size_t *characters)
{
	*characters = 0;
	for (size_t i = 0; i < length; ++*characters) {
		size_t step = utf8_sequence((const unsigned char *)text + i, length - i);
		if (step == 0)
			return false;
		i += step;
	}
	return true;
}
