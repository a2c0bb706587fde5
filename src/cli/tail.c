/* tail.c - attempts as they are recorded. */
#include "cli/tail.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/compiler.h"
#include "common/option_table.h"

#include "cli/json_text.h"
#include "cli/output.h"
#include "cli/session.h"

#define ONCE_A 1 /* seconds between two looks */
#define JSON_COLUMN 9
#define KEY_COLUMN 8

/*
 * What ended in the last seconds. An attempt that the look before has shown is
 * in both: $1 is the webhook, $2 whether those alone that failed are wanted,
 * $3 whether they are wanted as JSON.
 */
static const char query[] =
    "SELECT to_char(q.started_at, 'HH24:MI:SS.MS') AS time, q.verdict, "
    "q.status, (extract(epoch FROM q.duration) * 1000)::integer AS ms, "
    "q.webhook_id, q.delivery_id, q.number, q.error, "
    "(q.delivery_id * 1000 + q.number)::text AS key, "
    "CASE WHEN $3::text IS NOT NULL THEN row_to_json(q) END AS json "
    "FROM (SELECT t.* FROM postern.attempts AS t "
    "WHERE t.started_at > now() - interval '21 s' "
    "AND t.started_at + coalesce(t.duration, '0') > now() - interval '5 s' "
    "AND ($1::uuid IS NULL OR t.webhook_id = $1::uuid) "
    "AND ($2::text IS NULL OR t.verdict <> 'delivered') "
    "ORDER BY t.started_at LIMIT 10000) AS q";

static const size_t least[] = { 12, 11, 6, 5, 36, 8, 6 };

/* The rows of a look that the look before did not have. */
struct fresh_rows {
	const struct answer *answer;
	size_t *rows, count;
};

static const char *
fresh_cell(const void *from, size_t row, size_t column)
{
	const struct fresh_rows *fresh = from;

	return answer_text(fresh->answer, fresh->rows[row], column);
}

static int
compare(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Its keys, in order; NULL: there are none, or no memory. */
static const char **
keys_of(const struct answer *answer)
{
	const char **keys = calloc(answer->grid.height + 1, sizeof *keys);

	for (size_t r = 0; keys != NULL && r < answer->grid.height; r++)
		keys[r] = answer_text(answer, r, KEY_COLUMN);
	if (keys != NULL)
		qsort(keys, answer->grid.height, sizeof *keys, compare);
	return keys;
}

static void
find_fresh(const struct answer *now, const struct answer *before,
    struct fresh_rows *fresh)
{
	const char **keys = keys_of(before);

	for (size_t r = 0; keys != NULL && r < now->grid.height; r++) {
		const char *key = answer_text(now, r, KEY_COLUMN);

		if (bsearch(&key, keys, before->grid.height, sizeof *keys,
			compare) == NULL)
			fresh->rows[fresh->count++] = r;
	}
	free(keys);
}

static void
print_fresh(const struct invocation *call, struct answer *now,
    const struct fresh_rows *fresh, bool first)
{
	struct grid grid = now->grid;
	struct grid_form form = output_form(call);

	for (size_t i = 0; i < COUNT(least); i++)
		now->columns[i].least = least[i];
	grid.width = KEY_COLUMN;
	grid.height = fresh->count;
	grid.cell = fresh_cell;
	grid.from = fresh;
	form.headless = !first;
	if (call->globals[GLOBAL_JSON] == NULL) {
		grid_write_table(stdout, &grid, &form);
		return;
	}
	for (size_t r = 0; r < fresh->count; r++) {
		json_text_copy(stdout, fresh_cell(fresh, r, JSON_COLUMN));
		fputc('\n', stdout);
	}
}

static int
look(const struct invocation *call, struct session *session,
    struct answer *before, bool first)
{
	const char *values[] = { invocation_value(call, "webhook"),
		invocation_value(call, "failed"), call->globals[GLOBAL_JSON] };
	struct answer now = { .result = NULL };
	struct fresh_rows fresh = { .answer = &now };
	int status = session_ask(session, query, values, COUNT(values), &now);

	if (status != EXIT_SUCCESS)
		return status;
	fresh.rows = calloc(now.grid.height + 1, sizeof *fresh.rows);
	if (fresh.rows != NULL)
		find_fresh(&now, before, &fresh);
	print_fresh(call, &now, &fresh, first);
	free(fresh.rows);
	answer_clear(before);
	*before = now;
	before->grid.columns = before->columns;
	return output_end(EXIT_SUCCESS);
}

int
tail_run(const struct invocation *call)
{
	const struct timespec pause = { .tv_sec = ONCE_A };
	struct answer before = { .result = NULL };
	struct session *session = NULL;
	int status;

	if (call->globals[GLOBAL_CSV] != NULL) {
		output_complain("tail prints a table or JSON, no CSV");
		return EXIT_USAGE;
	}
	status = session_open(call, &session);
	for (bool first = true; status == EXIT_SUCCESS; first = false) {
		status = look(call, session, &before, first);
		if (status == EXIT_SUCCESS)
			nanosleep(&pause, NULL);
	}
	answer_clear(&before);
	session_close(session);
	return status;
}
