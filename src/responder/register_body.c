/* register_body.c - the body of a registration: url and events. */
#include "responder/register_body.h"

#include <string.h>

#include <json-c/json.h>

#define EVENTS "events"

static const char *const names[] = { "url", EVENTS, NULL };

static bool
has_event(const struct register_body *body, const char *event)
{
	for (size_t i = 0; i < body->event_count; i++)
		if (strcmp(body->events[i], event) == 0)
			return true;
	return false;
}

static enum outcome
take_event(struct register_body *body, struct json_object *value,
    struct fault *fault)
{
	int length = json_object_get_string_len(value);
	const char *event;

	if (!json_object_is_type(value, json_type_string) || length < 1 ||
	    length > REGISTER_DB_EVENT_MAX)
		return json_body_refuse(fault, EVENTS,
		    "Each of events must be a string of 1 to 128 bytes.");
	event = json_object_get_string(value);
	if (has_event(body, event))
		return json_body_refuse(fault, EVENTS,
		    "An event is given twice.");
	body->events[body->event_count++] = event;
	return OUTCOME_NONE;
}

static enum outcome
take_events(struct register_body *body, struct fault *fault)
{
	struct json_object *list;
	enum outcome o = OUTCOME_NONE;
	size_t n;

	if (!json_object_object_get_ex(body->tree, EVENTS, &list))
		return json_body_refuse(fault, EVENTS, "events is missing.");
	if (!json_object_is_type(list, json_type_array))
		return json_body_refuse(fault, EVENTS,
		    "events must be an array.");
	n = json_object_array_length(list);
	if (n < 1 || n > REGISTER_DB_EVENTS_MAX)
		return json_body_refuse(fault, EVENTS,
		    "events must name 1 to 64 events.");
	for (size_t i = 0; i < n && o == OUTCOME_NONE; i++)
		o = take_event(body, json_object_array_get_idx(list, i), fault);
	return o;
}

enum outcome
register_body_parse(struct register_body *body,
    const struct egress_policy *policy, const char *json, size_t length,
    struct fault *fault)
{
	enum outcome o = json_body_parse(json, length, &body->tree);

	body->event_count = 0;
	*fault = (struct fault){ 0 };
	if (o == OUTCOME_NONE)
		o = json_body_known(body->tree, names,
		    "There is no such parameter; "
		    "there are url and events.",
		    fault);
	if (o == OUTCOME_NONE)
		o = json_body_url(body->tree, policy, &body->url,
		    body->canonical, fault);
	if (o == OUTCOME_NONE)
		o = take_events(body, fault);
	if (fault->parameter != NULL)
		fault->value = json_member(json, length, fault->parameter);
	return o;
}

void
register_body_clear(struct register_body *body)
{
	json_body_clear(body->tree);
	body->tree = NULL;
}
