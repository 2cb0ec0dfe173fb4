/* Every role's confinement in one table; system calls are in policy/seccomp/. */
#include "lib/sandbox/roles.h"

#include "lib/sandbox/filter.h"
#include "lib/sandbox/steps.h"

#include <errno.h>
#include <string.h>

#define MIB (UINT64_C(1) << 20)

#define RESOLVER_FILE(name)                                                                        \
	{                                                                                          \
		.path = name, .access = LANDLOCK_FS_READ_FILE, .presence = LANDLOCK_PATH_OPTIONAL  \
	}

/* git and its helpers, where distributions have them; on a system without them there is nothing to
 * execute. */
#define EXECUTABLE(name, rights)                                                                   \
	{                                                                                          \
		.path = name, .access = rights, .presence = LANDLOCK_PATH_OPTIONAL                 \
	}
#define GIT_EXECUTABLES(rights)                                                                    \
	EXECUTABLE("/usr/bin/git", rights), EXECUTABLE("/usr/lib/git-core", rights),               \
		EXECUTABLE("/usr/libexec/git-core", rights),                                       \
		EXECUTABLE("/usr/libexec/git", rights)
#define GIT_EXECUTABLES_COUNT 4u
/* The kernel reads what it executes; that matters where reading is restricted. */
#define EXECUTE_RIGHTS (LANDLOCK_FS_EXECUTE | LANDLOCK_FS_READ_FILE)

#define LIBRARIES(name)                                                                            \
	{                                                                                          \
		.path = name, .access = LANDLOCK_FS_READ_FILE | LANDLOCK_FS_READ_DIR,              \
		.presence = LANDLOCK_PATH_OPTIONAL                                                 \
	}

/* What git does with a repository: everything but making links, nodes and sockets. */
#define REPOSITORY_RIGHTS                                                                          \
	(LANDLOCK_FS_READ_FILE | LANDLOCK_FS_READ_DIR | LANDLOCK_FS_WRITE_FILE |                   \
	 LANDLOCK_FS_MAKE_REG | LANDLOCK_FS_MAKE_DIR | LANDLOCK_FS_REMOVE_FILE |                   \
	 LANDLOCK_FS_REMOVE_DIR | LANDLOCK_FS_REFER | LANDLOCK_FS_TRUNCATE)

/* The OOM killer should take what can be restarted before what everything depends on. */
enum { OOM_EXPENDABLE = 500, OOM_NORMAL = 0 };

static const struct {
	const char *role;
	struct sandbox_spec spec;
} roles[] = {
	{"cli",
	 {.last_fd = 3,
	  .session = SANDBOX_SAME_SESSION,
	  .parent = SANDBOX_OUTLIVE_PARENT,
	  .limits = {.open_files = 64},
	  .landlock = {.paths = {{.path = "/proc",
				  .access = LANDLOCK_FS_READ_FILE | LANDLOCK_FS_READ_DIR,
				  .presence = LANDLOCK_PATH_OPTIONAL}},
		       .path_count = 1}}},
	{"agent",
	 {.session = SANDBOX_OWN_SESSION,
	  .parent = SANDBOX_OUTLIVE_PARENT,
	  .limits = {.open_files = 4096},
	  /* The first two are the dynamic loader, which exec opens as well, and the helpers'
	   * directory. */
	  .landlock = {.extent = LANDLOCK_AGENT,
		       .paths = {{.access = LANDLOCK_FS_EXECUTE},
				 {.access = LANDLOCK_FS_EXECUTE},
				 GIT_EXECUTABLES(LANDLOCK_FS_EXECUTE)},
		       .path_count = 2 + GIT_EXECUTABLES_COUNT}}},
	{"config",
	 {.last_fd = 5,
	  .oom_score_adj = OOM_EXPENDABLE,
	  .limits =
		  {.address_space = 64 * MIB, .cpu_seconds = 5, .file_size = 1, .open_files = 16}}},
	{"broker",
	 {.last_fd = 9,
	  .limits = {.address_space = 4096 * MIB, .open_files = 2048},
	  .landlock = {.paths = {{.fd = 4,
				  .access = LANDLOCK_FS_READ_FILE | LANDLOCK_FS_READ_DIR |
					    LANDLOCK_FS_WRITE_FILE | LANDLOCK_FS_MAKE_REG |
					    LANDLOCK_FS_REMOVE_FILE}},
		       .path_count = 1}}},
	{"audit",
	 {.last_fd = 4,
	  .parent = SANDBOX_OUTLIVE_PARENT,
	  .limits = {.address_space = 64 * MIB, .open_files = 16},
	  .landlock = {.paths = {{.fd = 4,
				  .access = LANDLOCK_FS_READ_FILE | LANDLOCK_FS_READ_DIR |
					    LANDLOCK_FS_WRITE_FILE | LANDLOCK_FS_MAKE_REG |
					    LANDLOCK_FS_REMOVE_FILE | LANDLOCK_FS_TRUNCATE}},
		       .path_count = 1}}},
	{"net",
	 {.last_fd = 5,
	  .oom_score_adj = OOM_EXPENDABLE,
	  .limits = {.address_space = 512 * MIB, .file_size = 33 * MIB, .open_files = 512}}},
	/* Descriptors on their way are counted per user, and held against the limit of whoever
	 * sends one: what the broker's clients have not taken yet must not keep this one from its
	 * work. */
	{"dial",
	 {.last_fd = 4,
	  .oom_score_adj = OOM_EXPENDABLE,
	  .limits = {.address_space = 64 * MIB, .file_size = 1, .open_files = 2048},
	  .landlock = {.paths = {RESOLVER_FILE("/etc/resolv.conf"), RESOLVER_FILE("/etc/hosts"),
				 RESOLVER_FILE("/etc/host.conf"),
				 RESOLVER_FILE("/etc/nsswitch.conf"),
				 RESOLVER_FILE("/etc/gai.conf"), RESOLVER_FILE("/etc/services"),
				 RESOLVER_FILE("/run/systemd/resolve")},
		       .path_count = 7,
		       .connect_ports = {53},
		       .connect_port_count = 1}}},
	{"worker",
	 {.last_fd = 3,
	  .oom_score_adj = OOM_EXPENDABLE,
	  .limits = {.address_space = 512 * MIB, .cpu_seconds = 600, .open_files = 128}}},
	{"verify",
	 {.last_fd = 4,
	  .oom_score_adj = OOM_EXPENDABLE,
	  .limits = {.address_space = 64 * MIB, .file_size = 1, .open_files = 16},
	  .landlock = {.paths = {{.fd = 4, .access = LANDLOCK_FS_READ_FILE | LANDLOCK_FS_READ_DIR}},
		       .path_count = 1}}},
	/* Its database may take any size; what SQLite may take of memory is in
	   src/store/database.c. */
	{"store",
	 {.last_fd = 5,
	  .oom_score_adj = OOM_EXPENDABLE,
	  .limits = {.address_space = 256 * MIB, .open_files = 16},
	  .landlock = {.paths = {{.fd = 4, .access = LANDLOCK_FS_READ_FILE | LANDLOCK_FS_READ_DIR},
				 {.fd = 5,
				  .access = LANDLOCK_FS_READ_FILE | LANDLOCK_FS_WRITE_FILE |
					    LANDLOCK_FS_MAKE_REG | LANDLOCK_FS_TRUNCATE}},
		       .path_count = 2}}},
	{"tree",
	 {.last_fd = 4,
	  .limits = {.address_space = 64 * MIB, .file_size = MIB, .open_files = 256},
	  .landlock = {.paths = {{.fd = 4,
				  .access = LANDLOCK_FS_READ_FILE | LANDLOCK_FS_READ_DIR |
					    LANDLOCK_FS_WRITE_FILE | LANDLOCK_FS_MAKE_REG |
					    LANDLOCK_FS_MAKE_DIR | LANDLOCK_FS_REMOVE_FILE |
					    LANDLOCK_FS_REMOVE_DIR | LANDLOCK_FS_REFER |
					    LANDLOCK_FS_TRUNCATE}},
		       .path_count = 1}}},
	/* git's limits come with each order and are set before it is executed. */
	{"git",
	 {.last_fd = 4,
	  .oom_score_adj = OOM_EXPENDABLE,
	  .limits = {.open_files = 256},
	  .landlock = {.paths = {{.access = EXECUTE_RIGHTS},
				 {.fd = 4, .access = REPOSITORY_RIGHTS},
				 {.fd = 5, .access = REPOSITORY_RIGHTS},
				 GIT_EXECUTABLES(EXECUTE_RIGHTS),
				 LIBRARIES("/usr/lib"),
				 LIBRARIES("/usr/lib64"),
				 LIBRARIES("/lib"),
				 LIBRARIES("/lib64"),
				 {.path = "/etc/ld.so.cache",
				  .access = LANDLOCK_FS_READ_FILE,
				  .presence = LANDLOCK_PATH_OPTIONAL},
				 {.path = "/dev/null",
				  .access = LANDLOCK_FS_READ_FILE | LANDLOCK_FS_WRITE_FILE},
				 {.path = "/dev/urandom", .access = LANDLOCK_FS_READ_FILE}},
		       .path_count = 10 + GIT_EXECUTABLES_COUNT}}},
	{"mint",
	 {.last_fd = 3,
	  .oom_score_adj = OOM_EXPENDABLE,
	  .limits =
		  {.address_space = 64 * MIB, .cpu_seconds = 5, .file_size = 1, .open_files = 16}}},
	/* 10,000 alerts with all their fields take 100 MB and half a second; this is for ten times
	 * as many. */
	{"jq",
	 {.last_fd = 3,
	  .oom_score_adj = OOM_EXPENDABLE,
	  .limits = {.address_space = 1024 * MIB,
		     .cpu_seconds = 10,
		     .file_size = 1,
		     .open_files = 16}}},
};

/* The dynamic loader comes first; a program that was linked statically has none. */
static void set_loader(struct landlock_rules *rules)
{
	rules->paths[0].path = sandbox_loader();
	if (!rules->paths[0].path)
		rules->paths[0] = rules->paths[--rules->path_count];
}

static int set_agent(struct landlock_rules *rules, const struct sandbox_variables *variables)
{
	if (!variables->helpers) {
		errno = EINVAL;
		return -1;
	}
	rules->paths[1].path = variables->helpers;
	set_loader(rules);
	if (variables->destination)
		rules->paths[rules->path_count++] = (struct landlock_path){
			.fd = variables->destination, .access = LANDLOCK_FS_REFER};
	return 0;
}

/* Of descriptors that this process was not given there is no rule. */
static void drop_missing(struct landlock_rules *rules, unsigned last_fd)
{
	size_t kept = 0;

	for (size_t i = 0; i < rules->path_count; i++) {
		if (rules->paths[i].path || rules->paths[i].fd <= (int)last_fd)
			rules->paths[kept++] = rules->paths[i];
	}
	rules->path_count = kept;
}

int sandbox_role_spec(const char *role, const struct sandbox_variables *variables,
		      struct sandbox_spec *spec)
{
	for (size_t i = 0; i < sizeof(roles) / sizeof(roles[0]); i++) {
		if (strcmp(roles[i].role, role) != 0)
			continue;
		*spec = roles[i].spec;
		if (variables->last_fd)
			spec->last_fd = variables->last_fd;
		if (variables->connect_port)
			spec->landlock.connect_ports[spec->landlock.connect_port_count++] =
				variables->connect_port;
		if (spec->landlock.extent == LANDLOCK_AGENT)
			return set_agent(&spec->landlock, variables);
		if (strcmp(role, "git") == 0)
			set_loader(&spec->landlock);
		drop_missing(&spec->landlock, spec->last_fd);
		return 0;
	}
	errno = ENOENT;
	return -1;
}

int sandbox_enter_role(const char *role, const struct sandbox_variables *variables,
		       struct sandbox_report *report)
{
	struct sandbox_spec spec;

	if (sandbox_role_spec(role, variables, &spec) < 0)
		return -1;
	/* A build that linked another role's filter must not start. */
	if (strcmp(role, sandbox_filter_role) != 0) {
		errno = EINVAL;
		return -1;
	}
	return sandbox_enter(&spec, report);
}
