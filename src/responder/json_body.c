/* json_body.c - a JSON body parsed and checked: members and url. */
#include "responder/json_body.h"

#include <string.h>

#include <json-c/json.h>

#define URL "url"

#define URL_RULES(scheme, ports)                                        \
	"url must be " scheme " URL with a full host name, port " ports \
	" or 1024 and up, no user name and no fragment, in at most "    \
	"2048 bytes of ASCII."

static struct json_object *
build_tree(const char *body, size_t length)
{
	struct json_tokener *tok = json_tokener_new_ex(JSON_DEPTH_MAX + 1);
	struct json_object *tree;

	if (tok == NULL)
		return NULL;
	json_tokener_set_flags(tok,
	    JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
	tree = json_tokener_parse_ex(tok, body, (int)length);
	json_tokener_free(tok);
	return tree;
}

static bool
is_object(const char *body, size_t length)
{
	size_t i = 0;

	while (i < length && strchr(" \t\r\n", body[i]) != NULL)
		i++;
	return i < length && body[i] == '{';
}

enum outcome
json_body_parse(const char *body, size_t length, struct json_object **tree)
{
	*tree = NULL;
	if (!json_check(body, length))
		return OUTCOME_INVALID_JSON;
	if (!is_object(body, length))
		return OUTCOME_INVALID_BODY;
	*tree = build_tree(body, length);
	return *tree == NULL ? OUTCOME_INTERNAL_ERROR : OUTCOME_NONE;
}

void
json_body_clear(struct json_object *tree)
{
	json_object_put(tree);
}

enum outcome
json_body_refuse(struct fault *fault, const char *parameter, const char *text)
{
	fault->parameter = parameter;
	fault->text = text;
	return OUTCOME_INVALID_PARAMETER;
}

enum outcome
json_body_known(struct json_object *tree, const char *const *names,
    const char *text, struct fault *fault)
{
	json_object_object_foreach(tree, name, value)
	{
		const char *const *n = names;

		(void)value;
		while (*n != NULL && strcmp(name, *n) != 0)
			n++;
		if (*n == NULL)
			return json_body_refuse(fault, name, text);
	}
	return OUTCOME_NONE;
}

enum outcome
json_body_url(struct json_object *tree, const struct egress_policy *policy,
    const char **url, char canonical[EGRESS_URL_MAX + 1], struct fault *fault)
{
	struct json_object *value;

	if (!json_object_object_get_ex(tree, URL, &value))
		return json_body_refuse(fault, URL, "url is missing.");
	if (!json_object_is_type(value, json_type_string))
		return json_body_refuse(fault, URL, "url must be a string.");
	*url = json_object_get_string(value);
	switch (egress_url_check(policy, *url,
	    (size_t)json_object_get_string_len(value), canonical)) {
	case EGRESS_OK:
		return OUTCOME_NONE;
	case EGRESS_REFUSED:
		json_body_refuse(fault, URL, NULL);
		return OUTCOME_URL_NOT_ALLOWED;
	case EGRESS_MALFORMED:
		break;
	}
	url_fault_say(*url, (size_t)json_object_get_string_len(value),
	    fault->said);
	if (*fault->said != '\0')
		return json_body_refuse(fault, URL, fault->said);
	return json_body_refuse(fault, URL,
	    policy->plain_http ? URL_RULES("an http or https", "80, 443")
			       : URL_RULES("an https", "443"));
}
