/* C2SP signed notes, verifier keys and checkpoints (c2sp.org/signed-note, c2sp.org/tlog-checkpoint)
 * with ECDSA on P-256: reading and checking. */
#ifndef GHWARD_AUDITLOG_NOTE_H
#define GHWARD_AUDITLOG_NOTE_H

#include "lib/auditlog/auditlog.h"

/* "ghward-audit/0123456789ab" */
#define NOTE_ORIGIN_PREFIX "ghward-audit/"
#define NOTE_ORIGIN_SIZE (sizeof(NOTE_ORIGIN_PREFIX) + AUDITLOG_ID_LENGTH)

#define NOTE_POINT_SIZE ((size_t)65) /* uncompressed, with its 0x04 */
#define NOTE_KEY_ID_SIZE ((size_t)4)
/* Key id and DER signature (at most 72 bytes) in base64, with NUL. */
#define NOTE_SIGNATURE_SIZE 105u
/* A verifier key, with NUL. */
#define NOTE_KEY_SIZE 164u
/* A whole checkpoint with its signature line, with NUL. */
#define NOTE_CHECKPOINT_SIZE 512u

/* A public key. */
struct note_key {
	char origin[NOTE_ORIGIN_SIZE];
	uint8_t id[NOTE_KEY_ID_SIZE];
	uint8_t point[NOTE_POINT_SIZE];
};

/* What a checkpoint says. */
struct note_checkpoint {
	char origin[NOTE_ORIGIN_SIZE];
	uint64_t size;
	uint8_t root[AUDITLOG_HASH_SIZE];
	uint8_t seal[AUDITLOG_HASH_SIZE];
	char signature[NOTE_SIGNATURE_SIZE]; /* base64 of key id and DER */
};

/* Fills in id from origin and point. */
void note_key_init(struct note_key *, const char origin[NOTE_ORIGIN_SIZE],
		   const uint8_t point[NOTE_POINT_SIZE]) __attribute__((nonnull));

/* "ORIGIN+KEYID+BASE64", and back; white space at the end is ignored. Returns 0, or -1. */
void note_key_format(const struct note_key *, char text[NOTE_KEY_SIZE]) __attribute__((nonnull));
int note_key_parse(const char *text, size_t length, struct note_key *)
	__attribute__((warn_unused_result, nonnull));

/* The signed text of a checkpoint (without signature line), and that of a new epoch's key. Both
 * return the length. */
size_t note_checkpoint_text(const struct note_checkpoint *, char text[NOTE_CHECKPOINT_SIZE])
	__attribute__((nonnull));
size_t note_epoch_text(const struct note_key *next, char text[NOTE_CHECKPOINT_SIZE])
	__attribute__((nonnull));

/* The whole note, as it is printed and kept elsewhere, and back. Signature lines of others are
 * passed over. Returns the length; 0, or -1. */
size_t note_checkpoint_format(const struct note_checkpoint *, char text[NOTE_CHECKPOINT_SIZE])
	__attribute__((nonnull));
int note_checkpoint_parse(const char *text, size_t length, struct note_checkpoint *)
	__attribute__((warn_unused_result, nonnull));

/* Has this key signed the text? `signature` is base64 of key id and DER. Returns 0, or -1. */
int note_verify(const struct note_key *, const char *text, size_t length, const char *signature)
	__attribute__((warn_unused_result, nonnull));

/* Checks that the checkpoint's name is the key's, and its signature. Returns 0, or -1. */
int note_checkpoint_verify(const struct note_key *, const struct note_checkpoint *)
	__attribute__((warn_unused_result, nonnull));

/* SHA-256, for seals. */
void note_hash(const void *bytes, size_t length, uint8_t hash[AUDITLOG_HASH_SIZE])
	__attribute__((nonnull));

#endif
