/* Faults of the vault and of its file in words for people. */
#include "broker/vault_failure.h"

#include <errno.h>
#include <string.h>

void vault_failure(const char *path, enum vault_fault fault, struct failure *failure)
{
	static const char accept[] = "If you restored it from a backup on purpose: ghward vault "
				     "verify --accept. Otherwise find out who did.";
	static const struct {
		enum failure_kind kind;
		const char *hint;
	} words[VAULT_FAULTS] = {
		[VAULT_WRONG_KEY] = {FAILURE_AUTHENTICATION,
				     "Name the key it was made with: GHWARD_KEY_FILE, "
				     "TOKEN_ENCRYPTION_KEY or the passphrase."},
		[VAULT_NO_ENTRY] = {FAILURE_NOT_FOUND, "ghward vault list shows its entries."},
		[VAULT_EXISTS] = {FAILURE_USAGE, "Remove that one first, or take another name."},
		[VAULT_FULL] = {FAILURE_USAGE, "Remove what is not needed any more."},
		[VAULT_BAD_SOURCE] = {FAILURE_USAGE,
				      "A passphrase has 1 to 1024 bytes, a key 32; a vault has at "
				      "most 8 of them."},
		[VAULT_BAD_ENTRY] = {FAILURE_USAGE, ""},
		[VAULT_ROLLED_BACK] = {FAILURE_INTEGRITY, accept},
		[VAULT_SEAL_MISSING] = {FAILURE_INTEGRITY, accept},
		[VAULT_SEAL_FOREIGN] = {FAILURE_INTEGRITY, accept},
		[VAULT_SEAL_DAMAGED] = {FAILURE_INTEGRITY, accept},
		[VAULT_NO_MEMORY] = {FAILURE_INTERNAL, ""},
		[VAULT_CRYPTO] = {FAILURE_INTERNAL, ""},
	};
	static const char damaged[] =
		"Do not use it. Compare with a backup, and look into the audit log for what wrote "
		"it last.";
	enum failure_kind kind = words[fault].kind ? words[fault].kind : FAILURE_INTEGRITY;
	bool healthy = fault == VAULT_NO_ENTRY || fault == VAULT_EXISTS || fault == VAULT_FULL ||
		       fault == VAULT_BAD_SOURCE || fault == VAULT_BAD_ENTRY;

	failure_set(failure, kind, words[fault].hint ? words[fault].hint : damaged,
		    "the vault %.300s%s: %s", path, healthy ? "" : " cannot be used",
		    vault_fault_text(fault));
}

void store_failure(const char *path, enum store_fault fault, struct failure *failure)
{
	static const struct {
		enum failure_kind kind;
		const char *hint;
	} words[STORE_FAULTS] = {
		[STORE_ABSENT] = {FAILURE_NOT_FOUND, "ghward vault init makes one."},
		[STORE_NOT_A_FILE] = {FAILURE_INTEGRITY, "Find out who put it there."},
		[STORE_OWNER] = {FAILURE_INTEGRITY, "Find out who put it there."},
		[STORE_MODE] = {FAILURE_INTEGRITY,
				"If nobody else can have read or changed it: chmod 600 that file."},
		[STORE_SIZE] = {FAILURE_INTEGRITY, "Find out what it is."},
		[STORE_BUSY] = {FAILURE_INTERNAL, "Wait for the other command to end."},
		[STORE_EXISTS] = {FAILURE_USAGE,
				  "Name another file with --vault, or move this one away."},
		[STORE_READ_BACK] = {FAILURE_INTERNAL, "Check the disk."},
		[STORE_IO] = {FAILURE_INTERNAL, "Check the permissions and the free space."},
	};
	int saved = errno;

	failure_set(failure, words[fault].kind, words[fault].hint,
		    "the vault %.300s cannot be used: %s%s%s", path, store_fault_text(fault),
		    fault == STORE_IO ? ": " : "", fault == STORE_IO ? strerror(saved) : "");
}
