/* The broker: the only process that holds tokens, decides, and writes URLs. It parses nothing that
 * came from GitHub. This header is what its parts share. */
#ifndef GHWARD_BROKER_BROKER_H
#define GHWARD_BROKER_BROKER_H

#include "broker/secrets.h"
#include "lib/base/log.h"
#include "lib/ipc/channel.h"
#include "lib/ipc/protocol.h"

#include <sys/types.h>

struct audit_log;
struct bearer;
struct client;
struct environment_token;
struct job;
struct keeper;
struct known_incident;
struct process;

/* Whose clients an agent serves. */
enum broker_mode {
	MODE_PRIVATE, /* one, with which it ends */
	MODE_SERVE,   /* of its own user */
	MODE_SHARED,  /* of every user; each has credentials of his own in the vault */
	MODES
};

struct broker {
	struct loop *loop;
	struct ipc_channel *agent, *config;
	struct audit_log *audit;
	struct secrets *secrets;
	struct environment_token *environment;
	struct keeper *keeper;
	struct bearer *bearers;
	struct loop_timer *revoking; /* until which tokens are revoked, at the end */
	struct loop_timer *alerting; /* and until which alerts are waited for */
	bool revoked, alerted;
	bool configured;
	bool incidents_known; /* all that are open were told */
	struct settings settings;
	struct audit_rules rules;
	struct known_incident *incidents; /* that are open */
	struct failure misconfigured;	  /* FAILURE_NONE unless the configuration cannot be used */
	struct client *clients;
	unsigned clients_gone; /* the agent has not been told yet */
	struct job *jobs;
	unsigned calls; /* of all jobs */
	struct process *processes;
	uint32_t next_order; /* for process.c */
	pid_t audit_pid;
	struct sandbox_report agent_report, own_report, audit_report;
	bool mode_known;
	enum broker_mode mode;
	bool client_seen;
	bool ending;
	int status;
};

/* Runs until the agent says so or the private client is gone; returns the exit status. */
int broker_run(const struct sandbox_report *own_report, struct secrets *) __attribute__((nonnull));

/* True when settings, keys and open incidents are known, so that jobs can be decided; incidents
 * also when nobody can tell them, as nothing is done then that needs a record. */
bool broker_ready(const struct broker *) __attribute__((nonnull));
/* One of them has become known. */
void broker_ready_again(struct broker *) __attribute__((nonnull));

/* The level of an error that clients hear of as well: a private agent's client is all there is. */
enum log_level broker_error_level(const struct broker *) __attribute__((nonnull));

/* Called when something that jobs or the end of the broker wait for has happened. */
void broker_progress(struct broker *) __attribute__((nonnull));

/* Ends the broker after cancelling all jobs; nothing that follows can be trusted. */
void broker_fail_closed(struct broker *, const char *why) __attribute__((nonnull));

#endif
