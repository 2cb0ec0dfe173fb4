/* Acts on files, by name and beneath a directory that the process holds. */
#include "escape.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

/* linux/openat2.h */
struct how {
	uint64_t flags, mode, resolve;
};

static const char *in_directory(const char *name)
{
	static char path[4096];

	snprintf(path, sizeof(path), "%s/%s", surroundings.directory, name);
	return path;
}

static long open_file(void)
{
	return openat(AT_FDCWD, "/etc/passwd", O_RDONLY | O_CLOEXEC);
}

static long open_listing(void)
{
	return openat(AT_FDCWD, "/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static long open_writing(void)
{
	return openat(AT_FDCWD, in_directory("written"), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
}

static long open_openat2(void)
{
	struct how how = {.flags = O_RDONLY | O_CLOEXEC};

	return syscall(SYS_openat2, AT_FDCWD, "/etc/passwd", &how, sizeof(how));
}

static long open_memory_of_victim(void)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/mem", (int)surroundings.victim);
	return openat(AT_FDCWD, path, O_RDONLY | O_CLOEXEC);
}

static long beneath_reading(void)
{
	return openat(FD_DIRECTORY, "evidence", O_RDONLY | O_CLOEXEC);
}

static long beneath_writing(void)
{
	return openat(FD_DIRECTORY, "new", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
}

static long beneath_truncating(void)
{
	return openat(FD_DIRECTORY, "evidence", O_RDONLY | O_TRUNC | O_CLOEXEC);
}

static long beneath_climbing(void)
{
	return openat(FD_DIRECTORY, "../../../../../../../../../../etc/passwd",
		      O_RDONLY | O_CLOEXEC);
}

static long beneath_linked(void)
{
	return openat(FD_DIRECTORY, "link", O_RDONLY | O_CLOEXEC);
}

static long second_writing(void)
{
	return openat(FD_SECOND, "new", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
}

static long second_climbing(void)
{
	return openat(FD_SECOND, "../../../../../../../../../../etc/passwd", O_RDONLY | O_CLOEXEC);
}

static long make_directory(void)
{
	return mkdirat(AT_FDCWD, in_directory("made"), 0700);
}

static long make_link(void)
{
	return linkat(FD_DIRECTORY, "evidence", FD_DIRECTORY, "hard", 0);
}

static long make_symlink(void)
{
	return symlinkat("/etc/passwd", AT_FDCWD, in_directory("soft"));
}

static long make_fifo(void)
{
	return mknodat(AT_FDCWD, in_directory("fifo"), S_IFIFO | 0600, 0);
}

static long rename_file(void)
{
	return renameat(FD_DIRECTORY, "evidence", FD_DIRECTORY, "renamed");
}

static long remove_file(void)
{
	return unlinkat(AT_FDCWD, in_directory("evidence"), 0);
}

/* By openat2(2), but without anything that it is told to refuse. */
static long open_strictly(const char *path)
{
	struct how how = {.flags = O_RDONLY | O_CLOEXEC};

	return syscall(SYS_openat2, FD_DIRECTORY, path, &how, sizeof(how));
}

static long strictly_reading(void)
{
	return open_strictly("evidence");
}

static long strictly_climbing(void)
{
	return open_strictly("../../../../../../../../../../etc/passwd");
}

static long strictly_linked(void)
{
	return open_strictly("link");
}

static long second_making(void)
{
	return mkdirat(FD_SECOND, "made", 0700);
}

static long second_removing(void)
{
	return unlinkat(FD_SECOND, "empty", AT_REMOVEDIR);
}

static long rename_away(void)
{
	return syscall(SYS_renameat2, FD_DIRECTORY, "evidence", FD_SECOND, "away", 0);
}

static long rename_within(void)
{
	return syscall(SYS_renameat2, FD_DIRECTORY, "evidence", FD_DIRECTORY, "sub/evidence", 0);
}

static long change_mode(void)
{
	return fchmodat(AT_FDCWD, in_directory("evidence"), 0644, 0);
}

static long change_mode_of_descriptor(void)
{
	return fchmod(FD_DIRECTORY, 0755);
}

static long change_owner(void)
{
	return fchownat(AT_FDCWD, in_directory("evidence"), (uid_t)-1, (gid_t)-1, 0);
}

static long set_attribute(void)
{
	return setxattr(in_directory("evidence"), "user.escape", "1", 1, 0);
}

static long cut_file(void)
{
	return truncate(in_directory("evidence"), 0);
}

static long read_link(void)
{
	char target[64];

	return readlinkat(AT_FDCWD, "/proc/self/exe", target, sizeof(target));
}

static long change_directory(void)
{
	return chdir("/tmp");
}

static long change_root(void)
{
	return chroot(surroundings.directory);
}

static long open_by_handle(void)
{
	struct {
		struct file_handle handle;
		unsigned char bytes[MAX_HANDLE_SZ];
	} handle = {.handle.handle_bytes = MAX_HANDLE_SZ};
	int mount;

	if (name_to_handle_at(FD_DIRECTORY, "", &handle.handle, &mount, AT_EMPTY_PATH) < 0)
		return -1;
	return open_by_handle_at(FD_DIRECTORY, &handle.handle, O_RDONLY);
}

const struct act acts_on_files[] = {
	{"open_file", open_file},
	{"open_listing", open_listing},
	{"open_writing", open_writing},
	{"open_openat2", open_openat2},
	{"open_memory_of_victim", open_memory_of_victim},
	{"open_by_handle", open_by_handle},
	{"beneath_reading", beneath_reading},
	{"beneath_writing", beneath_writing},
	{"beneath_truncating", beneath_truncating},
	{"beneath_climbing", beneath_climbing},
	{"beneath_linked", beneath_linked},
	{"second_writing", second_writing},
	{"second_climbing", second_climbing},
	{"make_directory", make_directory},
	{"make_link", make_link},
	{"make_symlink", make_symlink},
	{"make_fifo", make_fifo},
	{"rename_file", rename_file},
	{"remove_file", remove_file},
	{"strictly_reading", strictly_reading},
	{"strictly_climbing", strictly_climbing},
	{"strictly_linked", strictly_linked},
	{"second_making", second_making},
	{"second_removing", second_removing},
	{"rename_away", rename_away},
	{"rename_within", rename_within},
	{"change_mode", change_mode},
	{"change_mode_of_descriptor", change_mode_of_descriptor},
	{"change_owner", change_owner},
	{"set_attribute", set_attribute},
	{"cut_file", cut_file},
	{"read_link", read_link},
	{"change_directory", change_directory},
	{"change_root", change_root},
};
const size_t acts_on_files_count = sizeof(acts_on_files) / sizeof(acts_on_files[0]);
