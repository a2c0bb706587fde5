/* findings.c - what was looked at, and what was found, row by row. */
#include "cli/findings.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "common/compiler.h"

#include "cli/printable.h"

static const char *const words[FINDING_STATES] = {
	[FINDING_GOOD] = "good",
	[FINDING_LOOK] = "look",
	[FINDING_BAD] = "bad",
};

static const struct grid_column columns[] = {
	{ "what", GRID_WHOLE, false, 0 },
	{ "state", GRID_WHOLE, false, 0 },
	{ "found", GRID_TEXT, false, 0 },
	{ "advice", GRID_TEXT, false, 0 },
};

void
findings_add(struct findings *findings, const char *what,
    enum finding_state state, const char *advice, const char *format, ...)
{
	struct finding *f;
	va_list args;

	if (findings->count == FINDINGS_MAX)
		return;
	f = &findings->rows[findings->count++];
	snprintf(f->what, sizeof f->what, "%s", what);
	f->state = state;
	va_start(args, format);
	vsnprintf(f->found, sizeof f->found, format, args);
	va_end(args);
	snprintf(f->advice, sizeof f->advice, "%s",
	    advice == NULL || state == FINDING_GOOD ? "" : advice);
}

enum finding_state
findings_state(const char *word)
{
	for (size_t i = 0; i < COUNT(words); i++)
		if (strcmp(words[i], word) == 0)
			return (enum finding_state)i;
	return FINDING_BAD;
}

size_t
findings_count(const struct findings *findings, enum finding_state state)
{
	size_t n = 0;

	for (size_t i = 0; i < findings->count; i++)
		n += findings->rows[i].state == state;
	return n;
}

static const char *
cell(const void *from, size_t row, size_t column)
{
	const struct findings *findings = from;
	const struct finding *f = &findings->rows[row];

	switch (column) {
	case 0:
		return f->what;
	case 1:
		return words[f->state];
	case 2:
		return f->found;
	default:
		return *f->advice == '\0' ? NULL : f->advice;
	}
}

static void
write_one(FILE *to, const struct finding *f)
{
	fprintf(to, "%-4s  ", words[f->state]);
	printable_put(to, f->what, PRINTABLE_ALL);
	fputs(": ", to);
	printable_put(to, f->found, PRINTABLE_ALL);
	fputc('\n', to);
	if (*f->advice == '\0')
		return;
	fputs("      ", to);
	printable_put(to, f->advice, PRINTABLE_ALL);
	fputc('\n', to);
}

void
findings_write(FILE *to, const struct findings *findings, bool all)
{
	for (size_t i = 0; i < findings->count; i++)
		if (all || findings->rows[i].state != FINDING_GOOD)
			write_one(to, &findings->rows[i]);
	fprintf(to, "%zu good, %zu worth a look, %zu bad\n",
	    findings_count(findings, FINDING_GOOD),
	    findings_count(findings, FINDING_LOOK),
	    findings_count(findings, FINDING_BAD));
}

struct grid
findings_grid(const struct findings *findings)
{
	return (struct grid){ .columns = columns,
		.width = COUNT(columns),
		.height = findings->count,
		.cell = cell,
		.from = findings };
}
