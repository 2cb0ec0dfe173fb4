/* What ghward-verify found. */
#include "cli/verify_print.h"

#include "cli/report.h"
#include "lib/sanitize/sanitize.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* --- JSON --- */

static void put_text(struct json_writer *writer, const char *key, const char *text)
{
	json_key(writer, key);
	json_string(writer, text);
}

static void put_text_or_null(struct json_writer *writer, const char *key, const char *text)
{
	json_key(writer, key);
	if (*text)
		json_string(writer, text);
	else
		json_null(writer);
}

static void put_number(struct json_writer *writer, const char *key, uint64_t number)
{
	json_key(writer, key);
	json_u64(writer, number);
}

static void put_first_bad(struct json_writer *writer, const struct verify_result *result)
{
	json_key(writer, "first_bad");
	if (result->ok) {
		json_null(writer);
		return;
	}
	json_object_begin(writer);
	put_text(writer, "segment", result->bad_segment);
	put_number(writer, "seq", result->bad_seq);
	put_text(writer, "kind", result->bad_kind);
	json_object_end(writer);
}

static void put_checkpoint(struct json_writer *writer, const struct verify_result *result)
{
	json_key(writer, "checkpoint");
	if (!*result->note) {
		json_null(writer);
		return;
	}
	json_object_begin(writer);
	put_number(writer, "size", result->signed_records);
	put_text(writer, "root", result->root);
	put_text(writer, "note", result->note);
	json_object_end(writer);
}

static void put_findings(struct json_writer *writer, const struct verify_result *result)
{
	json_key(writer, "findings");
	json_array_begin(writer);
	for (unsigned i = 0; i < result->finding_count; i++) {
		json_object_begin(writer);
		put_text(writer, "kind", result->kinds[result->findings[i].kind].name);
		put_number(writer, "seq", result->findings[i].seq);
		put_text(writer, "detail", result->findings[i].detail);
		json_object_end(writer);
	}
	json_array_end(writer);
	json_key(writer, "finding_counts");
	json_object_begin(writer);
	for (unsigned i = 0; i < result->kind_count; i++)
		put_number(writer, result->kinds[i].name, result->kinds[i].count);
	json_object_end(writer);
}

void verify_print_json(const struct verify_result *result, bool terminal)
{
	static const char *const kept[VERIFY_KEPTS] = {
		[VERIFY_KEPT_NONE] = "",
		[VERIFY_KEPT_FOUND] = "matches",
		[VERIFY_KEPT_TOO_OLD] = "older than the first record",
	};
	struct report_json json;
	struct json_writer *writer = &json.writer;

	report_json_begin(&json, terminal);
	json_object_begin(writer);
	json_key(writer, "ok");
	json_bool(writer, result->ok);
	put_number(writer, "records", result->records);
	put_number(writer, "segments", result->segments);
	put_first_bad(writer, result);
	put_text_or_null(writer, "last_hash", result->last_hash);
	put_text_or_null(writer, "origin", result->origin);
	put_number(writer, "epochs", result->epochs);
	put_text_or_null(writer, "key", result->first_key);
	json_key(writer, "key_matches");
	json_bool(writer, result->key_matches);
	put_text_or_null(writer, "kept_checkpoint", result->ok ? kept[result->kept] : "");
	put_checkpoint(writer, result);
	put_findings(writer, result);
	put_number(writer, "bytes", result->bytes);
	json_key(writer, "seconds");
	json_milli(writer, result->elapsed_us / 1000);
	json_object_end(writer);
	report_json_end(&json);
}

/* --- text --- */

#define SPACE "            "

/* What came out of a directory that anybody may have filled. */
struct clean {
	char text[1024];
};

static const char *clean(struct clean *clean, const char *text)
{
	sanitize_field(clean->text, sizeof(clean->text), text, strlen(text));
	return clean->text;
}

static const char *plural(uint64_t count)
{
	return count == 1 ? "" : "s";
}

static void print_checked(const struct verify_result *result)
{
	struct clean origin;

	printf("Checked     %" PRIu64 " record%s in %" PRIu64 " segment%s (%.1f MB, %.1f s)",
	       result->records, plural(result->records), result->segments, plural(result->segments),
	       (double)result->bytes / 1e6, (double)result->elapsed_us / 1e6);
	if (*result->origin)
		printf("\n" SPACE "of the log %s", clean(&origin, result->origin));
	printf(".\n");
}

static void print_signed(const struct verify_result *result)
{
	uint64_t last = result->signed_records, all = result->epochs;

	if (!*result->note) {
		printf("Signed      Nothing yet: there is no checkpoint in the log.\n");
		return;
	}
	printf("Signed      The records up to number %" PRIu64 ", by %" PRIu64 " key%s%s.\n", last,
	       all, plural(all),
	       all > 1 ? " in turn,\n" SPACE "of which each vouches for the next" : "");
	printf(SPACE "Those behind it, if any, are chained to them, but no signature covers\n" SPACE
		     "them yet; the next one, a second later, does.\n");
}

static void print_key(const struct verify_result *result)
{
	struct clean key;

	if (!*result->first_key)
		return;
	printf("First key   %s\n", clean(&key, result->first_key));
	if (result->key_matches)
		printf(SPACE "It is the one that you gave.\n");
	else
		printf(SPACE
		       "It was taken on trust, from the log itself: whoever made another "
		       "log\n" SPACE
		       "would have put another key there. Keep it elsewhere (ghward audit\n" SPACE
		       "pubkey), and verify with --from-key.\n");
}

static void print_checkpoint(const struct verify_result *result)
{
	struct clean root;

	if (*result->root)
		printf("Checkpoint  size %" PRIu64 ", root %s\n", result->signed_records,
		       clean(&root, result->root));
	if (result->kept == VERIFY_KEPT_FOUND)
		printf(SPACE "The checkpoint that you gave is one of this log: nothing up to it "
			     "was\n" SPACE "changed since.\n");
	else if (result->kept == VERIFY_KEPT_TOO_OLD)
		printf(SPACE "The checkpoint that you gave is signed by a key of this log, but "
			     "its\n" SPACE "records were removed by retention.\n");
	else
		printf(SPACE "An earlier copy of the whole directory would look as good as this "
			     "one.\n" SPACE "A checkpoint kept elsewhere (ghward audit checkpoint) "
			     "tells them apart,\n" SPACE "with --checkpoint.\n");
}

static void print_findings(const struct verify_result *result)
{
	struct clean detail, kind;
	uint64_t total = 0;

	for (unsigned i = 0; i < result->kind_count; i++)
		total += result->kinds[i].count;
	if (total == 0)
		return;
	printf("\nFindings, which are no damage: %" PRIu64 "\n", total);
	for (unsigned i = 0; i < result->finding_count; i++)
		printf("  record %-10" PRIu64 "  %s: %s\n", result->findings[i].seq,
		       clean(&kind, result->kinds[result->findings[i].kind].name),
		       clean(&detail, result->findings[i].detail));
	if (total > result->finding_count)
		printf("  and %" PRIu64 " more\n", total - result->finding_count);
}

static void print_whole(const struct verify_result *result)
{
	printf("The audit log is whole: no record was changed, removed, inserted, moved or cut "
	       "off.\n\n");
	print_checked(result);
	if (result->records) {
		print_signed(result);
		print_key(result);
		print_checkpoint(result);
	}
	print_findings(result);
}

static void print_damage(const struct verify_result *result)
{
	struct clean kind, segment, meaning;

	printf("The audit log is DAMAGED.\n\n");
	printf("First bad   Record %" PRIu64 ": %s", result->bad_seq,
	       clean(&kind, result->bad_kind));
	if (*result->bad_segment)
		printf(", in the file %s", clean(&segment, result->bad_segment));
	printf("\n" SPACE "%s.\n", clean(&meaning, result->bad_meaning));
	print_checked(result);
	printf(SPACE "These are before it, and chained to each other without a gap.\n");
	print_key(result);
	printf("\nWhat to do  1. Leave the directory as it is, and copy all of it: it is "
	       "evidence.\n" SPACE "2. Do not rely on record %" PRIu64
	       " and those behind it.\n" SPACE
	       "3. Compare with a backup, or with checkpoints kept elsewhere; who could\n" SPACE
	       "   write into the directory is who may have done it.\n" SPACE
	       "4. To go on meanwhile, move the directory away: a new log begins.\n",
	       result->bad_seq);
	print_findings(result);
}

void verify_print_text(const struct verify_result *result)
{
	if (result->ok)
		print_whole(result);
	else
		print_damage(result);
}
