/* Finding the client secret of an App. */
#include "broker/client_secret.h"

#include "broker/choose.h"

#include <string.h>

static bool is_for(const struct vault_details *details, const char *origin, const char *client_id)
{
	return details->kind == ENTRY_CLIENT && strcmp(details->origin, origin) == 0 &&
	       strcmp(details->account, client_id) == 0;
}

enum client_secret_found client_secret_find(struct keeper *keeper, uint32_t uid, const char *origin,
					    const char *client_id, char name[VAULT_NAME_MAX + 1],
					    struct failure *failure)
{
	enum client_secret_found found = CLIENT_SECRET_NONE;
	struct vault_details details;
	uint64_t newest = 0;

	if (keeper_open(keeper, failure) != KEEPER_OPEN)
		return CLIENT_SECRET_FAILED;
	for (size_t at = 0; vault_next(keeper_vault(keeper), uid, &at); at++) {
		if (!keeper_describe(keeper, at, &details, failure))
			return CLIENT_SECRET_FAILED;
		if (!is_for(&details, origin, client_id) || details.created < newest)
			continue;
		newest = details.created;
		memcpy(name, details.name, sizeof(details.name));
		found = CLIENT_SECRET_THERE;
	}
	return found;
}
