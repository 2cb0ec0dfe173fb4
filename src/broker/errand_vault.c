/* The vault commands. */
#include "broker/app.h"
#include "broker/client.h"
#include "broker/errand_parts.h"
#include "lib/base/clock.h"
#include "lib/base/io.h"
#include "lib/base/log.h"
#include "lib/pem/pem.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Entries between two looks at whatever else there is to do. */
#define SLICE 128u
/* Entries that one write of the vault moves to new keys. */
#define ROTATE_SLICE 1024u
/* Those of GitHub have 40 characters. */
#define CLIENT_SECRET_MAX 256u
/* Between two slices, where the client is slow to read. */
#define PAUSE_MS 2u

/* --- add --- */

static enum vault_fault apply_add(struct vault *vault, struct vault_keys *keys,
				  struct vault_seal *between, void *context)
{
	struct errand *errand = context;
	struct secrets *secrets = errand->broker->secrets;
	struct failure full;
	size_t length;

	(void)between;
	if (!errand_has_room(errand, &full))
		return VAULT_FULL;
	if (sealed_open(secrets->sealing_key, &errand->kept, secrets->buffer, &length) < 0)
		return VAULT_CRYPTO;
	enum vault_fault fault =
		vault_add(vault, keys, errand->uid, &errand->details,
			  (struct crypto_bytes){secrets->buffer, length}, clock_wall_s());
	explicit_bzero(secrets->buffer, length);
	return fault;
}

static bool judge_app_key(struct errand *errand, uint8_t *secret, size_t *length,
			  struct failure *failure)
{
	enum pem_fault fault = pem_rsa_key(secret, length);

	if (fault == PEM_FINE) {
		errand_details(errand, ENTRY_APP, &errand->details);
		return true;
	}
	failure_set(failure, FAILURE_USAGE,
		    "GitHub hands the key out once, as a .pem file, when it is generated.",
		    "this is no private key of an App: %s", pem_fault_text(fault));
	return false;
}

static void drop_line_end(const uint8_t *secret, size_t *length)
{
	while (*length && (secret[*length - 1] == '\n' || secret[*length - 1] == '\r'))
		--*length;
}

static bool judge_token(struct errand *errand, const uint8_t *secret, size_t *length,
			struct failure *failure)
{
	drop_line_end(secret, length);
	unsigned kind = entry_kind_of(validate_token((const char *)secret, *length));
	if (kind) {
		errand_details(errand, kind, &errand->details);
		return true;
	}
	failure_set(failure, FAILURE_USAGE,
		    "Tokens begin with ghp_, github_pat_, gho_, ghu_ or ghs_; the whole token has "
		    "to come, and nothing else.",
		    *length ? "this is no token in a form that GitHub issues" : "no token came");
	return false;
}

/* It has no form that it could be told by. */
static bool judge_client_secret(struct errand *errand, const uint8_t *secret, size_t *length,
				struct failure *failure)
{
	drop_line_end(secret, length);
	if (*length <= CLIENT_SECRET_MAX &&
	    validate_param(VALIDATE_OPAQUE, (const char *)secret, *length)) {
		errand_details(errand, ENTRY_CLIENT, &errand->details);
		return true;
	}
	failure_set(failure, FAILURE_USAGE,
		    "GitHub shows it once, when it is generated in the App's settings; nothing "
		    "else has to come.",
		    "this is no client secret");
	return false;
}

static bool judge(struct errand *errand, uint8_t *secret, size_t *length, struct failure *failure)
{
	switch (errand->form) {
	case SECRET_APP_KEY:
		return judge_app_key(errand, secret, length, failure);
	case SECRET_CLIENT:
		return judge_client_secret(errand, secret, length, failure);
	default:
		return judge_token(errand, secret, length, failure);
	}
}

static void keep_secret(struct errand *errand, const uint8_t *secret, size_t length)
{
	sealed_free(&errand->kept);
	if (sealed_make(errand->broker->secrets->sealing_key, (struct crypto_bytes){secret, length},
			&errand->kept) < 0)
		fatal("cannot keep a secret");
}

static void have_secret(struct errand *errand, uint8_t *secret, size_t length)
{
	struct failure failure;

	if (length > VAULT_SECRET_MAX) {
		failure_set(&failure, FAILURE_USAGE,
			    "The token, or the App's key, has to come and nothing else.",
			    "the secret is longer than %u bytes", VAULT_SECRET_MAX);
	} else if (judge(errand, secret, &length, &failure)) {
		keep_secret(errand, secret, length);
		errand_change(errand, KEEPER_CHANGE, apply_add, errand_changed);
		return;
	}
	errand_end(errand, &failure);
}

/* More than can be is enough; what a person pastes ends with the line. */
static bool is_whole(const struct errand *errand, const uint8_t *secret, size_t length)
{
	return length > VAULT_SECRET_MAX ||
	       (errand->kind == JOB_AUTH_LOGIN && memchr(secret, '\n', length));
}

/* A token that was cut off can look like one. What is pasted for a login GitHub itself judges. */
static void use_secret(struct errand *errand)
{
	struct secrets *secrets = errand->broker->secrets;
	size_t length = 0;

	bool doubtful = errand->kind == JOB_VAULT_ADD && !errand->confirmed &&
			sealed_length(&errand->kept) <= VAULT_SECRET_MAX;
	if (!errand->arrived || doubtful)
		return;
	errand->arrived = false;
	if (sealed_open(secrets->sealing_key, &errand->kept, secrets->buffer, &length) < 0)
		fatal("cannot keep a secret");
	sealed_free(&errand->kept);
	errand->have_secret(errand, secrets->buffer, length);
	explicit_bzero(secrets->buffer, sizeof(secrets->buffer));
}

/* What has come is sealed while more is awaited: protected memory is small, and a client that keeps
 * the broker waiting must not keep it from others. */
static void pipe_ready(void *context, short revents)
{
	struct errand *errand = context;
	struct secrets *secrets = errand->broker->secrets;
	uint8_t *secret = secrets->buffer;
	size_t length = 0;

	(void)revents;
	if (errand->kept.bytes &&
	    sealed_open(secrets->sealing_key, &errand->kept, secret, &length) < 0)
		fatal("cannot keep a secret");
	ssize_t got = read(errand->pipe, secret + length, sizeof(secrets->buffer) - length);
	bool again = got < 0 && (errno == EAGAIN || errno == EINTR);
	if (got > 0) {
		length += (size_t)got;
		again = !is_whole(errand, secret, length);
	}
	if (again && got > 0) {
		keep_secret(errand, secret, length);
	} else if (!again) {
		loop_unwatch(errand->watch);
		errand->watch = NULL;
		io_close(&errand->pipe);
		errand->arrived = true;
		keep_secret(errand, secret, length);
		use_secret(errand);
	}
	explicit_bzero(secrets->buffer, sizeof(secrets->buffer));
}

int errand_confirm(struct errand *errand)
{
	if (!errand->have_secret || errand->confirmed)
		return -1;
	errand->confirmed = true;
	use_secret(errand);
	return 0;
}

void errand_ask_for_secret(struct errand *errand,
			   void (*have)(struct errand *, uint8_t *secret, size_t length))
{
	int ends[2];

	errand->have_secret = have;
	if (pipe2(ends, O_CLOEXEC) < 0 || io_set_nonblocking(ends[0]) < 0)
		fatal("cannot make a pipe: %m");
	errand->pipe = ends[0];
	errand->watch = loop_watch(errand->broker->loop, errand->pipe, POLLIN, pipe_ready, errand);
	struct ipc_message *message = ipc_new(MESSAGE_SECRET_WANTED, 0);
	ipc_put_fd(message, ends[1]);
	ipc_send(errand->job->client->channel, message);
}

/* Nobody should type a secret that there is no place for. */
static void add(struct errand *errand)
{
	struct failure failure;
	size_t at;

	if (errand_find(errand, &at, &failure)) {
		failure_set(&failure, FAILURE_USAGE, "Remove that one first, or take another name.",
			    "the vault has a credential named \"%s\" already", errand->name);
		errand_end(errand, &failure);
	} else if (keeper_open(errand->broker->keeper, &failure) != KEEPER_OPEN ||
		   !errand_has_room(errand, &failure)) {
		errand_end(errand, &failure);
	} else {
		errand_ask_for_secret(errand, have_secret);
	}
}

/* --- remove --- */

static void removed(void *context, const struct failure *failure)
{
	struct errand *errand = context;

	if (!failure)
		app_revoke(errand->broker, errand->uid, errand->name);
	errand_changed(errand, failure);
}

static void remove_entry(struct errand *errand)
{
	struct failure failure;
	size_t at;

	if (errand_find(errand, &at, &failure))
		errand_change(errand, KEEPER_CHANGE, errand_apply_remove, removed);
	else
		errand_end(errand, &failure);
}

/* --- list --- */

static void list_more(void *context)
{
	struct errand *errand = context;
	struct broker *broker = errand->broker;
	struct vault_details details;
	struct failure failure;

	errand->timer = NULL;
	if (keeper_open(broker->keeper, &failure) != KEEPER_OPEN) {
		errand_end(errand, &failure);
		return;
	}
	for (unsigned i = 0; i < SLICE && ipc_channel_flushed(errand->job->client->channel); i++) {
		if (!vault_next(keeper_vault(broker->keeper), errand->uid, &errand->at)) {
			errand_end(errand, NULL);
			return;
		}
		if (!keeper_describe(broker->keeper, errand->at, &details, &failure)) {
			errand_end(errand, &failure);
			return;
		}
		errand->at++;
		errand->job->items++;
		choice_tell_entry(errand->job->client->channel, &details);
	}
	errand->timer = loop_after(broker->loop,
				   ipc_channel_flushed(errand->job->client->channel) ? 0 : PAUSE_MS,
				   list_more, errand);
}

/* --- verify --- */

static void verify_more(void *context)
{
	struct errand *errand = context;
	struct broker *broker = errand->broker;
	struct secrets *secrets = broker->secrets;
	struct vault_details details;
	struct failure failure;
	size_t length;

	errand->timer = NULL;
	if (keeper_open(broker->keeper, &failure) != KEEPER_OPEN) {
		errand_end(errand, &failure);
		return;
	}
	const struct vault *vault = keeper_vault(broker->keeper);
	for (unsigned i = 0; i < SLICE && errand->at < vault->entry_count; i++, errand->at++) {
		enum vault_fault fault =
			vault_describe(vault, &secrets->vault, errand->at, &details);
		if (fault == VAULT_FINE)
			fault = vault_reveal(vault, &secrets->vault, errand->at, secrets->buffer,
					     &length);
		if (fault == VAULT_FINE) {
			explicit_bzero(secrets->buffer, length);
			continue;
		}
		keeper_explain(broker->keeper, fault, &failure);
		errand_end(errand, &failure);
		return;
	}
	errand->job->items = (uint32_t)errand->at;
	/* Somebody else may have removed some meanwhile. */
	if (errand->at >= vault->entry_count)
		errand_changed(errand, NULL);
	else
		errand->timer = loop_after(broker->loop, 0, verify_more, errand);
}

static void accepted(void *context, const struct failure *failure)
{
	struct errand *errand = context;

	errand->change = NULL;
	if (failure)
		errand_end(errand, failure);
	else
		verify_more(errand);
}

/* --- new keys --- */

static enum vault_fault apply_rotate(struct vault *vault, struct vault_keys *keys,
				     struct vault_seal *between, void *context)
{
	struct errand *errand = context;

	(void)between;
	/* Several terms: a rotation was interrupted, which now goes on. */
	if (!errand->begun && keys->term_count == 1) {
		enum vault_fault fault = vault_begin_term(vault, keys, clock_wall_s());
		if (fault != VAULT_FINE)
			return fault;
	}
	errand->begun = true;
	return vault_move_entries(vault, keys, ROTATE_SLICE, errand->broker->secrets->buffer,
				  &errand->left);
}

static void rotated(void *context, const struct failure *failure)
{
	struct errand *errand = context;

	if (failure || !errand->left)
		errand_changed(errand, failure);
	else
		errand_change(errand, KEEPER_CHANGE, apply_rotate, rotated);
}

static enum vault_fault apply_rekey(struct vault *vault, struct vault_keys *keys,
				    struct vault_seal *between, void *context)
{
	const struct errand *errand = context;
	struct vault_source sources[VAULT_STANZAS_MAX];
	struct failure ignored;
	size_t count = keeper_new_sources(errand->broker->keeper, sources, &ignored);

	if (!count)
		return VAULT_BAD_SOURCE;
	enum vault_fault fault = vault_rekey(vault, keys, sources, count, between);
	keeper_drop_sources(sources, count);
	return fault;
}

/* What is wrong with the new keys is said better now. */
static void rekey(struct errand *errand)
{
	struct vault_source sources[VAULT_STANZAS_MAX];
	struct failure failure;
	size_t count = keeper_new_sources(errand->broker->keeper, sources, &failure);

	keeper_drop_sources(sources, count);
	if (count)
		errand_change(errand, KEEPER_CHANGE, apply_rekey, errand_changed);
	else
		errand_end(errand, &failure);
}

void errand_vault(struct errand *errand)
{
	switch (errand->kind) {
	case JOB_VAULT_INIT:
		errand_change(errand, KEEPER_CREATE, NULL, errand_changed);
		break;
	case JOB_VAULT_ADD:
		add(errand);
		break;
	case JOB_VAULT_LIST:
		list_more(errand);
		break;
	case JOB_VAULT_REMOVE:
		remove_entry(errand);
		break;
	case JOB_VAULT_ROTATE:
		errand_change(errand, KEEPER_CHANGE, apply_rotate, rotated);
		break;
	case JOB_VAULT_REKEY:
		rekey(errand);
		break;
	case JOB_VAULT_VERIFY:
		if (errand->accept)
			errand_change(errand, KEEPER_ACCEPT, NULL, accepted);
		else
			verify_more(errand);
		break;
	default:
		break;
	}
}
