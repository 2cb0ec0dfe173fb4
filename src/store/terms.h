/* Numbers for the words that records repeat: a dictionary for each of four members. */
#ifndef GHWARD_STORE_TERMS_H
#define GHWARD_STORE_TERMS_H

#include "lib/auditlog/record.h"

enum term_kind {
	TERM_ACTOR,
	TERM_EVENT,
	TERM_REPOSITORY, /* the target without what is behind its `#` */
	TERM_OUTCOME,
	TERM_KINDS
};

/* What has no number of its own: longer than this, or one more than a dictionary takes. A filter
 * then looks at the record. */
#define TERM_OTHER UINT16_MAX
#define TERM_LENGTH_MAX 512u
#define TERMS_BYTES_MAX ((size_t)4 << 20)

struct terms {
	char *text; /* one behind the other; owned, as all below */
	size_t used, capacity;
	uint32_t *ends;	 /* of each in `text` */
	uint32_t *slots; /* hash table of number + 1 */
	uint32_t count;
};

void terms_init(struct terms *) __attribute__((nonnull));
void terms_free(struct terms *) __attribute__((nonnull));

/* The number of a text, which gets one if it has none yet. */
uint16_t terms_number(struct terms *, struct auditlog_text) __attribute__((nonnull));

/* The text of a number below `count`. */
struct auditlog_text terms_text(const struct terms *, uint32_t number) __attribute__((nonnull));

/* What of a record a dictionary of this kind is about. */
struct auditlog_text terms_of(const struct auditlog_record *, enum term_kind)
	__attribute__((nonnull));

#endif
