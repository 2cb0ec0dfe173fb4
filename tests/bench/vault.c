/* How long a vault of 10,000 entries takes to open and how much memory; what one use of an entry
 * costs; what an App's signature costs. Medians, with the arena as the broker has it.
 *
 * Usage: bench_vault DIRECTORY KEY.pem     DIRECTORY is empty and for this alone. */
#include "lib/jwt/jwt.h"
#include "lib/pem/pem.h"
#include "lib/secret/heap.h"
#include "lib/vault/store.h"
#include "lib/vault/vault.h"

#include <err.h>
#include <fcntl.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define ENTRIES 10000u
/* A fine-grained token, the longest kind that people store. */
#define TOKEN_SIZE 93u
#define RUNS 31u
#define USES 10000u
#define NOW UINT64_C(1790000000)
#define NAME "vault"

/* The broker's arena. */
struct protected
{
	struct vault_keys keys;
	uint8_t secret[VAULT_SECRET_MAX + 1];
};

struct bench {
	int directory;
	const char *pem;
	struct secret_arena arena;
	struct protected *protected;
};

static const struct vault_source source = {
	VAULT_SOURCE_KEY, "key file", {"0123456789abcdefghijklmnopqrstuv", CRYPTO_KEY_SIZE}};

static double cpu_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static double wall_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static int compare(const void *left, const void *right)
{
	double a = *(const double *)left, b = *(const double *)right;

	return (a > b) - (a < b);
}

static double median(double *values, size_t count)
{
	qsort(values, count, sizeof(*values), compare);
	return values[count / 2];
}

static void check(bool succeeded, const char *what)
{
	if (!succeeded)
		errx(1, "%s failed", what);
}

static void entry_name(char name[VAULT_NAME_MAX + 1], unsigned number)
{
	snprintf(name, VAULT_NAME_MAX + 1, "credential-%u", number);
}

static void make_vault(struct bench *bench)
{
	struct vault_keys *keys = &bench->protected->keys;
	struct vault_details details = {.provider = "github", .scopes = "repo, security_events"};
	struct vault_seal seal;
	struct vault vault;
	uint8_t *file;
	size_t size;

	strcpy(details.origin, "https://api.github.com");
	memset(bench->protected->secret, 't', TOKEN_SIZE);
	check(vault_create(&vault, keys, &source, 1, NOW) == VAULT_FINE, "create");
	for (unsigned i = 0; i < ENTRIES; i++) {
		entry_name(details.name, i);
		check(vault_add(&vault, keys, 1000, &details,
				(struct crypto_bytes){bench->protected->secret, TOKEN_SIZE},
				NOW) == VAULT_FINE,
		      "add");
	}
	check(vault_serialize(&vault, keys, &file, &size) == VAULT_FINE, "serialize");
	check(vault_seal_make(&vault, keys, &seal) == VAULT_FINE, "seal");
	const struct store_files files = {.vault = {file, size}, .seal = {seal.bytes, seal.size}};
	check(store_save(bench->directory, NAME, STORE_CREATE, &files) == STORE_FINE, "save");
	free(file);
	vault_free(&vault);
}

static void open_vault(struct bench *bench, struct vault *vault)
{
	struct vault_keys *keys = &bench->protected->keys;
	struct store_bytes file, seal;
	enum store_fault seal_fault;

	check(store_read(bench->directory, NAME, &file, &seal, &seal_fault) == STORE_FINE, "read");
	check(vault_load(vault, file.bytes, file.size) == VAULT_FINE, "load");
	check(vault_unlock(vault, keys, &source) == VAULT_FINE, "unlock");
	check(vault_seal_check(vault, keys, (struct crypto_bytes){seal.bytes, seal.size}) ==
		      VAULT_FINE,
	      "seal check");
	free(seal.bytes);
}

/* KiB of resident memory at most since the last time. */
static long peak_kib(void)
{
	FILE *status = fopen("/proc/self/status", "re");
	char line[256];
	long peak = 0;

	while (status && fgets(line, sizeof(line), status))
		sscanf(line, "VmHWM: %ld", &peak);
	if (status)
		fclose(status);
	int fd = open("/proc/self/clear_refs", O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, "5", 1) != 1)
		err(1, "/proc/self/clear_refs");
	close(fd);
	return peak;
}

static void bench_open(struct bench *bench)
{
	double times[RUNS];
	struct vault vault;

	/* What making the vault took is given back first. */
	malloc_trim(0);
	peak_kib();
	long before = peak_kib();
	open_vault(bench, &vault);
	long more = peak_kib() - before;
	printf("vault of %u entries, more memory when open|%.1f MB, the file has %.1f MB\n",
	       ENTRIES, (double)more * 1024 / 1e6, (double)vault.file_size / 1e6);
	vault_free(&vault);
	for (unsigned i = 0; i < RUNS; i++) {
		double start = wall_us();
		open_vault(bench, &vault);
		times[i] = (wall_us() - start) / 1e3;
		vault_free(&vault);
	}
	printf("vault of %u entries, opened with a key|%.1f ms\n", ENTRIES, median(times, RUNS));
}

static void bench_use(struct bench *bench)
{
	static double times[USES];
	struct vault_keys *keys = &bench->protected->keys;
	char name[VAULT_NAME_MAX + 1];
	struct vault vault;
	size_t at, length;

	open_vault(bench, &vault);
	for (unsigned i = 0; i < USES; i++) {
		entry_name(name, i * 7919 % ENTRIES);
		double start = cpu_us();
		if (!vault_find(&vault, 1000, name, &at))
			errx(1, "%s is gone", name);
		check(vault_reveal(&vault, keys, at, bench->protected->secret, &length) ==
			      VAULT_FINE,
		      "reveal");
		explicit_bzero(bench->protected->secret, length);
		times[i] = cpu_us() - start;
	}
	printf("one use of an entry: found, decrypted, wiped|%.1f us of CPU\n",
	       median(times, USES));
	vault_free(&vault);
}

static void bench_key(struct bench *bench)
{
	uint8_t *der = bench->protected->secret;
	char token[JWT_SIZE];
	double times[RUNS];

	int fd = open(bench->pem, O_RDONLY | O_CLOEXEC);
	ssize_t got = fd < 0 ? -1 : read(fd, der, VAULT_SECRET_MAX);
	if (got < 0)
		err(1, "%s", bench->pem);
	close(fd);
	size_t length = (size_t)got;
	check(pem_rsa_key(der, &length) == PEM_FINE, "PEM");
	for (unsigned i = 0; i < RUNS; i++) {
		double start = cpu_us();
		check(jwt_make("12345", NOW, 60, (struct crypto_bytes){der, length}, token) == 0,
		      "JWT");
		times[i] = (cpu_us() - start) / 1e3;
	}
	explicit_bzero(der, length);
	printf("one token of an App, RSA-2048|%.1f ms of CPU\n", median(times, RUNS));
	printf("protected memory in use at most|%zu bytes of heap\n", secret_heap_peak());
}

int main(int argc, char **argv)
{
	struct bench bench = {.directory = -1};

	if (argc != 3)
		errx(2, "usage: bench_vault DIRECTORY KEY.pem");
	bench.directory = open(argv[1], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bench.pem = argv[2];
	if (bench.directory < 0 || secret_arena_open(&bench.arena, 48 * 1024) < 0)
		err(1, "%s or the arena", argv[1]);
	bench.protected = (struct protected *)(void *)bench.arena.base;
	secret_heap_init(&bench.arena, sizeof(*bench.protected));
	check(crypto_start(secret_heap_calloc, secret_heap_free) == 0, "crypto");
	make_vault(&bench);
	bench_open(&bench);
	bench_use(&bench);
	bench_key(&bench);
	return 0;
}
