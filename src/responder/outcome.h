/* outcome.h - every way a request can end, as one enum. Knows no HTTP. */
#ifndef POSTERN_OUTCOME_H
#define POSTERN_OUTCOME_H

#include <stdbool.h>

#include "common/compiler.h"

enum outcome {
	OUTCOME_REGISTERED,        /* stored, committed, confirmed */
	OUTCOME_NONE,              /* no fault yet: go on; nothing stored */
	OUTCOME_OK,                /* done, and here is what was asked for */
	OUTCOME_ACCEPTED,          /* it will be done */
	OUTCOME_CREATED,           /* a webhook, and here it is, with its key */
	OUTCOME_ROTATED,           /* a new secret, committed, confirmed */
	OUTCOME_REVOKED,           /* OAuth: the token is refused from now on */
	OUTCOME_NO_CONTENT,        /* done, and there is nothing to say */
	OUTCOME_NOT_MODIFIED,      /* the caller has it as it is */
	OUTCOME_INVALID_JSON,      /* the body is not strict JSON */
	OUTCOME_INVALID_BODY,      /* JSON, but not an object */
	OUTCOME_INVALID_PARAMETER, /* a member missing, wrong or unknown */
	OUTCOME_URL_NOT_ALLOWED,   /* it points where we never send */
	OUTCOME_UNKNOWN_EVENT,     /* no such event type */
	OUTCOME_WEBHOOK_LIMIT_REACHED, /* the account has all it may have */
	OUTCOME_UNAUTHORIZED,          /* no credentials */
	OUTCOME_INVALID_TOKEN,        /* malformed, unknown, expired, revoked */
	OUTCOME_INSUFFICIENT_SCOPE,   /* the token lacks the scope */
	OUTCOME_NOT_FOUND,            /* no such path */
	OUTCOME_NO_SUCH,              /* nothing of that id in the account */
	OUTCOME_METHOD_NOT_ALLOWED,   /* known path, other method */
	OUTCOME_CONFLICT,             /* the current state forbids it */
	OUTCOME_PRECONDITION_FAILED,  /* changed since: If-Match */
	OUTCOME_IDEMPOTENCY_MISMATCH, /* the key stands for another body */
	OUTCOME_BODY_TOO_LARGE,       /* more than the route takes */
	OUTCOME_UNSUPPORTED_MEDIA_TYPE, /* not JSON in UTF-8, or encoded */
	OUTCOME_NOT_A_FORM,      /* OAuth: other media type, or encoded */
	OUTCOME_INVALID_REQUEST, /* OAuth: a malformed or incomplete form */
	OUTCOME_INVALID_CLIENT,  /* OAuth: unknown, revoked, wrong secret */
	OUTCOME_INVALID_SCOPE,   /* OAuth: unknown, or more than it has */
	OUTCOME_UNSUPPORTED_GRANT_TYPE, /* OAuth: not client_credentials */
	OUTCOME_RATE_LIMITED,           /* the account asks for too much */
	OUTCOME_INTERNAL_ERROR,         /* a bug, ours or the schema's */
	OUTCOME_OUTSIDE_WORKING_HOURS,  /* the service is closed */
	OUTCOME_SERVICE_UNAVAILABLE,    /* the database cannot confirm */
	OUTCOME_NOT_READY,              /* so, or no worker is there */
	OUTCOME_COUNT
};

/* The outcome that an SQL function names so; false: there is none, or NULL. */
MUST_CHECK bool outcome_from_word(const char *word, enum outcome *outcome);

#endif
