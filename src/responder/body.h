/* body.h - a body in JSON to its members, or what is wrong with it. */
#ifndef POSTERN_BODY_H
#define POSTERN_BODY_H

#include <stddef.h>

#include "common/outcome.h"
#include "common/target.h"
#include "responder/json_check.h"

struct json_object;

/* Why a body is refused. */
struct fault {
	const char *text;		/* a sentence; NULL: the usual one */
	const char *parameter;		/* its name, or NULL; lives in tree */
	struct json_span value;		/* as sent, in the body; or {NULL, 0} */
};

/*
 * The object that a body is. ADMITTED: *tree is to be freed with
 * body_clear. Else INVALID_JSON, INVALID_BODY or INTERNAL_ERROR (memory),
 * and *tree is NULL.
 */
enum outcome body_parse(const char *body, size_t length,
    struct json_object **tree);
void body_clear(struct json_object *tree);

/* ADMITTED when all members are among the names, which end in NULL. */
enum outcome body_known(struct json_object *tree, const char *const *names,
    const char *text, struct fault *fault);

/*
 * Judge the member url. ADMITTED: *url is it and canonical its canonical
 * form; or INVALID_PARAMETER, URL_NOT_ALLOWED.
 */
enum outcome body_url(struct json_object *tree,
    const struct target_policy *policy, const char **url,
    char canonical[TARGET_URL_MAX + 1], struct fault *fault);

/* INVALID_PARAMETER, and the fault says this. */
enum outcome body_refuse(struct fault *fault, const char *parameter,
    const char *text);

#endif
