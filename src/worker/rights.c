/* Scopes and permissions. */
#include "worker/rights.h"

#include <stdio.h>
#include <string.h>

enum rights_basis rights_basis(const char *kind, const char *scopes)
{
	static const struct {
		const char *kind;
		enum rights_basis basis;
	} kinds[] = {
		{"classic", RIGHTS_SCOPES},
		{"oauth", RIGHTS_SCOPES},
		{"legacy", RIGHTS_SCOPES},
		{"app", RIGHTS_INSTALLATION},
		{"installation", RIGHTS_INSTALLATION},
		{"fine-grained", RIGHTS_HIDDEN},
		{"user-to-server", RIGHTS_HIDDEN},
	};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (strcmp(kinds[i].kind, kind) == 0)
			return kinds[i].basis;
	}
	return *scopes ? RIGHTS_SCOPES : RIGHTS_HIDDEN;
}

static bool is_word(const char *text, size_t length, const char *word)
{
	return strlen(word) == length && memcmp(word, text, length) == 0;
}

/* Whether a list with commas, perhaps blanks behind them, has this item. */
static bool list_has(const char *list, const char *item, size_t length)
{
	while (*list) {
		list += strspn(list, ", ");
		size_t part = strcspn(list, ", ");
		if (part && part == length && memcmp(list, item, length) == 0)
			return true;
		list += part;
	}
	return false;
}

bool rights_scopes_suffice(const char *have, const char *wanted, enum visibility visibility)
{
	static const char public[] = "public_repo";

	if (!*wanted)
		return true;
	while (*wanted) {
		size_t length = strcspn(wanted, "|");
		if (list_has(have, wanted, length))
			return true;
		if (visibility == VISIBILITY_PUBLIC && is_word(wanted, length, "repo") &&
		    list_has(have, public, sizeof(public) - 1))
			return true;
		wanted += length + (wanted[length] != 0);
	}
	return false;
}

void rights_scopes_text(const char *wanted, char text[RIGHTS_TEXT_MAX])
{
	size_t used = 0;

	snprintf(text, RIGHTS_TEXT_MAX, "none");
	while (wanted && *wanted && used < RIGHTS_TEXT_MAX) {
		size_t length = strcspn(wanted, "|");
		used += (size_t)snprintf(text + used, RIGHTS_TEXT_MAX - used, "%s%.*s",
					 used ? " or " : "", (int)length, wanted);
		wanted += length + (wanted[length] != 0);
	}
}

/* 0 for what is none. */
static unsigned level_of(const char *text, size_t length)
{
	static const char *const levels[] = {"read", "write", "admin"};

	for (unsigned i = 0; i < 3; i++) {
		if (is_word(text, length, levels[i]))
			return i + 1;
	}
	return 0;
}

bool rights_permissions_suffice(const char *have, const char *wanted)
{
	if (strcmp(wanted, "none") == 0)
		return true;
	size_t name = strcspn(wanted, ":") + 1; /* with its colon */
	unsigned level = strlen(wanted) > name ? level_of(wanted + name, strlen(wanted + name)) : 0;
	while (*have && level) {
		size_t length = strcspn(have, ",");
		if (length > name && memcmp(have, wanted, name) == 0)
			return level_of(have + name, length - name) >= level;
		have += length + (have[length] != 0);
	}
	return false;
}
