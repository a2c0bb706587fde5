/* headers_body.c - the member headers of a JSON body: checked, and taken. */
#include "responder/headers_body.h"

#include <string.h>

#include <json-c/json.h>

#define HEADERS "headers"

static enum outcome
refuse(struct fault *fault, const char *header, const char *text)
{
	fault->hidden = true;
	fault->part = header;
	return json_body_refuse(fault, HEADERS, text);
}

static enum outcome
take_header(struct header_block *block, const char *name,
    struct json_object *value, struct fault *fault)
{
	static const char zeros[HEADER_BLOCK_VALUE_MAX];
	struct text text;
	const char *wrong;

	if (!json_object_is_type(value, json_type_string))
		return refuse(fault, name,
		    "The value of a header must be a string.");
	text = (struct text){ json_object_get_string(value),
		(size_t)json_object_get_string_len(value) };
	wrong =
	    header_block_add(block, (struct text){ name, strlen(name) }, text);
	if (wrong != NULL)
		return refuse(fault, name, wrong);
	json_object_set_string_len(value, zeros, (int)text.length);
	return OUTCOME_NONE;
}

static bool
add_name(struct json_object **names, const char *name)
{
	struct json_object *o = json_object_new_string(name);

	if (*names == NULL)
		*names = json_object_new_array();
	if (o != NULL && *names != NULL &&
	    json_object_array_add(*names, o) == 0)
		return true;
	json_object_put(o);
	return false;
}

enum outcome
headers_body_take(struct json_object *tree, struct header_block *block,
    struct json_object **names, struct fault *fault)
{
	struct json_object *headers;
	enum outcome o;

	*names = NULL;
	if (!json_object_object_get_ex(tree, HEADERS, &headers) ||
	    headers == NULL)
		return OUTCOME_NONE;
	if (!json_object_is_type(headers, json_type_object))
		return refuse(fault, NULL,
		    "headers must be an object, or null.");
	json_object_object_foreach(headers, name, value)
	{
		o = take_header(block, name, value, fault);
		if (o == OUTCOME_NONE && !add_name(names, name))
			o = OUTCOME_INTERNAL_ERROR;
		if (o != OUTCOME_NONE) {
			json_object_put(*names);
			*names = NULL;
			return o;
		}
	}
	return OUTCOME_NONE;
}

void
headers_body_blank(char *body, size_t length)
{
	struct text value = json_member(body, length, HEADERS);
	char *at;

	if (value.length < 2 || *value.start != '{')
		return;
	at = body + (value.start - body);
	memset(at, ' ', value.length);
	at[0] = '{';
	at[value.length - 1] = '}';
}
