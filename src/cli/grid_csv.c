/* grid_csv.c - a grid as CSV (RFC 4180), in UTF-8. */
#include "cli/grid.h"

#include <string.h>

#include "cli/printable.h"

static void
put_field(FILE *to, const char *text)
{
	bool quoted = strpbrk(text, ",\"\n\r") != NULL || *text == ' ';
	char escaped[16];
	uint32_t code;

	if (quoted)
		fputc('"', to);
	while (*text != '\0') {
		size_t n = printable_take(text, &code, escaped);

		if (*text == '"')
			fputc('"', to);
		if (*text == '\n')
			fputc('\n', to);
		else if (code == 0)
			fputs(escaped, to);
		else
			fwrite(text, 1, n, to);
		text += n;
	}
	if (quoted)
		fputc('"', to);
}

/* An empty text is "", and no value is nothing, as in COPY. */
static void
put_cell(FILE *to, const char *text, size_t column)
{
	if (column > 0)
		fputc(',', to);
	if (text != NULL && *text == '\0')
		fputs("\"\"", to);
	else if (text != NULL)
		put_field(to, text);
}

void
grid_write_csv(FILE *to, const struct grid *grid)
{
	for (size_t c = 0; c < grid->width; c++)
		put_cell(to, grid->columns[c].name, c);
	fputc('\n', to);
	for (size_t r = 0; r < grid->height; r++) {
		for (size_t c = 0; c < grid->width; c++)
			put_cell(to, grid->cell(grid->from, r, c), c);
		fputc('\n', to);
	}
}
