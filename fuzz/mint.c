/* Secret answers of arbitrary servers: what the broker may take for granted of each kind. The first
 * byte says which kind the answer is taken for. */
#include "mint/answer.h"

#include "fuzz.h"

static struct mint_answer answer;

static bool is_empty(const char *text)
{
	return !*text;
}

/* Printable, bounded, and without anything that looks like a token. */
static void check_words(const struct minted *minted)
{
	const char *const words[] = {minted->error, minted->message, minted->name, minted->url,
				     minted->permissions};
	static const size_t most[] = {MINT_ERROR_MAX, MINT_MESSAGE_MAX, MINT_NAME_MAX, MINT_URL_MAX,
				      MINT_PERMISSIONS_MAX};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		require(strlen(words[i]) <= most[i]);
		require_harmless(words[i], strlen(words[i]), "");
	}
	require_no_token(minted->error);
	require_no_token(minted->message);
	require(minted->interval <= MINT_INTERVAL_MAX);
}

/* Nothing but what was said about the error, and nothing behind the empty strings. */
static void check_nothing_else(const struct minted *minted)
{
	static const char zeros[sizeof(answer.secret)];

	require(memcmp(answer.secret, zeros, sizeof(answer.secret)) == 0);
	require(memcmp(answer.refresh, zeros, sizeof(answer.refresh)) == 0);
	require(is_empty(minted->name) && is_empty(minted->url) && is_empty(minted->permissions));
	require(!minted->number && !minted->expires && !minted->refresh_expires &&
		!minted->suspended);
}

static void check_permissions(const char *list)
{
	char pair[128], last[128] = "";

	for (const char *at = list; *at;) {
		size_t length = strcspn(at, ",");
		require(length < sizeof(pair));
		snprintf(pair, sizeof(pair), "%.*s", (int)length, at);
		require(validate_param(VALIDATE_PERMISSIONS, pair, length));
		*strchr(pair, ':') = 0;
		/* Each once and in order. */
		require(strcmp(last, pair) < 0);
		memcpy(last, pair, sizeof(last));
		at += length;
		at += *at == ',';
	}
}

static void check_scopes(const char *list)
{
	for (const char *at = list; *at;) {
		size_t length = strcspn(at, ",");
		require(validate_param(VALIDATE_SCOPES, at, length) && !memchr(at, ' ', length));
		at += length;
		require(!*at || at[1]);
		at += *at == ',';
	}
}

static enum validate_token_kind kind_of(const char *token)
{
	return validate_token(token, strlen(token));
}

static void check_user_token(const struct minted *minted)
{
	enum validate_token_kind kind = kind_of(minted->secret);

	require(kind == VALIDATE_TOKEN_OAUTH || kind == VALIDATE_TOKEN_USER ||
		kind == VALIDATE_TOKEN_LEGACY);
	require(is_empty(minted->refresh) || kind_of(minted->refresh) == VALIDATE_TOKEN_REFRESH);
	require(minted->expires <= MINT_LIFETIME_MAX &&
		minted->refresh_expires <= MINT_LIFETIME_MAX);
	check_scopes(minted->permissions);
}

static void check_success(const struct minted *minted)
{
	struct validate_origin origin;
	const char *why;

	require(minted->kind == MINT_USER_TOKEN || is_empty(minted->refresh));
	require(minted->kind == MINT_INSTALLATION || !minted->suspended);
	switch (minted->kind) {
	case MINT_APP:
	case MINT_INSTALLATION:
		require(is_empty(minted->secret) && minted->number >= 1);
		require(minted->number < UINT64_C(1) << 53);
		check_permissions(minted->permissions);
		break;
	case MINT_INSTALLATION_TOKEN:
		require(kind_of(minted->secret) == VALIDATE_TOKEN_INSTALLATION);
		require(minted->expires <= UINT64_C(253402300800));
		check_permissions(minted->permissions);
		break;
	case MINT_DEVICE_CODE:
		require(validate_param(VALIDATE_OPAQUE, minted->secret, strlen(minted->secret)));
		require(!is_empty(minted->name) && minted->expires >= 1);
		require(validate_api_url(minted->url, strlen(minted->url), &origin, &why) == 0);
		break;
	case MINT_USER_TOKEN:
		check_user_token(minted);
		break;
	case MINT_KINDS:
		require(false);
	}
}

/* What the broker reads is what was said. */
static void check_on_the_wire(const struct minted *minted)
{
	struct ipc_message *message = ipc_new(MESSAGE_MINTED, 0);
	struct ipc_incoming in = {0};
	struct minted heard;

	protocol_put_minted(message, minted);
	require(ipc_seal(message) == 0);
	require(ipc_parse(&in, message->bytes, message->used) == 0);
	protocol_get_minted(&in, &heard);
	require(ipc_end(&in) == 0);
	require(strcmp(heard.secret, minted->secret) == 0 && heard.kind == minted->kind);
	require(strcmp(heard.permissions, minted->permissions) == 0);
	ipc_free(message);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct minted *minted = &answer.minted;
	struct failure failure;

	if (!size)
		return 0;
	enum mint_kind kind = (enum mint_kind)(data[0] % MINT_KINDS);
	/* A copy of exact size, so that a read past the end shows. */
	char *text = malloc(size - 1 ? size - 1 : 1);
	require(text != NULL);
	memcpy(text, data + 1, size - 1);
	int status = mint_answer(kind, text, size - 1, &answer, &failure);
	free(text);
	require(minted->kind == kind);
	check_words(minted);
	check_on_the_wire(minted);
	if (status < 0) {
		require(failure.kind == FAILURE_MALFORMED && *failure.message);
		require_harmless(failure.message, strlen(failure.message), "");
		require_no_token(failure.message);
		require(is_empty(minted->error) && is_empty(minted->message));
		check_nothing_else(minted);
	} else {
		require(failure.kind == FAILURE_NONE);
		if (is_empty(minted->error) && is_empty(minted->message))
			check_success(minted);
		else
			check_nothing_else(minted);
	}
	return 0;
}
