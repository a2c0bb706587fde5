/* json_body.h - a JSON body parsed and checked: members and url. */
#ifndef POSTERN_JSON_BODY_H
#define POSTERN_JSON_BODY_H

#include <stddef.h>

#include "common/compiler.h"
#include "responder/outcome.h"
#include "common/egress_url.h"
#include "responder/json_check.h"
#include "responder/url_fault.h"

struct json_object;

/* Why an input is refused. */
struct fault {
	const char *text;         /* a sentence; NULL: the outcome's own */
	char said[URL_FAULT_MAX]; /* may hold it */
	const char *parameter;    /* its name, or NULL; lives in tree */
	struct text value;        /* as sent, in the body; or {NULL, 0} */
	bool hidden;              /* the value is not to be repeated, */
	const char *part;         /* only this of it; or NULL; in tree */
};

/*
 * The object that a body is. NONE: *tree is to be freed with
 * json_body_clear. Else INVALID_JSON, INVALID_BODY or INTERNAL_ERROR (memory),
 * and *tree is NULL.
 */
MUST_CHECK enum outcome json_body_parse(const char *body, size_t length,
    struct json_object **tree);
void json_body_clear(struct json_object *tree);

/* NONE when all members are among the names, which end in NULL. */
MUST_CHECK enum outcome json_body_known(struct json_object *tree,
    const char *const *names, const char *text, struct fault *fault);

/*
 * Check the member url. NONE: *url is it, and canonical its canonical form;
 * or INVALID_PARAMETER, URL_NOT_ALLOWED.
 */
MUST_CHECK enum outcome json_body_url(struct json_object *tree,
    const struct egress_policy *policy, const char **url,
    char canonical[EGRESS_URL_MAX + 1], struct fault *fault);

/* Fill the fault, with text as its sentence; INVALID_PARAMETER. */
enum outcome json_body_refuse(struct fault *fault, const char *parameter,
    const char *text);

#endif
