/* One job from its request to the exit status: what the commands that ask an agent have in common.
 */
#ifndef GHWARD_CLI_JOB_H
#define GHWARD_CLI_JOB_H

#include "cli/commands.h"
#include "cli/repository_list.h"
#include "cli/session.h"
#include "lib/ipc/protocol.h"

/* Runs the job of a worker through an agent. `repo_host` is the host part of -R, NULL where there
 * is none. Fills in the form of the output and the credential. Returns the exit status. */
int job_run(const struct invocation *, struct job_request *, const char *repo_host)
	__attribute__((nonnull(1, 2)));

/* What a job about repositories has besides. */
struct job_repositories {
	const struct repository_list *listed;
	struct destination *destination; /* NULL for none; its agent is a private one */
};

/* The same for one of those. */
int job_run_repositories(const struct invocation *, struct job_request *, const char *repo_host,
			 const struct job_repositories *) __attribute__((nonnull(1, 2, 4)));

/* How an agent is started for a command, by its options and the environment: with a token where the
 * command asks GitHub and names no credential of the vault, with the vault's keys unless it names
 * the environment's token. */
void job_launch(const struct invocation *, const struct environment_api *, struct launch *)
	__attribute__((nonnull));

enum session_agent job_agent(const struct invocation *) __attribute__((nonnull));

#endif
