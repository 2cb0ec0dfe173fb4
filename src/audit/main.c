/* ghward-audit: boot id, hash library, sandbox, loop. */
#include "audit/audit.h"

#include "lib/auditlog/auditlog.h"
#include "lib/base/io.h"
#include "lib/base/log.h"
#include "lib/sandbox/roles.h"

#include <fcntl.h>

static void read_boot_id(char boot_id[AUDIT_BOOT_ID_SIZE])
{
	IO_AUTOCLOSE int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);

	if (fd < 0 || io_read_full(fd, boot_id, AUDIT_BOOT_ID_SIZE - 1) != AUDIT_BOOT_ID_SIZE - 1)
		fatal("cannot read the boot id: %m; is /proc mounted?");
	boot_id[AUDIT_BOOT_ID_SIZE - 1] = 0;
}

int main(void)
{
	char boot_id[AUDIT_BOOT_ID_SIZE];
	struct sandbox_report report;

	read_boot_id(boot_id);
	if (auditlog_init() < 0)
		fatal("the hash library does not start");
	if (sandbox_enter_role("audit", &(struct sandbox_variables){0}, &report) < 0)
		fatal("cannot confine ghward-audit at %s: %m", sandbox_failed_step());
	return audit_run(&report, boot_id);
}
