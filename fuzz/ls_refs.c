/* Lists of refs: what is a list has one digest, whatever stands beside the refs; what is not says
 * why. */
#include "fuzz.h"

#include "worker/ls_refs.h"

#define HEAD_LINE                                                                                  \
	"0044"                                                                                     \
	"1111111111111111111111111111111111111111 HEAD symref-target:a b\n"

static int digest(const uint8_t *data, size_t size, uint8_t result[SYNC_DIGEST_SIZE])
{
	struct failure failure = {0};
	uint8_t *copy = malloc(size ? size : 1); /* of its exact size */

	require(copy != NULL);
	if (size)
		memcpy(copy, data, size);
	int status = ls_refs_digest(copy, size, result, &failure);
	free(copy);
	require((status == 0) == (failure.kind == FAILURE_NONE));
	if (status == 0)
		return 0;
	require(*failure.message);
	require_harmless(failure.message, strlen(failure.message), "");
	require_no_token(failure.message);
	return -1;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t flush[] = "0000";
	const size_t length = sizeof(HEAD_LINE) - 1;
	uint8_t one[SYNC_DIGEST_SIZE], other[SYNC_DIGEST_SIZE];

	int status = digest(data, size, one);
	uint8_t *longer = malloc(size + length);
	require(longer != NULL);
	memcpy(longer, HEAD_LINE, length);
	if (size)
		memcpy(longer + length, data, size);
	require(digest(longer, size + length, other) == status);
	free(longer);
	if (status < 0)
		return 0;
	require(size >= 4 && memcmp(data + size - 4, flush, 4) == 0);
	require(memcmp(one, other, sizeof(one)) == 0);
	/* A list that breaks off is none. */
	require(digest(data, size - 1, other) < 0);
	return 0;
}
