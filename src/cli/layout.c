/* Breaking lines. */
#include "cli/layout.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

void layout_text(unsigned column, unsigned indent, const char *text)
{
	bool fresh = true;

	for (text += strspn(text, " "); *text; text += strspn(text, " ")) {
		unsigned length = (unsigned)strcspn(text, " ");
		if (!fresh && column + 1 + length > LAYOUT_WIDTH) {
			printf("\n%*s", (int)indent, "");
			column = indent;
			fresh = true;
		}
		printf("%s%.*s", fresh ? "" : " ", (int)length, text);
		column += length + !fresh;
		fresh = false;
		text += length;
	}
	putchar('\n');
}

void layout_item(unsigned column, const char *term, const char *text)
{
	unsigned length = (unsigned)strlen(term);

	if (length + 2 > column)
		printf("%s\n%*s", term, (int)column, "");
	else
		printf("%s%*s", term, (int)(column - length), "");
	layout_text(column, column, text);
}
