/*
 * api_list.h - lists of the API, page by page, as one grid.
 */
#ifndef POSTERN_API_LIST_H
#define POSTERN_API_LIST_H

#include <stddef.h>

#include "common/compiler.h"

#include "cli/api.h"
#include "cli/command.h"
#include "cli/grid.h"

#define API_LIST_COLUMNS_MAX 16

/* A list: its columns are named as the members of its elements. */
struct api_list {
	const struct grid_column *columns;
	size_t width;
	const char *empty; /* what is said when there is none */
};

/*
 * Ask for the path, which may have a query, and for what follows it, until
 * there are --limit elements, and print them. Returns the status to exit with.
 */
MUST_CHECK int api_list_print(const struct invocation *call, struct api *api,
    const char *path, const struct api_list *list);

/* Print one object, which is the answer, in the same columns. */
MUST_CHECK int api_list_print_one(const struct invocation *call,
    struct text object, const struct api_list *list);

#endif
