/* Reading GitHub's secret answers. */
#include "mint/answer.h"

#include "lib/base/calendar.h"
#include "lib/json/parse.h"
#include "lib/sanitize/sanitize.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* 64 KiB have no more. */
#define LIMITS ((struct json_limits){32768, 16384, JSON_NO_COMMENTS})

#define ID_MAX ((UINT64_C(1) << 53) - 1)

#define BIT(kind) (1u << VALIDATE_TOKEN_##kind)

enum presence { REQUIRED, OPTIONAL };

struct reader {
	const struct cJSON *root;
	struct mint_answer *answer;
	struct failure *failure;
	const char *what; /* the answer is about */
};

/* --- refusals: they name members and repeat no value --- */

static int __attribute__((format(printf, 2, 3)))
refuse(const struct reader *reader, const char *format, ...)
{
	char wrong[160];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(wrong, sizeof(wrong), format, arguments);
	va_end(arguments);
	failure_set(reader->failure, FAILURE_MALFORMED,
		    "Check that GITHUB_API_URL names a GitHub API and no other server or proxy.",
		    "the answer about %s %s", reader->what, wrong);
	return -1;
}

static int misfits(const struct reader *reader, const char *key, const char *expected)
{
	return refuse(reader, "has an unusable \"%s\": expected %s", key, expected);
}

/* --- members --- */

/* The member in *found, or NULL where it is absent or null. Returns -1 when it is needed. */
static int find(const struct reader *reader, const struct cJSON *object, const char *key,
		enum presence presence, const struct cJSON **found)
{
	const struct cJSON *member = json_member(object, key);

	*found = cJSON_IsNull(member) ? NULL : member;
	if (*found || presence == OPTIONAL)
		return 0;
	return refuse(reader, "has no \"%s\"", key);
}

/* What is no string is "", which is no valid value of anything but scopes. */
static const char *text_of(const struct cJSON *member)
{
	return member && cJSON_IsString(member) ? member->valuestring : "";
}

static int take_number(const struct reader *reader, const char *key, enum presence presence,
		       uint64_t min, uint64_t max, uint64_t *number)
{
	const struct cJSON *member;

	if (find(reader, reader->root, key, presence, &member) < 0)
		return -1;
	if (!member)
		return 0;
	if (!json_get_u64(reader->root, key, number) || *number < min || *number > max)
		return misfits(reader, key, "a whole number of a possible size");
	return 0;
}

static int take_id(const struct reader *reader)
{
	return take_number(reader, "id", REQUIRED, 1, ID_MAX, &reader->answer->minted.number);
}

/* How long something lives, in seconds. */
static int take_lifetime(const struct reader *reader, const char *key, enum presence presence,
			 uint64_t *seconds)
{
	return take_number(reader, key, presence, 1, MINT_LIFETIME_MAX, seconds);
}

static int take_interval(const struct reader *reader)
{
	uint64_t seconds = 0;

	if (take_number(reader, "interval", OPTIONAL, 0, MINT_INTERVAL_MAX, &seconds) < 0)
		return -1;
	reader->answer->minted.interval = (uint32_t)seconds;
	return 0;
}

/* A token whose kind is one of `kinds`. */
static int take_token(const struct reader *reader, const char *key, enum presence presence,
		      unsigned kinds, const char *expected, char slot[VALIDATE_TOKEN_MAX + 1])
{
	const struct cJSON *member;

	if (find(reader, reader->root, key, presence, &member) < 0)
		return -1;
	if (!member)
		return 0;
	const char *text = text_of(member);
	size_t length = strlen(text);
	if (!(kinds & 1u << validate_token(text, length)))
		return misfits(reader, key, expected);
	memcpy(slot, text, length + 1);
	return 0;
}

/* Slugs, logins, codes: letters, digits and a few marks. */
static int take_name(const struct reader *reader, const struct cJSON *object, const char *key,
		     enum presence presence)
{
	static const char characters[] =
		"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_.";
	const struct cJSON *member;

	if (find(reader, object, key, presence, &member) < 0)
		return -1;
	if (!member)
		return 0;
	const char *text = text_of(member);
	size_t length = strlen(text);
	if (length == 0 || length > MINT_NAME_MAX || strspn(text, characters) != length)
		return misfits(reader, key, "a name");
	memcpy(reader->answer->name, text, length + 1);
	return 0;
}

/* --- permissions and scopes --- */

static int compare_keys(const void *one, const void *other)
{
	const struct cJSON *const *first = one, *const *second = other;

	return strcmp((*first)->string, (*second)->string);
}

/* "contents:read" behind what is there. */
static int add_permission(const struct reader *reader, const struct cJSON *member, size_t *used)
{
	char pair[128], *list = reader->answer->permissions;
	int length = snprintf(pair, sizeof(pair), "%s:%s", member->string, text_of(member));

	if ((size_t)length >= sizeof(pair) ||
	    !validate_param(VALIDATE_PERMISSIONS, pair, (size_t)length) || strchr(pair, ','))
		return misfits(reader, "permissions", "an object of read, write and admin");
	if ((size_t)length + 1 > MINT_PERMISSIONS_MAX - *used)
		return refuse(reader, "has too many permissions");
	if (*used)
		list[(*used)++] = ',';
	memcpy(list + *used, pair, (size_t)length + 1);
	*used += (size_t)length;
	return 0;
}

/* In the order of their names, so that equal permissions are equal texts. */
static int take_permissions(const struct reader *reader, enum presence presence)
{
	const struct cJSON *member, *sorted[MINT_PERMISSIONS];
	size_t count = 0, used = 0;

	if (find(reader, reader->root, "permissions", presence, &member) < 0)
		return -1;
	if (!member)
		return 0;
	if (!cJSON_IsObject(member))
		return misfits(reader, "permissions", "an object of read, write and admin");
	for (member = member->child; member; member = member->next) {
		if (count == MINT_PERMISSIONS)
			return refuse(reader, "has too many permissions");
		sorted[count++] = member;
	}
	qsort(sorted, count, sizeof(const struct cJSON *), compare_keys);
	for (size_t i = 0; i < count; i++) {
		if (add_permission(reader, sorted[i], &used) < 0)
			return -1;
	}
	return 0;
}

static void replace(char *text, char old, char new)
{
	for (; *text; text++) {
		if (*text == old)
			*text = new;
	}
}

/* GitHub puts commas between them, RFC 6749 spaces. A token of a GitHub App has none. */
static int take_scopes(const struct reader *reader)
{
	char *list = reader->answer->permissions;
	const struct cJSON *member;

	if (find(reader, reader->root, "scope", OPTIONAL, &member) < 0)
		return -1;
	if (!member)
		return 0;
	const char *text = text_of(member);
	size_t length = strlen(text);
	if (!cJSON_IsString(member) || length > VALIDATE_SCOPES_MAX)
		return misfits(reader, "scope", "a list of scopes");
	memcpy(list, text, length + 1);
	replace(list, ',', ' ');
	if (length && !validate_param(VALIDATE_SCOPES, list, length))
		return misfits(reader, "scope", "a list of scopes");
	replace(list, ' ', ',');
	return 0;
}

/* --- errors that GitHub tells --- */

static int take_sentence(const struct reader *reader, const char *key, char *slot, size_t size)
{
	const struct cJSON *member;

	if (find(reader, reader->root, key, OPTIONAL, &member) < 0)
		return -1;
	if (!member)
		return 0;
	const char *text = text_of(member);
	if (!*text)
		return misfits(reader, key, "a text");
	sanitize_text(slot, size, text, strlen(text));
	return 0;
}

/* Returns 1 when the answer tells an error, 0 when it does not, -1 when nobody can say. */
static int take_error(const struct reader *reader)
{
	struct mint_answer *answer = reader->answer;

	if (take_sentence(reader, "error", answer->error, sizeof(answer->error)) < 0 ||
	    take_sentence(reader, *answer->error ? "error_description" : "message", answer->message,
			  sizeof(answer->message)) < 0)
		return -1;
	if (!*answer->error && !*answer->message)
		return 0;
	return take_interval(reader) < 0 ? -1 : 1;
}

/* --- the kinds of answers --- */

static int read_app(const struct reader *reader)
{
	if (take_id(reader) < 0 || take_name(reader, reader->root, "slug", OPTIONAL) < 0)
		return -1;
	return take_permissions(reader, REQUIRED);
}

/* An account is a user or an organisation with a login, or an enterprise with a slug. */
static int read_installation(const struct reader *reader)
{
	const struct cJSON *account, *suspended;
	uint64_t when;

	if (take_id(reader) < 0 || take_permissions(reader, REQUIRED) < 0 ||
	    find(reader, reader->root, "account", REQUIRED, &account) < 0 ||
	    find(reader, reader->root, "suspended_at", OPTIONAL, &suspended) < 0)
		return -1;
	if (!cJSON_IsObject(account))
		return misfits(reader, "account", "an object");
	if (take_name(reader, account, json_get_string(account, "login") ? "login" : "slug",
		      REQUIRED) < 0)
		return -1;
	if (!suspended)
		return 0;
	const char *text = text_of(suspended);
	if (calendar_rfc3339(text, strlen(text), &when) < 0)
		return misfits(reader, "suspended_at", "a time such as 2026-11-21T10:00:00Z");
	reader->answer->minted.suspended = 1;
	return 0;
}

static int read_installation_token(const struct reader *reader)
{
	const struct cJSON *expires;

	if (take_token(reader, "token", REQUIRED, BIT(INSTALLATION), "an installation token",
		       reader->answer->secret) < 0 ||
	    find(reader, reader->root, "expires_at", REQUIRED, &expires) < 0)
		return -1;
	const char *text = text_of(expires);
	if (calendar_rfc3339(text, strlen(text), &reader->answer->minted.expires) < 0)
		return misfits(reader, "expires_at", "a time such as 2026-11-21T10:00:00Z");
	return take_permissions(reader, OPTIONAL);
}

/* What the user is told to visit has to be an address that looks like one. */
static int take_address(const struct reader *reader)
{
	struct validate_origin origin;
	const struct cJSON *member;
	const char *why;

	if (find(reader, reader->root, "verification_uri", REQUIRED, &member) < 0)
		return -1;
	const char *text = text_of(member);
	size_t length = strlen(text);
	if (length > MINT_URL_MAX || validate_api_url(text, length, &origin, &why) < 0)
		return misfits(reader, "verification_uri", "a simple https address");
	memcpy(reader->answer->url, text, length + 1);
	return 0;
}

static int read_device_code(const struct reader *reader)
{
	const struct cJSON *member;

	if (find(reader, reader->root, "device_code", REQUIRED, &member) < 0)
		return -1;
	const char *code = text_of(member);
	size_t length = strlen(code);
	if (!validate_param(VALIDATE_OPAQUE, code, length))
		return misfits(reader, "device_code", "a text without spaces");
	memcpy(reader->answer->secret, code, length + 1);
	if (take_name(reader, reader->root, "user_code", REQUIRED) < 0 ||
	    take_address(reader) < 0 ||
	    take_lifetime(reader, "expires_in", REQUIRED, &reader->answer->minted.expires) < 0)
		return -1;
	return take_interval(reader);
}

static int read_user_token(const struct reader *reader)
{
	struct mint_answer *answer = reader->answer;
	const struct cJSON *type;

	if (take_token(reader, "access_token", REQUIRED, BIT(OAUTH) | BIT(USER) | BIT(LEGACY),
		       "a user's token", answer->secret) < 0 ||
	    find(reader, reader->root, "token_type", REQUIRED, &type) < 0)
		return -1;
	if (strcasecmp(text_of(type), "bearer") != 0)
		return misfits(reader, "token_type", "bearer");
	if (take_scopes(reader) < 0 ||
	    take_lifetime(reader, "expires_in", OPTIONAL, &answer->minted.expires) < 0 ||
	    take_token(reader, "refresh_token", OPTIONAL, BIT(REFRESH), "a refresh token",
		       answer->refresh) < 0)
		return -1;
	return take_lifetime(reader, "refresh_token_expires_in", OPTIONAL,
			     &answer->minted.refresh_expires);
}

static const struct {
	const char *what;
	int (*read)(const struct reader *);
} forms[MINT_KINDS] = {
	[MINT_APP] = {"the App", read_app},
	[MINT_INSTALLATION] = {"the installation", read_installation},
	[MINT_INSTALLATION_TOKEN] = {"the installation's token", read_installation_token},
	[MINT_DEVICE_CODE] = {"the device code", read_device_code},
	[MINT_USER_TOKEN] = {"the user's token", read_user_token},
};

/* --- all of it --- */

static struct cJSON *parse(const struct reader *reader, const char *text, size_t length)
{
	struct json_where where;
	enum json_fault fault;

	if (length > MINT_ANSWER_MAX) {
		refuse(reader, "is larger than %u bytes", MINT_ANSWER_MAX);
		return NULL;
	}
	if (length == 0) {
		refuse(reader, "is empty");
		return NULL;
	}
	struct cJSON *root = json_parse(text, length, &LIMITS, &fault, &where);
	if (!root)
		refuse(reader, "is not JSON: %s (byte %zu)", json_fault_text(fault), where.offset);
	return root;
}

static int read_root(const struct reader *reader, enum mint_kind kind)
{
	if (!cJSON_IsObject(reader->root))
		return refuse(reader, "is not a JSON object");
	int told = take_error(reader);
	if (told)
		return told < 0 ? -1 : 0;
	return forms[kind].read(reader);
}

static void clear(struct mint_answer *answer, enum mint_kind kind)
{
	explicit_bzero(answer, sizeof(*answer));
	answer->minted = (struct minted){
		.kind = kind,
		.secret = answer->secret,
		.refresh = answer->refresh,
		.error = answer->error,
		.message = answer->message,
		.name = answer->name,
		.url = answer->url,
		.permissions = answer->permissions,
	};
}

int mint_answer(enum mint_kind kind, const char *text, size_t length, struct mint_answer *answer,
		struct failure *failure)
{
	struct reader reader = {.answer = answer, .failure = failure, .what = forms[kind].what};

	memset(failure, 0, sizeof(*failure));
	clear(answer, kind);
	struct cJSON *root = parse(&reader, text, length);
	if (!root)
		return -1;
	reader.root = root;
	int status = read_root(&reader, kind);
	if (status < 0)
		clear(answer, kind);
	cJSON_Delete(root);
	return status;
}
