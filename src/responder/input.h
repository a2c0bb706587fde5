/*
 * input.h - a query or a body to the JSON that the database is asked with.
 *
 * Names, syntax and URLs are judged here; values are the database's to judge.
 */
#ifndef POSTERN_INPUT_H
#define POSTERN_INPUT_H

#include "common/outcome.h"
#include "common/seal.h"
#include "common/target.h"
#include "responder/body.h"
#include "responder/form.h"
#include "responder/request.h"

struct input {
	const char *json;		/* an object, as sent or of strings */
	const char *added;		/* an object: what we know of it */
	struct form query;
	char room[REQUEST_QUERY_MAX + 1];	/* of the query's fields */
	struct json_object *tree, *more;	/* hold json and added */
};

/*
 * Take the query, or the body; bare_is_empty lets a request without a body
 * pass for "{}". ADMITTED: json and added are there. Else an outcome for the
 * answer, and *fault says why. Pair with input_clear, in every case and no
 * earlier than the fault is used.
 */
enum outcome input_query(struct input *in, const struct request *request,
    const char *const *names, struct fault *fault);
enum outcome input_body(struct input *in, struct request *request,
    const char *const *names, const struct target_policy *policy,
    bool bare_is_empty, struct fault *fault);

/* Put a sealed secret into added; false when memory is short. */
bool input_seal(struct input *in, const struct sealed *sealed);

/*
 * A member's value as sent: in a body its JSON, in a query a piece of JSON
 * that input_clear frees; {NULL, 0} when there is none.
 */
struct json_span input_value(const struct input *in,
    const struct request *request, const char *name);

/*
 * The address of the next page: the request's own path and query, with this
 * cursor. "" when it would be longer than size.
 */
void input_next(const struct input *in, const struct request *request,
    const char *cursor, char *link, size_t size);

void input_clear(struct input *in);

#endif
