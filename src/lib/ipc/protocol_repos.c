/* Put/get pairs of the messages about repositories. */
#include "lib/ipc/protocol.h"

#include <string.h>

/* One that does not fit poisons the reader. */
static const char *get_bounded(struct ipc_incoming *in, size_t longest)
{
	const char *text = ipc_get_string(in);

	if (strlen(text) <= longest)
		return text;
	in->reader.poisoned = true;
	return "";
}

void protocol_put_repos(struct ipc_message *message, const struct repos_request *repos)
{
	ipc_put_u8(message, (uint8_t)repos->mode);
	ipc_put_u8(message, (uint8_t)repos->partial);
	ipc_put_u32(message, repos->depth);
	ipc_put_u8(message, repos->workers);
	ipc_put_u8(message, repos->full);
	ipc_put_u8(message, repos->wiki);
	ipc_put_u8(message, repos->prune);
	ipc_put_u32(message, repos->listed);
	ipc_put_string(message, repos->destination);
	ipc_put_string(message, repos->include);
	ipc_put_string(message, repos->exclude);
	ipc_put_string(message, repos->topic);
	ipc_put_string(message, repos->language);
	ipc_put_u8(message, (uint8_t)repos->archived);
	ipc_put_u8(message, (uint8_t)repos->forks);
	ipc_put_u8(message, repos->visibility);
	ipc_put_u32(message, repos->size_min_kb);
	ipc_put_u32(message, repos->size_max_kb);
}

void protocol_get_repos(struct ipc_incoming *in, struct repos_request *repos)
{
	memset(repos, 0, sizeof(*repos));
	repos->mode = (enum repos_mode)ipc_get_enum(in, REPOS_MODES);
	repos->partial = (enum repos_partial)ipc_get_enum(in, REPOS_PARTIALS);
	repos->depth = ipc_get_u32(in);
	repos->workers = (uint8_t)ipc_get_enum(in, REPOS_WORKERS_MAX + 1);
	repos->full = (uint8_t)ipc_get_enum(in, 2);
	repos->wiki = (uint8_t)ipc_get_enum(in, 2);
	repos->prune = (uint8_t)ipc_get_enum(in, 2);
	repos->listed = ipc_get_u32(in);
	if (repos->listed > REPOS_LISTED_MAX)
		in->reader.poisoned = true;
	repos->destination = get_bounded(in, REPOS_DESTINATION_MAX);
	repos->include = get_bounded(in, REPOS_PATTERNS_MAX);
	repos->exclude = get_bounded(in, REPOS_PATTERNS_MAX);
	repos->topic = get_bounded(in, REPOS_PATTERNS_MAX);
	repos->language = get_bounded(in, REPOS_PATTERNS_MAX);
	repos->archived = (enum repos_with)ipc_get_enum(in, REPOS_WITHS);
	repos->forks = (enum repos_with)ipc_get_enum(in, REPOS_WITHS);
	repos->visibility =
		(uint8_t)ipc_get_enum(in, (REPOS_PUBLIC | REPOS_PRIVATE | REPOS_INTERNAL) + 1);
	repos->size_min_kb = ipc_get_u32(in);
	repos->size_max_kb = ipc_get_u32(in);
}

void protocol_put_sync_order(struct ipc_message *message, const struct sync_order *order)
{
	ipc_put_u8(message, (uint8_t)order->action);
	ipc_put_string(message, order->owner);
	ipc_put_string(message, order->name);
	ipc_put_string(message, order->old_owner);
	ipc_put_string(message, order->old_name);
	ipc_put_string(message, order->branch);
	ipc_put_string(message, order->why);
}

void protocol_get_sync_order(struct ipc_incoming *in, struct sync_order *order)
{
	memset(order, 0, sizeof(*order));
	order->action = (enum sync_action)ipc_get_enum(in, SYNC_ACTIONS);
	order->owner = ipc_get_string(in);
	order->name = ipc_get_string(in);
	order->old_owner = ipc_get_string(in);
	order->old_name = ipc_get_string(in);
	order->branch = ipc_get_string(in);
	order->why = ipc_get_string(in);
}

static void put_digest(struct ipc_message *message, const uint8_t digest[SYNC_DIGEST_SIZE])
{
	ipc_put_bytes(message, digest, SYNC_DIGEST_SIZE);
}

static void get_digest(struct ipc_incoming *in, uint8_t digest[SYNC_DIGEST_SIZE])
{
	size_t length;
	const uint8_t *bytes = ipc_get_bytes(in, &length);

	if (length == SYNC_DIGEST_SIZE)
		memcpy(digest, bytes, length);
	else
		in->reader.poisoned = true;
}

void protocol_put_sync_result(struct ipc_message *message, const struct sync_result *result)
{
	protocol_put_failure(message, &result->failure);
	ipc_put_u8(message, (uint8_t)result->outcome);
	ipc_put_u8(message, (uint8_t)result->action);
	ipc_put_u64(message, result->bytes);
	ipc_put_u32(message, result->milliseconds);
	put_digest(message, result->digest);
	ipc_put_string(message, result->note);
}

void protocol_get_sync_result(struct ipc_incoming *in, struct sync_result *result)
{
	memset(result, 0, sizeof(*result));
	protocol_get_failure(in, &result->failure);
	result->outcome = (enum sync_outcome)ipc_get_enum(in, SYNC_OUTCOMES);
	result->action = (enum sync_action)ipc_get_enum(in, SYNC_ACTIONS);
	result->bytes = ipc_get_u64(in);
	result->milliseconds = ipc_get_u32(in);
	get_digest(in, result->digest);
	result->note = ipc_get_string(in);
}

void protocol_put_sync_state(struct ipc_message *message, const struct sync_state *state)
{
	ipc_put_u64(message, state->id);
	ipc_put_u8(message, (uint8_t)state->part);
	ipc_put_string(message, state->name);
	ipc_put_string(message, state->pushed_at);
	ipc_put_string(message, state->branch);
	put_digest(message, state->digest);
	ipc_put_u64(message, state->checked_s);
	ipc_put_u64(message, state->synced_s);
	ipc_put_u64(message, state->failed_s);
	ipc_put_u64(message, state->verified_s);
	ipc_put_u64(message, state->bytes);
	ipc_put_u8(message, (uint8_t)state->mode);
	ipc_put_string(message, state->error);
}

void protocol_get_sync_state(struct ipc_incoming *in, struct sync_state *state)
{
	memset(state, 0, sizeof(*state));
	state->id = ipc_get_u64(in);
	state->part = (enum repos_part)ipc_get_enum(in, REPOS_PARTS);
	ipc_get_text(in, state->name, sizeof(state->name));
	ipc_get_text(in, state->pushed_at, sizeof(state->pushed_at));
	ipc_get_text(in, state->branch, sizeof(state->branch));
	get_digest(in, state->digest);
	state->checked_s = ipc_get_u64(in);
	state->synced_s = ipc_get_u64(in);
	state->failed_s = ipc_get_u64(in);
	state->verified_s = ipc_get_u64(in);
	state->bytes = ipc_get_u64(in);
	state->mode = (enum repos_mode)ipc_get_enum(in, REPOS_MODES);
	ipc_get_text(in, state->error, sizeof(state->error));
}

void protocol_put_state_key(struct ipc_message *message, struct state_key key)
{
	ipc_put_u64(message, key.id);
	ipc_put_u8(message, (uint8_t)key.part);
}

struct state_key protocol_get_state_key(struct ipc_incoming *in)
{
	uint64_t id = ipc_get_u64(in);

	return (struct state_key){id, (enum repos_part)ipc_get_enum(in, REPOS_PARTS)};
}

void protocol_put_git_work(struct ipc_message *message, const struct git_work *work)
{
	ipc_put_u8(message, (uint8_t)work->action);
	ipc_put_u8(message, (uint8_t)work->mode);
	ipc_put_u8(message, (uint8_t)work->partial);
	ipc_put_u32(message, work->depth);
	ipc_put_string(message, work->branch);
	ipc_put_u64(message, work->address_space);
	ipc_put_u64(message, work->file_size);
	ipc_put_u32(message, work->cpu_s);
	ipc_put_u32(message, work->processes);
	ipc_put_u32(message, work->timeout_ms);
}

void protocol_get_git_work(struct ipc_incoming *in, struct git_work *work)
{
	memset(work, 0, sizeof(*work));
	work->action = (enum sync_action)ipc_get_enum(in, SYNC_REMOVE);
	work->mode = (enum repos_mode)ipc_get_enum(in, REPOS_MODES);
	work->partial = (enum repos_partial)ipc_get_enum(in, REPOS_PARTIALS);
	work->depth = ipc_get_u32(in);
	work->branch = get_bounded(in, SYNC_BRANCH_MAX);
	work->address_space = ipc_get_u64(in);
	work->file_size = ipc_get_u64(in);
	work->cpu_s = ipc_get_u32(in);
	work->processes = ipc_get_u32(in);
	work->timeout_ms = ipc_get_u32(in);
}
