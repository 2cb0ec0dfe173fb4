/* The digest of refs. */
#include "git/refs.h"

#include <string.h>

#define OID_LENGTH 40u

void refs_begin(struct refs *refs)
{
	memset(refs, 0, sizeof(*refs));
	refs->local = refs->server = "refs/";
	mbedtls_sha256_init(&refs->hash);
	refs->failed = mbedtls_sha256_starts(&refs->hash, 0);
}

void refs_rename(struct refs *refs, const char *local, const char *server)
{
	refs->local = local;
	refs->server = server;
}

static void hash_text(struct refs *refs, const char *text, size_t length)
{
	refs->failed |= mbedtls_sha256_update(&refs->hash, (const unsigned char *)text, length);
}

static int is_oid(const char *text)
{
	return strspn(text, "0123456789abcdef") == OID_LENGTH && text[OID_LENGTH] == ' ';
}

/* One line, which ends with '\n' and NUL. */
static void take_line(struct refs *refs, const char *line, size_t length)
{
	const char *name = line + OID_LENGTH + 1;
	size_t prefix = strlen(refs->local);

	if (strlen(line) != length || !is_oid(line) || strncmp(name, refs->local, prefix) != 0) {
		refs->failed = 1;
		return;
	}
	hash_text(refs, line, OID_LENGTH + 1);
	hash_text(refs, refs->server, strlen(refs->server));
	hash_text(refs, name + prefix, strlen(name + prefix));
	refs->count++;
}

void refs_feed(struct refs *refs, const char *bytes, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		if (refs->held + 1 == sizeof(refs->line)) {
			refs->failed = 1;
			refs->held = 0;
		}
		refs->line[refs->held++] = bytes[i];
		if (bytes[i] != '\n')
			continue;
		refs->line[refs->held] = 0;
		take_line(refs, refs->line, refs->held);
		refs->held = 0;
	}
}

int refs_end(struct refs *refs, uint8_t digest[SYNC_DIGEST_SIZE])
{
	refs->failed |= mbedtls_sha256_finish(&refs->hash, digest);
	mbedtls_sha256_free(&refs->hash);
	return refs->failed || refs->held ? -1 : 0;
}
