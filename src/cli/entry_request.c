/* From the command line to the request for a vault entry. */
#include "cli/entry_request.h"

#include "lib/base/calendar.h"

#include <stdio.h>
#include <string.h>

void entry_default_name(const struct environment_api *api, char name[ENVIRONMENT_HOST_MAX])
{
	snprintf(name, ENVIRONMENT_HOST_MAX, "%s", api->hostname);
	for (char *at = name; *at; at++) {
		if (*at == ':')
			*at = '-';
	}
}

/* A day is meant to its beginning: who is warned early loses nothing. */
static int parse_date(const char *text, uint64_t *seconds)
{
	char whole[sizeof("2027-01-31T00:00:00Z")];

	if (calendar_rfc3339(text, strlen(text), seconds) == 0)
		return 0;
	if (strlen(text) != strlen("2027-01-31"))
		return -1;
	snprintf(whole, sizeof(whole), "%sT00:00:00Z", text);
	return calendar_rfc3339(whole, strlen(whole), seconds);
}

int entry_request_make(struct entry_request *entry, const char *name, const struct options *options,
		       const struct environment *environment, struct failure *failure)
{
	const char *expires = options->values[OPTION_EXPIRES];
	const char *app = options->values[OPTION_APP_ID];
	const char *client = options->values[OPTION_CLIENT_ID];
	const char *secret_of = options->values[OPTION_SECRET_OF];

	*entry = (struct entry_request){
		.name = name,
		.owner = options->values[OPTION_OWNER],
		.account = app	       ? app
			   : secret_of ? secret_of
			   : client    ? client
				       : environment_get(environment, "GHWARD_CLIENT_ID"),
		.scopes = options->values[OPTION_SCOPES],
		.form = app	    ? SECRET_APP_KEY
			: secret_of ? SECRET_CLIENT
				    : SECRET_TOKEN,
	};
	if (app && secret_of) {
		failure_set(failure, FAILURE_USAGE, "",
			    "--app-id and --client-id exclude each other");
		return -1;
	}
	if (!expires || (parse_date(expires, &entry->expires) == 0 && entry->expires > 0))
		return 0;
	failure_set(failure, FAILURE_USAGE, "",
		    "\"%s\" is no valid --expires: expected a date such as 2027-01-31 or "
		    "2027-01-31T10:00:00Z",
		    expires);
	return -1;
}
