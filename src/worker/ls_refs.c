/* What a server answers to git's ls-refs. */
#include "worker/ls_refs.h"

#include "lib/base/log.h"
#include "lib/pktline/pktline.h"
#include "lib/sanitize/sanitize.h"
#include "worker/classify.h"

#include <mbedtls/sha256.h>
#include <stdlib.h>
#include <string.h>

#define OID_SHA1 40u
#define OID_SHA256 64u

/* "OID REF", in the answer. */
struct ref {
	const uint8_t *line;
	uint16_t oid, length; /* of the first word and of both */
};

struct refs {
	struct ref *list;
	size_t count, capacity;
};

static int fail(struct failure *failure, const char *why)
{
	failure_set(failure, FAILURE_MALFORMED, CLASSIFY_HINT,
		    "the server's list of refs cannot be used: %s", why);
	return -1;
}

/* "ERR access denied": the server's way to say no. */
static bool is_error(const struct pktline *line)
{
	return line->length >= 4 && memcmp(line->bytes, "ERR ", 4) == 0;
}

static int fail_refused(struct failure *failure, const struct pktline *line)
{
	char text[256];
	size_t length = line->length - 4;

	if (length && line->bytes[line->length - 1] == '\n')
		length--;
	sanitize_text(text, sizeof(text), (const char *)line->bytes + 4, length);
	failure_set(failure, FAILURE_SERVER, "Try again later; see GitHub's status page.",
		    "the server does not tell the refs: %s", text);
	return -1;
}

static bool is_oid(const uint8_t *text, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		if (!(text[i] >= '0' && text[i] <= '9') && !(text[i] >= 'a' && text[i] <= 'f'))
			return false;
	}
	return length == OID_SHA1 || length == OID_SHA256;
}

static bool begins(const uint8_t *text, size_t length, const char *with)
{
	size_t size = strlen(with);

	return length > size && memcmp(text, with, size) == 0;
}

static bool is_ours(const uint8_t *name, size_t length)
{
	if (!begins(name, length, "refs/heads/") && !begins(name, length, "refs/tags/") &&
	    !begins(name, length, "refs/notes/"))
		return false;
	for (size_t i = 0; i < length; i++) {
		if (name[i] < ' ' || name[i] == 0x7f)
			return false;
	}
	return length <= LS_REFS_NAME_MAX;
}

static size_t word_length(const uint8_t *text, size_t length)
{
	const uint8_t *space = memchr(text, ' ', length);

	return space ? (size_t)(space - text) : length;
}

static void add(struct refs *refs, const struct ref *ref)
{
	if (refs->count == refs->capacity) {
		refs->capacity = refs->capacity ? refs->capacity * 2 : 64;
		refs->list = reallocarray(refs->list, refs->capacity, sizeof(*refs->list));
		if (!refs->list)
			fatal("out of memory");
	}
	refs->list[refs->count++] = *ref;
}

/* "OID REF[ ATTRIBUTE...]" with or without a line feed; OID may be "unborn" of HEAD. */
static const char *read_ref(const struct pktline *line, struct refs *refs)
{
	size_t length = line->length;

	if (length && line->bytes[length - 1] == '\n')
		length--;
	size_t oid = word_length(line->bytes, length);
	if (oid == length)
		return "a line has no name";
	const uint8_t *name = line->bytes + oid + 1;
	size_t size = word_length(name, length - oid - 1);
	if (size == 4 && memcmp(name, "HEAD", 4) == 0)
		return NULL;
	if (!is_oid(line->bytes, oid))
		return "a line has no object name";
	if (!is_ours(name, size))
		return "a name is not one that was asked for";
	add(refs, &(struct ref){line->bytes, (uint16_t)oid, (uint16_t)(oid + 1 + size)});
	return NULL;
}

static int read_refs(const uint8_t *at, size_t left, struct refs *refs, struct failure *failure)
{
	struct pktline line;
	const char *why = NULL;

	while (!why) {
		enum pktline_kind kind = pktline_read(at, left, &line);
		if (kind == PKTLINE_FLUSH && line.size == left)
			return 0;
		if (kind != PKTLINE_DATA)
			why = kind == PKTLINE_MORE    ? "it breaks off"
			      : kind == PKTLINE_FLUSH ? "it goes on behind its end"
						      : "it is not of git's form";
		else if (is_error(&line))
			return fail_refused(failure, &line);
		else
			why = read_ref(&line, refs);
		at += line.size;
		left -= line.size;
	}
	return fail(failure, why);
}

static int compare(const void *left, const void *right)
{
	const struct ref *one = left, *other = right;
	size_t first = one->length - one->oid, second = other->length - other->oid;
	int order = memcmp(one->line + one->oid, other->line + other->oid,
			   first < second ? first : second);

	return order ? order : (first > second) - (first < second);
}

/* A server may list them in any order; git's own does it in this one. */
static const char *sort(struct refs *refs)
{
	if (refs->count)
		qsort(refs->list, refs->count, sizeof(*refs->list), compare);
	for (size_t i = 1; i < refs->count; i++) {
		if (compare(&refs->list[i - 1], &refs->list[i]) == 0)
			return "a name is there twice";
	}
	return NULL;
}

static void hash(const struct refs *refs, uint8_t digest[SYNC_DIGEST_SIZE])
{
	mbedtls_sha256_context context;

	mbedtls_sha256_init(&context);
	int wrong = mbedtls_sha256_starts(&context, 0);
	for (size_t i = 0; i < refs->count; i++) {
		wrong |= mbedtls_sha256_update(&context, refs->list[i].line, refs->list[i].length);
		wrong |= mbedtls_sha256_update(&context, (const unsigned char *)"\n", 1);
	}
	wrong |= mbedtls_sha256_finish(&context, digest);
	mbedtls_sha256_free(&context);
	if (wrong)
		fatal("SHA-256 does not work");
}

int ls_refs_digest(const uint8_t *answer, size_t length, uint8_t digest[SYNC_DIGEST_SIZE],
		   struct failure *failure)
{
	struct refs refs = {0};
	int result = read_refs(answer, length, &refs, failure);
	const char *why = result == 0 ? sort(&refs) : NULL;

	if (why)
		result = fail(failure, why);
	if (result == 0)
		hash(&refs, digest);
	free(refs.list);
	return result;
}
