/* From the command line to a request about repositories. */
#include "cli/repos_request.h"

#include "cli/request.h"
#include "lib/github/web.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define WORKERS_DEFAULT 8u

/* --- which --- */

/* [HOST/]OWNER/REPO; like one host, the others name the same or none. */
static int take_named(struct repos_order *order, const char *text, size_t length,
		      struct failure *failure)
{
	struct validate_repo_spec spec;

	if (validate_repo_spec(text, length, &spec) < 0)
		return failure_usage(failure,
				     "\"%.*s\" is no valid --repo: expected [HOST/]OWNER/REPO",
				     (int)(length < 200 ? length : 200), text);
	if (*spec.host && *order->host && strcasecmp(spec.host, order->host) != 0)
		return failure_usage(failure, "--repo names two hosts, %s and %s", order->host,
				     spec.host);
	if (*spec.host)
		snprintf(order->host, sizeof(order->host), "%s", spec.host);
	return repository_list_add(&order->listed, spec.owner, spec.repo, failure);
}

static int take_list(struct repos_order *order, const char *list, struct failure *failure)
{
	for (;;) {
		size_t length = strcspn(list, ",");
		if (take_named(order, list, length, failure) < 0)
			return -1;
		if (!list[length])
			return 0;
		list += length + 1;
	}
}

/* Whether the addresses in the file are those of the API that is asked, or of git beside it. */
static bool is_at_api(const struct repository_url *named, const char *api_url,
		      const struct environment *environment)
{
	const char *variable, *git = environment_setting(environment, SETTINGS_GIT_URL, &variable);
	char site[GITHUB_WEB_URL_MAX];

	return (git && repository_url_is_at(named, git)) ||
	       (github_web_url(api_url, site, sizeof(site)) == 0 &&
		repository_url_is_at(named, site));
}

/* Where nothing else says which API is meant, the addresses do. */
static int judge_host(struct repos_order *order, const char *file,
		      const struct environment *environment, struct failure *failure)
{
	const struct repository_url *named = &order->listed.named;
	struct environment_api api;

	if (!*named->host)
		return 0;
	if (environment_find_api(environment, NULL, &api, failure) < 0)
		return -1;
	if (!api.chosen) {
		bool usual = !named->port || named->port == 443;
		snprintf(order->host, sizeof(order->host), usual ? "%s" : "%s:%u", named->host,
			 named->port);
		if (environment_find_api(environment, order->host, &api, failure) < 0)
			return -1;
	}
	if (is_at_api(named, api.url, environment))
		return 0;
	return failure_usage(failure, "%.200s:%u: %s is not where the repositories of %s are", file,
			     order->listed.named_line, named->host, api.url);
}

static int take_file(struct repos_order *order, const char *file,
		     const struct environment *environment, struct failure *failure)
{
	if (repository_list_read(&order->listed, file, failure) < 0 ||
	    judge_host(order, strcmp(file, "-") == 0 ? "standard input" : file, environment,
		       failure) < 0)
		return -1;
	return order->listed.count ? 0 : failure_usage(failure, "%.200s names no repository", file);
}

static int take_each(struct repos_order *order, const struct options *options,
		     struct failure *failure)
{
	const char *list;
	unsigned at = 0;

	while ((list = options_next(options, OPTION_REPOSITORIES, &at))) {
		if (take_list(order, list, failure) < 0)
			return -1;
	}
	return 0;
}

static int select_repositories(struct repos_order *order, const struct options *options,
			       const struct environment *environment, struct failure *failure)
{
	const char *const *values = options->values;
	const char *file = values[OPTION_FILE];
	bool is_local = order->job.kind == JOB_REPOS_STATUS || order->job.kind == JOB_REPOS_VERIFY;
	int given = !!values[OPTION_ORG] + !!values[OPTION_USER] + !!values[OPTION_REPOSITORIES] +
		    !!file;

	if (given > 1)
		return failure_usage(failure,
				     "--org, --user, --repo and --file exclude each other");
	if (!given && !is_local)
		return failure_usage(failure, "which repositories? Add --org ORG, --user LOGIN, "
					      "-R OWNER/REPO or --file FILE");
	order->job.arguments.values[PARAMETER_ORG] = values[OPTION_ORG];
	order->job.arguments.values[PARAMETER_USERNAME] = values[OPTION_USER];
	if (take_each(order, options, failure) < 0 ||
	    (file && take_file(order, file, environment, failure) < 0))
		return -1;
	repository_list_unique(&order->listed);
	order->job.repos.listed = order->listed.count;
	return 0;
}

/* --- filters --- */

/* The words are in the order of enum repos_with. */
static int set_with(enum repos_with *with, enum option_id id, const struct options *options,
		    struct failure *failure)
{
	const char *text = options->values[id];
	int word = text ? option_word_index(id, text, strlen(text)) : REPOS_WITH;

	if (word < 0)
		return option_no_word(id, text, failure);
	*with = (enum repos_with)word;
	return 0;
}

/* The words are in the order of REPOS_PUBLIC and following. */
static int set_visibility(struct repos_request *repos, const struct options *options,
			  struct failure *failure)
{
	const char *list;
	unsigned at = 0;

	while ((list = options_next(options, OPTION_VISIBILITY, &at))) {
		for (;;) {
			size_t length = strcspn(list, ",");
			int word = option_word_index(OPTION_VISIBILITY, list, length);
			if (word < 0)
				return option_no_word(OPTION_VISIBILITY, list, failure);
			repos->visibility |= (uint8_t)(1u << word);
			if (!list[length])
				break;
			list += length + 1;
		}
	}
	return 0;
}

/* "20M" in units of 1,024 bytes. */
static int set_size(uint32_t *size_kb, enum option_id id, const struct options *options,
		    struct failure *failure)
{
	static const char units[] = "KMG";
	const char *text = options->values[id];
	size_t length = text ? strlen(text) : 0;
	uint32_t number;

	if (!text)
		return 0;
	const char *unit = strchr(units, text[length - 1]);
	unsigned shift = unit ? 10 * (unsigned)(unit - units) : 0;
	if (!unit || validate_parse_u32(text, length - 1, 1, UINT32_MAX >> shift, &number) < 0)
		return failure_usage(failure,
				     "\"%.100s\" is no valid --%s: expected a size such as 500K, "
				     "20M or 2G",
				     text, option_get(id)->name);
	*size_kb = number << shift;
	return 0;
}

static int set_sizes(struct repos_request *repos, const struct options *options,
		     struct failure *failure)
{
	if (set_size(&repos->size_min_kb, OPTION_MIN_SIZE, options, failure) < 0 ||
	    set_size(&repos->size_max_kb, OPTION_MAX_SIZE, options, failure) < 0)
		return -1;
	if (repos->size_max_kb && repos->size_max_kb < repos->size_min_kb)
		return failure_usage(failure, "--max-size %s is below --min-size %s",
				     options->values[OPTION_MAX_SIZE],
				     options->values[OPTION_MIN_SIZE]);
	return 0;
}

static int set_list(char text[REPOS_PATTERNS_MAX + 1], enum option_id id,
		    const struct options *options, struct failure *failure)
{
	size_t characters;

	if (options_join(options, id, text, REPOS_PATTERNS_MAX + 1, failure) < 0)
		return -1;
	return validate_utf8(text, strlen(text), &characters)
		       ? 0
		       : failure_usage(failure, "--%s is not UTF-8", option_get(id)->name);
}

static int set_filters(struct repos_order *order, const struct options *options,
		       struct failure *failure)
{
	struct repos_request *repos = &order->job.repos;

	if (set_list(order->include, OPTION_INCLUDE, options, failure) < 0 ||
	    set_list(order->exclude, OPTION_EXCLUDE, options, failure) < 0 ||
	    set_list(order->topic, OPTION_TOPIC, options, failure) < 0 ||
	    set_list(order->language, OPTION_LANGUAGE, options, failure) < 0)
		return -1;
	repos->include = order->include;
	repos->exclude = order->exclude;
	repos->topic = order->topic;
	repos->language = order->language;
	if (set_with(&repos->archived, OPTION_ARCHIVED, options, failure) < 0 ||
	    set_with(&repos->forks, OPTION_FORKS, options, failure) < 0 ||
	    set_visibility(repos, options, failure) < 0)
		return -1;
	return set_sizes(repos, options, failure);
}

/* --- how --- */

static int set_number(uint32_t *number, enum option_id id, uint32_t max,
		      const struct options *options, struct failure *failure)
{
	const char *text = options->values[id];

	if (!text || validate_parse_u32(text, strlen(text), 1, max, number) == 0)
		return 0;
	return failure_usage(failure, "\"%.100s\" is no valid --%s: expected a number from 1 to %u",
			     text, option_get(id)->name, max);
}

/* The words are in the order of enum repos_partial. */
static int set_partial(struct repos_request *repos, const struct options *options,
		       struct failure *failure)
{
	const char *text = options->values[OPTION_PARTIAL];
	int word = text ? option_word_index(OPTION_PARTIAL, text, strlen(text)) : 0;

	if (!text)
		return 0;
	if (word < 0)
		return option_no_word(OPTION_PARTIAL, text, failure);
	if (repos->mode == REPOS_WORKTREE)
		return failure_usage(failure, "--partial and --worktree exclude each other: a "
					      "working tree needs every file");
	repos->partial = (enum repos_partial)(REPOS_WHOLE + 1 + word);
	return 0;
}

static int set_mode(struct job_request *job, const struct options *options, struct failure *failure)
{
	const char *const *values = options->values;
	struct repos_request *repos = &job->repos;
	uint32_t workers = WORKERS_DEFAULT;

	repos->mode = values[OPTION_WORKTREE] ? REPOS_WORKTREE : REPOS_MIRROR;
	repos->full = values[OPTION_FULL] != NULL;
	repos->wiki = values[OPTION_WIKI] != NULL;
	if (set_number(&workers, OPTION_WORKERS, REPOS_WORKERS_MAX, options, failure) < 0 ||
	    set_number(&repos->depth, OPTION_DEPTH, INT32_MAX, options, failure) < 0)
		return -1;
	repos->workers = (uint8_t)workers;
	return set_partial(repos, options, failure);
}

static int set_prune(struct job_request *job, const struct options *options, bool can_ask,
		     struct failure *failure)
{
	job->repos.prune = options->values[OPTION_PRUNE] != NULL;
	job->consent = options->values[OPTION_YES] ? CONSENT_GIVEN : CONSENT_ASK;
	if (job->repos.prune &&
	    (options->values[OPTION_REPOSITORIES] || options->values[OPTION_FILE]))
		return failure_usage(failure, "--prune needs --org or --user: only the list of all "
					      "repositories of an owner shows what is gone");
	if (!job->repos.prune || job->consent == CONSENT_GIVEN || can_ask)
		return 0;
	return failure_usage(failure, "nobody can be asked what to remove: add --yes to --prune to "
				      "do it without");
}

int repos_order_make(struct repos_order *order, enum job_kind kind, const struct options *options,
		     const struct environment *environment, bool can_ask, struct failure *failure)
{
	enum field_set fields =
		kind == JOB_REPOS_STATUS ? FIELD_SET_SYNC_STATE : FIELD_SET_REPOSITORY;

	memset(order, 0, sizeof(*order));
	order->job.kind = kind;
	order->job.api_url = "";
	if (request_set_form(&order->job, fields, options, failure) < 0 ||
	    set_filters(order, options, failure) < 0 ||
	    set_mode(&order->job, options, failure) < 0 ||
	    set_prune(&order->job, options, can_ask, failure) < 0)
		return -1;
	return select_repositories(order, options, environment, failure);
}

void repos_order_free(struct repos_order *order)
{
	repository_list_free(&order->listed);
}
