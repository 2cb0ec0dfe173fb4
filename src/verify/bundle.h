/* A bundle: chosen records of an audit log in one file, with what proves to a stranger who has the
 * log's first public key that they are the log's. docs/audit-format.md describes it. */
#ifndef GHWARD_VERIFY_BUNDLE_H
#define GHWARD_VERIFY_BUNDLE_H

#include "lib/auditlog/note.h"
#include "lib/auditlog/record.h"

#define BUNDLE_HEADER "ghward-audit-bundle 1"
#define BUNDLE_KEY "key "
#define BUNDLE_NOTE "note"
#define BUNDLE_PATH "path"
#define BUNDLE_END "end "

/* Checks a bundle line by line, in constant memory. */
struct bundle {
	struct note_key first_key; /* that the reader trusts */
	enum {
		BUNDLE_AT_HEADER,
		BUNDLE_AT_KEYS,
		BUNDLE_AT_CHECKPOINT,
		BUNDLE_AT_RECORDS,
		BUNDLE_AT_PATH,
		BUNDLE_AT_END
	} place;
	uint64_t line;	     /* number of the one that was fed last */
	struct note_key key; /* the last one */
	uint64_t keys;
	char text[NOTE_CHECKPOINT_SIZE]; /* of the note, as far as it was fed */
	size_t text_length;
	struct note_checkpoint checkpoint;
	uint64_t records, first_seq, seq; /* number of the first and of the last record */
	uint8_t leaf[AUDITLOG_HASH_SIZE];
	char error[256]; /* what is wrong with what */
};

void bundle_begin(struct bundle *, const struct note_key *first_key) __attribute__((nonnull));

/* A line without its newline. Returns 0, or -1 with an error; the bundle proves nothing then. */
int bundle_line(struct bundle *, const char *line, size_t length)
	__attribute__((warn_unused_result, nonnull));

/* Nothing follows. Returns 0, or -1 with an error. */
int bundle_finish(struct bundle *) __attribute__((warn_unused_result, nonnull));

#endif
