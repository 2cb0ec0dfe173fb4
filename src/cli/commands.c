/* The table of commands. */
#include "cli/commands.h"

#include <stddef.h>

#define O(option) OPTION_BIT(OPTION_##option)

/* What every command that works through an agent takes, and every one that asks GitHub. */
#define AGENT_OPTIONS (O(VAULT) | O(PRIVATE) | O(HELP))
#define JOB_OPTIONS (O(CREDENTIAL) | O(WAIT) | AGENT_OPTIONS)

/* What every command about the vault takes: a private agent is theirs anyway where they change its
 * keys. */
#define VAULT_OPTIONS (O(VAULT) | O(JSON_WHOLE) | O(HELP))
#define KEY_OPTIONS (O(KEY_FILE) | O(KEYRING) | O(PASSPHRASE))
#define SECRET_OPTIONS (O(FROM_FILE) | O(FROM_ENV))

/* What every command that changes something takes. */
#define WRITE_OPTIONS (O(REPO) | O(YES) | O(DRY_RUN) | O(JSON) | JOB_OPTIONS)

/* Which records of the audit log are meant, and of which log. */
#define PERIOD_OPTIONS (O(SINCE) | O(UNTIL))
#define RECORD_OPTIONS                                                                             \
	(PERIOD_OPTIONS | O(ACTOR) | O(EVENT) | O(OF_REPO) | O(OF_JOB) | O(SEVERITIES) |           \
	 O(OUTCOME) | O(TEXT))
#define LOG_OPTIONS (O(DIR) | O(PRIVATE) | O(HELP))

/* Which repositories are meant. */
#define SELECTION_OPTIONS (O(ORG) | O(USER) | O(REPOSITORIES) | O(FILE))
#define REPOSITORY_OPTIONS                                                                         \
	(SELECTION_OPTIONS | O(INCLUDE) | O(EXCLUDE) | O(TOPIC) | O(LANGUAGE) | O(ARCHIVED) |      \
	 O(FORKS) | O(VISIBILITY) | O(MIN_SIZE) | O(MAX_SIZE))

static const struct command commands[] = {
	{
		.name = "alerts list",
		.summary =
			"List the code scanning alerts of a repository, organisation or enterprise",
		.words = "",
		.options = O(REPO) | O(ORG) | O(ENTERPRISE) | O(STATE) | O(SEVERITY) |
			   O(TOOL_NAME) | O(TOOL_GUID) | O(REF) | O(PR) | O(FILTER_ASSIGNEE) |
			   O(SORT) | O(DIRECTION) | O(LIMIT) | O(JSON) | O(JQ) | JOB_OPTIONS,
		.examples =
			"ghward alerts list -R acme/shop --state open\n"
			"ghward alerts list -R acme/shop --pr 17 --tool-name CodeQL\n"
			"ghward alerts list --org acme --severity critical --json number,rule\n"
			"ghward alerts list -R acme/shop --jq \".[] | [.number, .state] | @tsv\"\n"
			"ghward alerts list --org acme --assignee none --sort updated\n"
			"ghward alerts list -R ghe.example.com/acme/shop -L 20",
		.run = alerts_list,
	},
	{
		.name = "alerts view",
		.summary = "Show one code scanning alert",
		.words = "NUMBER",
		.word_count = 1,
		.options = O(REPO) | O(JSON) | O(JQ) | JOB_OPTIONS,
		.examples = "ghward alerts view 42 -R acme/shop\n"
			    "ghward alerts view 42 -R acme/shop --json number,state,rule",
		.run = alerts_view,
	},
	{
		.name = "alerts instances",
		.summary = "List the places where an alert was found",
		.words = "NUMBER",
		.word_count = 1,
		.fields = FIELD_SET_INSTANCE,
		.options = O(REPO) | O(REF) | O(PR) | O(GROUP_BY) | O(LIMIT) | O(JSON) | O(JQ) |
			   JOB_OPTIONS,
		.examples = "ghward alerts instances 42 -R acme/shop\n"
			    "ghward alerts instances 42 -R acme/shop --ref main\n"
			    "ghward alerts instances 42 -R acme/shop --group-by file",
		.run = alerts_instances,
	},
	{
		.name = "alerts dismiss",
		.summary = "Dismiss a code scanning alert, with a reason and a comment",
		.words = "NUMBER",
		.word_count = 1,
		.options = O(REASON) | O(COMMENT) | O(REQUEST) | WRITE_OPTIONS,
		.required = O(REASON) | O(COMMENT),
		.examples =
			"ghward alerts dismiss 42 -R acme/shop -r wont-fix -c \"Old API, SEC-7\"\n"
			"ghward alerts dismiss 42 -R acme/shop --reason used-in-tests "
			"-c Fixture -n",
		.run = alerts_dismiss,
	},
	{
		.name = "alerts reopen",
		.summary = "Reopen a dismissed code scanning alert",
		.words = "NUMBER",
		.word_count = 1,
		.options = WRITE_OPTIONS,
		.examples = "ghward alerts reopen 42 -R acme/shop\n"
			    "ghward alerts reopen 42 -R acme/shop --yes",
		.run = alerts_reopen,
	},
	{
		.name = "alerts assign",
		.summary = "Assign a code scanning alert to people, instead of those before",
		.words = "NUMBER",
		.word_count = 1,
		.options = O(NEW_ASSIGNEE) | WRITE_OPTIONS,
		.required = O(NEW_ASSIGNEE),
		.examples = "ghward alerts assign 42 -R acme/shop --assignee octocat\n"
			    "ghward alerts assign 42 -R acme/shop -a octocat,hubot --yes",
		.run = alerts_assign,
	},
	{
		.name = "alerts unassign",
		.summary = "Take a code scanning alert from everybody it is assigned to",
		.words = "NUMBER",
		.word_count = 1,
		.options = WRITE_OPTIONS,
		.examples = "ghward alerts unassign 42 -R acme/shop",
		.run = alerts_unassign,
	},
	{
		.name = "audit checkpoint",
		.summary = "Sign the audit log as it is now, for a copy that is kept elsewhere",
		.words = "",
		.options = O(NOTE_FILE) | O(SYSLOG) | O(PUSH) | O(JSON_WHOLE) | AGENT_OPTIONS,
		.examples = "ghward audit checkpoint\n"
			    "ghward audit checkpoint -o /mnt/witness/checkpoints --syslog\n"
			    "ghward audit checkpoint --push",
		.run = audit_checkpoint,
	},
	{
		.name = "audit export",
		.summary = "Write records of the audit log for other programs",
		.words = "",
		.options = RECORD_OPTIONS | O(EXPORT_FORMAT) | O(BUNDLE) | O(OUTPUT) | LOG_OPTIONS,
		.examples = "ghward audit export --since 2026-01-01 --until 2026-01-31 "
			    "-o january.jsonl\n"
			    "ghward audit export --event \"auth.*\" --format csv\n"
			    "ghward audit export --since 24h --format ocsf\n"
			    "ghward audit export --job j-0123456789abcdef --bundle -o evidence",
		.run = audit_export,
	},
	{
		.name = "audit incidents",
		.summary =
			"List, show and close the incidents that the security monitor has opened",
		.words = "[list|show ID|close ID]",
		.word_count = 2,
		.word_optional = 2,
		.options = O(INCIDENT_STATE) | O(CLOSE_REASON) | O(DIR) | O(JSON_WHOLE) |
			   AGENT_OPTIONS,
		.examples = "ghward audit incidents --state all\n"
			    "ghward audit incidents show SEC-20260102-0123abcd\n"
			    "ghward audit incidents close SEC-20260102-0123abcd "
			    "--reason \"Token rotated\"",
		.run = audit_incidents,
	},
	{
		.name = "audit pubkey",
		.summary = "Print the audit log's first public key, to be kept elsewhere",
		.words = "",
		.options = O(DIR) | O(JSON_WHOLE) | O(HELP),
		.examples = "ghward audit pubkey >audit.pub\n"
			    "ghward audit pubkey --dir /mnt/evidence/audit",
		.run = audit_pubkey,
	},
	{
		.name = "audit report",
		.summary = "Sum up what was done, for those who have to answer for it",
		.words = "",
		.options = O(DAYS) | PERIOD_OPTIONS | O(REPORT_FORMAT) | O(OUTPUT) | LOG_OPTIONS,
		.examples = "ghward audit report --format html -o report.html\n"
			    "ghward audit report --since 2026-01-01 --until 2026-03-31\n"
			    "ghward audit report --days 7 --dir /mnt/evidence/audit",
		.run = audit_report,
	},
	{
		.name = "audit search",
		.summary = "Search the audit log",
		.words = "",
		.options =
			RECORD_OPTIONS | O(NEWEST) | O(SEARCH_FORMAT) | O(JSON_WHOLE) | LOG_OPTIONS,
		.examples = "ghward audit search --since 24h --severity warning,critical\n"
			    "ghward audit search --actor uid:1000 --since 2026-01-31 "
			    "--until 2026-01-31\n"
			    "ghward audit search --event \"alerts.*\" -R acme/shop --format csv\n"
			    "ghward audit search --job j-0123456789abcdef --json\n"
			    "ghward audit search --text GH_TOKEN --dir /mnt/evidence/audit",
		.run = audit_search,
	},
	{
		.name = "audit stats",
		.summary = "Count the records of the audit log by event, actor, outcome and day",
		.words = "",
		.options = RECORD_OPTIONS | O(JSON_WHOLE) | LOG_OPTIONS,
		.examples = "ghward audit stats --since 7d\n"
			    "ghward audit stats --actor uid:1000 --json",
		.run = audit_stats,
	},
	{
		.name = "audit tail",
		.summary =
			"Show the newest records of the audit log, and those that are written next",
		.words = "",
		.options = RECORD_OPTIONS | O(NEWEST) | O(FOLLOW) | O(SEARCH_FORMAT) |
			   O(JSON_WHOLE) | LOG_OPTIONS,
		.examples = "ghward audit tail\n"
			    "ghward audit tail -f --severity warning,critical\n"
			    "ghward audit tail -n 100 --format jsonl",
		.run = audit_tail,
	},
	{
		.name = "audit verify",
		.summary = "Check that the audit log is whole and unchanged",
		.words = "",
		.options = O(DIR) | O(FROM_KEY) | O(KEPT_CHECKPOINT) | O(JSON_WHOLE) | O(HELP),
		.examples = "ghward audit verify --from-key audit.pub\n"
			    "ghward audit verify --checkpoint /mnt/witness/checkpoints\n"
			    "ghward audit verify --dir /mnt/evidence/audit --json",
		.run = audit_verify,
	},
	{
		.name = "auth check",
		.summary = "Say for each operation whether the token suffices, without doing any",
		.words = "",
		.fields = FIELD_SET_AUTH_CHECK,
		.options = O(REPO) | O(FOR) | O(JSON) | JOB_OPTIONS,
		.examples = "ghward auth check -R acme/shop\n"
			    "ghward auth check --for alerts.dismiss -R acme/shop --json "
			    "verdict,missing",
		.run = auth_check,
	},
	{
		.name = "auth login",
		.summary = "Store a token in the vault, one from GitHub or one that you have",
		.words = "",
		.options = O(HOST) | O(NAME) | O(OWNER) | O(SCOPES) | O(EXPIRES) | O(CLIENT_ID) |
			   O(WEB) | O(REDIRECT_URI) | O(WITH_TOKEN) | SECRET_OPTIONS |
			   O(JSON_WHOLE) | AGENT_OPTIONS,
		.examples = "ghward auth login --client-id Iv23liAbCdEfGhIjKlMn\n"
			    "ghward auth login --host ghe.example.com --name work\n"
			    "ghward auth login --web --client-id Iv23liAbCdEfGhIjKlMn\n"
			    "ghward auth login --with-token < token.txt",
		.run = auth_login,
	},
	{
		.name = "auth logout",
		.summary = "Revoke a token where GitHub allows it, and remove it from the vault",
		.words = "[NAME]",
		.word_count = 1,
		.word_optional = 1,
		.options = O(HOST) | O(JSON_WHOLE) | AGENT_OPTIONS,
		.examples = "ghward auth logout\n"
			    "ghward auth logout work",
		.run = auth_logout,
	},
	{
		.name = "auth status",
		.summary = "Show which credential is used, why, for whom and until when",
		.words = "",
		.fields = FIELD_SET_AUTH_STATUS,
		.options = O(REPO) | O(USED_ORG) | O(JSON) | JOB_OPTIONS,
		.examples = "ghward auth status\n"
			    "ghward auth status -R acme/shop --json kind,expires\n"
			    "ghward auth status --org acme --credential work",
		.run = auth_status,
	},
	{
		.name = "doctor",
		.summary = "Show how every process is confined, as the kernel sees it",
		.words = "",
		.options = O(JSON_WHOLE) | AGENT_OPTIONS,
		.examples = "ghward doctor\n"
			    "ghward doctor --json",
		.run = doctor_run,
	},
	{
		.name = "operations",
		.summary = "Print everything that ghward can ever say to GitHub",
		.words = "",
		.options = O(JSON_WHOLE) | O(HELP),
		.examples = "ghward operations\n"
			    "ghward operations --json",
		.run = operations_run,
	},
	{
		.name = "rate-limit",
		.summary = "Show what is left of the API's rate limits",
		.words = "",
		.options = O(JSON) | O(JQ) | JOB_OPTIONS,
		.fields = FIELD_SET_RATE_LIMIT,
		.examples = "ghward rate-limit\n"
			    "ghward rate-limit --json resources",
		.run = rate_limit_run,
	},
	{
		.name = "repos list",
		.summary = "List the repositories of an organisation or user",
		.words = "",
		.fields = FIELD_SET_REPOSITORY,
		.options = REPOSITORY_OPTIONS | O(LIMIT) | O(JSON) | O(JQ) | JOB_OPTIONS,
		.examples = "ghward repos list --org acme --archived no\n"
			    "ghward repos list --org acme --include \"service-*\" --json\n"
			    "ghward repos list --user octocat --language C,Rust -L 20",
		.run = repos_list,
	},
	{
		.name = "repos status",
		.summary = "Show which repositories a directory has, and how fresh they are",
		.words = "",
		.fields = FIELD_SET_SYNC_STATE,
		.options =
			SELECTION_OPTIONS | O(DESTINATION) | O(LIMIT) | O(JSON) | O(JQ) | O(HELP),
		.required = O(DESTINATION),
		.examples = "ghward repos status --dest /srv/mirrors\n"
			    "ghward repos status --dest /srv/mirrors --org acme --json",
		.run = repos_status,
	},
	{
		.name = "repos sync",
		.summary = "Keep copies of repositories: clone what is new, fetch what changed",
		.words = "",
		.options = REPOSITORY_OPTIONS | O(DESTINATION) | O(WORKERS) | O(WORKTREE) |
			   O(DEPTH) | O(PARTIAL) | O(WIKI) | O(FULL) | O(PRUNE) | O(YES) |
			   O(JSON_LINES) | O(CREDENTIAL) | O(WAIT) | O(VAULT) | O(HELP),
		.required = O(DESTINATION),
		.examples =
			"ghward repos sync --org acme --dest /srv/mirrors\n"
			"ghward repos sync --org acme --dest /srv/mirrors --workers 16 --prune\n"
			"ghward repos sync -R acme/shop,acme/web --dest ~/src --worktree\n"
			"ghward repos sync --file repos.txt --dest /srv/mirrors --json\n"
			"ghward repos sync --user octocat --forks no --max-size 2G --dest m",
		.run = repos_sync,
	},
	{
		.name = "repos verify",
		.summary = "Let git check every object of the repositories in a directory",
		.words = "",
		.options = SELECTION_OPTIONS | O(DESTINATION) | O(WORKERS) | O(WORKTREE) |
			   O(JSON_LINES) | O(HELP),
		.required = O(DESTINATION),
		.examples = "ghward repos verify --dest /srv/mirrors\n"
			    "ghward repos verify --dest ~/src --worktree -R acme/shop --json",
		.run = repos_verify,
	},
	{
		.name = "serve",
		.summary = "Run the agent for other commands, until SIGTERM or SIGINT",
		.words = "",
		.options = O(VAULT) | O(SHARED) | O(HELP),
		.examples = "ghward serve\n"
			    "ghward serve --shared\n"
			    "GITHUB_API_URL=https://ghe.example.com/api/v3 ghward serve",
		.run = serve_run,
	},
	{
		.name = "vault add",
		.summary = "Store a token, or what an App proves itself with, in the vault",
		.words = "NAME",
		.word_count = 1,
		.options = O(HOST) | O(OWNER) | O(SCOPES) | O(EXPIRES) | O(APP_ID) | O(SECRET_OF) |
			   SECRET_OPTIONS | O(JSON_WHOLE) | AGENT_OPTIONS,
		.required = O(HOST),
		.examples = "ghward vault add work --host github.com < token.txt\n"
			    "ghward vault add ci --host ghe.example.com --from-env CI_TOKEN\n"
			    "ghward vault add app --host github.com --app-id 12345 "
			    "--from-file app.pem\n"
			    "ghward vault add web --host github.com "
			    "--client-id Iv23liAbCd < secret",
		.run = vault_add,
	},
	{
		.name = "vault init",
		.summary = "Make a vault and say what opens it",
		.words = "",
		.options = KEY_OPTIONS | VAULT_OPTIONS,
		.examples = "ghward vault init --key-file ~/.config/ghward/vault.key\n"
			    "ghward vault init --passphrase",
		.run = vault_init,
	},
	{
		.name = "vault list",
		.summary = "List the credentials of the vault, without their secrets",
		.words = "",
		.fields = FIELD_SET_ENTRY,
		.options = O(JSON) | AGENT_OPTIONS,
		.examples = "ghward vault list\n"
			    "ghward vault list --json name,host,expires,state",
		.run = vault_list,
	},
	{
		.name = "vault rekey",
		.summary = "Let another key open the vault, and those before no more",
		.words = "",
		.options = KEY_OPTIONS | VAULT_OPTIONS,
		.examples = "ghward vault rekey --key-file ~/.config/ghward/vault-2.key",
		.run = vault_rekey,
	},
	{
		.name = "vault remove",
		.summary = "Remove a credential from the vault; GitHub is not told",
		.words = "NAME",
		.word_count = 1,
		.options = O(JSON_WHOLE) | AGENT_OPTIONS,
		.examples = "ghward vault remove work",
		.run = vault_remove,
	},
	{
		.name = "vault rotate",
		.summary = "Encrypt every credential of the vault again, under new inner keys",
		.words = "",
		.options = VAULT_OPTIONS,
		.examples = "ghward vault rotate",
		.run = vault_rotate,
	},
	{
		.name = "vault verify",
		.summary = "Check every byte of the vault, and that it is not an older one",
		.words = "",
		.options = O(ACCEPT) | VAULT_OPTIONS,
		.examples = "ghward vault verify\n"
			    "ghward vault verify --json",
		.run = vault_verify,
	},
};

const struct command *commands_at(size_t index)
{
	return index < sizeof(commands) / sizeof(commands[0]) ? &commands[index] : NULL;
}
