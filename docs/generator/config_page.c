/* ghward-config(5). */
#include "mdoc.h"
#include "papers.h"

#include "lib/settings/settings.h"

static const char *type_name(const struct settings_spec *spec)
{
	switch (spec->type) {
	case SETTINGS_TYPE_URL:
		return "string, an https URL";
	case SETTINGS_TYPE_DATE:
		return "string, a date";
	case SETTINGS_TYPE_PROXY:
		return "string, the address of a proxy";
	case SETTINGS_TYPE_LIST:
		return "string, a list";
	case SETTINGS_TYPE_ID:
		return "string, a client id";
	case SETTINGS_TYPE_PATH:
		return "string, an absolute path";
	case SETTINGS_TYPE_COUNT:
		return "whole number";
	case SETTINGS_TYPE_SECONDS:
		return "number";
	case SETTINGS_TYPE_FLAG:
		return "true or false";
	case SETTINGS_TYPE_WEBHOOK:
		return "string, an https URL with a path";
	}
	return "";
}

static bool is_quoted(const struct settings_spec *spec)
{
	return spec->type != SETTINGS_TYPE_COUNT && spec->type != SETTINGS_TYPE_SECONDS;
}

static void put_setting(FILE *out, const struct settings_spec *spec)
{
	char line[512];

	fputs(".It Ic", out);
	mdoc_argument(out, spec->name);
	putc('\n', out);
	snprintf(line, sizeof(line), "%s.", spec->summary);
	mdoc_text(out, line);
	fputs(".Pp\n", out);
	if (is_quoted(spec))
		snprintf(line, sizeof(line), "Type: %s.", type_name(spec));
	else
		snprintf(line, sizeof(line), "Type: %s from %u to %u.", type_name(spec), spec->min,
			 spec->max);
	mdoc_text(out, line);
	if (*spec->fallback)
		fprintf(out, "Default:\n.Ql %s .\n", spec->fallback);
	else
		fputs("Default: none.\n", out);
	if (spec->variable)
		fprintf(out, "Environment:\n.Ev %s .\n", spec->variable);
}

static void put_example(FILE *out)
{
	static const char head[] = "{\n  // every key, with its default";
	char text[4096];
	int used = snprintf(text, sizeof(text), "%s", head);

	for (unsigned i = 0; i < SETTINGS_KEYS; i++) {
		const struct settings_spec *spec = settings_spec((enum settings_key)i);
		const char *quote = is_quoted(spec) ? "\"" : "";
		if (!*spec->fallback)
			continue;
		used += snprintf(text + used, sizeof(text) - (size_t)used, "%s\n  \"%s\": %s%s%s",
				 used > (int)sizeof(head) ? "," : "", spec->name, quote,
				 spec->fallback, quote);
	}
	snprintf(text + used, sizeof(text) - (size_t)used, "\n}\n");
	mdoc_literal(out, text);
}

void man_config(FILE *out)
{
	mdoc_begin(out, "ghward-config", 5, "The configuration file of ghward");
	fputs(".Sh DESCRIPTION\n", out);
	mdoc_text(out,
		  "The file is one JSON object. Comments are allowed, // to the end of a line and "
		  "/* ... */. A key that is not listed here, a key that stands twice and a value "
		  "out of range are errors that name the line; nothing is sent then. The file "
		  "must belong to the user or to root, and nobody else may be able to write to "
		  "it, since it says where a token is sent. It never contains a token.");
	fputs(".Pp\nThe first of these is read:\n.Bl -enum -compact\n"
	      ".It\n.Ev GHWARD_CONFIG ,\nwhich must exist if it is set\n"
	      ".It\n.Pa $XDG_CONFIG_HOME/ghward/config.json ,\n"
	      "or\n.Pa ~/.config/ghward/config.json\nwhere that is not set\n"
	      ".It\n.Pa /etc/ghward/config.json\n.El\n"
	      ".Pp\nEnvironment variables override the file.\n"
	      ".Ss Keys\n.Bl -tag -width Ds\n",
	      out);
	for (unsigned i = 0; i < SETTINGS_KEYS; i++)
		put_setting(out, settings_spec((enum settings_key)i));
	fputs(".El\n.Sh EXAMPLES\n", out);
	put_example(out);
	fputs(".Sh SEE ALSO\n.Xr ghward 1 ,\n.Xr ghward-serve 1\n", out);
}
