/* What the dynamic loader has put into this process. */
#include "lib/sandbox/steps.h"

#include <link.h>
#include <string.h>

struct names {
	char *text;
	size_t used, size;
};

static const char cut[] = "...";

/* Called for each object; a value other than 0 ends the walk. */
static int add_name(struct dl_phdr_info *info, size_t size, void *context)
{
	struct names *names = context;
	const char *slash = strrchr(info->dlpi_name, '/');

	(void)size;
	/* The program itself has no name, the kernel's vdso no path. */
	if (!slash)
		return 0;
	size_t length = strlen(slash + 1);
	if (names->used)
		names->text[names->used++] = ',';
	if (names->used + length + 1 + sizeof(cut) > names->size) {
		memcpy(names->text + names->used, cut, sizeof(cut));
		return 1;
	}
	memcpy(names->text + names->used, slash + 1, length + 1);
	names->used += length;
	return 0;
}

void sandbox_list_objects(struct sandbox_report *report)
{
	struct names names = {.text = report->objects, .size = sizeof(report->objects)};

	report->objects[0] = 0;
	dl_iterate_phdr(add_name, &names);
}

/* The program itself comes first. */
static int find_loader(struct dl_phdr_info *info, size_t size, void *context)
{
	const char **loader = context;

	(void)size;
	for (size_t i = 0; i < info->dlpi_phnum; i++) {
		if (info->dlpi_phdr[i].p_type == PT_INTERP)
			*loader = (const char *)(info->dlpi_addr + info->dlpi_phdr[i].p_vaddr);
	}
	return 1;
}

const char *sandbox_loader(void)
{
	const char *loader = NULL;

	dl_iterate_phdr(find_loader, &loader);
	return loader;
}
