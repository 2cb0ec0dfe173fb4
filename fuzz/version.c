/* Versions of GitHub Enterprise Server, one on each of two lines: an order of those that are
 * versions; what is none is never recent enough. */
#include "fuzz.h"

#include "lib/operations/operations.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *one = malloc(size + 1);

	if (!one)
		return 0;
	memcpy(one, data, size);
	one[size] = 0;
	char *other = one + strcspn(one, "\n");
	if (*other)
		*other++ = 0;
	other[strcspn(other, "\n")] = 0;

	bool is_version = operation_ghes_at_least(one, one);
	bool both = is_version && operation_ghes_at_least(other, other);
	bool newer = operation_ghes_at_least(one, other),
	     older = operation_ghes_at_least(other, one);
	require((newer || older) == both);
	require(is_version == operation_ghes_at_least(one, "0.0"));
	if (newer && operation_ghes_at_least(other, "3.19"))
		require(operation_ghes_at_least(one, "3.19"));
	if (is_version)
		require(strspn(one, "0123456789") > 0 && strchr(one, '.'));
	free(one);
	return 0;
}
