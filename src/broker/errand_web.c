/* Login by web flow (RFC 6749, section 4.1) with PKCE (RFC 7636). The browser brings the code to an
 * address where nobody has to listen: the person copies it from there. */
#include "broker/client.h"
#include "broker/client_secret.h"
#include "broker/errand_parts.h"
#include "broker/incidents.h"
#include "lib/base/clock.h"

#include <stdio.h>
#include <string.h>

/* --- the App's secret --- */

static bool find_client_secret(struct errand *errand, char name[VAULT_NAME_MAX + 1])
{
	struct failure failure;
	enum client_secret_found found =
		client_secret_find(errand->broker->keeper, errand->uid, errand->origin,
				   errand->account, name, &failure);

	if (found == CLIENT_SECRET_THERE)
		return true;
	if (found == CLIENT_SECRET_NONE)
		failure_set(&failure, FAILURE_AUTHENTICATION,
			    "Store it: ghward vault add NAME --host HOST --client-id ID < secret; "
			    "or log in by device flow, without --web.",
			    "the vault has no client secret of %s for %s, which the web flow needs",
			    errand->account, errand->origin);
	errand_end(errand, &failure);
	return false;
}

static bool is_quarantined(struct errand *errand, const char *name)
{
	struct choice choice = {.from_vault = true, .uid = errand->uid};
	char credential[CHOICE_CREDENTIAL_SIZE];
	struct failure failure;

	snprintf(choice.name, sizeof(choice.name), "%s", name);
	choice_credential(&choice, credential);
	if (!incidents_quarantine(errand->broker, credential, &failure))
		return false;
	errand_end(errand, &failure);
	return true;
}

/* --- the exchange --- */

static void explain_refusal(const struct secret_answer *answer, struct failure *failure)
{
	const char *error = answer->minted->error;

	secret_call_explain(answer, "the login", failure);
	if (answer->failure || !*error)
		return;
	failure->kind = FAILURE_AUTHENTICATION;
	if (strcmp(error, "incorrect_client_credentials") == 0)
		snprintf(failure->hint, sizeof(failure->hint),
			 "Check the client id, and the client secret in the vault: has it been "
			 "replaced in the App's settings?");
	else if (strcmp(error, "redirect_uri_mismatch") == 0)
		snprintf(failure->hint, sizeof(failure->hint),
			 "Name the callback URL of the App's settings: --redirect-uri URI.");
	else
		snprintf(failure->hint, sizeof(failure->hint),
			 "A code is good once, and for ten minutes: run the command again.");
}

static void exchanged(void *context, const struct secret_answer *answer)
{
	struct errand *errand = context;
	struct failure failure;

	errand->call = NULL;
	if (!answer->failure && answer->status == 200 && *answer->minted->secret) {
		errand_store(errand, answer->minted);
		return;
	}
	explain_refusal(answer, &failure);
	errand_end(errand, &failure);
}

static void exchange(struct errand *errand, const char *code, const char *verifier)
{
	struct secrets *secrets = errand->broker->secrets;
	struct operation_arguments arguments = {0};
	char name[VAULT_NAME_MAX + 1];
	struct failure failure;
	size_t length;

	/* It may have gone while the person was away. */
	if (!find_client_secret(errand, name))
		return;
	struct keeper_wanted wanted = {errand->uid, name, errand->origin, SECRET_CLIENT};
	if (!keeper_reveal(errand->broker->keeper, &wanted, &length, &failure)) {
		errand_end(errand, &failure);
		return;
	}
	secrets->buffer[length] = 0;
	arguments.values[PARAMETER_CLIENT_ID] = errand->account;
	arguments.values[PARAMETER_CLIENT_SECRET] = (const char *)secrets->buffer;
	arguments.values[PARAMETER_GRANT_TYPE] = "authorization_code";
	arguments.values[PARAMETER_CODE] = code;
	arguments.values[PARAMETER_CODE_VERIFIER] = verifier;
	arguments.values[PARAMETER_REDIRECT_URI] = errand->redirect_uri;
	errand->call = errand_request(errand, OPERATION_LOGIN_TOKEN, MINT_USER_TOKEN, &arguments,
				      exchanged);
	explicit_bzero(secrets->buffer, length);
}

/* --- what the person has copied --- */

/* Of this login and no other: the state of somebody else's would be that of somebody else's code.
 */
static bool take_login(struct errand *errand, const char *state, struct oauth_login *login)
{
	return strcmp(state, errand->state) == 0 &&
	       oauth_take(&errand->broker->secrets->logins, state, clock_monotonic_ms(), login) ==
		       0;
}

static void refuse_error(struct errand *errand, const struct oauth_callback *callback)
{
	struct failure failure;

	if (strcmp(callback->error, "access_denied") == 0) {
		errand_fail(errand, FAILURE_DENIED, "", "the login was declined on GitHub");
		return;
	}
	failure_set(&failure, FAILURE_AUTHENTICATION,
		    strcmp(callback->error, "redirect_uri_mismatch") == 0
			    ? "Name the callback URL of the App's settings: --redirect-uri URI."
			    : "",
		    "GitHub refuses the login: %s%s%s", callback->error,
		    *callback->description ? ": " : "", callback->description);
	errand_end(errand, &failure);
}

static void judge_callback(struct errand *errand, const struct oauth_callback *callback)
{
	struct oauth_login login;

	if (!take_login(errand, callback->state, &login))
		errand_fail(
			errand, FAILURE_DENIED,
			"Run the command again, and paste the address that this very login leads "
			"to; an address that somebody sent you would log you in as somebody else.",
			"the address is not that of this login: its state is another one");
	else if (*callback->error)
		refuse_error(errand, callback);
	else
		exchange(errand, callback->code, login.pkce.verifier);
	explicit_bzero(&login, sizeof(login));
}

static void have_address(struct errand *errand, uint8_t *secret, size_t length)
{
	struct oauth_callback callback;
	struct failure failure;
	const char *text = (const char *)secret;
	const char *end = memchr(text, '\n', length);

	if (end)
		length = (size_t)(end - text);
	loop_cancel(errand->timer);
	errand->timer = NULL;
	const char *query = oauth_find_query(text, &length);
	enum oauth_fault fault = oauth_read_callback(query, length, &callback);
	if (!fault) {
		judge_callback(errand, &callback);
		explicit_bzero(&callback, sizeof(callback));
		return;
	}
	failure_set(&failure, FAILURE_USAGE,
		    "Run the command again, and paste the whole address of the page that GitHub "
		    "leads to.",
		    "what came is no address that GitHub leads to: %s",
		    length ? oauth_fault_text(fault) : "it is empty");
	errand_end(errand, &failure);
}

/* --- the beginning --- */

static void expire(void *context)
{
	struct errand *errand = context;

	errand->timer = NULL;
	errand_fail(errand, FAILURE_TIMEOUT, "Run the command again.",
		    "the login expired before the address came");
}

static bool begin(struct errand *errand, const char *scopes, char url[OAUTH_URL_MAX])
{
	const struct oauth_request request = {
		.web = errand->site->base,
		.client_id = errand->account,
		.redirect_uri = errand->redirect_uri,
		.scopes = scopes,
	};
	const struct oauth_login *login = oauth_begin(&errand->broker->secrets->logins, errand->uid,
						      clock_monotonic_ms(), crypto_random);

	if (!login) {
		errand_fail(errand, FAILURE_INTERNAL, "Try again in ten minutes.",
			    "too many logins are waited for");
		return false;
	}
	memcpy(errand->state, login->state, sizeof(errand->state));
	if (oauth_authorize_url(&request, login, url) == 0)
		return true;
	errand_fail(errand, FAILURE_USAGE,
		    "It is the callback URL of the App's settings: https://..., or http:// and "
		    "127.0.0.1, [::1] or localhost.",
		    "the redirect URI is none that a code may be sent to");
	return false;
}

static void show_address(struct errand *errand, const char *url)
{
	struct ipc_message *message = ipc_new(MESSAGE_LOGIN_CODE, 0);

	ipc_put_string(message, "");
	ipc_put_string(message, url);
	ipc_put_u32(message, (uint32_t)(OAUTH_LIFETIME_MS / 1000));
	ipc_send(errand->job->client->channel, message);
}

void errand_web(struct errand *errand, const char *scopes)
{
	char url[OAUTH_URL_MAX], name[VAULT_NAME_MAX + 1];

	struct failure failure;
	size_t at;

	/* Who logs in again replaces what he had. */
	if (!errand_find(errand, &at, &failure) && !errand_has_room(errand, &failure)) {
		errand_end(errand, &failure);
		return;
	}
	if (!find_client_secret(errand, name) || is_quarantined(errand, name) ||
	    !begin(errand, scopes, url))
		return;
	show_address(errand, url);
	errand_ask_for_secret(errand, have_address);
	errand->timer = loop_after(errand->broker->loop, OAUTH_LIFETIME_MS, expire, errand);
}

void errand_web_stop(struct errand *errand)
{
	struct oauth_login login;

	if (*errand->state && oauth_take(&errand->broker->secrets->logins, errand->state,
					 clock_monotonic_ms(), &login) == 0)
		explicit_bzero(&login, sizeof(login));
}
