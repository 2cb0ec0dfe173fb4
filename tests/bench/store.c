/* How fast an audit log is indexed and searched. Prints figures; nothing here passes or fails.
 *
 * Usage: bench_store DIRECTORY [RECORDS]     DIRECTORY is for this alone. A log of so many records
 * (10,000,000) is made in DIRECTORY/log unless there is one; the index is made anew in
 * DIRECTORY/store. */
#include "lib/base/clock.h"
#include "logs/logs.h"
#include "store/search.h"

#include <err.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define RECORDS 10000000u
#define DAY_US UINT64_C(86400000000)
#define RUNS 5u

struct bench {
	int log, store;
	uint64_t records;
};

static double wall_s(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static double cpu_s(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static int open_directory(const char *parent, const char *name)
{
	char path[4096];

	snprintf(path, sizeof(path), "%s/%s", parent, name);
	mkdir(path, 0700);
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		err(1, "%s", path);
	return fd;
}

static void make_log(const struct bench *bench)
{
	char texts[LOGS_TEXTS_SIZE];
	struct audit_event event;
	struct logs logs;
	uint64_t time_us;

	logs_begin(&logs, bench->log, "0123456789ab");
	for (uint64_t i = 0; i < bench->records; i++) {
		logs_typical(i, texts, &event, &time_us);
		logs_add(&logs, &event, time_us);
	}
	logs_end(&logs);
}

static void print_note(void *context, const char *text)
{
	(void)context;
	printf("note: %s\n", text);
}

static uint64_t search(const struct bench *bench, const struct review_filter *filter,
		       uint32_t newest)
{
	static struct sink sink;
	const struct search_question question = {
		.filter = filter,
		.limit = newest,
		.newest = newest > 0,
		.evidence = bench->log,
		.store = bench->store,
		.life = -1,
		.note = print_note,
	};

	memset(&sink, 0, sizeof(sink));
	sink.fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
	if (search_run(&question, &sink) < 0)
		err(1, "searching");
	close(sink.fd);
	return sink.lines;
}

static void measure(const struct bench *bench, const char *what, const struct review_filter *filter,
		    uint32_t newest)
{
	double best = 1e9, first = 0;
	uint64_t found = 0;

	for (unsigned i = 0; i < RUNS; i++) {
		double begun = wall_s();
		found = search(bench, filter, newest);
		double took = wall_s() - begun;
		if (i == 0)
			first = took;
		if (took < best)
			best = took;
	}
	printf("%-44s %8llu found  first %8.1f ms  best %8.1f ms\n", what,
	       (unsigned long long)found, first * 1e3, best * 1e3);
}

static struct review_filter everything(void)
{
	return (struct review_filter){
		.actor = "", .event = "", .outcome = "", .repository = "", .job = "", .text = ""};
}

static void measure_build(const struct bench *bench)
{
	struct review_filter filter = everything();
	struct rusage usage;
	struct stat status;

	unlinkat(bench->store, "0123456789ab.index", 0);
	unlinkat(bench->store, "0123456789ab.index-journal", 0);
	filter.actor = "nobody";
	double begun = wall_s(), cpu = cpu_s();
	search(bench, &filter, 0);
	double took = wall_s() - begun;
	cpu = cpu_s() - cpu;
	getrusage(RUSAGE_SELF, &usage);
	fstatat(bench->store, "0123456789ab.index", &status, 0);
	printf("index build: %.1f s wall, %.1f s CPU, %.0f records/s, %.0f MB, peak %ld MiB "
	       "resident\n",
	       took, cpu, (double)bench->records / took, (double)status.st_size / 1e6,
	       usage.ru_maxrss / 1024);
}

static void measure_searches(const struct bench *bench)
{
	struct review_filter filter = everything();
	char texts[LOGS_TEXTS_SIZE];
	struct audit_event event;
	uint64_t time_us;

	filter.since_us = LOGS_BEGIN_US + bench->records / 2 * LOGS_STEP_US / DAY_US * DAY_US;
	filter.until_us = filter.since_us + DAY_US;
	measure(bench, "a day", &filter, 0);
	filter.actor = "uid:1007";
	measure(bench, "actor and day", &filter, 0);
	filter.actor = "";
	filter.event = "alerts.dismiss";
	measure(bench, "event and day", &filter, 0);
	filter.event = "";
	filter.repository = "acme/repository-77";
	measure(bench, "repository and day", &filter, 0);
	filter = everything();
	filter.actor = "uid:1007";
	measure(bench, "actor, everywhere", &filter, 0);
	filter = everything();
	filter.repository = "acme/repository-77";
	measure(bench, "repository, everywhere", &filter, 0);
	filter = everything();
	logs_typical(bench->records / 3, texts, &event, &time_us);
	filter.job = event.job;
	measure(bench, "job", &filter, 0);
	filter = everything();
	filter.severities = 1u << AUDIT_WARNING;
	filter.outcome = "not_found";
	measure(bench, "severity and outcome, everywhere", &filter, 0);
	filter = everything();
	measure(bench, "the newest 20", &filter, 20);
	filter.actor = "uid:1007";
	measure(bench, "the newest 20 of an actor", &filter, 20);
	filter = everything();
	filter.text = "acme/repository-777\"";
	measure(bench, "text, everywhere", &filter, 0);
}

int main(int argc, char **argv)
{
	struct bench bench = {.records = RECORDS};

	if (argc < 2 || argc > 3)
		errx(2, "usage: bench_store DIRECTORY [RECORDS]");
	if (argc == 3)
		bench.records = strtoull(argv[2], NULL, 10);
	if (sqlite3_config(SQLITE_CONFIG_SINGLETHREAD) != SQLITE_OK)
		errx(1, "SQLite does not start");
	bench.log = open_directory(argv[1], "log");
	bench.store = open_directory(argv[1], "store");
	if (faccessat(bench.log, "00000000000000000001.jsonl", F_OK, 0) < 0) {
		double begun = wall_s();
		make_log(&bench);
		printf("log of %llu records made in %.1f s\n", (unsigned long long)bench.records,
		       wall_s() - begun);
	}
	measure_build(&bench);
	measure_searches(&bench);
	return 0;
}
