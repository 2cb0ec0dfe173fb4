/* What is wrong with the vault, and what to do, in words for people. */
#ifndef GHWARD_BROKER_VAULT_FAILURE_H
#define GHWARD_BROKER_VAULT_FAILURE_H

#include "lib/failure/failure.h"
#include "lib/vault/store.h"
#include "lib/vault/vault.h"

/* `path` is the file as people know it. */
void vault_failure(const char *path, enum vault_fault, struct failure *) __attribute__((nonnull));
/* For STORE_IO errno says why. */
void store_failure(const char *path, enum store_fault, struct failure *) __attribute__((nonnull));

#endif
