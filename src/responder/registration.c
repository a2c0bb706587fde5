/* registration.c - a body to a registration, or what is wrong with it. */
#include "responder/registration.h"

#include <string.h>

#include <json-c/json.h>

#define URL "url"
#define EVENTS "events"

#define URL_RULES(scheme, ports)					\
	"url must be " scheme " URL with a full host name, port " ports	\
	" or 1024 and up, no user name and no fragment, in at most "	\
	"2048 bytes of ASCII."

static struct json_object *
build_tree(const char *body, size_t length)
{
	struct json_tokener *tok = json_tokener_new_ex(JSON_DEPTH_MAX + 1);
	struct json_object *tree;

	if (tok == NULL)
		return NULL;
	json_tokener_set_flags(tok, JSON_TOKENER_STRICT |
	    JSON_TOKENER_VALIDATE_UTF8);
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

static enum outcome
refuse(struct fault *fault, const char *parameter, const char *text)
{
	fault->parameter = parameter;
	fault->text = text;
	return OUTCOME_INVALID_PARAMETER;
}

static enum outcome
find_unknown(const struct registration *r, struct fault *fault)
{
	json_object_object_foreach(r->tree, name, value) {
		(void)value;
		if (strcmp(name, URL) != 0 && strcmp(name, EVENTS) != 0)
			return refuse(fault, name, "There is no such "
			    "parameter; there are url and events.");
	}
	return OUTCOME_ADMITTED;
}

static enum outcome
take_url(struct registration *r, const struct target_policy *policy,
    struct fault *fault)
{
	struct json_object *value;

	if (!json_object_object_get_ex(r->tree, URL, &value))
		return refuse(fault, URL, "url is missing.");
	if (!json_object_is_type(value, json_type_string))
		return refuse(fault, URL, "url must be a string.");
	r->url = json_object_get_string(value);
	switch (target_url(policy, r->url,
	    (size_t)json_object_get_string_len(value), r->canonical)) {
	case TARGET_OK:
		return OUTCOME_ADMITTED;
	case TARGET_REFUSED:
		refuse(fault, URL, NULL);
		return OUTCOME_URL_NOT_ALLOWED;
	case TARGET_MALFORMED:
		break;
	}
	return refuse(fault, URL, policy->plain_http ? URL_RULES("an http or "
	    "https", "80, 443") : URL_RULES("an https", "443"));
}

static bool
seen_before(const struct registration *r, const char *event)
{
	for (size_t i = 0; i < r->event_count; i++)
		if (strcmp(r->events[i], event) == 0)
			return true;
	return false;
}

static enum outcome
take_event(struct registration *r, struct json_object *value,
    struct fault *fault)
{
	const char *event;
	int length;

	if (!json_object_is_type(value, json_type_string))
		return refuse(fault, EVENTS, "Every event must be a string.");
	event = json_object_get_string(value);
	length = json_object_get_string_len(value);
	if (length < 1 || length > DATABASE_EVENT_MAX)
		return refuse(fault, EVENTS,
		    "Every event must have 1 to 128 bytes.");
	if (seen_before(r, event))
		return refuse(fault, EVENTS, "An event stands there twice.");
	r->events[r->event_count++] = event;
	return OUTCOME_ADMITTED;
}

static enum outcome
take_events(struct registration *r, struct fault *fault)
{
	struct json_object *list;
	enum outcome o = OUTCOME_ADMITTED;
	size_t n;

	if (!json_object_object_get_ex(r->tree, EVENTS, &list))
		return refuse(fault, EVENTS, "events is missing.");
	if (!json_object_is_type(list, json_type_array))
		return refuse(fault, EVENTS, "events must be an array.");
	n = json_object_array_length(list);
	if (n < 1 || n > DATABASE_EVENTS_MAX)
		return refuse(fault, EVENTS,
		    "events must name 1 to 64 events.");
	for (size_t i = 0; i < n && o == OUTCOME_ADMITTED; i++)
		o = take_event(r, json_object_array_get_idx(list, i), fault);
	return o;
}

enum outcome
registration_parse(struct registration *r, const struct target_policy *policy,
    const char *body, size_t length, struct fault *fault)
{
	enum outcome o;

	r->tree = NULL;
	r->event_count = 0;
	*fault = (struct fault){ 0 };
	if (!json_check(body, length))
		return OUTCOME_INVALID_JSON;
	if (!is_object(body, length))
		return OUTCOME_INVALID_BODY;
	r->tree = build_tree(body, length);
	if (r->tree == NULL)
		return OUTCOME_INTERNAL_ERROR;
	o = find_unknown(r, fault);
	if (o == OUTCOME_ADMITTED)
		o = take_url(r, policy, fault);
	if (o == OUTCOME_ADMITTED)
		o = take_events(r, fault);
	if (fault->parameter != NULL)
		fault->value = json_member(body, length, fault->parameter);
	return o;
}

void
registration_clear(struct registration *r)
{
	json_object_put(r->tree);
	r->tree = NULL;
}
