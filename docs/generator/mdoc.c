/* Writing mdoc(7). */
#include "mdoc.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#define LINE_MAX_COLUMNS 75u

static void put_escaped(FILE *out, const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		switch (text[i]) {
		case '\\':
			fputs("\\e", out);
			break;
		/* Typed as it is shown: formatters make a hyphen, a quotation mark or a circumflex
		 * for print of these. */
		case '-':
			fputs("\\-", out);
			break;
		case '\'':
			fputs("\\(aq", out);
			break;
		case '`':
			fputs("\\(ga", out);
			break;
		case '~':
			fputs("\\(ti", out);
			break;
		case '^':
			fputs("\\(ha", out);
			break;
		default:
			putc(text[i], out);
		}
	}
}

void mdoc_begin(FILE *out, const char *name, unsigned section, const char *summary)
{
	size_t length = strlen(summary);

	if (length > 0 && summary[length - 1] == '.')
		length--;
	fputs(".Dd " GHWARD_DATE "\n.Dt ", out);
	for (const char *at = name; *at; at++)
		putc(toupper((unsigned char)*at), out);
	fprintf(out, " %u\n.Os ghward " GHWARD_VERSION "\n.Sh NAME\n.Nm %s\n.Nd ", section, name);
	/* The first word goes on behind a dash. */
	putc(tolower((unsigned char)*summary), out);
	put_escaped(out, summary + 1, length - 1);
	putc('\n', out);
}

static bool ends_sentence(const char *word, size_t length)
{
	return length > 1 && strchr(".!?", word[length - 1]) && word[length - 2] != '.';
}

void mdoc_text(FILE *out, const char *text)
{
	size_t column = 0;

	for (text += strspn(text, " "); *text; text += strspn(text, " ")) {
		size_t length = strcspn(text, " ");
		if (column > 0 && column + 1 + length > LINE_MAX_COLUMNS) {
			putc('\n', out);
			column = 0;
		}
		if (column > 0)
			putc(' ', out);
		else if (*text == '.' || *text == '\'')
			fputs("\\&", out);
		put_escaped(out, text, length);
		column += length + 1;
		if (ends_sentence(text, length)) {
			putc('\n', out);
			column = 0;
		}
		text += length;
	}
	if (column > 0)
		putc('\n', out);
}

void mdoc_argument(FILE *out, const char *text)
{
	/* Quoted it may have spaces; behind \& nothing is a macro or a delimiter. */
	fputs(" \"\\&", out);
	for (; *text; text++) {
		if (*text == '"')
			fputs("\\(dq", out);
		else
			put_escaped(out, text, 1);
	}
	putc('"', out);
}

void mdoc_literal(FILE *out, const char *text)
{
	fputs(".Bd -literal -offset indent\n", out);
	while (*text) {
		size_t length = strcspn(text, "\n");
		if (*text == '.' || *text == '\'')
			fputs("\\&", out);
		put_escaped(out, text, length);
		putc('\n', out);
		text += length;
		text += *text == '\n';
	}
	fputs(".Ed\n", out);
}
