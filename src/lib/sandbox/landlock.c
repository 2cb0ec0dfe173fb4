/* Landlock. */
#include "lib/sandbox/landlock.h"

#include "lib/base/io.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* System call numbers of the generic table, the same on every architecture. */
#ifndef SYS_landlock_create_ruleset
#define SYS_landlock_create_ruleset 444
#define SYS_landlock_add_rule 445
#define SYS_landlock_restrict_self 446
#endif

#define CREATE_RULESET_VERSION 1u
#define RULE_PATH_BENEATH 1
#define RULE_NET_PORT 2
/* The newest ABI whose rights are known here. */
#define NEWEST_ABI 7u

struct ruleset_attributes {
	uint64_t handled_fs, handled_net, scoped;
};

struct path_beneath {
	uint64_t access;
	int32_t parent_fd;
} __attribute__((packed));

struct net_port {
	uint64_t access, port;
};

/* Rights that make sense for something that is not a directory. */
#define FILE_RIGHTS                                                                                \
	(LANDLOCK_FS_EXECUTE | LANDLOCK_FS_WRITE_FILE | LANDLOCK_FS_READ_FILE |                    \
	 LANDLOCK_FS_TRUNCATE | LANDLOCK_FS_IOCTL_DEV)

uint32_t landlock_abi(void)
{
	long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, CREATE_RULESET_VERSION);

	if (abi < 0)
		return 0;
	return abi > NEWEST_ABI ? NEWEST_ABI : (uint32_t)abi;
}

struct landlock_state landlock_handled(uint32_t abi, enum landlock_extent extent)
{
	struct landlock_state state = {.abi = abi};

	if (abi == 0)
		return state;
	state.fs = LANDLOCK_FS_ABI1;
	if (abi >= 2)
		state.fs |= LANDLOCK_FS_REFER;
	if (abi >= 3)
		state.fs |= LANDLOCK_FS_TRUNCATE;
	if (abi >= 4)
		state.net = LANDLOCK_NET_BIND_TCP | LANDLOCK_NET_CONNECT_TCP;
	if (abi >= 5)
		state.fs |= LANDLOCK_FS_IOCTL_DEV;
	if (abi >= 6)
		state.scope = LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET | LANDLOCK_SCOPE_SIGNAL;
	if (extent == LANDLOCK_AGENT) {
		state.fs &= LANDLOCK_FS_MAKE_CHAR | LANDLOCK_FS_MAKE_BLOCK | LANDLOCK_FS_EXECUTE |
			    LANDLOCK_FS_REFER;
		state.net &= LANDLOCK_NET_BIND_TCP;
	}
	return state;
}

/* A kernel may report an ABI and still refuse part of it (backports): step down until it agrees. */
static int create_ruleset(enum landlock_extent extent, struct landlock_state *state)
{
	for (uint32_t abi = landlock_abi(); abi > 0; abi--) {
		*state = landlock_handled(abi, extent);
		struct ruleset_attributes attributes = {state->fs, state->net, state->scope};
		size_t size = abi >= 6	 ? sizeof(attributes)
			      : abi >= 4 ? sizeof(uint64_t) * 2
					 : sizeof(uint64_t);
		int fd = (int)syscall(SYS_landlock_create_ruleset, &attributes, size, 0);
		if (fd >= 0 || (errno != EINVAL && errno != E2BIG))
			return fd;
	}
	*state = (struct landlock_state){0};
	errno = ENOSYS;
	return -1;
}

static int add_path(int ruleset, const struct landlock_path *path, uint64_t handled)
{
	IO_AUTOCLOSE int opened = -1;
	struct stat status;
	int fd = path->fd;

	if (path->path) {
		fd = opened = open(path->path, O_PATH | O_CLOEXEC);
		if (opened < 0)
			return path->presence == LANDLOCK_PATH_OPTIONAL ? 0 : -1;
	}
	if (fstat(fd, &status) < 0)
		return -1;
	uint64_t access = path->access & handled;
	if (!S_ISDIR(status.st_mode))
		access &= FILE_RIGHTS;
	if (!access)
		return 0;
	struct path_beneath rule = {.access = access, .parent_fd = fd};
	return (int)syscall(SYS_landlock_add_rule, ruleset, RULE_PATH_BENEATH, &rule, 0);
}

static int add_port(int ruleset, uint16_t port, uint64_t handled)
{
	struct net_port rule = {.access = LANDLOCK_NET_CONNECT_TCP, .port = port};

	/* An older kernel leaves TCP alone; the filter and the address rule remain. */
	if (!(handled & rule.access))
		return 0;
	return (int)syscall(SYS_landlock_add_rule, ruleset, RULE_NET_PORT, &rule, 0);
}

int landlock_enter(const struct landlock_rules *rules, struct landlock_state *state)
{
	IO_AUTOCLOSE int ruleset = create_ruleset(rules->extent, state);

	if (ruleset < 0) {
		return rules->minimum == LANDLOCK_OPTIONAL &&
				       (errno == ENOSYS || errno == EOPNOTSUPP)
			       ? 0
			       : -1;
	}
	for (size_t i = 0; i < rules->path_count; i++) {
		if (add_path(ruleset, &rules->paths[i], state->fs) < 0)
			return -1;
	}
	for (size_t i = 0; i < rules->connect_port_count; i++) {
		if (add_port(ruleset, rules->connect_ports[i], state->net) < 0)
			return -1;
	}
	return (int)syscall(SYS_landlock_restrict_self, ruleset, 0);
}
