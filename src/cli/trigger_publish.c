/* trigger_publish.c - postern trigger --account: publishes an event by SQL. */
#include "cli/trigger_publish.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/compiler.h"
#include "common/id.h"
#include "common/option_table.h"

#include "cli/output.h"
#include "cli/session.h"

/* An id needs no look into views, which a publisher's role may not read. */
static bool
is_uuid(const char *text)
{
	return strlen(text) == ID_UUID_LENGTH &&
	    strspn(text, "0123456789abcdefABCDEF-") == ID_UUID_LENGTH;
}

/* The one value that a query has for a value; complains if there is none. */
static int
ask_for(struct session *session, const char *sql, const char *value,
    const char *missing, char **found)
{
	struct answer answer = { .result = NULL };
	const char *text;
	int status = session_ask(session, sql, &value, 1, &answer);

	if (status != EXIT_SUCCESS)
		return status;
	text = answer_text(&answer, 0, 0);
	*found = text == NULL ? NULL : strdup(text);
	answer_clear(&answer);
	if (*found != NULL)
		return EXIT_SUCCESS;
	output_complain("%s: %s", value, missing);
	return EXIT_FAILURE;
}

static int
publish(const struct invocation *call, struct session *session,
    const char *account, const char *data)
{
	const char *values[] = { account, call->operands[0], data };
	struct answer answer = { .result = NULL };
	int status = session_ask(session,
	    "SELECT postern.publish($1::uuid, $2, $3::jsonb) AS message_id",
	    values, COUNT(values), &answer);

	if (status == EXIT_SUCCESS)
		output_grid(call, &answer.grid);
	answer_clear(&answer);
	return status;
}

int
trigger_publish(const struct invocation *call, const char *account)
{
	const char *given = invocation_value(call, "data");
	char *id = is_uuid(account) ? strdup(account) : NULL;
	char *data = given == NULL ? NULL : strdup(given);
	struct session *session = NULL;
	int status = session_open(call, &session);

	if (status == EXIT_SUCCESS && id == NULL)
		status = ask_for(session,
		    "SELECT a.id FROM postern.accounts AS a WHERE a.name = $1"
		    " ORDER BY a.created_at LIMIT 1",
		    account, "there is no such account", &id);
	if (status == EXIT_SUCCESS && data == NULL)
		status = ask_for(session,
		    "SELECT coalesce(t.example, '{}') FROM postern.event_types"
		    " AS t WHERE t.name = $1",
		    call->operands[0], "there is no such event type", &data);
	if (status == EXIT_SUCCESS)
		status = publish(call, session, id, data);
	session_close(session);
	free(data);
	free(id);
	return status;
}
