/* Landlock, with constants of our own, as distributions' headers lag behind their kernels.
 * Source: linux/landlock.h up to ABI 7 (Linux 6.15). */
#ifndef GHWARD_SANDBOX_LANDLOCK_H
#define GHWARD_SANDBOX_LANDLOCK_H

#include <stddef.h>
#include <stdint.h>

/* Access rights of a path; the number of the ABI that brought them. */
#define LANDLOCK_FS_EXECUTE (UINT64_C(1) << 0)	   /* 1 */
#define LANDLOCK_FS_WRITE_FILE (UINT64_C(1) << 1)  /* 1 */
#define LANDLOCK_FS_READ_FILE (UINT64_C(1) << 2)   /* 1 */
#define LANDLOCK_FS_READ_DIR (UINT64_C(1) << 3)	   /* 1 */
#define LANDLOCK_FS_REMOVE_FILE (UINT64_C(1) << 5) /* 1 */
#define LANDLOCK_FS_REMOVE_DIR (UINT64_C(1) << 4)  /* 1 */
#define LANDLOCK_FS_MAKE_CHAR (UINT64_C(1) << 6)   /* 1 */
#define LANDLOCK_FS_MAKE_DIR (UINT64_C(1) << 7)	   /* 1 */
#define LANDLOCK_FS_MAKE_REG (UINT64_C(1) << 8)	   /* 1 */
#define LANDLOCK_FS_MAKE_BLOCK (UINT64_C(1) << 11) /* 1 */
#define LANDLOCK_FS_ABI1 ((UINT64_C(1) << 13) - 1)
#define LANDLOCK_FS_REFER (UINT64_C(1) << 13)	  /* 2 */
#define LANDLOCK_FS_TRUNCATE (UINT64_C(1) << 14)  /* 3 */
#define LANDLOCK_FS_IOCTL_DEV (UINT64_C(1) << 15) /* 5 */

#define LANDLOCK_NET_BIND_TCP (UINT64_C(1) << 0)    /* 4 */
#define LANDLOCK_NET_CONNECT_TCP (UINT64_C(1) << 1) /* 4 */

#define LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET (UINT64_C(1) << 0) /* 6 */
#define LANDLOCK_SCOPE_SIGNAL (UINT64_C(1) << 1)	       /* 6 */

enum landlock_extent {
	LANDLOCK_EVERYTHING, /* all rights the kernel knows are handled */
	/* Only what no child needs: device nodes, execution outside the helpers, binding of TCP
	 * ports, signals and abstract sockets outside of the domain. And moving from one directory
	 * to another, which the kernel denies in every domain that does not say where it may be. */
	LANDLOCK_AGENT,
};

enum landlock_minimum {
	LANDLOCK_FILES_REQUIRED, /* ABI 1 at least; the rest steps down */
	LANDLOCK_OPTIONAL,	 /* kernels without Landlock are accepted */
};

enum landlock_presence { LANDLOCK_PATH_REQUIRED, LANDLOCK_PATH_OPTIONAL };

struct landlock_path {
	const char *path; /* or NULL: */
	int fd;
	uint64_t access;
	enum landlock_presence presence;
};

#define LANDLOCK_PATHS_MAX 16u
#define LANDLOCK_PORTS_MAX 4u

struct landlock_rules {
	enum landlock_extent extent;
	enum landlock_minimum minimum;
	struct landlock_path paths[LANDLOCK_PATHS_MAX];
	size_t path_count;
	uint16_t connect_ports[LANDLOCK_PORTS_MAX];
	size_t connect_port_count;
};

/* What is in force afterwards; all zero without Landlock. */
struct landlock_state {
	uint32_t abi;
	uint64_t fs, net, scope; /* handled rights */
};

/* The ABI of the running kernel, 0 without Landlock. */
uint32_t landlock_abi(void);

/* The rights that a kernel of this ABI handles. */
struct landlock_state landlock_handled(uint32_t abi, enum landlock_extent);

/* Restricts this thread and its future children. Returns 0, or -1 with errno. */
int landlock_enter(const struct landlock_rules *, struct landlock_state *)
	__attribute__((warn_unused_result, nonnull));

#endif
