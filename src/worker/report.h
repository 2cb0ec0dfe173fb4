/* A compliance report: what the records of a time come down to. Its memory is bounded: of each list
 * the newest entries are kept, and how many there were is said. */
#ifndef GHWARD_WORKER_REPORT_H
#define GHWARD_WORKER_REPORT_H

#include "worker/job.h"
#include "worker/summary.h"

#define REPORT_ROWS_MAX 400u
#define REPORT_INCIDENTS_MAX 300u
#define REPORT_WRITES_MAX 400u
/* Jobs that are under way at the same time, more or less: their consent waits for their writes. */
#define REPORT_JOBS_MAX 256u

#define REPORT_TIME_SIZE 32u
#define REPORT_NAME_SIZE 96u
#define REPORT_TEXT_SIZE 320u
#define REPORT_BODY_SIZE 1200u

/* One record as a list shows it. Texts are cut, with an ellipsis. */
struct report_row {
	uint64_t seq;
	enum audit_severity severity;
	enum audit_phase phase;
	char time[REPORT_TIME_SIZE];
	char actor[REPORT_NAME_SIZE], event[REPORT_NAME_SIZE], target[REPORT_TEXT_SIZE],
		job[REPORT_NAME_SIZE], outcome[REPORT_NAME_SIZE], note[REPORT_TEXT_SIZE];
};

/* Entry i of the newest that are kept is at (first + i) % max. */
struct report_ring {
	uint64_t total;
	unsigned first, count;
};

struct report_rows {
	struct report_ring ring;
	struct report_row rows[REPORT_ROWS_MAX];
};

/* A change at GitHub: what was to be sent, and what became of it. */
struct report_write {
	struct report_row row; /* of the intent; the outcome is the result's */
	char request_id[REPORT_NAME_SIZE];
	char approval[REPORT_NAME_SIZE]; /* the rule that let it pass */
	char consent[REPORT_NAME_SIZE];	 /* of the job: "asked", "given"; "" if not known */
	char credential[REPORT_NAME_SIZE];
	char status[8];
	char body[REPORT_BODY_SIZE];
};

struct report_incident {
	char id[REPORT_NAME_SIZE], rule[REPORT_NAME_SIZE], type[REPORT_NAME_SIZE];
	char subject[REPORT_TEXT_SIZE];
	enum audit_severity severity;
	char opened[REPORT_TIME_SIZE]; /* "" when that was before the period */
	uint64_t opened_seq;
	char count[REPORT_NAME_SIZE], window[REPORT_NAME_SIZE], actions[REPORT_TEXT_SIZE];
	char responses[REPORT_TEXT_SIZE]; /* "quarantine: done; alert: failed" */
	char closed[REPORT_TIME_SIZE];	  /* "" while open */
	char closed_by[REPORT_NAME_SIZE], reason[REPORT_TEXT_SIZE];
};

/* What is known of a job before its writes come. */
struct report_job {
	char job[REPORT_NAME_SIZE], consent[REPORT_NAME_SIZE], credential[REPORT_NAME_SIZE];
};

/* The newest audit.checkpoint: the signed note, for a copy that is kept elsewhere. */
#define REPORT_NOTE_SIZE 768u
struct report_checkpoint {
	uint64_t seq; /* 0 for none */
	char time[REPORT_TIME_SIZE];
	char note[REPORT_NOTE_SIZE];
};

struct report_totals {
	uint64_t answers; /* of GitHub */
	uint64_t access, violations, denials, paths, writes, failures, limited;
	uint64_t incidents_opened, incidents_closed;
};

struct report {
	const struct job *job;
	char generated[REPORT_TIME_SIZE];
	char since[REPORT_TIME_SIZE], until[REPORT_TIME_SIZE]; /* "" where it has no such end */
	char origin[RECORD_ORIGIN_SIZE];		       /* "" when no record names it */
	struct summary *summary;
	struct report_totals totals;
	struct report_checkpoint checkpoint;
	struct report_rows access, violations, paths;
	struct report_ring write_ring, incident_ring, job_ring;
	struct report_write writes[REPORT_WRITES_MAX];
	struct report_incident incidents[REPORT_INCIDENTS_MAX];
	struct report_job jobs[REPORT_JOBS_MAX];
	struct tally failures, limited; /* by kind; by actor */
};

struct report *report_new(const struct job *, uint64_t now_us)
	__attribute__((returns_nonnull, nonnull));
void report_free(struct report *);
void report_add(struct report *, const struct record *) __attribute__((nonnull));
void report_finish(struct report *) __attribute__((nonnull));

/* What the verifier said. */
enum report_verdict { REPORT_NOT_CHECKED, REPORT_WHOLE, REPORT_DAMAGED };
enum report_verdict report_verdict(const struct report *) __attribute__((nonnull));

/* Incidents among the listed ones that nobody has closed. */
unsigned report_open_incidents(const struct report *) __attribute__((nonnull));

/* The two forms. */
void report_json(const struct report *, struct output *) __attribute__((nonnull));
void report_html(const struct report *, struct output *) __attribute__((nonnull));

#endif
