/* What the checker says of logs in memory, line by line and in pieces. */
#ifndef GHWARD_TESTS_ASSERT_LOG_H
#define GHWARD_TESTS_ASSERT_LOG_H

#include "feed.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define ID "0123456789ab"

static struct auditlog_checker checker;

static inline void assert_whole(const struct made_log *log, const struct auditlog_known *known)
{
	for (int way = 0; way < FEED_WAYS; way++) {
		if (feed_log(&checker, log, known, (enum feed_way)way) < 0)
			fail_msg("%s at %llu in %s", auditlog_damage_name(checker.verdict.damage),
				 (unsigned long long)checker.verdict.seq, checker.verdict.file);
		assert_int_equal(checker.log.end.seq, log->position.seq);
	}
}

static inline void assert_damaged(const struct made_log *log, const struct auditlog_known *known,
				  enum auditlog_damage damage, uint64_t seq, const char *file)
{
	for (int way = 0; way < FEED_WAYS; way++) {
		assert_int_equal(feed_log(&checker, log, known, (enum feed_way)way), -1);
		assert_string_equal(auditlog_damage_name(checker.verdict.damage),
				    auditlog_damage_name(damage));
		assert_int_equal(checker.verdict.seq, seq);
		assert_string_equal(checker.verdict.file, file);
	}
}

static inline void name_of(const struct made_log *log, unsigned segment,
			   char name[AUDITLOG_NAME_SIZE])
{
	auditlog_segment_name(name, log->segments[segment].first);
}

#endif
