/* outcome.c - the words by which SQL functions name outcomes. */
#include "responder/outcome.h"

#include <stddef.h>
#include <string.h>

static const struct {
	const char *word;
	enum outcome outcome;
} words[] = {
	{ "ok", OUTCOME_OK },
	{ "registered", OUTCOME_REGISTERED },
	{ "accepted", OUTCOME_ACCEPTED },
	{ "created", OUTCOME_CREATED },
	{ "no_content", OUTCOME_NO_CONTENT },
	{ "admitted", OUTCOME_NONE },
	{ "invalid_parameter", OUTCOME_INVALID_PARAMETER },
	{ "unknown_event", OUTCOME_UNKNOWN_EVENT },
	{ "webhook_limit_reached", OUTCOME_WEBHOOK_LIMIT_REACHED },
	{ "invalid_token", OUTCOME_INVALID_TOKEN },
	{ "insufficient_scope", OUTCOME_INSUFFICIENT_SCOPE },
	{ "outside_working_hours", OUTCOME_OUTSIDE_WORKING_HOURS },
	{ "no_such", OUTCOME_NO_SUCH },
	{ "conflict", OUTCOME_CONFLICT },
	{ "precondition_failed", OUTCOME_PRECONDITION_FAILED },
	{ "idempotency_mismatch", OUTCOME_IDEMPOTENCY_MISMATCH },
	{ "invalid_client", OUTCOME_INVALID_CLIENT },
	{ "invalid_scope", OUTCOME_INVALID_SCOPE },
	{ "busy", OUTCOME_SERVICE_UNAVAILABLE },
	/* committed once, then rotated away: only a new one is sure to sign */
	{ "superseded", OUTCOME_SERVICE_UNAVAILABLE },
	{ NULL, OUTCOME_COUNT },
};

bool
outcome_from_word(const char *word, enum outcome *outcome)
{
	for (size_t i = 0; word != NULL && words[i].word != NULL; i++)
		if (strcmp(word, words[i].word) == 0) {
			*outcome = words[i].outcome;
			return true;
		}
	return false;
}
