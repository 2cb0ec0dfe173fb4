/* What jobs about repositories say to each other; protocol.h says who says it to whom. */
#ifndef GHWARD_IPC_REPOSITORIES_H
#define GHWARD_IPC_REPOSITORIES_H

#include "lib/failure/failure.h"
#include "lib/ipc/message.h"

#include <stdint.h>

/* How repositories are kept: DIR/OWNER/NAME.git, or a working tree DIR/OWNER/NAME. */
enum repos_mode { REPOS_MIRROR, REPOS_WORKTREE, REPOS_MODES };
/* Of a partial clone: what is left out until somebody needs it. */
enum repos_partial { REPOS_WHOLE, REPOS_BLOBLESS, REPOS_TREELESS, REPOS_PARTIALS };
/* The code, or the wiki, whose name is NAME.wiki. */
enum repos_part { REPOS_CODE, REPOS_WIKI, REPOS_PARTS };
/* Whether repositories with a property are meant. */
enum repos_with { REPOS_WITH, REPOS_WITHOUT, REPOS_ONLY, REPOS_WITHS };

#define REPOS_WORKERS_MAX 20u
#define REPOS_LISTED_MAX 20000u
#define REPOS_PATTERNS_MAX 1023u
#define REPOS_DESTINATION_MAX 1023u
#define REPOS_PUBLIC 1u
#define REPOS_PRIVATE 2u
#define REPOS_INTERNAL 4u

/* Which repositories, and what with them. Strings are "" and numbers 0 where it does not matter.
 * The owner is PARAMETER_ORG or PARAMETER_USERNAME of the job; without one, those that are listed;
 * for status and verify without either, all that are known. */
struct repos_request {
	enum repos_mode mode;
	enum repos_partial partial;
	uint32_t depth;		 /* commits; 0: all */
	uint8_t workers;	 /* repositories at a time, 1 to REPOS_WORKERS_MAX */
	uint8_t full, wiki;	 /* 1: git looks at each; wikis as well */
	uint8_t prune;		 /* 1: remove what is not there any more */
	uint32_t listed;	 /* how many come in MESSAGE_REPOSITORIES */
	const char *destination; /* canonical path, for records and as a key */
	const char *include,
		*exclude;	      /* patterns of NAME or OWNER/NAME, with commas between; `*` */
	const char *topic, *language; /* names with commas between: one of them */
	enum repos_with archived, forks;
	uint8_t visibility;		   /* set of REPOS_PUBLIC, ...; 0: all */
	uint32_t size_min_kb, size_max_kb; /* as GitHub tells; 0: no limit */
};

/* What is done about one repository. */
enum sync_action { SYNC_CLONE, SYNC_FETCH, SYNC_VERIFY, SYNC_REMOVE, SYNC_ACTIONS };

/* Strings of these are GitHub's, validated as owner, repository name and ref by whoever sends
 * them, and again by the broker. */
struct sync_order {
	enum sync_action action; /* a clone of what is there is a fetch, and the other way round */
	const char *owner, *name;
	const char *old_owner, *old_name; /* what it was called here; "" for the same */
	const char *branch;		  /* the default one; "" for unknown */
	const char *why; /* for the record: "new", "pushed_at", "digest", "full", ... */
};

/* What became of refs/heads/, refs/tags/ and refs/notes/: SHA-256 over the lines "OID REF\n" in
 * order of REF's bytes. */
#define SYNC_DIGEST_SIZE 32u

enum sync_outcome {
	SYNC_CHANGED,	 /* some ref did */
	SYNC_UNCHANGED,	 /* none did */
	SYNC_LEFT_ALONE, /* fetched, but the working tree is as it was: `note` says why */
	SYNC_EMPTY,	 /* there is no ref at all */
	SYNC_OUTCOMES
};

struct sync_result {
	struct failure failure; /* FAILURE_NONE: it is done */
	enum sync_outcome outcome;
	enum sync_action action; /* what it came down to */
	uint64_t bytes;		 /* received */
	uint32_t milliseconds;
	uint8_t digest[SYNC_DIGEST_SIZE]; /* of the refs that are there now; 0 when not known */
	const char *note;		  /* for the user; "" for nothing */
};

/* How it was found out that there is nothing to do. */
enum unchanged_by { UNCHANGED_BY_HINT, UNCHANGED_BY_DIGEST, UNCHANGED_BYS };

/* What there is where a repository should be. */
enum tree_found {
	TREE_ABSENT,
	TREE_PRESENT,
	TREE_FOREIGN, /* something that ghward did not put there, or cannot go to */
	TREE_FOUNDS
};

/* What is remembered of one repository in one destination. Text fields fit their validators. */
#define SYNC_NAME_MAX 140u /* "OWNER/NAME" */
#define SYNC_BRANCH_MAX 255u
#define SYNC_ERROR_MAX 255u
struct sync_state {
	uint64_t id; /* GitHub's, of the repository */
	enum repos_part part;
	enum repos_mode mode;
	char name[SYNC_NAME_MAX + 1];
	char pushed_at[32]; /* as GitHub wrote it; "" for unknown */
	char branch[SYNC_BRANCH_MAX + 1];
	uint8_t digest[SYNC_DIGEST_SIZE]; /* 0: unknown */
	uint64_t checked_s;		  /* the digest was the server's, seconds since 1970 */
	uint64_t synced_s;		  /* last success */
	uint64_t failed_s;		  /* last failure, 0 if the last one went well */
	uint64_t verified_s;		  /* last `repos verify` that found nothing */
	uint64_t bytes;			  /* received in all */
	char error[SYNC_ERROR_MAX + 1];	  /* of the last failure */
};
/* What it is found by. */
struct state_key {
	uint64_t id;
	enum repos_part part;
};

/* In one MESSAGE_STATE_GET or MESSAGE_STATE_FOUND at most. */
#define SYNC_STATES_MAX 50u
#define SYNC_STATE_SIZE_MAX 1024u /* on the wire */
#define STATE_KEY_SIZE 9u

/* What git asks of the server. */
enum git_command { GIT_LS_REFS, GIT_FETCH, GIT_COMMANDS };

/* What a ghward-git shall do, within which limits. */
struct git_work {
	enum sync_action action; /* no SYNC_REMOVE */
	enum repos_mode mode;
	enum repos_partial partial;
	uint32_t depth;
	const char *branch;	/* the default one, "" for unknown */
	uint64_t address_space; /* bytes, of each process */
	uint64_t file_size;	/* bytes, of each file */
	uint32_t cpu_s;		/* of each process */
	uint32_t processes;
	uint32_t timeout_ms; /* for everything */
};

void protocol_put_repos(struct ipc_message *, const struct repos_request *);
void protocol_get_repos(struct ipc_incoming *, struct repos_request *);
void protocol_put_sync_order(struct ipc_message *, const struct sync_order *);
void protocol_get_sync_order(struct ipc_incoming *, struct sync_order *);
void protocol_put_sync_result(struct ipc_message *, const struct sync_result *);
void protocol_get_sync_result(struct ipc_incoming *, struct sync_result *);
void protocol_put_sync_state(struct ipc_message *, const struct sync_state *);
void protocol_get_sync_state(struct ipc_incoming *, struct sync_state *);
void protocol_put_state_key(struct ipc_message *, struct state_key);
struct state_key protocol_get_state_key(struct ipc_incoming *);
void protocol_put_git_work(struct ipc_message *, const struct git_work *);
void protocol_get_git_work(struct ipc_incoming *, struct git_work *);

#endif
