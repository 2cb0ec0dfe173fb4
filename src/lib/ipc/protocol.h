/* The whole wire specification: who says what to whom.
 *
 * Every message is one datagram as in message.h. The comment behind a type gives sender -> receiver
 * and the fields in order; `[...]` are descriptors. Messages with several users have a put/get pair
 * below. The `id` of a header pairs an answer with its question. */
#ifndef GHWARD_IPC_PROTOCOL_H
#define GHWARD_IPC_PROTOCOL_H

#include "lib/failure/failure.h"
#include "lib/ipc/message.h"
#include "lib/ipc/repositories.h"
#include "lib/operations/operations.h"
#include "lib/sandbox/sandbox.h"
#include "lib/settings/settings.h"

enum role {
	ROLE_CLI,
	ROLE_AGENT,
	ROLE_CONFIG,
	ROLE_BROKER,
	ROLE_AUDIT,
	ROLE_NET,
	ROLE_DIAL,
	ROLE_WORKER,
	ROLE_VERIFY,
	ROLE_JQ,
	ROLE_MINT,
	ROLE_STORE,
	ROLE_TREE,
	ROLE_GIT,
	ROLES
};

/* "broker"; the executable is "ghward-broker". */
const char *role_name(enum role) __attribute__((returns_nonnull));

/* The descriptors a process is started with. 0 and 1 are /dev/null, 2 is its log pipe; the agent
 * and the command keep the user's standard error. */
enum {
	FD_CHANNEL = 3, /* every process: to the peer it serves */

	/* Of "private" (connected) and "serve" (listening). "verify" has the client here and a
	 * directory behind it, "settings" FD_CHANNEL and following of ghward-config. */
	FD_AGENT_CLIENT = 3,
	/* Pipe with the token, empty when there is none; or a stream socket, whose peer answers a
	 * 'g' with the token of gh and an end of file. */
	FD_AGENT_TOKEN = 4,
	FD_AGENT_OVERRIDES = 5,		/* pipe with a MESSAGE_OVERRIDES */
	FD_AGENT_CONFIG = 6,		/* config.json, or /dev/null */
	FD_AGENT_ROOTS = 7,		/* PEM bundle of certificate authorities */
	FD_AGENT_AUDIT = 8,		/* audit directory */
	FD_AGENT_VAULT = 9,		/* directory of the vault */
	FD_AGENT_KEYS = 10,		/* pipe with a MESSAGE_KEYS */
	FD_AGENT_EVIDENCE = 11,		/* audit directory that is reviewed */
	FD_AGENT_STORE = 12,		/* directory of the search indexes */
	FD_AGENT_DESTINATION = 13,	/* directory that repositories are kept in, or /dev/null */
	FD_AGENT_SOCKET_DIRECTORY = 14, /* serve only: where agent.sock is, removed at the end */

	FD_CONFIG_OVERRIDES = 4,
	FD_CONFIG_FILE = 5,

	FD_BROKER_VAULT = 4,
	FD_BROKER_AUDIT = 5,
	FD_BROKER_CONFIG = 6,
	FD_BROKER_TOKEN = 7,
	FD_BROKER_ROOTS = 8,
	FD_BROKER_KEYS = 9,

	FD_AUDIT_DIRECTORY = 4,

	FD_NET_DIAL = 4,
	FD_NET_ROOTS = 5,

	FD_DIAL_NET = 4,

	FD_VERIFY_DIRECTORY = 4,
	FD_VERIFY_PARTNERS = 5, /* and following: channels to its forks, which it makes itself */

	FD_STORE_EVIDENCE = 4,
	FD_STORE_DIRECTORY = 5,

	FD_TREE_DESTINATION = 4,

	/* Directories, O_PATH: where git keeps its own, and the working tree if there is one. */
	FD_GIT_REPOSITORY = 4,
	FD_GIT_WORKTREE = 5,
};

enum message_type {
	/* Every child, first of all -> the other end of its FD_CHANNEL: report. Sent from inside
	 * the sandbox, before the first outside byte. */
	MESSAGE_HELLO = 1,

	/* --- agent and broker --- */
	MESSAGE_MODE,	     /* agent -> broker, once: u8 enum broker_mode */
	MESSAGE_CLIENT,	     /* agent -> broker: [connected socket] */
	MESSAGE_CLIENT_GONE, /* broker -> agent: nothing; there is room for one more */
	MESSAGE_STARTED,     /* agent -> broker, id of the order: u32 pid */
	MESSAGE_EXITED,	     /* agent -> broker, id of the order: u8 role, u32 pid, u8 how (enum
				process_end), u32 number (exit status, signal or system call) */
	MESSAGE_SHUTDOWN,    /* agent -> broker: nothing; SIGTERM was received */
	MESSAGE_SPAWN,	     /* broker -> agent: u8 role, [FD_CHANNEL and following] */
	MESSAGE_KILL,	     /* broker -> agent, id of the spawn order: nothing */

	/* --- configuration --- */
	MESSAGE_OVERRIDES,     /* command -> config, by way of a pipe: string token source, string
				  config file's name, string vault's path, u8 n, n times {u8
				  settings_key, string variable, string value} */
	MESSAGE_SETTINGS,      /* config -> broker: settings, audit rules, string token source,
				  string vault's file's name */
	MESSAGE_KEYS,	       /* command -> broker, by way of a pipe: u8 n, n times {u8 use (enum
				  key_use), u8 form (enum key_form), string source, bytes
				  material} */
	MESSAGE_CONFIG_FAILED, /* config -> broker: failure */

	/* --- audit --- */
	MESSAGE_AUDIT_APPEND,  /* broker -> audit: audit event */
	MESSAGE_AUDIT_DURABLE, /* audit -> broker: u32 ids of appends, to the end */
	MESSAGE_AUDIT_FAILED,  /* audit -> broker: string reason; nothing is written from now on */
	MESSAGE_AUDIT_SPACE,   /* audit -> broker: u8 1: the disk is full but for the results of
				  what has begun; 0: not any more */
	MESSAGE_AUDIT_CHECKPOINT,   /* broker -> audit, one at a time: nothing; over everything
				       that is durable by now */
	MESSAGE_AUDIT_CHECKPOINTED, /* audit -> broker: string signed note */
	MESSAGE_AUDIT_SETTINGS,	    /* broker -> audit, once, before any record of a job: u64 bytes
				       and u32 seconds of a segment, u32 days of retention (0: for
				       ever), u8 hold, audit rules */
	MESSAGE_INCIDENT,	    /* audit -> broker: incident; comes before the
				       MESSAGE_AUDIT_DURABLE of the record that led to it */
	MESSAGE_INCIDENT_CLOSED,    /* audit -> broker: string id, of one that was told before */
	MESSAGE_INCIDENTS_READY, /* audit -> broker, once: nothing; every one that is open has been
				    told */

	/* --- HTTPS --- */
	MESSAGE_SERVER,	 /* broker -> net, once: string base URL, string API version, string
			    proxy's URL without credentials ("" for none), string proxy's user,
			    string proxy's password, string where these are set */
	MESSAGE_REQUEST, /* broker -> net: u8 method, u8 retry class, u8 answer class, string URL,
			    bytes body, bytes token (none: no Authorization), u32 deadline ms, u32
			    ms in which something has to move (0: until the deadline), u64 cap of
			    the answer's body, [memfd for that body; for a secret one a pipe; for a
			    stream a sealed memfd with the request's body, and a pipe] */
	MESSAGE_CANCEL_REQUEST, /* broker -> net, id of the request: nothing */
	MESSAGE_RESPONSE,	/* net -> broker, id of the request: response; of a stream
				   body_size is what went into the pipe */
	MESSAGE_REQUEST_FAILED, /* net -> broker, id of the request: u8 sent (0: the server cannot
				   have seen the request), u64 bytes of a stream that went into the
				   pipe, failure */
	MESSAGE_MINT,	/* broker -> mint, once: u8 kind (enum mint_kind), [pipe with the answer] */
	MESSAGE_MINTED, /* mint -> broker, once: failure (FAILURE_NONE: the answer could be read),
			   minted */
	MESSAGE_ORIGIN, /* broker -> dial, once, before its sandbox: string host, u16 port, u8
			   address rule, u8 proxy (1: this is the one on the way there) */
	MESSAGE_CONNECT,	/* net -> dial: nothing */
	MESSAGE_CONNECTED,	/* dial -> net, id of the connect: [connected TCP socket] */
	MESSAGE_CONNECT_FAILED, /* dial -> net, id of the connect: failure */

	/* --- jobs --- */
	MESSAGE_JOB,	     /* client -> broker: job request */
	MESSAGE_CANCEL,	     /* client -> broker: nothing; the answer is still a MESSAGE_JOB_DONE */
	MESSAGE_JOB_STARTED, /* broker -> client: string job, [pipe with the output] */
	MESSAGE_NOTE,	     /* worker, store -> broker -> client: string for the user, who need do
				nothing */
	MESSAGE_PROGRESS,    /* worker -> broker -> client: u32 pages done, u32 of how many (0:
				unknown), u32 items */
	MESSAGE_PROCESS,     /* broker -> client, doctor only: u8 role, u32 pid, report */
	MESSAGE_PROCESSES_READY, /* broker -> client, doctor only: nothing; they stay until a CANCEL
				  */
	MESSAGE_JOB_DONE,	 /* broker -> client, verify -> client: string job, failure */
	MESSAGE_WORK,		 /* broker -> worker, once: string job, string API base URL, u32 in
				    flight, u32 most retries, u32 longest wait in ms, credential
				    facts, job request, [pipe for the output]; of a review then u8
				    verified, if 1 a verification result, [and a pipe with records,
				    each a line as in the log]; of a JOB_REPOS_* but the list u32
				    seconds after which a digest is old, [and a socket to the
				    store] */
	MESSAGE_CALL,	     /* worker -> broker: u8 operation, u32 ms to wait before, arguments */
	MESSAGE_CALL_RESULT, /* broker -> worker, id of the call: response, [memfd with the body] */
	MESSAGE_CALL_FAILED, /* broker -> worker, id of the call: failure */
	MESSAGE_WORK_DONE,   /* worker -> broker: u32 items, failure */
	MESSAGE_FILTER,	  /* broker -> jq, once: string program, [pipe with the JSON, pipe for the
			     output] */
	MESSAGE_FILTERED, /* jq -> broker, once: failure; FAILURE_MALFORMED: the JSON broke off */
	MESSAGE_SEARCH,	  /* broker -> store, once: review request, u32 limit, [pipe for records] */
	MESSAGE_SEARCHED, /* store -> broker, once: u64 records, failure */

	/* A write that is to be shown before it is sent, or instead. */
	MESSAGE_PROPOSE, /* worker -> broker: u8 operation, arguments, string subject */
	MESSAGE_PLAN,	 /* broker -> client: string method, string URL, string body, string subject
			  */
	MESSAGE_CONFIRM, /* client -> broker: nothing; to refuse, it sends a CANCEL. Also that a
			    secret is whole */
	MESSAGE_CONFIRMED, /* broker -> worker: nothing; exactly what was proposed may be called */

	/* --- repositories: jobs JOB_REPOS_* --- */
	MESSAGE_REPOSITORIES, /* client -> broker, before its MESSAGE_JOB; broker -> worker, after
				 its MESSAGE_WORK: u16 n, n times {string owner, string name}. As
				 many messages as it takes for repos_request.listed */
	MESSAGE_SYNC,	      /* worker -> broker: sync order; one of at most `workers` at a time */
	MESSAGE_SYNCED,	      /* broker -> worker, id of the order: sync result */
	MESSAGE_UNCHANGED,    /* worker -> broker: u16 n, n times {string owner, string name, u8
				 enum unchanged_by}; for the record */
	MESSAGE_LOOK,	      /* worker -> broker -> tree, one at a time: u8 enum repos_mode, u16 n,
				 n times {string owner, string name} */
	MESSAGE_LOOKED,	      /* tree -> broker -> worker: bytes, for each enum tree_found */
	MESSAGE_PRUNE,	      /* worker -> broker -> client, once: u32 n, string the first of them,
				 one per line */
	MESSAGE_PRUNE_DECIDED, /* client -> broker -> worker: u8 1: remove them */
	MESSAGE_SYNC_PROGRESS, /* broker -> client: u32 done, u32 of how many (0: unknown), u32
				  failed, u64 bytes received so far; the worker tells the broker by
				  MESSAGE_PROGRESS, whose items are the failed ones */

	MESSAGE_STATES,	       /* broker -> store, once, instead of a search: string destination,
				  [socket to the worker; of MESSAGE_WORK the other end]. When that
				  ends, a MESSAGE_SEARCHED: how many states there are, and the
				  failure of what was not flushed */
	MESSAGE_STATE_GET,     /* worker -> store: u16 n, n times state key */
	MESSAGE_STATE_LIST,    /* worker -> store: state key of the last one it has; what follows in
				  order */
	MESSAGE_STATE_FOUND,   /* store -> worker: u16 n, n times sync state. To a get: those that
				  there are. To a list: the next ones, none at the end */
	MESSAGE_STATE_PUT,     /* worker -> store: sync state; not answered */
	MESSAGE_STATE_DROP,    /* worker -> store: state key; not answered */
	MESSAGE_STATE_FLUSH,   /* worker -> store: nothing; answered when all is on disk */
	MESSAGE_STATE_FLUSHED, /* store -> worker: failure: something since the last one is lost */

	MESSAGE_TREE_OPEN,   /* broker -> tree, once: u8 enum repos_mode, u8 enum repos_partial,
				string URL that OWNER/NAME.git follows on for the users' own git
				("": none); takes the lock, removes what an earlier run left */
	MESSAGE_TREE_OPENED, /* tree -> broker, once: failure */
	MESSAGE_TREE_BEGIN,  /* broker -> tree: u8 enum sync_action, string owner, string name,
				string owner and string name that it had before ("": the same),
				string default branch ("": unknown) */
	MESSAGE_TREE_READY,  /* tree -> broker, id of the begin: u8 enum sync_action as it is to be
				done, [directory, and of a working tree another] */
	MESSAGE_TREE_COMMIT, /* broker -> tree, id of the begin: string default branch */
	MESSAGE_TREE_ABORT,  /* broker -> tree, id of the begin: nothing */
	MESSAGE_TREE_REMOVE, /* broker -> tree: string owner, string name */
	MESSAGE_TREE_DONE,   /* tree -> broker, id of begin or remove; after COMMIT, ABORT, REMOVE,
				or instead of READY: failure, string path that was refused ("" if
				that was not why) */

	MESSAGE_GIT_WORK,     /* broker -> git, once: git work */
	MESSAGE_GIT_REQUEST,  /* git -> broker: u8 enum git_command, [sealed memfd with the request]
			       */
	MESSAGE_GIT_ANSWER,   /* broker -> git, id of the request: [pipe with the answer] */
	MESSAGE_GIT_ANSWERED, /* broker -> git, id of the request: failure; the pipe has it all */
	MESSAGE_GIT_RECEIVED, /* git -> broker: u64 bytes of answers so far */
	MESSAGE_GIT_DONE,     /* git -> broker, once: git result */

	/* --- vault and login --- */
	MESSAGE_SECRET_WANTED, /* broker -> client: [pipe that takes the secret], then a CONFIRM */
	MESSAGE_ENTRY,	       /* broker -> client: vault entry; one per credential listed */
	MESSAGE_VAULT,	       /* broker -> client: vault facts */
	MESSAGE_HEALTH, /* broker -> client, doctor only: u8 enum vault_state, string memory that
			   keys are in, string source of the key that opened the vault; a
			   MESSAGE_VAULT and this client's MESSAGE_ENTRY may follow, then
			   PROCESSES_READY */
	MESSAGE_LOGIN_CODE, /* broker -> client: string code for the user to type ("": of a login by
			       web flow), string URL to open, u32 seconds that it is good for */

	MESSAGE_CHECKPOINT, /* broker -> client: string signed note over the audit log */

	/* --- verification of an audit directory --- */
	MESSAGE_VERIFY, /* command, broker -> verify, once: verification question */
	MESSAGE_BUNDLE, /* the same, and a bundle of chosen records: verification question, review
			   request of which the filter counts, [pipe for the bundle] */
	MESSAGE_VERIFYING,  /* verify -> command, if it asked for that: u64 bytes read, u64 of how
			       many */
	MESSAGE_VERIFIED,   /* verify -> command, broker: verification result */
	MESSAGE_PIECE,	    /* verify -> its partner: u64 segment, u64 begin, u64 end: bytes */
	MESSAGE_PIECE_READ, /* partner -> verify: u64 begin, u64 end, bytes a struct
			       auditlog_stretch, none when the piece is not plainly fine */
};

/* Clients that the agent has handed on and the broker has not let go: the others wait to be
 * accepted. */
#define CLIENTS_MAX 256u

/* How a child ended, as the agent saw it. */
enum process_end { PROCESS_EXITED, PROCESS_SIGNALLED, PROCESS_VIOLATED_SANDBOX, PROCESS_ENDS };
/* The number of a PROCESS_VIOLATED_SANDBOX that nobody could tell. */
#define PROCESS_SYSCALL_UNKNOWN UINT32_MAX

/* Which addresses ghward-dial may connect to (design: public hosts, private hosts, literals). */
enum address_rule {
	ADDRESSES_PUBLIC,   /* github.com, *.ghe.com: global unicast only */
	ADDRESSES_PRIVATE,  /* another configured host: also private ranges, never link-local or
			       loopback */
	ADDRESSES_LOOPBACK, /* the origin itself says localhost or is a literal address */
	ADDRESS_RULES
};

enum job_kind {
	JOB_ALERTS_LIST,
	JOB_ALERTS_VIEW,
	JOB_ALERTS_INSTANCES,
	JOB_ALERTS_DISMISS,
	JOB_ALERTS_REOPEN,
	JOB_ALERTS_ASSIGN,
	JOB_ALERTS_UNASSIGN,
	JOB_RATE_LIMIT,
	JOB_AUTH_STATUS,
	JOB_AUTH_CHECK,
	JOB_AUTH_LOGIN,
	JOB_AUTH_LOGOUT,
	JOB_VAULT_INIT,
	JOB_VAULT_ADD,
	JOB_VAULT_LIST,
	JOB_VAULT_REMOVE,
	JOB_VAULT_ROTATE,
	JOB_VAULT_REKEY,
	JOB_VAULT_VERIFY,
	JOB_AUDIT_INCIDENTS_CLOSE,
	JOB_AUDIT_CHECKPOINT,
	JOB_DOCTOR,
	JOB_AUDIT_SEARCH,
	JOB_AUDIT_TAIL,
	JOB_AUDIT_STATS,
	JOB_AUDIT_EXPORT,
	JOB_AUDIT_INCIDENTS_LIST,
	JOB_AUDIT_INCIDENTS_SHOW,
	JOB_AUDIT_REPORT,
	JOB_REPOS_LIST,
	JOB_REPOS_SYNC,
	JOB_REPOS_STATUS,
	JOB_REPOS_VERIFY,
	JOB_KINDS
};

/* Whether a job's write needs nobody's word, is to be confirmed first, or must not be sent. */
enum consent { CONSENT_GIVEN, CONSENT_ASK, CONSENT_DRY_RUN, CONSENTS };

/* How the instances of an alert are put together. */
enum grouping { GROUP_NONE, GROUP_FILE, GROUP_STATE, GROUPINGS };

enum output_format {
	OUTPUT_TABLE, /* for a terminal: aligned, cut to its width */
	OUTPUT_LINES, /* for a pipe: tab-separated */
	OUTPUT_JSON,
	OUTPUT_FORMATS
};

/* Bytes of a pattern or a text in a review's filter. */
#define REVIEW_PATTERN_MAX 256u

/* Fields of --json at most; the tables of names are smaller. */
#define JOB_FIELDS_MAX 48u

/* Bytes of a --jq program at most: far more than a line that is typed, little enough for a compiler
 * that recurses. */
#define JOB_FILTER_MAX 4096u

/* What opens a vault, or shall open it. */
enum key_use {
	KEY_OPENS, /* what there is */
	KEY_NEW,   /* for vault init and rekey */
	KEY_USES
};
enum key_form {
	KEY_BASE64,	/* 32 bytes, canonical base64, perhaps a line feed behind it */
	KEY_PASSPHRASE, /* as it was typed, without a line feed */
	KEY_FORMS
};
#define KEYS_MAX 8u
#define KEY_MATERIAL_MAX 1024u

/* What a secret is that a client brings. */
enum secret_form {
	SECRET_TOKEN,	/* any of GitHub's */
	SECRET_APP_KEY, /* an App's private key, PEM */
	SECRET_CLIENT,	/* the client secret of an App or OAuth app */
	SECRET_FORMS
};

/* A vault entry that is to be made. Strings are "" where they do not apply. */
struct entry_request {
	const char *name;
	const char *owner;   /* user or organisation it is for; "" for any */
	const char *account; /* of an App key: the App's id or client id; else the client id */
	const char *scopes;  /* comma-separated: of a login those to ask for, else what is known */
	uint64_t expires;    /* seconds since 1970, 0 for unknown */
	enum secret_form form;
};

/* Names that stand for no vault entry in job_request.credential. */
#define CREDENTIAL_ENVIRONMENT "env" /* the environment's or gh's token, whatever the vault has */

/* An earlier copy of the vault, or one without its seal, is the vault from now on. */
#define VAULT_ACCEPT "accept"

/* A checkpoint is posted to audit.webhook, too. */
#define CHECKPOINT_PUSH "push"

enum audit_phase { AUDIT_INTENT, AUDIT_RESULT, AUDIT_NOTE, AUDIT_PHASES };
enum audit_severity { AUDIT_INFO, AUDIT_WARNING, AUDIT_CRITICAL, AUDIT_SEVERITIES };

/* What the records that a rule counts together have in common. */
enum rule_per { RULE_PER_ACTOR, RULE_PER_CREDENTIAL, RULE_PER_TARGET, RULE_PER_ALL, RULE_PERS };

/* What an incident makes ghward do; sets of them have bit 1 << action. */
enum rule_action {
	RULE_ALERT,	 /* post to audit.webhook */
	RULE_QUARANTINE, /* the credential is not used */
	RULE_BLOCK,	 /* nothing is done for the actor, or about the target */
	RULE_ACTIONS
};

#define RULES_MAX 32u
#define RULE_NAME_MAX 32u
#define RULE_PATTERN_MAX 64u
#define RULE_THRESHOLD_MAX 256u
#define RULE_WINDOW_MAX 2592000u /* 30 days */

/* So many records that look like this within a window are an incident. */
struct audit_rule {
	char name[RULE_NAME_MAX + 1], type[RULE_NAME_MAX + 1];		 /* of the incident */
	char event[RULE_PATTERN_MAX + 1], outcome[RULE_PATTERN_MAX + 1]; /* `*`: any characters */
	enum audit_phase phase;						 /* AUDIT_PHASES: any */
	enum audit_severity at_least;
	enum rule_per per;
	uint32_t threshold, window_s;
	enum audit_severity severity; /* of the incident */
	uint8_t actions;
};

/* A MESSAGE_SETTINGS at most. */
#define SETTINGS_MESSAGE_MAX 24576u

struct audit_rules {
	unsigned count;
	struct audit_rule list[RULES_MAX];
};

/* How the broker hears of an incident. */
enum incident_news {
	INCIDENT_OPENED,    /* by this writer, just now: responding is this broker's business */
	INCIDENT_FOUND,	    /* open at the start: what is not done yet is, too */
	INCIDENT_ELSEWHERE, /* opened by another writer, whose broker responds */
	INCIDENT_NEWS
};

#define INCIDENT_ID_LENGTH 21u /* "SEC-20260102-0123abcd" */
#define INCIDENT_SUBJECT_MAX 255u
#define INCIDENT_RECORDS_MAX 159u
#define INCIDENTS_MAX 1024u /* open at a time */

/* One that is open. */
struct incident {
	enum incident_news news;
	const char *id, *rule, *type;
	const char *subject; /* whom it is about: "uid:1000", "vault:work", "acme/shop", "all" */
	const char *records; /* numbers of the newest that led to it: "12,15" */
	enum rule_per per;
	enum audit_severity severity;
	uint8_t actions, done; /* sets: what shall be done, and what was */
	uint32_t count, window_s;
	uint64_t opened_us; /* since 1970 */
};

/* What an answer about the audit log looks like. */
enum review_format {
	REVIEW_TABLE, /* for a terminal */
	REVIEW_LINES, /* for a pipe: tab-separated */
	REVIEW_JSON,  /* an array */
	REVIEW_JSONL, /* the records as they are, one per line */
	REVIEW_CSV,
	REVIEW_OCSF,
	REVIEW_ECS,
	REVIEW_CEF,
	REVIEW_HTML,   /* of a report only */
	REVIEW_BUNDLE, /* of an export only: with proofs; ghward-verify makes it, and no worker */
	REVIEW_FORMATS
};

/* Which records of the audit log are meant; "" and 0 where it does not matter. In patterns `*`
 * stands for any characters. */
struct review_filter {
	uint64_t since_us, until_us;	     /* from, and before: microseconds since 1970 */
	const char *actor, *event, *outcome; /* patterns */
	const char *repository;		     /* a pattern for OWNER/REPO or OWNER in the target */
	const char *job;		     /* id */
	const char *text;		     /* stands anywhere in the line */
	uint8_t severities; /* bit 1 << enum audit_severity for each that is meant; 0: all */
};

struct review_request {
	struct review_filter filter;
	enum review_format format;
	uint8_t follow; /* 1: go on with what is appended */
	uint8_t newest; /* 1: `limit` counts from the end */
	/* The agent's audit directory is this one instead of the user's own; "" otherwise. */
	const char *directory;
	const char *name; /* an incident's id */
	const char *text; /* why an incident is closed; of a list one of the following */
};

#define INCIDENTS_OPEN "open"
#define INCIDENTS_CLOSED "closed"
#define INCIDENTS_ALL "all"

/* What a client asks for. Strings live in the message they were read from. */
struct job_request {
	enum job_kind kind;
	const char *api_url;	    /* the client's idea of it; "" for whatever the agent has */
	const char *credential;	    /* the one to use, or to remove; "" for the one that fits */
	struct entry_request entry; /* JOB_VAULT_ADD, JOB_AUTH_LOGIN */
	/* JOB_AUTH_CHECK: an id of the table, "" for all; JOB_VAULT_VERIFY: "" or VAULT_ACCEPT;
	 * JOB_AUDIT_CHECKPOINT: "" or CHECKPOINT_PUSH. */
	const char *operation;
	/* JOB_AUTH_LOGIN: PARAMETER_REDIRECT_URI makes it one by web flow. */
	struct operation_arguments arguments;
	uint32_t limit; /* items at most, 0 for all */
	uint8_t wait;	/* 1: wait for a rate limit to pass, however long GitHub says */
	enum consent consent;
	enum grouping grouping;
	enum output_format format;
	uint16_t width;			/* columns of the terminal */
	uint8_t colour;			/* 0 or 1 */
	uint8_t field_count;		/* 0: every field */
	uint8_t fields[JOB_FIELDS_MAX]; /* numbers of github/fields.h */
	const char *filter;		/* jq program that the JSON goes through, "" for none */
	struct review_request review;	/* JOB_AUDIT_* */
	struct repos_request repos;	/* JOB_REPOS_* */
};

/* The fixed fields of an HTTP answer and its opaque header strings, which only the worker looks
 * into. */
#define RESPONSE_NUMBER_ABSENT UINT64_MAX
struct response {
	uint16_t status;
	uint8_t attempts; /* it took; the broker's knowledge */
	uint8_t gzip;	  /* the body is still compressed */
	uint64_t body_size;
	uint64_t limit, remaining, used,
		reset;	      /* x-ratelimit-*, RESPONSE_NUMBER_ABSENT if absent */
	uint64_t retry_after; /* seconds, likewise */
	uint64_t date;	      /* of the server's clock, seconds since 1970, likewise */
	const char *request_id, *link, *content_type, *resource, *location;
	/* x-oauth-scopes, x-accepted-oauth-scopes, x-accepted-github-permissions,
	 * github-authentication-token-expiration. */
	const char *scopes, *accepted_scopes, *accepted_permissions, *token_expiration;
};

/* What answers ghward-mint can read. */
enum mint_kind {
	MINT_APP,		 /* GET /app */
	MINT_INSTALLATION,	 /* GET .../installation */
	MINT_INSTALLATION_TOKEN, /* POST .../access_tokens */
	MINT_DEVICE_CODE,	 /* POST /login/device/code */
	MINT_USER_TOKEN,	 /* POST /login/oauth/access_token */
	MINT_KINDS
};

/* What it read; "" and 0 where the answer has none. Every text but the secrets is printable. */
struct minted {
	enum mint_kind kind;
	const char *secret;	 /* token or device code */
	const char *refresh;	 /* refresh token */
	const char *error;	 /* OAuth's error code: "authorization_pending" */
	const char *message;	 /* GitHub's words on an error */
	const char *name;	 /* the App's slug, the account's login, the code for the user */
	const char *url;	 /* where that is typed */
	const char *permissions; /* "contents:read,metadata:read" in order; scopes with commas */
	uint64_t number;	 /* the App's or installation's id */
	uint64_t expires;	 /* INSTALLATION_TOKEN: seconds since 1970; else seconds from now */
	uint64_t refresh_expires; /* seconds from now */
	uint32_t interval;	  /* seconds between polls */
	uint8_t suspended;	  /* 1: the installation is */
};

/* What a job works with, as far as anybody may know it; "" and 0 for unknown. */
struct credential_facts {
	const char *name;   /* of the vault entry */
	const char *source; /* "vault", "GH_TOKEN", "gh auth token" */
	const char *reason; /* why this one */
	const char *kind;   /* "classic", "fine-grained", "app", ... */
	const char *owner;
	const char *account;	 /* an App's id, a login's client id */
	const char *permissions; /* scopes, or an installation's permissions, as in struct minted */
	uint64_t expires;
};

/* One credential of a vault. */
struct vault_entry {
	const char *name, *kind, *origin, *owner, *account, *scopes, *fingerprint;
	uint64_t created, expires, refresh_expires, last_used; /* seconds since 1970, 0: unknown */
};

/* What the doctor hears of a vault. */
enum vault_state {
	VAULT_STATE_ABSENT,
	VAULT_STATE_LOCKED, /* there was no key, or none that opens it */
	VAULT_STATE_OPEN,
	VAULT_STATE_FAULTY, /* damaged, rolled back, or not this user's alone */
	VAULT_STATES
};

/* A vault as a whole. */
struct vault_facts {
	uint64_t generation, entries;
	uint32_t term;	     /* the newest */
	const char *id;	     /* hexadecimal */
	const char *sources; /* what opens it: "key file, passphrase" */
};

#define AUDIT_DETAILS_MAX 12u

/* One audit record before it has its place in the chain. Strings are "" where they do not apply. */
struct audit_event {
	const char *actor, *job, *event, *target, *decision, *rule, *outcome, *request_id;
	enum audit_phase phase;
	enum audit_severity severity;
	uint32_t closes; /* of a result: id of the append of the intent that it ends, or 0 */
	unsigned detail_count;
	struct {
		const char *key, *value;
	} details[AUDIT_DETAILS_MAX];
};

/* What ghward-verify is asked. */
struct verify_question {
	uint8_t only_first_key; /* 1: no more than that needs is read */
	uint8_t progress;	/* 1: tell of it */
	/* As the reviewer kept them elsewhere, "" for none: a verifier key, a signed note. */
	const char *first_key, *checkpoint;
};

/* Payload of a verification result at most. */
#define VERIFY_RESULT_MAX 16384u

/* Findings at most, and kinds of them. */
#define VERIFY_FINDINGS_MAX 100u
#define VERIFY_KINDS_MAX 8u

/* What became of a checkpoint that was kept elsewhere. */
enum verify_kept { VERIFY_KEPT_NONE, VERIFY_KEPT_FOUND, VERIFY_KEPT_TOO_OLD, VERIFY_KEPTS };

/* What ghward-verify found. Strings are "" and numbers 0 where there is nothing to tell. */
struct verify_result {
	uint8_t ok;
	uint64_t records, segments;
	uint64_t bad_seq;	 /* when not ok */
	const char *bad_segment; /* file name, "" when ok */
	const char *bad_kind;	 /* "changed", "dropped", ... */
	const char *bad_meaning; /* a sentence about record bad_seq */
	const char *last_hash;	 /* leaf hash of the last record, hexadecimal */
	uint64_t bytes, elapsed_us;
	const char *origin;    /* the log's name */
	uint64_t epochs;       /* keys in turn, the last one's number */
	const char *first_key; /* verifier key */
	uint8_t key_matches;   /* 1: it is the one that was kept elsewhere */
	enum verify_kept kept;
	uint64_t signed_records; /* before the last checkpoint */
	const char *root, *note; /* of that: base64, and the whole signed note */
	uint8_t kind_count;
	struct {
		const char *name; /* "clock step" */
		uint64_t count;
	} kinds[VERIFY_KINDS_MAX]; /* of findings */
	uint8_t finding_count;
	struct {
		uint8_t kind; /* of those above */
		uint64_t seq;
		const char *detail;
	} findings[VERIFY_FINDINGS_MAX];     /* the first ones */
	uint64_t bundled, unsigned_left_out; /* chosen records in a bundle, and behind its end */
};

/* Handles a MESSAGE_HELLO whose report nobody looks at. */
int protocol_pass_over_hello(void *owner, struct ipc_incoming *);

void protocol_put_report(struct ipc_message *, const struct sandbox_report *);
void protocol_get_report(struct ipc_incoming *, struct sandbox_report *);
void protocol_put_settings(struct ipc_message *, const struct settings *);
void protocol_get_settings(struct ipc_incoming *, struct settings *);
void protocol_put_failure(struct ipc_message *, const struct failure *);
void protocol_get_failure(struct ipc_incoming *, struct failure *);
void protocol_put_arguments(struct ipc_message *, const struct operation_arguments *);
void protocol_get_arguments(struct ipc_incoming *, struct operation_arguments *);
void protocol_put_review(struct ipc_message *, const struct review_request *);
void protocol_get_review(struct ipc_incoming *, struct review_request *);
void protocol_put_request(struct ipc_message *, const struct job_request *);
void protocol_get_request(struct ipc_incoming *, struct job_request *);
void protocol_put_response(struct ipc_message *, const struct response *);
void protocol_get_response(struct ipc_incoming *, struct response *);
void protocol_put_minted(struct ipc_message *, const struct minted *);
void protocol_get_minted(struct ipc_incoming *, struct minted *);
void protocol_put_facts(struct ipc_message *, const struct credential_facts *);
void protocol_get_facts(struct ipc_incoming *, struct credential_facts *);
void protocol_put_entry(struct ipc_message *, const struct vault_entry *);
void protocol_get_entry(struct ipc_incoming *, struct vault_entry *);
void protocol_put_vault(struct ipc_message *, const struct vault_facts *);
void protocol_get_vault(struct ipc_incoming *, struct vault_facts *);
void protocol_put_event(struct ipc_message *, const struct audit_event *);
void protocol_get_event(struct ipc_incoming *, struct audit_event *);
void protocol_put_rules(struct ipc_message *, const struct audit_rules *);
void protocol_get_rules(struct ipc_incoming *, struct audit_rules *);
void protocol_put_incident(struct ipc_message *, const struct incident *);
void protocol_get_incident(struct ipc_incoming *, struct incident *);
void protocol_put_verify_question(struct ipc_message *, const struct verify_question *);
void protocol_get_verify_question(struct ipc_incoming *, struct verify_question *);
void protocol_put_verify_result(struct ipc_message *, const struct verify_result *);
void protocol_get_verify_result(struct ipc_incoming *, struct verify_result *);

#endif
