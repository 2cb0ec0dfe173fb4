/* The vault's files: refused unless they are safe, and replaced in one step even when killed. */
#include "lib/vault/store.h"
#include "lib/vault/vault.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define NAME "vault"
#define SEAL "vault.seal"

static const uint8_t key_bytes[CRYPTO_KEY_SIZE] = "0123456789abcdefghijklmnopqrstu";
static const uint8_t new_bytes[CRYPTO_KEY_SIZE] = "abcdefghijklmnopqrstuvwxyz01234";
static const struct vault_source old_source = {
	VAULT_SOURCE_KEY, "key file", {key_bytes, CRYPTO_KEY_SIZE}};
static const struct vault_source new_source = {
	VAULT_SOURCE_KEY, "key file", {new_bytes, CRYPTO_KEY_SIZE}};

/* What a save puts down, and the source that opens it. */
struct version {
	struct store_bytes vault;
	struct vault_seal seal, between;
	const struct vault_source *source;
};

/* A directory, and three generations of one vault: made, changed, and under a new key. */
struct place {
	char path[64];
	int fd;
	struct version made, changed, rekeyed;
};

static int keep(struct vault *vault, struct vault_keys *keys, const struct vault_source *source,
		struct version *version)
{
	version->source = source;
	return vault_serialize(vault, keys, &version->vault.bytes, &version->vault.size) ==
				       VAULT_FINE &&
			       vault_seal_make(vault, keys, &version->seal) == VAULT_FINE
		       ? 0
		       : -1;
}

static int make_versions(struct place *place)
{
	struct vault_details details = {.name = "work"};
	struct vault_keys keys;
	struct vault vault;
	int status = -1;

	if (vault_create(&vault, &keys, &old_source, 1, 1) == VAULT_FINE &&
	    keep(&vault, &keys, &old_source, &place->made) == 0 &&
	    vault_add(&vault, &keys, 1, &details, (struct crypto_bytes){"ghp_1", 5}, 1) ==
		    VAULT_FINE &&
	    keep(&vault, &keys, &old_source, &place->changed) == 0 &&
	    vault_rekey(&vault, &keys, &new_source, 1, &place->rekeyed.between) == VAULT_FINE)
		status = keep(&vault, &keys, &new_source, &place->rekeyed);
	vault_free(&vault);
	return status;
}

static int set_up(void **state)
{
	struct place *place = test_calloc(1, sizeof(*place));

	*state = place;
	strcpy(place->path, "/tmp/ghward-store-XXXXXX");
	if (!mkdtemp(place->path) || make_versions(place) < 0)
		return -1;
	place->fd = open(place->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return place->fd < 0 ? -1 : 0;
}

static int tear_down(void **state)
{
	struct place *place = *state;
	char command[128];

	close(place->fd);
	free(place->made.vault.bytes);
	free(place->changed.vault.bytes);
	free(place->rekeyed.vault.bytes);
	snprintf(command, sizeof(command), "rm -rf %s", place->path);
	test_free(place);
	return system(command);
}

static enum store_fault save(int directory, enum store_mode mode, const struct version *version)
{
	const struct store_files files = {
		.vault = {version->vault.bytes, version->vault.size},
		.seal = {version->seal.bytes, version->seal.size},
		.between = {version->between.bytes, version->between.size},
	};
	int lock;
	enum store_fault fault = store_lock(directory, NAME, &lock);

	if (fault == STORE_FINE) {
		fault = store_save(directory, NAME, mode, &files);
		close(lock);
	}
	return fault;
}

static enum vault_fault open_with(const struct vault_source *source, struct store_bytes vault_file,
				  struct store_bytes seal)
{
	struct vault_keys keys;
	struct vault vault;
	enum vault_fault fault = vault_load(&vault, vault_file.bytes, vault_file.size);

	if (fault == VAULT_FINE)
		fault = vault_unlock(&vault, &keys, source);
	if (fault == VAULT_FINE)
		fault = vault_seal_check(&vault, &keys,
					 (struct crypto_bytes){seal.bytes, seal.size});
	vault_free(&vault);
	return fault;
}

/* Whether this version is there, whole, and its seal lets it pass. */
static bool holds(int directory, const struct version *version)
{
	struct store_bytes vault, seal;
	enum store_fault seal_fault;

	if (store_read(directory, NAME, &vault, &seal, &seal_fault) != STORE_FINE)
		return false;
	bool same = vault.size == version->vault.size &&
		    memcmp(vault.bytes, version->vault.bytes, vault.size) == 0;
	if (same) {
		assert_int_equal(seal_fault, STORE_FINE);
		assert_int_equal(open_with(version->source, vault, seal), VAULT_FINE);
	} else {
		free(vault.bytes);
	}
	free(seal.bytes);
	return same;
}

static void expect_fault(int directory, enum store_fault fault)
{
	struct store_bytes vault, seal;
	enum store_fault seal_fault;

	assert_int_equal(store_read(directory, NAME, &vault, &seal, &seal_fault), fault);
	assert_null(vault.bytes);
	assert_null(seal.bytes);
}

static bool is_there(int directory, const char *name)
{
	return faccessat(directory, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

static void expect_clean(int directory)
{
	assert_false(is_there(directory, "vault.prev"));
	assert_false(is_there(directory, ".vault.new"));
	assert_false(is_there(directory, ".vault.seal.new"));
}

static void test_written_and_replaced(void **state)
{
	struct place *at = *state;
	struct stat status;

	expect_fault(at->fd, STORE_ABSENT);
	assert_int_equal(save(at->fd, STORE_CREATE, &at->made), STORE_FINE);
	assert_true(holds(at->fd, &at->made));
	assert_int_equal(fstatat(at->fd, NAME, &status, 0), 0);
	assert_int_equal(status.st_mode & 07777, 0600);
	assert_int_equal(fstatat(at->fd, SEAL, &status, 0), 0);
	assert_int_equal(status.st_mode & 07777, 0600);
	assert_int_equal(save(at->fd, STORE_CREATE, &at->changed), STORE_EXISTS);
	assert_true(holds(at->fd, &at->made));
	assert_int_equal(save(at->fd, STORE_REPLACE, &at->changed), STORE_FINE);
	assert_true(holds(at->fd, &at->changed));
	assert_int_equal(save(at->fd, STORE_REPLACE, &at->rekeyed), STORE_FINE);
	assert_true(holds(at->fd, &at->rekeyed));
	expect_clean(at->fd);
}

/* Each way for a file not to be ours alone, tried on one of the two. */
static void spoil(int directory, const char *name, void (*expect)(int, enum store_fault))
{
	assert_int_equal(fchmodat(directory, name, 0640, 0), 0);
	expect(directory, STORE_MODE);
	assert_int_equal(fchmodat(directory, name, 0602, 0), 0);
	expect(directory, STORE_MODE);
	assert_int_equal(fchmodat(directory, name, 0600, 0), 0);
	expect(directory, STORE_FINE);
	if (geteuid() == 0) {
		assert_int_equal(fchownat(directory, name, 12345, 12345, 0), 0);
		expect(directory, STORE_OWNER);
	}
	assert_int_equal(renameat(directory, name, directory, "elsewhere"), 0);
	assert_int_equal(symlinkat("elsewhere", directory, name), 0);
	expect(directory, STORE_NOT_A_FILE);
	assert_int_equal(unlinkat(directory, name, 0), 0);
	assert_int_equal(mkfifoat(directory, name, 0600), 0);
	expect(directory, STORE_NOT_A_FILE);
	assert_int_equal(unlinkat(directory, name, 0), 0);
	assert_int_equal(mkdirat(directory, name, 0700), 0);
	expect(directory, STORE_NOT_A_FILE);
}

static void expect_vault(int directory, enum store_fault fault)
{
	struct store_bytes vault, seal;
	enum store_fault seal_fault;

	assert_int_equal(store_read(directory, NAME, &vault, &seal, &seal_fault), fault);
	assert_int_equal(vault.bytes != NULL, fault == STORE_FINE);
	free(vault.bytes);
	free(seal.bytes);
}

/* The vault is read all the same: what a missing seal means is the vault's matter. */
static void expect_seal(int directory, enum store_fault fault)
{
	struct store_bytes vault, seal;
	enum store_fault seal_fault;

	assert_int_equal(store_read(directory, NAME, &vault, &seal, &seal_fault), STORE_FINE);
	assert_int_equal(seal_fault, fault);
	assert_int_equal(seal.bytes != NULL, fault == STORE_FINE);
	free(vault.bytes);
	free(seal.bytes);
}

static void test_unsafe_files_are_refused(void **state)
{
	struct place *at = *state;

	assert_int_equal(save(at->fd, STORE_CREATE, &at->made), STORE_FINE);
	spoil(at->fd, NAME, expect_vault);
}

static void test_unsafe_seals_are_refused(void **state)
{
	struct place *at = *state;

	assert_int_equal(save(at->fd, STORE_CREATE, &at->made), STORE_FINE);
	spoil(at->fd, SEAL, expect_seal);
}

static void test_names_stay_in_the_directory(void **state)
{
	static const char *const names[] = {
		"",	  ".",		"..",	      "../vault", "a/b", "/etc/passwd",
		".vault", "vault.seal", "vault.prev",
	};
	const struct store_files files = {.vault = {"", 0}, .seal = {"", 0}};
	struct place *at = *state;
	struct store_bytes vault, seal;
	enum store_fault seal_fault;
	int lock;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		assert_int_equal(store_read(at->fd, names[i], &vault, &seal, &seal_fault),
				 STORE_IO);
		assert_int_equal(store_lock(at->fd, names[i], &lock), STORE_IO);
		assert_int_equal(store_save(at->fd, names[i], STORE_CREATE, &files), STORE_IO);
		assert_int_equal(store_save_seal(at->fd, names[i], files.seal), STORE_IO);
	}
}

static void test_one_writer_at_a_time(void **state)
{
	struct place *at = *state;
	int first, second;

	assert_int_equal(store_lock(at->fd, NAME, &first), STORE_FINE);
	assert_int_equal(store_lock(at->fd, NAME, &second), STORE_BUSY);
	assert_int_equal(second, -1);
	close(first);
	assert_int_equal(store_lock(at->fd, NAME, &second), STORE_FINE);
	close(second);
}

/* An earlier copy of the vault is noticed; accepting it is a matter of a new seal. */
static void test_an_earlier_copy_is_noticed(void **state)
{
	struct place *at = *state;
	struct store_bytes vault, seal;
	enum store_fault seal_fault;

	assert_int_equal(save(at->fd, STORE_CREATE, &at->made), STORE_FINE);
	assert_int_equal(linkat(at->fd, NAME, at->fd, "copy", 0), 0);
	assert_int_equal(save(at->fd, STORE_REPLACE, &at->changed), STORE_FINE);
	assert_int_equal(renameat(at->fd, "copy", at->fd, NAME), 0);
	assert_int_equal(store_read(at->fd, NAME, &vault, &seal, &seal_fault), STORE_FINE);
	assert_int_equal(open_with(&old_source, vault, seal), VAULT_ROLLED_BACK);
	free(seal.bytes);
	assert_int_equal(
		store_save_seal(at->fd, NAME,
				(struct crypto_bytes){at->made.seal.bytes, at->made.seal.size}),
		STORE_FINE);
	assert_true(holds(at->fd, &at->made));
}

/* Lets the child go on to the `stops`-th entry or exit of a system call and ends it there. Returns
 * false when it came to its own end before. */
static bool kill_after(pid_t child, unsigned stops)
{
	int status;

	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSTOPPED(status));
	for (unsigned i = 0; i < stops; i++) {
		assert_int_equal(ptrace(PTRACE_SYSCALL, child, NULL, NULL), 0);
		assert_int_equal(waitpid(child, &status, 0), child);
		if (WIFEXITED(status)) {
			assert_int_equal(WEXITSTATUS(status), 0);
			return false;
		}
	}
	kill(child, SIGKILL);
	assert_int_equal(waitpid(child, &status, 0), child);
	return true;
}

static pid_t start_writer(int directory, enum store_mode mode, const struct version *version)
{
	pid_t child = fork();

	if (child == 0) {
		if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) < 0)
			_exit(1);
		raise(SIGSTOP);
		_exit(save(directory, mode, version) != STORE_FINE);
	}
	return child;
}

/* After every single system call of a write: the vault is the old one or the new one, whole, opens
 * and is not taken for an earlier copy; the next writer finds nothing in its way and leaves nothing
 * behind. */
static void kill_everywhere(int directory, const struct version *before,
			    const struct version *after)
{
	unsigned stops = 0, old = 0, new = 0;
	bool killed = true;

	for (; killed; stops++) {
		assert_int_equal(save(directory, STORE_REPLACE, before), STORE_FINE);
		assert_true(holds(directory, before));
		expect_clean(directory);
		killed = kill_after(start_writer(directory, STORE_REPLACE, after), stops);
		bool is_old = holds(directory, before);
		bool is_new = holds(directory, after);
		assert_true(is_old != is_new);
		old += is_old;
		new += is_new;
	}
	assert_true(stops > 20);
	assert_true(old > 5 && new > 5);
}

static void test_killed_anywhere_in_a_change(void **state)
{
	struct place *at = *state;

	assert_int_equal(save(at->fd, STORE_CREATE, &at->made), STORE_FINE);
	kill_everywhere(at->fd, &at->made, &at->changed);
}

static void test_killed_anywhere_in_a_rekey(void **state)
{
	struct place *at = *state;

	assert_int_equal(save(at->fd, STORE_CREATE, &at->made), STORE_FINE);
	kill_everywhere(at->fd, &at->changed, &at->rekeyed);
}

/* Nothing, or a vault that passes; and what there is does not hinder making one. */
static void test_killed_anywhere_in_the_making(void **state)
{
	struct place *at = *state;
	unsigned stops = 0, none = 0, made = 0;
	bool killed = true;

	for (; killed; stops++) {
		killed = kill_after(start_writer(at->fd, STORE_CREATE, &at->made), stops);
		if (holds(at->fd, &at->made)) {
			made++;
		} else {
			none++;
			expect_fault(at->fd, STORE_ABSENT);
			assert_int_equal(save(at->fd, STORE_CREATE, &at->made), STORE_FINE);
			assert_true(holds(at->fd, &at->made));
			expect_clean(at->fd);
		}
		assert_int_equal(unlinkat(at->fd, NAME, 0), 0);
		assert_int_equal(unlinkat(at->fd, SEAL, 0), 0);
	}
	assert_true(none > 5 && made > 5);
}

#define store_test(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		store_test(test_written_and_replaced),
		store_test(test_unsafe_files_are_refused),
		store_test(test_unsafe_seals_are_refused),
		store_test(test_names_stay_in_the_directory),
		store_test(test_one_writer_at_a_time),
		store_test(test_an_earlier_copy_is_noticed),
		store_test(test_killed_anywhere_in_a_change),
		store_test(test_killed_anywhere_in_a_rekey),
		store_test(test_killed_anywhere_in_the_making),
	};

	if (crypto_start(NULL, NULL) < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
