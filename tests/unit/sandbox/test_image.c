/* The list of loaded objects. */
#include "support.h"

#include "lib/sandbox/steps.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <unistd.h>

static void base_names_of_what_is_loaded(void **state)
{
	struct sandbox_report report;

	(void)state;
	memset(&report, 'x', sizeof(report));
	sandbox_list_objects(&report);
	assert_non_null(strstr(report.objects, "libc.so"));
	assert_non_null(strstr(report.objects, "libcmocka.so"));
	assert_null(strchr(report.objects, '/'));
	assert_null(strstr(report.objects, "vdso"));
	assert_null(strstr(report.objects, ",,"));
	assert_true(report.objects[0] != ',' && report.objects[strlen(report.objects) - 1] != ',');
}

static int find_cmocka(struct dl_phdr_info *info, size_t size, void *context)
{
	(void)size;
	if (!strstr(info->dlpi_name, "libcmocka"))
		return 0;
	snprintf(context, 256, "%s", info->dlpi_name);
	return 1;
}

/* Loads a copy of a library under a name of 200 characters. */
static void load_copy(const char *directory, const char *library, int letter)
{
	char path[320], name[201];

	memset(name, letter, sizeof(name) - 1);
	name[sizeof(name) - 1] = 0;
	snprintf(path, sizeof(path), "%s/%s", directory, name);
	int from = open(library, O_RDONLY | O_CLOEXEC);
	int to = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0700);
	assert_true(from >= 0 && to >= 0);
	off_t size = lseek(from, 0, SEEK_END), offset = 0;
	while (offset < size)
		assert_true(sendfile(to, from, &offset, (size_t)(size - offset)) > 0);
	close(from);
	close(to);
	assert_non_null(dlopen(path, RTLD_NOW | RTLD_LOCAL));
	unlink(path);
}

static void a_long_list_is_cut_visibly(void **state)
{
	char directory[] = "/tmp/ghward-image-XXXXXX", library[256] = "";
	struct sandbox_report report = {0};

	(void)state;
	assert_non_null(mkdtemp(directory));
	assert_int_equal(dl_iterate_phdr(find_cmocka, library), 1);
	for (int letter = 'a'; letter <= 'd'; letter++)
		load_copy(directory, library, letter);
	rmdir(directory);
	sandbox_list_objects(&report);
	size_t length = strlen(report.objects);
	assert_true(length < sizeof(report.objects));
	assert_string_equal(report.objects + length - 4, ",...");
	assert_non_null(strstr(report.objects, "libc.so"));
}

static void the_loader_is_a_file(void **state)
{
	const char *loader = sandbox_loader();

	(void)state;
	assert_non_null(loader);
	assert_int_equal(loader[0], '/');
	assert_return_code(access(loader, X_OK), errno);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(base_names_of_what_is_loaded),
		cmocka_unit_test(the_loader_is_a_file),
		cmocka_unit_test(a_long_list_is_cut_visibly),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
