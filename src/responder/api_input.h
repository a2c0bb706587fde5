/*
 * api_input.h - from a query or a body to the JSON that SQL functions take.
 *
 * Names, syntax and URLs are checked here, values in the database.
 */
#ifndef POSTERN_API_INPUT_H
#define POSTERN_API_INPUT_H

#include "common/compiler.h"
#include "responder/outcome.h"
#include "common/seal.h"
#include "common/header_block.h"
#include "common/egress_policy.h"
#include "responder/json_body.h"
#include "responder/urlencoded.h"
#include "responder/request.h"

struct api_input {
	const char *json;  /* an object: as sent, or of strings */
	const char *added; /* an object: what the responder adds */
	struct urlencoded query;
	char decoded[REQUEST_QUERY_MAX + 1]; /* the query's fields */
	struct json_object *tree, *more;     /* hold json and added */
	struct header_block headers;         /* of the body, which lost them */
};

/*
 * Read the query, or the body; bare_is_empty lets a request without a body
 * pass for "{}". NONE: json and added are set. Else the response's outcome,
 * and *fault says why. Pair with api_input_clear in every case, no earlier
 * than the fault is used.
 */
MUST_CHECK enum outcome api_input_query(struct api_input *in,
    const struct request *request, const char *const *names,
    struct fault *fault);
MUST_CHECK enum outcome api_input_body(struct api_input *in,
    struct request *request, const char *const *names,
    const struct egress_policy *policy, bool bare_is_empty,
    struct fault *fault);

/* Put a sealed secret into added; false when memory is short. */
MUST_CHECK bool api_input_seal(struct api_input *in,
    const struct sealed *sealed);

/* Put the headers into added, sealed, if there are any, and wipe them. */
MUST_CHECK bool api_input_seal_headers(struct api_input *in,
    struct sealer *sealer);

/* Put the trace that the client's request is part of, if any, into added. */
MUST_CHECK bool api_input_trace(struct api_input *in,
    const struct request *request);

/*
 * A member's value as sent: in a body its JSON, in a query a piece of JSON
 * that api_input_clear frees; {NULL, 0} when there is none.
 */
struct text api_input_value(const struct api_input *in,
    const struct request *request, const char *name);

/*
 * The address of the next page: the request's own path and query, with this
 * cursor. "" when it would be longer than size.
 */
void api_input_next(const struct api_input *in, const struct request *request,
    const char *cursor, char *link, size_t size);

void api_input_clear(struct api_input *in);

#endif
