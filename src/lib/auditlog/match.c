/* Which records a filter means. */
#include "lib/auditlog/match.h"

#include <string.h>

bool auditlog_glob(const char *pattern, struct auditlog_text text)
{
	const char *star = NULL;
	size_t at = 0, retry = 0;

	/* What the last star has taken grows by one whenever the rest does not fit. */
	while (at < text.length) {
		if (*pattern == '*') {
			star = pattern++;
			retry = at;
		} else if (*pattern && *pattern == text.text[at]) {
			pattern++;
			at++;
		} else if (star) {
			pattern = star + 1;
			at = ++retry;
		} else {
			return false;
		}
	}
	while (*pattern == '*')
		pattern++;
	return *pattern == 0;
}

/* "acme/shop#42" is the repository acme/shop, whose owner is acme. */
static bool match_repository(const char *pattern, struct auditlog_text target)
{
	const char *number = memchr(target.text, '#', target.length);

	if (number)
		target.length = (size_t)(number - target.text);
	return auditlog_glob(pattern, target);
}

bool auditlog_match(const struct review_filter *filter, const struct auditlog_record *record,
		    const char *line, size_t length)
{
	if (record->time_us < filter->since_us ||
	    (filter->until_us && record->time_us >= filter->until_us))
		return false;
	if (filter->severities && !(filter->severities >> record->severity & 1))
		return false;
	if (*filter->actor && !auditlog_glob(filter->actor, record->actor))
		return false;
	if (*filter->event && !auditlog_glob(filter->event, record->event))
		return false;
	if (*filter->outcome && !auditlog_glob(filter->outcome, record->outcome))
		return false;
	if (*filter->repository && !match_repository(filter->repository, record->target))
		return false;
	if (*filter->job && !auditlog_text_is(record->job, filter->job))
		return false;
	return !*filter->text || memmem(line, length, filter->text, strlen(filter->text));
}
