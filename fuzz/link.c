/* The Link header on arbitrary bytes: nothing but pages and cursors of the API's own origin. */
#include "fuzz.h"

#include "lib/github/link.h"
#include "lib/validate/validate.h"

#include <strings.h>

static void check_cursor(const char *cursor)
{
	if (*cursor)
		require(validate_param(VALIDATE_CURSOR, cursor, strlen(cursor)));
}

static void check(const char *header, size_t length, const char *base)
{
	static const struct link_pages none;
	struct link_pages pages;
	enum link_result result = link_parse(header, length, base, &pages);

	if (result != LINK_FINE) {
		require(memcmp(&pages, &none, sizeof(none)) == 0);
		return;
	}
	require(!pages.has_next || pages.next_page || *pages.next_after);
	require(!pages.has_prev || pages.prev_page || *pages.prev_before);
	require(pages.has_next || (!pages.next_page && !*pages.next_after));
	require(pages.next_page <= 1000000 && pages.last_page <= 1000000);
	require(pages.prev_page <= 1000000 && pages.first_page <= 1000000);
	check_cursor(pages.next_after);
	check_cursor(pages.prev_before);
	/* The first URL at least is easily found without the parser. */
	const char *url = memchr(header, '<', length);
	size_t host = strcspn(base + 8, "/:") + 8;
	if (url && (size_t)(header + length - url) > host + 1)
		require(strncasecmp(url + 1, base, host) == 0 && memchr("/?#:>", url[1 + host], 5));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *header = malloc(size ? size : 1);

	if (!header)
		return 0;
	memcpy(header, data, size);
	check(header, size, "https://api.github.com");
	check(header, size, "https://localhost:8443/api/v3");
	free(header);
	return 0;
}
