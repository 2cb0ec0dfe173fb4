/* The writer's side of signed notes: keys of epochs, and signing with them. */
#ifndef GHWARD_AUDITLOG_SIGN_H
#define GHWARD_AUDITLOG_SIGN_H

#include "lib/auditlog/note.h"

#define SIGN_SCALAR_SIZE ((size_t)32)

/* Makes a private key and its public one, named by key->origin. Returns 0, or -1. */
int sign_new_key(uint8_t scalar[SIGN_SCALAR_SIZE], struct note_key *key)
	__attribute__((warn_unused_result, nonnull));

/* The public key of a private one, named by key->origin. Returns 0, or -1 if it is none. */
int sign_public_key(const uint8_t scalar[SIGN_SCALAR_SIZE], struct note_key *key)
	__attribute__((warn_unused_result, nonnull));

/* Signs a text; `signature` is as in a note. Returns 0, or -1. */
int sign_text(const uint8_t scalar[SIGN_SCALAR_SIZE], const struct note_key *key, const char *text,
	      size_t length, char signature[NOTE_SIGNATURE_SIZE])
	__attribute__((warn_unused_result, nonnull));

#endif
