/* Text as words of a shell. */
#include "quote.h"

#include <string.h>

void quote_inside(FILE *out, const char *text, const char *special)
{
	for (; *text; text++) {
		if (strchr(special, *text))
			putc('\\', out);
		if (*text == '\'')
			fputs("'\\''", out);
		else
			putc(*text, out);
	}
}

void quote_posix(FILE *out, const char *text)
{
	putc('\'', out);
	quote_inside(out, text, "");
	putc('\'', out);
}

void quote_fish(FILE *out, const char *text)
{
	putc('\'', out);
	for (; *text; text++) {
		if (*text == '\'' || *text == '\\')
			putc('\\', out);
		putc(*text, out);
	}
	putc('\'', out);
}
