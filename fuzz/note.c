/* Signed notes and verifier keys: what is read has one form, and nothing but what was signed is
 * good. */
#include "lib/auditlog/note.h"

#include "fuzz.h"

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	return auditlog_init();
}

/* The log whose key this is has signed one note, which is in the corpus; its scalar is in no file.
 */
static const char own_key[] = "ghward-audit/00112233aabb+f1d59449+"
			      "AjBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABFFcPW6545a5BNP+yn9U/"
			      "c0MwemXvzddylFa0KbDtANfRTa+OlDzGPv5pUdZAqIhUCvvDVfgjFOyzApW8X2fk1Q=";
static const char own_text[] = "ghward-audit/00112233aabb\n1234567\n"
			       "SBNJTRN+FjG7owHVrKtue7eqdM4RhdRWVl71HXN2d7I=\n"
			       "seal 8PZov2EOXPnxHSqlD5JK2hB5cQDo8F3ghYQt22NwqGc=\n";

static void check_key(const char *text, size_t size)
{
	char again[NOTE_KEY_SIZE], epoch[NOTE_CHECKPOINT_SIZE];
	struct note_key key;

	if (note_key_parse(text, size, &key) < 0)
		return;
	note_key_format(&key, again);
	require(strlen(again) <= size && memcmp(again, text, strlen(again)) == 0);
	require(note_epoch_text(&key, epoch) < sizeof(epoch));
}

static void check_note(const char *text, size_t size)
{
	char again[NOTE_CHECKPOINT_SIZE], signed_text[NOTE_CHECKPOINT_SIZE];
	struct note_checkpoint note, back;
	struct note_key key;

	if (note_checkpoint_parse(text, size, &note) < 0)
		return;
	size_t length = note_checkpoint_format(&note, again);
	require(length < sizeof(again) && note_checkpoint_parse(again, length, &back) == 0);
	require(memcmp(&note, &back, sizeof(note)) == 0);
	length = note_checkpoint_text(&note, signed_text);
	require(length <= size && memcmp(signed_text, text, length) == 0);
	require(note_key_parse(own_key, strlen(own_key), &key) == 0);
	if (note_checkpoint_verify(&key, &note) == 0)
		require(strcmp(signed_text, own_text) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);

	require(text != NULL);
	memcpy(text, data, size);
	text[size] = 0;
	check_key(text, size);
	check_note(text, size);
	free(text);
	return 0;
}
