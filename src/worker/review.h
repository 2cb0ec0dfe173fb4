/* Jobs about the audit log: what becomes of its records, in one format or another. */
#ifndef GHWARD_WORKER_REVIEW_H
#define GHWARD_WORKER_REVIEW_H

#include "worker/job.h"
#include "worker/records.h"

struct review;

/* One format. What makes an output whole is only written when it is. */
struct review_format_ways {
	void (*begin)(struct review *);
	void (*record)(struct review *, const struct record *);
	void (*pause)(struct review *); /* followed, and there is nothing more for now */
	void (*end)(struct review *);
	void (*clean)(struct review *);
};

struct review {
	struct job *job;
	void *state; /* of the format */
};

extern const struct review_format_ways review_table, review_lines, review_json, review_jsonl,
	review_csv, review_ocsf, review_ecs, review_cef, review_stats, review_report,
	review_incidents;

#endif
