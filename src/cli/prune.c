/* Which repositories are to be removed. */
#include "cli/prune.h"

#include "lib/sanitize/sanitize.h"

#include <stdio.h>
#include <string.h>

/* Of so many the names are shown. */
#define SHOWN_MAX 10u

int prune_get(struct ipc_incoming *in, struct prune *prune)
{
	prune->count = ipc_get_u32(in);
	prune->names = ipc_get_string(in);
	return ipc_end(in);
}

static uint32_t print_names(const char *names)
{
	char clean[512];
	uint32_t shown = 0;

	for (; *names && shown < SHOWN_MAX; shown++) {
		size_t length = strcspn(names, "\n");
		sanitize_field(clean, sizeof(clean), names, length);
		fprintf(stderr, "  %s\n", clean);
		names += length;
		names += *names == '\n';
	}
	return shown;
}

void prune_ask(const struct prune *prune)
{
	fprintf(stderr, "Not on GitHub any more:\n");
	uint32_t shown = print_names(prune->names);
	if (shown < prune->count)
		fprintf(stderr, "  and %u more\n", prune->count - shown);
	if (prune->count == 1)
		fprintf(stderr, "Remove the local copy of this repository? [y/N] ");
	else
		fprintf(stderr, "Remove the local copies of these %u repositories? [y/N] ",
			prune->count);
}
