/* grid_table.c - a grid as a table that fits the terminal. */
#include "cli/grid.h"

#include <stdlib.h>

#include "common/compiler.h"

#include "cli/printable.h"

#define GAP 2       /* between columns */
#define SHORTEST 12 /* no text is cut to less */
#define BOLD "\033[1m"
#define PLAIN "\033[0m"

static const char *
text_of(const struct grid *grid, size_t row, size_t column)
{
	const char *text = grid->cell(grid->from, row, column);

	return text == NULL ? "" : text;
}

static bool
is_shown(const struct grid_column *column, const struct grid_form *form)
{
	return form->wide || !column->hidden;
}

static void
measure(const struct grid *grid, size_t *widths)
{
	for (size_t c = 0; c < grid->width; c++) {
		widths[c] = printable_width(grid->columns[c].name);
		if (grid->columns[c].least > widths[c])
			widths[c] = grid->columns[c].least;
		for (size_t r = 0; r < grid->height; r++) {
			size_t w = printable_width(text_of(grid, r, c));

			if (w > widths[c])
				widths[c] = w;
		}
	}
}

static size_t
sum(const struct grid *grid, const struct grid_form *form, const size_t *widths)
{
	size_t all = 0;

	for (size_t c = 0; c < grid->width; c++)
		if (is_shown(&grid->columns[c], form))
			all += widths[c] + GAP;
	return all < GAP ? 0 : all - GAP;
}

/* The widest that may be cut; NULL: none. */
static size_t *
find_widest(const struct grid *grid, const struct grid_form *form,
    size_t *widths)
{
	size_t *widest = NULL;

	for (size_t c = 0; c < grid->width; c++)
		if (is_shown(&grid->columns[c], form) &&
		    grid->columns[c].kind == GRID_TEXT &&
		    widths[c] > SHORTEST &&
		    (widest == NULL || widths[c] > *widest))
			widest = &widths[c];
	return widest;
}

/* Does it fit, perhaps with its longest texts cut? */
static bool
fit(const struct grid *grid, const struct grid_form *form, size_t *widths)
{
	if (form->width == 0 || form->wide)
		return true;
	while (sum(grid, form, widths) > form->width) {
		size_t *widest = find_widest(grid, form, widths);

		if (widest == NULL)
			return false;
		--*widest;
	}
	return true;
}

static void
put_blanks(FILE *to, size_t n)
{
	fprintf(to, "%*s", (int)n, "");
}

static void
put_cell(FILE *to, const char *text, const struct grid_column *column,
    size_t width, bool last)
{
	size_t own = printable_width(text);
	size_t pad = own < width ? width - own : 0;

	if (column->kind == GRID_NUMBER)
		put_blanks(to, pad);
	printable_put(to, text, width);
	if (column->kind != GRID_NUMBER && !last)
		put_blanks(to, pad);
}

/* row is one of the grid's, or -1 for the names. */
static void
put_row(FILE *to, const struct grid *grid, const struct grid_form *form,
    const size_t *widths, long row)
{
	bool first = true;
	size_t last = grid->width;

	while (last > 0 && !is_shown(&grid->columns[last - 1], form))
		last--;
	for (size_t c = 0; c < last; c++) {
		const struct grid_column *column = &grid->columns[c];

		if (!is_shown(column, form))
			continue;
		if (!first)
			put_blanks(to, GAP);
		first = false;
		put_cell(to,
		    row < 0 ? column->name : text_of(grid, (size_t)row, c),
		    column, widths[c], c + 1 == last);
	}
	fputc('\n', to);
}

static void
put_table(FILE *to, const struct grid *grid, const struct grid_form *form,
    const size_t *widths)
{
	if (!form->headless) {
		fputs(form->colour ? BOLD : "", to);
		put_row(to, grid, form, widths, -1);
		fputs(form->colour ? PLAIN : "", to);
	}
	for (size_t r = 0; r < grid->height; r++)
		put_row(to, grid, form, widths, (long)r);
}

static void
put_record(FILE *to, const struct grid *grid, const struct grid_form *form,
    size_t names, size_t row)
{
	for (size_t c = 0; c < grid->width; c++) {
		const struct grid_column *column = &grid->columns[c];
		const char *text = grid->cell(grid->from, row, c);
		size_t took;

		if (text == NULL || !is_shown(column, form))
			continue;
		fputs(form->colour ? BOLD : "", to);
		took = printable_put(to, column->name, names);
		fputs(form->colour ? PLAIN : "", to);
		put_blanks(to, names - took + GAP);
		printable_put(to, text, PRINTABLE_ALL);
		fputc('\n', to);
	}
}

static void
put_records(FILE *to, const struct grid *grid, const struct grid_form *form)
{
	size_t names = 0;

	for (size_t c = 0; c < grid->width; c++) {
		size_t w = printable_width(grid->columns[c].name);

		if (is_shown(&grid->columns[c], form) && w > names)
			names = w;
	}
	for (size_t r = 0; r < grid->height; r++) {
		if (r > 0)
			fputc('\n', to);
		put_record(to, grid, form, names, r);
	}
}

bool
grid_fits(const struct grid *grid, const struct grid_form *form)
{
	size_t *widths = calloc(grid->width + 1, sizeof *widths);
	bool fits = false;

	if (widths != NULL) {
		measure(grid, widths);
		fits = fit(grid, form, widths);
	}
	free(widths);
	return fits;
}

void
grid_write_table(FILE *to, const struct grid *grid,
    const struct grid_form *form)
{
	size_t *widths = calloc(grid->width + 1, sizeof *widths);

	if (widths == NULL)
		return put_records(to, grid, form);
	measure(grid, widths);
	if (fit(grid, form, widths))
		put_table(to, grid, form, widths);
	else
		put_records(to, grid, form);
	free(widths);
}
