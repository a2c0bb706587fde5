/* register_body.c - a body to a registration, or what is wrong with it. */
#include "responder/register_body.h"

#include <string.h>

#include <json-c/json.h>

#define EVENTS "events"

static const char *const names[] = { "url", EVENTS, NULL };

static bool
seen_before(const struct register_body *r, const char *event)
{
	for (size_t i = 0; i < r->event_count; i++)
		if (strcmp(r->events[i], event) == 0)
			return true;
	return false;
}

static enum outcome
take_event(struct register_body *r, struct json_object *value,
    struct fault *fault)
{
	const char *event;
	int length;

	if (!json_object_is_type(value, json_type_string))
		return json_body_refuse(fault, EVENTS,
		    "Every event must be a string.");
	event = json_object_get_string(value);
	length = json_object_get_string_len(value);
	if (length < 1 || length > REGISTER_DB_EVENT_MAX)
		return json_body_refuse(fault, EVENTS,
		    "Every event must have 1 to 128 bytes.");
	if (seen_before(r, event))
		return json_body_refuse(fault, EVENTS,
		    "An event stands there twice.");
	r->events[r->event_count++] = event;
	return OUTCOME_NONE;
}

static enum outcome
take_events(struct register_body *r, struct fault *fault)
{
	struct json_object *list;
	enum outcome o = OUTCOME_NONE;
	size_t n;

	if (!json_object_object_get_ex(r->tree, EVENTS, &list))
		return json_body_refuse(fault, EVENTS, "events is missing.");
	if (!json_object_is_type(list, json_type_array))
		return json_body_refuse(fault, EVENTS,
		    "events must be an array.");
	n = json_object_array_length(list);
	if (n < 1 || n > REGISTER_DB_EVENTS_MAX)
		return json_body_refuse(fault, EVENTS,
		    "events must name 1 to 64 events.");
	for (size_t i = 0; i < n && o == OUTCOME_NONE; i++)
		o = take_event(r, json_object_array_get_idx(list, i), fault);
	return o;
}

enum outcome
register_body_parse(struct register_body *r, const struct egress_policy *policy,
    const char *body, size_t length, struct fault *fault)
{
	enum outcome o = json_body_parse(body, length, &r->tree);

	r->event_count = 0;
	*fault = (struct fault){ 0 };
	if (o == OUTCOME_NONE)
		o = json_body_known(r->tree, names,
		    "There is no such parameter; "
		    "there are url and events.",
		    fault);
	if (o == OUTCOME_NONE)
		o = json_body_url(r->tree, policy, &r->url, r->canonical,
		    fault);
	if (o == OUTCOME_NONE)
		o = take_events(r, fault);
	if (fault->parameter != NULL)
		fault->value = json_member(body, length, fault->parameter);
	return o;
}

void
register_body_clear(struct register_body *r)
{
	json_body_clear(r->tree);
	r->tree = NULL;
}
