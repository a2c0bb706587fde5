/* output.c - what a subcommand says: results on stdout, the rest on stderr. */
#include "cli/output.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "common/text.h"

#include "cli/printable.h"

#define LINE_MAX_BYTES 4096
#define WIDTH_MOST 10000
#define WIDTH_USUAL 80

static unsigned
terminal_width(void)
{
	const char *columns = getenv("COLUMNS");
	struct winsize size;
	unsigned width;

	if (!isatty(STDOUT_FILENO))
		return 0;
	if (columns != NULL &&
	    text_number((struct text){ columns, strlen(columns) }, WIDTH_MOST,
		&width) &&
	    width > 0)
		return width;
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
		return size.ws_col;
	return WIDTH_USUAL;
}

/* https://no-color.org: set and not empty. */
static bool
shows_colours(void)
{
	const char *no = getenv("NO_COLOR"), *term = getenv("TERM");

	return isatty(STDOUT_FILENO) && (no == NULL || *no == '\0') &&
	    term != NULL && strcmp(term, "dumb") != 0;
}

struct grid_form
output_form(const struct invocation *call)
{
	return (struct grid_form){ .width = terminal_width(),
		.wide = call->globals[GLOBAL_WIDE] != NULL,
		.colour = shows_colours() };
}

bool
output_is_table(const struct invocation *call)
{
	return call->globals[GLOBAL_JSON] == NULL &&
	    call->globals[GLOBAL_CSV] == NULL;
}

void
output_grid(const struct invocation *call, const struct grid *grid)
{
	struct grid_form form = output_form(call);

	if (call->globals[GLOBAL_JSON] != NULL)
		grid_write_json(stdout, grid);
	else if (call->globals[GLOBAL_CSV] != NULL)
		grid_write_csv(stdout, grid);
	else
		grid_write_table(stdout, grid, &form);
}

/* Whole lines, so that each is escaped between its ends. */
static void
put_lines(const char *before, char *text)
{
	char *rest = NULL;

	for (char *line = strtok_r(text, "\n", &rest); line != NULL;
	     line = strtok_r(NULL, "\n", &rest)) {
		line += strspn(line, " \t");
		fputs(before, stderr);
		printable_put(stderr, line, PRINTABLE_ALL);
		fputc('\n', stderr);
		before = "  ";
	}
}

void
output_complain(const char *format, ...)
{
	char text[LINE_MAX_BYTES];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	fflush(stdout);
	put_lines("postern: ", text);
}

void
output_advise(const char *format, ...)
{
	char text[LINE_MAX_BYTES];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	put_lines("  ", text);
}

void
output_note(const struct invocation *call, const char *format, ...)
{
	char text[LINE_MAX_BYTES];
	va_list args;

	if (!output_is_table(call))
		return;
	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	fflush(stdout);
	put_lines("", text);
}

int
output_end(int status)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return status;
	output_complain("cannot write: %s", strerror(errno));
	return status == EXIT_SUCCESS ? EXIT_FAILURE : status;
}
