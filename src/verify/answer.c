/* From questions to answers. */
#include "verify/answer.h"

#include "lib/auditlog/note.h"
#include "lib/base/base64.h"
#include "lib/base/clock.h"
#include "lib/base/io.h"
#include "lib/base/log.h"
#include "lib/ipc/channel.h"
#include "lib/ipc/protocol.h"
#include "verify/bundle_maker.h"
#include "verify/verify.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

_Static_assert(VERIFY_FINDINGS_MAX == AUDITLOG_FINDINGS_MAX &&
		       VERIFY_KINDS_MAX >= AUDITLOG_FINDING_KINDS,
	       "the protocol has room for all findings");

static struct ipc_message *failed(const struct failure *failure)
{
	struct ipc_message *message = ipc_new(MESSAGE_JOB_DONE, 0);

	ipc_put_string(message, "");
	protocol_put_failure(message, failure);
	return message;
}

static struct ipc_message *unreadable(int error)
{
	struct failure failure;

	failure_set(&failure, FAILURE_AUDIT,
		    "Check that it is a directory with regular files that you may read.",
		    "the audit log cannot be read: %s", strerror(error));
	return failed(&failure);
}

/* --- what is known from elsewhere --- */

/* Returns 0, or -1 with a failure. */
static int get_known(const struct verify_question *question, struct auditlog_known *known,
		     struct failure *failure)
{
	memset(known, 0, sizeof(*known));
	known->has_first_key = *question->first_key != 0;
	known->has_checkpoint = *question->checkpoint != 0;
	if (known->has_first_key && note_key_parse(question->first_key, strlen(question->first_key),
						   &known->first_key) < 0) {
		failure_set(failure, FAILURE_USAGE,
			    "Give the line that ghward audit pubkey printed, or a file with it.",
			    "this is not the public key of an audit log");
		return -1;
	}
	if (known->has_checkpoint &&
	    note_checkpoint_parse(question->checkpoint, strlen(question->checkpoint),
				  &known->checkpoint) < 0) {
		failure_set(failure, FAILURE_USAGE,
			    "Give a file with the whole note that ghward audit checkpoint printed.",
			    "this is not a checkpoint of an audit log");
		return -1;
	}
	return 0;
}

/* --- what was found --- */

/* The texts that a result points to. */
struct texts {
	char last_hash[AUDITLOG_HEX_SIZE];
	char first_key[NOTE_KEY_SIZE];
	char root[BASE64_LENGTH(AUDITLOG_HASH_SIZE) + 1];
	char note[NOTE_CHECKPOINT_SIZE];
};

static void put_checkpoint(const struct auditlog_checker *checker, struct texts *texts,
			   struct verify_result *result)
{
	const struct note_checkpoint *checkpoint = &checker->log.checkpoint;

	if (!*checkpoint->signature)
		return;
	result->signed_records = checkpoint->size;
	base64_encode(checkpoint->root, AUDITLOG_HASH_SIZE, texts->root);
	note_checkpoint_format(checkpoint, texts->note);
}

static void put_findings(const struct auditlog_findings *findings, struct verify_result *result)
{
	result->kind_count = AUDITLOG_FINDING_KINDS;
	for (unsigned i = 0; i < AUDITLOG_FINDING_KINDS; i++) {
		result->kinds[i].name = auditlog_finding_name((enum auditlog_finding_kind)i);
		result->kinds[i].count = findings->counts[i];
	}
	result->finding_count = (uint8_t)findings->listed;
	for (unsigned i = 0; i < findings->listed; i++) {
		result->findings[i].kind = (uint8_t)findings->list[i].kind;
		result->findings[i].seq = findings->list[i].seq;
		result->findings[i].detail = findings->list[i].detail;
	}
}

static void put_verdict(const struct auditlog_verdict *verdict, struct verify_result *result)
{
	result->ok = verdict->damage == AUDITLOG_WHOLE;
	result->bad_seq = verdict->seq;
	result->bad_segment = verdict->file;
	result->bad_kind = auditlog_damage_name(verdict->damage);
	result->bad_meaning = auditlog_damage_meaning(verdict->damage);
}

/* Those before the damage, which only a later record may have shown. */
static uint64_t count_records(const struct auditlog_checker *checker)
{
	const struct auditlog_verdict *verdict = &checker->verdict;

	if (verdict->damage && verdict->seq >= checker->first &&
	    verdict->seq - checker->first < checker->log.records)
		return verdict->seq - checker->first;
	return checker->log.records;
}

static enum verify_kept kept_checkpoint(const struct auditlog_checker *checker)
{
	if (!checker->known.has_checkpoint)
		return VERIFY_KEPT_NONE;
	return checker->known_root ? VERIFY_KEPT_FOUND : VERIFY_KEPT_TOO_OLD;
}

static struct ipc_message *tell(const struct verification *verification, uint64_t begun_us,
				const struct bundle_count *bundle)
{
	const struct auditlog_checker *checker = &verification->checker;
	struct ipc_message *message = ipc_new(MESSAGE_VERIFIED, 0);
	struct texts texts = {0};
	struct verify_result result = {
		.records = count_records(checker),
		.segments = verification->segments,
		.bytes = verification->bytes,
		.elapsed_us = clock_boottime_us() - begun_us,
		.last_hash = texts.last_hash,
		.origin = checker->log.origin,
		.epochs = checker->epoch,
		.first_key = texts.first_key,
		.key_matches = checker->known.has_first_key && checker->epoch,
		.kept = kept_checkpoint(checker),
		.root = texts.root,
		.note = texts.note,
		.bundled = bundle->records,
		.unsigned_left_out = bundle->left_out,
	};

	if (checker->log.records)
		auditlog_hex(checker->log.end.hash, texts.last_hash);
	if (checker->epoch)
		note_key_format(&checker->first_key, texts.first_key);
	put_verdict(&checker->verdict, &result);
	put_checkpoint(checker, &texts, &result);
	put_findings(&checker->log.findings, &result);
	protocol_put_verify_result(message, &result);
	return message;
}

/* --- the work --- */

static void send_progress(void *context, uint64_t done, uint64_t total)
{
	struct ipc_message *message = ipc_new(MESSAGE_VERIFYING, 0);

	ipc_put_u64(message, done);
	ipc_put_u64(message, total);
	if (ipc_send_blocking(*(const int *)context, message) < 0)
		fatal("cannot tell of progress: %m");
}

static struct ipc_message *verify(const struct verify_question *question, int directory,
				  int channel, struct pool *pool)
{
	static struct verification verification;
	const struct bundle_count none = {0};
	uint64_t begun_us = clock_boottime_us();
	struct auditlog_known known;
	struct failure failure;
	const struct verify_task task = {
		.directory = directory,
		.pool = pool,
		.known = &known,
		.progress = question->progress ? send_progress : NULL,
		.context = &channel,
	};

	if (get_known(question, &known, &failure) < 0)
		return failed(&failure);
	int status = question->only_first_key ? verify_first_key(&task, &verification)
					      : verify_directory(&task, &verification);
	return status < 0 ? unreadable(errno) : tell(&verification, begun_us, &none);
}

static struct ipc_message *bundle(const struct verify_question *question,
				  const struct review_filter *filter, int directory, int out)
{
	static struct verification verification;
	uint64_t begun_us = clock_boottime_us();
	struct bundle_count count = {0};
	struct auditlog_known known;
	struct failure failure;
	const struct bundle_task task = {
		.directory = directory, .out = out, .known = &known, .filter = filter};

	if (get_known(question, &known, &failure) < 0 ||
	    bundle_make(&task, &verification, &count, &failure) < 0)
		return failed(&failure);
	return tell(&verification, begun_us, &count);
}

struct ipc_message *answer_question(struct ipc_incoming *in, int directory, int channel,
				    struct pool *pool)
{
	struct review_request review = {0};
	struct verify_question question;

	protocol_get_verify_question(in, &question);
	if (in->type == MESSAGE_BUNDLE)
		protocol_get_review(in, &review);
	if (ipc_end(in) < 0)
		fatal("a malformed question");
	if (in->type == MESSAGE_VERIFY)
		return verify(&question, directory, channel, pool);
	IO_AUTOCLOSE int out = ipc_take_fd(in, 0);
	return bundle(&question, &review.filter, directory, out);
}
