/* The arena for secrets. */
#include "lib/secret/secret.h"

#include "lib/base/io.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Headers of Debian 12 lack the number; it is the same on every architecture (generic table). */
#ifndef SYS_memfd_secret
#define SYS_memfd_secret 447
#endif

static void *map_secret(size_t size)
{
	/* The descriptor is closed at once: with it, root could map the pages as well. */
	IO_AUTOCLOSE int fd = (int)syscall(SYS_memfd_secret, O_CLOEXEC);

	if (fd < 0 || ftruncate(fd, (off_t)size) < 0)
		return MAP_FAILED;
	return mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
}

static void *map_locked(size_t size)
{
	void *base = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (base == MAP_FAILED)
		return base;
	if (mlock(base, size) < 0 || madvise(base, size, MADV_DONTDUMP) < 0 ||
	    madvise(base, size, MADV_WIPEONFORK) < 0) {
		int saved = errno;
		munmap(base, size);
		errno = saved;
		return MAP_FAILED;
	}
	return base;
}

int secret_arena_open(struct secret_arena *arena, size_t size)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	size_t rounded;

	if (size == 0 || __builtin_add_overflow(size, page - 1, &rounded)) {
		errno = EINVAL;
		return -1;
	}
	rounded -= rounded % page;
	void *base = map_secret(rounded);
	enum secret_backend backend = SECRET_MEMFD;
	if (base != MAP_FAILED) {
		if (madvise(base, rounded, MADV_DONTFORK) < 0) {
			munmap(base, rounded);
			base = MAP_FAILED;
		}
	}
	if (base == MAP_FAILED) {
		backend = SECRET_LOCKED;
		base = map_locked(rounded);
	}
	if (base == MAP_FAILED)
		return -1;
	*arena = (struct secret_arena){.base = base, .size = rounded, .backend = backend};
	return 0;
}

void secret_arena_close(struct secret_arena *arena)
{
	if (!arena->base)
		return;
	explicit_bzero(arena->base, arena->size);
	munmap(arena->base, arena->size);
	arena->base = NULL;
	arena->size = 0;
}

const char *secret_backend_name(enum secret_backend backend)
{
	return backend == SECRET_MEMFD ? "memfd_secret" : "locked";
}
