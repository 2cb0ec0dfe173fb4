/* Requests about repositories: one selection, filters with closed sets, one host. */
#include "cli/repos_request.h"
#include "lib/base/io.h"
#include "lib/github/fields.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static struct options options;
static struct repos_order order;
static struct failure failure;
static const char *api_url, *git_url;
static char file[] = "/tmp/ghward-repos-XXXXXX";

static const char *lookup(void *context, const char *name)
{
	(void)context;
	if (strcmp(name, "GITHUB_API_URL") == 0)
		return api_url;
	return strcmp(name, "GHWARD_GIT_URL") == 0 ? git_url : NULL;
}

static const struct environment environment = {.lookup = lookup};

static int set_up(void **state)
{
	(void)state;
	memset(&options, 0, sizeof(options));
	memset(&failure, 0, sizeof(failure));
	api_url = git_url = NULL;
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	repos_order_free(&order);
	return 0;
}

static void give(enum option_id id, const char *value)
{
	options.values[id] = value;
	options.lists[options.list_count].option = id;
	options.lists[options.list_count++].value = value;
}

static int make(enum job_kind kind)
{
	repos_order_free(&order);
	return repos_order_make(&order, kind, &options, &environment, false, &failure);
}

static void assert_made(enum job_kind kind)
{
	if (make(kind) < 0)
		fail_msg("%s", failure.message);
}

static void assert_refused(enum job_kind kind, const char *part)
{
	assert_int_equal(make(kind), -1);
	assert_int_equal(failure.kind, FAILURE_USAGE);
	if (!strstr(failure.message, part))
		fail_msg("\"%s\" should mention \"%s\"", failure.message, part);
}

static void put_file(const char *text)
{
	FILE *out = fopen(file, "we");

	assert_non_null(out);
	fputs(text, out);
	assert_int_equal(fclose(out), 0);
	options.values[OPTION_FILE] = file;
}

/* --- which --- */

static void test_an_owner(void **state)
{
	(void)state;
	options.values[OPTION_ORG] = "acme";
	options.values[OPTION_LIMIT] = "20";
	options.values[OPTION_JSON] = field_name(FIELD_SET_REPOSITORY, 0);
	assert_made(JOB_REPOS_LIST);
	assert_int_equal(order.job.kind, JOB_REPOS_LIST);
	assert_string_equal(order.job.arguments.values[PARAMETER_ORG], "acme");
	assert_null(order.job.arguments.values[PARAMETER_USERNAME]);
	assert_int_equal(order.job.limit, 20);
	assert_int_equal(order.job.field_count, 1);
	assert_int_equal(order.job.repos.listed, 0);
	options.values[OPTION_ORG] = NULL;
	options.values[OPTION_USER] = "octocat";
	options.values[OPTION_JSON] = NULL;
	assert_made(JOB_REPOS_SYNC);
	assert_string_equal(order.job.arguments.values[PARAMETER_USERNAME], "octocat");
	assert_string_equal(order.host, "");
}

static void test_named_ones(void **state)
{
	(void)state;
	give(OPTION_REPOSITORIES, "acme/shop,acme/web");
	give(OPTION_REPOSITORIES, "other/tool");
	give(OPTION_REPOSITORIES, "ghes.example/ACME/Shop,GHES.example/acme/api");
	assert_made(JOB_REPOS_SYNC);
	assert_int_equal(order.job.repos.listed, 4);
	assert_string_equal(order.listed.names[0].repo, "shop");
	assert_string_equal(order.listed.names[3].repo, "api");
	assert_string_equal(order.host, "ghes.example");
}

static void test_wrong_names(void **state)
{
	static const char *const wrong[] = {"acme", "acme/", "a/b,", ",a/b", "a/b,,c/d", "h/a/b/c"};

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		set_up(NULL);
		give(OPTION_REPOSITORIES, wrong[i]);
		assert_refused(JOB_REPOS_LIST, "OWNER/REPO");
	}
	set_up(NULL);
	give(OPTION_REPOSITORIES, "a.example/o/r,b.example/o/r");
	assert_refused(JOB_REPOS_LIST, "two hosts");
}

static void test_exactly_one_selection(void **state)
{
	(void)state;
	assert_refused(JOB_REPOS_LIST, "which repositories");
	assert_refused(JOB_REPOS_SYNC, "which repositories");
	assert_made(JOB_REPOS_STATUS);
	assert_made(JOB_REPOS_VERIFY);
	options.values[OPTION_ORG] = "acme";
	options.values[OPTION_USER] = "octocat";
	assert_refused(JOB_REPOS_LIST, "exclude");
	options.values[OPTION_USER] = NULL;
	give(OPTION_REPOSITORIES, "a/b");
	assert_refused(JOB_REPOS_STATUS, "exclude");
	options.values[OPTION_ORG] = NULL;
	options.values[OPTION_FILE] = file;
	assert_refused(JOB_REPOS_SYNC, "exclude");
}

/* --- files --- */

static void test_a_file(void **state)
{
	(void)state;
	put_file("acme/shop\nacme/web\nACME/SHOP\n");
	assert_made(JOB_REPOS_SYNC);
	assert_int_equal(order.job.repos.listed, 2);
	assert_string_equal(order.host, "");
	put_file("# nothing\n");
	assert_refused(JOB_REPOS_SYNC, "names no repository");
}

/* As the host of -R does. */
static void test_addresses_choose_the_server(void **state)
{
	(void)state;
	put_file("acme/shop\nhttps://ghes.example:8443/acme/web\n");
	assert_made(JOB_REPOS_SYNC);
	assert_string_equal(order.host, "ghes.example:8443");
	put_file("git@github.com:acme/shop.git\n");
	assert_made(JOB_REPOS_SYNC);
	assert_string_equal(order.host, "github.com");
	put_file("https://acme.ghe.com/acme/shop\n");
	assert_made(JOB_REPOS_SYNC);
	assert_string_equal(order.host, "acme.ghe.com");
}

/* What is not where repositories are is no repository, although it looks like one. */
static void test_other_sites(void **state)
{
	(void)state;
	put_file("https://gist.github.com/octocat/0123456789abcdef\n");
	assert_refused(JOB_REPOS_SYNC, ":1: gist.github.com is not where");
	put_file("https://api.github.com/acme/shop\n");
	assert_refused(JOB_REPOS_SYNC, "api.github.com is not where");
}

static void test_addresses_of_the_chosen_server(void **state)
{
	(void)state;
	api_url = "https://ghes.example/api/v3";
	put_file("https://ghes.example/acme/shop\ngit@ghes.example:acme/web\n");
	assert_made(JOB_REPOS_SYNC);
	assert_string_equal(order.host, "");
	put_file("\n\nhttps://github.com/acme/shop\n");
	assert_refused(JOB_REPOS_SYNC, ":3: github.com is not where");
	git_url = "https://git.example:8443";
	put_file("https://git.example:8443/acme/shop\n");
	assert_made(JOB_REPOS_SYNC);
	put_file("https://git.example/acme/shop\n");
	assert_refused(JOB_REPOS_SYNC, "git.example is not where");
	put_file("git@ghes.example:acme/web\n");
	assert_made(JOB_REPOS_SYNC);
	api_url = "https://[::1]:8443";
	put_file("https://[::1]:8443/acme/web\n");
	assert_made(JOB_REPOS_SYNC);
}

/* --- filters --- */

static void test_filters(void **state)
{
	const struct repos_request *repos = &order.job.repos;

	(void)state;
	options.values[OPTION_ORG] = "acme";
	give(OPTION_INCLUDE, "service-*");
	give(OPTION_INCLUDE, "acme/web,api");
	give(OPTION_EXCLUDE, "*-old");
	give(OPTION_TOPIC, "production");
	give(OPTION_LANGUAGE, "C,Rust");
	options.values[OPTION_ARCHIVED] = "no";
	options.values[OPTION_FORKS] = "only";
	give(OPTION_VISIBILITY, "private,internal");
	options.values[OPTION_MIN_SIZE] = "500K";
	options.values[OPTION_MAX_SIZE] = "2G";
	assert_made(JOB_REPOS_LIST);
	assert_string_equal(repos->include, "service-*,acme/web,api");
	assert_string_equal(repos->exclude, "*-old");
	assert_string_equal(repos->topic, "production");
	assert_string_equal(repos->language, "C,Rust");
	assert_int_equal(repos->archived, REPOS_WITHOUT);
	assert_int_equal(repos->forks, REPOS_ONLY);
	assert_int_equal(repos->visibility, REPOS_PRIVATE | REPOS_INTERNAL);
	assert_int_equal(repos->size_min_kb, 500);
	assert_int_equal(repos->size_max_kb, 2 * 1024 * 1024);
}

static void test_without_filters(void **state)
{
	const struct repos_request *repos = &order.job.repos;

	(void)state;
	options.values[OPTION_ORG] = "acme";
	assert_made(JOB_REPOS_SYNC);
	assert_string_equal(repos->include, "");
	assert_int_equal(repos->archived, REPOS_WITH);
	assert_int_equal(repos->forks, REPOS_WITH);
	assert_int_equal(repos->visibility, 0);
	assert_int_equal(repos->size_max_kb, 0);
	assert_int_equal(repos->mode, REPOS_MIRROR);
	assert_int_equal(repos->partial, REPOS_WHOLE);
	assert_int_equal(repos->workers, 8);
	assert_int_equal(repos->depth, 0);
	assert_int_equal(repos->prune + repos->full + repos->wiki, 0);
}

static void refuse_value(enum option_id id, const char *value, const char *part)
{
	set_up(NULL);
	options.values[OPTION_ORG] = "acme";
	give(id, value);
	assert_refused(JOB_REPOS_SYNC, part);
}

static void test_wrong_filters(void **state)
{
	static const char *const sizes[] = {"0K", "5", "K", "-1M", "1.5G", "5T", "5k", "4096G"};
	char longest[REPOS_PATTERNS_MAX + 2];

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
		refuse_value(OPTION_MIN_SIZE, sizes[i], "such as 500K");
	refuse_value(OPTION_ARCHIVED, "maybe", "yes, no or only");
	refuse_value(OPTION_FORKS, "", "yes, no or only");
	refuse_value(OPTION_VISIBILITY, "public,secret", "public, private or internal");
	refuse_value(OPTION_VISIBILITY, "public,", "public, private or internal");
	refuse_value(OPTION_INCLUDE, "\xff", "UTF-8");
	memset(longest, '*', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = 0;
	refuse_value(OPTION_EXCLUDE, longest, "longer than 1023");
	options.lists[0].value++;
	assert_made(JOB_REPOS_SYNC);
	set_up(NULL);
	options.values[OPTION_ORG] = "acme";
	options.values[OPTION_MIN_SIZE] = "1G";
	options.values[OPTION_MAX_SIZE] = "1023M";
	assert_refused(JOB_REPOS_LIST, "--max-size 1023M is below --min-size 1G");
}

/* --- how --- */

static void test_modes(void **state)
{
	const struct repos_request *repos = &order.job.repos;

	(void)state;
	options.values[OPTION_ORG] = "acme";
	options.values[OPTION_WORKERS] = "20";
	options.values[OPTION_DEPTH] = "1";
	options.values[OPTION_PARTIAL] = "treeless";
	options.values[OPTION_WIKI] = options.values[OPTION_FULL] = "";
	assert_made(JOB_REPOS_SYNC);
	assert_int_equal(repos->workers, 20);
	assert_int_equal(repos->depth, 1);
	assert_int_equal(repos->partial, REPOS_TREELESS);
	assert_int_equal(repos->wiki, 1);
	assert_int_equal(repos->full, 1);
	options.values[OPTION_WORKTREE] = "";
	assert_refused(JOB_REPOS_SYNC, "needs every file");
	options.values[OPTION_PARTIAL] = NULL;
	assert_made(JOB_REPOS_SYNC);
	assert_int_equal(repos->mode, REPOS_WORKTREE);
}

static void test_wrong_modes(void **state)
{
	(void)state;
	refuse_value(OPTION_WORKERS, "0", "1 to 20");
	refuse_value(OPTION_WORKERS, "21", "1 to 20");
	refuse_value(OPTION_DEPTH, "0", "from 1");
	refuse_value(OPTION_DEPTH, "2147483648", "2147483647");
	refuse_value(OPTION_PARTIAL, "blob:none", "blobless or treeless");
}

/* Where nobody can be asked, nothing is removed. */
static void test_pruning(void **state)
{
	(void)state;
	options.values[OPTION_ORG] = "acme";
	options.values[OPTION_PRUNE] = "";
	assert_refused(JOB_REPOS_SYNC, "add --yes");
	assert_int_equal(
		repos_order_make(&order, JOB_REPOS_SYNC, &options, &environment, true, &failure),
		0);
	assert_int_equal(order.job.repos.prune, 1);
	assert_int_equal(order.job.consent, CONSENT_ASK);
	options.values[OPTION_YES] = "";
	assert_made(JOB_REPOS_SYNC);
	assert_int_equal(order.job.consent, CONSENT_GIVEN);
	options.values[OPTION_ORG] = NULL;
	give(OPTION_REPOSITORIES, "acme/shop");
	assert_refused(JOB_REPOS_SYNC, "--prune needs --org or --user");
}

static int make_file(void **state)
{
	int fd = mkstemp(file);

	(void)state;
	io_close(&fd);
	return 0;
}

static int remove_file(void **state)
{
	(void)state;
	return unlink(file);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_an_owner),	  TEST(test_named_ones),
		TEST(test_wrong_names),	  TEST(test_exactly_one_selection),
		TEST(test_a_file),	  TEST(test_addresses_choose_the_server),
		TEST(test_other_sites),	  TEST(test_addresses_of_the_chosen_server),
		TEST(test_filters),	  TEST(test_without_filters),
		TEST(test_wrong_filters), TEST(test_modes),
		TEST(test_wrong_modes),	  TEST(test_pruning),
	};

	return cmocka_run_group_tests(tests, make_file, remove_file);
}
