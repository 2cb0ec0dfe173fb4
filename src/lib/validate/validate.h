/* Typed, bounded validators for everything that a person, a file or the network may name (feature
 * S12). Pure functions over bytes with a length; no allocation, no locale, linear time. */
#ifndef GHWARD_VALIDATE_VALIDATE_H
#define GHWARD_VALIDATE_VALIDATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Limits from GitHub: logins 39 (with the short code of enterprise-managed users), enterprises 60,
 * repositories 100, dismissal comments 280 characters; cursors, refs and lists of logins are
 * generous. */
#define VALIDATE_OWNER_MAX 39u
#define VALIDATE_ENTERPRISE_MAX 60u
#define VALIDATE_REPO_MAX 100u
#define VALIDATE_COMMENT_MAX 280u
#define VALIDATE_CURSOR_MAX 512u
#define VALIDATE_REF_MAX 255u
#define VALIDATE_LOGINS_MAX 1024u
#define VALIDATE_TOOL_NAME_MAX 128u
#define VALIDATE_TOKEN_MAX 8192u
#define VALIDATE_OPAQUE_MAX 8192u
#define VALIDATE_TOKENS_MAX 8192u /* of a whole list */
#define VALIDATE_REPOS_MAX 4096u
#define VALIDATE_REPOS_COUNT_MAX 500u /* GitHub's limit for one installation token */
#define VALIDATE_PERMISSIONS_MAX 2048u
#define VALIDATE_CLIENT_ID_MAX 64u
#define VALIDATE_SCOPES_MAX 1024u
#define VALIDATE_ENTRY_NAME_MAX 64u

enum validate_kind {
	VALIDATE_OWNER,
	VALIDATE_REPO,
	VALIDATE_ENTERPRISE,
	VALIDATE_ALERT_NUMBER,
	VALIDATE_TOOL_NAME,
	VALIDATE_TOOL_GUID,
	VALIDATE_REF,
	VALIDATE_PR,
	VALIDATE_ALERT_STATE,
	VALIDATE_ALERT_SEVERITY,
	VALIDATE_SORT,
	VALIDATE_DIRECTION,
	VALIDATE_AFFILIATION, /* of the lists of repositories: those one owns */
	VALIDATE_ASSIGNEES,   /* "*", "none" or a comma-separated list of logins */
	VALIDATE_LOGINS,      /* a comma-separated list of logins, possibly empty */
	VALIDATE_CURSOR,
	VALIDATE_PAGE,
	VALIDATE_PER_PAGE,
	VALIDATE_ALERT_WRITE_STATE,
	VALIDATE_DISMISSED_REASON,
	VALIDATE_COMMENT,
	VALIDATE_BOOLEAN,
	VALIDATE_SHA,	       /* a whole object name, SHA-1 or SHA-256 */
	VALIDATE_WORKER_COUNT, /* 1 to 20 */
	VALIDATE_ENTITY_TYPE,  /* user or org */
	VALIDATE_ID,	       /* of GitHub's own numbering: 1 to 2^53 - 1 */
	VALIDATE_REPOS,	       /* a comma-separated list of repository names, without owners */
	VALIDATE_PERMISSIONS,  /* "contents:read,issues:write", each name once */
	VALIDATE_TOKENS,       /* a comma-separated list of tokens */
	VALIDATE_CLIENT_ID,    /* of an App: its number or its client id */
	VALIDATE_SCOPES,       /* OAuth scopes with single spaces between them */
	VALIDATE_GRANT_TYPE,
	VALIDATE_OPAQUE,     /* printable ASCII without spaces, at most 8,192 */
	VALIDATE_ENTRY_NAME, /* of a vault entry: letters, digits, '.', '_' and '-', at most 64 */
	VALIDATE_KINDS
};

/* True when text (length bytes, no NUL among them) is of that kind. */
bool validate_param(enum validate_kind, const char *text, size_t length) __attribute__((nonnull));

/* What is expected, to follow the word "expected": "open, closed, dismissed or fixed". */
const char *validate_expectation(enum validate_kind) __attribute__((returns_nonnull));

/* The words of a closed set, NULL behind the last; NULL for a kind that is none. */
const char *const *validate_words(enum validate_kind);

/* A decimal number without sign, space or leading zero. Returns 0, or -1. */
int validate_parse_u32(const char *text, size_t length, uint32_t min, uint32_t max, uint32_t *value)
	__attribute__((warn_unused_result, nonnull));

/* Valid UTF-8 (no overlong forms, no surrogates); *characters counts Unicode scalar values. */
bool validate_utf8(const char *text, size_t length, size_t *characters) __attribute__((nonnull));

/* --- tokens --- */

enum validate_token_kind {
	VALIDATE_TOKEN_INVALID,
	VALIDATE_TOKEN_CLASSIC,	     /* ghp_ */
	VALIDATE_TOKEN_FINE_GRAINED, /* github_pat_ */
	VALIDATE_TOKEN_OAUTH,	     /* gho_ */
	VALIDATE_TOKEN_USER,	     /* ghu_ */
	VALIDATE_TOKEN_INSTALLATION, /* ghs_, short or the long stateless form */
	VALIDATE_TOKEN_REFRESH,	     /* ghr_: known, but not for the API */
	VALIDATE_TOKEN_LEGACY,	     /* 40 hexadecimal digits, still issued by some servers */
	VALIDATE_TOKEN_KINDS
};

enum validate_token_kind validate_token(const char *text, size_t length) __attribute__((nonnull));
const char *validate_token_kind_name(enum validate_token_kind) __attribute__((returns_nonnull));

/* --- addresses --- */

struct validate_origin {
	char host[256]; /* lower case; an IPv6 literal without its brackets */
	uint16_t port;	/* 443 unless given */
	char path[128]; /* "" or "/api/v3" */
	bool host_is_literal;
};

/* An API base URL: https only, a host, perhaps a port and a simple path; nothing else. Returns 0,
 * or -1 with what was expected in *why. */
int validate_api_url(const char *text, size_t length, struct validate_origin *, const char **why)
	__attribute__((warn_unused_result, nonnull));

/* An address that something is posted to: https only, a host, perhaps a port, a path and a query of
 * visible ASCII, whose segments do not climb. Returns 0 and "https://HOST[:PORT]", which it begins
 * with, or -1. */
#define VALIDATE_WEBHOOK_MAX 511u
#define VALIDATE_ORIGIN_MAX 271u
int validate_webhook(const char *text, char origin[VALIDATE_ORIGIN_MAX + 1])
	__attribute__((warn_unused_result, nonnull));

/* Whether a token may go from one to the other: same host, port and path. */
bool validate_origin_equal(const struct validate_origin *, const struct validate_origin *)
	__attribute__((nonnull));

/* github.com, its subdomains, and *.ghe.com: hosts that GitHub itself runs, as opposed to GitHub
 * Enterprise Server. The host is in lower case. */
bool validate_is_github(const char *host) __attribute__((nonnull));

/* A host name as in an address, lower or upper case. */
bool validate_host(const char *text, size_t length) __attribute__((nonnull));

/* "[HOST/]OWNER/REPO". */
struct validate_repo_spec {
	char host[256]; /* "" if absent */
	char owner[VALIDATE_OWNER_MAX + 1];
	char repo[VALIDATE_REPO_MAX + 1];
};

/* Splits; the parts still have to be validated by kind. Returns 0, or -1 when it has not two or
 * three parts or one is too long to be valid. */
int validate_repo_spec(const char *text, size_t length, struct validate_repo_spec *)
	__attribute__((warn_unused_result, nonnull));

#endif
