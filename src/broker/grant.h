/* Grants: what one job may say to GitHub, decided before its worker sees the first outside byte. */
#ifndef GHWARD_BROKER_GRANT_H
#define GHWARD_BROKER_GRANT_H

#include "broker/listed.h"
#include "lib/ipc/protocol.h"

#include <stdint.h>

/* Limits of one job. 100,000 alerts are 1,000 pages. */
#define GRANT_CALLS_MAX 4000u
#define GRANT_BYTES_MAX (UINT64_C(4) << 30)
#define GRANT_LIFETIME_MS (UINT64_C(60) * 60 * 1000)
/* Of one that copies the repositories of a large organisation. */
#define GRANT_REPOS_LIFETIME_MS (24 * GRANT_LIFETIME_MS)
/* Questions about single repositories: each twice, and its wiki. */
#define GRANT_REPOS_CALLS_MAX (4 * REPOS_LISTED_MAX)
/* How often a worker may repeat a read that GitHub's rate limits refused, where only the text of
 * the refusal shows it. */
#define GRANT_REPEATS 20u
/* Limits reset within the hour; who waits for them needs time for the job after that. */
#define GRANT_PATIENCE_MS (UINT64_C(65) * 60 * 1000)
/* One answer, before and after decompression: GitHub's own answers stay below 10 MiB. */
#define GRANT_BODY_MAX (UINT64_C(32) << 20)

/* One operation of a grant. */
struct grant_rule {
	enum operation_id operation;
	operation_parameters fixed; /* these with the grant's values */
	operation_parameters holes; /* these with any valid value, or none */
	uint32_t calls_left;
};

#define GRANT_RULES_MAX 6u

struct grant {
	char *values[PARAMETERS]; /* what was asked for and what the job adds; owned */
	/* Of a job about several repositories: their owner, or themselves. Somebody else's. */
	const char *owner;
	struct listed *listed;
	struct grant_rule rules[GRANT_RULES_MAX];
	unsigned rule_count;
	uint64_t bytes_left;
	uint64_t expires_boottime_ms;
};

/* True for jobs that talk to GitHub; `operation` is then the one they are about. */
bool grant_operation(const struct job_request *, enum operation_id *operation)
	__attribute__((nonnull));

/* Builds the grant of a job about repositories, which are the owner's, or are listed; both stay as
 * long as the grant. Results as below. */
int grant_make_repos(struct grant *, const struct job_request *, struct listed *,
		     enum operation_parameter *wrong) __attribute__((nonnull, warn_unused_result));

/* Builds the grant of a request. Returns 0, or -1 with *wrong set to the parameter that is missing,
 * not permitted or malformed. Free it in both cases. */
int grant_make(struct grant *, const struct job_request *, enum operation_parameter *wrong)
	__attribute__((warn_unused_result, nonnull));
void grant_free(struct grant *) __attribute__((nonnull));

/* True once the lifetime is over, which is nobody's fault: a person may have thought for long. */
bool grant_has_expired(const struct grant *) __attribute__((nonnull));

/* False when the request names a jq program for what is no JSON that was read: a program that fails
 * ends its job, and a write must not be left in the middle. */
bool grant_allows_filter(const struct job_request *) __attribute__((nonnull));

/* NULL when the call is covered; else why not. */
const char *grant_covers(const struct grant *, enum operation_id,
			 const struct operation_arguments *)
	__attribute__((warn_unused_result, nonnull));

/* The same, and takes one call off. */
const char *grant_take(struct grant *, enum operation_id, const struct operation_arguments *)
	__attribute__((warn_unused_result, nonnull));

/* Takes the bytes of an answer off. Returns 0, or -1 when the budget is exhausted. */
int grant_take_bytes(struct grant *, uint64_t bytes) __attribute__((warn_unused_result, nonnull));

/* The permissions of GitHub that its operations need: "security_events:write". */
void grant_permissions(const struct grant *, char *list, size_t size) __attribute__((nonnull));

/* "acme/shop#7", "acme", "" : what the grant is about, for the audit log. */
void grant_target(const struct grant *, char *text, size_t size) __attribute__((nonnull));

#endif
