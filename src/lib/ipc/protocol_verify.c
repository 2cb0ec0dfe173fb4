/* Put/get pairs of the messages of ghward-verify. */
#include "lib/ipc/protocol.h"

#include <string.h>

void protocol_put_verify_question(struct ipc_message *message,
				  const struct verify_question *question)
{
	ipc_put_u8(message, question->only_first_key);
	ipc_put_u8(message, question->progress);
	ipc_put_string(message, question->first_key);
	ipc_put_string(message, question->checkpoint);
}

void protocol_get_verify_question(struct ipc_incoming *in, struct verify_question *question)
{
	question->only_first_key = (uint8_t)ipc_get_enum(in, 2);
	question->progress = (uint8_t)ipc_get_enum(in, 2);
	question->first_key = ipc_get_string(in);
	question->checkpoint = ipc_get_string(in);
}

static void put_findings(struct ipc_message *message, const struct verify_result *result)
{
	ipc_put_u8(message, result->kind_count);
	for (unsigned i = 0; i < result->kind_count; i++) {
		ipc_put_string(message, result->kinds[i].name);
		ipc_put_u64(message, result->kinds[i].count);
	}
	ipc_put_u8(message, result->finding_count);
	for (unsigned i = 0; i < result->finding_count; i++) {
		ipc_put_u8(message, result->findings[i].kind);
		ipc_put_u64(message, result->findings[i].seq);
		ipc_put_string(message, result->findings[i].detail);
	}
}

static void get_findings(struct ipc_incoming *in, struct verify_result *result)
{
	result->kind_count = (uint8_t)ipc_get_enum(in, VERIFY_KINDS_MAX + 1);
	for (unsigned i = 0; i < result->kind_count; i++) {
		result->kinds[i].name = ipc_get_string(in);
		result->kinds[i].count = ipc_get_u64(in);
	}
	result->finding_count = (uint8_t)ipc_get_enum(in, VERIFY_FINDINGS_MAX + 1);
	for (unsigned i = 0; i < result->finding_count; i++) {
		result->findings[i].kind = (uint8_t)ipc_get_enum(in, result->kind_count);
		result->findings[i].seq = ipc_get_u64(in);
		result->findings[i].detail = ipc_get_string(in);
	}
}

void protocol_put_verify_result(struct ipc_message *message, const struct verify_result *result)
{
	ipc_put_u8(message, result->ok);
	ipc_put_u64(message, result->records);
	ipc_put_u64(message, result->segments);
	ipc_put_u64(message, result->bad_seq);
	ipc_put_string(message, result->bad_segment);
	ipc_put_string(message, result->bad_kind);
	ipc_put_string(message, result->bad_meaning);
	ipc_put_string(message, result->last_hash);
	ipc_put_u64(message, result->bytes);
	ipc_put_u64(message, result->elapsed_us);
	ipc_put_string(message, result->origin);
	ipc_put_u64(message, result->epochs);
	ipc_put_string(message, result->first_key);
	ipc_put_u8(message, result->key_matches);
	ipc_put_u8(message, (uint8_t)result->kept);
	ipc_put_u64(message, result->signed_records);
	ipc_put_string(message, result->root);
	ipc_put_string(message, result->note);
	put_findings(message, result);
	ipc_put_u64(message, result->bundled);
	ipc_put_u64(message, result->unsigned_left_out);
}

void protocol_get_verify_result(struct ipc_incoming *in, struct verify_result *result)
{
	memset(result, 0, sizeof(*result));
	result->ok = (uint8_t)ipc_get_enum(in, 2);
	result->records = ipc_get_u64(in);
	result->segments = ipc_get_u64(in);
	result->bad_seq = ipc_get_u64(in);
	result->bad_segment = ipc_get_string(in);
	result->bad_kind = ipc_get_string(in);
	result->bad_meaning = ipc_get_string(in);
	result->last_hash = ipc_get_string(in);
	result->bytes = ipc_get_u64(in);
	result->elapsed_us = ipc_get_u64(in);
	result->origin = ipc_get_string(in);
	result->epochs = ipc_get_u64(in);
	result->first_key = ipc_get_string(in);
	result->key_matches = (uint8_t)ipc_get_enum(in, 2);
	result->kept = (enum verify_kept)ipc_get_enum(in, VERIFY_KEPTS);
	result->signed_records = ipc_get_u64(in);
	result->root = ipc_get_string(in);
	result->note = ipc_get_string(in);
	get_findings(in, result);
	result->bundled = ipc_get_u64(in);
	result->unsigned_left_out = ipc_get_u64(in);
}
