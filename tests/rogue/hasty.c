/* Asks before it was given any work, when nothing is on record yet. */
#include "rogue/rogue.h"

int main(void)
{
	static const struct operation_arguments acme = {.values = {
								[PARAMETER_OWNER] = "acme",
								[PARAMETER_REPO] = "shop",
								[PARAMETER_ALERT_NUMBER] = "1",
							}};

	rogue_enter();
	rogue_call(1, OPERATION_ALERTS_GET, &acme);
	rogue_wait_for(UINT16_MAX);
	return EXIT_SUCCESS;
}
