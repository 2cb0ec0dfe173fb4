/* ghward-broker: protected memory, sandbox, loop. */
#include "broker/broker.h"

#include "lib/base/log.h"
#include "lib/sandbox/roles.h"

int main(void)
{
	struct sandbox_report report;

	/* Before the sandbox, as afterwards no such memory can be had. */
	struct secrets *secrets = secrets_open();

	if (sandbox_enter_role("broker", &(struct sandbox_variables){0}, &report) < 0)
		fatal("cannot confine ghward-broker at %s: %m", sandbox_failed_step());
	return broker_run(&report, secrets);
}
