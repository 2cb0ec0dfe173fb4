/* What the doctor says about secrets at rest and in memory: files, keys, credentials. Nothing here
 * makes a verdict on the confinement; what could be better is a warning. */
#ifndef GHWARD_CLI_DOCTOR_HEALTH_H
#define GHWARD_CLI_DOCTOR_HEALTH_H

#include "lib/ipc/protocol.h"
#include "lib/json/write.h"

#include <stdbool.h>
#include <sys/stat.h>

#define HEALTH_FINDINGS_MAX 64u

struct health_finding {
	const char *subject; /* "vault", "credential" */
	char value[320];     /* which one, and how it is */
	char advice[192];    /* "" where all is well */
};

struct doctor_health {
	bool told; /* the broker has said what follows */
	enum vault_state vault;
	char memory[32], key_source[64]; /* "" for none */
	bool counted;			 /* it has also said how many credentials there are */
	uint64_t entries;
	unsigned finding_count, left_out;
	struct health_finding findings[HEALTH_FINDINGS_MAX];
};

/* Who may do what with a file of ours. */
enum health_rule {
	HEALTH_PRIVATE, /* nobody else anything */
	HEALTH_SETTINGS /* the same of the user's own; root's may be read by all */
};

/* The rules are for a file or directory as lstat(2) shows it to this user. */
void health_add_file(struct doctor_health *, const char *subject, const char *path,
		     const struct stat *, enum health_rule, uid_t user) __attribute__((nonnull));

/* That the environment of this command holds the key itself. */
void health_add_key_in_environment(struct doctor_health *) __attribute__((nonnull));

/* Reads a MESSAGE_HEALTH, MESSAGE_VAULT or MESSAGE_ENTRY. Returns 0, or -1. */
int health_take(struct doctor_health *, struct ipc_incoming *, uint64_t now_s)
	__attribute__((warn_unused_result, nonnull));

/* --- printing --- */

/* The value of the key "health". */
void health_put_json(const struct doctor_health *, struct json_writer *) __attribute__((nonnull));

void health_print(const struct doctor_health *) __attribute__((nonnull));

#endif
