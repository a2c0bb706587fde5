/* grid_json.c - a grid as JSON, an object a line. */
#include "cli/grid.h"

#include <string.h>

#include "cli/json_text.h"

static void
put_value(FILE *to, const char *text, enum grid_kind kind)
{
	if (text == NULL)
		fputs("null", to);
	else if (kind == GRID_BOOLEAN)
		fputs(*text == 't' ? "true" : "false", to);
	else if (kind == GRID_NUMBER && strcmp(text, "NaN") != 0 &&
	    strstr(text, "Infinity") == NULL)
		fputs(text, to);
	else
		json_text_string(to, text);
}

void
grid_write_json(FILE *to, const struct grid *grid)
{
	for (size_t r = 0; r < grid->height; r++) {
		for (size_t c = 0; c < grid->width; c++) {
			fputs(c == 0 ? "{" : ",", to);
			json_text_string(to, grid->columns[c].name);
			fputc(':', to);
			put_value(to, grid->cell(grid->from, r, c),
			    grid->columns[c].kind);
		}
		fputs("}\n", to);
	}
}
