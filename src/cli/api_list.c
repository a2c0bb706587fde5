/* api_list.c - lists of the API, page by page, as one grid. */
#include "cli/api_list.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "common/option_table.h"
#include "common/text.h"

#include "cli/json_text.h"
#include "cli/json_view.h"
#include "cli/output.h"

#define LIMIT_MOST 100000
#define CELL_MAX 1024
#define CURSOR_MAX 257
#define PAGE_MOST 100

/* An object's text, and behind it what its columns show, each with a NUL. */
struct row {
	char *text;
	size_t at[API_LIST_COLUMNS_MAX]; /* in text; 0: there is no value */
};

struct rows {
	const struct api_list *list;
	struct row *all;
	size_t count;
	bool whole; /* print all columns */
};

static void
clear_rows(struct rows *rows)
{
	for (size_t r = 0; r < rows->count; r++)
		free(rows->all[r].text);
	free(rows->all);
}

/* Strings of a list with blanks between; of objects, how many there are. */
static void
join(struct text list, char *to, size_t size)
{
	struct text element;
	size_t n = 0, objects = 0;

	snprintf(to, size, "0");
	while (n + 1 < size && json_view_next(&list, &element)) {
		if (element.start[0] == '{') {
			snprintf(to, size, "%zu", ++objects);
			continue;
		}
		if (n > 0)
			to[n++] = ' ';
		json_view_string(element, to + n, size - n);
		n += strlen(to + n);
	}
}

/* What a column shows of an object; false: there is no value. */
static bool
read_cell(struct text object, const struct grid_column *column,
    char text[CELL_MAX])
{
	struct text value = json_view_member(object, column->name);

	if (value.length > 0 && value.start[0] == '[')
		join(value, text, CELL_MAX);
	else if (!json_view_string(value, text, CELL_MAX))
		return false;
	if (column->kind == GRID_BOOLEAN)
		text[1] = '\0';
	return true;
}

static bool
write_row(const struct api_list *list, struct text object, struct row *row)
{
	char cell[CELL_MAX];
	size_t length = 0;
	FILE *to = open_memstream(&row->text, &length);

	if (to == NULL)
		return false;
	fwrite(object.start, 1, object.length, to);
	putc('\0', to);
	for (size_t c = 0; c < list->width; c++) {
		if (!read_cell(object, &list->columns[c], cell))
			continue;
		row->at[c] = (size_t)ftell(to);
		fputs(cell, to);
		putc('\0', to);
	}
	return fclose(to) == 0;
}

static bool
add_row(struct rows *rows, struct text object)
{
	struct row *all = realloc(rows->all, (rows->count + 1) * sizeof *all);

	if (all == NULL)
		return false;
	rows->all = all;
	all[rows->count] = (struct row){ .text = NULL };
	return write_row(rows->list, object, &all[rows->count++]);
}

static const char *
cell_of(const void *from, size_t row, size_t column)
{
	const struct row *r = &((const struct rows *)from)->all[row];

	return r->at[column] == 0 ? NULL : r->text + r->at[column];
}

/*
 * JSON is as the API wrote it: it knows the types. Of one thing that was named,
 * all columns are of interest.
 */
static void
print_rows(const struct invocation *call, const struct rows *rows)
{
	struct grid_column columns[API_LIST_COLUMNS_MAX];
	const struct grid grid = { columns, rows->list->width, rows->count,
		cell_of, rows };

	for (size_t c = 0; c < grid.width; c++) {
		columns[c] = rows->list->columns[c];
		columns[c].hidden = columns[c].hidden && !rows->whole;
	}
	if (call->globals[GLOBAL_JSON] == NULL) {
		if (rows->count > 0 || !output_is_table(call))
			output_grid(call, &grid);
		return;
	}
	for (size_t r = 0; r < rows->count; r++) {
		json_text_copy(stdout, rows->all[r].text);
		putchar('\n');
	}
}

/* The rows of a page, as far as wanted, and the next one's cursor. */
static int
take_page(struct rows *rows, const struct web_reply *reply, size_t wanted,
    char cursor[CURSOR_MAX])
{
	struct text page = { reply->body, reply->length }, element;
	struct text data = json_view_member(page, "data");

	json_view_string(json_view_member(page, "next_cursor"), cursor,
	    CURSOR_MAX);
	if (data.length == 0) {
		output_complain("the answer is not Postern's: is this its "
				"URL?");
		return EXIT_FAILURE;
	}
	while (rows->count < wanted && json_view_next(&data, &element))
		if (!add_row(rows, element)) {
			output_complain("out of memory");
			return EXIT_FAILURE;
		}
	return EXIT_SUCCESS;
}

static int
take_pages(struct api *api, const char *path, size_t wanted, struct rows *rows,
    char cursor[CURSOR_MAX])
{
	int status;

	*cursor = '\0';
	do {
		size_t left = wanted - rows->count;
		char page[API_PATH_MAX], limit[16];
		struct web_reply reply;

		snprintf(page, sizeof page, "%s", path);
		snprintf(limit, sizeof limit, "%zu",
		    left < PAGE_MOST ? left : PAGE_MOST);
		api_add(page, "limit", limit);
		if (*cursor != '\0')
			api_add(page, "cursor", cursor);
		status = api_ask(api, "GET", page, NULL, &reply);
		if (status == EXIT_SUCCESS)
			status = take_page(rows, &reply, wanted, cursor);
		web_reply_clear(&reply);
	} while (
	    status == EXIT_SUCCESS && *cursor != '\0' && rows->count < wanted);
	return status;
}

int
api_list_print(const struct invocation *call, struct api *api, const char *path,
    const struct api_list *list)
{
	const char *limit = invocation_value(call, "limit");
	struct rows rows = { .list = list };
	char cursor[CURSOR_MAX];
	unsigned wanted;
	int status;

	if (!option_number(limit, LIMIT_MOST, &wanted)) {
		output_complain("--limit: must be a number from 1 to %d",
		    LIMIT_MOST);
		return EXIT_USAGE;
	}
	status = take_pages(api, path, wanted, &rows, cursor);
	if (status == EXIT_SUCCESS) {
		print_rows(call, &rows);
		if (rows.count == 0)
			output_note(call, "%s", list->empty);
		else if (*cursor != '\0')
			output_note(call,
			    "There are more: --limit %u shows "
			    "them",
			    10 * wanted);
	}
	clear_rows(&rows);
	return status;
}

int
api_list_print_one(const struct invocation *call, struct text object,
    const struct api_list *list)
{
	struct rows rows = { .list = list, .whole = true };
	bool ok = add_row(&rows, object);

	if (ok)
		print_rows(call, &rows);
	else
		output_complain("out of memory");
	clear_rows(&rows);
	return ok ? EXIT_SUCCESS : EXIT_FAILURE;
}
