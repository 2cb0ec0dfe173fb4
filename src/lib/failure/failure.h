/* How a job ends, in the words of the error object and as an exit code. */
#ifndef GHWARD_FAILURE_FAILURE_H
#define GHWARD_FAILURE_FAILURE_H

#include <stdint.h>

enum failure_kind {
	FAILURE_NONE = 0,
	FAILURE_USAGE,		/* the command line or the configuration cannot be used */
	FAILURE_DENIED,		/* refused by policy */
	FAILURE_AUTHENTICATION, /* no token, or GitHub does not accept it */
	FAILURE_PERMISSION,	/* GitHub accepts the token but not for this */
	FAILURE_NOT_FOUND,
	FAILURE_RATE_LIMITED,
	FAILURE_VALIDATION,  /* GitHub refused the content of a request (422) */
	FAILURE_CONFLICT,    /* a thing is not, or not any more, as the job needs it */
	FAILURE_UNSUPPORTED, /* this GitHub Enterprise Server does not know it */
	FAILURE_SERVER,	     /* 5xx after all retries */
	FAILURE_NETWORK,
	FAILURE_TLS,
	FAILURE_TIMEOUT,
	FAILURE_MALFORMED, /* an answer that is not what GitHub's API promises */
	FAILURE_REDIRECT,  /* an answer that points elsewhere */
	FAILURE_PARTIAL,   /* some items of many failed */
	FAILURE_FILTER,	   /* the --jq program failed at its work, or took too much for it */
	FAILURE_AUDIT,	   /* the audit log cannot be written */
	FAILURE_INTEGRITY, /* audit log or vault were changed */
	FAILURE_INTERNAL,  /* one of our own processes ended */
	FAILURE_INTERRUPTED,
	FAILURE_KINDS
};

/* Texts are UTF-8, sanitised by the process that shows or records them. "" where unknown. */
struct failure {
	enum failure_kind kind;
	uint16_t status; /* HTTP status, 0 where there was no answer */
	char message[512];
	char hint[256];
	char request_id[80]; /* X-GitHub-Request-Id */
};

/* The `kind` of the error object: "not_found". */
const char *failure_name(enum failure_kind) __attribute__((returns_nonnull));

/* The exit code, 0 for FAILURE_NONE. */
int failure_exit_code(enum failure_kind);

/* Fills all fields; the format is the message. */
void failure_set(struct failure *, enum failure_kind, const char *hint, const char *format, ...)
	__attribute__((format(printf, 4, 5), nonnull(1, 4)));

/* The same for FAILURE_USAGE without a hint. Returns -1. */
int failure_usage(struct failure *, const char *format, ...)
	__attribute__((format(printf, 2, 3), nonnull));

#endif
