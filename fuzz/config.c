/* Configuration files and overrides. */
#include "config/config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct config config = {0};
	struct failure failure;
	char name[256];

	settings_defaults(&config.settings);
	(void)!config_apply_file(&config.settings, (const char *)data, size, "config.json",
				 &failure);
	config_file_name(data, size, name);
	(void)!config_apply_overrides(&config, data, size, &failure);
	if (config.settings.in_flight == 0 || config.settings.in_flight > 64)
		__builtin_trap();
	return 0;
}
