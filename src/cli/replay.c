/* replay.c - deliveries sent again, or given up, one or many. */
#include "cli/replay.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/compiler.h"
#include "common/option_table.h"

#include "cli/output.h"
#include "cli/session.h"

#define OPTION_WHICH                                                          \
	{ .name = "webhook",                                                  \
		.value = "WEBHOOK",                                           \
		.help = "those to this webhook" },                            \
	    { .name = "since",                                                \
		    .value = "TIME",                                          \
		    .help = "of events published from then: '2 hours ago'" }, \
	    { .name = "until",                                                \
		    .value = "TIME",                                          \
		    .fallback = "0 s ago",                                    \
		    .help = "and before" },                                   \
	{                                                                     \
		.name = "dry-run", .help = "change nothing, count them"       \
	}

const struct command_option replay_options[] = {
	OPTION_WHICH,
	{ .name = "sent-too", .help = "also those that it has taken" },
	{ .name = NULL },
};
const struct command_option replay_options_cancel[] = {
	OPTION_WHICH,
	{ .name = NULL },
};

#define TIME(n)                                   \
	"CASE WHEN " n "::text LIKE '% ago' "     \
	"THEN now() - left(" n ", -4)::interval " \
	"ELSE " n "::timestamptz END"

/* $1: the webhook; $2, $3: the time; $4: also those that were sent. */
static const struct deed {
	const char *one, *many, *count, *said, *not_said;
} again = {
	"SELECT postern.replay($1::bigint)::integer AS deliveries",
	"SELECT postern.replay($1::uuid, " TIME("$2") ", " TIME("$3") ", "
	"$4::text IS NOT NULL) AS deliveries",
	"SELECT postern.count_deliveries($1::uuid, " TIME("$2") ", " TIME("$3")
	", CASE WHEN $4::text IS NULL "
	"THEN '{waiting,failed,cancelled}'::text[] "
	"ELSE '{waiting,failed,cancelled,sent}' END) AS deliveries",
	"sent again",
	"there is no such delivery, or it is being sent at this moment",
}, never = {
	"SELECT postern.cancel($1::bigint)::integer AS deliveries",
	"SELECT postern.cancel($1::uuid, " TIME("$2") ", " TIME("$3") ") "
	"AS deliveries WHERE $4::text IS NULL",
	"SELECT postern.count_deliveries($1::uuid, " TIME("$2") ", " TIME("$3")
	", '{fresh,waiting,replayed}') AS deliveries WHERE $4::text IS NULL",
	"given up",
	"it is not owed, or is being sent at this moment",
};

static int
show(const struct invocation *call, const struct deed *deed,
    const struct answer *answer, bool dry)
{
	const char *count = answer_text(answer, 0, 0);
	bool single = strcmp(count, "1") == 0;

	if (call->operand_count > 0 && strcmp(count, "0") == 0) {
		output_complain("%s: %s; \"postern deliveries %s\" shows it",
		    call->operands[0], deed->not_said, call->operands[0]);
		return EXIT_FAILURE;
	}
	if (!output_is_table(call))
		output_grid(call, &answer->grid);
	else
		printf("%s %s %s %s\n", count,
		    single ? "delivery" : "deliveries",
		    dry          ? "would be"
			: single ? "is"
				 : "are",
		    deed->said);
	return EXIT_SUCCESS;
}

static int
do_it(const struct invocation *call, const struct deed *deed)
{
	const char *values[] = { invocation_value(call, "webhook"),
		invocation_value(call, "since"),
		invocation_value(call, "until"),
		invocation_value(call, "sent-too") };
	bool one = call->operand_count > 0;
	bool dry = invocation_value(call, "dry-run") != NULL;
	struct session *session = NULL;
	struct answer answer = { .result = NULL };
	int status = session_open(call, &session);

	if (status == EXIT_SUCCESS && one)
		status =
		    session_ask(session, deed->one, call->operands, 1, &answer);
	else if (status == EXIT_SUCCESS)
		status = session_ask(session, dry ? deed->count : deed->many,
		    values, COUNT(values), &answer);
	if (status == EXIT_SUCCESS)
		status = show(call, deed, &answer, dry);
	answer_clear(&answer);
	session_close(session);
	return status;
}

static int
check(const struct invocation *call, const struct deed *deed)
{
	bool webhook = invocation_value(call, "webhook") != NULL;
	bool since = invocation_value(call, "since") != NULL;

	if (call->operand_count > 0 ? !webhook && !since &&
		    invocation_value(call, "dry-run") == NULL
				    : webhook && since)
		return do_it(call, deed);
	output_complain(
	    "give it one DELIVERY, or --webhook WEBHOOK and --since "
	    "TIME");
	return EXIT_USAGE;
}

int
replay_run(const struct invocation *call)
{
	return check(call, &again);
}

int
cancel_run(const struct invocation *call)
{
	return check(call, &never);
}
