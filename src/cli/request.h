/* From the command line to a job request. The form of the request is checked here; its values are
 * judged by the broker, which refuses and records them before anything is sent. */
#ifndef GHWARD_CLI_REQUEST_H
#define GHWARD_CLI_REQUEST_H

#include "cli/environment.h"
#include "cli/options.h"
#include "lib/github/fields.h"
#include "lib/ipc/protocol.h"

/* A job and the strings it points to. */
struct request {
	struct job_request job;
	struct validate_repo_spec repo;
};

/* The host part of -R or GH_REPO, NULL where there is none. */
const char *request_host(const struct request *) __attribute__((nonnull));

/* Each returns 0, or -1 with a FAILURE_USAGE. The strings of options and environment must outlive
 * the request. */

/* Arguments of a list: exactly one of --repo (or $GH_REPO), --org and --enterprise, the filters,
 * the limit and the fields. */
int request_make_list(struct request *, const struct options *, const struct environment *,
		      struct failure *) __attribute__((warn_unused_result, nonnull));

/* Arguments of one alert: --repo (or $GH_REPO), the number and the fields. */
int request_make_view(struct request *, const struct options *, const struct environment *,
		      struct failure *) __attribute__((warn_unused_result, nonnull));

/* Arguments of an alert's instances: the same, with filters, limit and grouping. */
int request_make_instances(struct request *, const struct options *, const struct environment *,
			   struct failure *) __attribute__((warn_unused_result, nonnull));

/* Arguments of a change of one alert. `can_ask` tells whether somebody sits at a terminal and can
 * be asked to confirm; without, --yes or --dry-run is needed. */
int request_make_write(struct request *, enum job_kind, const struct options *,
		       const struct environment *, bool can_ask, struct failure *)
	__attribute__((warn_unused_result, nonnull));

/* --json "resources" for the rate limit. */
int request_make_rate_limit(struct request *, const struct options *, struct failure *)
	__attribute__((warn_unused_result, nonnull));

/* What `auth status` is about: --repo (or $GH_REPO), --org, or neither. */
int request_make_auth_status(struct request *, const struct options *, const struct environment *,
			     struct failure *) __attribute__((warn_unused_result, nonnull));

/* --repo (or $GH_REPO) and the operation of `auth check`, by its id or by the command that needs it
 * ("alerts.dismiss"). */
int request_make_auth_check(struct request *, const struct options *, const struct environment *,
			    struct failure *) __attribute__((warn_unused_result, nonnull));

/* --limit, --jq and --json of a list. */
int request_set_form(struct job_request *, enum field_set, const struct options *, struct failure *)
	__attribute__((warn_unused_result, nonnull));

/* "number,state" for --json. */
int request_set_fields(struct job_request *, enum field_set, const char *list, struct failure *)
	__attribute__((warn_unused_result, nonnull));

#endif
