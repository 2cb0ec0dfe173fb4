/* What a token suffices for, judged by what GitHub has said about it. */
#ifndef GHWARD_WORKER_VERDICT_H
#define GHWARD_WORKER_VERDICT_H

#include "lib/operations/operations.h"
#include "worker/rights.h"

#define VERDICT_TEXT_MAX 320u

enum verdict { VERDICT_UNKNOWN, VERDICT_NO, VERDICT_YES };

/* Texts here are from outside. */
struct probe {
	enum verdict verdict; /* whether GitHub granted a read */
	char words[300];      /* what it said when it did not */
	char accepted[300];   /* permissions that it would have taken, "" for unknown */
};

struct evidence {
	enum rights_basis basis;
	const char *scopes;	 /* as the answers list them */
	const char *permissions; /* of an App's installation, "" for unknown */
	const char *owner, *repo;
	enum visibility visibility;
	enum verdict may_push;		 /* the account, as the repository tells */
	struct probe to_repo, to_alerts; /* the latter only where it decides something */
};

struct finding {
	enum verdict verdict;
	char missing[VERDICT_TEXT_MAX];	 /* "scope security_events or repo", "" for nothing known */
	char evidence[VERDICT_TEXT_MAX]; /* what the verdict rests on */
};

/* Whether verdicts need to know if alerts can be read: of an App, its permissions decide. */
bool verdict_needs_alerts(const struct evidence *) __attribute__((nonnull));

/* Of an operation that has scopes. What cannot be told without doing it is unknown. */
void verdict_judge(const struct evidence *, enum operation_id, struct finding *)
	__attribute__((nonnull));

const char *verdict_name(enum verdict) __attribute__((returns_nonnull));

#endif
