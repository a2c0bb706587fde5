/*
 * grid.h - rows and columns of text, and the three forms in which they are
 * printed.
 *
 * In each of them control characters are escaped: see printable.h.
 */
#ifndef POSTERN_GRID_H
#define POSTERN_GRID_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum grid_kind {
	GRID_TEXT,   /* may be cut where it does not fit */
	GRID_WHOLE,  /* text that is of use only when it is whole: an id */
	GRID_NUMBER, /* digits: to the right, and a number in JSON */
	GRID_BOOLEAN /* t or f */
};

struct grid_column {
	const char *name;
	enum grid_kind kind;
	bool hidden;  /* not in a table, unless all are wanted */
	size_t least; /* columns of the terminal that it takes at least */
};

struct grid {
	const struct grid_column *columns;
	size_t width, height;
	/* NULL: there is no value. */
	const char *(*cell)(const void *from, size_t row, size_t column);
	const void *from;
};

struct grid_form {
	unsigned width; /* of the terminal; 0: nothing is cut */
	bool wide;      /* all columns, and nothing is cut */
	bool colour;    /* a terminal that shows bold and colours */
	bool headless;  /* without the names */
};

/*
 * A table. One that does not fit has its longest texts cut, and if that is not
 * enough each row becomes a list of names and values.
 */
void grid_write_table(FILE *to, const struct grid *grid,
    const struct grid_form *form);

/* Is it a table as wide as the form, its longest texts cut if need be? */
bool grid_fits(const struct grid *grid, const struct grid_form *form);

/* RFC 4180, with a line of names. */
void grid_write_csv(FILE *to, const struct grid *grid);

/* An object a line, in ASCII. */
void grid_write_json(FILE *to, const struct grid *grid);

#endif
