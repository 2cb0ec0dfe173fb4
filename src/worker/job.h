/* The one job of this process, as its parts share it. */
#ifndef GHWARD_WORKER_JOB_H
#define GHWARD_WORKER_JOB_H

#include "lib/ipc/protocol.h"
#include "worker/output.h"

#include <stdbool.h>

struct calls;

/* What the last page of a list said about the others. */
struct listed {
	bool more;     /* there is another one */
	uint32_t page; /* its number */
	uint32_t last; /* number of the last one, 0 if unknown */
};

struct job {
	const char *api_url;
	uint32_t in_flight, max_retries, patience_ms;
	struct credential_facts facts; /* what the job works with */
	struct job_request request;
	struct calls *calls;
	struct output output;
	uint32_t items; /* rendered so far */
	struct listed listed;
	struct failure failure;
	int records;		       /* JOB_AUDIT_*: pipe with lines of the audit log */
	int store;		       /* JOB_REPOS_* but the list: socket to ghward-store */
	uint32_t sweep_s;	       /* likewise: seconds after which a digest is old */
	struct verify_result verified; /* JOB_AUDIT_REPORT: what the verifier found */
};

/* Each does its job and leaves the outcome in job->failure and job->items. */
void list_run(struct job *) __attribute__((nonnull));
void view_run(struct job *) __attribute__((nonnull));
void instances_run(struct job *) __attribute__((nonnull));
void update_run(struct job *) __attribute__((nonnull));
void rate_limit_run(struct job *) __attribute__((nonnull));
void auth_status_run(struct job *) __attribute__((nonnull));
void auth_check_run(struct job *) __attribute__((nonnull));
void review_run(struct job *) __attribute__((nonnull));
void repos_list_run(struct job *) __attribute__((nonnull));
void repos_sync_run(struct job *) __attribute__((nonnull));
void repos_status_run(struct job *) __attribute__((nonnull));
void repos_verify_run(struct job *) __attribute__((nonnull));

#endif
