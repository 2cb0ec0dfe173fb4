/* Functions of libc that libjq finds here instead. A program's executable comes first when the
 * dynamic linker looks for a name; these are the ones by which a jq program would make a forbidden
 * system call, which is a violation and no answer. libc's calls among its own functions stay as
 * they are, and so does what it does about memory that was overwritten. */
/* Its inline realpath(3) would come before this one. */
#undef _FORTIFY_SOURCE

#include "jq/parting.h"
#include "lib/base/log.h"

#include <assert.h>
#include <errno.h>
#include <pwd.h>
#include <stdlib.h>
#include <unistd.h>

#define INSTEAD __attribute__((visibility("default")))

/* Modules: `import "a" as a {search: "/etc"};` */
INSTEAD char *realpath(const char *restrict path, char *restrict resolved)
{
	(void)path;
	(void)resolved;
	errno = EACCES;
	return NULL;
}

/* Modules in "~/". */
INSTEAD uid_t getuid(void)
{
	return (uid_t)-1;
}

INSTEAD struct passwd *getpwuid(uid_t uid)
{
	(void)uid;
	errno = EACCES;
	return NULL;
}

/* abort(3) sends itself a signal. */
INSTEAD _Noreturn void abort(void)
{
	parting_confused();
}

INSTEAD _Noreturn void __assert_fail(const char *assertion, const char *file, unsigned line,
				     const char *function)
{
	log_write(LOG_LEVEL_DEBUG, "%s:%u: %s: assertion failed: %s", file, line, function,
		  assertion);
	parting_confused();
}
