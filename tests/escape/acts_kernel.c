/* Acts that reach parts of the kernel which no process of ours needs. */
#include "escape.h"

#include <asm/termbits.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/keyctl.h>
#include <linux/perf_event.h>
#include <linux/tiocl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/personality.h>
#include <sys/syscall.h>
#include <unistd.h>

/* linux/io_uring.h: struct io_uring_params is 120 bytes. */
#define URING_PARAMETERS 120
/* linux/userfaultfd.h */
#define USER_MODE_ONLY 1

static long start_io_uring(void)
{
	char parameters[URING_PARAMETERS] = {0};

	return syscall(SYS_io_uring_setup, 1, parameters);
}

static long load_bpf(void)
{
	union bpf_attr map;

	memset(&map, 0, sizeof(map));
	map.map_type = BPF_MAP_TYPE_ARRAY;
	map.key_size = map.value_size = 4;
	map.max_entries = 1;
	return syscall(SYS_bpf, BPF_MAP_CREATE, &map, sizeof(map));
}

static long handle_faults(void)
{
	return syscall(SYS_userfaultfd, O_CLOEXEC | USER_MODE_ONLY);
}

static long use_keyring(void)
{
	return syscall(SYS_keyctl, KEYCTL_GET_KEYRING_ID, KEY_SPEC_PROCESS_KEYRING, 1);
}

static long add_to_keyring(void)
{
	return syscall(SYS_add_key, "user", "escape", "x", (size_t)1, KEY_SPEC_PROCESS_KEYRING);
}

static long count_events(void)
{
	struct perf_event_attr event = {
		.type = PERF_TYPE_SOFTWARE,
		.size = sizeof(event),
		.config = PERF_COUNT_SW_TASK_CLOCK,
		.exclude_kernel = 1,
		.exclude_hv = 1,
	};

	return syscall(SYS_perf_event_open, &event, 0, -1, -1, 0);
}

/* In both it is this process's own mounts that would change: the control has unshared them. */
static long mount_something(void)
{
	return mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL);
}

static long open_file_system(void)
{
	return syscall(SYS_fsopen, "tmpfs", 0);
}

static long change_personality(void)
{
	return personality(READ_IMPLIES_EXEC);
}

static long read_kernel_log(void)
{
	/* 10: the size of the buffer. */
	return syscall(SYS_syslog, 10, NULL, 0);
}

static long type_into_terminal(void)
{
	return ioctl(FD_TERMINAL, TIOCSTI, "x");
}

/* The kernel cuts the request to 32 bits, so a filter must not compare only some of them. */
static long type_with_high_bits(void)
{
	return syscall(SYS_ioctl, (long)FD_TERMINAL, (1ul << 32) | TIOCSTI, "x");
}

static long select_text(void)
{
	char request = TIOCL_GETSHIFTSTATE;

	return ioctl(FD_TERMINAL, TIOCLINUX, &request);
}

static long change_discipline(void)
{
	int discipline = 0;

	return ioctl(FD_TERMINAL, TIOCSETD, &discipline);
}

static long make_secret_memory(void)
{
	return syscall(447 /* memfd_secret */, 0);
}

static long set_name_of_host(void)
{
	char name[65];

	return gethostname(name, sizeof(name)) < 0 ? -1 : sethostname(name, strlen(name));
}

#if defined(__x86_64__)
/* getpid(2) by ways that have system call tables of their own. */
static long call_by_x32(void)
{
	return syscall(0x40000000 | SYS_getpid);
}

static long call_by_int80(void)
{
	long result;

	__asm__ volatile("int $0x80" : "=a"(result) : "a"(20L) : "memory");
	return result;
}
#endif

const struct act acts_on_kernel[] = {
	{"start_io_uring", start_io_uring},
	{"load_bpf", load_bpf},
	{"handle_faults", handle_faults},
	{"use_keyring", use_keyring},
	{"add_to_keyring", add_to_keyring},
	{"count_events", count_events},
	{"mount_something", mount_something},
	{"open_file_system", open_file_system},
	{"change_personality", change_personality},
	{"read_kernel_log", read_kernel_log},
	{"type_into_terminal", type_into_terminal},
	{"type_with_high_bits", type_with_high_bits},
	{"select_text", select_text},
	{"change_discipline", change_discipline},
	{"make_secret_memory", make_secret_memory},
	{"set_name_of_host", set_name_of_host},
#if defined(__x86_64__)
	{"call_by_x32", call_by_x32},
	{"call_by_int80", call_by_int80},
#endif
};
const size_t acts_on_kernel_count = sizeof(acts_on_kernel) / sizeof(acts_on_kernel[0]);
