/* Makes a bundle of an audit directory. */
#ifndef GHWARD_VERIFY_BUNDLE_MAKER_H
#define GHWARD_VERIFY_BUNDLE_MAKER_H

#include "verify/verify.h"

/* Chosen records at most: more is a copy of the log, not a bundle. */
#define BUNDLE_RECORDS_MAX UINT64_C(1000000)

struct bundle_task {
	int directory;
	int out; /* where the bundle goes */
	const struct auditlog_known *known;
	const struct review_filter *filter; /* which records */
};

struct bundle_count {
	uint64_t records;
	uint64_t left_out; /* chosen ones behind the last checkpoint, which nothing vouches for yet
			    */
};

/* Verifies all of the log first; with damage there is no bundle. Then reads the blocks of records
 * that have chosen ones once more. What it writes is checked as who gets it will. Returns 0, or -1
 * with a failure. */
int bundle_make(const struct bundle_task *, struct verification *, struct bundle_count *,
		struct failure *) __attribute__((warn_unused_result, nonnull));

#endif
