/* A directory with a log in it, to be damaged and verified. */
#ifndef GHWARD_TESTS_EVIDENCE_H
#define GHWARD_TESTS_EVIDENCE_H

#include "made_log.h"
#include "verify/verify.h"

#include <sys/types.h>

#define ID "0123456789ab"
#define FIRST "00000000000000000001.jsonl"
#define SECOND "00000000000000000011.jsonl"
#define THIRD "00000000000000000021.jsonl"

struct fixture {
	char path[64];
	int directory;
	struct made_log log;
	struct pool pool;
	struct auditlog_known known;
	struct verification found;
};

/* For cmocka: *state is a struct fixture, with an empty directory, or with segments of ten records:
 * 1 to 10, 11 to 20 and 21 to 25. */
int evidence_set_up(void **state);
int evidence_set_up_segments(void **state);
int evidence_tear_down(void **state);

/* As verify_directory(), into fixture->found. */
int evidence_verify_with(struct fixture *, struct pool *);

/* With and without partners, which must come to the same. */
void evidence_verify(struct fixture *);
void assert_fine(struct fixture *, uint64_t records, uint64_t segments);
void assert_damaged(struct fixture *, enum auditlog_damage, uint64_t seq, const char *file);

/* Replaces a file's bytes from an offset on; a negative one counts from its end. */
void tamper(struct fixture *, const char *name, const char *text, off_t offset);
void cut(struct fixture *, const char *name, off_t bytes);
/* The length of the last line of a file. */
off_t last_line(struct fixture *, const char *name);

#define plain_test(name) cmocka_unit_test_setup_teardown(name, evidence_set_up, evidence_tear_down)
#define segment_test(name)                                                                         \
	cmocka_unit_test_setup_teardown(name, evidence_set_up_segments, evidence_tear_down)

#endif
